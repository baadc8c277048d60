// SPDX-License-Identifier: BSL-1.0
#include "shoal/cost/crossing.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::cost;

TEST_CASE("a power law and a line cross where algebra says", "[cost]") {
  random_engine engine(5);
  for (int round = 0; round < 60; ++round) {
    // a n^b = s n at n = (s / a)^(1 / (b - 1)), put at a chosen place.
    const double at = std::exp(1 + 12 * uniform_01(engine));
    const double b = 1.1 + uniform_01(engine);
    const power_law llm{.a = 2, .b = b};
    const linear_law swarm{.each = 2 * std::pow(at, b - 1)};
    const auto found = find_crossings(llm, swarm);
    INFO(at << " " << b);
    CHECK(found.at_start == cheaper::first);
    REQUIRE(found.points.size() == 1);
    CHECK(found.points[0].at == Approx(at).epsilon(1e-12));
    CHECK(found.points[0].after == cheaper::second);
    CHECK(found.at_end() == cheaper::second);
  }
}

TEST_CASE("laws that never cross say who is cheaper all over", "[cost]") {
  const auto found = find_crossings(linear_law{.each = 1}, linear_law{.fixed = 1, .each = 2});
  CHECK(found.at_start == cheaper::first);
  CHECK(found.points.empty());
  CHECK(found.at_end() == cheaper::first);
  const auto swapped = find_crossings(power_law{.a = 3, .b = 1.2}, linear_law{.each = 2});
  CHECK(swapped.at_start == cheaper::second);
  CHECK(swapped.points.empty());
  const auto equal = find_crossings(linear_law{}, power_law{});
  CHECK(equal.at_start == cheaper::neither);
  CHECK(equal.points.empty());
}

TEST_CASE("several crossings come in order", "[cost]") {
  // (n - 2)(n - 30)(n - 500) changes its sign three times.
  const auto cubic = [](double n) { return (n - 2) * (n - 30) * (n - 500); };
  const auto found = find_crossings(cubic, [](double) { return 0.0; });
  REQUIRE(found.points.size() == 3);
  CHECK(found.points[0].at == Approx(2).epsilon(1e-14));
  CHECK(found.points[1].at == Approx(30).epsilon(1e-14));
  CHECK(found.points[2].at == Approx(500).epsilon(1e-14));
  CHECK(found.at_start == cheaper::first);
  CHECK(found.points[0].after == cheaper::second);
  CHECK(found.points[1].after == cheaper::first);
  CHECK(found.at_end() == cheaper::second);
}

TEST_CASE("a jump is a crossing where it jumps, and a touch is none", "[cost]") {
  const auto step = [](double n) { return n < 12 ? 0.0 : 10.0; };
  const auto found = find_crossings(step, [](double) { return 5.0; });
  REQUIRE(found.points.size() == 1);
  CHECK(found.points[0].at == 12);
  const auto touch = [](double n) { return std::abs(n - 100); };
  CHECK(find_crossings(touch, [](double) { return 0.0; }, {.from = 1, .to = 1e4, .steps = 4}).points.empty());
}

TEST_CASE("laws that part after a stretch of equal cost cross at its end", "[cost]") {
  const auto flat = [](double n) { return n < 50 ? 1.0 : n; };
  const auto found = find_crossings(flat, [](double) { return 1.0; });
  CHECK(found.at_start == cheaper::neither);
  REQUIRE(found.points.size() == 1);
  CHECK(found.points[0].at == 50);
  CHECK(found.points[0].after == cheaper::second);
}

TEST_CASE("ranges and laws that make no sense are refused", "[cost]") {
  const auto refused = [](const range& where) -> std::string {
    try {
      find_crossings(linear_law{}, power_law{.a = -1, .b = 0.5}, where);
    } catch (const invalid_argument& e) {
      return e.what();
    }
    return "accepted";
  };
  CHECK(refused({}) == "accepted");
  CHECK(refused({.from = 0}) == "crossing: from 0 is not a finite number > 0");
  CHECK(refused({.from = 5, .to = 5}) == "crossing: to 5 is not a finite number > from, 5");
  CHECK(refused({.steps = 0}) == "crossing: steps 0 is not >= 1");
  try {
    find_crossings(linear_law{}, [](double n) { return n < 20 ? 1 : std::nan(""); },
                   {.from = 1, .to = 40, .steps = 1});
    FAIL("accepted");
  } catch (const invalid_argument& e) {
    CHECK(std::string(e.what()) == "second growth law at n = 40: nan is not finite");
  }
}
