// SPDX-License-Identifier: BSL-1.0
/// @file Deadlines and stop tokens: three ways in which a backend honours both.
///
/// A backend that works in steps calls `check` between them; one that waits calls `wait_until`; one whose
/// engine knows stop tokens but no deadlines hands it the token of a `stop_at`.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "shoal/core/clock.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/infer/request.hpp"

namespace shoal::infer {

/// Throws when the request should be given up; otherwise does nothing. It costs a clock reading: call it
/// once for each token, layer or batch.
/// @throws failure  `cancelled` after a stop was requested, `timeout` after the deadline.
template <class Value>
void check(const request<Value>& r, const std::stop_token& stop) {
  if (stop.stop_requested()) throw failure(failure_kind::cancelled, "a stop was requested");
  if (std::chrono::steady_clock::now() >= r.deadline) {
    throw failure(failure_kind::timeout, "the deadline passed");
  }
}

/// Sleeps until `when`, or until the request should be given up, whichever comes first.
/// @throws failure  as `check` does.
template <class Value>
void wait_until(std::chrono::steady_clock::time_point when, const request<Value>& r,
                const std::stop_token& stop) {
  std::mutex own;
  std::unique_lock lock(own);
  std::condition_variable_any nobody_notifies;
  const auto end = when < r.deadline ? when : r.deadline;
  // Waiting for time_point::max() overflows inside some standard libraries, so no end means no time at all.
  if (end == std::chrono::steady_clock::time_point::max()) {
    nobody_notifies.wait(lock, stop, [] { return false; });
  } else {
    nobody_notifies.wait_until(lock, stop, end, [] { return false; });
  }
  check(r, stop);
}

/// Sleeps until the request should be given up: what a dead server looks like.
/// @throws failure  always, as `check` does.
template <class Value>
[[noreturn]] void stall(const request<Value>& r, const std::stop_token& stop) {
  for (;;) wait_until(std::chrono::steady_clock::time_point::max(), r, stop);
}

/// A stop token that fires when a deadline passes or when another token does. It keeps a thread of its own
/// while it lives, a few tens of microseconds to start: meant for calls that last longer.
class stop_at {
 public:
  template <class = when_used>
  explicit stop_at(std::chrono::steady_clock::time_point deadline, std::stop_token other = {})
      : source_(), forward_(std::move(other), fire{source_}) {
    if (deadline == std::chrono::steady_clock::time_point::max()) return;
    timer_ = std::jthread([source = source_, deadline](std::stop_token ended) mutable {
      std::mutex own;
      std::unique_lock lock(own);
      std::condition_variable_any nobody_notifies;
      nobody_notifies.wait_until(lock, ended, deadline, [] { return false; });
      if (!ended.stop_requested()) source.request_stop();
    });
  }
  stop_at(const stop_at&) = delete;
  stop_at& operator=(const stop_at&) = delete;

  /// The token to hand on; it stays valid after this object's end, but then fires no more.
  std::stop_token token() const { return source_.get_token(); }

 private:
  struct fire {
    std::stop_source source;
    void operator()() { source.request_stop(); }
  };

  std::stop_source source_;
  std::stop_callback<fire> forward_;
  std::jthread timer_;
};

}  // namespace shoal::infer
