// SPDX-License-Identifier: BSL-1.0
// What every aggregator promises, whatever its kind.
#include "shoal/aggregate/aggregator.hpp"

#include <array>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "aggregate/answers.hpp"
#include "catch.hpp"
#include "shoal/aggregate/answer_weights.hpp"
#include "shoal/aggregate/best_k.hpp"
#include "shoal/aggregate/hierarchical.hpp"
#include "shoal/aggregate/max_weight.hpp"
#include "shoal/aggregate/newest_within.hpp"
#include "shoal/aggregate/quorum.hpp"
#include "shoal/aggregate/threshold.hpp"
#include "shoal/aggregate/vote.hpp"
#include "shoal/aggregate/weighted_sum.hpp"

using namespace shoal;
using namespace shoal::aggregate;

namespace {

template <class Value, class A>
void keeps_promises(const char* name, const A& how, std::uint64_t seed) {
  INFO(name << ", seed " << seed);
  random_engine random(seed);
  std::size_t with_value = 0;
  for (int round = 0; round < 120; ++round) {
    auto answers = test::random_answers<Value>(random);
    const auto first = combine(answers, how);
    with_value += first.value.has_value();
    REQUIRE(first.value.has_value() == (first.why == reason::decided));
    REQUIRE(first.used + first.abstained + first.discarded == answers.size());
    REQUIRE((first.confidence >= 0 && first.confidence <= 1));
    REQUIRE((first.margin >= 0 && first.margin <= 1));
    for (int order = 0; order < 8; ++order) {
      test::shuffle(answers, random);
      REQUIRE(test::same_bits(combine(answers, how), first));
    }
  }
  CHECK(with_value > 5);
  const auto nothing = combine(std::vector<answer<Value>>{}, how);
  CHECK(!nothing);
  CHECK((nothing.why == reason::no_answers || nothing.why == reason::no_quorum));
  const std::vector<answer<Value>> silent{test::abstention<Value>("ada"), test::abstention<Value>("bob")};
  const auto silence = combine(silent, how);
  CHECK(!silence);
  CHECK(silence.abstained == 2);
  CHECK((silence.used == 0 && silence.discarded == 0 && silence.confidence == 0));
}

template <class Value>
void votes_keep_promises() {
  keeps_promises<Value>("plurality", plurality{}, 1);
  keeps_promises<Value>("plurality, lowest source", plurality{tie_rule::lowest_source}, 2);
  keeps_promises<Value>("plurality, no value", plurality{tie_rule::no_value}, 3);
  keeps_promises<Value>("weighted vote", weighted_vote{}, 4);
  keeps_promises<Value>("confident vote", weighted_vote{times_confidence{log_odds_weight{}}}, 5);
  keeps_promises<Value>("majority", majority{}, 6);
  keeps_promises<Value>("unanimous", quorum{1, unanimous{}}, 7);
  keeps_promises<Value>("quorum", quorum{3, weighted_vote{softmax_weight{0.1}}}, 8);
  keeps_promises<Value>("matching quorum", matching_quorum{2}, 9);
  keeps_promises<Value>("hierarchical vote", hierarchical{plurality{}, weighted_vote{}}, 10);
  keeps_promises<Value>("best 3 vote", best_k{3, plurality{}, accuracy_weight{}}, 11);
  keeps_promises<Value>("newest", newest_within{1.5, plurality{}}, 12);
  keeps_promises<Value>("decaying vote", weighted_vote{decaying{0.7, equal_weight{}}}, 13);
}

template <class Value>
void picks_keep_promises() {
  keeps_promises<Value>("max weight", max_weight{}, 14);
  keeps_promises<Value>("max weight, smallest value", max_weight{accuracy_weight{}, tie_rule::smallest_value},
                        15);
  keeps_promises<Value>("best 2 max weight", best_k{2, max_weight{}}, 16);
  keeps_promises<Value>("hierarchical max weight", hierarchical{max_weight{}}, 17);
}

template <class Value>
void sums_keep_promises() {
  keeps_promises<Value>("mean", weighted_sum{}, 18);
  keeps_promises<Value>("sum", weighted_sum{accuracy_weight{}, false}, 19);
  keeps_promises<Value>("power mean weights", weighted_sum{power_mean_weight{-1}}, 20);
  keeps_promises<Value>("decaying mean", weighted_sum{decaying{0.3, times_confidence{}}}, 21);
  keeps_promises<Value>("best 4 mean", best_k{4, weighted_sum{}}, 22);
  keeps_promises<Value>("hierarchical mean", hierarchical{weighted_sum{}}, 23);
  keeps_promises<Value>("newest mean", newest_within{2, weighted_sum{}}, 24);
  keeps_promises<Value>("vote of means", hierarchical{weighted_sum{}, plurality{}}, 25);
}

}  // namespace

