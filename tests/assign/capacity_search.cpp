// SPDX-License-Identifier: BSL-1.0
#include "shoal/assign/capacity_search.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "assign/brute_force.hpp"
#include "assign/random_instance.hpp"
#include "assign/read_instance.hpp"
#include "catch.hpp"
#include "shoal/assign/exact.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::assign;

namespace {

/// Few models, tight capacities; figures are whole, hundredths or any.
problem tight_problem(random_engine& engine, std::size_t models, std::size_t subtasks, int kind) {
  problem p(models, subtasks);
  const auto number = [&](double most) {
    const double x = most * uniform_01(engine);
    return kind == 0 ? std::ceil(x) : kind == 1 ? std::ceil(100 * x) / 100 : x;
  };
  for (Eigen::Index k = 0; k < p.load.cols(); ++k) {
    for (Eigen::Index i = 0; i < p.load.rows(); ++i) {
      p.load(i, k) = number(9);
      p.energy_j(i, k) = 2 + number(20) - p.load(i, k) / 9;
      p.compatibility(i, k) = number(10);
      if (uniform_below(engine, 8) == 0) p.allowed(i, k) = i == k % p.load.rows();
    }
  }
  const double share = 0.7 + 0.5 * uniform_01(engine);
  for (Eigen::Index i = 0; i < p.load.rows(); ++i)
    p.capacity[i] = std::ceil(100 * share * p.load.row(i).sum() / static_cast<double>(models)) / 100;
  return p;
}

const auto any = [](const plan&) { return true; };

/// The bound that prices of the program's rows give, computed from the figures alone; all that anyone needs
/// to verify it.
long double bound_of(const program& p, const std::vector<double>& prices) {
  long double bound = 0;
  for (std::size_t r = 0; r < p.rows(); ++r)
    bound -= static_cast<long double>(prices[r]) * static_cast<long double>(p.bound[r]);
  for (std::size_t k = 0; k < p.subtasks(); ++k) {
    std::vector<long double> priced;
    for (std::size_t i = 0; i < p.models(); ++i) {
      if (!p.open.data()[p.pair(i, k)]) continue;
      long double cost = p.cost.data()[p.pair(i, k)];
      for (const coupling& c : p.couplings)
        cost += static_cast<long double>(prices[program::row(c, i)]) * c.use.data()[p.pair(i, k)];
      priced.push_back(cost);
    }
    std::sort(priced.begin(), priced.end());
    for (std::size_t r = 0; r < p.demands[k].replicas; ++r) bound += priced[r];
  }
  return bound;
}

}  // namespace

TEST_CASE("under capacities the engine finds the best of all plans, in floats and in doubles", "[assign]") {
  random_engine engine(21);
  int none = 0;
  for (int round = 0; round < 300; ++round) {
    problem p = tight_problem(engine, 2 + uniform_below(engine, 3), 3 + uniform_below(engine, 4), round % 3);
    if (round % 2 == 0)
      p.require = {quality_rule::mean, (0.4 + 0.5 * uniform_01(engine)) * p.compatibility.maxCoeff()};
    if (round % 5 == 0) p.replicas[0] = 2;
    const objective o = weighted{1, 0};
    const oracle::answer expected = oracle::brute_force(p, o);
    const program what = first_program(p, o);
    const auto form = capacity_form_of(what);
    INFO("round " << round);
    if (!form) continue;  // no capacity binds
    budget left{limits{}};
    const search_result single = capacity_search<float>(what, *form, left, any).run();
    const search_result twice = capacity_search<double>(what, *form, left, any).run();
    for (const search_result* r : {&single, &twice}) {
      REQUIRE(r->proven);
      REQUIRE(r->chosen.has_value() == expected.feasible());
      if (!r->chosen) continue;
      REQUIRE(!violation(p, o, *r->chosen));
      REQUIRE(std::abs(r->value - expected.objective) <= 1e-9 * expected.objective);
      REQUIRE(r->bound <= r->value);
      REQUIRE(r->bound >= r->value * (1 - 1e-9));
    }
    none += expected.feasible() ? 0 : 1;
  }
  CHECK(none > 10);
  CHECK(none < 200);
}

