// SPDX-License-Identifier: BSL-1.0
/// @file First plans: the cheapest set of each subtask that still fits, those first that lose most by
/// waiting.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "shoal/assign/program.hpp"
#include "shoal/assign/subset.hpp"

namespace shoal::assign {

/// A plan whose sets all meet their demands, built at the given prices in order of falling regret (what the
/// second cheapest model costs over the cheapest). Bounds and peaks of single models are watched on the way,
/// other rows are not; a subtask that fits nowhere takes its cheapest set all the same. Empty when a subtask
/// has no set at all, or none was found for a survival target in the steps of `subset_search`.
/// @param price  models x subtasks, any sign.
/// @complexity O(models x subtasks) and a sort of the subtasks, where each asks for one model.
template <class Program>
std::optional<plan> construct(const Program& p, const matrix& price) {
  const std::size_t m = p.subtasks();
  const std::size_t n = p.models();
  typename Program::numbers regret(m, 0);
  for (std::size_t k = 0; k < m; ++k) {
    double best = std::numeric_limits<double>::infinity();
    double second = best;
    for (std::size_t i = 0; i < n; ++i) {
      if (!p.open.data()[p.pair(i, k)]) continue;
      const double at = price.data()[p.pair(i, k)];
      second = std::min(second, std::max(best, at));
      best = std::min(best, at);
    }
    if (std::isinf(best)) return std::nullopt;
    regret[k] = second - best;  // infinite where there is no second
  }
  typename Program::indices order(m);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return regret[a] > regret[b]; });

  plan out(m);
  typename Program::numbers used(p.rows(), 0);
  double peak = 0;
  for (const std::size_t k : order) {
    std::vector<candidate> fitting;
    std::vector<candidate> all;
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t pair = p.pair(i, k);
      if (!p.open.data()[pair]) continue;
      candidate c{price.data()[pair], i, p.strength[i], p.group[i]};
      all.push_back(c);
      bool fits = true;
      for (const coupling& row : p.couplings) {
        if (!row.each_model) continue;
        const double after = used[Program::row(row, i)] + row.use.data()[pair];
        if (row.peak) {
          c.price += p.peak_weight * std::max(0.0, after - peak);
        } else {
          fits = fits && after <= p.bound[Program::row(row, i)];
        }
      }
      if (fits) fitting.push_back(c);
    }
    out[k] = cheapest_set(p.demands[k], std::move(fitting)).models;
    if (out[k].empty()) out[k] = cheapest_set(p.demands[k], std::move(all)).models;
    if (out[k].empty()) return std::nullopt;
    for (const coupling& row : p.couplings) {
      if (!row.each_model) continue;
      for (const std::size_t i : out[k]) {
        double& now = used[Program::row(row, i)];
        now += row.use.data()[p.pair(i, k)];
        if (row.peak) peak = std::max(peak, now);
      }
    }
  }
  return out;
}

}  // namespace shoal::assign
