// SPDX-License-Identifier: BSL-1.0
/// @file Placement against all sets of models.
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "brute_force.hpp"
#include "catch.hpp"
#include "shoal/assign/exact.hpp"
#include "shoal/core/random.hpp"
#include "shoal/survive/placement.hpp"

using namespace shoal;
using survive::swarm;

namespace {

struct instance {
  assign::problem p;
  swarm s;
};

instance random_instance(random_engine& engine) {
  const std::size_t models = 4 + uniform_below(engine, 4);
  const std::size_t subtasks = 1 + uniform_below(engine, 3);
  instance out{assign::problem(models, subtasks), {}};
  out.s.groups = {{"a", 0.02}, {"b", 0.05}, {"c", 0.01}};
  for (std::size_t i = 0; i < models; ++i) {
    out.s.failure.push_back(0.02 + 0.3 * uniform_01(engine));
    out.s.group.push_back(i % 4 == 3 ? survive::no_group : i % 4);
    for (std::size_t k = 0; k < subtasks; ++k) {
      out.p.energy_j(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) =
          1 + static_cast<double>(uniform_below(engine, 50));
    }
  }
  return out;
}

struct choice {
  double energy = std::numeric_limits<double>::infinity();
  double failure = 1;
};

// All sets of models in distinct groups for one subtask.
std::vector<choice> choices(const instance& t, std::size_t k) {
  std::vector<choice> out;
  for (std::size_t set = 1; set < std::size_t{1} << t.s.models(); ++set) {
    choice c{0, 1};
    std::vector<int> taken(t.s.groups.size(), 0);
    bool distinct = true;
    for (std::size_t i = 0; i < t.s.models(); ++i) {
      if ((set >> i & 1U) == 0) continue;
      const std::size_t g = t.s.group_of(i);
      if (g != survive::no_group && taken[g]++ > 0) distinct = false;
      const double q = g == survive::no_group ? 0 : t.s.groups[g].failure_probability;
      c.failure *= 1 - (1 - t.s.failure[i]) * (1 - q);
      c.energy += t.p.energy_j(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k));
    }
    if (distinct) out.push_back(c);
  }
  return out;
}

double cheapest(const instance& t, double most_failure) {
  double sum = 0;
  for (std::size_t k = 0; k < t.p.subtasks(); ++k) {
    double best = std::numeric_limits<double>::infinity();
    for (const choice& c : choices(t, k)) {
      if (c.failure <= most_failure) best = std::min(best, c.energy);
    }
    sum += best;
  }
  return sum;
}

}  // namespace

TEST_CASE("the placement is the cheapest of all that reach the target", "[survive]") {
  random_engine engine(4);
  for (int round = 0; round < 60; ++round) {
    const instance t = random_instance(engine);
    for (const double failure : {0.5, 0.1, 0.01, 0.001}) {
      const auto found = survive::place_replicas(t.p, t.s, 1 - failure, assign::exact{});
      const double best = cheapest(t, failure);
      if (std::isinf(best)) {
        CHECK(found.plan.verdict == assign::verdict::infeasible);
        continue;
      }
      REQUIRE(found.plan.verdict == assign::verdict::optimal);
      CHECK(found.plan.energy_j == Approx(best));
      CHECK(found.worst.failure <= failure * (1 + 1e-9));
      CHECK(found.survival.whole.survival <= found.worst.survival * (1 + 1e-12));
    }
  }
}

TEST_CASE("the frontier holds every useful plan", "[survive]") {
  random_engine engine(6);
  for (int round = 0; round < 20; ++round) {
    const instance t = random_instance(engine);
    const auto found = survive::survival_frontier(t.p, t.s, assign::exact{}, 200);
    REQUIRE_FALSE(found.empty());
    CHECK(found.front().plan.energy_j == Approx(cheapest(t, 1)));
    for (std::size_t f = 0; f < found.size(); ++f) {
      CHECK(found[f].plan.energy_j == Approx(cheapest(t, found[f].worst.failure * (1 + 1e-10))));
      if (f == 0) continue;
      CHECK(found[f].plan.energy_j > found[f - 1].plan.energy_j);
      CHECK(found[f].worst.failure < found[f - 1].worst.failure);
      // Nothing better costs less than the next point.
      CHECK(cheapest(t, found[f - 1].worst.failure * (1 - 1e-6)) == Approx(found[f].plan.energy_j));
    }
    CHECK(std::isinf(cheapest(t, found.back().worst.failure * (1 - 1e-6))));
  }
}

TEST_CASE("each further replica costs more and fails less", "[survive]") {
  assign::problem p(9, 2);
  for (Eigen::Index i = 0; i < 9; ++i) p.energy_j.row(i).setConstant(1 + static_cast<double>(i));
  const auto found = survive::replica_gains(p, brute_force::three_regions(), 5, assign::exact{});
  REQUIRE(found.size() == 3);  // no more than three regions
  const double down = 1 - 0.95 * 0.99;
  for (std::size_t r = 0; r < 3; ++r) {
    CHECK(found[r].worst.failure == Approx(std::pow(down, static_cast<double>(r + 1))).epsilon(1e-12));
    if (r > 0) CHECK(found[r].plan.energy_j > found[r - 1].plan.energy_j);
  }
  CHECK(survive::target_of_each(0.81, 2) == Approx(0.9));
}

TEST_CASE("targets and swarms that make no sense are refused", "[survive]") {
  const auto s = brute_force::three_regions();
  CHECK_THROWS_AS(survive::place_replicas(assign::problem(9, 1), s, 1, assign::exact{}), invalid_argument);
  CHECK_THROWS_AS(survive::place_replicas(assign::problem(8, 1), s, 0.5, assign::exact{}), invalid_argument);
  CHECK_THROWS_AS(survive::target_of_each(2, 1), invalid_argument);
}
