// SPDX-License-Identifier: BSL-1.0
/// @file Awaitable backend: a coroutine as an asynchronous backend.
#pragma once

#include <concepts>
#include <coroutine>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "shoal/infer/async_backend.hpp"
#include "shoal/infer/reply.hpp"
#include "shoal/infer/request.hpp"

namespace shoal::infer {

namespace detail {

// Runs by itself from the moment it is called, and is gone when it has ended.
struct detached {
  struct promise_type {
    detached get_return_object() const { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const {}
    void unhandled_exception() const { std::terminate(); }  // all that the user's part throws is caught
  };
};

}  // namespace detail

/// Any callable whose result can be awaited and then is an answer: `awaitable_backend{[](const request<>& r,
/// std::stop_token stop) -> my_task<answer<>> { ... }}`. It throws `infer::failure` to say why it has no
/// answer. The request lives until it has ended; it is resumed by whatever it awaits, on any thread. `cancel`
/// fires its stop token. Models `async_backend`.
template <class F, class Value = std::string>
class awaitable_backend {
 public:
  explicit awaitable_backend(F ask) : shared_(std::make_shared<shared>(std::move(ask))) {}

  void start(const request<Value>& r, call_id id, completion<Value> done) {
    std::stop_source stop;
    {
      const std::scoped_lock lock(shared_->guard);
      shared_->running.push_back({id, stop});
    }
    await(shared_, r, id, stop.get_token(), std::move(done));
  }

  void cancel(call_id id) {
    std::stop_source stop(std::nostopstate);
    {
      const std::scoped_lock lock(shared_->guard);
      for (const running_call& c : shared_->running)
        if (c.id == id) stop = c.stop;
    }
    stop.request_stop();  // without the lock: it may resume the coroutine
  }

 private:
  struct running_call {
    call_id id;
    std::stop_source stop;
  };
  struct shared {
    explicit shared(F a) : ask(std::move(a)) {}
    F ask;
    std::mutex guard{};
    std::vector<running_call> running{};
  };

  static detail::detached await(std::shared_ptr<shared> all, const request<Value>& r, call_id id,
                                std::stop_token stop, completion<Value> done) {
    reply<Value> out;
    try {
      out = co_await all->ask(r, std::move(stop));
    } catch (...) {
      out = current_failure();
    }
    {
      const std::scoped_lock lock(all->guard);
      std::erase_if(all->running, [&](const running_call& c) { return c.id == id; });
    }
    done(std::move(out));
  }

  std::shared_ptr<shared> shared_;
};

}  // namespace shoal::infer
