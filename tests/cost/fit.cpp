// SPDX-License-Identifier: BSL-1.0
#include "shoal/cost/fit.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::cost;

TEST_CASE("a fit finds the law that made the points", "[cost]") {
  random_engine engine(3);
  for (int round = 0; round < 50; ++round) {
    const power_law truth{.a = std::exp(4 * uniform_01(engine) - 2), .b = 4 * uniform_01(engine) - 1};
    std::vector<double> n;
    std::vector<double> cost;
    for (int i = 0; i < 6; ++i) {
      n.push_back(1 + 50 * uniform_01(engine));
      cost.push_back(truth(n.back()));
    }
    const auto found = fit_power_law(n, cost);
    CHECK(found.law.a == Approx(truth.a).epsilon(1e-11));
    CHECK(found.law.b == Approx(truth.b).epsilon(1e-11).margin(1e-12));
    CHECK(found.relative_error < 1e-12);
    CHECK(found.exponent_error < 1e-12);
  }
}

TEST_CASE("a fit through scattered points solves the normal equations by hand", "[cost]") {
  // log2 n = 0, 1, 2, 3 and log2 cost = 0, 2, 1, 3: slope 4 / 5, intercept 3 / 10, residual 1.8 of 5.
  const auto found = fit_power_law(std::vector<double>{1, 2, 4, 8}, std::vector<double>{1, 4, 2, 8});
  CHECK(found.law.b == Approx(0.8).epsilon(1e-14));
  CHECK(found.law.a == Approx(std::pow(2.0, 0.3)).epsilon(1e-14));
  CHECK(found.r_squared == Approx(1 - 1.8 / 5).epsilon(1e-13));
  CHECK(found.relative_error == Approx(std::log(2.0) * std::sqrt(1.8 / 4)).epsilon(1e-13));
  CHECK(found.exponent_error == Approx(std::sqrt(1.8 / 2 / 5)).epsilon(1e-13));
}

TEST_CASE("equal costs give a flat law that explains all there is", "[cost]") {
  const auto found = fit_power_law(std::vector<double>{1, 2, 3}, std::vector<double>{5, 5, 5});
  CHECK(found.law.b == 0);
  CHECK(found.law.a == Approx(5));
  CHECK(found.r_squared == 1);
  CHECK(fit_power_law(std::vector<double>{1, 2}, std::vector<double>{1, 2}).exponent_error == 0);
}

TEST_CASE("points that no power law can meet are refused", "[cost]") {
  const auto refused = [](const std::vector<double>& n, const std::vector<double>& cost) -> std::string {
    try {
      fit_power_law(n, cost);
    } catch (const invalid_argument& e) {
      return e.what();
    }
    return "accepted";
  };
  CHECK(refused({1, 2}, {1}) == "fit: 2 sizes and 1 costs");
  CHECK(refused({1, 2, 3}, {1, 2, 0}) == "cost 2: 0 is not a finite number > 0");
  CHECK(refused({1, -2}, {1, 2}) == "size 1: -2 is not a finite number > 0");
  CHECK(refused({1, std::nan("")}, {1, 2}) == "size 1: nan is not a finite number > 0");
  CHECK(refused({3, 3}, {1, 2}) == "fit: 2 points, but not two different sizes");
  CHECK(refused({}, {}) == "fit: 0 points, but not two different sizes");
}
