// SPDX-License-Identifier: BSL-1.0
/// @file Health: which members of a fleet live, and how much each may bear after it came back.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/run/failure_detector.hpp"
#include "shoal/run/moment.hpp"

namespace shoal::run {

/// Who watches, and how members come back.
struct health_options {
  std::size_t observers = 1;  ///< that hear heartbeats, >= 1
  std::size_t confirm = 2;    ///< of them must suspect a member; all of them where there are fewer, >= 1
  double slow_start_s = 10;   ///< seconds until a member that came back bears its full weight, >= 0
  double least_weight = 0.1;  ///< its weight at first, (0, 1]
};

/// Refuses options out of range.
/// @throws invalid_argument  `health: observers 0 is not >= 1`.
template <class = when_used>
void validate(const health_options& o) {
  const auto refuse = [](const char* what, auto value, const char* range) {
    throw invalid_argument(message("health: ", what, " ", value, " is not ", range));
  };
  if (o.observers == 0) refuse("observers", o.observers, ">= 1");
  if (o.confirm == 0) refuse("confirm", o.confirm, ">= 1");
  if (!(o.slow_start_s >= 0 && o.slow_start_s < std::numeric_limits<double>::infinity())) {
    refuse("slow_start_s", o.slow_start_s, "a finite number >= 0");
  }
  if (!(o.least_weight > 0 && o.least_weight <= 1)) refuse("least_weight", o.least_weight, "in (0, 1]");
}

/// What a member of a fleet may be asked.
enum class member_status {
  absent,    ///< never joined, or left
  alive,     ///< takes work
  draining,  ///< finishes what it has, takes nothing new
  dead,      ///< suspected by as many observers as it takes
};

/// Watches the members of a fleet, numbered from 0. A member dies when `confirm` observers suspect it at
/// once, so that one observer that has lost its network does not bury a fleet; it is back with the beat that
/// leaves fewer of them in doubt, and then starts slowly. Whoever runs it calls `check` at `next_check`.
template <failure_detector Detector = phi_accrual>
class health_board {
 public:
  /// @param fresh  a detector without beats; each member has a copy of it for each observer.
  /// @throws invalid_argument  options out of range.
  explicit health_board(const health_options& options = {}, Detector fresh = Detector{})
      : options_((validate(options), options)), fresh_(std::move(fresh)) {
    options_.confirm = std::min(options_.confirm, options_.observers);
  }

  /// A member joins, or joins anew, alive and at full weight; that counts as its first beat.
  void join(std::size_t member, time_point now) {
    if (member >= members_.size()) members_.resize(member + 1);
    one& m = members_[member];
    m = {};
    m.status = member_status::alive;
    m.seen.assign(options_.observers, fresh_);
    for (Detector& d : m.seen) d.beat(now);
    judge(m);
  }

  /// A member is gone for good, or until it joins anew.
  void leave(std::size_t member) {
    if (member < members_.size()) members_[member] = {};
  }

  /// A member takes nothing new from now on. It is watched further, for what it still has.
  void drain(std::size_t member) {
    if (member >= members_.size() || members_[member].status == member_status::absent) return;
    members_[member].drains = true;
    if (members_[member].status == member_status::alive) members_[member].status = member_status::draining;
  }

  /// An observer heard a member. True when that brings the member back to life.
  /// @pre observer < observers. The beat of a member that has not joined is nobody's.
  /// @complexity O(observers), and the detector's.
  bool beat(std::size_t member, std::size_t observer, time_point now) {
    assert(observer < options_.observers);
    if (member >= members_.size() || members_[member].status == member_status::absent) return false;
    one& m = members_[member];
    m.seen[observer].beat(now);
    judge(m);
    if (m.status != member_status::dead || m.dies_at <= now) return false;
    m.status = m.drains ? member_status::draining : member_status::alive;
    m.slow = true;
    m.back_at = now;
    return true;
  }

  /// Finds the members that have died, in their order, and calls `on_death(member)` for each.
  /// @complexity O(members).
  template <class OnDeath>
  void check(time_point now, OnDeath on_death) {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (!watched(members_[i]) || members_[i].dies_at > now) continue;
      members_[i].status = member_status::dead;
      on_death(i);
    }
  }

  /// When the next member dies, should no beat come; the end of time when none is watched.
  /// @complexity O(members).
  time_point next_check() const {
    time_point next = time_point::max();
    for (const one& m : members_) {
      if (watched(m)) next = std::min(next, m.dies_at);
    }
    return next;
  }

  member_status status(std::size_t member) const {
    return member < members_.size() ? members_[member].status : member_status::absent;
  }

  /// True when a member takes new work.
  bool usable(std::size_t member) const { return status(member) == member_status::alive; }

  /// The share of its usual load that a member may bear, (0, 1] while it is usable, else 0.
  double weight(std::size_t member, time_point now) const {
    if (!usable(member)) return 0;
    const one& m = members_[member];
    const double passed_s = seconds_between(m.back_at, now);
    if (!m.slow || passed_s >= options_.slow_start_s) return 1;
    const double least = options_.least_weight;
    return least + (1 - least) * std::max(0.0, passed_s / options_.slow_start_s);
  }

 private:
  struct one {
    member_status status = member_status::absent;
    bool drains = false;
    bool slow = false;  // came back at `back_at`
    time_point back_at{};
    time_point dies_at = time_point::max();  // when `confirm` observers suspect it, without further beats
    std::vector<Detector> seen{};            // by observer
  };

  static bool watched(const one& m) {
    return m.status == member_status::alive || m.status == member_status::draining;
  }

  void judge(one& m) {
    at_.clear();
    for (const Detector& d : m.seen) at_.push_back(d.suspects_at());
    const auto nth = at_.begin() + static_cast<std::ptrdiff_t>(options_.confirm - 1);
    std::nth_element(at_.begin(), nth, at_.end());
    m.dies_at = *nth;
  }

  health_options options_;
  Detector fresh_;
  std::vector<one> members_{};
  std::vector<decltype(std::declval<Detector&>().suspects_at())> at_{};  // scratch; a time_point
};

}  // namespace shoal::run
