// SPDX-License-Identifier: BSL-1.0
#include <cmath>
#include <string>

#include "assign/read_instance.hpp"
#include "catch.hpp"
#include "shoal/assign/exact.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::assign;

namespace {

/// Figures with two decimals, as a user writes them.
problem random_problem(random_engine& engine, std::size_t models, std::size_t subtasks, bool fractions) {
  problem p(models, subtasks);
  const auto number = [&](std::uint64_t most) {
    const auto whole = static_cast<double>(1 + uniform_below(engine, most));
    return fractions ? uniform_01(engine) * static_cast<double>(most) : whole / 100;
  };
  for (Eigen::Index k = 0; k < p.compatibility.cols(); ++k) {
    if (uniform_below(engine, 3) == 0) p.count[k] = 1 + static_cast<double>(uniform_below(engine, 4));
    for (Eigen::Index i = 0; i < p.compatibility.rows(); ++i) {
      p.compatibility(i, k) = 0.01 * static_cast<double>(1 + uniform_below(engine, 100));
      p.energy_j(i, k) = number(800) + 3 * p.compatibility(i, k);
      p.time_s(i, k) = number(500);
      if (uniform_below(engine, 10) == 0) p.allowed(i, k) = i == 0;
    }
  }
  return p;
}

/// The general engine, whatever the structure.
search_result by_branch_and_bound(const problem& p, const objective& o) {
  budget left{limits{}};
  const program what = first_program(p, o);
  return branch_and_bound(what, left, [&](const plan& x) { return !violation(p, o, x); }).run();
}

}  // namespace

TEST_CASE("the engine follows from the structure of the problem and is named", "[assign]") {
  problem p(3, 4);
  for (Eigen::Index e = 0; e < 12; ++e)
    p.energy_j.data()[e] = p.time_s.data()[e] = static_cast<double>(e % 5);
  const auto engine = [&](const objective& o) {
    const solution s = exact{}(p, o);
    CHECK(s.solver == "exact");
    CHECK(s.verdict == verdict::optimal);
    return s.engine;
  };
  CHECK(engine(weighted{1, 1}) == "knapsack");
  CHECK(engine(epsilon{criterion::time, 9}) == "knapsack");
  CHECK(engine(lexicographic{criterion::energy}) == "knapsack");
  CHECK(engine(chebyshev{1, 1}) == "branch and bound");
  CHECK(engine({weighted{1, 1}, time_rule::makespan}) == "branch and bound");
  CHECK(engine({weighted{1, 0}, time_rule::makespan}) == "knapsack");
  p.require = {quality_rule::mean, 0.5};
  CHECK(engine(weighted{1, 1}) == "knapsack");
  CHECK(engine(epsilon{criterion::time, 9}) == "branch and bound");
  p.capacity[1] = 9;  // never reached
  CHECK(engine(weighted{1, 1}) == "knapsack");
  p.capacity[1] = 1;
  CHECK(engine(weighted{1, 1}) == "generalised assignment");
  CHECK(engine(epsilon{criterion::time, 9}) == "generalised assignment");
  p.replicas[2] = 2;
  CHECK(engine(weighted{1, 1}) == "generalised assignment");
  p.survival[2] = 0.5;
  CHECK(engine(weighted{1, 1}) == "branch and bound");
}

TEST_CASE("the knapsack engine and the general one agree on problems too large to try every plan",
          "[assign]") {
  random_engine engine(11);
  for (int round = 0; round < 40; ++round) {
    problem p =
        random_problem(engine, 3 + uniform_below(engine, 6), 8 + uniform_below(engine, 12), round % 4 == 3);
    objective o = weighted{1, static_cast<double>(uniform_below(engine, 3))};
    const double part = 0.3 + 0.6 * uniform_01(engine);
    const vector best = p.compatibility.colwise().maxCoeff();
    if (round % 4 == 0) p.require = {quality_rule::sum, part * (best * p.count).sum()};
    if (round % 4 == 1) p.require = {quality_rule::mean, part * best.mean()};
    if (round % 4 == 2) p.require = {quality_rule::product, std::pow(part, 8.0)};
    if (round % 4 == 3)
      o = epsilon{criterion::energy, part * (p.time_s.colwise().mean().transpose() * p.count).sum()};
    const search_result general = by_branch_and_bound(p, o);
    REQUIRE(general.proven);
    const solution s = exact{}(p, o);
    INFO("round " << round);
    REQUIRE(s.engine == "knapsack");
    REQUIRE((s.verdict == verdict::optimal) == general.chosen.has_value());
    if (!general.chosen) continue;
    REQUIRE(std::abs(s.objective - general.value) <= 1e-9 * general.value);
    REQUIRE(s.bound <= s.objective);
    REQUIRE(s.bound >= s.objective * (1 - 1e-9));
    REQUIRE(!violation(p, o, s.chosen));
  }
}

