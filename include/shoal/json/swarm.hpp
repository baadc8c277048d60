// SPDX-License-Identifier: BSL-1.0
/// @file Swarm: what a swarm file holds, as the library's own types.
#pragma once

#include <optional>
#include <vector>

#include "shoal/assign/objective.hpp"
#include "shoal/assign/problem.hpp"
#include "shoal/core/matrix.hpp"
#include "shoal/cost/growth.hpp"
#include "shoal/model/descriptor.hpp"
#include "shoal/model/fleet.hpp"
#include "shoal/task/graph.hpp"

namespace shoal::json {

/// Models, subtasks, and the problem of bringing them together. `problem` repeats the figures of `models`
/// and `graph` in the form that solvers take, and adds those that differ by pair.
struct swarm {
  fleet<> models{};
  std::vector<failure_group> groups{};  ///< those with a failure probability of their own
  task_graph graph{};                   ///< subtasks, `needs` as edges, `volume_mb` on them
  assign::problem problem{};            ///< models x subtasks
  assign::objective objective{};
  std::vector<std::optional<cost::power_law>>
      growth{};         ///< of each model, or empty: joules of n subtasks together
  matrix distance_s{};  ///< models x models, seconds per MB, row sends to column; 0 x 0 when not given
};

}  // namespace shoal::json
