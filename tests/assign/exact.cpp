// SPDX-License-Identifier: BSL-1.0
#include "shoal/assign/exact.hpp"

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stop_token>
#include <thread>

#include "assign/brute_force.hpp"
#include "assign/mmlu_pro.hpp"
#include "assign/random_instance.hpp"
#include "assign/read_instance.hpp"
#include "catch.hpp"

using namespace shoal::assign;

namespace {

using seconds = std::chrono::duration<double>;

/// One answer of the exact solver against the oracle's.
void check_against_brute_force(const oracle::instance& t) {
  const oracle::answer expected = oracle::brute_force(t.p, t.o);
  const solution s = exact{}(t.p, t.o);
  INFO(t.name << ": " << s.because);
  REQUIRE(s.solver == "exact");
  if (!expected.feasible()) {
    REQUIRE(s.verdict == verdict::infeasible);
    REQUIRE(s.chosen.empty());
    REQUIRE_FALSE(s.because.empty());
    REQUIRE(s.best.has_value());
    REQUIRE(std::abs(*s.best - expected.best) <= 1e-9 * std::max(1.0, std::abs(expected.best)));
    return;
  }
  REQUIRE(s.verdict == verdict::optimal);
  REQUIRE(violation(t.p, t.o, s.chosen).value_or("") == "");
  REQUIRE(std::abs(s.objective - expected.objective) <= 1e-9 * expected.objective);
  REQUIRE(s.bound <= s.objective);
  REQUIRE(s.bound >= s.objective * (1 - 1e-9));
  REQUIRE(std::abs(oracle::second_figure(t.o, s) - expected.second) <= 1e-9 * std::max(1.0, expected.second));
  const solution again = evaluate(t.p, t.o, s.chosen);
  REQUIRE(s.objective == again.objective);
  REQUIRE(s.energy_j == again.energy_j);
  REQUIRE(s.time_s == again.time_s);
  REQUIRE((s.load == again.load).all());
}

/// A problem that takes the search far longer than any limit that is tried on it.
problem hard_problem() {
  shoal::random_engine engine(3);
  problem p(12, 60);
  for (Eigen::Index k = 0; k < 60; ++k) {
    for (Eigen::Index i = 0; i < 12; ++i) {
      // Cost falls as load grows, and capacities are tight: the instances known as type D.
      p.load(i, k) = 1 + static_cast<double>(shoal::uniform_below(engine, 100));
      p.energy_j(i, k) = 111 - p.load(i, k) + static_cast<double>(shoal::uniform_below(engine, 21)) - 10;
    }
  }
  p.capacity = 0.8 * p.load.rowwise().sum() / 12;
  return p;
}

/// Every combination with one of the five quality rules, none being the first.
void check_rule_against_brute_force(std::size_t rule) {
  for (std::size_t c = rule; c < oracle::combinations; c += 5)
    check_against_brute_force(oracle::random_instance(c, 41));
}

}  // namespace

TEST_CASE("the exact solver agrees with brute force where no quality is asked for", "[assign]") {
  check_rule_against_brute_force(0);
}

TEST_CASE("the exact solver agrees with brute force on the rule sum", "[assign]") {
  check_rule_against_brute_force(1);
}

TEST_CASE("the exact solver agrees with brute force on the rule mean", "[assign]") {
  check_rule_against_brute_force(2);
}

TEST_CASE("the exact solver agrees with brute force on the rule each", "[assign]") {
  check_rule_against_brute_force(3);
}

TEST_CASE("the exact solver agrees with brute force on the rule product", "[assign]") {
  check_rule_against_brute_force(4);
}

TEST_CASE("the exact solver agrees with brute force where subtasks hand data on", "[assign]") {
  for (std::size_t c = 0; c < oracle::combinations; ++c)
    check_against_brute_force(oracle::linked_instance(c, 43));
}

