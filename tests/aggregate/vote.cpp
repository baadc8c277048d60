// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/vote.hpp"

#include <map>
#include <string>
#include <vector>

#include "aggregate/answers.hpp"
#include "catch.hpp"
#include "shoal/aggregate/answer_weights.hpp"
#include "shoal/aggregate/max_weight.hpp"

using namespace shoal;
using namespace shoal::aggregate;
using test::from;
using test::label;
using text = std::string;

namespace {

/// One vote for each letter, by sources s0, s1, ... in reverse, so that order of source is not order of
/// value.
std::vector<answer<text>> ballots(const text& letters) {
  std::vector<answer<text>> out;
  for (const char c : letters) out.push_back(from<text>("s" + std::to_string(9 - out.size()), text(1, c)));
  return out;
}

}  // namespace

TEST_CASE("the value with the most votes wins a plurality", "[aggregate]") {
  const auto out = combine(ballots("abcb"), plurality{});
  CHECK(*out.value == "b");
  CHECK(out.confidence == 0.5);
  CHECK(out.margin == 0.25);
  CHECK(!out.tie);
  CHECK(out.used == 4);
}

TEST_CASE("a result says how many answers it is worth, and how many of them say otherwise", "[aggregate]") {
  const auto votes = combine(ballots("abcb"), plurality{});
  CHECK(votes.effective == Approx(4));
  CHECK(votes.dissenters == 2);
  // (sum w)^2 / sum w^2 of 0.5, 0.3 and 0.2 is 1 / 0.38.
  auto weighted = ballots("abb");
  weighted[0].accuracy = 0.5;
  weighted[1].accuracy = 0.3;
  weighted[2].accuracy = 0.2;
  const auto out = combine(weighted, weighted_vote{accuracy_weight{}});
  CHECK(out.tie);
  CHECK(out.effective == Approx(1 / 0.38));
  CHECK(out.dissenters == 2);  // a leads, the smallest of those that tie
  CHECK(combine(weighted, max_weight{accuracy_weight{}}).dissenters == 2);
  CHECK(combine(ballots(""), plurality{}).effective == 0);
  auto silent = ballots("ab");
  for (auto& a : silent) a.abstains = true;
  CHECK(combine(silent, plurality{}).why == reason::all_abstained);
  CHECK(name_of(reason::all_abstained) == "all abstained");
  CHECK(combine(ballots("zzzz"), plurality{}).dissenters == 0);
  CHECK(combine(ballots("ab"), plurality{tie_rule::no_value}).dissenters == 1);
}

TEST_CASE("a lone value has all the votes", "[aggregate]") {
  const auto out = combine(ballots("aaaaaaaaaa"), plurality{});
  CHECK(out.confidence == 1);
  CHECK(out.margin == 1);
}

TEST_CASE("ties go by the stated rule and are flagged", "[aggregate]") {
  const auto votes = ballots("zcbbc");  // sources s9 to s5: z by s9, c by s8, b by s7 and s6, c by s5
  const auto smallest = combine(votes, plurality{});
  CHECK(*smallest.value == "b");
  CHECK(smallest.tie);
  CHECK(smallest.confidence == 0.4);
  CHECK(smallest.margin == 0);
  CHECK(*combine(votes, plurality{tie_rule::lowest_source}).value == "c");

  const auto none = combine(votes, plurality{tie_rule::no_value});
  CHECK(!none);
  CHECK(none.why == reason::tied);
  CHECK(none.tie);
  CHECK(none.confidence == 0.4);
  CHECK(none.used == 5);
}

TEST_CASE("values without an order: the lowest source breaks ties, and without names none does",
          "[aggregate]") {
  const std::vector<answer<label>> named{from("bob", label{1}), from("ada", label{2})};
  CHECK(combine(named, plurality{}).value->id == 2);
  CHECK(combine(named, plurality{}).tie);
  const std::vector<answer<label>> unnamed{from("", label{1}), from("", label{2}), from("", label{3})};
  CHECK(combine(unnamed, plurality{}).why == reason::tied);
  const std::vector<answer<label>> decided{from("", label{1}), from("", label{2}), from("", label{1})};
  CHECK(combine(decided, plurality{}).value->id == 1);
}

