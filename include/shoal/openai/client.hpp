// SPDX-License-Identifier: BSL-1.0
/// @file Client of a server: calls that are waited for, and can be ended at any time.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "shoal/core/clock.hpp"
#include "shoal/openai/asking.hpp"
#include "shoal/openai/completion.hpp"
#include "shoal/openai/failure.hpp"
#include "shoal/openai/loop.hpp"
#include "shoal/openai/server.hpp"

namespace shoal::openai {

/// A client of one server. Its calls block; a stop request and the deadline close the connection at once, so
/// that the server stops working. Connections are kept and used again. Callable from any number of threads;
/// copies share their connections.
class client {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr time_point no_deadline = time_point::max();

  /// @throws invalid_argument  when the server's figures make no sense or its key is not in the environment.
  explicit client(const server& where)
      : where_(std::make_shared<const detail::address>(detail::address_of(where))),
        idle_(std::make_shared<idle_loops>()) {}

  /// Asks a model.
  /// @param see  is called with the text as it comes, on this thread; what it throws ends the call.
  /// @throws failure; invalid_argument  when the options make no sense.
  completion ask(const question& q, const std::stop_token& stop = {}, text_observer see = {}) const {
    return wait(detail::call_for(where_, q, std::move(see)), stop);
  }

  /// Vectors of texts, by `/v1/embeddings`.
  /// @throws failure
  embeddings embed(const std::string& model, const std::vector<std::string>& texts,
                   time_point deadline = no_deadline, const std::stop_token& stop = {}) const {
    return wait(detail::embedding_call(where_, model, texts, deadline), stop);
  }

  /// Names of the models that the server has, by `/v1/models`.
  /// @throws failure
  std::vector<std::string> models(time_point deadline = no_deadline, const std::stop_token& stop = {}) const {
    return wait(detail::models_call(where_, deadline), stop);
  }

  /// What lies at a path below the server's root, such as `/metrics`.
  /// @throws failure
  std::string page(const std::string& path, time_point deadline = no_deadline,
                   const std::stop_token& stop = {}) const {
    return wait(detail::page_call(where_, path, deadline), stop);
  }

 private:
  struct idle_loops {
    std::mutex guard{};
    std::vector<std::unique_ptr<detail::loop>> loops{};
  };

  // A loop for one call; the one used last first, since its connection is the freshest.
  class borrowed {
   public:
    explicit borrowed(idle_loops& from) : from_(from) {
      {
        const std::scoped_lock lock(from.guard);
        if (!from.loops.empty()) {
          loop_ = std::move(from.loops.back());
          from.loops.pop_back();
        }
      }
      if (!loop_) loop_ = std::make_unique<detail::loop>();
    }
    borrowed(const borrowed&) = delete;
    borrowed& operator=(const borrowed&) = delete;
    ~borrowed() {
      if (loop_->active() > 0) return;  // an observer threw: its connection is of no use
      const std::scoped_lock lock(from_.guard);
      from_.loops.push_back(std::move(loop_));
    }
    detail::loop& operator*() const { return *loop_; }

   private:
    idle_loops& from_;
    std::unique_ptr<detail::loop> loop_{};
  };

  template <class T>
  T wait(detail::call<T> call, const std::stop_token& stop) const {
    const borrowed own(*idle_);
    detail::loop& loop = *own;
    std::optional<result<T>> end;
    std::exception_ptr thrown;
    call.http->done = [&](detail::exchange& e) {
      try {
        end = detail::end_of(e, call.read);
      } catch (...) {
        thrown = std::current_exception();
      }
    };
    detail::exchange* const http = call.http.get();
    const std::stop_callback on_stop(stop, [&loop] { loop.wake(); });
    loop.add(std::move(call.http));
    while (!end && !thrown) {
      if (stop.stop_requested()) loop.cancel(http);
      loop.turn();
    }
    if (thrown) std::rethrow_exception(thrown);
    if (auto* f = std::get_if<failure>(&*end)) throw std::move(*f);
    return std::get<T>(std::move(*end));
  }

  std::shared_ptr<const detail::address> where_;
  std::shared_ptr<idle_loops> idle_;
};

}  // namespace shoal::openai