TEST_CASE("what the relaxation says of a pair bounds every plan with it, and without it", "[assign]") {
  random_engine engine(22);
  int tight = 0;
  for (int round = 0; round < 40; ++round) {
    problem p = tight_problem(engine, 3, 5, round % 3);
    if (round % 2 == 0) p.require = {quality_rule::sum, 0.5 * p.compatibility.sum() / 3};
    const objective o = weighted{1, 0};
    const auto form = capacity_form_of(first_program(p, o));
    if (!form || !oracle::brute_force(p, o).feasible()) continue;
    capacity_state<> root(*form);
    if (!root.narrow(*form)) continue;
    capacity_relaxation<double> relaxed(*form);
    relaxed.look_at(root);
    const double far = std::numeric_limits<double>::infinity();
    const double risen = relaxed.ascend(root, far, 200 * form->factor, {.steps = 60}, [&] { return far; });
    const double bound = relaxed.find_rises(root);
    REQUIRE(bound == Approx(risen).epsilon(1e-12));
    for (std::size_t k = 0; k < p.subtasks(); ++k) {
      for (std::size_t i = 0; i < p.models(); ++i) {
        const std::size_t pair = k * p.models() + i;
        if (!root.open[pair]) continue;
        const auto row = static_cast<Eigen::Index>(i);
        const auto column = static_cast<Eigen::Index>(k);
        problem with = p;
        with.allowed.col(column) = false;
        with.allowed(row, column) = true;
        problem without = p;
        without.allowed(row, column) = false;
        const auto at_most_value = [&](const problem& q, double rise) {
          const oracle::answer best = oracle::brute_force(q, o);
          if (!best.feasible()) return;
          REQUIRE(bound + rise <= best.objective * form->factor * (1 + 1e-9));
          tight += rise > 0 ? 1 : 0;
        };
        at_most_value(with, relaxed.rise_in(pair));
        at_most_value(without, relaxed.rise_out(pair));
      }
    }
  }
  CHECK(tight > 50);
}

TEST_CASE("optima of published instances with capacities are found and their prices bound them", "[assign]") {
  const std::pair<const char*, double> published[] = {
      {"c05100", 1931}, {"e05100", 12681}, {"d05100_c70", 7698}};
  for (const auto& each : published) {
    const std::string name = each.first;
    const problem p = name.find('_') == std::string::npos ? oracle::read_generalised(name + ".txt")
                                                          : oracle::read_with_quality(name + ".txt");
    const objective o = weighted{1, 1};
    const solution s = exact{}(p, o);
    INFO(name);
    CHECK(s.engine == "generalised assignment");
    REQUIRE(s.verdict == verdict::optimal);
    CHECK(s.objective == each.second);
    CHECK(s.bound == each.second);
    const program what = first_program(p, o);
    REQUIRE(s.multipliers.size() == what.rows());
    for (const double price : s.multipliers) CHECK(price >= 0);
    const long double bound = bound_of(what, s.multipliers);
    CHECK(bound <= each.second);
    CHECK(bound >= 0.99L * each.second);
  }
}

