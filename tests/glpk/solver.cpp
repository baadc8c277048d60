// SPDX-License-Identifier: BSL-1.0
#include "shoal/glpk/solver.hpp"

#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <limits>
#include <string>

#include "assign/read_instance.hpp"
#include "catch.hpp"

using namespace shoal::assign;
using shoal::invalid_problem;
namespace inner = shoal::glpk::detail;

namespace {

const shoal::glpk::solver solve{};

/// Bytes that `act` writes to standard output.
template <class Act>
long written_by(Act act) {
  std::fflush(stdout);
  std::FILE* caught = std::tmpfile();
  const int terminal = dup(1);
  dup2(fileno(caught), 1);
  act();
  std::fflush(stdout);
  dup2(terminal, 1);
  close(terminal);
  std::fseek(caught, 0, SEEK_END);
  const long size = std::ftell(caught);
  std::fclose(caught);
  return size;
}

}  // namespace

TEST_CASE("published and generated instances reach their known optima", "[glpk]") {
  CHECK(solve(oracle::read_generalised("c05100.txt"), weighted{1, 0}).objective == 1931);
  CHECK(solve(oracle::read_with_quality("d05100_c70.txt"), weighted{1, 1}).objective == 7698);
  CHECK(solve(oracle::read_with_quality("real_20x10.txt"), weighted{1, 1}).objective == 2643);
  CHECK(solve(oracle::read_with_quality("uncor_20x10.txt"), weighted{1, 1}).objective == 9636);
}

TEST_CASE("an infeasible problem says which requirement and the best that can be reached", "[glpk]") {
  problem p(2, 3);
  p.model_names = {"phi-3", "qwen"};
  p.subtask_names = {"biology", "law", "physics"};
  p.compatibility << 0.5, 0.25, 0.5, 0.25, 0.5, 0.25;
  p.require = requirement{quality_rule::mean, 0.75};
  solution s = solve(p, weighted{});
  CHECK(s.verdict == verdict::infeasible);
  CHECK(!s);
  CHECK(s.chosen.empty());
  CHECK(s.because ==
        "quality by the rule mean must be at least 0.75, but no plan that fits reaches more than 0.5");
  CHECK(*s.best == 0.5);

  p.capacity << 1, 1;
  s = solve(p, weighted{});
  CHECK(s.because == "the capacities hold only 2 of the 3 subtasks at once");
  CHECK(*s.best == 2);

  p.replicas[1] = 3;
  CHECK(solve(p, weighted{}).because == "subtask \"law\" asks for 3 models, but only 2 can be had");

  p = problem(1, 2);
  p.time_s << 1, 2;
  s = solve(p, epsilon{criterion::energy, 2.5});
  CHECK(s.because == "time must be at most 2.5, but no plan that is good enough needs less than 3");
  CHECK(*s.best == 3);
}

TEST_CASE("no subtasks are a plan that costs nothing", "[glpk]") {
  const solution s = solve(problem(2, 0), weighted{});
  CHECK(s.verdict == verdict::optimal);
  CHECK(s.objective == 0);
  CHECK(s.solver == "glpk");
  CHECK(solve(problem(0, 1), weighted{}).verdict == verdict::infeasible);
}

TEST_CASE("whatever would make GLPK abort or err is refused first", "[glpk]") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double inf = std::numeric_limits<double>::infinity();
  const problem good(2, 2);
  for (const double bad : {nan, inf, -inf}) {
    problem p = good;
    p.energy_j(1, 1) = bad;
    CHECK_THROWS_AS(solve(p, weighted{}), invalid_problem);
    p = good;
    p.compatibility(0, 0) = bad;
    CHECK_THROWS_AS(solve(p, weighted{}), invalid_problem);
    p = good;
    p.load(0, 1) = bad;
    CHECK_THROWS_AS(solve(p, weighted{}), invalid_problem);
    p = good;
    p.count[0] = bad;
    CHECK_THROWS_AS(solve(p, weighted{}), invalid_problem);
    CHECK_THROWS_AS(solve(good, weighted{bad, 1}), invalid_problem);
    CHECK_THROWS_AS(solve(good, epsilon{criterion::time, bad}), invalid_problem);
    p = good;
    p.require = requirement{quality_rule::sum, bad};
    CHECK_THROWS_AS(solve(p, weighted{}), invalid_problem);
  }
  problem p = good;
  p.capacity[0] = -1;
  CHECK_THROWS_AS(solve(p, weighted{}), invalid_problem);
  p = good;
  p.time_s.resize(2, 3);
  CHECK_THROWS_AS(solve(p, weighted{}), invalid_problem);
  p = problem(1, 1);
  p.energy_j(0, 0) = p.count[0] = 1e200;
  CHECK_THROWS_AS(solve(p, weighted{}), invalid_problem);
  p = problem(1, 1);
  p.time_s(0, 0) = 1e200;
  CHECK_THROWS_AS(solve(p, weighted{1, 1e200}), invalid_problem);
  p = problem(1, 1);
  p.require = requirement{quality_rule::mean, 1e200};
  p.count[0] = 1e200;
  CHECK_THROWS_AS(solve(p, weighted{}), invalid_problem);
  CHECK_THROWS_AS(inner::check_size(100000, 1000), invalid_problem);
  CHECK_THROWS_AS(solve(good, weighted{}, limits{.gap = nan}), invalid_problem);
  CHECK_THROWS_AS(solve(good, weighted{}, limits{.time = std::chrono::seconds(0)}), invalid_problem);
}

