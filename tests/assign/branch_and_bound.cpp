// SPDX-License-Identifier: BSL-1.0
#include "shoal/assign/branch_and_bound.hpp"

#include <cmath>
#include <cstddef>

#include "assign/brute_force.hpp"
#include "assign/random_instance.hpp"
#include "catch.hpp"

using namespace shoal::assign;

TEST_CASE("the answer does not depend on how a search divides its time", "[assign]") {
  // With sweeps of one step and hardly an ascent, all is left to the tree.
  const effort lazy{.first_ascent = 3, .ascent = 1, .sweep = 1, .least_sweep = 1, .most_sweep = 1};
  std::size_t deep = 0;
  for (std::size_t c = 0; c < oracle::combinations; c += 3) {
    const oracle::instance t = oracle::random_instance(c, 31);
    const oracle::answer expected = oracle::brute_force(t.p, t.o);
    const program p = first_program(t.p, t.o);
    budget left{limits{}};
    const search_result r = branch_and_bound(
                                p, left, [&](const plan& x) { return !violation(t.p, t.o, x); }, lazy)
                                .run();
    INFO(t.name);
    REQUIRE(r.proven);
    REQUIRE(r.chosen.has_value() == expected.feasible());
    deep += left.nodes() > 10 ? 1U : 0U;
    if (!r.chosen) continue;
    REQUIRE(std::abs(r.value - expected.objective) <= 1e-9 * expected.objective);
    REQUIRE(r.bound <= expected.objective * (1 + 1e-9));
  }
  CHECK(deep > 100);
}

TEST_CASE("a plan to start from is kept unless a better one is found, and refused when it breaks a row",
          "[assign]") {
  problem p(2, 1);
  p.energy_j << 1, 1;
  p.load << 5, 1;
  p.capacity << 3, 3;
  const program what = first_program(p, weighted{1, 0});
  const auto any = [](const plan&) { return true; };
  budget left{limits{}};
  CHECK(branch_and_bound(what, left, any).run(plan{{1}}).chosen == plan{{1}});
  CHECK(branch_and_bound(what, left, any).run(plan{{0}}).chosen == plan{{1}});
}

TEST_CASE("the last word on a plan is not the program's", "[assign]") {
  problem p(3, 1);
  p.energy_j << 1, 2, 3;
  const program what = first_program(p, weighted{1, 0});
  budget left{limits{}};
  const search_result r =
      branch_and_bound(what, left, [](const plan& chosen) { return chosen[0][0] == 2; }).run();
  CHECK(r.proven);
  CHECK(r.chosen == plan{{2}});
}