TEST_CASE("lexicographic is one knapsack where figures are whole, and agrees with two searches", "[assign]") {
  random_engine engine(12);
  int ties = 0;
  for (int round = 0; round < 30; ++round) {
    problem p = random_problem(engine, 3 + uniform_below(engine, 4), 6 + uniform_below(engine, 6), false);
    // Few values, so that there are ties to break.
    p.energy_j = (p.energy_j / 2).ceil();
    const vector best = p.compatibility.colwise().maxCoeff();
    p.require = {quality_rule::sum, (0.5 + 0.4 * uniform_01(engine)) * (best * p.count).sum()};
    const objective o = lexicographic{criterion::energy};
    const search_result first = by_branch_and_bound(p, o);
    const auto form = knapsack_form_of(p, o);
    REQUIRE(form.has_value());
    budget left{limits{}};
    const auto admits = [&](const plan& x) { return !violation(p, o, x); };
    knapsack_search<> search;
    const auto found = search.run(*form, left, admits);
    REQUIRE(found.has_value());
    REQUIRE(found->ties_broken);
    REQUIRE(found->chosen.has_value() == first.chosen.has_value());
    if (!first.chosen) continue;
    REQUIRE(found->value == Approx(first.value).epsilon(1e-12));
    REQUIRE(found->bound == Approx(first.value).epsilon(1e-12));
    const auto second = second_program(p, o, first.value);
    const search_result then = branch_and_bound(*second, left, admits).run(*first.chosen);
    const solution s = exact{}(p, o);
    REQUIRE(s.verdict == verdict::optimal);
    REQUIRE(s.energy_j == Approx(first.value).epsilon(1e-12));
    REQUIRE(s.time_s == Approx(then.value).epsilon(1e-12));
    ties += evaluate(p, o, *first.chosen).time_s > s.time_s + 1e-9 ? 1 : 0;
  }
  CHECK(ties > 0);
}

TEST_CASE("the exact solver finds the optima of the published families", "[assign]") {
  const std::pair<const char*, double> published[] = {
      {"real_20x10", 2643},   {"uncor_20x10", 9636},   {"wcor_20x10", 25369},   {"scor_20x10", 65700},
      {"real_100x20", 13718}, {"uncor_100x20", 40692}, {"wcor_100x20", 134473}, {"scor_100x20", 690878}};
  for (const auto& each : published) {
    const problem p = oracle::read_with_quality(std::string(each.first) + ".txt");
    const solution s = exact{}(p, weighted{1, 1});
    INFO(each.first);
    CHECK(s.verdict == verdict::optimal);
    CHECK(s.objective == each.second);
    CHECK(s.bound == each.second);
    CHECK(s.multipliers.size() == 1);
    // In tenths of a joule the answer is the same plan's.
    problem tenths = p;
    tenths.energy_j *= 0.1;
    tenths.time_s *= 0.1;
    CHECK(exact{}(tenths, weighted{1, 1}).objective == Approx(0.1 * each.second).epsilon(1e-12));
  }
}

TEST_CASE("the product of compatibilities is met exactly where it can just be met", "[assign]") {
  problem p(2, 30);
  for (Eigen::Index k = 0; k < 30; ++k) {
    p.compatibility(0, k) = 0.9;
    p.compatibility(1, k) = 0.99;
    p.energy_j(0, k) = 1;
    p.energy_j(1, k) = 2;
  }
  // Ten of the good model and twenty of the other, and not one more.
  p.require = {quality_rule::product, std::pow(0.99, 10) * std::pow(0.9, 20)};
  const solution s = exact{}(p, weighted{1, 0});
  CHECK(s.engine == "knapsack");
  CHECK(s.verdict == verdict::optimal);
  CHECK(s.objective == 40);
  p.require->at_least *= 1.0001;
  CHECK(exact{}(p, weighted{1, 0}).objective == 41);
}

TEST_CASE("a knapsack search that is cut short keeps its best plan and a bound", "[assign]") {
  const problem p = oracle::read_with_quality("scor_20x10.txt");
  const solution cut = exact{}(p, weighted{1, 1}, {.nodes = 1});
  CHECK(cut.verdict == verdict::feasible);
  CHECK(cut.objective >= 65700);
  CHECK(cut.bound <= 65700);
  CHECK(cut.bound > 65600);
  const solution rough = exact{}(p, weighted{1, 1}, {.gap = 0.01});
  CHECK(rough.verdict == verdict::optimal);
  CHECK(rough.bound >= rough.objective * 0.99);
}
