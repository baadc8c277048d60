// SPDX-License-Identifier: BSL-1.0
#include "shoal/assign/limits.hpp"

#include <chrono>
#include <cmath>
#include <stop_token>
#include <thread>

#include "catch.hpp"
#include "shoal/core/random.hpp"
#include "shoal/glpk/solver.hpp"

using namespace shoal::assign;
using std::chrono::milliseconds;

namespace {

const shoal::glpk::solver solve{};

/// Strongly correlated: a pair's cost is its compatibility and a constant, so that nothing can be told apart
/// by its ratio. Makespan and capacities make it harder still.
problem strongly_correlated(std::size_t subtasks, std::size_t models, std::uint64_t seed) {
  problem p(models, subtasks);
  shoal::random_engine engine(seed);
  for (Eigen::Index k = 0; k < p.load.cols(); ++k) {
    for (Eigen::Index i = 0; i < p.load.rows(); ++i) {
      const double c = 1 + static_cast<double>(shoal::uniform_below(engine, 1000));
      p.compatibility(i, k) = c;
      p.energy_j(i, k) = c + 100;
      p.time_s(i, k) = 0.5 * c + 50 + 10 * shoal::uniform_01(engine);
      p.load(i, k) = 5 + static_cast<double>(shoal::uniform_below(engine, 20));
    }
  }
  p.capacity.setConstant(15.0 * static_cast<double>(subtasks) / static_cast<double>(models));
  p.require = requirement{quality_rule::mean, 523.4567};
  return p;
}

const objective makespan(weighted{1, 20}, time_rule::makespan);

}  // namespace

TEST_CASE("a time limit is kept on an instance that takes far longer", "[glpk]") {
  const problem p = strongly_correlated(100, 20, 11);
  const solution s = solve(p, makespan, limits{.time = milliseconds(300)});
  CHECK((s.verdict == verdict::feasible || s.verdict == verdict::limit));
  CHECK(s.seconds < 1.5);  // 0.3 s and a little, but for a busy machine and sanitizers
  if (s) {
    CHECK(!violation(p, makespan, s.chosen));
    CHECK(s.bound < s.objective);
  }
}

TEST_CASE("a node limit is kept, and is no matter of time", "[glpk]") {
  const problem p = strongly_correlated(20, 6, 12);
  const solution once = solve(p, makespan, limits{.nodes = 20});
  const solution again = solve(p, makespan, limits{.nodes = 20});
  CHECK((once.verdict == verdict::feasible || once.verdict == verdict::limit));
  CHECK(once.nodes <= 21);
  CHECK(once.chosen == again.chosen);
  CHECK(once.bound == again.bound);
  CHECK(once.nodes == again.nodes);
}

TEST_CASE("a gap ends the search early with a bound that keeps its word", "[glpk]") {
  problem p = strongly_correlated(8, 4, 13);
  p.capacity.setConstant(60);
  const solution exact = solve(p, makespan);
  REQUIRE(exact.verdict == verdict::optimal);
  const solution near = solve(p, makespan, limits{.gap = 0.1});
  REQUIRE(near.verdict == verdict::optimal);
  CHECK(near.nodes <= exact.nodes);
  CHECK(near.objective - near.bound <= 0.1 * near.objective);
  CHECK(near.bound <= exact.objective);
  CHECK(near.objective >= exact.objective);
}

TEST_CASE("a stop request ends the search", "[glpk]") {
  const problem p = strongly_correlated(100, 20, 14);
  std::stop_source before;
  before.request_stop();
  const solution none = solve(p, makespan, limits{.stop = before.get_token()});
  CHECK((none.verdict == verdict::feasible || none.verdict == verdict::limit));
  CHECK(none.nodes <= 1);

  std::stop_source during;
  std::jthread other([&during] {
    std::this_thread::sleep_for(milliseconds(100));
    during.request_stop();
  });
  const solution some =
      solve(p, makespan, limits{.time = std::chrono::seconds(60), .stop = during.get_token()});
  CHECK((some.verdict == verdict::feasible || some.verdict == verdict::limit));
  CHECK(some.seconds < 5);
}

TEST_CASE("a limit that ends the explanation leaves the proof", "[glpk]") {
  problem p(2, 2);
  p.require = requirement{quality_rule::sum, 3};
  const solution s = solve(p, weighted{}, limits{.nodes = 0});
  CHECK((s.verdict == verdict::infeasible || s.verdict == verdict::limit));
}