TEST_CASE("dense values vote, unequal shapes included", "[aggregate]") {
  const Eigen::VectorXi a = Eigen::Vector2i(1, 2);
  const Eigen::VectorXi b = Eigen::Vector3i(1, 2, 3);
  const std::vector<answer<Eigen::VectorXi>> votes{from("x", a), from("y", b), from("z", b)};
  CHECK(*combine(votes, plurality{}).value == b);
}

TEST_CASE("a vote by weight may overrule a vote by heads", "[aggregate]") {
  const std::vector<answer<text>> votes{from<text>("ada", "a", 0.9), from<text>("bob", "b", 0.3),
                                        from<text>("cyd", "b", 0.3)};
  CHECK(*combine(votes, plurality{}).value == "b");
  const auto out = combine(votes, weighted_vote{accuracy_weight{}});
  CHECK(*out.value == "a");
  CHECK(out.confidence == Approx(0.6));
  CHECK(out.margin == Approx(0.2));
  auto unsure = votes;
  unsure[0].confidence = 0.5;
  CHECK(*combine(unsure, weighted_vote{times_confidence{accuracy_weight{}}}).value == "b");
}

TEST_CASE("weights that add up to the same but for rounding tie", "[aggregate]") {
  const std::vector<answer<text>> votes{from<text>("ada", "b", 0.1), from<text>("bob", "b", 0.2),
                                        from<text>("cyd", "a", 0.3)};
  const auto out = combine(votes, weighted_vote{});
  CHECK(out.tie);
  CHECK(*out.value == "a");
}

TEST_CASE("a vote by log odds is the most probable answer of independent sources", "[aggregate]") {
  // Oracle: Bayes' rule with a flat prior over three choices, wrong choices alike.
  random_engine random(21);
  for (int round = 0; round < 300; ++round) {
    std::vector<answer<int>> votes(1 + uniform_below(random, 7));
    std::map<int, double> likelihood{{0, 1}, {1, 1}, {2, 1}};
    for (auto& v : votes) {
      v.value = static_cast<int>(uniform_below(random, 3));
      v.accuracy = 0.35 + 0.6 * uniform_01(random);
      for (auto& [value, l] : likelihood) l *= value == v.value ? v.accuracy : (1 - v.accuracy) / 2;
    }
    const auto out = combine(votes, weighted_vote{log_odds_weight{3}});
    REQUIRE(out);
    for (const auto& [value, l] : likelihood) CHECK(likelihood[*out.value] >= l * (1 - 1e-9));
  }
}

TEST_CASE("a majority is more than half, not half", "[aggregate]") {
  CHECK(*combine(ballots("aab"), majority{}).value == "a");
  const auto half = combine(ballots("aabb"), majority{});
  CHECK(!half);
  CHECK(half.why == reason::no_majority);
  CHECK(half.confidence == 0.5);
  CHECK(half.tie);
  CHECK(half.used == 4);
  CHECK(combine(ballots("aabc"), majority{}).why == reason::no_majority);
  CHECK(*combine(ballots("aaaab"), majority{0.75}).value == "a");
  CHECK(combine(ballots("aaab"), majority{0.75}).why == reason::no_majority);
}

TEST_CASE("half the weight, rounding apart, is no majority", "[aggregate]") {
  const std::vector<answer<text>> votes{from<text>("ada", "a", 0.1), from<text>("bob", "a", 0.2),
                                        from<text>("cyd", "b", 0.3)};
  CHECK(combine(votes, majority{0.5, accuracy_weight{}}).why == reason::no_majority);
}

