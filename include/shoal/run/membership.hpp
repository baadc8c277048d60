// SPDX-License-Identifier: BSL-1.0
/// @file Membership: who of a fleet is there while work runs on it, as whoever hears its heartbeats says.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/run/failure_detector.hpp"
#include "shoal/run/health.hpp"
#include "shoal/run/moment.hpp"

namespace shoal::run {

/// One of the two failure detectors, chosen at run time.
class chosen_detector {
 public:
  chosen_detector(phi_accrual d) : phi_(std::move(d)) {}                      // NOLINT(google-explicit-constructor)
  chosen_detector(fixed_timeout d) : fixed_(std::move(d)), is_fixed_(true) {}  // NOLINT(google-explicit-constructor)

  void beat(time_point at) { is_fixed_ ? fixed_.beat(at) : phi_.beat(at); }
  bool suspects(time_point at) const { return at >= suspects_at(); }
  time_point suspects_at() const { return is_fixed_ ? fixed_.suspects_at() : phi_.suspects_at(); }

 private:
  phi_accrual phi_{};
  fixed_timeout fixed_{};
  bool is_fixed_ = false;
};

/// What members of a fleet say, handed to every run that works with them. All functions may be called from
/// any thread, before runs and while they go on; a member's number is its model's index in the fleet.
///
/// A model that nothing was said of is taken as it is: it works, and nobody waits for its heartbeats. One
/// that is to come later leaves before the run begins, and joins when it is there.
class membership {
 public:
  /// @throws invalid_argument  options out of range.
  explicit membership(const health_options& options = {}, chosen_detector fresh = phi_accrual{})
      : options_((validate(options), options)), fresh_(std::move(fresh)) {}
  membership(const membership&) = delete;
  membership& operator=(const membership&) = delete;

  /// It takes work from now on, and its heartbeats are due; this is the first of them.
  template <class = when_used>
  void join(std::size_t member) { say(news{change::joined, member}); }
  /// An observer heard it. One that has not joined, or has left, is not waited for, whatever is heard.
  /// @throws invalid_argument  `membership: observer 2 is not < 2`.
  template <class = when_used>
  void beat(std::size_t member, std::size_t observer = 0) {
    if (observer >= options_.observers) refuse(observer);
    say(news{change::beat, member, observer});
  }
  /// It finishes what it runs, and gets nothing new until it joins again.
  template <class = when_used>
  void drain(std::size_t member) { say(news{change::drains, member}); }
  /// It is gone: what it runs has failed.
  template <class = when_used>
  void leave(std::size_t member) { say(news{change::left, member}); }

  const health_options& options() const { return options_; }
  const chosen_detector& detector() const { return fresh_; }  ///< without beats

  /// What was said of a member.
  enum class change : unsigned char { joined, beat, drains, left };
  struct news {
    change what = change::joined;
    std::size_t member = 0;
    std::size_t observer = 0;
  };

  /// For executors: from now on news are kept for the reader, where the members stand being the first of
  /// them.
  /// @param wake  is called when there is news, on any thread, and must neither call back nor throw.
  /// @return the reader's number.
  template <class = when_used>
  std::size_t subscribe(std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    readers_.push_back({++readers_so_far_, std::move(wake), stands_});
    if (!stands_.empty()) readers_.back().wake();
    return readers_so_far_;
  }
  /// The news since the last call.
  template <class = when_used>
  std::vector<news> read(std::size_t reader) {
    const std::lock_guard lock(mutex_);
    std::vector<news> out;
    for (one_reader& r : readers_) {
      if (r.number == reader) out.swap(r.unread);
    }
    return out;
  }
  template <class = when_used>
  void unsubscribe(std::size_t reader) {
    const std::lock_guard lock(mutex_);
    for (std::size_t at = 0; at < readers_.size(); ++at) {
      if (readers_[at].number != reader) continue;
      readers_.erase(readers_.begin() + static_cast<std::ptrdiff_t>(at));
      return;
    }
  }

 private:
  struct one_reader {
    std::size_t number = 0;
    std::function<void()> wake{};
    std::vector<news> unread{};
  };

  template <class = when_used>
  [[noreturn]] void refuse(std::size_t observer) const {
    throw invalid_argument(message("membership: observer ", observer, " is not < ", options_.observers));
  }

  template <class News>
  void say(const News& n) {
    const std::lock_guard lock(mutex_);
    if (n.what != change::beat) {
      std::erase_if(stands_, [&](const news& old) { return old.member == n.member; });
      stands_.push_back(n);
    }
    for (one_reader& r : readers_) {
      r.unread.push_back(n);
      if (r.unread.size() == 1) r.wake();
    }
  }

  const health_options options_;
  const chosen_detector fresh_;
  std::mutex mutex_{};          // of all below
  std::vector<news> stands_{};  // the last that was said of each member, beats aside
  std::vector<one_reader> readers_{};
  std::size_t readers_so_far_ = 0;
};

}  // namespace shoal::run
