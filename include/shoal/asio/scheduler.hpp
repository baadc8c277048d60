// SPDX-License-Identifier: BSL-1.0
/// @file Scheduler on standalone Asio: shoal's timers and calls on the I/O loop that a program has already.
#pragma once

#if !__has_include(<asio/io_context.hpp>)
#error "shoal/asio needs standalone Asio: link shoal::asio, or use shoal::run::event_loop."
#endif

#include <utility>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include "shoal/run/scheduler.hpp"
#include "shoal/run/timer_queue.hpp"

namespace shoal::asio {

/// Models `run::driven_scheduler`. All of its timers share one of Asio's. The loop is run by one thread at a
/// time: the one in `run_until`, or whoever calls `io_context::run` where nobody is. It must outlive the
/// scheduler.
class scheduler {
 public:
  explicit scheduler(::asio::io_context& io) : io_(io), clock_(io) {}
  scheduler(const scheduler&) = delete;
  scheduler& operator=(const scheduler&) = delete;

  run::time_point now() const { return std::chrono::steady_clock::now(); }

  void post(run::work w) {
    ::asio::post(io_, [w = std::move(w)]() mutable { w(); });
  }

  run::timer at(run::time_point when, run::work w) {
    const run::timer out = timers_.add(when, std::move(w));
    arm();
    return out;
  }
  bool cancel(run::timer t) { return timers_.remove(t); }

  /// Runs the loop until `done()`. Other work of the loop runs too.
  template <class Done>
  void run_until(Done&& done) {
    const auto alive = ::asio::make_work_guard(io_);
    if (io_.stopped()) io_.restart();
    while (!done()) io_.run_one();
  }

 private:
  // Asio's timer waits for the first of ours; one that is taken back only wakes it for nothing.
  void arm() {
    if (timers_.next() >= armed_) return;
    armed_ = timers_.next();
    clock_.expires_at(armed_);
    clock_.async_wait([this](const ::asio::error_code& cancelled) {
      if (cancelled) return;
      armed_ = run::time_point::max();
      if (timers_.next() > now()) {
        arm();
        return;
      }
      run::work w = timers_.pop();
      arm();
      w();
    });
  }

  ::asio::io_context& io_;
  ::asio::steady_timer clock_;
  run::timer_queue<> timers_{};
  run::time_point armed_ = run::time_point::max();
};

}  // namespace shoal::asio
