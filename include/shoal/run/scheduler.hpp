// SPDX-License-Identifier: BSL-1.0
/// @file Scheduler concept: what time it is, and who runs what when. Nothing else in the runtime reads a
/// clock, sleeps or starts a thread, so the same code runs on real threads, on an I/O loop and on virtual
/// time.
#pragma once

#include <concepts>
#include <cstdint>
#include <utility>

#include "shoal/core/unique_function.hpp"
#include "shoal/run/moment.hpp"

namespace shoal::run {

/// Something to run later, once.
using work = unique_function<void()>;

/// Names work that was put off; a timer that has run, or was cancelled, names nothing.
struct timer {
  std::uint64_t id = 0;  ///< 0: none
  explicit operator bool() const { return id != 0; }
};

/// Work runs one piece after the other, on one thread at a time (the scheduler's), never inside `post` or
/// `at` themselves: work in the order in which it was posted, timers by their time, equal times in the order
/// in which they were set. `post` may be called from any thread; all else from work, or while nothing runs.
/// Time does not go back. What throws out of work leaves through whoever drives the scheduler.
template <class S>
concept scheduler = requires(S& s, const S& seen, time_point when, work w, timer t) {
  { seen.now() } -> std::same_as<time_point>;
  { s.post(std::move(w)) } -> std::same_as<void>;
  { s.at(when, std::move(w)) } -> std::same_as<timer>;  // not before `when`, soon after it
  { s.cancel(t) } -> std::same_as<bool>;                // true when it will not run for this reason
};

/// A scheduler that the caller's thread can drive: it runs work until `done()`, which is asked after each
/// piece.
template <class S>
concept driven_scheduler = scheduler<S> && requires(S& s, bool (*done)()) {
  { s.run_until(done) } -> std::same_as<void>;
};

}  // namespace shoal::run
