// SPDX-License-Identifier: BSL-1.0
#include "shoal/assign/linked_search.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "shoal/assign/exact.hpp"
#include "shoal/assign/greedy.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::assign;

namespace {

/// Whole costs of pairs and distances, at random.
problem scattered(std::size_t models, std::size_t subtasks, random_engine& engine) {
  problem p(models, subtasks);
  const auto figure = [&](std::size_t below) { return static_cast<double>(uniform_below(engine, below)); };
  for (double& x : p.energy_j.reshaped()) x = figure(30);
  for (double& x : p.time_s.reshaped()) x = figure(30);
  for (double& x : p.compatibility.reshaped()) x = figure(10);
  p.distance = matrix(p.energy_j.rows(), p.energy_j.rows());
  for (double& x : p.distance.reshaped()) x = figure(12);
  p.distance.matrix().diagonal().setZero();
  return p;
}

double at(const matrix& of, std::size_t i, std::size_t j) {
  return of(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
}

/// The least energy + time of a tree whose edges lead from a subtask to an earlier one, by the textbook.
double least_of_tree(const problem& p) {
  const std::size_t n = p.models();
  std::vector<std::vector<double>> best(p.subtasks(), std::vector<double>(n));
  for (std::size_t k = p.subtasks(); k-- > 0;) {
    for (std::size_t i = 0; i < n; ++i) best[k][i] += at(p.energy_j, i, k) + at(p.time_s, i, k);
    for (const data_edge& e : p.transfers) {
      if (e.from != k) continue;
      for (std::size_t j = 0; j < n; ++j) {
        double least = std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < n; ++i) least = std::min(least, best[k][i] + e.volume_mb * at(p.distance, i, j));
        best[e.to][j] += least;
      }
    }
  }
  return *std::min_element(best[0].begin(), best[0].end());
}

/// The least energy + time of plans of at least so much quality, by trying all; one model each.
double least_of_all(const problem& p, double quality) {
  double best = std::numeric_limits<double>::infinity();
  std::vector<std::size_t> of(p.subtasks());
  const std::function<void(std::size_t, double, double)> visit = [&](std::size_t k, double cost, double worth) {
    if (cost >= best) return;
    if (k == p.subtasks()) {
      if (worth >= quality) best = cost;
      return;
    }
    for (std::size_t i = 0; i < p.models(); ++i) {
      of[k] = i;
      double next = cost + at(p.energy_j, i, k) + at(p.time_s, i, k);
      for (const data_edge& e : p.transfers) {
        if (std::max(e.from, e.to) == k) next += e.volume_mb * at(p.distance, of[e.from], of[e.to]);
      }
      visit(k + 1, next, worth + at(p.compatibility, i, k));
    }
  };
  visit(0, 0, 0);
  return best;
}

}  // namespace

TEST_CASE("chains and trees are solved at once, however long", "[assign]") {
  random_engine engine(1);
  for (const std::size_t subtasks : {2U, 17U, 300U}) {
    for (const bool chain : {true, false}) {
      problem p = scattered(7, subtasks, engine);
      for (std::size_t k = 1; k < subtasks; ++k) {
        p.transfers.push_back({k, chain ? k - 1 : uniform_below(engine, k), 1.0 + static_cast<double>(k % 3)});
      }
      const solution s = exact{}(p);
      CHECK(s.verdict == verdict::optimal);
      CHECK(s.engine == "bucket elimination");
      CHECK(s.objective == least_of_tree(p));
      CHECK(s.bound == s.objective);
      CHECK(s.nodes <= subtasks);
    }
  }
}

TEST_CASE("graphs with cycles and a quality to reach are solved", "[assign]") {
  random_engine engine(2);
  for (int round = 0; round < 30; ++round) {
    problem p = scattered(4, 7, engine);
    for (std::size_t a = 0; a < 7; ++a) {
      for (std::size_t b = a + 1; b < 7; ++b) {
        if (uniform_below(engine, 2) == 0) p.transfers.push_back({a, b, 1});
      }
    }
    const double quality = 35 + static_cast<double>(uniform_below(engine, 12));
    p.require = {quality_rule::sum, quality};
    const solution s = exact{}(p);
    const double wanted = least_of_all(p, quality);
    if (std::isinf(wanted)) {
      CHECK(s.verdict == verdict::infeasible);
    } else {
      CHECK(s.verdict == verdict::optimal);
      CHECK(s.objective == wanted);
      CHECK(!violation(p, {}, s.chosen));
    }
  }
}

