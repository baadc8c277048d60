// SPDX-License-Identifier: BSL-1.0
#include "shoal/assign/profit_knapsack.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::assign;

namespace {

struct thing {
  double profit = 0;
  std::uint32_t cells = 0;
};

/// The greatest profit of a subset that has item `fixed` in it or not; minus infinity where there is none.
double best_with(const std::vector<thing>& things, std::uint32_t room, std::size_t fixed, bool in) {
  double best = -std::numeric_limits<double>::infinity();
  for (std::size_t subset = 0; subset < (std::size_t{1} << things.size()); ++subset) {
    if (fixed < things.size() && ((subset >> fixed) & 1U) != (in ? 1U : 0U)) continue;
    double profit = 0;
    std::uint64_t cells = 0;
    for (std::size_t t = 0; t < things.size(); ++t) {
      if (((subset >> t) & 1U) == 0) continue;
      profit += things[t].profit;
      cells += things[t].cells;
    }
    if (cells <= room) best = std::max(best, profit);
  }
  return best;
}

/// Rounds of random knapsacks with profits that are multiples of 1 / 64 where they are to be exact.
template <class Real>
void check(std::uint32_t room, double doubt, bool exact) {
  random_engine engine(room);
  profit_knapsack<Real> knapsack;
  for (int round = 0; round < 60; ++round) {
    std::vector<thing> things(1 + uniform_below(engine, 9));
    const auto most = static_cast<std::uint32_t>(uniform_below(engine, room + 1));
    knapsack.reset(most);
    for (std::size_t t = 0; t < things.size(); ++t) {
      things[t].profit =
          exact ? static_cast<double>(1 + uniform_below(engine, 3000)) / 64 : 1e-3 + 40 * uniform_01(engine);
      things[t].cells = static_cast<std::uint32_t>(uniform_below(engine, room / 2));
      // Profits that grow with the cells leave bounds little to settle.
      if (round % 2 == 0) things[t].profit += things[t].cells / 16.0;
      knapsack.add(t, things[t].profit, things[t].cells);
    }
    const double best = best_with(things, most, things.size(), true);
    const double found = knapsack.solve();
    REQUIRE(found >= best);
    REQUIRE(found <= best + doubt);
    double profit = 0;
    std::uint64_t cells = 0;
    for (const auto& item : knapsack.items()) {
      profit += item.taken ? item.profit : 0;
      cells += item.taken ? item.cells : 0;
    }
    REQUIRE(cells <= most);
    REQUIRE(std::abs(profit - best) <= doubt);

    REQUIRE(knapsack.solve_whole() == found);
    knapsack.find_changes();
    for (const auto& item : knapsack.items()) {
      const double otherwise = best_with(things, most, item.name, !item.taken);
      // What is left after the change is no less than the true maximum, and hardly more.
      REQUIRE(found - item.change >= otherwise - (exact ? 0 : 1e-12));
      if (std::isfinite(otherwise)) REQUIRE(found - item.change <= otherwise + doubt);
    }
    const auto less = static_cast<std::uint32_t>(uniform_below(engine, most + 1));
    REQUIRE(std::abs(found - knapsack.loss_without(less) -
                     best_with(things, most - less, things.size(), true)) <= doubt);
    REQUIRE(std::isinf(knapsack.loss_without(most + 1)));
  }
}

}  // namespace

TEST_CASE("a model's knapsack and what it costs to change it are those of all subsets", "[assign]") {
  check<double>(40, 0, true);
  check<float>(40, 0, true);
  check<double>(40, 1e-12, false);
  check<float>(40, 1e-3, false);
}

TEST_CASE("large knapsacks settle items by bounds and lose nothing", "[assign]") {
  check<double>(3000, 0, true);
  check<float>(3000, 0, true);
  check<double>(3000, 1e-11, false);
}
