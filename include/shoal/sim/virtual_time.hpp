// SPDX-License-Identifier: BSL-1.0
/// @file Virtual time: a scheduler whose clock jumps to whatever is due next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "shoal/core/clock.hpp"
#include "shoal/core/error.hpp"
#include "shoal/run/scheduler.hpp"
#include "shoal/run/timer_queue.hpp"

namespace shoal::sim {

/// Thrown when nothing is left to run and what was waited for has not come: whoever waits would wait for
/// ever.
struct nothing_left : error {
  using error::error;
};

/// A scheduler without a clock: years pass in minutes, and equal work gives equal runs, bit for bit. Models
/// `run::driven_scheduler`. All of it belongs to one thread.
template <class Work = run::work>
class basic_virtual_time {
 public:
  /// Begins away from zero, so that "long ago" can be told from "never".
  explicit basic_virtual_time(run::time_point start = run::time_point{} + std::chrono::hours(24 * 365))
      : now_(start) {}

  run::time_point now() const { return now_; }
  void post(Work w) { posted_.push_back(std::move(w)); }
  run::timer at(run::time_point when, Work w) { return timers_.add(when, std::move(w)); }
  bool cancel(run::timer t) { return timers_.remove(t); }

  /// Pieces of work that have run.
  std::uint64_t steps() const { return steps_; }

  /// Runs the next piece of work; false when there is none.
  bool step() {
    if (next_ == batch_.size()) {
      batch_.clear();
      next_ = 0;
      batch_.swap(posted_);
    }
    if (next_ < batch_.size()) {
      Work w = std::move(batch_[next_++]);
      ++steps_;
      w();
      return true;
    }
    if (timers_.empty()) return false;
    if (timers_.next() > now_) now_ = timers_.next();
    Work w = timers_.pop();
    ++steps_;
    w();
    return true;
  }

  /// @throws nothing_left  when all work is done and `done()` is false.
  template <class Done>
  void run_until(Done&& done) {
    while (!done()) {
      if (!step()) throw nothing_left("virtual time: nothing is left to run, and the end has not come");
    }
  }

  /// Runs all that is due by then, and stops there.
  void run_to(run::time_point when) {
    while (next_ < batch_.size() || !posted_.empty() || (!timers_.empty() && timers_.next() <= when)) step();
    if (when > now_) now_ = when;
  }

 private:
  run::time_point now_;
  std::uint64_t steps_ = 0;
  std::vector<Work> posted_{};
  std::vector<Work> batch_{};
  std::size_t next_ = 0;
  run::timer_queue<Work> timers_{};
};

using virtual_time = basic_virtual_time<>;

}  // namespace shoal::sim
