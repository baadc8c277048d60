// SPDX-License-Identifier: BSL-1.0
/// @file Lower hull of a multiple-choice knapsack problem: every plan that is best at some price of the use.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "shoal/assign/choice_table.hpp"

namespace shoal::assign {

/// From one supported plan to the next: one class takes another choice, of more use and less cost.
template <class Real = double>
struct hull_step {
  Real use = 0;                              ///< more, > 0
  Real cost = 0;                             ///< more, < 0
  std::uint32_t number = 0;                  ///< of the class
  std::uint32_t place = 0;                   ///< that it takes from here on
  Real slope() const { return cost / use; }  ///< minus the multiplier at which both plans are the best
};

/// The supported plans of a table, in growing use and falling cost: `first`, and those that its steps lead to
/// one after the other. Where steps have the same slope, the plans between are on the hull without being its
/// corners.
template <class Real = double>
struct plan_hull {
  std::vector<std::uint32_t> first{};  ///< the plan of least use, and of least cost among those
  Real use = 0;                        ///< of it
  Real cost = 0;
  std::vector<hull_step<Real>> steps{};  ///< in growing slope, then by class
};

/// The hull of a table, whatever its limit: the hulls of the classes, their steps in the order of their
/// slopes.
/// @pre every class has a choice.
/// @complexity O(places log places).
/// @source Sinha & Zoltners 1979, The multiple-choice knapsack problem, Operations Research 27.
template <class Real>
plan_hull<Real> supported_plans(const choice_table<Real>& table) {
  plan_hull<Real> out;
  std::vector<std::uint32_t> order;
  std::vector<std::uint32_t> corners;
  for (std::size_t k = 0; k < table.classes(); ++k) {
    const Real* cost = table.cost(k);
    const Real* use = table.use(k);
    order.clear();
    for (std::uint32_t j = 0; j < table.choices(); ++j)
      if (!std::isinf(cost[j])) order.push_back(j);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      if (use[a] != use[b]) return use[a] < use[b];
      return cost[a] < cost[b] || (cost[a] == cost[b] && a < b);
    });
    corners.clear();
    for (const std::uint32_t j : order) {
      if (!corners.empty() && cost[j] >= cost[corners.back()]) continue;  // dominated
      while (corners.size() > 1) {
        const std::uint32_t a = corners[corners.size() - 2];
        const std::uint32_t b = corners.back();
        // b stays where the slope to it is steeper than on from it.
        if ((cost[b] - cost[a]) * (use[j] - use[b]) < (cost[j] - cost[b]) * (use[b] - use[a])) break;
        corners.pop_back();
      }
      corners.push_back(j);
    }
    out.first.push_back(corners.front());
    out.use += use[corners.front()];
    out.cost += cost[corners.front()];
    for (std::size_t c = 1; c < corners.size(); ++c) {
      const std::uint32_t a = corners[c - 1];
      const std::uint32_t b = corners[c];
      out.steps.push_back({use[b] - use[a], cost[b] - cost[a], static_cast<std::uint32_t>(k), b});
    }
  }
  // A class's own steps have growing slopes, so a stable sort keeps them in their order.
  std::stable_sort(
      out.steps.begin(), out.steps.end(),
      [](const hull_step<Real>& a, const hull_step<Real>& b) { return a.cost * b.use < b.cost * a.use; });
  return out;
}

}  // namespace shoal::assign
