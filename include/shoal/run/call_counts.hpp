// SPDX-License-Identifier: BSL-1.0
/// @file Call counts: how often what happened, of one model or of a whole run.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "shoal/infer/failure.hpp"
#include "shoal/run/event.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::run {

/// Classes of failure that there are.
inline constexpr std::size_t failure_kinds = 5;
static_assert(static_cast<std::size_t>(infer::failure_kind::crashed) + 1 == failure_kinds);

/// `used` without figures that are no amount (NaN, infinite, negative): one nonsensical report of a backend
/// must not spoil a sum for ever.
inline usage sound(usage used) {
  if (!(std::isfinite(used.energy_j) && used.energy_j > 0)) used.energy_j = 0;
  if (!(std::isfinite(used.time_s) && used.time_s > 0)) used.time_s = 0;
  return used;
}

/// Counts events. Every event is counted once, in the count that has its name.
struct call_counts {
  std::uint64_t started = 0;                            ///< calls
  std::uint64_t answered = 0;                           ///< calls
  std::array<std::uint64_t, failure_kinds> failures{};  ///< calls that failed, by `infer::failure_kind`
  std::uint64_t cancelled = 0;                          ///< calls that were no longer needed
  std::uint64_t late = 0;                               ///< answers after their call was given up
  std::uint64_t queued = 0;
  std::uint64_t retried = 0;
  std::uint64_t hedged = 0;
  std::uint64_t shed = 0;
  std::uint64_t reassigned = 0;
  std::uint64_t finished = 0;  ///< subtasks with an answer
  std::uint64_t gave_up = 0;   ///< subtasks that ended without one
  std::uint64_t breaker_opened = 0;
  std::uint64_t breaker_closed = 0;
  std::uint64_t model_dead = 0;
  std::uint64_t model_back = 0;
  usage used{};  ///< of calls that were answered

  /// Calls that failed, of whatever kind.
  std::uint64_t failed() const {
    std::uint64_t out = 0;
    for (const std::uint64_t n : failures) out += n;
    return out;
  }

  void operator()(const event& e) {
    switch (e.kind) {
      case event_kind::queued:
        ++queued;
        break;
      case event_kind::started:
        ++started;
        break;
      case event_kind::answered:
        ++answered;
        used += sound(e.used);
        break;
      case event_kind::failed:
        ++failures[static_cast<std::size_t>(e.failure.value_or(infer::failure_kind::crashed))];
        break;
      case event_kind::cancelled:
        ++cancelled;
        break;
      case event_kind::late:
        ++late;
        break;
      case event_kind::retried:
        ++retried;
        break;
      case event_kind::hedged:
        ++hedged;
        break;
      case event_kind::shed:
        ++shed;
        break;
      case event_kind::reassigned:
        ++reassigned;
        break;
      case event_kind::finished:
        ++finished;
        break;
      case event_kind::gave_up:
        ++gave_up;
        break;
      case event_kind::breaker_opened:
        ++breaker_opened;
        break;
      case event_kind::breaker_closed:
        ++breaker_closed;
        break;
      case event_kind::model_dead:
        ++model_dead;
        break;
      case event_kind::model_back:
        ++model_back;
        break;
    }
  }
};

}  // namespace shoal::run
