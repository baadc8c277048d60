// SPDX-License-Identifier: BSL-1.0
#include "shoal/infer/deadline.hpp"

#include <chrono>
#include <latch>
#include <stop_token>
#include <string>
#include <thread>

#include "catch.hpp"

using namespace shoal;
using namespace std::chrono_literals;
using infer::failure_kind;
using infer::request;
using clock_type = std::chrono::steady_clock;

namespace {

// The kind of the failure that `call` throws, or "none".
template <class Call>
std::string kind_of(Call call) {
  try {
    call();
  } catch (const infer::failure& f) {
    return std::string(name_of(f.kind));
  }
  return "none";
}

}  // namespace

TEST_CASE("a check is silent until the deadline or a stop request", "[infer]") {
  std::stop_source source;
  const request<> open{};
  const request<> over{.deadline = clock_type::now() - 1ms};
  CHECK(kind_of([&] { infer::check(open, source.get_token()); }) == "none");
  CHECK(kind_of([&] { infer::check(over, source.get_token()); }) == "timeout");
  source.request_stop();
  CHECK(kind_of([&] { infer::check(open, source.get_token()); }) == "cancelled");
  CHECK(kind_of([&] { infer::check(over, source.get_token()); }) == "cancelled");
}

TEST_CASE("a wait ends at its time, at the deadline, or at a stop request", "[infer]") {
  const auto began = clock_type::now();
  infer::wait_until(began + 2ms, request<>{}, {});
  CHECK(clock_type::now() >= began + 2ms);

  const request<> soon{.deadline = began + 4ms};
  CHECK(kind_of([&] { infer::wait_until(clock_type::time_point::max(), soon, {}); }) == "timeout");
  CHECK(clock_type::now() >= began + 4ms);

  std::stop_source source;
  std::latch waiting(1);
  std::jthread other([&] {
    waiting.wait();
    source.request_stop();
  });
  waiting.count_down();
  CHECK(kind_of([&] { infer::wait_until(clock_type::time_point::max(), request<>{}, source.get_token()); }) ==
        "cancelled");
}

TEST_CASE("a stalled call never returns by itself", "[infer]") {
  CHECK(kind_of([] { infer::stall(request<>{.deadline = clock_type::now() + 1ms}, {}); }) == "timeout");
  std::stop_source source;
  source.request_stop();
  CHECK(kind_of([&] { infer::stall(request<>{}, source.get_token()); }) == "cancelled");
}

TEST_CASE("a token of stop_at fires at the deadline", "[infer]") {
  const infer::stop_at soon(clock_type::now() + 1ms);
  std::latch fired(1);
  const std::stop_callback note(soon.token(), [&] { fired.count_down(); });
  fired.wait();
  CHECK(soon.token().stop_requested());
}

TEST_CASE("a token of stop_at fires when the other token does", "[infer]") {
  std::stop_source source;
  const infer::stop_at never(clock_type::time_point::max(), source.get_token());
  const infer::stop_at late(clock_type::now() + 1h, source.get_token());
  CHECK_FALSE(never.token().stop_requested());
  source.request_stop();
  CHECK(never.token().stop_requested());
  CHECK(late.token().stop_requested());
}

TEST_CASE("a stop_at that ends early has not fired and does not wait", "[infer]") {
  std::stop_token token;
  const auto began = clock_type::now();
  {
    const infer::stop_at late(clock_type::now() + 1h);
    token = late.token();
  }
  CHECK_FALSE(token.stop_requested());
  CHECK(clock_type::now() < began + 1min);
}
