// SPDX-License-Identifier: BSL-1.0
/// @file From the fractions of a relaxation to a plan.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "shoal/assign/evaluate.hpp"
#include "shoal/core/log_domain.hpp"

namespace shoal::glpk::detail {

/// The plan that takes each subtask's models by falling value, the surest subtasks first, and keeps to
/// replicas, survival targets, groups and capacities as long as it can; it may break them, and knows nothing
/// of quality.
/// @param value  of each pair, in [0, 1]; negative: not to be used.
/// @complexity O(models x subtasks x log models).
inline assign::plan nearest_plan(const assign::problem& p, const matrix& value) {
  std::vector<Eigen::Index> subtasks;
  for (Eigen::Index k = 0; k < value.cols(); ++k) subtasks.push_back(k);
  const vector surest = value.colwise().maxCoeff();
  std::stable_sort(subtasks.begin(), subtasks.end(),
                   [&](Eigen::Index a, Eigen::Index b) { return surest[a] > surest[b]; });
  vector left = p.capacity;
  assign::plan out(p.subtasks());
  for (const Eigen::Index k : subtasks) {
    const auto subtask = static_cast<std::size_t>(k);
    std::vector<Eigen::Index> models;
    for (Eigen::Index i = 0; i < value.rows(); ++i)
      if (value(i, k) >= 0) models.push_back(i);
    std::stable_sort(models.begin(), models.end(),
                     [&](Eigen::Index a, Eigen::Index b) { return value(a, k) > value(b, k); });
    const double target = p.survival[k] > 0 ? std::log1p(-p.survival[k]) : 0;
    double log_lost = 0;
    std::vector<std::size_t>& chosen = out[subtask];
    for (const Eigen::Index i : models) {
      if (chosen.size() >= p.replicas[subtask] && assign::at_most(log_lost, target)) break;
      const double load = p.count[k] * p.load(i, k);
      const auto same_group = [&](std::size_t j) {
        return p.group[j] == p.group[static_cast<std::size_t>(i)];
      };
      if (load > left[i]) continue;
      if (p.separate_groups[subtask] && std::any_of(chosen.begin(), chosen.end(), same_group)) continue;
      left[i] -= load;
      log_lost += log_probability(p.failure_probability[i]);
      chosen.push_back(static_cast<std::size_t>(i));
    }
    std::sort(chosen.begin(), chosen.end());
  }
  return out;
}

}  // namespace shoal::glpk::detail
