// SPDX-License-Identifier: BSL-1.0
#include "shoal/assign/knapsack_form.hpp"

#include <algorithm>
#include <cmath>

#include "assign/brute_force.hpp"
#include "assign/random_instance.hpp"
#include "catch.hpp"
#include "shoal/assign/evaluate.hpp"

using namespace shoal;
using namespace shoal::assign;

namespace {

search_result search(const oracle::instance& t, const program& p) {
  budget left{limits{}};
  knapsack_search<> engine;
  const auto found =
      engine.run(*knapsack_form_of(p), left, [&](const plan& x) { return !violation(t.p, t.o, x); });
  REQUIRE(found.has_value());
  return *found;
}

}  // namespace

TEST_CASE("programs of knapsack form are solved as brute force solves them, with fractions or without",
          "[assign]") {
  int solved = 0;
  int none = 0;
  int direct = 0;
  for (std::size_t c = 0; c < oracle::combinations; ++c) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      const oracle::instance t = oracle::random_instance(c, seed);
      const program p = first_program(t.p, t.o);
      if (!knapsack_form_of(p)) continue;
      const oracle::answer expected = oracle::brute_force(t.p, t.o);
      const search_result r = search(t, p);
      INFO(t.name);
      REQUIRE(r.proven);
      REQUIRE(r.chosen.has_value() == expected.feasible());
      ++(r.chosen ? solved : none);
      // Straight from the problem, where that is possible.
      if (const auto form = knapsack_form_of(t.p, t.o)) {
        budget left{limits{}};
        knapsack_search<> engine;
        const auto same = engine.run(*form, left, [&](const plan& x) { return !violation(t.p, t.o, x); });
        REQUIRE(same.has_value());
        REQUIRE(same->chosen.has_value() == r.chosen.has_value());
        REQUIRE(std::abs(same->value - r.value) <= 1e-9 * std::max(1.0, std::abs(r.value)));
        ++direct;
      }
      if (!r.chosen) continue;
      REQUIRE(std::abs(r.value - expected.objective) <= 1e-9 * expected.objective);
      REQUIRE(r.bound <= r.value);
      REQUIRE(r.bound >= r.value - 1e-9 * std::abs(r.value));
      // The multiplier proves its bound in the program's own figures.
      if (r.multipliers.empty()) continue;
      const matrix priced = p.priced(r.multipliers);
      double least = -r.multipliers[0] * p.bound[0];
      for (std::size_t k = 0; k < p.subtasks(); ++k) {
        double cheapest = std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < p.models(); ++i)
          if (p.open.data()[p.pair(i, k)]) cheapest = std::min(cheapest, priced.data()[p.pair(i, k)]);
        least += cheapest;
      }
      REQUIRE(least <= r.value + 1e-9 * std::max(1.0, std::abs(r.value)));
    }
  }
  CHECK(solved > 200);
  CHECK(none > 20);
  CHECK(direct > 100);
}

TEST_CASE("programs with capacities, peaks, sets or two rows have no knapsack form", "[assign]") {
  problem p(2, 3);
  p.energy_j << 1, 2, 3, 4, 5, 6;
  p.time_s << 1, 2, 3, 4, 5, 6;
  const auto form = [&](const objective& o) { return knapsack_form_of(first_program(p, o)).has_value(); };
  CHECK(form(weighted{1, 1}));
  CHECK(form(epsilon{criterion::energy, 9}));
  CHECK_FALSE(form(chebyshev{1, 1}));
  CHECK_FALSE(form({weighted{1, 1}, time_rule::makespan}));
  p.require = {quality_rule::each, 0.5};
  CHECK(form(epsilon{criterion::energy, 9}));
  p.require = {quality_rule::sum, 2};
  CHECK(form(weighted{1, 1}));
  CHECK_FALSE(form(epsilon{criterion::energy, 9}));
  p.capacity[0] = 3;  // cannot bind
  CHECK(form(weighted{1, 1}));
  p.capacity[0] = 2;
  CHECK_FALSE(form(weighted{1, 1}));
  p.capacity[0] = 3;
  p.replicas[1] = 2;
  CHECK_FALSE(form(weighted{1, 1}));
  p.replicas[1] = 1;
  p.survival[1] = 0.5;
  CHECK_FALSE(form(weighted{1, 1}));
}

TEST_CASE("a subtask that no model may do leaves no plan, and no subtask leaves one", "[assign]") {
  problem p(2, 2);
  p.allowed.col(1).setConstant(false);
  budget left{limits{}};
  const auto any = [](const plan&) { return true; };
  knapsack_search<> engine;
  const program none = first_program(p, weighted{});
  const auto found = engine.run(*knapsack_form_of(none), left, any);
  REQUIRE(found.has_value());
  CHECK(found->proven);
  CHECK_FALSE(found->chosen.has_value());
  const problem nobody(0, 2);
  const auto without = engine.run(*knapsack_form_of(nobody, weighted{}), left, any);
  REQUIRE(without.has_value());
  CHECK(without->proven);
  CHECK_FALSE(without->chosen.has_value());
  const program empty = first_program(problem(2, 0), weighted{});
  const auto nothing = engine.run(*knapsack_form_of(empty), left, any);
  REQUIRE(nothing.has_value());
  CHECK(nothing->proven);
  CHECK(nothing->chosen == plan{});
}

TEST_CASE("a plan that is refused in the end is not answered", "[assign]") {
  const program p = first_program(problem(2, 2), weighted{});
  budget left{limits{}};
  knapsack_search<> engine;
  CHECK_FALSE(engine.run(*knapsack_form_of(p), left, [](const plan&) { return false; }).has_value());
}
