// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/weights.hpp"

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "aggregate/answers.hpp"
#include "catch.hpp"
#include "shoal/aggregate/answer_weights.hpp"
#include "shoal/aggregate/weigh.hpp"

using namespace shoal;
using namespace shoal::aggregate;
using test::from;
using test::infinity;
using test::not_a_number;

namespace {

/// Normalised weights of sources with these accuracies.
template <class Weight>
std::vector<double> shares(const std::vector<double>& accuracies, const Weight& policy) {
  std::vector<answer<int>> answers;
  for (const double p : accuracies) answers.push_back(from(std::string(1, char('a' + answers.size())), 0, p));
  const auto w = weigh(std::span<const answer<int>>(answers), policy);
  std::vector<double> out;
  for (const auto& a : w.answers) out.push_back(a.relative / w.total);
  return out;
}

}  // namespace

TEST_CASE("weights have their closed forms", "[aggregate]") {
  CHECK(equal_weight{}(0.2, 0.3) == 1);
  CHECK(product_weight{}(0.5, 0.25) == 0.125);
  CHECK(accuracy_weight{}(0.5, 0.25) == 0.5);
  CHECK(log_odds_weight{}(0.9, 0.5) == Approx(0.5 * std::log(9.0)).epsilon(1e-14));
  CHECK(log_odds_weight{4}(0.7, 1) == Approx(std::log(3 * 0.7 / 0.3)).epsilon(1e-14));
  CHECK(softmax_weight{0.5}(0.8, 0.5) == Approx(std::exp((0.4 - 1) / 0.5)).epsilon(1e-14));
}

TEST_CASE("the power mean passes through the means that it is known for", "[aggregate]") {
  const double p = 0.9;
  const double r = 0.4;
  CHECK(power_mean_weight{1}(p, r) == Approx(0.65).epsilon(1e-14));
  CHECK(power_mean_weight{2}(p, r) == Approx(std::sqrt((0.81 + 0.16) / 2)).epsilon(1e-14));
  CHECK(power_mean_weight{0}(p, r) == Approx(0.6).epsilon(1e-14));
  CHECK(power_mean_weight{-1}(p, r) == Approx(2 * p * r / (p + r)).epsilon(1e-14));
  CHECK(power_mean_weight{infinity}(p, r) == p);
  CHECK(power_mean_weight{-infinity}(p, r) == r);
  CHECK(power_mean_weight{5000}(p, r) == Approx(p * std::pow(0.5, 1 / 5000.0)).epsilon(1e-12));
  CHECK(power_mean_weight{-5000}(p, r) == Approx(r * std::pow(0.5, -1 / 5000.0)).epsilon(1e-12));
  CHECK(power_mean_weight{1e-7}(p, r) == Approx(0.6).epsilon(1e-6));
}

TEST_CASE("the power mean grows with its exponent and treats P and R alike", "[aggregate]") {
  random_engine random(3);
  for (int round = 0; round < 300; ++round) {
    const double p = uniform_01(random);
    const double r = uniform_01(random);
    double last = 0;
    for (const double e : {-infinity, -30.0, -2.0, -1.0, 0.0, 0.5, 1.0, 3.0, 50.0, infinity}) {
      const double f = power_mean_weight{e}(p, r);
      CHECK(f >= last * (1 - 1e-12));
      CHECK(f == power_mean_weight{e}(r, p));
      last = f;
    }
  }
}

TEST_CASE("a power mean with an exponent of zero or less is zero where P or R is", "[aggregate]") {
  for (const double e : {0.0, -1.0, -infinity}) {
    CHECK(power_mean_weight{e}(0, 0.5) == 0);
    CHECK(power_mean_weight{e}(0.5, 0) == 0);
  }
  CHECK(power_mean_weight{1}(0, 0.5) == 0.25);
  CHECK(power_mean_weight{2}(0, 0) == 0);
}

TEST_CASE("log odds are finite for sources said never or always to err, and zero at chance", "[aggregate]") {
  CHECK(log_odds_weight{}(1, 1) == Approx(std::log((1 - 1e-6) / 1e-6)).epsilon(1e-9));
  CHECK(log_odds_weight{}(0, 1) == Approx(-std::log((1 - 1e-6) / 1e-6)).epsilon(1e-9));
  CHECK(log_odds_weight{2, 0.01}(1, 1) == Approx(std::log(99.0)).epsilon(1e-12));
  CHECK(log_odds_weight{}(0.5, 1) == 0);
  CHECK(log_odds_weight{4}(0.2, 1) < 0);
}

TEST_CASE("NaN figures give NaN weights, never others", "[aggregate]") {
  CHECK(std::isnan(product_weight{}(not_a_number, 1)));
  CHECK(std::isnan(log_odds_weight{}(not_a_number, 1)));
  CHECK(std::isnan(softmax_weight{}(1, not_a_number)));
  for (const double e : {-infinity, -1.0, 0.0, 1.0, infinity}) {
    CHECK(std::isnan(power_mean_weight{e}(not_a_number, 0.5)));
    CHECK(std::isnan(power_mean_weight{e}(0.5, not_a_number)));
  }
}

TEST_CASE("weights refuse parameters out of range, naming them", "[aggregate]") {
  CHECK_THROWS_AS(power_mean_weight{not_a_number}(0.5, 0.5), invalid_argument);
  CHECK_THROWS_AS((log_odds_weight{1}(0.5, 0.5)), invalid_argument);
  CHECK_THROWS_AS((log_odds_weight{infinity}(0.5, 0.5)), invalid_argument);
  CHECK_THROWS_AS((log_odds_weight{2, 0}(0.5, 0.5)), invalid_argument);
  CHECK_THROWS_AS((log_odds_weight{2, 0.5}(0.5, 0.5)), invalid_argument);
  CHECK_THROWS_AS((log_odds_weight{2, not_a_number}(0.5, 0.5)), invalid_argument);
  CHECK_THROWS_AS(softmax_weight{0}(0.5, 0.5), invalid_argument);
  CHECK_THROWS_AS(softmax_weight{not_a_number}(0.5, 0.5), invalid_argument);
  try {
    softmax_weight{-1}(0.5, 0.5);
  } catch (const invalid_argument& e) {
    CHECK(std::string(e.what()) == "softmax_weight: temperature -1 is not >= 0.002");
  }
}