TEST_CASE("where every subtask hands to every other, buckets are split, and the answer is exact all the same",
          "[assign]") {
  random_engine engine(3);
  problem p = scattered(3, 12, engine);
  for (std::size_t a = 0; a < 12; ++a)
    for (std::size_t b = a + 1; b < 12; ++b) p.transfers.push_back({a, b, 0.5});
  const solution s = exact{}(p);
  CHECK(s.verdict == verdict::optimal);
  CHECK(s.objective == least_of_all(p, 0));
}

TEST_CASE("a search that is cut short has a plan and a bound", "[assign]") {
  random_engine engine(4);
  problem p = scattered(6, 40, engine);
  for (std::size_t a = 0; a < 40; ++a)
    for (std::size_t b = a + 1; b < 40; b += 1 + uniform_below(engine, 3)) p.transfers.push_back({a, b, 1});
  p.require = {quality_rule::sum, 200};
  const solution s = exact{}(p, {}, {.nodes = 50});
  CHECK(s.verdict == verdict::feasible);
  CHECK(s.bound > 0);
  CHECK(s.bound < s.objective);
  CHECK(!violation(p, {}, s.chosen));
  CHECK(s.objective == evaluate(p, {}, s.chosen).objective);
  CHECK(s.objective <= greedy{}(p).objective);
}

TEST_CASE("where a subtask has too many sets of models, the plan is bounded by what it costs without transfers",
          "[assign]") {
  random_engine engine(5);
  problem p = scattered(16, 3, engine);
  p.replicas = {7, 1, 1};
  p.transfers = {{0, 1, 1}, {1, 2, 1}};
  const solution s = exact{}(p);
  CHECK(s.verdict == verdict::feasible);
  CHECK(!violation(p, {}, s.chosen));
  CHECK(s.bound <= s.objective);
  problem plain = p;
  plain.transfers.clear();
  CHECK(s.bound == Approx(exact{}(plain).objective));
}

TEST_CASE("transfers that cost nothing change nothing", "[assign]") {
  random_engine engine(6);
  problem p = scattered(5, 6, engine);
  p.require = {quality_rule::mean, 6};
  const double plain = exact{}(p).objective;
  p.transfers = {{0, 1, 0}, {1, 2, 0}};
  CHECK(exact{}(p).objective == plain);
  p.transfers = {{0, 1, 3}, {1, 2, 3}};
  p.distance.setZero();
  CHECK(exact{}(p).objective == plain);
  p.distance.resize(0, 0);
  CHECK(exact{}(p).engine == "knapsack");
}

TEST_CASE("transfers out of range are refused with their place", "[assign]") {
  const auto refusal = [](const std::function<void(problem&)>& spoil, const objective& o = {}) -> std::string {
    problem p(2, 3);
    p.transfers = {{0, 1, 1}};
    p.distance = matrix::Zero(2, 2);
    spoil(p);
    try {
      exact{}(p, o);
    } catch (const invalid_problem& e) {
      return e.what();
    }
    return {};
  };
  CHECK(refusal([](problem&) {}).empty());
  CHECK(refusal([](problem& p) { p.transfers[0].to = 3; }) ==
        "transfer from subtask 0 to 3: there are 3 subtasks, and none hands to itself");
  CHECK(refusal([](problem& p) { p.transfers[0].volume_mb = -1; }) ==
        "transfer from subtask 0 to 1: -1 MB is not a finite number >= 0");
  CHECK(refusal([](problem& p) { p.distance(1, 0) = std::nan(""); }) ==
        "distance from model 1 to 0: nan is not a finite number >= 0");
  CHECK(refusal([](problem& p) { p.distance.resize(1, 2); }) == "distance is 1 x 2, but there are 2 models");
  CHECK(refusal([](problem&) {}, objective(weighted{}, time_rule::makespan)).find("time rule total") !=
        std::string::npos);
}