TEST_CASE("subtasks that differ in nothing are not told apart", "[assign]") {
  // 60 equal requests; without an order among them, proofs would go through their permutations.
  problem p(4, 60);
  for (Eigen::Index k = 0; k < 60; ++k) {
    p.energy_j.col(k) << 1.01, 2.03, 3.07, 9.11;
    p.compatibility.col(k) << 0.5, 0.63, 0.8, 0.9;
  }
  p.capacity << 25, 20, 18, 30;
  p.require = {quality_rule::mean, 0.68};
  // The oracle counts requests of each model.
  double least = std::numeric_limits<double>::infinity();
  for (int a = 0; a <= 25; ++a)
    for (int b = 0; b <= 20; ++b)
      for (int c = 0; c <= 18; ++c) {
        const int d = 60 - a - b - c;
        if (d < 0 || d > 30 || 0.5 * a + 0.63 * b + 0.8 * c + 0.9 * d < 60 * 0.68 - 1e-9) continue;
        least = std::min(least, 1.01 * a + 2.03 * b + 3.07 * c + 9.11 * d);
      }
  const solution s = exact{}(p, weighted{1, 0});
  CHECK(s.engine == "generalised assignment");
  REQUIRE(s.verdict == verdict::optimal);
  CHECK(s.objective == Approx(least).epsilon(1e-12));
  CHECK(s.nodes < 2000);
}

TEST_CASE("a search under capacities that is cut short keeps its best plan and a bound", "[assign]") {
  const problem p = oracle::read_generalised("c05100.txt");
  const solution cut = exact{}(p, weighted{1, 0}, {.nodes = 1});
  REQUIRE(cut.verdict == verdict::feasible);
  CHECK(cut.objective >= 1931);
  CHECK(cut.objective < 2100);
  CHECK(cut.bound <= 1931);
  CHECK(cut.bound > 1920);
  CHECK(cut.nodes <= 1);
  const solution rough = exact{}(p, weighted{1, 0}, {.gap = 0.05});
  CHECK(rough.verdict == verdict::optimal);
  CHECK(rough.nodes == 0);
  CHECK(rough.bound >= rough.objective * 0.95);
  std::stop_source stop;
  stop.request_stop();
  const solution stopped = exact{}(p, weighted{1, 0}, {.stop = stop.get_token()});
  CHECK(stopped.verdict != verdict::optimal);
  CHECK(stopped.bound <= 1931);
}

TEST_CASE("after a model is lost or added the search begins with the last answer", "[assign]") {
  random_engine engine(23);
  for (int round = 0; round < 10; ++round) {
    problem p = tight_problem(engine, 6, 30, round % 3);
    p.capacity *= 1.5;
    if (round % 2 == 0) p.require = {quality_rule::mean, 0.5 * p.compatibility.mean()};
    const objective o = weighted{1, 0};
    const solution before = exact{}(p, o);
    INFO("round " << round);
    REQUIRE(before.verdict == verdict::optimal);
    problem lost = p;
    lost.allowed.row(2) = false;
    const solution anew = exact{}(lost, o);
    const solution mended = exact{.from = &before}(lost, o);
    REQUIRE(mended.verdict == anew.verdict);
    CHECK(mended.objective == Approx(anew.objective).epsilon(1e-9));
    if (before.engine == "generalised assignment") {
      // A plan within 5 % is there before the first node.
      const solution quick = exact{.from = &before}(lost, o, {.gap = 0.05});
      CHECK(quick.verdict == verdict::optimal);
      CHECK(quick.nodes == 0);
    }
    problem more(7, 30);
    more.require = p.require;
    const auto grow = [](matrix& to, const matrix& from) { to.topRows(6) = from; };
    grow(more.energy_j, p.energy_j);
    grow(more.load, p.load);
    grow(more.compatibility, p.compatibility);
    more.allowed.topRows(6) = p.allowed;
    more.capacity.head(6) = p.capacity;
    more.capacity[6] = 10;
    more.energy_j.row(6) = 0.9 * p.energy_j.colwise().mean();
    more.compatibility.row(6) = p.compatibility.colwise().mean();
    const solution with_more = exact{.from = &before}(more, o);
    REQUIRE(with_more.verdict == verdict::optimal);
    CHECK(with_more.objective == Approx(exact{}(more, o).objective).epsilon(1e-9));
    // An answer to another problem altogether is no help and no harm.
    CHECK(exact{.from = &before}(problem(2, 3), o).verdict == verdict::optimal);
  }
}
