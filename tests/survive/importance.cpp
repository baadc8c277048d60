// SPDX-License-Identifier: BSL-1.0
#include "shoal/survive/importance.hpp"

#include <cmath>
#include <vector>

#include "brute_force.hpp"
#include "catch.hpp"

using namespace shoal;
using survive::importance_at_least;
using survive::swarm;

TEST_CASE("two of three has the textbook's importances", "[survive]") {
  const double p = 0.1;
  const swarm s{.failure = {p, p, p}, .names = {"a", "b", "c"}};
  const auto found = importance_at_least(2, s);
  const double loss = 3 * p * p * (1 - p) + p * p * p;
  REQUIRE(found.models.size() == 3);
  CHECK(found.groups.empty());
  for (const auto& m : found.models) {
    CHECK(m.birnbaum == Approx(2 * p * (1 - p)).epsilon(1e-14));
    CHECK(m.criticality == Approx(p * 2 * p * (1 - p) / loss).epsilon(1e-14));
    CHECK(m.fussell_vesely == Approx((2 * p * p * (1 - p) + p * p * p) / loss).epsilon(1e-14));
  }
  CHECK(found.models[1].name == "b");
}

TEST_CASE("in parallel every model takes part in every loss, in series the weakest most", "[survive]") {
  const swarm s{.failure = {0.5, 0.1, 0.2}};
  const auto parallel = importance_at_least(1, s);
  CHECK(parallel.models[0].birnbaum == Approx(0.02).epsilon(1e-14));
  CHECK(parallel.models[1].birnbaum == Approx(0.1).epsilon(1e-14));
  for (const auto& m : parallel.models) {
    CHECK(m.criticality == Approx(1).epsilon(1e-14));
    CHECK(m.fussell_vesely == Approx(1).epsilon(1e-14));
  }
  const auto series = importance_at_least(3, s);
  CHECK(series.models[0].birnbaum == Approx(0.9 * 0.8).epsilon(1e-14));
  CHECK(series.models[1].fussell_vesely == Approx(0.1 / (1 - 0.5 * 0.9 * 0.8)).epsilon(1e-14));
  CHECK(series.models[0].name == "0");
}

TEST_CASE("importances of counts agree with the enumeration of all states", "[survive]") {
  random_engine engine(23);
  for (int round = 0; round < 60; ++round) {
    const auto s = brute_force::random_swarm(engine, 7, 3);
    for (std::size_t k = 0; k <= s.models() + 1; ++k) {
      const auto truth = brute_force::enumerate(s, [&](const std::vector<bool>& up) {
        std::size_t alive = 0;
        for (const bool u : up) alive += u ? 1U : 0U;
        return alive >= k;
      });
      const auto found = importance_at_least(k, s);
      REQUIRE(found.models.size() == s.models());
      REQUIRE(found.groups.size() == s.groups.size());
      INFO(round << " " << k);
      const auto agree = [&](const survive::importance& a, const brute_force::part& b, double q) {
        CHECK(a.birnbaum == Approx(b.birnbaum).epsilon(1e-11).margin(1e-17));
        if (a.birnbaum > 1e-12 && truth.failure > 0) {
          CHECK(a.fussell_vesely == Approx(b.failed_given_loss).epsilon(1e-10).margin(1e-30));
          CHECK(a.criticality == Approx(q * b.birnbaum / truth.failure).epsilon(1e-9).margin(1e-30));
        }
      };
      for (std::size_t i = 0; i < s.models(); ++i) agree(found.models[i], truth.models[i], s.failure[i]);
      for (std::size_t g = 0; g < s.groups.size(); ++g)
        agree(found.groups[g], truth.groups[g], s.groups[g].failure_probability);
    }
  }
}

TEST_CASE("the importance of each of many models is the slope of the survival", "[survive]") {
  random_engine engine(29);
  swarm s = brute_force::three_regions();
  for (int i = 0; i < 200; ++i) {
    s.failure.push_back(uniform_01(engine));
    s.group.push_back(i < 100 ? survive::no_group : static_cast<std::size_t>(i % 3));
  }
  const std::size_t k = 100;
  const auto found = importance_at_least(k, s);
  for (const std::size_t i : {0U, 5U, 50U, 150U, 208U}) {
    swarm up = s;
    swarm down = s;
    up.failure[i] = 0;
    down.failure[i] = 1;
    CHECK(found.models[i].birnbaum ==
          Approx(at_least(k, up).survival - at_least(k, down).survival).epsilon(1e-10));
  }
  for (const std::size_t g : {0U, 1U, 2U}) {
    swarm up = s;
    swarm down = s;
    up.groups[g].failure_probability = 0;
    down.groups[g].failure_probability = 1;
    CHECK(found.groups[g].birnbaum ==
          Approx(at_least(k, up).survival - at_least(k, down).survival).epsilon(1e-10));
  }
}

TEST_CASE("where nothing can be lost or saved nobody matters", "[survive]") {
  const swarm s{.failure = {0.5, 0.1}};
  for (const std::size_t k : {0U, 3U}) {
    for (const auto& m : importance_at_least(k, s).models) {
      CHECK(m.birnbaum == 0);
      CHECK(m.criticality == 0);
      CHECK(m.fussell_vesely == 0);
    }
  }
  const auto sure = importance_at_least(1, swarm{.failure = {0, 0.5}});
  CHECK(sure.models[0].birnbaum == 0.5);
  CHECK(sure.models[0].fussell_vesely == 0);  // it never fails
}
