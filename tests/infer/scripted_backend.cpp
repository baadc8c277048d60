// SPDX-License-Identifier: BSL-1.0
#include "shoal/infer/scripted_backend.hpp"

#include <chrono>
#include <stdexcept>
#include <string>

#include "catch.hpp"

using namespace shoal;
using infer::crashes;
using infer::fails;
using infer::failure_kind;
using infer::stalls;

namespace {

std::string outcome(const infer::scripted_backend<>& backend, const infer::request<>& r,
                    std::stop_token stop = {}) {
  try {
    return backend(r, stop).value;
  } catch (const infer::failure& f) {
    return std::string(name_of(f.kind));
  } catch (const std::runtime_error& e) {
    return std::string("threw ") + e.what();
  }
}

}  // namespace

TEST_CASE("a script is followed call by call, and its last step goes on", "[infer]") {
  const infer::scripted_backend<> backend{
      {{"law", {fails{}, fails{failure_kind::bad_answer}, crashes{"core dumped"}, "B"}}}};
  CHECK(outcome(backend, {.subtask = "law"}) == "refused");
  CHECK(outcome(backend, {.subtask = "law"}) == "bad answer");
  CHECK(outcome(backend, {.subtask = "law"}) == "threw core dumped");
  CHECK(outcome(backend, {.subtask = "law"}) == "B");
  CHECK(outcome(backend, {.subtask = "law"}) == "B");
  CHECK(backend.calls("law") == 5);
  CHECK(backend.calls("physics") == 0);
}

TEST_CASE("each subtask has a script of its own, and others follow the common one", "[infer]") {
  const infer::scripted_backend<> backend{{{"law", {"A"}}}, {fails{}, "C"}};
  CHECK(outcome(backend, {.subtask = "physics"}) == "refused");
  CHECK(outcome(backend, {.subtask = "history"}) == "refused");
  CHECK(outcome(backend, {.subtask = "physics"}) == "C");
  CHECK(outcome(backend, {.subtask = "law"}) == "A");
}

TEST_CASE("without a script the call is refused", "[infer]") {
  CHECK(outcome(infer::scripted_backend<>{{}}, {.subtask = "law"}) == "refused");
}

TEST_CASE("a stalled step ends with the deadline or the stop request", "[infer]") {
  const infer::scripted_backend<> backend{{}, {stalls{}}};
  CHECK(outcome(backend, {.deadline = std::chrono::steady_clock::now()}) == "timeout");
  std::stop_source source;
  source.request_stop();
  CHECK(outcome(backend, {}, source.get_token()) == "cancelled");
}

TEST_CASE("copies of a scripted backend share one count of calls", "[infer]") {
  const infer::scripted_backend<int> backend{{}, {1, 2, answer<int>{.value = 3}}};
  const infer::any_backend<int> copy = backend;
  CHECK(copy({.subtask = "x"}, {}).value == 1);
  CHECK(backend({.subtask = "x"}, {}).value == 2);
  CHECK(copy({.subtask = "x"}, {}).value == 3);
  CHECK(backend.calls("x") == 3);
}
