// SPDX-License-Identifier: BSL-1.0
/// @file What came of a task file, as a document. Texts from outside may be no UTF-8, which a document cannot
/// hold: they are mended.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "shoal/aggregate/result.hpp"
#include "shoal/core/utf8.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/json/run_task.hpp"
#include "shoal/json/solution.hpp"
#include "shoal/json/task_file.hpp"
#include "shoal/json/write_swarm.hpp"
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

inline ordered write_answer(const answer<>& a) {
  ordered out{{"model", a.source}};
  out["value"] = a.abstains ? ordered(nullptr) : ordered(utf8_mended(a.value));
  out["confidence"] = a.confidence;
  out["energy_j"] = a.used.energy_j;
  out["time_s"] = a.used.time_s;
  return out;
}

inline ordered write_outcome(const run::outcome<std::string>& o,
                             const aggregate::result<std::string>& consensus) {
  ordered out{{"ended", name_of(o.end)}};
  if (o.value) {
    out["value"] = utf8_mended(*o.value);
    out["confidence"] = consensus.confidence;
    out["tie"] = consensus.tie;
  } else {
    out["why"] = utf8_mended(o.why);
  }
  out["answers"] = ordered::array();
  for (const answer<>& a : o.answers) out["answers"].push_back(write_answer(a));
  out["failures"] = ordered::array();
  for (const run::failed_try& f : o.failures) {
    out["failures"].push_back({{"model", f.name},
                               {"attempt", f.attempt},
                               {"kind", name_of(f.kind)},
                               {"text", utf8_mended(f.text)}});
  }
  return out;
}

}  // namespace detail

/// What `shoal run --json` prints: the result, how each subtask ended, what it cost, and the plan as `shoal
/// assign --json` prints it. Without a plan nothing ran, and there is only why.
inline ordered write_task_report(const task_file& file, const task_report& r) {
  ordered out{{"result", r.result.value ? ordered(utf8_mended(*r.result.value)) : ordered(nullptr)}};
  if (!r) out["why"] = utf8_mended(r.why());
  if (r.assignment) {
    out["confidence"] = r.result.confidence;
    out["survived"] = r.survived;
    out["degraded"] = r.outcomes.degraded;
    if (r.outcomes.degraded) out["note"] = utf8_mended(r.outcomes.note);
    const survive::report survival = survival_of(file, r);
    out["survival"] = survival.whole.survival;
    if (survival.standard_error) out["survival_standard_error"] = *survival.standard_error;
    out["energy_j"] = r.outcomes.used.energy_j;
    out["time_s"] = r.outcomes.used.time_s;
    out["seconds"] = r.outcomes.seconds;
    out["input_tokens"] = r.outcomes.used.input_tokens;
    out["output_tokens"] = r.outcomes.used.output_tokens;
    std::size_t failed = 0;
    ordered subtasks = ordered::object();
    for (std::size_t k = 0; k < r.graph.size(); ++k) {
      const auto& o = r.outcomes.subtasks[k];
      failed += o.failures.size();
      detail::append(subtasks, r.graph[k].name, detail::write_outcome(o, r.consensus[k]));
    }
    out["calls"] = r.outcomes.calls;
    out["failed_calls"] = failed;
    out["reassigned"] = r.outcomes.reassigned;
    out["subtasks"] = std::move(subtasks);
  }
  out["plan"] = write_solution(assign::make_problem(file.swarm.models, r.graph), r.assignment);
  return out;
}

}  // namespace shoal::json
