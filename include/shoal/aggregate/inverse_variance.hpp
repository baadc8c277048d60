// SPDX-License-Identifier: BSL-1.0
/// @file Numbers for many items: how exact each worker is, learnt from all of them, and the mean that this
/// makes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "shoal/aggregate/interval.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"

namespace shoal::aggregate {

/// One worker's number for one item, both numbered from 0.
struct crowd_number {
  std::uint32_t item = 0;
  std::uint32_t worker = 0;
  double value = 0;  ///< one that is not finite is left out
};

/// What is known of the items and workers.
struct number_estimate {
  std::vector<double> value{};      ///< of each item; NaN where nobody gave one
  std::vector<interval> between{};  ///< of each item: covers the truth with the chance that was asked for
  std::vector<double> deviation{};  ///< of each worker: standard deviation of its errors
  std::size_t iterations = 0;
  bool converged = false;
};

/// Numbers weighted by the inverse of their workers' variances, which are learnt from all items: expectation
/// and maximisation in the model "truth + normal error of the worker". Every worker is taken to have given
/// `before` numbers with the deviation of all together, so that nobody becomes exact by chance: the most
/// exact worker is compared with others alone, and little holds its variance from 0.
/// @complexity O(numbers) per iteration.
/// @source Cochran 1937, "Problems arising in the analysis of a series of similar experiments", J. R. Stat.
/// Soc. 4 (the weights); Raykar et al. 2010, "Learning from crowds", JMLR 11, section 4 (their iteration).
struct inverse_variance {
  double before = 0.1;  ///< > 0
  double coverage = 0.95;
  std::size_t max_iterations = 2000;
  double tolerance = 1e-6;  ///< largest relative change of a deviation that is called standing still

  /// @throws invalid_argument  where a parameter or a number of an item or worker is out of range.
  template <class Numbers>
  number_estimate operator()(const Numbers& given, std::size_t items, std::size_t workers) const {
    if (!(before > 0)) throw invalid_argument(message("inverse_variance: before ", before, " is not > 0"));
    if (!(coverage > 0 && coverage < 1))
      throw invalid_argument(message("inverse_variance: coverage ", coverage, " is not in (0, 1)"));
    std::vector<double> count(workers, 0.0);
    for (const auto& g : given) {
      if (g.item >= items) throw invalid_argument(message("item ", g.item, " is not below ", items));
      if (g.worker >= workers)
        throw invalid_argument(message("worker ", g.worker, " is not below ", workers));
      if (std::isfinite(g.value)) ++count[g.worker];
    }
    number_estimate out;
    std::vector<double> weight(workers, 1.0);
    std::vector<double> precision(items);
    std::vector<double> squares(workers);
    out.deviation.assign(workers, 0.0);
    for (; out.iterations < max_iterations && !out.converged; ++out.iterations) {
      average(given, items, weight, out.value, precision);
      for (auto& s : squares) s = 0;
      double all = 0;
      double free = 0;  // numbers beyond one for each item: what the deviation of all is judged by
      for (const auto& g : given) {
        if (!std::isfinite(g.value)) continue;
        const double off = g.value - out.value[g.item];
        // The truth is not known but to within 1 / precision.
        const double expected = off * off + (out.iterations == 0 ? 0 : 1 / precision[g.item]);
        squares[g.worker] += expected;
        all += off * off;
        free += 1 - weight[g.worker] / precision[g.item];
      }
      const double common = free > 1e-9 ? all / free : 0;
      if (!(common > 0)) break;  // all agree, or nobody is compared with anybody
      double change = 0;
      for (std::size_t w = 0; w < workers; ++w) {
        const double variance = (squares[w] + before * common) / (count[w] + before);
        change = std::max(change, std::abs(variance * weight[w] - 1));
        weight[w] = 1 / variance;
        out.deviation[w] = std::sqrt(variance);
      }
      out.converged = out.iterations > 0 && change < tolerance;
    }
    average(given, items, weight, out.value, precision);
    bool spread = false;
    for (const double d : out.deviation) spread = spread || d > 0;
    // Of a normal error; where nothing varied there is nothing to be unsure of.
    const double reach = student_quantile(1e6, coverage);
    for (std::size_t i = 0; i < items; ++i) {
      const double half = spread && precision[i] > 0 ? reach / std::sqrt(precision[i]) : 0;
      out.between.push_back({out.value[i] - half, out.value[i] + half});
    }
    return out;
  }

 private:
  template <class Numbers>
  static void average(const Numbers& given, std::size_t items, const std::vector<double>& weight,
                      std::vector<double>& value, std::vector<double>& precision) {
    value.assign(items, 0.0);
    precision.assign(items, 0.0);
    for (const auto& g : given) {
      if (!std::isfinite(g.value)) continue;
      precision[g.item] += weight[g.worker];
      value[g.item] += weight[g.worker] * g.value;
    }
    for (std::size_t i = 0; i < items; ++i) value[i] = value[i] / precision[i];  // NaN where nobody gave one
  }
};

}  // namespace shoal::aggregate
