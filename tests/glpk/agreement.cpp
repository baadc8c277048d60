// SPDX-License-Identifier: BSL-1.0
#include <cmath>
#include <optional>
#include <string>

#include "assign/brute_force.hpp"
#include "assign/random_instance.hpp"
#include "catch.hpp"
#include "shoal/assign/exact.hpp"
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

/// Every combination whose quality rule has that number; 0 is none.
void check_rule(std::size_t rule) {
  for (std::size_t c = rule; c < oracle::combinations; c += 5) {
    const oracle::instance t = oracle::random_instance(c, 1);
    INFO(t.name);
    REQUIRE(difference(t) == "");
  }
}

}  // namespace

TEST_CASE("GLPK agrees with brute force without a quality rule", "[glpk]") { check_rule(0); }
TEST_CASE("GLPK agrees with brute force under the rule sum", "[glpk]") { check_rule(1); }
TEST_CASE("GLPK agrees with brute force under the rule mean", "[glpk]") { check_rule(2); }
TEST_CASE("GLPK agrees with brute force under the rule each", "[glpk]") { check_rule(3); }
TEST_CASE("GLPK agrees with brute force under the rule product", "[glpk]") { check_rule(4); }

TEST_CASE("GLPK agrees with the exact solver on problems that brute force cannot reach", "[glpk]") {
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    shoal::random_engine engine(seed);
    const auto up_to = [&](double top) { return top * shoal::uniform_01(engine); };
    problem p(6, 12);
    for (Eigen::Index k = 0; k < 12; ++k) {
      for (Eigen::Index i = 0; i < 6; ++i) {
        p.compatibility(i, k) = 0.05 + up_to(0.95);
        p.energy_j(i, k) = 1 + up_to(20) * p.compatibility(i, k);
        p.time_s(i, k) = 1 + up_to(5);
        p.load(i, k) = 1 + std::floor(up_to(4));
      }
      p.count[k] = 1 + std::floor(up_to(3));
    }
    if (seed % 2 == 0) p.capacity.setConstant(18);
    if (seed % 3 == 0) p.replicas[seed % 12] = 2;
    p.require =
        seed % 4 < 2 ? requirement{quality_rule::mean, 0.6} : requirement{quality_rule::product, 1e-8};
    const time_rule rule = seed % 8 < 4 ? time_rule::total : time_rule::makespan;
    const goal goals[] = {weighted{1, 0.5}, epsilon{criterion::energy, 40}, lexicographic{criterion::time},
                          chebyshev{1, 4}};
    const objective o(goals[seed % 4], rule);
    INFO("seed " << seed);
    const solution ours = shoal::glpk::solver{}(p, o);
    const solution theirs = exact{}(p, o);
    REQUIRE(ours.verdict == theirs.verdict);
    CHECK(close(ours.objective, theirs.objective));
    CHECK(close(oracle::second_figure(o, ours), oracle::second_figure(o, theirs)));
    CHECK(ours.best.has_value() == theirs.best.has_value());
    if (ours.best) CHECK(close(*ours.best, *theirs.best));
  }
}

TEST_CASE("GLPK agrees with the exact solver where every model is nearly full", "[glpk]") {
  int none = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    shoal::random_engine engine(seed);
    const auto whole = [&](std::uint64_t top) {
      return 1 + static_cast<double>(shoal::uniform_below(engine, top));
    };
    problem p(4, 10);
    for (Eigen::Index k = 0; k < 10; ++k) {
      for (Eigen::Index i = 0; i < 4; ++i) {
        p.load(i, k) = seed % 3 == 0 ? 0.5 + shoal::uniform_01(engine) : whole(20);
        p.energy_j(i, k) = seed % 2 == 0 ? 30 - p.load(i, k) + whole(8) : whole(900) / 100;
        p.compatibility(i, k) = whole(100) / 100;
      }
    }
    p.capacity = (0.75 + 0.3 * shoal::uniform_01(engine)) * p.load.rowwise().sum() / 4;
    if (seed % 2 == 0) p.require = requirement{quality_rule::mean, 0.5};
    if (seed % 5 == 0) p.replicas[0] = 2;
    INFO("seed " << seed);
    const solution ours = shoal::glpk::solver{}(p, weighted{1, 0});
    const solution theirs = exact{}(p, weighted{1, 0});
    REQUIRE(theirs.engine == "generalised assignment");
    REQUIRE(ours.verdict == theirs.verdict);
    CHECK(close(ours.objective, theirs.objective));
    none += ours ? 0 : 1;
  }
  CHECK(none < 30);
}

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
