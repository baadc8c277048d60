// SPDX-License-Identifier: BSL-1.0
#include "shoal/assign/greedy.hpp"

#include <chrono>
#include <cmath>
#include <cstddef>
#include <limits>

#include "assign/brute_force.hpp"
#include "assign/mmlu_pro.hpp"
#include "assign/random_instance.hpp"
#include "assign/read_instance.hpp"
#include "catch.hpp"

using namespace shoal::assign;

TEST_CASE("greedy plans meet every requirement and are never better than the best", "[assign]") {
  std::size_t feasible = 0;
  std::size_t found = 0;
  std::size_t best = 0;
  for (std::size_t c = 0; c < oracle::combinations; c += 2) {
    const oracle::instance t = oracle::random_instance(c, 61);
    const oracle::answer expected = oracle::brute_force(t.p, t.o);
    const solution s = greedy{}(t.p, t.o);
    INFO(t.name);
    REQUIRE(s.solver == "greedy");
    REQUIRE(s.verdict != verdict::optimal);
    if (s.verdict == verdict::infeasible) {
      REQUIRE((expected.what == oracle::obstacle::models || expected.what == oracle::obstacle::survival));
      REQUIRE(std::abs(*s.best - expected.best) <= 1e-9);
      continue;
    }
    REQUIRE(expected.what != oracle::obstacle::models);
    REQUIRE(expected.what != oracle::obstacle::survival);
    REQUIRE((!s || expected.feasible()));
    if (!expected.feasible()) continue;
    ++feasible;
    REQUIRE(s.bound <= expected.objective * (1 + 1e-9));
    if (!s) continue;
    ++found;
    REQUIRE(violation(t.p, t.o, s.chosen).value_or("") == "");
    REQUIRE(s.objective >= expected.objective * (1 - 1e-9));
    best += s.objective <= expected.objective * (1 + 1e-9) ? 1U : 0U;
  }
  // Small problems are easy: where greedy fails on more than a few of them, it is broken.
  CHECK(found > feasible * 99 / 100);
  CHECK(best > feasible * 97 / 100);
}

TEST_CASE("greedy plans of real size are near the known optimum", "[assign]") {
  CHECK(greedy{}(oracle::read_with_quality("real_20x10.txt")).objective < 1.02 * 2643);
  CHECK(greedy{}(oracle::read_with_quality("uncor_20x10.txt")).objective < 1.02 * 9636);
  CHECK(greedy{}(oracle::read_generalised("c05100.txt")).objective < 1.03 * 1931);
  oracle::each_mmlu_pro_anchor([](const problem& p, const std::vector<std::string>& known) {
    const solution s = greedy{}(p, weighted{1, 0});
    INFO(known[0] << " models at " << known[1]);
    CHECK(s.verdict == (known[2].empty() ? verdict::limit : verdict::feasible));
    if (s) CHECK(s.energy_j / p.count.sum() < 1.05 * std::stod(known[2]));
  });
}

TEST_CASE("greedy is near its own bound where capacity and quality both bind", "[assign]") {
  shoal::random_engine engine(9);
  problem p(40, 200);
  for (double& e : p.energy_j.reshaped()) e = shoal::uniform_01(engine);
  p.compatibility = 0.5 + 0.5 * p.energy_j;
  for (double& c : p.compatibility.reshaped()) c = std::min(1.0, c + 0.2 * shoal::uniform_01(engine));
  p.capacity.setConstant(5.5);
  p.require = requirement{quality_rule::mean, 0.8};
  const solution s = greedy{}(p, weighted{1, 0}, limits{.time = std::chrono::seconds(10)});
  REQUIRE(s.verdict == verdict::feasible);
  CHECK_FALSE(violation(p, weighted{1, 0}, s.chosen));
  CHECK(s.bound <= s.objective);
  CHECK(s.objective < 1.05 * s.bound);
}

TEST_CASE("greedy finds a plan where only one requirement leaves room", "[assign]") {
  // Quality wants all subtasks on one model, whose capacity is just enough for the three that need it.
  problem p(2, 4);
  p.compatibility << 0.9, 0.9, 0.9, 0.9, 0.1, 0.1, 0.1, 0.8;
  p.energy_j << 9, 9, 9, 9, 1, 1, 1, 1;
  p.capacity << 3, 4;
  p.require = requirement{quality_rule::mean, 0.85};
  const solution s = greedy{}(p, weighted{1, 0});
  REQUIRE(s.verdict == verdict::feasible);
  CHECK(s.chosen == plan{{0}, {0}, {0}, {1}});
}

TEST_CASE("without time greedy says that a limit was reached", "[assign]") {
  const problem p = oracle::read_generalised("c05100.txt");
  CHECK(greedy{}(p, {}, limits{.time = std::chrono::duration<double>(1e-9)}).verdict == verdict::limit);
}

TEST_CASE("greedy gives the same plan every time, and refuses bad input", "[assign]") {
  const problem p = oracle::read_generalised("c05100.txt");
  CHECK(greedy{}(p).chosen == greedy{}(p).chosen);
  problem bad(1, 1);
  bad.load(0, 0) = -1;
  CHECK_THROWS_AS(greedy{}(bad), shoal::invalid_problem);
  CHECK_THROWS_AS(greedy{}(p, chebyshev{-1, 0}), shoal::invalid_problem);
  CHECK_THROWS_AS(greedy{}(p, {}, limits{.time = std::chrono::duration<double>(0)}), shoal::invalid_problem);
}
