// SPDX-License-Identifier: BSL-1.0
#include <cmath>
#include <optional>
#include <string>

#include "assign/brute_force.hpp"
#include "assign/random_instance.hpp"
#include "catch.hpp"
#include "shoal/glpk/solver.hpp"

using namespace shoal::assign;

namespace {

bool close(double a, double b) { return std::abs(a - b) <= 1e-9 * (1 + std::abs(b)); }

/// In what the solver and brute force differ; empty when they agree.
std::string difference(const oracle::instance& t) {
  const oracle::answer expected = oracle::brute_force(t.p, t.o);
  const solution s = shoal::glpk::solver{}(t.p, t.o);
  if (!expected.feasible()) {
    if (s.verdict != verdict::infeasible) return "the verdict is not infeasible";
    if (!s.best || !close(*s.best, expected.best)) return "the best value that can be reached";
    return s.because.empty() ? "no reason given" : "";
  }
  if (s.verdict != verdict::optimal) return "the verdict is not optimal";
  if (const std::optional<std::string> broken = violation(t.p, t.o, s.chosen)) return *broken;
  if (!close(s.objective, expected.objective)) return "the objective";
  if (!close(oracle::second_figure(t.o, s), expected.second)) return "the tie-break";
  if (!(s.bound <= s.objective && close(s.bound, s.objective))) return "the bound";
  const solution figures = evaluate(t.p, t.o, s.chosen);
  return figures.objective == s.objective && figures.energy_j == s.energy_j ? "" : "the figures";
}

/// Every combination whose quality rule has that number (0 is none), with several seeds.
void check_rule(std::size_t rule) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    for (std::size_t c = rule; c < oracle::combinations; c += 5) {
      const oracle::instance t = oracle::random_instance(c, seed);
      INFO("seed " << seed << ", " << t.name);
      REQUIRE(difference(t) == "");
    }
  }
}

}  // namespace

TEST_CASE("GLPK agrees with brute force without a quality rule", "[glpk]") { check_rule(0); }
TEST_CASE("GLPK agrees with brute force under the rule sum", "[glpk]") { check_rule(1); }
TEST_CASE("GLPK agrees with brute force under the rule mean", "[glpk]") { check_rule(2); }
TEST_CASE("GLPK agrees with brute force under the rule each", "[glpk]") { check_rule(3); }
TEST_CASE("GLPK agrees with brute force under the rule product", "[glpk]") { check_rule(4); }

TEST_CASE("a requirement that is missed by a hair is not met", "[glpk]") {
  // The cheap plan lacks 1e-8 of the quality: within GLPK's own tolerance, outside ours.
  problem p(2, 2);
  p.energy_j << 1, 1, 2, 2;
  p.compatibility << 1000, 1000, 1000 + 1e-5, 1000 + 1e-5;
  p.require = requirement{quality_rule::sum, 2000 + 1e-5};
  const solution s = shoal::glpk::solver{}(p, weighted{1, 0});
  REQUIRE(s.verdict == verdict::optimal);
  CHECK(s.objective == 3);
  p.require->at_least = 2000 + 1e-7;  // met by the cheap plan as we compare
  CHECK(shoal::glpk::solver{}(p, weighted{1, 0}).objective == 2);
}

TEST_CASE("figures of any size are told apart", "[glpk]") {
  for (const double unit : {1e-200, 1e-12, 1e-3, 1.0, 1e9, 1e150}) {
    problem p(3, 2);
    p.energy_j << 5, 4, 4, 5, 6, 3;
    p.time_s << 1, 9, 2, 2, 1, 8;
    p.energy_j *= unit;
    p.time_s *= unit;
    INFO("unit " << unit);
    CHECK(shoal::glpk::solver{}(p, weighted{1, 0}).objective == Approx(7 * unit));
    CHECK(shoal::glpk::solver{}(p, weighted{1, 1}).objective == Approx(13 * unit));
    CHECK(shoal::glpk::solver{}(p, objective(weighted{0, 1}, time_rule::makespan)).objective ==
          Approx(2 * unit));
    const solution ties = shoal::glpk::solver{}(p, chebyshev{1, 1});
    CHECK(ties.objective == Approx(9 * unit));
    CHECK(ties.energy_j + ties.time_s == Approx(13 * unit));
  }
}
