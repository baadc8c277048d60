// SPDX-License-Identifier: BSL-1.0
#include "shoal/assign/relaxation.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "assign/brute_force.hpp"
#include "assign/random_instance.hpp"
#include "catch.hpp"

using namespace shoal::assign;

TEST_CASE("the bound is under every plan at any multipliers, and rises as they are improved", "[assign]") {
  shoal::random_engine engine(5);
  std::size_t raised = 0;
  for (std::size_t c = 0; c < oracle::combinations; c += 5) {
    const oracle::instance t = oracle::random_instance(c, 21);
    const oracle::answer best = oracle::brute_force(t.p, t.o);
    if (!best.feasible()) continue;
    const program p = first_program(t.p, t.o);
    relaxation r(p);
    INFO(t.name);
    std::vector<double> u = r.first_multipliers();
    const double slack = 1e-12 * best.objective;
    const double start = r.evaluate(u);
    REQUIRE(start <= best.objective + slack);
    // Bounded rows may have any price that is not negative; those of the peak keep their sum.
    std::vector<double> any = u;
    for (const coupling& rows : p.couplings) {
      if (rows.peak) continue;
      for (std::size_t i = 0; i < (rows.each_model ? p.models() : 1); ++i)
        any[rows.first_row + i] = 5 * shoal::uniform_01(engine);
    }
    REQUIRE(r.evaluate(any) <= best.objective + slack);
    const double top = r.maximise(u, 200, p.ceiling(), [&] { return p.ceiling(); });
    REQUIRE(top >= start);
    REQUIRE(top <= best.objective + slack);
    raised += top > start ? 1U : 0U;
  }
  CHECK(raised > 100);
}

TEST_CASE("one row has its best multiplier where the bound stops to rise", "[assign]") {
  // Cheap and poor against dear and good: cost 1 or 3, quality 0 or 1, and one of two must be good. The hull
  // of (quality, cost) is the straight line of slope 2, so the best bound is 2 + 2 x 1.
  problem p(2, 2);
  p.energy_j << 1, 1,  //
      3, 3;
  p.compatibility << 0, 0,  //
      1, 1;
  p.require = requirement{quality_rule::sum, 1};
  const program what = first_program(p, weighted{1, 0});
  relaxation r(what);
  std::vector<double> u = r.first_multipliers();
  REQUIRE(u.size() == 1);
  CHECK(r.maximise(u, 1, what.ceiling(), [&] { return what.ceiling(); }) == Approx(4).epsilon(1e-6));
  CHECK(u[0] == Approx(2).epsilon(1e-6));
}

TEST_CASE("a row that no choice keeps lifts the bound over any ceiling", "[assign]") {
  problem p(2, 2);
  p.energy_j.setConstant(1);
  p.require = requirement{quality_rule::sum, 5};
  const program what = first_program(p, weighted{1, 0});
  relaxation r(what);
  std::vector<double> u = r.first_multipliers();
  CHECK(r.maximise(u, 1, what.ceiling(), [&] { return what.ceiling(); }) >= what.ceiling());
  problem nobody(2, 1);
  nobody.allowed.setConstant(false);
  CHECK(std::isinf(relaxation(first_program(nobody, {})).evaluate({})));
}
