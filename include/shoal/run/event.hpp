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

/// What happened. The story of one call: `started`, then one of `answered`, `failed` and `cancelled`, and
/// after the last two at most `late`. The story of one subtask: calls, with `queued`, `retried`, `hedged` and
/// `reassigned` between, then one `finished` or `gave_up`.
enum class event_kind {
  queued,          ///< waits for a free place at a model
  started,         ///< a model was asked
  answered,        ///< it answered
  failed,          ///< it did not, or not in time; `failure` and `text` say why
  cancelled,       ///< the call is no longer needed: another one answered first, or nobody waits any more
  late,            ///< an answer came after its call was given up; it was dropped
  retried,         ///< will be asked of the same model again, `wait_s` from now
  hedged,          ///< a second model is asked beside one that is slow
  shed,            ///< dropped from a full queue
  reassigned,      ///< the subtask went to another model; `text` says when requirements were given up for it
  finished,        ///< the subtask has its answer
  gave_up,         ///< the subtask ended without one; `text` says why
  breaker_opened,  ///< the model failed too often: it is left alone for `wait_s`
  breaker_closed,  ///< it answers again
  model_dead,      ///< its heartbeats stopped, or it left; `text` says which
  model_back,      ///< it is there again
};

/// The event's name, for logs.
constexpr std::string_view name_of(event_kind kind) {
  constexpr std::string_view names[] = {"queued",         "started",        "answered",   "failed",
                                        "cancelled",      "late",           "retried",    "hedged",
                                        "shed",           "reassigned",     "finished",   "gave up",
                                        "breaker opened", "breaker closed", "model dead", "model back"};
  return names[static_cast<std::size_t>(kind)];
}

/// Stands for "no model" in an event that concerns a subtask alone.
inline constexpr std::size_t no_model = std::numeric_limits<std::size_t>::max();

/// Stands for "no subtask" in an event that concerns a model alone.
inline constexpr std::size_t no_subtask = no_model;

/// One event. The names are the job's own and live until the executor returns.
struct event {
  event_kind kind = event_kind::started;
  std::size_t subtask = 0;          ///< index in the graph, or `no_subtask`
  std::size_t model = no_model;     ///< index in the fleet
  std::size_t attempt = 0;          ///< of the call; 0 where there is none
  double at_s = 0;                  ///< seconds since the run began
  double wait_s = 0;                ///< seconds, where the kind says of what
  std::string_view subtask_name{};  ///< empty where there is no subtask
  std::string_view model_name{};    ///< empty where there is no model
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
