// SPDX-License-Identifier: BSL-1.0
/// @file Growth laws: what n subtasks cost together, C(n), for one large model or for a swarm.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"

namespace shoal::cost {

/// A growth law gives the cost of n subtasks together, in any unit as long as two laws that are compared use
/// the same (joules, seconds, money). It is defined for n > 0, whole or not, and its value is finite.
/// Any callable from double to double is one, a lambda with captures too.
/// @snippet examples/cost.cpp law
template <class Law>
concept growth_law = std::copy_constructible<Law> && requires(const Law& law, double n) {
  { law(n) } -> std::convertible_to<double>;
};

/// Any growth law, held by value.
using growth = std::function<double(double)>;
static_assert(growth_law<growth>);

/// C(n) = a n^b. b > 1: a task that is done as one whole grows faster than its parts do.
struct power_law {
  double a = 1;  ///< cost of one subtask, >= 0
  double b = 1;  ///< exponent
  double operator()(double n) const { return a * std::pow(n, b); }
};
static_assert(growth_law<power_law>);

/// C(n) = fixed + each n.
struct linear_law {
  double fixed = 0;  ///< paid once, whatever n is
  double each = 1;   ///< paid for every subtask
  double operator()(double n) const { return fixed + each * n; }
};
static_assert(growth_law<linear_law>);

/// C(n) by straight lines between measured points; before the first and after the last point the nearest line
/// goes on.
class table_law {
 public:
  /// @param n     numbers of subtasks, growing, > 0, at least two.
  /// @param cost  of each, finite.
  /// @throws invalid_argument  naming the entry that is out of place.
  table_law(std::vector<double> n, std::vector<double> cost) : n_(std::move(n)), cost_(std::move(cost)) {
    if (n_.size() != cost_.size())
      throw invalid_argument(message("cost table: ", n_.size(), " sizes and ", cost_.size(), " costs"));
    if (n_.size() < 2) throw invalid_argument(message("cost table: ", n_.size(), " points, 2 are needed"));
    for (std::size_t i = 0; i < n_.size(); ++i) {
      if (!(n_[i] > (i == 0 ? 0 : n_[i - 1])) || std::isinf(n_[i]))
        throw invalid_argument(message("cost table: size ", i, ", ", n_[i], ", does not grow"));
      if (!std::isfinite(cost_[i]))
        throw invalid_argument(message("cost table: cost ", i, ", ", cost_[i], ", is not finite"));
    }
  }

  double operator()(double n) const {
    const auto above = std::upper_bound(n_.begin() + 1, n_.end() - 1, n);
    const auto i = static_cast<std::size_t>(above - n_.begin());
    const double share = (n - n_[i - 1]) / (n_[i] - n_[i - 1]);
    return cost_[i - 1] + share * (cost_[i] - cost_[i - 1]);
  }

 private:
  std::vector<double> n_;
  std::vector<double> cost_;
};
static_assert(growth_law<table_law>);

/// C(n) = c_1 + ... + c_n, the cost of a swarm: the sum of its parts in their order. Between whole numbers it
/// grows evenly; beyond the parts that are known, every further one costs their mean.
class sum_of_parts {
 public:
  /// @param cost  of each part, finite and >= 0, at least one.
  /// @throws invalid_argument  `cost of part 2: -1 is not a finite number >= 0`.
  explicit sum_of_parts(std::span<const double> cost) : sums_(1, 0.0) {
    if (cost.empty()) throw invalid_argument("sum of parts: there are no parts");
    for (std::size_t k = 0; k < cost.size(); ++k) {
      if (!(cost[k] >= 0) || std::isinf(cost[k]))
        throw invalid_argument(message("cost of part ", k, ": ", cost[k], " is not a finite number >= 0"));
      sums_.push_back(sums_.back() + cost[k]);
    }
  }

  /// Of all parts that are known.
  double total() const { return sums_.back(); }

  double operator()(double n) const {
    const auto parts = static_cast<double>(sums_.size() - 1);
    if (n >= parts) return total() * (n / parts);
    const double whole = std::floor(n);
    const auto k = static_cast<std::size_t>(whole);
    return sums_[k] + (n - whole) * (sums_[k + 1] - sums_[k]);
  }

 private:
  std::vector<double> sums_;  // sums_[k]: the first k parts
};
static_assert(growth_law<sum_of_parts>);

}  // namespace shoal::cost
