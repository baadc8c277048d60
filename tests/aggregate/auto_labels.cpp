// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/auto_labels.hpp"

#include <algorithm>
#include <vector>

#include "aggregate/label_sets.hpp"
#include "catch.hpp"
#include "shoal/aggregate/glad.hpp"
#include "shoal/aggregate/stack.hpp"

using namespace shoal;
using namespace shoal::aggregate;

namespace {

// Fifteen workers of whom the first seven (or five) attack: what the n-th seed's attack leaves of the truth.
template <class Attack>
double under_attack(const Attack& attack) {
  double sum = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    auto set = test::made_labels(600, 4, test::fifteen(seed), seed);
    random_engine random(seed + 100);
    std::vector<std::uint32_t> lie;
    for (const auto truth : set.truth) lie.push_back(test::other_than(truth, 4, random));
    for (auto& label : set.given) attack(label, lie[label.item], random);
    sum += test::accuracy(auto_labels{}(make_label_matrix(set.given, 600, 15, 4)), set.truth) / 3;
  }
  return sum;
}

}  // namespace

TEST_CASE("seven of fifteen that all give the same wrong answer are seen through", "[aggregate]") {
  CHECK(under_attack([](crowd_label& label, std::uint32_t lie, random_engine&) {
          if (label.worker < 7) label.label = lie;
        }) > 0.97);
}

TEST_CASE("seven of fifteen that copy a lie four times of five are seen through", "[aggregate]") {
  CHECK(under_attack([](crowd_label& label, std::uint32_t lie, random_engine& random) {
          if (label.worker < 7 && uniform_01(random) < 0.8) label.label = lie;
        }) > 0.95);
}

TEST_CASE("five of fifteen that turn hostile midway are believed before, not after", "[aggregate]") {
  CHECK(under_attack([](crowd_label& label, std::uint32_t lie, random_engine&) {
          if (label.worker < 5 && label.item >= 300) label.label = lie;
        }) > 0.98);
}

TEST_CASE("eight copies of one worker count as one", "[aggregate]") {
  auto set = test::made_labels(600, 4, test::fifteen(9), 9);
  const auto copied = set.given;
  for (auto& label : set.given)
    if (label.worker < 8) label.label = copied[label.item * 15].label;
  const auto m = make_label_matrix(set.given, 600, 15, 4);
  CHECK(test::accuracy(label_plurality{}(m), set.truth) < 0.85);
  CHECK(test::accuracy(auto_labels{}(m), set.truth) > 0.95);
}

TEST_CASE("independent workers weigh as they did: no clone is seen", "[aggregate]") {
  const auto set = test::made_labels(500, 3, {0.95, 0.95, 0.9, 0.7, 0.6, 0.6}, 21, 0.7);
  const auto e = auto_labels{}(set.matrix);
  const double excess = excess_agreement(set.matrix, e.reliability);
  CHECK(excess < 0.1);
  CHECK(clone_weights(set.matrix, e.reliability, excess) == std::vector<double>(6, 1.0));
}

TEST_CASE("auto is not below the plurality on sets of any shape", "[aggregate]") {
  double gain = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    random_engine random(seed);
    const std::size_t classes = 2 + uniform_below(random, 5);
    std::vector<double> right(3 + uniform_below(random, 40));
    for (auto& r : right) r = 0.35 + 0.6 * uniform_01(random);
    const auto set = test::made_labels(300, classes, right, seed, 0.1 + 0.6 * uniform_01(random));
    const double difference = test::accuracy(auto_labels{}(set.matrix), set.truth) -
                              test::accuracy(label_plurality{}(set.matrix), set.truth);
    CHECK(difference > -0.02);
    gain += difference;
  }
  CHECK(gain > 0);
}

TEST_CASE("auto answers nothing, one label and one class", "[aggregate]") {
  const std::vector<crowd_label> none;
  CHECK(auto_labels{}(make_label_matrix(none, 0, 0, 0)).probability.empty());
  CHECK(auto_labels{}(make_label_matrix(none, 2, 1, 3)).row(0)[0] == Approx(1.0 / 3));
  const std::vector<crowd_label> one{{0, 0, 1, 0}};
  CHECK(choose(auto_labels{}(make_label_matrix(one, 1, 1, 2)).row(0), 2).label == 1);
}

TEST_CASE("errors of independent workers do not correlate, those of copies do", "[aggregate]") {
  auto set = test::made_labels(4000, 4, {0.7, 0.7, 0.7}, 31);
  CHECK(std::abs(error_correlation(set.matrix, set.truth)) < 0.03);
  const auto copied = set.given;
  for (auto& label : set.given) label.label = copied[label.item * 3].label;
  CHECK(error_correlation(make_label_matrix(set.given, 4000, 3, 4), set.truth) == Approx(1));
  CHECK(independent_workers(29, 1) == Approx(1));
  CHECK(independent_workers(29, 0) == Approx(29));
}

TEST_CASE("a little gold makes a stacker that follows the one good worker among copies of a poor one",
          "[aggregate]") {
  auto set = test::made_labels(3000, 4, {0.4, 0.4, 0.4, 0.4, 0.9}, 41);
  random_engine random(5);
  for (auto& label : set.given)  // three follow the first, most of the time
    if (label.worker > 0 && label.worker < 4 && uniform_01(random) < 0.8)
      label.label = set.given[label.item * 5].label;
  const auto m = make_label_matrix(set.given, 3000, 5, 4);
  std::vector<std::uint32_t> gold(3000, no_label);
  std::vector<std::uint32_t> rest = set.truth;
  for (std::size_t i = 0; i < 150; ++i) {
    gold[i] = set.truth[i];
    rest[i] = no_label;
  }
  const auto e = stack{}(m, gold);
  CHECK(test::accuracy(e, rest) > 0.88);
  CHECK(e.row(0)[set.truth[0]] == 1);
  double said = 0;
  for (std::size_t i = 150; i < 3000; ++i) said += choose(e.row(i), 4).confidence;
  CHECK(said / 2850 == Approx(test::accuracy(e, rest)).margin(0.07));
  CHECK_THROWS_AS(stack{}(m, std::vector<std::uint32_t>(3000, no_label)), invalid_argument);
  CHECK_THROWS_AS(stack{0.0}(m, gold), invalid_argument);
}

TEST_CASE("GLAD finds able workers and is surer of items that all agree on", "[aggregate]") {
  const auto set = test::made_labels(800, 3, {0.9, 0.85, 0.8, 0.5, 0.4}, 51);
  const auto e = glad{}(set.matrix);
  CHECK(test::accuracy(e, set.truth) > test::accuracy(label_plurality{}(set.matrix), set.truth) - 0.005);
  CHECK(e.reliability[0] > e.reliability[3]);
  for (std::size_t i = 0; i < e.items(); ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < 3; ++k) sum += e.row(i)[k];
    CHECK(sum == Approx(1));
  }
}
