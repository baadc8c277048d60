// SPDX-License-Identifier: BSL-1.0
#include "shoal/assign/multiple_choice_knapsack.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>

#include "assign/certificate.hpp"
#include "assign/read_instance.hpp"
#include "catch.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::assign;

namespace {

constexpr double none = std::numeric_limits<double>::infinity();
const auto never = [](std::size_t) { return false; };

class dice {
 public:
  explicit dice(std::uint64_t seed) : engine_(seed) {}
  int between(int low, int high) {
    return low + static_cast<int>(uniform_below(engine_, static_cast<std::uint64_t>(high - low + 1)));
  }
  bool one_in(int sides) { return between(1, sides) == 1; }

 private:
  random_engine engine_;
};

/// How costs hang on uses.
enum class family { any, positive, equal, stairs, near, twins };

/// A small table of any family, with empty places, ties, zeros and negative figures; some of them have no
/// plan, and the limit is often at a sum that is just reached.
void fill(choice_table<>& table, dice& roll, family which, int classes, int choices) {
  table.reshape(static_cast<std::size_t>(classes), static_cast<std::size_t>(choices));
  const int range = roll.one_in(3) ? 3 : roll.one_in(2) ? 30 : 1000;
  double low = 0;
  double high = 0;
  for (int k = 0; k < classes; ++k) {
    double* cost = table.cost(static_cast<std::size_t>(k));
    double* use = table.use(static_cast<std::size_t>(k));
    const int there = roll.between(0, choices - 1);
    double least = none;
    double most = -none;
    for (int i = 0; i < choices; ++i) {
      if (i != there && roll.one_in(6)) continue;
      use[i] = roll.between(-range, range);
      cost[i] = roll.between(-range, range);
      if (which == family::positive) use[i] = std::abs(use[i]), cost[i] = std::abs(cost[i]);
      if (which == family::equal) cost[i] = -use[i];
      if (which == family::stairs) cost[i] = -use[i] - 10 * i;
      if (which == family::near) cost[i] = roll.between(-2, 2) - use[i];
      if (which == family::twins && k > 0 && table.cost(0)[i] < none)
        cost[i] = table.cost(0)[i], use[i] = table.use(0)[i];
      least = std::min(least, use[i]);
      most = std::max(most, use[i]);
    }
    low += least;
    high += most;
  }
  table.limit = roll.one_in(8) ? low : low - 1 + std::floor((high - low + 2) * roll.between(0, 100) / 100);
}

/// The least cost by trying every plan; infinite where there is none.
double least_cost(const choice_table<>& table) {
  std::vector<std::size_t> at(table.classes(), 0);
  double best = none;
  for (;;) {
    double cost = 0;
    double use = 0;
    for (std::size_t k = 0; k < at.size(); ++k) {
      cost += table.cost(k)[at[k]];
      use += table.use(k)[at[k]];
    }
    if (use <= table.limit && cost < best) best = cost;
    std::size_t k = 0;
    while (k < at.size() && ++at[k] == table.choices()) at[k++] = 0;
    if (k == at.size()) return best;
  }
}

/// The energies and times of an instance, summed, and its compatibilities as what must be used.
choice_table<> table_of(const problem& p) {
  choice_table<> out;
  out.reshape(p.subtasks(), p.models());
  out.limit = -p.require->at_least;
  for (std::size_t k = 0; k < p.subtasks(); ++k) {
    for (std::size_t i = 0; i < p.models(); ++i) {
      const auto row = static_cast<Eigen::Index>(i);
      const auto column = static_cast<Eigen::Index>(k);
      out.cost(k)[i] = p.energy_j(row, column) + p.time_s(row, column);
      out.use(k)[i] = -p.compatibility(row, column);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("the knapsack engine agrees with brute force on small tables of every kind, and each proof holds",
          "[assign]") {
  dice roll(17);
  choice_table<> table;
  multiple_choice_knapsack<> engine;  // one memory for all
  int plans = 0;
  int refused = 0;
  for (int round = 0; round < 6'000; ++round) {
    const auto which = static_cast<family>(round % 6);
    fill(table, roll, which, roll.between(1, 5), roll.between(1, 5));
    REQUIRE(table.measure());
    const double expected = least_cost(table);
    knapsack_options<> how;
    how.first_classes = static_cast<std::size_t>(roll.between(1, 3));
    if (roll.one_in(2)) how.patience = 0;  // levels first
    if (roll.one_in(3)) how.multiplier = std::exp(roll.between(-40, 40) / 10.0);
    const knapsack_ending end = engine.solve(table, how, never);
    INFO("round " << round);
    if (std::isinf(expected)) {
      REQUIRE(end == knapsack_ending::infeasible);
      ++refused;
      continue;
    }
    ++plans;
    REQUIRE(end == knapsack_ending::optimal);
    REQUIRE(engine.cost() == expected);
    REQUIRE(engine.bound() == expected);
    REQUIRE(engine.relaxed_bound() <= expected);
    REQUIRE(oracle::refute(table, {engine.chosen(), engine.cost(), engine.multiplier()}) == "");
  }
  CHECK(plans > 3000);
  CHECK(refused > 200);
}

TEST_CASE("the referee of knapsack claims refuses false ones", "[assign]") {
  choice_table<> table;
  table.reshape(2, 2);
  table.limit = 3;
  for (std::size_t k = 0; k < 2; ++k) {
    table.cost(k)[0] = 5, table.use(k)[0] = 1;
    table.cost(k)[1] = 1, table.use(k)[1] = 2;
  }
  REQUIRE(table.measure());
  CHECK(oracle::refute(table, {{0, 1}, 6, 4}) == "");
  CHECK(oracle::refute(table, {{0, 0}, 10, 4}) == "there is a cheaper plan");
  CHECK(oracle::refute(table, {{1, 1}, 2, 4}) == "the plan is over the limit");
  CHECK(oracle::refute(table, {{0, 1}, 5, 4}) == "the plan has another cost");
  CHECK(oracle::refute(table, {{0, 1}, 6, -1}) == "the multiplier is negative");
}

TEST_CASE("the knapsack engine finds the optima of the published families and proves them", "[assign]") {
  const std::pair<const char*, double> published[] = {
      {"real_20x10", 2643},   {"uncor_20x10", 9636},   {"wcor_20x10", 25369},   {"scor_20x10", 65700},
      {"real_100x20", 13718}, {"uncor_100x20", 40692}, {"wcor_100x20", 134473}, {"scor_100x20", 690878}};
  multiple_choice_knapsack<> engine;
  for (const auto& each : published) {
    choice_table<> table = table_of(oracle::read_with_quality(std::string(each.first) + ".txt"));
    REQUIRE(table.measure());
    INFO(each.first);
    CHECK(engine.solve(table) == knapsack_ending::optimal);
    CHECK(engine.cost() == each.second);
    CHECK(engine.bound() == each.second);
    const std::string name = each.first;
    if (name == "real_100x20" || name == "uncor_100x20" || name == "wcor_100x20" || name == "uncor_20x10")
      CHECK(oracle::refute(table, {engine.chosen(), engine.cost(), engine.multiplier()}) == "");
    // From its own multiplier and from a poor one the answer is the same.
    for (const double hint : {engine.multiplier(), 0.01, 50.0}) {
      knapsack_options<> how;
      how.multiplier = hint;
      CHECK(engine.solve(table, how, never) == knapsack_ending::optimal);
      CHECK(engine.cost() == each.second);
    }
  }
}

TEST_CASE("costs that are a multiple of the use and a step are solved by levels at any slope", "[assign]") {
  dice roll(23);
  multiple_choice_knapsack<> engine;
  choice_table<> table;
  for (int round = 0; round < 150; ++round) {
    const int p = roll.between(1, 5);
    const int q = roll.between(1, 3);
    const int stair = roll.between(0, 12);
    const bool even = roll.one_in(2);
    table.reshape(static_cast<std::size_t>(roll.between(3, 20)),
                  static_cast<std::size_t>(roll.between(2, 6)));
    double least = 0;
    double most = 0;
    for (std::size_t k = 0; k < table.classes(); ++k) {
      double use = 0;
      for (std::size_t i = 0; i < table.choices(); ++i) {
        use += q * roll.between(1, 30);
        table.use(k)[i] = -use;
        table.cost(k)[i] = p * use / q - stair * (even ? static_cast<double>(i) : roll.between(0, 4));
      }
      least -= table.use(k)[0];
      most += use;
    }
    table.limit = roll.between(-1, 1) - std::floor(least + (most - least) * roll.between(0, 99) / 100);
    REQUIRE(table.measure());
    // Every sum of uses with its least cost.
    std::map<double, double> sums{{0, 0}};
    for (std::size_t k = 0; k < table.classes(); ++k) {
      std::map<double, double> next;
      for (const auto& sum : sums) {
        for (std::size_t i = 0; i < table.choices(); ++i) {
          const double cost = sum.second + table.cost(k)[i];
          const auto at = next.emplace(sum.first + table.use(k)[i], cost);
          at.first->second = std::min(at.first->second, cost);
        }
      }
      sums.swap(next);
    }
    double expected = none;
    for (const auto& sum : sums)
      if (sum.first <= table.limit) expected = std::min(expected, sum.second);
    knapsack_options<> how;
    how.patience = roll.one_in(2) ? 0 : 100;
    how.first_classes = roll.one_in(2) ? 2 : 24;
    const knapsack_ending end = engine.solve(table, how, never);
    INFO("round " << round);
    REQUIRE((end == knapsack_ending::optimal) == (expected < none));
    if (expected < none) REQUIRE(engine.cost() == expected);
    if (expected < none) REQUIRE(engine.use() <= table.limit);
  }
}

TEST_CASE("a thousand equal classes are solved by counting", "[assign]") {
  dice roll(31);
  multiple_choice_knapsack<> engine;
  for (int round = 0; round < 12; ++round) {
    double use[4];
    double cost[4];
    for (int i = 0; i < 4; ++i) {
      use[i] = 200 * i + roll.between(1, 400);
      cost[i] = 0.7 * use[i] + 150 * i + roll.between(0, 90);
      cost[i] = std::floor(cost[i]);
    }
    const double wanted = std::floor(1000 * (use[0] + (use[3] - use[0]) * roll.between(5, 95) / 100));
    choice_table<> table;
    table.reshape(1000, 4);
    table.limit = -wanted;
    for (std::size_t k = 0; k < 1000; ++k)
      for (std::size_t i = 0; i < 4; ++i) table.use(k)[i] = -use[i], table.cost(k)[i] = cost[i];
    REQUIRE(table.measure());
    // a, b, c and d classes take each: of a and b given, the others are a line, on which use grows with d.
    double expected = none;
    for (int a = 0; a <= 1000; ++a) {
      for (int b = 0; a + b <= 1000; ++b) {
        const int rest = 1000 - a - b;
        const double so_far = a * use[0] + b * use[1] + rest * use[2];
        for (const int d : {0, static_cast<int>(std::ceil((wanted - so_far) / (use[3] - use[2]))), rest}) {
          if (d < 0 || d > rest || use[3] == use[2]) continue;
          if (so_far + d * (use[3] - use[2]) < wanted) continue;
          expected = std::min(expected, a * cost[0] + b * cost[1] + (rest - d) * cost[2] + d * cost[3]);
        }
      }
    }
    const knapsack_ending end = engine.solve(table);
    INFO("round " << round);
    REQUIRE((end == knapsack_ending::optimal) == (expected < none));
    if (expected < none) REQUIRE(engine.cost() == expected);
  }
}

TEST_CASE("figures that sums of doubles cannot hold exactly are told apart", "[assign]") {
  choice_table<> table;
  table.reshape(4, 1);
  for (std::size_t k = 0; k < 4; ++k) table.cost(k)[0] = 1e15, table.use(k)[0] = 1;
  CHECK(table.measure());
  table.cost(2)[0] = -2e15;
  CHECK_FALSE(table.measure());
  CHECK(table.largest_cost() == 2e15);
  table.cost(2)[0] = 1;
  table.use(3)[0] = 3e15;
  CHECK_FALSE(table.measure());
}

TEST_CASE("the knapsack engine stops when told to, and keeps a plan", "[assign]") {
  choice_table<> table = table_of(oracle::read_with_quality("scor_20x10.txt"));
  REQUIRE(table.measure());
  multiple_choice_knapsack<> engine;
  CHECK(engine.solve(table, {}, [](std::size_t) { return true; }) == knapsack_ending::feasible);
  CHECK(engine.use() <= table.limit);
  CHECK(engine.cost() >= 65700);
  CHECK(engine.bound() <= 65700);
  knapsack_options<> rough;
  rough.share = 0.01;
  CHECK(engine.solve(table, rough, never) == knapsack_ending::optimal);
  CHECK(engine.cost() <= 65700 * 1.01);
  CHECK(engine.bound() >= engine.cost() * 0.99);
}
