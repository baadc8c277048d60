// SPDX-License-Identifier: BSL-1.0
#include "shoal/infer/unreliable.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/infer/function_backend.hpp"

using namespace shoal;

namespace {

auto steady() {
  return infer::function_backend{[](const infer::request<>&) { return "fine"; }};
}

template <class Backend>
bool fails(Backend& backend, const infer::request<>& r) {
  try {
    backend(r, {});
    return false;
  } catch (const infer::failure&) {
    return true;
  }
}

infer::request<> numbered(std::size_t call) {
  return {.subtask = "part " + std::to_string(call / 10),
          .model = "model " + std::to_string(call % 5),
          .attempt = 1 + call / 5 % 2};
}

}  // namespace

TEST_CASE("calls fail as often as they should", "[infer]") {
  constexpr std::size_t calls = 20000;
  for (const double p : {0.0, 0.03, 0.5, 1.0}) {
    infer::unreliable backend{steady(), p, 7};
    std::size_t failed = 0;
    for (std::size_t call = 0; call < calls; ++call) failed += fails(backend, numbered(call)) ? 1U : 0U;
    const double deviation = std::sqrt(p * (1 - p) / calls);
    INFO("p " << p << ", failed " << failed);
    CHECK(std::abs(static_cast<double>(failed) / calls - p) <= 4 * deviation);
  }
}

TEST_CASE("whether a call fails depends on what is asked, not on when", "[infer]") {
  infer::unreliable forwards{steady(), 0.5, 11};
  infer::unreliable backwards{steady(), 0.5, 11};
  infer::unreliable another{steady(), 0.5, 12};
  constexpr std::size_t calls = 200;
  std::vector<bool> first(calls);
  for (std::size_t call = 0; call < calls; ++call) first[call] = fails(forwards, numbered(call));
  std::size_t differing = 0;
  for (std::size_t call = calls; call-- > 0;) {
    CHECK(fails(backwards, numbered(call)) == first[call]);
    differing += fails(another, numbered(call)) != first[call] ? 1U : 0U;
  }
  CHECK(differing > calls / 4);
}

TEST_CASE("an injected failure is of the kind asked for and says that it was injected", "[infer]") {
  infer::unreliable backend{steady(), 1, 1, infer::failure_kind::bad_answer};
  try {
    backend(infer::request<>{.attempt = 3}, {});
    FAIL("it answered");
  } catch (const infer::failure& f) {
    CHECK(f.kind == infer::failure_kind::bad_answer);
    CHECK(std::string(f.what()) == "injected, attempt 3");
  }
}

TEST_CASE("a probability outside 0 to 1 is refused", "[infer]") {
  CHECK_THROWS_AS((infer::unreliable{steady(), 1.5, 1}), invalid_argument);
  CHECK_THROWS_AS((infer::unreliable{steady(), -0.1, 1}), invalid_argument);
  CHECK_THROWS_AS((infer::unreliable{steady(), std::nan(""), 1}), invalid_argument);
}
