// SPDX-License-Identifier: BSL-1.0
/// @file Job: a plan and everything that an executor must know to carry it out.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "shoal/assign/objective.hpp"
#include "shoal/assign/problem.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/model/descriptor.hpp"
#include "shoal/model/fleet.hpp"
#include "shoal/task/graph.hpp"

namespace shoal::run {

/// A plan with its graph, its models, and the problem and objective that it came from, by which a failed
/// subtask is assigned anew. Models are rows and subtasks columns of `problem`, both in their own order.
struct job {
  task_graph graph{};
  std::vector<model> models{};
  assign::problem problem{};
  assign::objective objective{};
  assign::plan plan{};  ///< for each subtask, indices of its models, growing
};

/// The job of a fleet of any descriptors.
template <model_descriptor Model>
job make_job(const fleet<Model>& models, task_graph graph, assign::problem problem,
             assign::objective objective, assign::plan plan) {
  job out{.graph = std::move(graph),
          .problem = std::move(problem),
          .objective = objective,
          .plan = std::move(plan)};
  for (const Model& m : models) out.models.push_back(describe(m));
  return out;
}

/// Refuses a job whose parts do not fit together. The plan need not meet the problem's requirements, but each
/// of its pairs must exist and be allowed, and each subtask needs one.
/// @throws invalid_problem  shapes, figures, or the plan; invalid_graph when there is a cycle.
/// @complexity O(models x subtasks + edges).
template <class = when_used>
void validate(const job& j) {
  assign::validate(j.problem);
  assign::validate(j.objective);
  static_cast<void>(j.graph.topological_order());
  const auto same = [](const char* what, std::size_t length, const char* of, std::size_t wanted) {
    if (length != wanted) {
      throw invalid_problem(message("job: ", length, " ", what, ", but the problem has ", wanted, " ", of));
    }
  };
  same("models", j.models.size(), "models", j.problem.models());
  same("subtasks in the graph", j.graph.size(), "subtasks", j.problem.subtasks());
  same("subtasks in the plan", j.plan.size(), "subtasks", j.problem.subtasks());
  for (std::size_t k = 0; k < j.plan.size(); ++k) {
    const auto refuse = [&](const auto&... why) {
      throw invalid_problem(message("plan of subtask ", quoted(j.graph[k].name), ": ", why...));
    };
    if (j.plan[k].empty()) refuse("it has no model");
    for (std::size_t r = 0; r < j.plan[k].size(); ++r) {
      const std::size_t i = j.plan[k][r];
      if (i >= j.models.size()) refuse("there is no model ", i);
      if (r > 0 && j.plan[k][r - 1] >= i) refuse("its models do not grow");
      if (!j.problem.allowed(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k))) {
        refuse("model ", quoted(j.models[i].name), " is not allowed");
      }
    }
  }
}

}  // namespace shoal::run
