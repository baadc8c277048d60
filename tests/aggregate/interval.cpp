// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/interval.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::aggregate;

namespace {

std::vector<answer<double>> answers_of(const std::vector<double>& values) {
  std::vector<answer<double>> out;
  for (const double v : values) out.push_back({.value = v, .source = "m" + std::to_string(out.size())});
  return out;
}

}  // namespace

// Fisher & Yates, "Statistical Tables", table III; for 1 and 2 degrees the closed forms.
TEST_CASE("Student's quantiles are those of the published table", "[aggregate]") {
  const double pi = std::acos(-1.0);
  CHECK(student_quantile(1, 0.95) == Approx(std::tan(pi * 0.95 / 2)).epsilon(1e-12));
  CHECK(student_quantile(2, 0.95) == Approx(0.95 * std::sqrt(2 / (1 - 0.95 * 0.95))).epsilon(1e-12));
  CHECK(student_quantile(3, 0.95) == Approx(3.182).margin(5e-4));
  CHECK(student_quantile(10, 0.95) == Approx(2.228).margin(5e-4));
  CHECK(student_quantile(10, 0.99) == Approx(3.169).margin(5e-4));
  CHECK(student_quantile(30, 0.5) == Approx(0.683).margin(5e-4));
  CHECK(student_quantile(1e7, 0.95) == Approx(1.959964).margin(1e-5));
  CHECK(student_quantile(1, 1e-9) == Approx(pi / 2 * 1e-9).epsilon(1e-6));
}

TEST_CASE("the interval of an unweighted mean is the textbook's", "[aggregate]") {
  const auto answers = answers_of({2, 4, 9});
  const auto found = mean_interval(answers, equal_weight{});
  REQUIRE(found);
  const double half = student_quantile(2, 0.95) * std::sqrt(13.0 / 3);  // variance 26 / 2, of 3 answers
  CHECK(found->low == Approx(5 - half));
  CHECK(found->high == Approx(5 + half));
}

TEST_CASE("a weight that is twice as large counts as two, and none as no answer", "[aggregate]") {
  auto answers = answers_of({1, 2, 3, 50});
  answers[3].accuracy = 0;
  const auto found = mean_interval(answers);
  const auto without = mean_interval(answers_of({1, 2, 3}));
  REQUIRE(found);
  REQUIRE(without);
  CHECK(found->low == without->low);
  answers[0].accuracy = 0.5;
  const auto pulled = mean_interval(answers);
  REQUIRE(pulled);
  CHECK((pulled->low + pulled->high) / 2 == Approx((0.5 * 1 + 2 + 3) / 2.5));
}

TEST_CASE("equal answers leave no doubt, and one answer says nothing of its spread", "[aggregate]") {
  const auto same = mean_interval(answers_of({7, 7, 7}));
  REQUIRE(same);
  CHECK(same->low == 7);
  CHECK(same->high == 7);
  CHECK_FALSE(mean_interval(answers_of({7})));
  CHECK_FALSE(mean_interval(answers_of({})));
}

TEST_CASE("nineteen of twenty intervals cover the mean of the population", "[aggregate]") {
  random_engine engine(3);
  const double pi = std::acos(-1.0);
  const int rounds = 1000;
  int covered = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> values;
    for (int i = 0; i < 4; ++i) {
      const double radius = std::sqrt(-2 * std::log(1 - uniform_01(engine)));
      values.push_back(10 + radius * std::cos(2 * pi * uniform_01(engine)));
    }
    const auto found = mean_interval(answers_of(values));
    REQUIRE(found);
    covered += found->low <= 10 && 10 <= found->high ? 1 : 0;
  }
  CHECK(covered > 950 - 35);  // five standard errors
  CHECK(covered < 950 + 35);
}

TEST_CASE("a coverage or degrees of freedom out of range are refused", "[aggregate]") {
  CHECK_THROWS_AS(student_quantile(0, 0.95), invalid_argument);
  CHECK_THROWS_AS(student_quantile(3, 1), invalid_argument);
  CHECK_THROWS_AS(mean_interval(answers_of({1, 2}), product_weight{}, 0), invalid_argument);
}
