// SPDX-License-Identifier: BSL-1.0
#include "shoal/survive/survivors.hpp"

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "brute_force.hpp"
#include "catch.hpp"
#include "shoal/survive/replicas.hpp"

using namespace shoal;
using survive::at_least;
using survive::survivor_distribution;

namespace {

/// P(at least k of n equal models survive), each with probability `up`, term by term in logarithms.
long double binomial_tail(std::size_t k, std::size_t n, long double up) {
  long double sum = 0;
  for (std::size_t j = n + 1; j-- > k;) {
    const auto a = static_cast<long double>(j);
    const auto b = static_cast<long double>(n - j);
    sum += std::exp(std::lgamma(a + b + 1) - std::lgamma(a + 1) - std::lgamma(b + 1) + a * std::log(up) +
                    b * std::log1p(-up));
  }
  return sum;
}

std::size_t count(const std::vector<bool>& up) {
  std::size_t alive = 0;
  for (const bool u : up) alive += u ? 1U : 0U;
  return alive;
}

}  // namespace

TEST_CASE("a published Poisson binomial tail is met digit for digit", "[survive]") {
  std::vector<double> failure;
  for (int i = 1; i <= 10; ++i) failure.push_back(1 - i / 20.0);
  CHECK(at_least(5, failure).survival == Approx(0.0974653128125).epsilon(1e-13));
  CHECK(at_least(5, failure).failure == Approx(1 - 0.0974653128125).epsilon(1e-13));
}

TEST_CASE("three regions of three lose a majority as published", "[survive]") {
  const auto s = brute_force::three_regions();
  CHECK(at_least(5, s).failure == Approx(1.29388434262e-3).epsilon(1e-11));
  CHECK(at_least(1, s).failure == Approx(1.037586e-6).epsilon(1e-6));
  const double region = 0.01 + 0.99 * std::pow(0.05, 3);
  CHECK(at_least(1, s).failure == Approx(std::pow(region, 3)).epsilon(1e-14));
  CHECK(expected_survivors(s) == Approx(9 * 0.95 * 0.99).epsilon(1e-15));
}

TEST_CASE("none needed is certain and more than there are is impossible", "[survive]") {
  const std::vector<double> failure{0.2, 1.0, 0.0};
  CHECK(at_least(0, failure).survival == 1);
  CHECK(at_least(0, failure).failure == 0);
  CHECK(at_least(4, failure).survival == 0);
  CHECK(at_least(4, failure).failure == 1);
  CHECK(at_least(1, failure).survival == 1);
  CHECK(at_least(2, failure).survival == Approx(0.8));
  CHECK(at_least(3, failure).survival == 0);
  CHECK(at_least(0, std::vector<double>{}).survival == 1);
  CHECK(at_least(1, std::vector<double>{}).survival == 0);
  CHECK(at_least(std::numeric_limits<std::size_t>::max(), failure).survival == 0);
}

TEST_CASE("tails keep their relative accuracy down to 1e-280", "[survive]") {
  const std::vector<double> failure(100, 0.999);
  for (std::size_t k : {1U, 10U, 50U, 60U, 90U}) {
    INFO(k);
    CHECK(at_least(k, failure).survival ==
          Approx(static_cast<double>(binomial_tail(k, 100, 0.001L))).epsilon(1e-12));
  }
  const std::vector<double> good(100, 0.001);
  for (std::size_t k : {10U, 50U, 99U, 100U}) {
    INFO(k);
    CHECK(at_least(k, good).failure ==
          Approx(static_cast<double>(binomial_tail(100 - k + 1, 100, 0.001L))).epsilon(1e-12));
  }
}

