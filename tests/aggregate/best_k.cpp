// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/best_k.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "aggregate/answers.hpp"
#include "catch.hpp"
#include "shoal/aggregate/max_weight.hpp"
#include "shoal/aggregate/vote.hpp"

using namespace shoal;
using namespace shoal::aggregate;
using test::from;

TEST_CASE("the best k are aggregated, the rest are left out", "[aggregate]") {
  const std::vector<answer<double>> answers{from("ada", 1.0, 0.5), from("bob", 2.0, 0.9),
                                            from("cyd", 4.0, 0.8), from("dan", 50.0, 0.1),
                                            test::abstention<double>("eve")};
  const auto two = combine(answers, best_k{2, weighted_sum{equal_weight{}}});
  CHECK(*two.value == 3);
  CHECK(two.used == 2);
  CHECK(two.discarded == 2);
  CHECK(two.abstained == 1);
  CHECK(!two.tie);
  CHECK(*combine(answers, best_k{1}).value == 2);
  CHECK(*combine(answers, best_k{9}).value == *combine(answers, weighted_sum{}).value);
  CHECK_THROWS_AS(combine(answers, best_k{0}), invalid_argument);
}

TEST_CASE("at the border the lowest source is in, and the tie is flagged", "[aggregate]") {
  const std::vector<answer<double>> answers{from("cyd", 3.0), from("ada", 1.0), from("bob", 2.0)};
  const auto out = combine(answers, best_k{2, weighted_sum{}});
  CHECK(*out.value == 1.5);
  CHECK(out.tie);
  CHECK(!combine(answers, best_k{3}).tie);
}

TEST_CASE("at the border answers that nothing tells apart are out together", "[aggregate]") {
  using test::label;
  const std::vector<answer<label>> answers{from("ada", label{1}, 0.9), from("", label{2}, 0.5),
                                           from("", label{3}, 0.5)};
  const auto two = combine(answers, best_k{2, plurality{}});
  CHECK(two.value->id == 1);
  CHECK(two.used == 1);
  CHECK(two.discarded == 2);
  CHECK(!combine(std::vector<answer<label>>(answers.begin() + 1, answers.end()), best_k{1, plurality{}}));
}

TEST_CASE("the best one of all is the one with the most weight", "[aggregate]") {
  random_engine random(41);
  for (int round = 0; round < 200; ++round) {
    const auto answers = test::random_answers<std::string>(random);
    const auto one = combine(answers, best_k{1, plurality{}});
    const auto best = combine(answers, max_weight{});
    CHECK(one.value == best.value);
  }
}

TEST_CASE("the best k agree with a sort by hand", "[aggregate]") {
  random_engine random(42);
  for (int round = 0; round < 200; ++round) {
    std::vector<answer<double>> answers(1 + uniform_below(random, 10));
    for (auto& a : answers) a = from("", uniform_01(random), uniform_01(random));
    const std::size_t k = 1 + uniform_below(random, 10);
    auto sorted = answers;
    std::sort(sorted.begin(), sorted.end(), [](auto& a, auto& b) { return a.accuracy > b.accuracy; });
    double sum = 0;
    double weights = 0;
    for (std::size_t i = 0; i < std::min(k, sorted.size()); ++i) {
      sum += sorted[i].accuracy * sorted[i].value;
      weights += sorted[i].accuracy;
    }
    CHECK(*combine(answers, best_k{k}).value == Approx(sum / weights).epsilon(1e-13));
  }
}