TEST_CASE("the least energies of the MMLU-Pro fleet are reproduced to the last printed digit", "[assign]") {
  std::size_t infeasible = 0;
  oracle::each_mmlu_pro_anchor([&](const problem& p, const std::vector<std::string>& known) {
    const solution s = exact{}(p, weighted{1, 0});
    INFO(known[0] << " models at " << known[1] << " in " << s.seconds << " s");
    if (known[2].empty()) {
      ++infeasible;
      CHECK(s.verdict == verdict::infeasible);
      // The best small model of each subject, as the data's own notes say.
      CHECK(oracle::detail::prints_as(*s.best, "0.465"));
      return;
    }
    REQUIRE(s.verdict == verdict::optimal);
    CHECK(oracle::detail::prints_as(s.energy_j / p.count.sum(), known[2]));
    CHECK(oracle::detail::prints_as(s.compatibility.mean, known[3]));
    for (std::size_t k = 0; k < p.subtasks(); ++k) CHECK(p.model_names[s.chosen[k][0]] == known[4 + k]);
  });
  CHECK(infeasible == 5);
}

TEST_CASE("published instances are solved to their known optima", "[assign]") {
  CHECK(exact{}(oracle::read_with_quality("real_20x10.txt")).objective == 2643);
  CHECK(exact{}(oracle::read_with_quality("uncor_20x10.txt")).objective == 9636);
}

TEST_CASE("a search tells of each better plan and bound, up to what it answers", "[assign]") {
  problem linked = oracle::linked_instance(7, 3).p;
  problem mixed = hard_problem();
  mixed.survival[0] = 0.5;
  mixed.failure_probability = 0.1;
  for (const problem& p : {hard_problem(), mixed, oracle::read_with_quality("real_20x10.txt"), linked}) {
    std::vector<search_progress> told;
    const solution s = exact{}(p, {}, limits{.nodes = 300, .see = [&](const search_progress& at) { told.push_back(at); }});
    REQUIRE(s);
    INFO(s.engine);
    REQUIRE_FALSE(told.empty());
    for (std::size_t n = 1; n < told.size(); ++n) {
      CHECK(told[n].objective <= told[n - 1].objective);
      CHECK(told[n].bound >= told[n - 1].bound);
      CHECK((told[n].objective < told[n - 1].objective || told[n].bound > told[n - 1].bound));
      CHECK(told[n].seconds >= told[n - 1].seconds);
    }
    CHECK(told.back().objective == Approx(s.objective));
    CHECK(told.back().bound <= s.bound + 1e-9 * std::abs(s.bound));
  }
}

TEST_CASE("whoever sees enough may stop a search", "[assign]") {
  std::stop_source enough;
  const solution s = exact{}(hard_problem(), {}, limits{.stop = enough.get_token(), .see = [&](const search_progress& at) {
                                                          if (at.objective < 1e9) enough.request_stop();
                                                        }});
  CHECK(s.verdict == verdict::feasible);
}

TEST_CASE("subtasks that do not depend on each other are answered at the first node", "[assign]") {
  shoal::random_engine engine(8);
  problem p(30, 50);
  for (double& e : p.energy_j.reshaped()) e = shoal::uniform_01(engine);
  for (double& t : p.time_s.reshaped()) t = shoal::uniform_01(engine);
  for (double& c : p.compatibility.reshaped()) c = shoal::uniform_01(engine);
  p.replicas.assign(50, 3);
  const solution free = exact{}(p);
  CHECK(free.verdict == verdict::optimal);
  CHECK(free.nodes == 1);
  double sum = 0;
  for (Eigen::Index k = 0; k < 50; ++k) {
    shoal::vector cost = p.energy_j.col(k) + p.time_s.col(k);
    std::sort(cost.begin(), cost.end());
    sum += cost.head(3).sum();
  }
  CHECK(free.objective == Approx(sum).epsilon(1e-12));
  p.require = requirement{quality_rule::each, 0.5};
  const solution good = exact{}(p);
  CHECK(good.verdict == verdict::optimal);
  CHECK(good.nodes == 1);
  CHECK(good.compatibility.min >= 0.5);
}

