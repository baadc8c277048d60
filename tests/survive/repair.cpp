// SPDX-License-Identifier: BSL-1.0
/// @file Repair against closed forms, and against each other.
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "shoal/survive/repair.hpp"
#include "shoal/survive/survivors.hpp"

using namespace shoal;
using survive::repairable;

namespace {

double choose(std::size_t n, std::size_t k) {
  double c = 1;
  for (std::size_t i = 0; i < k; ++i) c *= static_cast<double>(n - i) / static_cast<double>(i + 1);
  return c;
}

}  // namespace

TEST_CASE("two of three parts have the textbook's availability and mean times", "[survive]") {
  const repairable r{.parts = 3, .needed = 2, .failure_rate = 1e-3, .repair_rate = 0.1};
  CHECK(survive::steady_availability(r).survival == Approx(0.99970785236547).epsilon(1e-13));
  CHECK(survive::mean_time_to_failure(r) == Approx(17'500).epsilon(1e-12));
  repairable lost = r;
  lost.repair_rate = 0;
  CHECK(survive::mean_time_to_failure(lost) == Approx(1 / 3e-3 + 1 / 2e-3).epsilon(1e-13));
  CHECK(survive::mean_time_to_failure(lost) == Approx(833.33).epsilon(1e-5));
  CHECK(survive::steady_availability(lost).survival == 0);
  CHECK(survive::mean_time_to_repair(lost) == std::numeric_limits<double>::infinity());
}

TEST_CASE("with a crew for each part the parts are independent", "[survive]") {
  for (std::size_t n = 1; n <= 6; ++n) {
    for (std::size_t k = 1; k <= n; ++k) {
      const repairable r{.parts = n, .needed = k, .failure_rate = 0.02, .repair_rate = 0.5};
      const double down = 0.02 / 0.52;
      double failure = 0;
      for (std::size_t f = n - k + 1; f <= n; ++f)
        failure += choose(n, f) * std::pow(down, static_cast<double>(f)) *
                   std::pow(1 - down, static_cast<double>(n - f));
      CHECK(survive::steady_availability(r).failure == Approx(failure).epsilon(1e-12));
      // A part alone is up at t with (mu + lambda exp(-(lambda + mu) t)) / (lambda + mu).
      for (const double t : {0.0, 0.1, 3.0, 50.0, 5000.0}) {
        const double out = 0.02 * (1 - std::exp(-0.52 * t)) / 0.52;
        const std::vector<double> parts(n, out);
        CHECK(survive::availability_at(r, t).failure ==
              Approx(survive::at_least(k, parts).failure).epsilon(1e-11).margin(1e-300));
      }
      // Share of time down = mean time down / mean cycle; frequency of failures by the flow over the border.
      const double border = choose(n, n - k) * std::pow(down, static_cast<double>(n - k)) *
                            std::pow(1 - down, static_cast<double>(k)) * static_cast<double>(k) * 0.02;
      CHECK(survive::mean_time_to_repair(r) == Approx(failure / border).epsilon(1e-11));
    }
  }
}

TEST_CASE("one crew for all repairs one part at a time", "[survive]") {
  // Two parts, one crew: weights 1, 2 x, 2 x^2 with x = lambda / mu.
  const repairable r{.parts = 2, .needed = 1, .failure_rate = 0.1, .repair_rate = 1, .crews = 1};
  CHECK(survive::steady_availability(r).failure == Approx(0.02 / 1.22).epsilon(1e-13));
  CHECK(survive::mean_time_to_repair(r) == Approx(1).epsilon(1e-13));
  CHECK(survive::mean_time_to_failure(r) == Approx((3 * 0.1 + 1) / (2 * 0.01)).epsilon(1e-13));
  CHECK(survive::availability_at(r, 1e9).failure == Approx(0.02 / 1.22).epsilon(1e-9));
}

TEST_CASE("a mission without repair is a count of survivors", "[survive]") {
  for (const double t : {0.0, 1e-9, 1.0, 100.0, 2000.0}) {
    const repairable r{.parts = 5, .needed = 3, .failure_rate = 1e-3};
    const std::vector<double> parts(5, -std::expm1(-1e-3 * t));
    const auto truth = survive::at_least(3, parts);
    CHECK(survive::mission(r, t).failure == Approx(truth.failure).epsilon(1e-11).margin(1e-300));
    CHECK(survive::mission(r, t).survival == Approx(truth.survival).epsilon(1e-11).margin(1e-30));
  }
}

TEST_CASE("a mission with repair follows the two-part closed form", "[survive]") {
  // Two parts, one needed: roots of s^2 + (3 l + m) s + 2 l^2.
  const double l = 0.01;
  const double m = 0.2;
  const double root = std::sqrt((3 * l + m) * (3 * l + m) - 8 * l * l);
  const double fast = (-(3 * l + m) - root) / 2;
  const double slow = 2 * l * l / fast;
  const repairable r{.parts = 2, .needed = 1, .failure_rate = l, .repair_rate = m};
  for (const double t : {1.0, 10.0, 500.0, 20'000.0}) {
    const double lives = (slow * std::exp(fast * t) - fast * std::exp(slow * t)) / (slow - fast);
    CHECK(survive::mission(r, t).survival == Approx(lives).epsilon(1e-10));
  }
}

TEST_CASE("detection takes its time, and repairs wait for it", "[survive]") {
  CHECK(survive::detection_delay(10, 30) == 25);
  CHECK_THROWS_AS(survive::detection_delay(10, 5), invalid_argument);
  CHECK_THROWS_AS(survive::detection_delay(0, 5), invalid_argument);
  const repairable r{.failure_rate = 0.01, .repair_rate = 0.1, .detection = 15};
  CHECK(survive::steady_availability(r).survival == Approx(100.0 / 125).epsilon(1e-13));
  CHECK(survive::mean_time_to_repair(r) == Approx(25).epsilon(1e-13));
}

TEST_CASE("parts that make no sense are refused", "[survive]") {
  CHECK_THROWS_AS(survive::steady_availability({}), invalid_argument);
  CHECK_THROWS_AS(survive::steady_availability({.parts = 0, .failure_rate = 1}), invalid_argument);
  CHECK_THROWS_AS(survive::steady_availability({.parts = 2, .needed = 3, .failure_rate = 1}),
                  invalid_argument);
  CHECK_THROWS_AS(survive::mission({.failure_rate = 1, .repair_rate = -1}, 1), invalid_argument);
  CHECK_THROWS_AS(survive::mission({.failure_rate = 1}, -1), invalid_argument);
  CHECK_THROWS_AS(survive::mission({.failure_rate = 1}, 1e12), survive::limit_reached);
}
