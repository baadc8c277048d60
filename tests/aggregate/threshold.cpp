// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/threshold.hpp"

#include <vector>

#include "aggregate/answers.hpp"
#include "catch.hpp"
#include "shoal/aggregate/max_weight.hpp"
#include "shoal/aggregate/quorum.hpp"

using namespace shoal;
using namespace shoal::aggregate;
using test::from;

TEST_CASE("an alert is raised at the threshold and above it", "[aggregate]") {
  std::vector<answer<double>> answers{from("ada", 0.25), from("bob", 0.75)};
  CHECK(*combine(answers, threshold{0.5}).value == alert{true, 0.5});
  CHECK(*combine(answers, threshold{0.51}).value == alert{false, 0.5});
  CHECK(*combine(answers, threshold{0.7, max_weight{}}).value == alert{false, 0.25});
  const std::vector<answer<int>> counts{from("ada", 3)};
  CHECK(combine(counts, threshold{2.0, max_weight{}}).value->raised);
}

TEST_CASE("the figures of an alert are those of its score", "[aggregate]") {
  std::vector<answer<double>> answers{from("ada", 0.25), from("bob", 0.75), from("cyd", test::not_a_number),
                                      test::abstention<double>("dan")};
  answers[0].confidence = 0.5;
  const auto out = combine(answers, threshold{0.5});
  CHECK(out.confidence == 0.75);
  CHECK(out.used == 2);
  CHECK(out.discarded == 1);
  CHECK(out.abstained == 1);
  CHECK(out.why == reason::decided);
}

TEST_CASE("without a score there is no value, which is not the same as no alert", "[aggregate]") {
  const auto out = combine(std::vector<answer<double>>{}, threshold{0.5});
  CHECK(!out);
  CHECK(out.why == reason::no_answers);
  const std::vector<answer<double>> one{from("ada", 0.9)};
  CHECK(combine(one, threshold{0.5, quorum{2, weighted_sum{}}}).why == reason::no_quorum);
  CHECK_THROWS_AS(combine(one, threshold{test::not_a_number}), invalid_argument);
}
