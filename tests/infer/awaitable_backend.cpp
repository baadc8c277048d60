// SPDX-License-Identifier: BSL-1.0
#include "shoal/infer/awaitable_backend.hpp"

#include <coroutine>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "catch.hpp"

using namespace shoal;

namespace {

/// Something to wait for: it goes on when it is told, or at a stop request.
struct gate {
  std::coroutine_handle<> waiting{};
  struct awaiter {
    gate* at;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> h) const { at->waiting = h; }
    void await_resume() const {}
  };
  awaiter operator co_await() { return {this}; }
  void open() { std::exchange(waiting, nullptr).resume(); }
};

/// The shortest task that can be awaited once.
struct later_answer {
  struct promise_type {
    std::optional<answer<>> value{};
    std::exception_ptr thrown{};
    std::coroutine_handle<> next{};
    later_answer get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct on {
        bool await_ready() noexcept { return false; }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> h) noexcept {
          return h.promise().next;
        }
        void await_resume() noexcept {}
      };
      return on{};
    }
    void return_value(answer<> a) { value = std::move(a); }
    void unhandled_exception() { thrown = std::current_exception(); }
  };
  std::coroutine_handle<promise_type> h;
  bool await_ready() const { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> next) const {
    h.promise().next = next;
    return h;
  }
  answer<> await_resume() const {
    auto thrown = h.promise().thrown;
    auto value = std::move(h.promise().value);
    h.destroy();
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*value);
  }
};

struct kept final : infer::reply_sink<> {
  std::vector<infer::reply<>> said{};
  void take(infer::reply<>&& r) override { said.push_back(std::move(r)); }
};

}  // namespace

TEST_CASE("a coroutine answers when what it awaits has come", "[infer]") {
  gate g;
  infer::awaitable_backend backend{[&](const infer::request<>& r, std::stop_token) -> later_answer {
    co_await g;
    co_return answer<>{.value = r.subtask + " done"};
  }};
  static_assert(infer::async_backend<decltype(backend)>);
  const auto sink = std::make_shared<kept>();
  infer::request<> r;
  r.subtask = "x";
  backend.start(r, 1, infer::completion<>(sink));
  CHECK(sink->said.empty());
  g.open();
  REQUIRE(sink->said.size() == 1);
  CHECK(std::get<0>(sink->said[0]).value == "x done");
}

TEST_CASE("what a coroutine throws is a named failure, and it hears that it is cancelled", "[infer]") {
  gate g;
  infer::awaitable_backend backend{[&](const infer::request<>&, std::stop_token stop) -> later_answer {
    co_await g;
    if (stop.stop_requested()) throw infer::failure(infer::failure_kind::cancelled, "as told");
    throw infer::failure(infer::failure_kind::refused, "busy");
  }};
  const auto sink = std::make_shared<kept>();
  const infer::request<> r;
  backend.start(r, 1, infer::completion<>(sink));
  g.open();
  backend.start(r, 2, infer::completion<>(sink));
  backend.cancel(2);
  backend.cancel(77);  // unknown: none of its concern
  g.open();
  REQUIRE(sink->said.size() == 2);
  CHECK(std::get<1>(sink->said[0]).text == "busy");
  CHECK(std::get<1>(sink->said[1]).kind == infer::failure_kind::cancelled);
}
