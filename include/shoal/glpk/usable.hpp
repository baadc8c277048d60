// SPDX-License-Identifier: BSL-1.0
/// @file Pairs that a search need look at: the others are in no plan, or in none that is better.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "shoal/assign/evaluate.hpp"
#include "shoal/glpk/aim.hpp"

namespace shoal::glpk::detail {

/// Whether a model does no worse in place of any other of less quality, energy and time: each subtask takes
/// one model, nobody's load counts, and time is a sum.
inline bool pairs_are_independent(const assign::problem& p, assign::time_rule rule) {
  return rule == assign::time_rule::total && std::isinf(p.capacity.minCoeff()) && !(p.survival > 0).any() &&
         std::all_of(p.replicas.begin(), p.replicas.end(), [](std::size_t r) { return r == 1; });
}

/// Leaves, of each subtask's pairs, those that no other one beats or equals in energy, time and compatibility
/// at once; of equals the lowest index.
/// @complexity O(models^2 x subtasks) at worst; O(models x subtasks x log models) for few that are left.
inline void drop_dominated(const assign::problem& p, mask& usable) {
  for (Eigen::Index k = 0; k < usable.cols(); ++k) {
    std::vector<Eigen::Index> models;
    for (Eigen::Index i = 0; i < usable.rows(); ++i)
      if (usable(i, k)) models.push_back(i);
    // A pair can only be dominated by one before it in this order.
    std::stable_sort(models.begin(), models.end(), [&](Eigen::Index a, Eigen::Index b) {
      if (p.energy_j(a, k) != p.energy_j(b, k)) return p.energy_j(a, k) < p.energy_j(b, k);
      if (p.time_s(a, k) != p.time_s(b, k)) return p.time_s(a, k) < p.time_s(b, k);
      return p.compatibility(a, k) > p.compatibility(b, k);
    });
    std::vector<Eigen::Index> kept;
    for (const Eigen::Index i : models) {
      const bool dominated = std::any_of(kept.begin(), kept.end(), [&](Eigen::Index j) {
        return p.time_s(j, k) <= p.time_s(i, k) && p.compatibility(j, k) >= p.compatibility(i, k);
      });
      if (dominated) {
        usable(i, k) = false;
      } else {
        kept.push_back(i);
      }
    }
  }
}

/// Pairs that some best plan may use: allowed, within the model's capacity, for the rule `each` good enough,
/// and not dominated where that can be said of a pair alone.
inline mask usable_pairs(const assign::problem& p, assign::time_rule rule) {
  mask out = p.allowed;
  const bool each = p.require && p.require->rule == assign::quality_rule::each;
  for (Eigen::Index k = 0; k < out.cols(); ++k) {
    for (Eigen::Index i = 0; i < out.rows(); ++i) {
      if (!out(i, k)) continue;
      out(i, k) = assign::at_most(p.count[k] * p.load(i, k), p.capacity[i]) &&
                  (!each || assign::at_least(p.compatibility(i, k), p.require->at_least));
    }
  }
  if (pairs_are_independent(p, rule)) drop_dominated(p, out);
  return out;
}

/// Leaves the pairs that alone break neither cap and cost no more than a plan that is known: figures are not
/// negative, so that the others are in no plan that is better. What is left is of like size, which GLPK's
/// tolerances need.
inline void drop_costly(const assign::problem& p, const aim& a, double most, double energy_cap,
                        double time_cap, mask& usable) {
  for (Eigen::Index k = 0; k < usable.cols(); ++k) {
    for (Eigen::Index i = 0; i < usable.rows(); ++i) {
      if (!usable(i, k)) continue;
      const double energy = p.count[k] * p.energy_j(i, k);
      const double time = p.count[k] * p.time_s(i, k);
      usable(i, k) = energy <= energy_cap && time <= time_cap && a(energy, time) <= most;
    }
  }
}

}  // namespace shoal::glpk::detail
