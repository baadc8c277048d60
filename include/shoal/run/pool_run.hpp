// SPDX-License-Identifier: BSL-1.0
/// @file One run on a pool of threads: the inside of the thread-pool executor.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <list>
#include <mutex>
#include <stop_token>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "shoal/core/clock.hpp"
#include "shoal/core/message.hpp"
#include "shoal/run/executor.hpp"
#include "shoal/run/ledger.hpp"

namespace shoal::run::detail {

/// One run on threads. Workers take actions from the ledger under a lock and carry them out without it. The
/// caller's thread hires workers, keeps the time, fires stop tokens and talks to the observer.
template <class Value, class Observer, class Combine>
class pool_run {
  using clock = std::chrono::steady_clock;

 public:
  pool_run(const job& j, const infer::backends<Value>& backends, const options& o,
           std::vector<std::size_t> lanes, std::size_t most_workers, Observer& see, const Combine& combine)
      : job_(j),
        backends_(backends),
        options_(o),
        most_workers_(most_workers),
        see_(see),
        combine_(combine),
        book_(j, o, std::move(lanes), notify{this}) {}

  outcomes<Value> run() {
    const leave_at_last whatever_is_thrown{*this};
    std::unique_lock lock(guard_);
    while (!finished()) {
      if (!closed_ && over(options_)) close();
      give_up_overdue();
      if (fire_stops(lock) || tell_observer(lock) || hire()) continue;
      wake_ = next_deadline();
      // A stop request that has been honoured would end every further wait at once.
      const std::stop_token stop = closed_ ? std::stop_token() : options_.stop;
      if (wake_ == clock::time_point::max()) {
        news_.wait(lock, stop, [&] { return has_news(); });
      } else {
        news_.wait_until(lock, stop, wake_, [&] { return has_news(); });
      }
    }
    leave(lock);
    tell_observer(lock);
    if (broken_) std::rethrow_exception(broken_);
    outcomes<Value> out = book_.finish(now_s());
    out.observer_error = observer_error_;
    return out;
  }

 private:
  struct notify {
    pool_run* run;
    void operator()(event&& e) const {
      if constexpr (!std::is_same_v<std::remove_cvref_t<Observer>, no_observer>) {
        run->events_.push_back(std::move(e));
      }
    }
  };
  struct running_call {
    clock::time_point deadline{};
    call what{};
    std::stop_source stop{};
    bool given_up = false;
  };
  struct leave_at_last {
    pool_run& run;
    ~leave_at_last() {
      std::unique_lock lock(run.guard_);
      run.leave(lock);
    }
  };

  // Every member function below needs the lock; those that take it as a parameter let go of it for a while.

  double now_s() const { return std::chrono::duration<double>(clock::now() - began_).count(); }
  bool finished() const { return book_.done() || broken_; }
  bool wants_worker() { return idle_ == 0 && workers_.size() < most_workers_ && book_.has_action(); }
  bool has_news() {
    return finished() || !events_.empty() || !to_stop_.empty() || wants_worker() || next_deadline() < wake_;
  }

  clock::time_point next_deadline() const {
    if (closed_) return clock::time_point::max();
    clock::time_point first = options_.deadline;
    for (const running_call& r : running_) {
      if (!r.given_up) first = std::min(first, r.deadline);
    }
    return first;
  }

  void give_up(running_call& r) {
    r.given_up = true;
    to_stop_.push_back(r.stop);
  }

  void give_up_overdue() {
    const clock::time_point now = clock::now();
    for (running_call& r : running_) {
      if (r.given_up || now < r.deadline) continue;
      give_up(r);
      book_.failed(r.what, infer::failure_kind::timeout,
                   message("no answer within ", options_.try_timeout.count(), " s"), now_s());
    }
    wake_workers();
  }

  void close() {
    if (std::exchange(closed_, true)) return;
    const auto end = over(options_);
    for (running_call& r : running_) {
      if (!r.given_up) give_up(r);
    }
    book_.close(end->how, end->why, now_s());
    wake_workers();
  }

  bool fire_stops(std::unique_lock<std::mutex>& lock) {
    std::vector<std::stop_source> sources;
    sources.swap(to_stop_);
    if (sources.empty()) return false;
    lock.unlock();
    for (std::stop_source& s : sources) s.request_stop();
    lock.lock();
    return true;
  }

  bool tell_observer(std::unique_lock<std::mutex>& lock) {
    std::vector<event> events;
    events.swap(events_);
    if (events.empty()) return false;
    lock.unlock();
    for (const event& e : events) {
      if (observer_error_) break;
      try {
        see_(e);
      } catch (...) {
        observer_error_ = std::current_exception();
      }
    }
    lock.lock();
    return true;
  }

