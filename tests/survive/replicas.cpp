// SPDX-License-Identifier: BSL-1.0
#include "shoal/survive/replicas.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"

using namespace shoal;
using survive::fewest_replicas;
using survive::fewest_replicas_failing;
using survive::replicated;

TEST_CASE("m equal replicas survive with probability 1 - p^m", "[survive]") {
  CHECK(replicated(0.1, 3).survival == Approx(0.999).epsilon(1e-15));
  CHECK(replicated(0.1, 3).failure == Approx(0.001).epsilon(1e-14));
  CHECK(replicated(0.25, 2).survival == 0.9375);
  CHECK(replicated(0, 1).survival == 1);
  CHECK(replicated(0, 1).failure == 0);
  CHECK(replicated(1, 5).survival == 0);
  CHECK(replicated(1, 5).failure == 1);
  CHECK(replicated(0.3, 0).survival == 0);
  CHECK(replicated(0, 0).failure == 1);
}

TEST_CASE("neither a tiny failure nor a tiny survival loses its digits", "[survive]") {
  CHECK(replicated(1e-20, 10).failure == Approx(1e-200).epsilon(1e-13));
  CHECK(replicated(1e-20, 10).survival == 1);
  const double p = 1 - 0x1p-50;
  CHECK(replicated(p, 3).survival == Approx(3 * 0x1p-50).epsilon(1e-13));
  CHECK(replicated(std::vector<double>(3, p)).survival == Approx(3 * 0x1p-50).epsilon(1e-13));
}

TEST_CASE("unequal replicas fail together with the product of their probabilities", "[survive]") {
  CHECK(replicated(std::vector<double>{0.5, 0.2, 0.1}).failure == Approx(0.01).epsilon(1e-15));
  CHECK(replicated(std::vector<double>{0.5, 0.2, 0.1}).survival == Approx(0.99).epsilon(1e-15));
  CHECK(replicated(std::vector<double>{0.5, 0.0}).failure == 0);
  CHECK(replicated(std::vector<double>{1.0, 1.0}).survival == 0);
  CHECK(replicated(std::vector<double>{}).survival == 0);
  for (std::size_t m = 0; m < 40; ++m) {
    CHECK(replicated(std::vector<double>(m, 0.37)).failure ==
          Approx(replicated(0.37, m).failure).epsilon(1e-13).margin(1e-300));
  }
}

TEST_CASE("the fewest replicas are the first that reach the target", "[survive]") {
  CHECK(fewest_replicas(0.1, 0.999) == 3U);
  CHECK(fewest_replicas(0.1, 0.9999) == 4U);  // 1 - .9999 is below 1e-4 in doubles
  CHECK(fewest_replicas(0.1, 0.99901) == 4U);
  CHECK(fewest_replicas(0.5, 0.5) == 1U);
  CHECK(fewest_replicas(0.5, 0.75) == 2U);
  CHECK(fewest_replicas(0.9, 1e-12) == 1U);
  for (int nines = 1; nines <= 12; ++nines) {
    const double target = 1 - std::pow(10.0, -nines);
    INFO(nines);
    CHECK(fewest_replicas(0.1, target) == static_cast<std::size_t>(nines));
    CHECK(fewest_replicas_failing(0.1, std::pow(10.0, -nines)) == static_cast<std::size_t>(nines));
  }
  for (const double p : {0.01, 0.3, 0.77, 0.999}) {
    for (const double target : {0.001, 0.2, 0.51, 0.9, 0.9999}) {
      const auto m = fewest_replicas(p, target);
      INFO(p << " " << target);
      REQUIRE(m);
      CHECK(1 - std::pow(p, static_cast<double>(*m)) >= target - 1e-15);
      CHECK((*m == 1 || 1 - std::pow(p, static_cast<double>(*m - 1)) < target));
    }
  }
  CHECK(fewest_replicas_failing(0.1, 1e-200) == 200U);
  CHECK(fewest_replicas_failing(1e-200, 1e-300) == 2U);
}

TEST_CASE("targets at the edge of reach are answered, not computed", "[survive]") {
  CHECK(fewest_replicas(0, 1) == 1U);
  CHECK(fewest_replicas(0, 0.5) == 1U);
  CHECK(fewest_replicas(0.3, 0) == 0U);
  CHECK(fewest_replicas(1, 0) == 0U);
  CHECK_FALSE(fewest_replicas(1, 0.1));
  CHECK_FALSE(fewest_replicas(1, 1));
  CHECK_FALSE(fewest_replicas(0.5, 1));
  CHECK(fewest_replicas_failing(0, 0) == 1U);
  CHECK(fewest_replicas_failing(1, 1) == 0U);
  CHECK_FALSE(fewest_replicas_failing(0.5, 0));
  CHECK_FALSE(fewest_replicas_failing(1, 0.5));
  const auto many = fewest_replicas(1 - 0x1p-53, 0.999);
  REQUIRE(many);
  CHECK(static_cast<double>(*many) == Approx(std::log(1000.0) * 0x1p53).epsilon(1e-11));
}

TEST_CASE("probabilities outside 0 to 1 are refused by name and value", "[survive]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(replicated(1.5, 2), invalid_argument);
  CHECK_THROWS_AS(replicated(nan, 2), invalid_argument);
  CHECK_THROWS_AS(fewest_replicas(-0.1, 0.5), invalid_argument);
  CHECK_THROWS_AS(fewest_replicas(0.1, 1.5), invalid_argument);
  CHECK_THROWS_AS(fewest_replicas(0.1, nan), invalid_argument);
  CHECK_THROWS_AS(fewest_replicas_failing(0.1, -1), invalid_argument);
  try {
    replicated(std::vector<double>{0.5, 0.1, 7.0});
    FAIL("accepted");
  } catch (const invalid_argument& e) {
    CHECK(std::string(e.what()) == "failure probability of model 2: 7 is not in [0, 1]");
  }
}
