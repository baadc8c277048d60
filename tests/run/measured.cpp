// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/measured.hpp"

#include <cmath>
#include <cstddef>
#include <vector>

#include "catch.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::run;

namespace {

measured of(const std::vector<double>& values, double keep = 0.95) {
  measured m(keep);
  for (const double v : values) m.add(v);
  return m;
}

std::vector<double> repeated(double value, int times) {
  return std::vector<double>(static_cast<std::size_t>(times), value);
}

}  // namespace

TEST_CASE("mean, variance and size are those of the weighted sums, term by term", "[run]") {
  random_engine engine(1);
  for (const double keep : {0.0, 0.5, 0.9, 0.95, 0.999, 1.0}) {
    measured m(keep);
    std::vector<double> all;
    for (int i = 0; i < 300; ++i) {
      all.push_back(100 + uniform_01(engine));
      m.add(all.back());
      long double weight = 0;
      long double squares = 0;
      long double sum = 0;
      long double w = 1;
      for (std::size_t k = all.size(); k-- > 0; w *= keep) {
        weight += w;
        squares += w * w;
        sum += w * all[k];
      }
      const long double mean = sum / weight;
      long double spread = 0;
      w = 1;
      for (std::size_t k = all.size(); k-- > 0; w *= keep) spread += w * (all[k] - mean) * (all[k] - mean);
      REQUIRE(m.mean() == Approx(static_cast<double>(mean)).epsilon(1e-14));
      REQUIRE(m.samples() == Approx(static_cast<double>(weight * weight / squares)).epsilon(1e-10));
      if (i > 0 && keep > 0) {
        const long double variance = spread / (weight - squares / weight);
        REQUIRE(m.variance() == Approx(static_cast<double>(variance)).epsilon(1e-9));
      }
    }
  }
}

TEST_CASE("with keep 1 the interval is the textbook's", "[run]") {
  // Mean 3, s^2 = 2.5, t(4, 95 %) = 2.776445.
  const measured m = of({1, 2, 3, 4, 5}, 1);
  CHECK(m.mean() == 3);
  CHECK(m.variance() == Approx(2.5));
  CHECK(m.samples() == Approx(5));
  CHECK(m.half_width() == Approx(2.776445 * std::sqrt(2.5 / 5)).epsilon(1e-6));
}

TEST_CASE("the interval covers the mean as often as it says", "[run]") {
  random_engine engine(2);
  int covered = 0;
  for (int round = 0; round < 400; ++round) {
    measured m;
    for (int i = 0; i < 60; ++i) {
      double z = -6;
      for (int k = 0; k < 12; ++k) z += uniform_01(engine);
      m.add(5 + z);
    }
    covered += std::abs(m.mean() - 5) <= m.half_width(0.9);
  }
  CHECK(covered == Approx(360).margin(25));
}

TEST_CASE("what is not known has no bound", "[run]") {
  CHECK(measured{}.samples() == 0);
  CHECK(measured{}.variance() == 0);
  CHECK(std::isinf(measured{}.half_width()));
  CHECK(std::isinf(of({1}).half_width()));
  CHECK(of({1}).mean() == 1);
  CHECK(of({1, 5}, 0).mean() == 5);
}

TEST_CASE("measurements blend into a descriptor by what they are worth", "[run]") {
  const model planned{.name = "phi", .accuracy = 0.8, .energy_j = 10, .time_s = 2};
  model_figures seen;
  CHECK(updated(planned, seen).time_s == 2);
  seen.time_s = measured(1);
  for (int i = 0; i < 30; ++i) seen.time_s.add(4);
  const model now = updated(planned, seen, 10);
  CHECK(now.time_s == Approx((10 * 2 + 30 * 4) / 40.0));
  CHECK(now.energy_j == 10);
  CHECK(now.accuracy == 0.8);
  CHECK(now.name == "phi");
  CHECK(updated(planned, seen, 0).time_s == Approx(4));
  seen.quality.add(0);
  CHECK(updated(planned, seen, 3).accuracy == Approx(0.6));
}

TEST_CASE("a drift is seen once it is sure, and not before", "[run]") {
  const model planned{.name = "phi", .accuracy = 0.7, .energy_j = 10, .time_s = 2};
  CHECK_FALSE(drifted(planned, {}));
  CHECK_FALSE(drifted(planned, {.time_s = of({9, 8})}));
  CHECK(drifted(planned, {.time_s = of({9, 8, 9, 9, 8})}));
  CHECK_FALSE(drifted(planned, {.time_s = of({2.3, 2.2, 2.3, 2.3, 2.2})}));  // within 20 %
  CHECK_FALSE(drifted(planned, {.time_s = of({1, 9, 2, 8, 3, 1, 2})}));      // no one knows
  CHECK(drifted(planned, {.energy_j = of(repeated(13, 5))}));
  CHECK(drifted(planned, {.energy_j = of(repeated(7, 5))}));
  // Wilson's 99 % interval of 5 of 5 reaches down to 0.43, of 0 of 5 up to 0.57.
  CHECK_FALSE(drifted(planned, {.quality = of(repeated(1, 5), 1)}));
  CHECK(drifted(planned, {.quality = of(repeated(0, 5), 1)}));
  CHECK(drifted(planned, {.quality = of(repeated(1, 60), 1)}));
}

TEST_CASE("a model that is as planned hardly ever seems to drift", "[run]") {
  random_engine engine(3);
  const model planned{.name = "phi", .accuracy = 0.7, .energy_j = 10, .time_s = 2};
  int alarms = 0;
  for (int round = 0; round < 200; ++round) {
    model_figures seen;
    bool ever = false;
    for (int i = 0; i < 100; ++i) {
      seen.time_s.add(-2 * std::log(1 - uniform_01(engine)));
      seen.quality.add(uniform_01(engine) < 0.7 ? 1 : 0);
      ever = ever || drifted(planned, seen);
    }
    alarms += ever;
  }
  CHECK(alarms <= 20);
}
