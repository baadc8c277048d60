// SPDX-License-Identifier: BSL-1.0
/// @file What the tests of executors share: a slow exact solver, small jobs, and a reader of events.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "assign/brute_force.hpp"
#include "catch.hpp"
#include "shoal/assign/evaluate.hpp"
#include "shoal/assign/solver.hpp"
#include "shoal/infer/function_backend.hpp"
#include "shoal/run/event.hpp"
#include "shoal/run/inline_executor.hpp"
#include "shoal/run/job.hpp"
#include "shoal/run/outcome.hpp"
#include "shoal/run/thread_pool_executor.hpp"

namespace support {

using namespace shoal;

/// The oracle of the assignment tests as a solver: every plan, one after the other.
struct slow_exact {
  assign::solution operator()(const assign::problem& p, const assign::objective& o,
                              const assign::limits&) const {
    assign::validate(p);
    assign::validate(o);
    const oracle::answer found = oracle::brute_force(p, o);
    if (found.feasible()) {
      assign::solution out = assign::evaluate(p, o, found.chosen);
      out.verdict = assign::verdict::optimal;
      return out;
    }
    assign::solution none;
    none.verdict = assign::verdict::infeasible;
    none.because = "the oracle found no plan";
    return none;
  }
};
static_assert(assign::solver<slow_exact>);

/// Models "m0", "m1", ...; model i costs i + 1 joules and seconds a request, so the lowest is the best.
inline fleet<> models(std::size_t count) {
  fleet<> out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto cost = static_cast<double>(i + 1);
    out.add({.name = "m" + std::to_string(i), .energy_j = cost, .time_s = cost});
  }
  return out;
}

/// Subtasks "s0", "s1", ..., and edges between them.
inline task_graph graph(std::size_t count,
                        std::initializer_list<std::pair<std::size_t, std::size_t>> edges = {}) {
  task_graph out;
  for (std::size_t k = 0; k < count; ++k) {
    const std::string number = std::to_string(k);
    out.add({.name = "s" + number, .input = "in" + number});
  }
  for (const auto& [from, to] : edges) out.connect(from, to);
  return out;
}

/// A job whose subtasks go to the lowest models: the cheapest plan of `models`.
inline run::job job_of(const fleet<>& f, task_graph g) {
  assign::problem p = assign::make_problem(f, g);
  assign::plan plan(g.size());
  for (std::size_t k = 0; k < g.size(); ++k) {
    for (std::size_t i = 0; i < g[k].replicas; ++i) plan[k].push_back(i);
  }
  return run::make_job(f, std::move(g), std::move(p), assign::weighted{}, std::move(plan));
}

/// A job whose subtasks go to the models in turn.
inline run::job job_in_turn(const fleet<>& f, task_graph g) {
  run::job out = job_of(f, std::move(g));
  for (std::size_t k = 0; k < out.plan.size(); ++k) out.plan[k] = {k % f.size()};
  return out;
}

/// One backend for all models: `act(request)` returns the value or throws.
template <class Act>
infer::backends<> all_models(std::size_t count, Act act) {
  return infer::backends<>(count, infer::function_backend{std::move(act)});
}

/// Calls a test with each executor.
template <class Test>
void with_both(Test test) {
  {
    INFO("in line");
    test(run::inline_executor{});
  }
  {
    INFO("on threads");
    test(run::thread_pool_executor{});
  }
}

/// Keeps every event and says whether they tell a story that holds together.
struct story {
  std::vector<run::event> events{};

  void operator()(const run::event& e) {
    events.push_back(e);
    // The views end with the run.
    names.push_back(std::string(e.subtask_name) + "/" + std::string(e.model_name));
    events.back().subtask_name = {};
    events.back().model_name = {};
  }

  std::size_t count(run::event_kind kind) const {
    return static_cast<std::size_t>(
        std::count_if(events.begin(), events.end(), [&](const auto& e) { return e.kind == kind; }));
  }

  /// The first thing that does not fit; empty when all does.
  template <class Value>
  std::string flaw(const run::job& j, const run::outcomes<Value>& o) const {
    using run::event_kind;
    std::set<std::pair<std::size_t, std::size_t>> running;
    std::vector<std::size_t> answers(j.graph.size());
    std::vector<std::size_t> failures(j.graph.size());
    std::vector<bool> ended(j.graph.size());
    double last_s = 0;
    for (std::size_t at = 0; at < events.size(); ++at) {
      const run::event& e = events[at];
      const std::string where =
          "event " + std::to_string(at) + " " + std::string(name_of(e.kind)) + " " + names[at] + ": ";
      if (e.subtask == run::no_subtask) continue;
      if (e.subtask >= j.graph.size()) return where + "no such subtask";
      const std::string model = e.model == run::no_model ? "" : j.models.at(e.model).name;
      if (names[at] != j.graph[e.subtask].name + "/" + model) return where + "names do not match";
      if (e.at_s < last_s) return where + "time goes back";
      last_s = e.at_s;
      const std::pair pair(e.subtask, e.model);
      if (ended[e.subtask] && e.kind != event_kind::late) return where + "it had ended";
      switch (e.kind) {
        case event_kind::started:
          if (!running.insert(pair).second) return where + "it was running";
          for (const std::size_t need : j.graph.needs(e.subtask)) {
            if (!ended[need]) return where + "a need was open";
          }
          break;
        case event_kind::answered:
        case event_kind::failed:
          if (running.erase(pair) == 0) return where + "it was not running";
          if (e.failure.has_value() != (e.kind == event_kind::failed)) return where + "kind of failure";
          ++(e.kind == event_kind::answered ? answers : failures)[e.subtask];
          break;
        case event_kind::cancelled:
          if (running.erase(pair) == 0) return where + "it was not running";
          break;
        default:
          break;
        case event_kind::finished:
        case event_kind::gave_up: {
          ended[e.subtask] = true;
          const auto& out = o.subtasks[e.subtask];
          if (static_cast<bool>(out) != (e.kind == event_kind::finished)) return where + "another ending";
          if (out.why != e.text) return where + "another reason";
          break;
        }
      }
    }
    if (!running.empty()) return "a call never ended";
    for (std::size_t k = 0; k < j.graph.size(); ++k) {
      const auto& out = o.subtasks[k];
      const std::string where = j.graph[k].name + ": ";
      if (!ended[k]) return where + "never ended";
      if (out.answers.size() != answers[k]) return where + "answers were lost";
      if (out.failures.size() != failures[k]) return where + "failures were lost";
      if (static_cast<bool>(out) != !out.answers.empty()) return where + "ending and answers disagree";
      if (!out.value && out.why.empty()) return where + "no value and no reason";
    }
    if (o.calls != count(event_kind::started)) return "calls are miscounted";
    return {};
  }

 private:
  std::vector<std::string> names{};
};

}  // namespace support
