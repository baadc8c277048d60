// SPDX-License-Identifier: BSL-1.0
#include "shoal/survive/monte_carlo.hpp"

#include <cmath>
#include <vector>

#include "brute_force.hpp"
#include "catch.hpp"
#include "shoal/survive/assess.hpp"

using namespace shoal;
using survive::assess;
using survive::method;
using survive::redundant_subtask;
using survive::swarm;

using plan = std::vector<redundant_subtask>;

TEST_CASE("simulated survival and importance lie within four standard errors of the truth", "[survive]") {
  random_engine engine(43);
  int far = 0;
  int all = 0;
  for (int round = 0; round < 40; ++round) {
    const auto s = brute_force::random_swarm(engine, 8, 3);
    const auto parts = brute_force::random_plan(engine, s.models(), 4);
    const auto truth = assess(s, parts, {.method = method::exact});
    const auto found =
        assess(s, parts,
               {.method = method::monte_carlo, .samples = 4'000, .seed = static_cast<std::uint64_t>(round)});
    INFO(round);
    CHECK(found.method == method::monte_carlo);
    CHECK(found.samples == 4'000);
    REQUIRE(found.standard_error);
    CHECK(std::abs(found.whole.survival - truth.whole.survival) < 4 * *found.standard_error);
    const auto compare = [&](double estimate, double value) {
      ++all;
      const double adjusted = (estimate * 4'000 + 1) / 4'002;
      if (std::abs(estimate - value) > 4 * std::sqrt(adjusted * (1 - adjusted) / 4'000)) ++far;
    };
    for (std::size_t i = 0; i < s.models(); ++i)
      compare(found.importance.models[i].birnbaum, truth.importance.models[i].birnbaum);
    for (std::size_t g = 0; g < s.groups.size(); ++g)
      compare(found.importance.groups[g].birnbaum, truth.importance.groups[g].birnbaum);
  }
  CHECK(all > 100);
  CHECK(far == 0);
}

TEST_CASE("one seed gives one result, bit for bit, and another seed another", "[survive]") {
  const auto s = brute_force::three_regions();
  const plan parts{{"", {0, 3}}, {"", {1, 4, 7}, 2}};
  const auto run = [&](std::uint64_t seed) {
    return assess(s, parts, {.method = method::monte_carlo, .samples = 10'000, .seed = seed});
  };
  CHECK(run(1).whole.failure == run(1).whole.failure);
  CHECK(run(1).importance.models[4].birnbaum == run(1).importance.models[4].birnbaum);
  CHECK(run(1).whole.failure != run(2).whole.failure);
}

TEST_CASE("a longer simulation begins with the shorter one", "[survive]") {
  const auto s = brute_force::three_regions();
  const plan parts{{"", {0, 1}}};
  survive::detail::simulation shorter(parts, s);
  survive::detail::simulation longer(parts, s);
  shorter.run(5'000, 9);
  longer.run(10'000, 9);
  CHECK(shorter.counts().failed <= longer.counts().failed);
  CHECK(longer.counts().failed - shorter.counts().failed <= 5'000);
  CHECK(shorter.counts().samples == 5'000);
}

TEST_CASE("a simulation without a failure does not claim certainty", "[survive]") {
  const swarm s{.failure = {1e-9, 1e-9}};
  const auto found = assess(s, plan{{"", {0, 1}}}, {.method = method::monte_carlo, .samples = 1'000});
  CHECK(found.whole.survival == 1);
  REQUIRE(found.standard_error);
  CHECK(*found.standard_error > 1e-4);
  CHECK(found.failure_low == Approx(1e-18));
  CHECK(found.failure_high == Approx(1e-18));
}

TEST_CASE("at least k of a swarm can be simulated too", "[survive]") {
  const auto s = brute_force::three_regions();
  const auto exact = survive::assess_at_least(8, s);
  const auto found = survive::assess_at_least(8, s, {.method = method::monte_carlo, .samples = 20'000});
  REQUIRE(found.standard_error);
  CHECK(std::abs(found.whole.survival - exact.whole.survival) < 4 * *found.standard_error);
  CHECK(found.subtasks.empty());
  for (std::size_t i = 0; i < 9; ++i) {
    CHECK(found.importance.models[i].birnbaum ==
          Approx(exact.importance.models[i].birnbaum).margin(4 * std::sqrt(0.25 / 20'000)));
  }
}
