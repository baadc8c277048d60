// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/newest_within.hpp"

#include <string>
#include <vector>

#include "aggregate/answers.hpp"
#include "catch.hpp"
#include "shoal/aggregate/answer_weights.hpp"
#include "shoal/aggregate/weighted_sum.hpp"

using namespace shoal;
using namespace shoal::aggregate;
using test::from;

namespace {

std::vector<answer<double>> timed(std::initializer_list<std::pair<double, double>> value_at) {
  std::vector<answer<double>> out;
  for (const auto& [value, at_s] : value_at) {
    out.push_back(from(std::string(1, static_cast<char>('a' + out.size())), value));
    out.back().at_s = at_s;
  }
  return out;
}

}  // namespace

TEST_CASE("only what came within the window of the newest counts, its edge included", "[aggregate]") {
  const auto answers = timed({{1, 100}, {3, 95}, {9, 94.9}, {9, -5}});
  const auto out = combine(answers, newest_within{5, weighted_sum{}});
  CHECK(*out.value == 2);
  CHECK(out.used == 2);
  CHECK(out.discarded == 2);
  CHECK(*combine(answers, newest_within{0, weighted_sum{}}).value == 1);
  CHECK(combine(answers, newest_within{test::infinity, weighted_sum{}}).used == 4);
}

TEST_CASE("a time that is not finite is never within the window", "[aggregate]") {
  const auto answers = timed({{1, 100}, {3, test::not_a_number}, {9, test::infinity}});
  const auto out = combine(answers, newest_within{test::infinity, weighted_sum{}});
  CHECK(*out.value == 1);
  CHECK(out.discarded == 2);
  CHECK(!combine(timed({{1, test::not_a_number}}), newest_within{1, weighted_sum{}}));
}

TEST_CASE("an abstention says what time it is", "[aggregate]") {
  auto answers = timed({{1, 10}});
  answers.push_back(test::abstention<double>("zoe"));
  answers.back().at_s = 100;
  const auto out = combine(answers, newest_within{5, weighted_sum{}});
  CHECK(!out);
  CHECK(out.abstained == 1);
  CHECK(out.discarded == 1);
}

TEST_CASE("a window refuses what is no length", "[aggregate]") {
  CHECK_THROWS_AS(combine(timed({{1, 1}}), newest_within{-1.0}), invalid_argument);
  CHECK_THROWS_AS(combine(timed({{1, 1}}), newest_within{test::not_a_number}), invalid_argument);
}

TEST_CASE("a decaying mean has its closed form", "[aggregate]") {
  const auto answers = timed({{1, 100}, {4, 90}});
  CHECK(*combine(answers, weighted_sum{decaying{10.0}}).value == 2);
  CHECK(*combine(answers, weighted_sum{decaying{5.0}}).value == Approx((1 + 0.25 * 4) / 1.25));
  auto later = answers;
  for (auto& a : later) a.at_s += 1e6;  // what counts is the age, not the epoch
  CHECK(*combine(later, weighted_sum{decaying{5.0}}).value ==
        *combine(answers, weighted_sum{decaying{5.0}}).value);
}