TEST_CASE("ten thousand models are counted as the binomial says", "[survive]") {
  const std::vector<double> failure(10'000, 0.5);
  for (std::size_t k : {5'000U, 5'100U, 5'300U}) {
    const auto found = at_least(k, failure);
    const auto tail = static_cast<double>(binomial_tail(k, 10'000, 0.5L));
    CHECK(found.survival == Approx(tail).epsilon(1e-9));
    CHECK(found.survival + found.failure == Approx(1).epsilon(1e-15));
  }
}

TEST_CASE("the distribution adds up, stays between 0 and 1 and agrees with every tail", "[survive]") {
  random_engine engine(7);
  for (int round = 0; round < 20; ++round) {
    const auto s = brute_force::random_swarm(engine, 40, 4);
    const auto distribution = survivor_distribution(s);
    REQUIRE(distribution.size() == s.models() + 1);
    CHECK(std::accumulate(distribution.begin(), distribution.end(), 0.0) == Approx(1).epsilon(1e-13));
    double mean = 0;
    for (std::size_t j = 0; j < distribution.size(); ++j) {
      CHECK((distribution[j] >= 0 && distribution[j] <= 1));
      mean += static_cast<double>(j) * distribution[j];
    }
    CHECK(mean == Approx(expected_survivors(s)).epsilon(1e-12).margin(1e-14));
    double tail = 0;
    for (std::size_t k = s.models() + 1; k-- > 0;) {
      tail += distribution[k];
      CHECK(at_least(k, s).survival == Approx(tail).epsilon(1e-12).margin(1e-290));
    }
  }
}

TEST_CASE("counting agrees with the enumeration of all states", "[survive]") {
  random_engine engine(11);
  for (int round = 0; round < 60; ++round) {
    const auto s = brute_force::random_swarm(engine, 7, 3);
    for (std::size_t k = 0; k <= s.models() + 1; ++k) {
      const auto truth =
          brute_force::enumerate(s, [&](const std::vector<bool>& up) { return count(up) >= k; });
      const auto found = at_least(k, s);
      INFO(round << " " << k);
      CHECK(found.survival == Approx(truth.survival).epsilon(1e-12).margin(1e-30));
      CHECK(found.failure == Approx(truth.failure).epsilon(1e-12).margin(1e-30));
    }
  }
}

TEST_CASE("more survivors needed is never more likely", "[survive]") {
  random_engine engine(13);
  for (int round = 0; round < 30; ++round) {
    const auto s = brute_force::random_swarm(engine, 30, 3);
    survive::chance before;
    for (std::size_t k = 0; k <= s.models() + 1; ++k) {
      const auto now = at_least(k, s);
      CHECK(now.survival <= before.survival * (1 + 1e-13));
      CHECK(now.failure >= before.failure * (1 - 1e-13));
      before = now;
    }
  }
}

TEST_CASE("groups that never fail, and groups of one, are independent models", "[survive]") {
  random_engine engine(17);
  survive::swarm shared;
  std::vector<double> alone;
  for (std::size_t i = 0; i < 25; ++i) {
    const double p = uniform_01(engine);
    const double q = uniform_01(engine);
    shared.failure.push_back(p);
    shared.group.push_back(i);
    shared.groups.push_back({"g", q});
    alone.push_back(1 - (1 - p) * (1 - q));
  }
  for (std::size_t k = 0; k <= 25; ++k)
    CHECK(at_least(k, shared).survival == Approx(at_least(k, alone).survival).epsilon(1e-12));

  survive::swarm safe;
  safe.failure = alone;
  safe.group.assign(25, 0);
  safe.groups = {{"g", 0}};
  for (std::size_t k = 0; k <= 25; ++k)
    CHECK(at_least(k, safe).survival == Approx(at_least(k, alone).survival).epsilon(1e-12));
}

TEST_CASE("at least one of many is 1 - p^m", "[survive]") {
  for (std::size_t m = 1; m < 30; ++m) {
    const std::vector<double> failure(m, 0.2);
    CHECK(at_least(1, failure).failure == Approx(survive::replicated(0.2, m).failure).epsilon(1e-13));
    CHECK(at_least(m, failure).survival == Approx(std::pow(0.8, static_cast<double>(m))).epsilon(1e-13));
  }
}

TEST_CASE("a swarm with a figure out of range or a group that is not there is refused", "[survive]") {
  CHECK_THROWS_AS(at_least(1, std::vector<double>{0.5, -0.1}), invalid_argument);
  CHECK_THROWS_AS(survivor_distribution(std::vector<double>{std::nan("")}), invalid_argument);
  survive::swarm s{.failure = {0.1, 0.2}, .group = {0, survive::no_group}, .groups = {{"r", 0.1}}};
  CHECK_NOTHROW(validate(s));
  s.group = {1, 0};
  CHECK_THROWS_AS(at_least(1, s), invalid_argument);
  s.group = {0};
  CHECK_THROWS_AS(at_least(1, s), invalid_argument);
  s.group = {};
  s.groups[0].failure_probability = 2;
  CHECK_THROWS_AS(expected_survivors(s), invalid_argument);
  s.groups.clear();
  s.names = {"only one"};
  CHECK_THROWS_AS(survivor_distribution(s), invalid_argument);
}