  bool hire() {
    if (!wants_worker()) return false;
    // A new worker counts as idle until it has the lock, so that it is not hired twice for one action.
    ++idle_;
    try {
      workers_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      --idle_;
      if (workers_.empty()) throw;
      most_workers_ = workers_.size();
    }
    return true;
  }

  void wake_workers() {
    if (idle_ > 0 && book_.has_action()) for_workers_.notify_one();
  }

  // Stops what runs and waits for it: no thread outlives the run.
  void leave(std::unique_lock<std::mutex>& lock) {
    leaving_ = true;
    for (running_call& r : running_) {
      if (!r.given_up) give_up(r);
    }
    fire_stops(lock);
    for_workers_.notify_all();
    lock.unlock();
    for (std::thread& w : workers_) w.join();
    lock.lock();
    workers_.clear();
  }

  void work() {
    std::unique_lock lock(guard_);
    --idle_;
    try {
      while (!leaving_) {
        const action next = book_.take(now_s());
        if (std::holds_alternative<std::monostate>(next)) {
          ++idle_;
          for_workers_.wait(lock);
          --idle_;
          continue;
        }
        wake_workers();
        carry_out(next, lock);
        if (has_news()) news_.notify_one();
      }
    } catch (...) {
      if (!lock.owns_lock()) lock.lock();
      broken_ = std::current_exception();
      news_.notify_one();
    }
  }

  void carry_out(const action& next, std::unique_lock<std::mutex>& lock) {
    if (const auto* c = std::get_if<call>(&next)) {
      ask(*c, lock);
    } else if (const auto* stuck = std::get_if<move_stuck>(&next)) {
      lock.unlock();
      const reassignment found = replanned(options_, job_, stuck->now);
      lock.lock();
      book_.move(found, now_s());
    } else if (const auto* ready = std::get_if<combine_answers>(&next)) {
      // Nothing touches the answers of a subtask that is being combined.
      const std::vector<answer<Value>>& answers = book_.answers(ready->subtask);
      lock.unlock();
      auto [value, why] = combined(combine_, answers);
      lock.lock();
      book_.settle(ready->subtask, std::move(value), std::move(why), now_s());
    }
  }

  void ask(const call& c, std::unique_lock<std::mutex>& lock) {
    infer::request<Value> r = book_.request_for(c);
    const clock::time_point from = clock::now();
    r.deadline = std::min(options_.deadline, after(from, options_.try_timeout));
    const auto at = running_.insert(running_.end(), {r.deadline, c});
    const std::stop_token stop = at->stop.get_token();
    if (has_news()) news_.notify_one();
    lock.unlock();
    auto result = guarded<answer<Value>>([&] { return backends_[c.model](r, stop); });
    const clock::time_point to = clock::now();
    lock.lock();
    const bool given_up = at->given_up;
    running_.erase(at);
    book_.returned(c);
    if (given_up) {
      if (result.index() == 0) book_.late(c, now_s());
      return;
    }
    if (result.index() == 0 && to >= r.deadline) {
      result = call_failure{infer::failure_kind::timeout, "its answer came after the deadline"};
    }
    if (result.index() == 0) {
      const double took_s = std::chrono::duration<double>(to - from).count();
      book_.answered(c, std::get<0>(std::move(result)), took_s, now_s());
    } else if (over(options_)) {
      close();  // the run's end is why the call failed, and closing says so
    } else {
      auto& thrown = std::get<1>(result);
      book_.failed(c, thrown.kind, std::move(thrown.text), now_s());
    }
  }

  const job& job_;
  const infer::backends<Value>& backends_;
  const options& options_;
  std::size_t most_workers_;
  Observer& see_;
  const Combine& combine_;
  const clock::time_point began_ = clock::now();

  std::mutex guard_{};
  std::condition_variable for_workers_{};
  std::condition_variable_any news_{};  // for the caller's thread
  std::vector<event> events_{};
  ledger<Value, notify> book_;
  std::list<running_call> running_{};
  std::vector<std::stop_source> to_stop_{};
  std::vector<std::thread> workers_{};
  std::size_t idle_ = 0;
  clock::time_point wake_ = clock::time_point::max();  // until when the caller's thread sleeps
  bool closed_ = false;
  bool leaving_ = false;
  std::exception_ptr broken_{};          // what no part of a run may throw: out of memory
  std::exception_ptr observer_error_{};  // only the caller's thread looks at it
};

}  // namespace shoal::run::detail
