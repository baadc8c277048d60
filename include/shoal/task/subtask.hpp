// SPDX-License-Identifier: BSL-1.0
/// @file Subtask: one part of a task, and what it asks of the models that do it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace shoal {

/// One part of a task.
struct subtask {
  std::string name{};         ///< unique in a task graph, not empty
  std::string input{};        ///< the part of the task's text that is its own; empty for a join
  std::string instruction{};  ///< what to do with it
  double count = 1;  ///< requests of its kind, > 0: multiplies energy, time, load and quality's weight
  std::size_t replicas = 1;          ///< models that do it, >= 1; with a survival target: at least so many
  std::optional<double> survival{};  ///< wanted chance that one of its replicas survives, [0, 1)
  bool separate_groups = false;      ///< its replicas go to different groups
};

}  // namespace shoal
