// SPDX-License-Identifier: BSL-1.0
/// @file Mixed integer program as plain data, in the order in which GLPK takes it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace shoal::glpk::detail {

/// A coefficient of a row.
struct term {
  int column = 0;
  double value = 0;
};

/// Minimise cost x within rows lower <= a x <= upper. Columns are binary, or continuous and >= 0; columns and
/// rows count from 1, as GLPK's do, so entry 0 of each vector is unused.
///
/// Rows are put down once they can bind: one that any x meets is left out, and one that none meets makes the
/// program `hopeless`. So a finite program never hands an infinite number to GLPK.
class program {
 public:
  static constexpr double infinity = std::numeric_limits<double>::infinity();

  std::vector<double> cost{0};
  std::vector<bool> binary{false};
  std::vector<bool> tied{false};  ///< a row fixes the number of ones among this column and others
  std::vector<double> lower{0};
  std::vector<double> upper{0};
  std::vector<int> row_of{0};     ///< of each coefficient
  std::vector<int> column_of{0};  ///< of each coefficient
  std::vector<double> value{0};   ///< of each coefficient
  std::size_t couplings = 0;      ///< rows that do more than count
  bool hopeless = false;          ///< a row was added that no x meets

  std::size_t columns() const { return cost.size() - 1; }
  std::size_t rows() const { return lower.size() - 1; }

  int add_column(bool is_binary) {
    cost.push_back(0);
    binary.push_back(is_binary);
    tied.push_back(false);
    return static_cast<int>(columns());
  }

  /// Adds `from <= terms <= to`, each column once at most. Coefficients are scaled by a power of two, which
  /// is exact, to a largest between 1 and 2. Those below 1e-8 of the largest are left out, and the bounds
  /// moved so that no point is lost. Both matter: with rows in the thousands GLPK has been seen to miss
  /// feasible points, and a pivot on a tiny coefficient led it to a singular basis.
  void add_row(double from, double to, std::vector<term> terms) {
    double largest = 0;
    for (const term& t : terms) largest = std::max(largest, std::abs(t.value));
    const auto is_tiny = [&](const term& t) { return std::abs(t.value) <= 1e-8 * largest; };
    for (const term& t : terms) {
      if (!is_tiny(t)) continue;
      from -= std::max(t.value, 0.0);
      to -= std::min(t.value, 0.0);
    }
    terms.erase(std::remove_if(terms.begin(), terms.end(), is_tiny), terms.end());

    double least = 0;
    double most = 0;
    for (const term& t : terms) {
      const double reach = binary[static_cast<std::size_t>(t.column)] ? t.value : t.value * infinity;
      (reach < 0 ? least : most) += reach;
    }
    if (from <= least) from = -infinity;
    if (to >= most) to = infinity;
    if (std::isinf(from) && std::isinf(to)) return;
    const auto rounding = [](double a, double b) { return 1e-12 * (std::abs(a) + std::abs(b)); };
    if ((from > most && from - most > rounding(from, most)) ||
        (to < least && least - to > rounding(to, least))) {
      hopeless = true;
      return;
    }
    const bool cardinality =
        std::all_of(terms.begin(), terms.end(), [](const term& t) { return std::abs(t.value) == 1; });
    const double scale = cardinality ? 1 : std::exp2(std::min(-std::floor(std::log2(largest)), 1000.0));
    if (!cardinality) ++couplings;
    lower.push_back(from * scale);
    upper.push_back(to * scale);
    for (const term& t : terms) {
      row_of.push_back(static_cast<int>(rows()));
      column_of.push_back(t.column);
      value.push_back(t.value * scale);
    }
  }
};

}  // namespace shoal::glpk::detail
