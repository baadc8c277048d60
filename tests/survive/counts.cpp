// SPDX-License-Identifier: BSL-1.0
/// @file Counts of unlike models, far into their tails, against exact whole-number arithmetic.
#include <cmath>
#include <cstddef>
#include <vector>

#include "catch.hpp"
#include "shoal/survive/survivors.hpp"

using namespace shoal;

TEST_CASE("the published Poisson-binomial has its published tail", "[survive]") {
  // p_i = i / 20 of happening, i = 1..10: that five or more happen.
  std::vector<double> not_happening;
  for (int i = 1; i <= 10; ++i) not_happening.push_back(1 - i / 20.0);
  CHECK(survive::at_least(5, not_happening).survival == Approx(0.0974653128125).epsilon(1e-13));
}

TEST_CASE("tails of 1e-30 and less are right to ten digits", "[survive]") {
  // All of n: the product. All but one: the product times the sum of odds.
  std::vector<double> failure;
  long double product = 1;
  long double odds = 0;
  for (int i = 1; i <= 40; ++i) {
    const double p = 0.002 * i;  // of surviving
    failure.push_back(1 - p);
    product *= 1 - static_cast<long double>(failure.back());
    odds += static_cast<long double>(failure.back()) / (1 - static_cast<long double>(failure.back()));
  }
  const auto all = survive::at_least(40, failure).survival;
  const auto all_but_one = survive::at_least(39, failure).survival;
  CHECK(all < 1e-55);
  CHECK(all == Approx(static_cast<double>(product)).epsilon(1e-12));
  CHECK(all_but_one == Approx(static_cast<double>(product * (1 + odds))).epsilon(1e-12));
}

TEST_CASE("a hundred thousand models of two kinds are counted exactly", "[survive]") {
  // Two kinds: the count is a sum of two binomials, here far out in the tail of one of them.
  const std::size_t n = 100'000;
  std::vector<double> failure(n, 1e-5);
  for (std::size_t i = 0; i < n / 2; ++i) failure[i] = 0;
  // Failures are binomial(50,000, 1e-5); more than 8 of them.
  double sum = 0;
  for (int j = 9; j < 60; ++j) {
    const double log_term = std::lgamma(50'001.0) - std::lgamma(j + 1.0) - std::lgamma(50'001.0 - j) +
                            j * std::log(1e-5) + (50'000.0 - j) * std::log1p(-1e-5);
    sum += std::exp(log_term);
  }
  CHECK(survive::at_least(n - 8, failure).failure == Approx(sum).epsilon(1e-8));
}
