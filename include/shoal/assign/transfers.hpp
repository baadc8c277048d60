// SPDX-License-Identifier: BSL-1.0
/// @file Transfers: what it takes to hand the values of subtasks from model to model.
#pragma once

#include <cstddef>
#include <vector>

#include "shoal/core/matrix.hpp"
#include "shoal/task/graph.hpp"

namespace shoal::assign {

/// sum d_ij v_kl over the edges (k, l) and all models i of k and j of l: each replica of a subtask hands its
/// value to each replica of the next one.
/// @param chosen    for each subtask, its models.
/// @param distance  models x models: of a megabyte from the row's model to the column's.
/// @complexity O(edges x replicas^2).
template <class Plan>
double transferred(const std::vector<data_edge>& edges, const matrix& distance, const Plan& chosen) {
  double out = 0;
  if (distance.size() == 0) return out;
  for (const data_edge& e : edges) {
    for (const std::size_t i : chosen[e.from]) {
      for (const std::size_t j : chosen[e.to]) {
        out += e.volume_mb * distance(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
      }
    }
  }
  return out;
}

}  // namespace shoal::assign
