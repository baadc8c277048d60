// SPDX-License-Identifier: BSL-1.0
/// @file Running a task file: decompose, assign, run, aggregate.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "shoal/assign/solver.hpp"
#include "shoal/json/kept_run.hpp"
#include "shoal/json/task_file.hpp"
#include "shoal/pipeline.hpp"
#include "shoal/run/event.hpp"
#include "shoal/run/metered_backend.hpp"

namespace shoal::json {

/// Any solver, its type forgotten.
using any_solver =
    std::function<assign::solution(const assign::problem&, const assign::objective&, const assign::limits&)>;

/// What came of a task file.
using task_report = report<std::string, std::string>;

namespace detail {

// Solvers and planners refuse a time that is not positive.
inline std::chrono::duration<double> time_left(std::chrono::steady_clock::time_point deadline) {
  if (deadline == std::chrono::steady_clock::time_point::max()) return std::chrono::duration<double>::max();
  return std::max<std::chrono::duration<double>>(deadline - std::chrono::steady_clock::now(),
                                                 std::chrono::microseconds(1));
}

// The parts, each with what the file asks for all of them. A planner's calls are calls like any other: within
// the run's deadline, its time-out and its attempts, and ended by its stop token.
inline task_graph split_as_asked(const task_file& file, const run::options& how) {
  split_text split = *file.split;
  split.plan.attempts = how.attempts;
  split.plan.time = time_left(how.deadline);
  split.plan.stop = how.stop;
  split.plan.backend = [ask = split.plan.backend, wait = how.try_timeout](infer::request<> r,
                                                                          std::stop_token stop) {
    r.deadline = std::min(r.deadline, run::later(std::chrono::steady_clock::now(), wait.count()));
    return ask(r, std::move(stop));
  };
  const task_graph parts = split(file.whole);
  task_graph out;
  for (subtask part : parts.subtasks()) {
    part.replicas = file.replicas;
    part.survival = file.survival;
    part.separate_groups = file.separate_groups;
    out.add(std::move(part));
  }
  for (const data_edge& e : parts.edges()) out.connect(e.from, e.to, e.volume_mb);
  return out;
}

// The subtasks as they are listed; the task's instruction goes to those that have none.
inline task_graph listed(const task_file& file) {
  task_graph out;
  for (subtask part : file.swarm.graph.subtasks()) {
    if (part.instruction.empty()) part.instruction = file.whole.instruction;
    out.add(std::move(part));
  }
  for (const data_edge& e : file.swarm.graph.edges()) out.connect(e.from, e.to, e.volume_mb);
  return out;
}

// The backends, those of a file with a meter metered.
inline infer::backends<> metered_as_asked(const task_file& file) {
  if (!file.meter) return file.backends;
  const auto meter = std::make_shared<run::shared_meter<run::any_meter>>(*file.meter);
  infer::backends<> out;
  for (const auto& b : file.backends) {
    out.emplace_back(run::metered_backend<std::string, run::any_meter>(b, meter));
  }
  return out;
}

}  // namespace detail

/// Does what a task file says: decomposes, assigns, runs, aggregates. How well a model does a part of a task
/// that is split is its `accuracy`. The file's deadline and the stop token hold for all four.
/// @param limits  of the solver; the time that the deadline leaves, and the stop token, are added.
/// @throws bad_input when the text cannot be split, or a planner's plan is bad; infer::failure when the model
/// that plans fails. Everything else is a value of the report.
/// @param begin  is called with the parts of the task, before they are assigned.
/// @param keep   the journal that the run is written into; what cannot be kept throws run::journal_error.
template <run::observer Observer = run::no_observer>
task_report run_task(const task_file& file, const any_solver& solve,
                     const assign::limits& limits = pipeline_options{}.limits, std::stop_token stop = {},
                     Observer&& see = {}, const std::function<void(const task_graph&)>& begin = {},
                     const kept_run& keep = {}) {
  pipeline_options how{.objective = file.swarm.objective,
                       .require = file.swarm.problem.require,
                       .limits = limits,
                       .run = file.run};
  how.run.stop = stop;
  if (file.deadline_s) {
    how.run.deadline = run::later(std::chrono::steady_clock::now(), *file.deadline_s);
  }
  task_graph graph = file.split ? detail::split_as_asked(file, how.run) : detail::listed(file);
  if (begin) begin(graph);
  if (!file.split) {
    // What the file says of each pair: costs, loads, and who may do what.
    how.adjust = [&file](assign::problem& p) { p = file.swarm.problem; };
  }
  how.limits.time = std::min(limits.time, detail::time_left(how.run.deadline));
  how.limits.stop = std::move(stop);
  const pipeline rest{split_text{}, solve,  // the graph is there: nothing is split any more
                      keeping_executor{{file.threads, file.concurrency, file.calls}, keep}, file.combine,
                      file.join};
  const auto accuracy = [](const model& m, const subtask&) { return m.accuracy; };
  return rest.run(std::move(graph), file.swarm.models, accuracy, detail::metered_as_asked(file), how,
                  std::forward<Observer>(see));
}

}  // namespace shoal::json
