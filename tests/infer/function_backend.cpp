// SPDX-License-Identifier: BSL-1.0
#include "shoal/infer/function_backend.hpp"

#include <memory>
#include <stop_token>
#include <string>
#include <type_traits>

#include "catch.hpp"
#include "shoal/infer/failure.hpp"

using namespace shoal;
using infer::function_backend;
using infer::request;

namespace {

double length(const request<double>& r) { return static_cast<double>(r.input.size()); }

}  // namespace

TEST_CASE("a callable that returns a value is a backend of that value", "[infer]") {
  function_backend backend{[](const request<>& r) { return r.input + "!"; }};
  static_assert(infer::backend<decltype(backend)>);
  static_assert(!infer::backend<decltype(backend), double>);
  const answer<> a = backend(request<>{.input = "hello"}, {});
  CHECK(a.value == "hello!");
  CHECK(a.confidence == 1);
  CHECK(a.source.empty());
}

TEST_CASE("a callable that returns a whole answer keeps all of it", "[infer]") {
  function_backend backend{[](const request<>&) {
    return answer<>{.value = "B", .confidence = 0.25, .abstains = true, .used = {.output_tokens = 7}};
  }};
  const answer<> a = backend(request<>{}, {});
  CHECK(a.value == "B");
  CHECK(a.confidence == 0.25);
  CHECK(a.abstains);
  CHECK(a.used.output_tokens == 7);
}

TEST_CASE("the value's type is read from the callable's parameter", "[infer]") {
  static_assert(infer::backend<decltype(function_backend{length}), double>);
  static_assert(
      infer::backend<decltype(function_backend{[](request<int> r) { return r.needs.at(0).value; }}), int>);
  static_assert(infer::backend<decltype(function_backend{[](const auto& r) { return r.input; }})>);
  static_assert(infer::backend<decltype(function_backend{[](const request<>&) { return "text"; }})>);
  function_backend backend{length};
  CHECK(backend(request<double>{.input = "four"}, {}).value == 4);
}

TEST_CASE("a callable with two parameters receives the stop token", "[infer]") {
  function_backend backend{[](const request<>&, std::stop_token stop) -> std::string {
    if (stop.stop_requested()) throw infer::failure(infer::failure_kind::cancelled, "stopped");
    return "went on";
  }};
  std::stop_source source;
  CHECK(backend(request<>{}, source.get_token()).value == "went on");
  source.request_stop();
  CHECK_THROWS_AS(backend(request<>{}, source.get_token()), infer::failure);
}

TEST_CASE("a backend keeps state of its own, or a reference to the user's", "[infer]") {
  function_backend counter{[calls = 0](const request<>&) mutable { return std::to_string(++calls); }};
  infer::backends<> all{std::ref(counter), counter};
  CHECK(all[0](request<>{}, {}).value == "1");
  CHECK(all[0](request<>{}, {}).value == "2");
  CHECK(all[1](request<>{}, {}).value == "1");
  CHECK(counter(request<>{}, {}).value == "3");
}

TEST_CASE("a callable that can only be moved is a backend too", "[infer]") {
  function_backend backend{
      [text = std::make_unique<std::string>("mine")](const request<>&) { return *text; }};
  static_assert(infer::backend<decltype(backend)>);
  const infer::any_backend<> held = std::ref(backend);
  CHECK(held(request<>{}, {}).value == "mine");
}
