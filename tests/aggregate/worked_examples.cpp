// SPDX-License-Identifier: BSL-1.0
// The three worked examples of the published method, with its own figures: weights 0.5, 0.3 and 0.2.
#include <string>
#include <vector>

#include "aggregate/answers.hpp"
#include "catch.hpp"
#include "shoal/aggregate/max_weight.hpp"
#include "shoal/aggregate/threshold.hpp"
#include "shoal/aggregate/weighted_sum.hpp"

using namespace shoal;
using namespace shoal::aggregate;
using test::from;

TEST_CASE("sentiment: the weighted mean is 0.4, positive", "[aggregate]") {
  const std::vector<answer<double>> scores{from("m1", 1.0, 0.5), from("m2", 0.0, 0.3), from("m3", -0.5, 0.2)};
  const auto sentiment = combine(scores, weighted_sum{accuracy_weight{}});
  REQUIRE(sentiment);
  CHECK(*sentiment.value == Approx(0.4).epsilon(1e-15));
  CHECK(combine(scores, threshold{0.0, weighted_sum{accuracy_weight{}}}).value->raised);
}

TEST_CASE("translation: the heaviest source's sentence is taken", "[aggregate]") {
  const std::vector<answer<std::string>> sentences{
      from<std::string>("m1", "Today, the weather is wonderful.", 0.5),
      from<std::string>("m2", "The weather is nice today.", 0.3),
      from<std::string>("m3", "Weather today good.", 0.2)};
  const auto translation = combine(sentences, max_weight{accuracy_weight{}});
  REQUIRE(translation);
  CHECK(*translation.value == "Today, the weather is wonderful.");
  CHECK(translation.confidence == Approx(0.5));
  CHECK(translation.margin == Approx(0.2));
}

TEST_CASE("anomaly: the score is 0.63, over the threshold of 0.6: an alert", "[aggregate]") {
  const std::vector<answer<double>> scores{from("m1", 0.7, 0.5), from("m2", 0.6, 0.3), from("m3", 0.5, 0.2)};
  const auto anomaly = combine(scores, threshold{0.6, weighted_sum{accuracy_weight{}}});
  REQUIRE(anomaly);
  CHECK(anomaly.value->raised);
  CHECK(anomaly.value->score == Approx(0.63).epsilon(1e-15));
}
