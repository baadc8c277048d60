// SPDX-License-Identifier: BSL-1.0
#include "shoal/core/log_domain.hpp"

#include <cmath>

#include "catch.hpp"

using namespace shoal;

TEST_CASE("log1m_exp keeps its digits near both ends", "[core]") {
  CHECK(log1m_exp(-1e-20) == Approx(std::log(1e-20)).epsilon(1e-14));
  CHECK(log1m_exp(std::log(0.25)) == Approx(std::log(0.75)).epsilon(1e-14));
  CHECK(log1m_exp(-50) == Approx(-std::exp(-50.0)).epsilon(1e-14));
  CHECK(std::isinf(log1m_exp(0)));
}

TEST_CASE("log_add neither overflows nor cancels", "[core]") {
  const double nothing = -std::numeric_limits<double>::infinity();
  CHECK(log_add(std::log(0.2), std::log(0.3)) == Approx(std::log(0.5)).epsilon(1e-14));
  CHECK(log_add(1000, 1000) == Approx(1000 + std::log(2.0)));
  CHECK(log_add(nothing, -3) == -3);
  CHECK(log_add(-3, nothing) == -3);
  CHECK(log_add(nothing, nothing) == nothing);
}