TEST_CASE("aggregators of scores give the same bits for any order of answers", "[aggregate]") {
  votes_keep_promises<double>();
  picks_keep_promises<double>();
  sums_keep_promises<double>();
  keeps_promises<double>("threshold", threshold{0.25}, 26);
}

TEST_CASE("aggregators of texts give the same bits for any order of answers", "[aggregate]") {
  votes_keep_promises<std::string>();
  picks_keep_promises<std::string>();
}

TEST_CASE("aggregators of vectors give the same bits for any order of answers", "[aggregate]") {
  votes_keep_promises<Eigen::VectorXd>();
  picks_keep_promises<Eigen::VectorXd>();
  sums_keep_promises<Eigen::VectorXd>();
}

TEST_CASE("aggregators of values without an order give the same bits for any order of answers",
          "[aggregate]") {
  votes_keep_promises<test::label>();
  picks_keep_promises<test::label>();
  picks_keep_promises<test::opaque>();
}

TEST_CASE("an aggregator takes any contiguous range, and a lambda with captures is one", "[aggregate]") {
  const std::array three{test::from<double>("ada", 1), test::from<double>("bob", 2),
                         test::from<double>("cyd", 6)};
  const std::vector<answer<double>> same(three.begin(), three.end());
  CHECK(*combine(three, weighted_sum{}).value == 3);
  CHECK(*combine(same, weighted_sum{}).value == 3);
  CHECK(*combine(std::span<const answer<double>>(three).first(2), weighted_sum{}).value == 1.5);

  const double floor = 5;
  const auto above = [floor](std::span<const answer<double>> answers) {
    result<int> out;
    out.value = 0;
    out.why = reason::decided;
    for (const auto& a : answers) *out.value += a.value > floor;
    return out;
  };
  static_assert(aggregator<decltype(above), double> && !aggregator<decltype(above), std::string>);
  static_assert(std::same_as<aggregated_t<decltype(above), double>, int>);
  CHECK(*combine(three, above).value == 1);
  CHECK(*combine(three, newest_within{1, above}).value == 1);
}

TEST_CASE("aggregators refuse types of values that they cannot take", "[aggregate]") {
  using scores = weighted_sum<>;
  static_assert(aggregator<scores, int> && aggregator<scores, float> && aggregator<scores, long double>);
  static_assert(aggregator<scores, Eigen::Vector2f> && aggregator<scores, Eigen::ArrayXXd>);
  static_assert(!aggregator<scores, std::string> && !aggregator<scores, bool> && !aggregator<scores, char>);
  static_assert(!aggregator<scores, Eigen::VectorXi> && !aggregator<scores, test::label>);
  static_assert(!aggregator<best_k<>, std::string> && !aggregator<newest_within<scores>, std::string>);
  static_assert(!aggregator<hierarchical<scores>, std::string>);
  static_assert(!aggregator<hierarchical<threshold<>, weighted_sum<>>, double>);  // alerts have no mean
  static_assert(aggregator<hierarchical<threshold<>, plurality>, double>);
  static_assert(!aggregator<threshold<plurality>, std::string>);
  static_assert(!aggregator<threshold<>, Eigen::VectorXd>);
  static_assert(!aggregator<plurality, test::opaque> && aggregator<plurality, test::label>);
  static_assert(!aggregator<majority<>, test::opaque> && !aggregator<unanimous, test::opaque>);
  static_assert(aggregator<max_weight<>, test::opaque>);
  static_assert(!aggregator<weighted_sum<std::string>, double>);  // a string is no weight policy
  static_assert(aggregator<weighted_sum<std::function<double(double, double)>>, double>);
  CHECK(true);
}
