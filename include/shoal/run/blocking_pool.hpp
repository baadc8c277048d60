// SPDX-License-Identifier: BSL-1.0
/// @file Blocking pool: threads for whatever keeps one waiting, and backends that run on them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "shoal/core/when_used.hpp"
#include "shoal/infer/async_backend.hpp"
#include "shoal/infer/backend.hpp"
#include "shoal/run/scheduler.hpp"

namespace shoal::run {

/// Threads, hired when work finds none idle, at most `most` of them, and joined at the end, when all work
/// that was given is done. `give` may be called from any thread.
template <class Work = work>
class basic_blocking_pool {
 public:
  /// @param most  threads, >= 1.
  explicit basic_blocking_pool(std::size_t most) : most_(most) {}
  basic_blocking_pool(const basic_blocking_pool&) = delete;
  basic_blocking_pool& operator=(const basic_blocking_pool&) = delete;

  ~basic_blocking_pool() {
    {
      const std::scoped_lock lock(guard_);
      leaving_ = true;
    }
    for_threads_.notify_all();
    for (std::thread& t : threads_) t.join();
  }

  /// Runs `w` on a thread of the pool; it must not throw.
  /// @throws std::system_error  when not one thread can be started.
  void give(Work w) {
    const std::scoped_lock lock(guard_);
    waiting_.push_back(std::move(w));
    if (idle_ < waiting_.size() && threads_.size() < most_) {
      try {
        threads_.emplace_back([this] { serve(); });
        ++idle_;
      } catch (const std::system_error&) {
        if (threads_.empty()) {
          waiting_.pop_back();
          throw;
        }
        most_ = threads_.size();
      }
    }
    for_threads_.notify_one();
  }

 private:
  // A thread counts as idle from when it is hired until it takes work.
  void serve() {
    std::unique_lock lock(guard_);
    for (;;) {
      for_threads_.wait(lock, [&] { return leaving_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      Work w = std::move(waiting_.front());
      waiting_.pop_front();
      --idle_;
      lock.unlock();
      w();
      w = Work{};
      lock.lock();
      ++idle_;
    }
  }

  std::size_t most_;
  std::mutex guard_{};
  std::condition_variable for_threads_{};
  std::deque<Work> waiting_{};
  std::vector<std::thread> threads_{};
  std::size_t idle_ = 0;
  bool leaving_ = false;
};

using blocking_pool = basic_blocking_pool<>;

/// A blocking backend as an asynchronous one: each call keeps a thread of the pool, and `cancel` fires its
/// stop token. The pool must outlive its calls. Models `infer::async_backend`.
template <class Value = std::string>
class pooled_backend {
 public:
  pooled_backend(infer::any_backend<Value> ask, blocking_pool& pool)
      : shared_(std::make_shared<shared>(std::move(ask))), pool_(&pool) {}

  void start(const infer::request<Value>& r, infer::call_id id, infer::completion<Value> done) {
    std::stop_source stop;
    {
      const std::scoped_lock lock(shared_->guard);
      shared_->running.push_back({id, stop});
    }
    try {
      pool_->give([to = shared_, &r, id, stop = stop.get_token(), done = std::move(done)]() mutable {
        infer::reply<Value> out;
        try {
          out = to->ask(r, std::move(stop));
        } catch (...) {
          out = infer::current_failure();
        }
        to->forget(id);
        done(std::move(out));
      });
    } catch (const std::system_error&) {
      // Not one thread could be started: the call was dropped, and its completion has said so.
      shared_->forget(id);
    }
  }

  void cancel(infer::call_id id) {
    std::stop_source stop(std::nostopstate);
    {
      const std::scoped_lock lock(shared_->guard);
      for (const running_call& c : shared_->running)
        if (c.id == id) stop = c.stop;
    }
    stop.request_stop();  // without the lock: it runs what others hung on the token
  }

 private:
  struct running_call {
    infer::call_id id;
    std::stop_source stop;
  };
  struct shared {
    explicit shared(infer::any_backend<Value> a) : ask(std::move(a)) {}
    void forget(infer::call_id id) {
      const std::scoped_lock lock(guard);
      std::erase_if(running, [&](const running_call& c) { return c.id == id; });
    }
    infer::any_backend<Value> ask;
    std::mutex guard{};
    std::vector<running_call> running{};
  };

  std::shared_ptr<shared> shared_;
  blocking_pool* pool_;
};

}  // namespace shoal::run
