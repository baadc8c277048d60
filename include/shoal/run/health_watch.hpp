// SPDX-License-Identifier: BSL-1.0
/// @file Health watch: heartbeats on a scheduler, and what a dispatcher is told of them.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "shoal/run/failure_detector.hpp"
#include "shoal/run/health.hpp"
#include "shoal/run/moment.hpp"
#include "shoal/run/scheduler.hpp"

namespace shoal::run {

/// Joins a health board to whoever must know: `set_dead(i, why)`, `set_alive(i)`, `drain(i)`, `undrain(i)` and
/// `set_weight(i, w)` are called on `target`, a dispatcher, as members die or leave, come back, drain, and
/// warm up again. Belongs to the scheduler's thread.
template <scheduler Scheduler, class Target, failure_detector Detector = phi_accrual>
class health_watch {
 public:
  /// @param members  0 ... members - 1 join at once.
  /// @throws invalid_argument  options out of range.
  health_watch(Scheduler& on, Target& target, std::size_t members, const health_options& options = {},
               Detector fresh = Detector{})
      : on_(on), target_(target), options_(options), board_(options, std::move(fresh)), warming_(members) {
    for (std::size_t i = 0; i < members; ++i) board_.join(i, on.now());
    arm();
  }
  health_watch(const health_watch&) = delete;
  health_watch& operator=(const health_watch&) = delete;
  ~health_watch() {
    on_.cancel(next_);
    on_.cancel(tick_);
  }

  /// An observer heard a member.
  void beat(std::size_t member, std::size_t observer = 0) {
    if (board_.beat(member, observer, on_.now())) {
      target_.set_alive(member);
      warm(member);
    }
    if (!next_) arm();
  }

  /// A further member, or one that comes again.
  void join(std::size_t member) {
    if (member >= warming_.size()) warming_.resize(member + 1);
    board_.join(member, on_.now());
    target_.undrain(member);
    target_.set_alive(member);
    target_.set_weight(member, 1);
    if (!next_) arm();
  }

  /// A member takes nothing new until it joins again; see `health_board::drain`.
  void drain(std::size_t member) {
    board_.drain(member);
    target_.drain(member);
  }

  /// A member is gone: what it runs has failed.
  void leave(std::size_t member) {
    board_.leave(member);
    target_.set_dead(member, "it left the fleet");
  }

  const health_board<Detector>& board() const { return board_; }

 private:
  // Beats only put deaths off: the timer fires at the old time, finds nobody dead and is set anew.
  void arm() {
    const time_point when = board_.next_check();
    if (when == time_point::max()) return;
    next_ = on_.at(when, [this] {
      next_ = {};
      board_.check(on_.now(), [&](std::size_t i) { target_.set_dead(i, "its heartbeats stopped"); });
      arm();
    });
  }

  void warm(std::size_t member) {
    if (member >= warming_.size()) warming_.resize(member + 1);
    const double w = board_.weight(member, on_.now());
    if (w > 0) target_.set_weight(member, w);
    warming_[member] = true;
    if (!tick_) tick_ = on_.at(later(on_.now(), options_.slow_start_s / 10), [this] { warm_all(); });
  }
  void warm_all() {
    tick_ = {};
    bool any = false;
    for (std::size_t i = 0; i < warming_.size(); ++i) {
      if (!warming_[i]) continue;
      const double w = board_.weight(i, on_.now());
      warming_[i] = w > 0 && w < 1;
      if (w > 0) target_.set_weight(i, w);
      any = any || warming_[i];
    }
    if (any) tick_ = on_.at(later(on_.now(), options_.slow_start_s / 10), [this] { warm_all(); });
  }

  Scheduler& on_;
  Target& target_;
  health_options options_;
  health_board<Detector> board_;
  std::vector<bool> warming_;
  timer next_{};
  timer tick_{};
};

}  // namespace shoal::run
