// SPDX-License-Identifier: BSL-1.0
/// @file Event loop: the scheduler of the core, driven by a thread of the caller's, on the real clock.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "shoal/core/clock.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/run/scheduler.hpp"
#include "shoal/run/timer_queue.hpp"

namespace shoal::run {

/// Runs work on the thread that is in `run_until`. Models `driven_scheduler`.
template <class Clock = std::chrono::steady_clock>
class basic_event_loop {
 public:
  time_point now() const { return Clock::now(); }

  void post(work w) {
    const std::scoped_lock lock(guard_);
    posted_.push_back(std::move(w));
    if (asleep_) news_.notify_one();  // with the lock: the loop may be gone as soon as it has run the work
  }

  timer at(time_point when, work w) { return timers_.add(when, std::move(w)); }
  bool cancel(timer t) { return timers_.remove(t); }

  /// Runs what is due until `done()`, and sleeps in between. One thread at a time.
  template <class Done>
  void run_until(Done&& done) {
    while (!done()) {
      if (next_ < batch_.size()) {
        // Moved out first: the work may post more, or throw.
        work w = std::move(batch_[next_++]);
        w();
      } else if (timers_.next() <= due_) {
        work w = timers_.pop();
        w();
      } else {
        next_batch();
      }
    }
  }

 private:
  // What was posted, and the timers that are due; sleeps while there is neither.
  void next_batch() {
    due_ = timers_.empty() ? time_point::min() : now();
    std::unique_lock lock(guard_);
    const auto woken = [&] { return !posted_.empty(); };
    if (timers_.next() > due_ && !woken()) {
      asleep_ = true;
      if (timers_.empty()) {
        news_.wait(lock, woken);
      } else {
        news_.wait_until(lock, timers_.next(), woken);
      }
      asleep_ = false;
    }
    batch_.clear();
    next_ = 0;
    batch_.swap(posted_);
  }

  std::mutex guard_{};
  std::condition_variable news_{};
  std::vector<work> posted_{};
  bool asleep_ = false;
  std::vector<work> batch_{};  // this and all below: only the loop's thread
  std::size_t next_ = 0;
  time_point due_ = time_point::min();  // timers up to it may run
  timer_queue<> timers_{};
};

using event_loop = basic_event_loop<>;

}  // namespace shoal::run