TEST_CASE("normalised weights sum to one and keep their ratios", "[aggregate]") {
  CHECK(shares({0.5, 0.3, 0.2}, accuracy_weight{}) == std::vector<double>{0.5, 0.3, 0.2});
  CHECK(shares({0.4, 0.4, 0.4, 0.4}, product_weight{}) == std::vector<double>(4, 0.25));
  const auto soft = shares({0.9, 0.1}, softmax_weight{0.2});
  CHECK(soft[0] / soft[1] == Approx(std::exp(0.8 / 0.2)).epsilon(1e-12));
  CHECK(soft[0] + soft[1] == Approx(1).epsilon(1e-15));
}

TEST_CASE("normalised weights do not change with the scale of f", "[aggregate]") {
  random_engine random(7);
  for (int round = 0; round < 100; ++round) {
    std::vector<double> p(1 + uniform_below(random, 9));
    for (auto& x : p) x = uniform_01(random);
    const auto plain = shares(p, accuracy_weight{});
    const auto doubled = shares(p, [](double a, double) { return 0x1p40 * a; });
    CHECK(plain == doubled);  // a power of two scales without rounding, so every bit agrees
    const auto tripled = shares(p, [](double a, double) { return 3e-7 * a; });
    REQUIRE(tripled.size() == plain.size());
    for (std::size_t i = 0; i < p.size(); ++i) CHECK(tripled[i] == Approx(plain[i]).epsilon(1e-14));
  }
}

TEST_CASE("weights near the end of the range of doubles are normalised like any other", "[aggregate]") {
  const auto huge = shares({1, 0.5, 0.25}, [](double p, double) { return p * 1.6e308; });
  CHECK(huge == shares({1, 0.5, 0.25}, accuracy_weight{}));
  const auto tiny = shares({1, 0.5, 0.25}, [](double p, double) { return p * 0x1p-1060; });
  CHECK(tiny == huge);
}

TEST_CASE("weights that are zero, negative or not finite give no say and are counted", "[aggregate]") {
  const std::vector<double> f{0.0, -0.0, -1.0, not_a_number, infinity, -infinity, 0.5};
  std::vector<answer<int>> answers;
  for (const double x : f) answers.push_back(from("", 1, x));
  const auto w = weigh(std::span<const answer<int>>(answers), accuracy_weight{});
  REQUIRE(w.answers.size() == 1);
  CHECK(w.answers[0].weight == 0.5);
  CHECK(w.total == w.answers[0].relative);
  CHECK(w.discarded == 6);
}

TEST_CASE("a user's lambda or function is a weight policy", "[aggregate]") {
  const double floor = 0.1;
  const auto mine = [floor](double p, double) { return p + floor; };
  static_assert(weight_policy<decltype(mine)>);
  static_assert(weight_policy<std::function<double(double, double)>>);
  static_assert(weight_policy<double (*)(double, double)>);
  static_assert(!weight_policy<std::string> && !weight_policy<double (*)(double)>);
  static_assert(!weight_policy<decaying<>> && answer_weight<decaying<>, int>);
  static_assert(!answer_weight<std::string, int>);
  CHECK(shares({0.3, 0.1}, mine)[0] == Approx(2.0 / 3));
}

TEST_CASE("times_confidence multiplies by the answer's own confidence", "[aggregate]") {
  std::vector<answer<int>> answers{from("ada", 1, 0.5), from("bob", 2, 0.5), from("cyd", 3, 0.5),
                                   from("dan", 4, 0.5)};
  answers[0].confidence = 0.75;
  answers[1].confidence = 0.25;
  answers[2].confidence = 0;
  answers[3].confidence = not_a_number;
  const auto w = weigh(std::span<const answer<int>>(answers), times_confidence{accuracy_weight{}});
  REQUIRE(w.answers.size() == 2);
  CHECK(w.answers[0].weight == 0.375);
  CHECK(w.answers[1].weight == 0.125);
  CHECK(w.discarded == 2);
}

TEST_CASE("a decaying weight halves with each half-life", "[aggregate]") {
  std::vector<answer<int>> answers;
  for (const double at_s : {100.0, 90.0, 80.0, 85.0, not_a_number, -infinity}) {
    answers.push_back(from(std::string(1, char('a' + answers.size())), 0, 0.8));
    answers.back().at_s = at_s;
  }
  const auto w = weigh(std::span<const answer<int>>(answers), decaying{10.0, accuracy_weight{}});
  REQUIRE(w.answers.size() == 4);
  CHECK(w.discarded == 2);
  CHECK(w.answers[1].weight / w.answers[0].weight == 0.5);
  CHECK(w.answers[2].weight / w.answers[0].weight == 0.25);
  CHECK(w.answers[3].weight / w.answers[0].weight == Approx(std::exp2(-1.5)).epsilon(1e-14));

  const auto steady = weigh(std::span<const answer<int>>(answers), decaying{infinity});
  for (const auto& a : steady.answers) CHECK(a.weight == 0.8);
  for (const double bad : {0.0, -1.0, not_a_number})
    CHECK_THROWS_AS(weigh(std::span<const answer<int>>(answers), decaying{bad}), invalid_argument);
}
