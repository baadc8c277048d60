// SPDX-License-Identifier: BSL-1.0
#include "shoal/assign/whole_figures.hpp"

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::assign;

namespace {
constexpr double most = 4503599627370496.0;
whole_scale<> scale(const std::vector<double>& figures, std::size_t count = 1) {
  wholeness<> seen;
  seen.look_at(figures.data(), figures.size());
  seen.sum *= static_cast<double>(count);
  return scale_to_whole(figures.data(), figures.size(), seen, most);
}
}  // namespace

TEST_CASE("decimal fractions become whole numbers on the scale of their last decimal", "[assign]") {
  CHECK(scale({1, -5, 3e9}).factor == 1);
  CHECK(scale({1, -5, 3e9}).exact);
  CHECK(scale({0.1, 0.7, -12.3}).factor == 10);
  CHECK(scale({0.1 + 0.2, 0.7, 1}).factor == 10);  // 0.30000000000000004
  CHECK(scale({0.125, 3}).factor == 1000);
  CHECK(scale({0.1, 0.7}).exact);
  CHECK(scale({}).exact);
  CHECK(scale({0, 0}).factor == 1);
  random_engine engine(1);
  for (int decimals = 0; decimals < 7; ++decimals) {
    const double unit = std::pow(10.0, decimals);
    std::vector<double> figures{1 / unit};
    for (int i = 0; i < 500; ++i)
      figures.push_back(static_cast<double>(uniform_below(engine, 10'000'000)) / unit);
    const whole_scale<> found = scale(figures);
    CHECK(found.exact);
    CHECK(found.factor == unit);
  }
}

TEST_CASE("figures that are whole on no decimal scale keep all digits that their sums leave room for",
          "[assign]") {
  for (const double figure : {1.0 / 3, 1e-12 / 7, 4.0e11 / 7}) {
    const whole_scale<> found = scale({figure, 0}, 1000);
    CHECK_FALSE(found.exact);
    CHECK(figure * found.factor * 1000 <= most / 2);
    CHECK(figure * found.factor * 1000 > most / 8);
    CHECK(std::frexp(found.factor, std::vector<int>(1).data()) == 0.5);  // a power of two
  }
  // Whole numbers whose sums would not be exact are no better.
  CHECK_FALSE(scale({4e15, 1}, 1000).exact);
}

TEST_CASE("the nearest whole number is found for either sign", "[assign]") {
  for (const double x : {0.0, 0.4, 0.6, 1.0, -0.4, -0.6, -7.0, 1e12 + 0.25, -1e12 - 0.75})
    CHECK(nearest_whole(x) == std::round(x));
}
