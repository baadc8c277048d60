// SPDX-License-Identifier: BSL-1.0
/// @file Events of a run, and who observes them.
#pragma once

#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "shoal/infer/failure.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::run {

/// What happened. The story of one subtask: any number of `started`, each followed by one `answered` or
/// `failed`, with `reassigned` between; then one `finished` or `gave_up`, and after that at most `late`.
enum class event_kind {
  started,     ///< a model was asked
  answered,    ///< it answered
  failed,      ///< it did not, or not in time; `failure` and `text` say why
  reassigned,  ///< the subtask went to another model; `text` says when requirements were given up for it
  finished,    ///< the subtask has its answer
  gave_up,     ///< the subtask ended without one; `text` says why
  late,        ///< an answer came after its call was given up; it was dropped
};

/// The event's name, for logs.
constexpr std::string_view name_of(event_kind kind) {
  switch (kind) {
    case event_kind::started:
      return "started";
    case event_kind::answered:
      return "answered";
    case event_kind::failed:
      return "failed";
    case event_kind::reassigned:
      return "reassigned";
    case event_kind::finished:
      return "finished";
    case event_kind::gave_up:
      return "gave up";
    case event_kind::late:
      return "late";
  }
  return "";
}

/// Stands for "no model" in an event that concerns a subtask alone.
inline constexpr std::size_t no_model = std::numeric_limits<std::size_t>::max();

/// One event. The names are the job's own and live until the executor returns.
struct event {
  event_kind kind = event_kind::started;
  std::size_t subtask = 0;       ///< index in the graph
  std::size_t model = no_model;  ///< index in the fleet
  std::size_t attempt = 0;       ///< of the call; 0 where there is none
  double at_s = 0;               ///< seconds since the run began
  std::string_view subtask_name{};
  std::string_view model_name{};  ///< empty where there is no model
  std::optional<infer::failure_kind> failure{};
  std::string text{};
  usage used{};  ///< of the call that answered
};

/// Whoever wants to see events: progress bars, logs, metrics. An executor calls it on the thread on which the
/// executor itself was called, one event at a time, each before the executor returns. It may request a stop.
/// An observer that throws is not called again in that run; what it threw is in the outcomes.
template <class O>
concept observer = std::invocable<O&, const event&>;

/// Looks away.
struct no_observer {
  void operator()(const event&) const {}
};

}  // namespace shoal::run
