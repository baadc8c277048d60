// SPDX-License-Identifier: BSL-1.0
#include "shoal/hybrid/cascade.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/random.hpp"
#include "shoal/infer/function_backend.hpp"

using namespace shoal;
using namespace shoal::hybrid;

TEST_CASE("the curve of a cascade is what each threshold gives", "[hybrid]") {
  random_engine engine(1);
  std::vector<cascade_sample> samples;
  for (int i = 0; i < 200; ++i) {
    samples.push_back(
        {static_cast<double>(uniform_below(engine, 30)) / 30, uniform_01(engine), uniform_01(engine)});
  }
  const auto curve = cascade_curve(samples);
  CHECK(curve.front().calls == 0);
  CHECK(curve.back().calls == 1);
  for (const auto& p : curve) {
    double calls = 0;
    double quality = 0;
    for (const auto& s : samples) {
      calls += s.confidence < p.threshold ? 1 : 0;
      quality += s.confidence < p.threshold ? s.large_quality : s.small_quality;
    }
    CHECK(p.calls == Approx(calls / 200));
    CHECK(p.quality == Approx(quality / 200));
  }
}

TEST_CASE("thresholds are chosen for a quality or a budget", "[hybrid]") {
  // The small model is wrong where it is unsure.
  const std::vector<cascade_sample> samples{{0.1, 0, 1}, {0.2, 0, 1}, {0.8, 1, 1}, {0.9, 1, 1}};
  const auto curve = cascade_curve(samples);
  CHECK(cheapest_for(curve, 0.75)->calls == 0.25);
  CHECK(cheapest_for(curve, 1)->calls == 0.5);
  CHECK(cheapest_for(curve, 1)->threshold == 0.8);
  CHECK_FALSE(cheapest_for(curve, 1.1));
  CHECK(best_within(curve, 0.3)->quality == 0.75);
  CHECK(best_within(curve, 1)->calls == 0.5);
  CHECK_FALSE(best_within(curve, -0.1));
}

TEST_CASE("the router's figures are those of their definition", "[hybrid]") {
  // An oracle that calls for exactly the half that needs it: gap recovered min(1, 2 x calls).
  const std::vector<cascade_sample> oracle{{0.1, 0, 1}, {0.2, 0, 1}, {0.8, 1, 1}, {0.9, 1, 1}};
  CHECK(call_threshold(cascade_curve(oracle), 0.5) == Approx(0.25));
  CHECK(call_threshold(cascade_curve(oracle), 0.8) == Approx(0.4));
  CHECK(average_gap_recovered(cascade_curve(oracle)) == Approx(0.75));
  // One that knows nothing.
  const std::vector<cascade_sample> blind{{0.1, 0, 1}, {0.2, 0, 1}, {0.3, 0, 1}, {0.4, 0, 1}};
  CHECK(call_threshold(cascade_curve(blind), 0.5) == Approx(0.5));
  CHECK(average_gap_recovered(cascade_curve(blind)) == Approx(0.5));
  const std::vector<cascade_sample> equal{{0.1, 1, 1}, {0.2, 1, 1}};
  CHECK(std::isnan(call_threshold(cascade_curve(equal), 0.5)));
  CHECK(std::isnan(average_gap_recovered(cascade_curve(equal))));
}

TEST_CASE("a cascade asks the large model where the small one is unsure or abstains", "[hybrid]") {
  int asked = 0;
  cascade both{infer::function_backend{[](const infer::request<>& r) {
                 answer<> a{.value = "small", .confidence = r.input == "easy" ? 0.9 : 0.2};
                 a.abstains = r.input == "unknown";
                 if (a.abstains) a.confidence = 1;
                 a.used.time_s = 1;
                 return a;
               }},
               infer::function_backend{[&](const infer::request<>&) {
                 ++asked;
                 answer<> a{.value = "large"};
                 a.used.time_s = 10;
                 return a;
               }},
               0.5};
  static_assert(infer::backend<decltype(both)>);
  CHECK(both(infer::request<>{.input = "easy"}, {}).value == "small");
  CHECK(asked == 0);
  const auto hard = both(infer::request<>{.input = "hard"}, {});
  CHECK(hard.value == "large");
  CHECK(hard.used.time_s == 11);
  CHECK(both(infer::request<>{.input = "unknown"}, {}).value == "large");
  CHECK(asked == 2);
}

TEST_CASE("a cascade refuses no samples and samples that are not numbers", "[hybrid]") {
  CHECK_THROWS_AS(cascade_curve({}), invalid_argument);
  CHECK_THROWS_AS(cascade_curve({{std::nan(""), 0, 1}}), invalid_argument);
}
