// SPDX-License-Identifier: BSL-1.0
/// @file Pipeline: a decomposer, a solver, an executor and an aggregator, joined.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/aggregate/result.hpp"
#include "shoal/assign/solver.hpp"
#include "shoal/core/clock.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/matrix.hpp"
#include "shoal/core/message.hpp"
#include "shoal/decompose/decomposer.hpp"
#include "shoal/infer/backend.hpp"
#include "shoal/model/fleet.hpp"
#include "shoal/run/combine.hpp"
#include "shoal/run/executor.hpp"
#include "shoal/run/join.hpp"
#include "shoal/run/replan.hpp"
#include "shoal/task/task.hpp"

namespace shoal {

/// What a pipeline is asked for beside the task: which plan is wanted, and how it is run.
struct pipeline_options {
  assign::objective objective{};
  std::optional<assign::requirement> require{};
  /// Of the solver. A plan that is not proven to be the best by then is run as it is.
  assign::limits limits{.time = std::chrono::seconds(2)};
  std::function<void(assign::problem&)> adjust{};  ///< sets what differs by pair (energy, load, ...)
  run::options run{};  ///< with no replanner: what fails is assigned anew by the pipeline's own solver
};

/// Everything that came of a task. Without a plan (`assignment` says why) nothing was run.
template <class Value, class Result>
struct report {
  task_graph graph{};
  assign::solution assignment{};
  run::outcomes<Value> outcomes{};                     ///< answers, failures, seconds, joules and tokens
  std::vector<aggregate::result<Result>> consensus{};  ///< of each subtask's answers
  aggregate::result<Result> result{};                  ///< of the whole task
  bool survived = false;  ///< there was a plan, and each of its subtasks was answered
  std::size_t events = 0;

  /// True when the task has a result.
  explicit operator bool() const { return result.value.has_value(); }

  /// Why there is no result, as a sentence; empty when there is one.
  std::string why() const {
    if (result.value) return {};
    if (!assignment) {
      return message("no plan, ", assign::name_of(assignment.verdict), assignment.because.empty() ? "" : ": ",
                     assignment.because);
    }
    for (std::size_t k = 0; k < outcomes.subtasks.size(); ++k) {
      const auto& o = outcomes.subtasks[k];
      if (!o) return message("subtask ", quoted(graph[k].name), ", ", run::name_of(o.end), ": ", o.why);
    }
    std::string why = message("no result: ", aggregate::name_of(result.why));
    for (std::size_t k = 0; k < consensus.size(); ++k) {
      if (!graph.feeds(k).empty() || consensus[k] || consensus[k].why != result.why) continue;
      return message(why, " (subtask ", quoted(graph[k].name), ")");
    }
    return why;
  }
};

namespace detail {

template <class Quality, class Model>
concept quality_of_pair = requires(const Quality& q, const Model& m, const subtask& s) {
  { q(m, s) } -> std::convertible_to<std::optional<double>>;
};

}  // namespace detail

/// How well each model does each subtask: a matrix (models x subtasks), or a callable of a model and a
/// subtask that returns a double, or an std::optional<double> that is empty where the pair is not allowed.
template <class Quality, class Model>
concept pair_quality = std::convertible_to<const Quality&, matrix> || detail::quality_of_pair<Quality, Model>;

namespace detail {

template <class Model, class Quality>
void rate(assign::problem& p, const fleet<Model>& models, const task_graph& graph, const Quality& quality) {
  if constexpr (quality_of_pair<Quality, Model>) {
    for (std::size_t i = 0; i < models.size(); ++i) {
      for (std::size_t k = 0; k < graph.size(); ++k) {
        const auto row = static_cast<Eigen::Index>(i);
        const auto column = static_cast<Eigen::Index>(k);
        const std::optional<double> c = quality(models[i], graph[k]);
        p.allowed(row, column) = c.has_value();
        if (c) p.compatibility(row, column) = *c;
      }
    }
  } else {
    p.compatibility = quality;
    assign::detail::check_shape("quality", p.compatibility.rows(), p.compatibility.cols(), models.size(),
                                graph.size());
  }
}

}  // namespace detail

/// The whole way from a task to its result:
///
///     pipeline{decomposer, solver, executor, aggregator}.run(task, fleet, quality, backends)
///
/// The aggregator makes the consensus of each subtask's answers, which is also what flows along data edges
/// (when it makes values of another type than the backends' own, the first answer flows). A fifth policy, the
/// join, makes the result of those subtasks that no other one needs; as it stands, one aggregation across all
/// their answers.
template <decompose::decomposer Decompose, assign::solver Solve, class Execute, class Aggregate,
          class Join = run::across_parts>
struct pipeline {
  Decompose decompose{};
  Solve solve{};
  Execute execute{};
  Aggregate aggregate{};
  Join join{};

