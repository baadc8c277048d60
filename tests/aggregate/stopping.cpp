// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/stopping.hpp"

#include <string>
#include <vector>

#include "aggregate/answers.hpp"
#include "catch.hpp"
#include "shoal/aggregate/vote.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::aggregate;

namespace {

std::vector<answer<std::string>> votes(const std::string& labels, const std::vector<double>& accuracy = {}) {
  std::vector<answer<std::string>> out;
  for (std::size_t i = 0; i < labels.size(); ++i)
    out.push_back(test::from<std::string>("m" + std::to_string(i), std::string(1, labels[i]),
                                          accuracy.empty() ? 1 : accuracy[i]));
  return out;
}

template <class Rule>
bool enough(const std::vector<answer<std::string>>& answers, const Rule& rule, double pending) {
  return rule(std::span<const answer<std::string>>(answers), pending);
}

// Whether some way of giving the pending votes changes what is elected, tried one by one.
bool can_change(const std::string& labels, std::size_t pending, const std::string& elected) {
  if (pending == 0) return *combine(votes(labels), plurality{}).value != elected;
  for (const char c : {'a', 'b', 'c', 'd'})
    if (can_change(labels + c, pending - 1, elected)) return true;
  return false;
}

}  // namespace

TEST_CASE("the exact rule stops only where no vote to come can change the result", "[aggregate]") {
  random_engine random(3);
  int stopped = 0;
  for (int turn = 0; turn < 200; ++turn) {
    std::string labels;
    for (std::size_t i = uniform_below(random, 7); i > 0; --i) labels += "aaabc"[uniform_below(random, 5)];
    const std::size_t pending = uniform_below(random, 4);
    if (!enough(votes(labels), exact_stop{}, static_cast<double>(pending))) continue;
    ++stopped;
    CHECK_FALSE(can_change(labels, pending, *combine(votes(labels), plurality{}).value));
  }
  CHECK(stopped > 30);
}

TEST_CASE("the exact rule stops as soon as the lead exceeds what is pending", "[aggregate]") {
  CHECK(enough(votes("aaab"), exact_stop{}, 1));
  CHECK_FALSE(enough(votes("aaab"), exact_stop{}, 2));  // a tie could come of it
  CHECK_FALSE(enough(votes(""), exact_stop{}, 0));
  CHECK(enough(votes("ab", {0.9, 0.2}), exact_stop{accuracy_weight{}}, 0.6));
  CHECK_FALSE(enough(votes("ab", {0.9, 0.2}), exact_stop{accuracy_weight{}}, 0.8));
}

TEST_CASE("the Beta rule's risk is the chance that the leader is not the more frequent of two",
          "[aggregate]") {
  // Beta(n + 1, 1): P(X <= 1/2) = 2^-(n + 1).
  CHECK_FALSE(enough(votes("aaa"), beta_stop{0.0624}, 5));
  CHECK(enough(votes("aaa"), beta_stop{0.0626}, 5));
  // Beta(3, 2) at 1/2: 5 / 16.
  CHECK(enough(votes("aab"), beta_stop{0.3126}, 5));
  CHECK_FALSE(enough(votes("aab"), beta_stop{0.3124}, 5));
  CHECK_FALSE(enough(votes("a"), beta_stop{0.5}, 5));
  CHECK_FALSE(enough(votes("ab"), beta_stop{0.9}, 5));
  CHECK(enough(votes("ab"), beta_stop{0.01}, 0));  // nobody is left to ask
  CHECK_THROWS_AS(enough(votes("aa"), beta_stop{0.0}, 5), invalid_argument);
}

TEST_CASE("on independent draws the Beta rule errs no more often than it says", "[aggregate]") {
  random_engine random(11);
  int wrong = 0;
  double asked = 0;
  for (int turn = 0; turn < 300; ++turn) {
    const double p = uniform_01(random);  // what it takes to be drawn from at random
    std::string labels;
    while (!enough(votes(labels), beta_stop{0.05}, labels.size() < 60 ? 1 : 0))
      labels += uniform_01(random) < p ? 'a' : 'b';
    if (labels.size() == 60) continue;
    asked += static_cast<double>(labels.size());
    wrong += (*combine(votes(labels), plurality{}).value == "a") == (p > 0.5) ? 0 : 1;
  }
  CHECK(wrong < 30);  // one look would be 15; many looks make it somewhat more
  CHECK(asked / 300 < 15);
}

TEST_CASE("who is asked first says most for its price", "[aggregate]") {
  const std::vector<double> reliability{0.6, 0.9, 0.3, 0.9};
  CHECK(best_first(reliability) == std::vector<std::size_t>{1, 3, 0, 2});
  const std::vector<double> cost{1, 100, 1, 2};
  CHECK(best_first(reliability, cost) == std::vector<std::size_t>{3, 0, 1, 2});
  // One of ten is right by chance: 0.3 says something.
  CHECK(best_first(reliability, std::vector<double>{1, 1, 0.1, 1}, 10)[0] == 2);
  CHECK_THROWS_AS(best_first(reliability, std::vector<double>{1}), invalid_argument);
  CHECK_THROWS_AS(best_first(reliability, std::vector<double>{1, 1, 0, 1}), invalid_argument);
}
