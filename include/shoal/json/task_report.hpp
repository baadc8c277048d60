// SPDX-License-Identifier: BSL-1.0
/// @file What came of a task file, as a document.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "shoal/aggregate/result.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/json/solution.hpp"
#include "shoal/json/task_file.hpp"
#include "shoal/json/write_swarm.hpp"
#include "shoal/run/event.hpp"
#include "shoal/run/outcome.hpp"
#include "shoal/survive/assess.hpp"
#include "shoal/survive/redundancy.hpp"
#include "shoal/survive/swarm.hpp"

namespace shoal::json {

/// How likely the plan of a task is to survive: each subtask keeps at least one of its models. By the file's
/// failure probabilities of models and groups, known before anything runs.
/// @pre `r` has a plan.
inline survive::report survival_of(const task_file& file, const task_report& r) {
  std::vector<std::string> names;
  for (const subtask& part : r.graph.subtasks()) names.push_back(part.name);
  const auto plan = survive::make_plan(r.assignment.chosen, names);
  return survive::assess(survive::make_swarm(file.swarm.models, file.swarm.groups), plan);
}

namespace detail {

inline ordered write_outcome(const run::outcome<std::string>& o,
                             const aggregate::result<std::string>& consensus) {
  ordered out{{"ended", name_of(o.end)}};
  if (o.value) {
    out["value"] = *o.value;
    out["confidence"] = consensus.confidence;
    out["tie"] = consensus.tie;
  } else {
    out["why"] = o.why;
  }
  ordered answers = ordered::array();
  for (const answer<>& a : o.answers) {
    answers.push_back({{"model", a.source}, {"value", a.abstains ? ordered(nullptr) : ordered(a.value)}});
  }
  out["answers"] = std::move(answers);
  if (!o.failures.empty()) {
    for (const run::failed_try& f : o.failures) {
      out["failures"].push_back(
          {{"model", f.name}, {"attempt", f.attempt}, {"kind", name_of(f.kind)}, {"text", f.text}});
    }
  }
  return out;
}

}  // namespace detail

/// What `shoal run --json` prints: the result, how each subtask ended, what it cost, and the plan as `shoal
/// assign
/// --json` prints it. Without a plan only that.
inline ordered write_task_report(const task_file& file, const task_report& r) {
  ordered out{{"result", r.result.value ? ordered(*r.result.value) : ordered(nullptr)}};
  if (!r) out["why"] = r.why();
  if (r.assignment) {
    out["confidence"] = r.result.confidence;
    out["survived"] = r.survived;
    out["degraded"] = r.outcomes.degraded;
    if (r.outcomes.degraded) out["note"] = r.outcomes.note;
    const survive::report survival = survival_of(file, r);
    out["survival"] = survival.whole.survival;
    if (survival.standard_error) out["standard_error"] = *survival.standard_error;
    std::size_t failures = 0;
    ordered subtasks = ordered::object();
    for (std::size_t k = 0; k < r.graph.size(); ++k) {
      const auto& o = r.outcomes.subtasks[k];
      failures += o.failures.size();
      detail::append(subtasks, r.graph[k].name, detail::write_outcome(o, r.consensus[k]));
    }
    out["subtasks"] = std::move(subtasks);
    out["calls"] = r.outcomes.calls;
    out["failures"] = failures;
    out["reassigned"] = r.outcomes.reassigned;
    out["energy_j"] = r.outcomes.used.energy_j;
    out["time_s"] = r.outcomes.used.time_s;
    out["input_tokens"] = r.outcomes.used.input_tokens;
    out["output_tokens"] = r.outcomes.used.output_tokens;
    out["seconds"] = r.outcomes.seconds;
  }
  assign::problem names;
  for (const subtask& part : r.graph.subtasks()) names.subtask_names.push_back(part.name);
  for (const model& m : file.swarm.models) names.model_names.push_back(m.name);
  out["plan"] = write_solution(names, r.assignment);
  return out;
}

/// An event as one line of a log.
inline ordered write_event(const run::event& e) {
  ordered out{{"at_s", e.at_s}, {"event", name_of(e.kind)}, {"subtask", e.subtask_name}};
  if (e.model != run::no_model) out["model"] = e.model_name;
  if (e.attempt > 0) out["attempt"] = e.attempt;
  if (e.failure) out["failure"] = infer::name_of(*e.failure);
  if (!e.text.empty()) out["text"] = e.text;
  return out;
}

}  // namespace shoal::json
