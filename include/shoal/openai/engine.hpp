// SPDX-License-Identifier: BSL-1.0
/// @file Engine: one thread that drives thousands of calls, and a client whose calls are not waited for.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "shoal/openai/asking.hpp"
#include "shoal/openai/failure.hpp"
#include "shoal/openai/loop.hpp"
#include "shoal/openai/server.hpp"

namespace shoal::openai {

namespace detail {

// What an engine's thread and everybody else share.
struct engine_state {
  loop http{};
  std::mutex guard{};
  bool ending = false;
  std::vector<std::pair<std::uint64_t, std::unique_ptr<exchange>>> begun{};
  std::vector<std::uint64_t> cancelled{};
  std::atomic<std::uint64_t> numbers{1};
  std::unordered_map<std::uint64_t, exchange*> running{};  // the thread's own

  template <class Change>
  void tell(const Change& change) {
    bool first = false;
    {
      const std::scoped_lock lock(guard);
      first = begun.empty() && cancelled.empty();
      change();
    }
    if (first) http.wake();  // else somebody has, and the thread has not looked yet
  }

  void run() {
    std::vector<std::pair<std::uint64_t, std::unique_ptr<exchange>>> fresh;
    std::vector<std::uint64_t> stopped;
    for (bool last = false; !last || http.active() > 0;) {
      {
        const std::scoped_lock lock(guard);
        fresh.swap(begun);
        stopped.swap(cancelled);
        last = ending && fresh.empty();
      }
      for (auto& [number, e] : fresh) start(number, std::move(e));
      for (const std::uint64_t number : stopped) {
        const auto at = running.find(number);
        if (at != running.end()) http.cancel(at->second);
      }
      if (last) {
        for (exchange* e : http.all()) http.cancel(e);
      }
      fresh.clear();
      stopped.clear();
      if (!last || http.active() > 0) http.turn();
    }
  }

  void start(std::uint64_t number, std::unique_ptr<exchange> e) {
    e->done = [this, number, then = std::move(e->done)](exchange& over) {
      running.erase(number);
      then(over);
    };
    running.emplace(number, e.get());
    http.add(std::move(e));
  }
};

}  // namespace detail

/// Ends a call that is going on. Copyable; outlives its engine without harm.
class cancel_handle {
 public:
  cancel_handle() = default;
  cancel_handle(std::weak_ptr<detail::engine_state> engine, std::uint64_t number)
      : engine_(std::move(engine)), number_(number) {}

  /// Closes the call's connection as soon as the engine's thread wakes. Its handler is called with the cause
  /// `cancelled`, unless it was called before. From any thread, any number of times.
  void operator()() const {
    if (const auto engine = engine_.lock()) {
      engine->tell([&] { engine->cancelled.push_back(number_); });
    }
  }

 private:
  std::weak_ptr<detail::engine_state> engine_{};
  std::uint64_t number_ = 0;
};

/// One thread, any number of calls in flight. When it ends, calls that are going on end with the cause
/// `cancelled`; it returns when every handler has been called. A handler must not end its own engine.
class engine {
 public:
  engine() : state_(std::make_shared<detail::engine_state>()), thread_([s = state_] { s->run(); }) {}
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  ~engine() {
    {
      const std::scoped_lock lock(state_->guard);
      state_->ending = true;
    }
    state_->http.wake();
    thread_.join();
  }

  const std::shared_ptr<detail::engine_state>& state() const { return state_; }

 private:
  std::shared_ptr<detail::engine_state> state_;
  std::thread thread_;
};

/// A client of one server whose calls are not waited for. Each takes a handler, which is called once, on the
/// engine's thread, with a `result`; it must not throw, and while it works nothing else does. The engine must
/// live as long as calls are begun. Callable from any number of threads, handlers included.
class async_client {
 public:
  /// @throws invalid_argument  when the server's figures make no sense or its key is not in the environment.
  async_client(const engine& by, const server& where)
      : where_(std::make_shared<const detail::address>(detail::address_of(where))), engine_(by.state()) {}

  /// Asks a model. `done` takes a `result<completion>`.
  /// @param see  is called with the text as it comes, on the engine's thread; what it throws ends the call.
  /// @throws invalid_argument  when the options make no sense.
  template <class Done>
  cancel_handle ask(const question& q, Done done, text_observer see = {}) const {
    return begin(detail::call_for(where_, q, std::move(see)), std::move(done));
  }

  /// Vectors of texts. `done` takes a `result<embeddings>`.
  template <class Done>
  cancel_handle embed(
      const std::string& model, const std::vector<std::string>& texts, Done done,
      std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max()) const {
    return begin(detail::embedding_call(where_, model, texts, deadline), std::move(done));
  }

 private:
  template <class T, class Done>
  cancel_handle begin(detail::call<T> call, Done done) const {
    // Shared, because a function object must be copyable and a handler need not be.
    call.http->done = [read = std::move(call.read),
                       then = std::make_shared<Done>(std::move(done))](detail::exchange& e) {
      std::optional<result<T>> end;
      try {
        end = detail::end_of(e, read);
      } catch (...) {
        end = result<T>(failure(cause::cancelled, "whoever took the text threw", e.status));
      }
      (*then)(std::move(*end));
    };
    const std::uint64_t number = engine_->numbers++;
    engine_->tell([&] { engine_->begun.emplace_back(number, std::move(call.http)); });
    return cancel_handle(engine_, number);
  }

  std::shared_ptr<const detail::address> where_;
  std::shared_ptr<detail::engine_state> engine_;
};

}  // namespace shoal::openai
