// SPDX-License-Identifier: BSL-1.0
#include "shoal/cost/growth.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace shoal;
using namespace shoal::cost;

namespace {

struct no_law {};
struct words {
  std::string operator()(double) const { return "much"; }
};

}  // namespace

static_assert(!growth_law<no_law>);
static_assert(!growth_law<words>);
static_assert(growth_law<double (*)(double)>);

TEST_CASE("a power law and a line grow as their names say", "[cost]") {
  CHECK(power_law{.a = 2, .b = 1.5}(4) == Approx(16).epsilon(1e-15));
  CHECK(power_law{}(7) == 7);
  CHECK(linear_law{.fixed = 3, .each = 0.5}(4) == 5);
  const growth any = [](double n) { return n * std::log(n); };
  CHECK(any(1) == 0);
  const double tokens = 3;
  const auto captured = [tokens](double n) { return tokens * n; };
  static_assert(growth_law<decltype(captured)>);
}

TEST_CASE("a table passes through its points and goes on straight behind them", "[cost]") {
  const table_law law({1, 2, 4}, {10, 12, 20});
  CHECK(law(1) == 10);
  CHECK(law(2) == 12);
  CHECK(law(4) == 20);
  CHECK(law(1.5) == 11);
  CHECK(law(3) == 16);
  CHECK(law(6) == 28);
  CHECK(law(0.5) == 9);
}

TEST_CASE("the sum of parts is the sum of its first n parts", "[cost]") {
  const sum_of_parts swarm(std::vector<double>{3, 1, 2});
  CHECK(swarm.total() == 6);
  CHECK(swarm(0) == 0);
  CHECK(swarm(1) == 3);
  CHECK(swarm(2) == 4);
  CHECK(swarm(2.5) == 5);
  CHECK(swarm(3) == 6);
  CHECK(swarm(6) == 12);  // the mean part is 2
}

TEST_CASE("tables and parts that make no sense are refused", "[cost]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(table_law({1, 2}, {1}), invalid_argument);
  CHECK_THROWS_AS(table_law({1}, {1}), invalid_argument);
  CHECK_THROWS_AS(table_law({2, 2}, {1, 1}), invalid_argument);
  CHECK_THROWS_AS(table_law({0, 1}, {1, 1}), invalid_argument);
  CHECK_THROWS_AS(table_law({1, nan}, {1, 1}), invalid_argument);
  CHECK_THROWS_AS(table_law({1, infinity}, {1, 1}), invalid_argument);
  CHECK_THROWS_AS(table_law({1, 2}, {1, nan}), invalid_argument);
  CHECK_THROWS_AS(sum_of_parts(std::vector<double>{}), invalid_argument);
  CHECK_THROWS_AS(sum_of_parts(std::vector<double>{infinity}), invalid_argument);
  try {
    sum_of_parts(std::vector<double>{1, 2, -1});
    FAIL("accepted");
  } catch (const invalid_argument& e) {
    CHECK(std::string(e.what()) == "cost of part 2: -1 is not a finite number >= 0");
  }
}