  /// Splits the task and goes on as below.
  template <model_descriptor Model, pair_quality<Model> Quality, class Value,
            run::observer Observer = run::no_observer>
  auto run(const task& t, const fleet<Model>& models, const Quality& quality,
           const infer::backends<Value>& backends, const pipeline_options& options = {},
           Observer&& see = {}) const {
    return run(decompose(t), models, quality, backends, options, std::forward<Observer>(see));
  }

  /// Assigns, runs and aggregates a graph that is already there.
  /// @param backends  one for each model, in the fleet's order.
  /// @throws bad_input  when the parts do not fit together. No plan, failed models and missing quorums are
  ///                    values of the report.
  template <model_descriptor Model, pair_quality<Model> Quality, class Value,
            run::observer Observer = run::no_observer>
  auto run(task_graph graph, const fleet<Model>& models, const Quality& quality,
           const infer::backends<Value>& backends, const pipeline_options& options = {},
           Observer&& see = {}) const {
    static_assert(aggregate::aggregator<Aggregate, Value>,
                  "the pipeline's aggregator cannot take the values of its backends");
    static_assert(run::executor<Execute, Value>, "the pipeline's executor is none for these values");
    static_assert(run::joiner<Join, Value, Aggregate>,
                  "the pipeline's join cannot take the results of its aggregator");
    using result_value = aggregate::aggregated_t<Aggregate, Value>;

    report<Value, result_value> out;
    assign::problem problem = assign::make_problem(models, graph);
    detail::rate(problem, models, graph, quality);
    problem.require = options.require;
    if (options.adjust) options.adjust(problem);
    out.assignment = solve(problem, options.objective, options.limits);
    if (out.assignment) {
      const run::job job = run::make_job(models, std::move(graph), std::move(problem), options.objective,
                                         out.assignment.chosen);
      run::options how = options.run;
      if (!how.replan) how.replan = run::replan{solve};
      const auto count_and_see = [&](const run::event& e) {
        ++out.events;
        see(e);
      };
      if constexpr (std::same_as<result_value, Value>) {
        out.outcomes = execute(job, backends, how, count_and_see, run::consensus{aggregate});
      } else {
        out.outcomes = execute(job, backends, how, count_and_see, run::first_answer{});
      }
      out.survived = out.outcomes.complete();
      graph = job.graph;
    }
    out.graph = std::move(graph);
    if (out.assignment) conclude(out);
    return out;
  }

 private:
  template <class Value, class Result>
  void conclude(report<Value, Result>& r) const {
    for (const auto& o : r.outcomes.subtasks) {
      r.consensus.push_back(aggregate(std::span<const answer<Value>>(o.answers)));
    }
    std::vector<run::part<Value, Result>> last;
    for (std::size_t k = 0; k < r.graph.size(); ++k) {
      if (r.graph.feeds(k).empty())
        last.push_back({&r.graph[k], r.outcomes.subtasks[k].answers, &r.consensus[k]});
    }
    r.result = join(std::span<const run::part<Value, Result>>(last), aggregate);
  }
};

template <class Decompose, class Solve, class Execute, class Aggregate>
pipeline(Decompose, Solve, Execute, Aggregate) -> pipeline<Decompose, Solve, Execute, Aggregate>;
template <class Decompose, class Solve, class Execute, class Aggregate, class Join>
pipeline(Decompose, Solve, Execute, Aggregate, Join) -> pipeline<Decompose, Solve, Execute, Aggregate, Join>;

}  // namespace shoal
