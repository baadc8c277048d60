// SPDX-License-Identifier: BSL-1.0
/// @file Events as JSON, one object a line.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/core/utf8.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/json/write_swarm.hpp"
#include "shoal/run/event.hpp"

namespace shoal::json {

/// An event as one line of a log. What it has nothing to say about is left out; texts that are no UTF-8 are
/// mended.
inline ordered write_event(const run::event& e) {
  ordered out{{"at_s", e.at_s}, {"event", name_of(e.kind)}};
  if (e.subtask != run::no_subtask) out["subtask"] = utf8_mended(e.subtask_name);
  if (e.model != run::no_model) out["model"] = utf8_mended(e.model_name);
  if (e.attempt > 0) out["attempt"] = e.attempt;
  if (e.wait_s > 0) out["wait_s"] = e.wait_s;
  if (e.failure) out["failure"] = infer::name_of(*e.failure);
  if (e.kind == run::event_kind::answered) {
    out["energy_j"] = e.used.energy_j;
    out["time_s"] = e.used.time_s;
    if (e.used.input_tokens > 0) out["input_tokens"] = e.used.input_tokens;
    if (e.used.output_tokens > 0) out["output_tokens"] = e.used.output_tokens;
  }
  if (!e.text.empty()) out["text"] = utf8_mended(e.text);
  return out;
}

/// Observer that hands each event on as a line, its line feed included: `event_lines{[&](std::string_view
/// line) { file << line; }}`.
template <std::invocable<std::string_view> Write>
class event_lines {
 public:
  explicit event_lines(Write write) : write_(std::move(write)) {}

  void operator()(const run::event& e) { write_(std::string_view(write_event(e).dump() + '\n')); }

 private:
  Write write_;
};

}  // namespace shoal::json