TEST_CASE("a majority by weight, abstentions apart", "[aggregate]") {
  std::vector<answer<text>> votes{from<text>("ada", "a", 0.9), from<text>("bob", "b", 0.3),
                                  from<text>("cyd", "b", 0.3), test::abstention<text>("dan"),
                                  test::abstention<text>("eve")};
  const auto out = combine(votes, majority{0.5, accuracy_weight{}});
  CHECK(*out.value == "a");
  CHECK(out.abstained == 2);
  CHECK(*combine(votes, majority{}).value == "b");
}

TEST_CASE("a majority refuses shares at which it is none", "[aggregate]") {
  for (const double bad : {0.49, 1.0, -1.0, test::not_a_number})
    CHECK_THROWS_AS(combine(ballots("a"), majority{bad}), invalid_argument);
}

TEST_CASE("unanimity is lost by one, and not by an abstention", "[aggregate]") {
  CHECK(*combine(ballots("aaa"), unanimous{}).value == "a");
  const auto split = combine(ballots("aaab"), unanimous{});
  CHECK(!split);
  CHECK(split.why == reason::disagreement);
  CHECK(split.confidence == 0.75);
  auto votes = ballots("aa");
  votes.push_back(test::abstention<text>("zoe"));
  CHECK(*combine(votes, unanimous{}).value == "a");
  CHECK(combine(std::vector<answer<text>>{}, unanimous{}).why == reason::no_answers);
}

TEST_CASE("a source that votes often has one vote", "[aggregate]") {
  std::vector<answer<text>> votes{from<text>("ada", "a"), from<text>("ada", "a"), from<text>("ada", "a"),
                                  from<text>("bob", "b"), from<text>("cyd", "b")};
  const auto out = combine(votes, plurality{});
  CHECK(*out.value == "b");
  CHECK(out.used == 3);
  CHECK(out.discarded == 2);
}

TEST_CASE("votes agree with a naive count", "[aggregate]") {
  random_engine random(22);
  for (int round = 0; round < 400; ++round) {
    std::vector<answer<text>> ordered(1 + uniform_below(random, 12));
    std::vector<answer<label>> unordered(ordered.size());
    std::map<text, int> count;
    std::map<text, text> lowest;
    for (std::size_t i = 0; i < ordered.size(); ++i) {
      const int id = static_cast<int>(uniform_below(random, 4));
      const text source = "s" + std::to_string(uniform_below(random, 1000)) + "-" + std::to_string(i);
      const text value(1, static_cast<char>('a' + id));
      ordered[i] = from(source, value);
      unordered[i] = from(source, label{id});
      ++count[value];
      if (lowest[value].empty() || source < lowest[value]) lowest[value] = source;
    }
    int top = 0;
    for (const auto& [value, n] : count) top = std::max(top, n);
    text smallest;
    text by_source;
    int leaders = 0;
    for (const auto& [value, n] : count) {
      if (n != top) continue;
      ++leaders;
      if (smallest.empty()) smallest = value;
      if (by_source.empty() || lowest[value] < lowest[by_source]) by_source = value;
    }
    const auto out = combine(ordered, plurality{});
    CHECK(*out.value == smallest);
    CHECK(out.tie == (leaders > 1));
    CHECK(out.confidence == static_cast<double>(top) / static_cast<double>(ordered.size()));
    CHECK(*combine(ordered, plurality{tie_rule::lowest_source}).value == by_source);
    CHECK(combine(unordered, plurality{}).value->id == by_source[0] - 'a');
    CHECK(combine(ordered, plurality{tie_rule::no_value}).value.has_value() == (leaders == 1));
    const auto more = combine(ordered, majority{});
    CHECK(more.value.has_value() == (2 * top > static_cast<int>(ordered.size())));
    CHECK(combine(ordered, unanimous{}).value.has_value() == (count.size() == 1));
    CHECK(test::same_bits(combine(ordered, weighted_vote{equal_weight{}}), out));
  }
}