TEST_CASE("of equal plans the one of the lowest indices is found", "[assign]") {
  problem p(4, 3);
  p.energy_j.setConstant(1);
  CHECK(exact{}(p).chosen == plan{{0}, {0}, {0}});
  p.replicas = {2, 1, 3};
  CHECK(exact{}(p).chosen == plan{{0, 1}, {0}, {0, 1, 2}});
  p.allowed(0, 1) = false;
  CHECK(exact{}(p).chosen[1] == std::vector<std::size_t>{1});
}

TEST_CASE("problems of nothing have answers", "[assign]") {
  for (const time_rule time : {time_rule::total, time_rule::makespan}) {
    for (const goal& way : {goal(weighted{}), goal(epsilon{}), goal(lexicographic{}), goal(chebyshev{})}) {
      const objective o(way, time);
      problem empty(3, 0);
      empty.capacity.setConstant(1);
      empty.require = requirement{quality_rule::sum, 5};
      const solution done = exact{}(empty, o);
      CHECK(done.verdict == verdict::optimal);
      CHECK(done.objective == 0);
      CHECK(done.chosen.empty());
      CHECK(exact{}(problem(), o).verdict == verdict::optimal);
      const solution nobody = exact{}(problem(0, 2), o);
      CHECK(nobody.verdict == verdict::infeasible);
      CHECK(*nobody.best == 0);
    }
  }
}

TEST_CASE("bad input is refused before anything runs", "[assign]") {
  problem p(1, 1);
  CHECK_THROWS_AS(exact{}(p, weighted{-1, 0}), shoal::invalid_problem);
  CHECK_THROWS_AS(exact{}(p, {}, limits{.gap = -1}), shoal::invalid_problem);
  p.energy_j(0, 0) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(exact{}(p), shoal::invalid_problem);
}

TEST_CASE("a pair that is not allowed may hold any figure", "[assign]") {
  constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
  for (const auto rule : {quality_rule::sum, quality_rule::mean, quality_rule::each, quality_rule::product}) {
    for (const double wanted : {0.25, 0.9}) {
      problem p(3, 2);
      p.compatibility << 0.5, 0.5, no_number, 0.75, 0.25, no_number;
      p.energy_j << 2, 2, no_number, 1, 1, no_number;
      p.time_s = p.energy_j;
      p.load = p.energy_j;
      p.capacity.setConstant(100);
      p.allowed << true, true, false, true, true, false;
      p.require = requirement{rule, wanted};
      for (const objective& o :
           {objective(weighted{}), objective(chebyshev{}, time_rule::makespan), objective(lexicographic{})}) {
        const solution s = exact{}(p, o);
        CHECK(s.verdict != verdict::limit);
        if (s) CHECK_FALSE(violation(p, o, s.chosen));
        if (!s) CHECK(std::isfinite(*s.best));
      }
    }
  }
}

TEST_CASE("a time limit is kept, with a plan, a bound and no claim of proof", "[assign]") {
  const problem p = hard_problem();
  const auto start = std::chrono::steady_clock::now();
  const solution s = exact{}(p, {}, limits{.time = seconds(0.2)});
  const double took = seconds(std::chrono::steady_clock::now() - start).count();
  CHECK(took < 3);
  REQUIRE(s.verdict == verdict::feasible);
  CHECK_FALSE(violation(p, {}, s.chosen));
  CHECK(s.bound > 0.9 * s.objective);
  CHECK(s.bound < s.objective);
  CHECK(s.seconds <= took);
}

TEST_CASE("a stop request ends the search as a time limit does", "[assign]") {
  const problem p = hard_problem();
  std::stop_source source;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    source.request_stop();
  });
  const solution s = exact{}(p, {}, limits{.time = seconds(20), .stop = source.get_token()});
  CHECK(s.seconds < 5);
  CHECK(s.verdict == verdict::feasible);
  CHECK(exact{}(p, {}, limits{.stop = source.get_token()}).verdict == verdict::limit);
}