TEST_CASE("what a problem says of pairs that are not allowed does not matter", "[glpk]") {
  problem p(2, 1);
  p.allowed(0, 0) = false;
  p.compatibility(0, 0) = p.energy_j(0, 0) = p.time_s(0, 0) = std::numeric_limits<double>::quiet_NaN();
  p.energy_j(1, 0) = 3;
  p.require = requirement{quality_rule::mean, 2};
  CHECK(*solve(p, weighted{}).best == 1);
  p.require.reset();
  CHECK(solve(p, weighted{}).objective == 3);
}

TEST_CASE("figures at the ends of the range of doubles neither abort nor mislead", "[glpk]") {
  constexpr double huge = 1e307;
  constexpr double tiny = std::numeric_limits<double>::denorm_min();
  problem p(2, 2);
  p.energy_j << huge, tiny, tiny, huge;
  p.load << huge, 1, 1, tiny;
  p.capacity << huge, 2;
  const solution s = solve(p, weighted{1, 0});
  CHECK(s.verdict == verdict::optimal);
  CHECK(s.chosen == plan{{1}, {0}});
  p.require = requirement{quality_rule::sum, huge};
  CHECK(solve(p, weighted{1, 0}).verdict == verdict::infeasible);
  p.require = requirement{quality_rule::product, tiny};
  CHECK(solve(p, weighted{1, 0}).chosen == plan{{1}, {0}});
}

TEST_CASE("GLPK says nothing unless asked", "[glpk]") {
  problem p(3, 4);
  p.energy_j << 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8;
  p.capacity << 2, 2, 2;
  CHECK(written_by([&] { CHECK(solve(p, weighted{})); }) == 0);
  CHECK(written_by([&] { CHECK(shoal::glpk::solver{.verbose = true}(p, weighted{})); }) > 0);
}

TEST_CASE("a failure inside GLPK ends the search, not the process", "[glpk]") {
  // A row of an index that does not exist, which the formulation never makes, stands in for a fault of GLPK.
  inner::program broken;
  broken.add_column(true);
  broken.add_row(1, inner::program::infinity, {{1, 2}});
  broken.column_of.back() = 7;
  long written = 0;
  inner::on_own_thread([&] {
    inner::environment env(false);
    budget all{limits{}};
    inner::search s(env, broken, all, [](std::vector<double>&) { return true; }, {});
    written = written_by([&] { CHECK(s.run(0) == inner::ending::cut); });
    CHECK(s.best().empty());

    inner::program sound;
    sound.cost[static_cast<std::size_t>(sound.add_column(true))] = 1;
    sound.add_row(1, inner::program::infinity, {{1, 2}});
    inner::search next(env, sound, all, [](std::vector<double>&) { return true; }, {});
    CHECK(next.run(0) == inner::ending::proven);
    CHECK(next.best() == std::vector<double>{0, 1});
  });
  CHECK(written == 0);
}

TEST_CASE("what the judge throws comes out of the search", "[glpk]") {
  inner::program p;
  p.add_column(true);
  p.add_row(1, inner::program::infinity, {{1, 2}});
  inner::environment env(false);
  budget all{limits{}};
  inner::search s(env, p, all, [](std::vector<double>&) -> bool { throw std::bad_alloc(); }, {});
  CHECK_THROWS_AS(s.run(0), std::bad_alloc);
  CHECK_THROWS_AS(inner::on_own_thread([] { throw std::bad_alloc(); }), std::bad_alloc);
}
