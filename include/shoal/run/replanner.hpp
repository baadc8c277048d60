// SPDX-License-Identifier: BSL-1.0
/// @file Replanner: whoever finds new models for subtasks whose models failed.
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "shoal/assign/problem.hpp"
#include "shoal/core/clock.hpp"
#include "shoal/core/matrix.hpp"
#include "shoal/run/job.hpp"

namespace shoal::run {

/// Where a run stands when a subtask needs other models. Each vector has an entry for each subtask, or for
/// each model where it says so.
struct progress {
  std::vector<bool> open{};   ///< may be given other models: it is stuck, or no model has been asked yet
  std::vector<bool> stuck{};  ///< its models failed (or one of them did, where replicas are replaced)
  assign::plan committed{};   ///< models that run it, have answered it, or will be asked whatever happens
  assign::plan planned{};     ///< of open subtasks: models that it is waiting for
  mask failed{};              ///< models x subtasks: was asked and failed
  std::vector<std::size_t> failures_in_a_row{};  ///< of each model, since its last answer; bad answers and
                                                 ///< cancelled calls do not count
  std::vector<bool> absent{};                    ///< models that are dead, gone, or take nothing new; empty: none
  std::chrono::steady_clock::time_point deadline =
      std::chrono::steady_clock::time_point::max();  ///< of the whole run
  std::stop_token stop{};
};

/// New models.
struct reassignment {
  assign::plan chosen{};  ///< for each open subtask, its models, growing; empty: it stays as it is, and a
                          ///< stuck one ends as a failure. Entries of other subtasks are not looked at.
  bool degraded = false;  ///< a requirement of the problem had to be given up
  std::string note{};     ///< which, and why
};

/// Any callable that finds new models. It is called once at a time, never for what is not stuck, and never
/// gives a subtask a model that failed it. What it throws counts as "nothing found".
using replanner = std::function<reassignment(const job&, const progress&)>;

/// Leaves what failed as it is: says so where an empty replanner would stand for a default.
struct no_replan {
  reassignment operator()(const job& j, const progress&) const {
    return {.chosen = assign::plan(j.graph.size())};
  }
};

}  // namespace shoal::run