TEST_CASE("a node limit is kept to the node, and the same limit gives the same plan", "[assign]") {
  const problem p = hard_problem();
  CHECK(exact{}(p, {}, limits{.nodes = 0}).verdict == verdict::limit);
  for (const std::size_t nodes : {1U, 100U, 10'000U}) {
    const solution one = exact{}(p, {}, limits{.nodes = nodes});
    const solution two = exact{}(p, {}, limits{.nodes = nodes});
    CHECK(one.nodes <= nodes);
    CHECK(one.verdict == two.verdict);
    CHECK(one.chosen == two.chosen);
    CHECK(one.objective == two.objective);
    CHECK(one.bound == two.bound);
    CHECK(one.nodes == two.nodes);
    if (one) CHECK(one.bound <= one.objective);
  }
}

TEST_CASE("a gap is proven, and never less", "[assign]") {
  const problem p = oracle::read_generalised("c05100.txt");  // its optimum is 1931
  for (const double gap : {0.05, 0.01}) {
    const solution s = exact{}(p, {}, limits{.gap = gap});
    REQUIRE(s.verdict == verdict::optimal);
    CHECK(s.objective >= 1931);
    CHECK(s.bound <= 1931);
    CHECK(s.objective - s.bound <= gap * s.objective * (1 + 1e-12));
  }
  CHECK(exact{}(hard_problem(), {}, limits{.gap = 10}).verdict == verdict::optimal);
}

TEST_CASE("infeasible within a limit stays infeasible, with or without the reason", "[assign]") {
  problem p(2, 6);
  p.load.setConstant(2);
  p.capacity << 5, 3;
  const solution s = exact{}(p);
  CHECK(s.verdict == verdict::infeasible);
  CHECK(*s.best == 3);
  CHECK(s.because == "the capacities hold only 3 of the 6 subtasks at once");
  for (std::size_t nodes = 0; nodes < 20; ++nodes) {
    const solution cut = exact{}(p, {}, limits{.nodes = nodes});
    CHECK((cut.verdict == verdict::infeasible || cut.verdict == verdict::limit));
    if (cut.verdict == verdict::infeasible) CHECK_FALSE(cut.because.empty());
    if (cut.best) CHECK(*cut.best == 3);
  }
}

TEST_CASE("many replicas of many models need no list of all their sets", "[assign]") {
  // 40 models choose 8 is 77 million sets for each subtask.
  shoal::random_engine engine(12);
  problem p(40, 6);
  for (double& e : p.energy_j.reshaped()) e = 1 + shoal::uniform_01(engine);
  for (double& c : p.compatibility.reshaped()) c = shoal::uniform_01(engine);
  p.replicas.assign(6, 8);
  p.require = requirement{quality_rule::mean, 0.7};
  const solution s = exact{}(p, weighted{1, 0}, limits{.time = seconds(10), .gap = 1e-3});
  CHECK(s.verdict == verdict::optimal);
  CHECK_FALSE(violation(p, weighted{1, 0}, s.chosen));
}

TEST_CASE("a survival target takes as many models as it needs, and more where quality asks", "[assign]") {
  problem p(4, 1);
  p.failure_probability << 0.1, 0.1, 0.1, 0.01;
  p.energy_j << 1, 1, 1, 2.5;
  p.survival[0] = 0.99;
  CHECK(exact{}(p).chosen == plan{{0, 1}});  // 2 J for 1 - 0.1 x 0.1
  p.energy_j(3, 0) = 1.5;
  CHECK(exact{}(p).chosen == plan{{3}});
  p.compatibility << 1, 1, 1, 1;
  p.require = requirement{quality_rule::sum, 3};
  CHECK(exact{}(p).chosen == plan{{0, 1, 2}});
}
