// SPDX-License-Identifier: BSL-1.0
/// @file A report of survival as a document.
#pragma once

#include <utility>
#include <vector>

#include "shoal/json/write_swarm.hpp"
#include "shoal/survive/assess.hpp"

namespace shoal::json {

namespace detail {

inline void append_importance(ordered& out, const std::vector<survive::importance>& parts, const char* kind) {
  for (const survive::importance& part : parts) {
    out.push_back({{"name", part.name},
                   {"kind", kind},
                   {"birnbaum", part.birnbaum},
                   {"criticality", part.criticality},
                   {"fussell_vesely", part.fussell_vesely}});
  }
}

}  // namespace detail

/// What `shoal survive --json` prints. `failure` is there beside `survival` because a double holds 1e-30 well
/// and 1 - 1e-30 not at all. Importance lists the models, then the groups, in the swarm's order.
inline ordered write_survival(const survive::report& r) {
  ordered out{{"survival", r.whole.survival}, {"failure", r.whole.failure}, {"method", name_of(r.method)}};
  if (r.standard_error) {
    out["standard_error"] = *r.standard_error;
    out["samples"] = r.samples;
    out["failure_low"] = r.failure_low;
    out["failure_high"] = r.failure_high;
  }
  out["expected_survivors"] = r.expected_survivors;
  ordered subtasks = ordered::object();
  for (const survive::subtask_survival& part : r.subtasks) {
    detail::append(subtasks, part.name, part.own.survival);
  }
  out["subtasks"] = std::move(subtasks);
  out["importance"] = ordered::array();
  detail::append_importance(out["importance"], r.importance.models, "model");
  detail::append_importance(out["importance"], r.importance.groups, "group");
  return out;
}

}  // namespace shoal::json
