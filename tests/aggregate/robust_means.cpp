// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/robust_means.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "aggregate/answers.hpp"
#include "catch.hpp"
#include "shoal/aggregate/inverse_variance.hpp"
#include "shoal/aggregate/robust_vectors.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::aggregate;

namespace {

std::vector<answer<double>> said(const std::vector<double>& numbers,
                                 const std::vector<double>& accuracy = {}) {
  std::vector<answer<double>> out;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    out.push_back(test::from("m" + std::string(1, static_cast<char>('a' + i)), numbers[i],
                             accuracy.empty() ? 1 : accuracy[i]));
  return out;
}

std::vector<answer<Eigen::VectorXd>> points(const std::vector<std::vector<double>>& given) {
  std::vector<answer<Eigen::VectorXd>> out;
  for (std::size_t i = 0; i < given.size(); ++i) {
    Eigen::VectorXd v(static_cast<Eigen::Index>(given[i].size()));
    for (std::size_t k = 0; k < given[i].size(); ++k) v[static_cast<Eigen::Index>(k)] = given[i][k];
    out.push_back(test::from("m" + std::string(1, static_cast<char>('a' + i)), v));
  }
  return out;
}

double normal(random_engine& random) {  // Box and Muller
  const double u = 1 - uniform_01(random);
  return std::sqrt(-2 * std::log(u)) * std::cos(6.283185307179586 * uniform_01(random));
}

}  // namespace

TEST_CASE("the median is the middle number, or the mean of the two in the middle", "[aggregate]") {
  CHECK(*combine(said({5, 1, 3}), median{}).value == 3);
  CHECK(*combine(said({5, 1, 3, 100}), median{}).value == 4);
  CHECK(*combine(said({1, 2, 3}, {0.9, 0.1, 0.1}), median{accuracy_weight{}}).value == 1);
  CHECK(*combine(said({1, 2}, {0.5, 0.5}), median{accuracy_weight{}}).value == 1.5);
  CHECK(*combine(said({1, test::not_a_number, 3, 1e300}), median{}).value == 3);
  CHECK_FALSE(combine(said({test::not_a_number}), median{}));
  CHECK(combine(said({}), median{}).why == reason::no_answers);
}

TEST_CASE("trimmed and winsorised means of ten numbers are the textbook's", "[aggregate]") {
  const auto numbers = said({1, 2, 3, 4, 5, 6, 7, 8, 9, 1000});
  CHECK(*combine(numbers, trimmed_mean{0.1}).value == Approx(44.0 / 8));
  CHECK(*combine(numbers, trimmed_mean{0.2}).value == Approx((3 + 4 + 5 + 6 + 7 + 8) / 6.0));
  CHECK(*combine(numbers, winsorized_mean{0.1}).value ==
        Approx((2 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 9) / 10.0));
  CHECK(*combine(numbers, winsorized_mean{0.2}).value == Approx((3 * 3 + 4 + 5 + 6 + 7 + 8 * 3) / 10.0));
  CHECK(*combine(numbers, trimmed_mean{0.0}).value == Approx(104.5));
  CHECK(*combine(numbers, winsorized_mean{0.0}).value == Approx(104.5));
  // Half a number is cut where the share falls within it.
  CHECK(*combine(said({0, 6, 12, 24}), trimmed_mean{0.125}).value ==
        Approx((0.5 * 0 + 6 + 12 + 0.5 * 24) / 3));
  CHECK_THROWS_AS(combine(numbers, trimmed_mean{0.5}), invalid_argument);
  CHECK_THROWS_AS(combine(numbers, winsorized_mean{-0.1}), invalid_argument);
}

TEST_CASE("Huber's mean is where its pulls balance", "[aggregate]") {
  const std::vector<double> numbers{1, 2, 2.5, 3, 4, 50};
  const double found = *combine(said(numbers), huber_mean{}).value;
  const double middle = 2.75;
  std::vector<double> off;
  for (const double x : numbers) off.push_back(std::abs(x - middle));
  std::sort(off.begin(), off.end());
  const double far = 1.345 * (off[2] + off[3]) / 2 / 0.6745;
  double pull = 0;
  for (const double x : numbers) pull += std::max(-far, std::min(far, x - found));
  CHECK(pull == Approx(0).margin(1e-9));
  CHECK(*combine(said({2, 2, 2, 9}), huber_mean{}).value == 2);
  CHECK(*combine(said({1, 3}), huber_mean{1e9}).value == Approx(2));
  CHECK_THROWS_AS(combine(said({1}), huber_mean{0.0}), invalid_argument);
}

TEST_CASE("one wild number moves none of the robust means far", "[aggregate]") {
  const auto wild = said({9, 10, 11, 10, 1e12});
  for (const double found : {*combine(wild, median{}).value, *combine(wild, trimmed_mean{}).value,
                             *combine(wild, winsorized_mean{}).value, *combine(wild, huber_mean{}).value,
                             *combine(wild, median_of_means{5}).value})
    CHECK((found >= 9 && found <= 12));
}

TEST_CASE("the median of means deals in the order of sources, whatever the order of arrival", "[aggregate]") {
  auto numbers = said({1, 2, 3, 4, 5, 600});
  // Groups {1, 4}, {2, 5}, {3, 600}.
  CHECK(*combine(numbers, median_of_means{3}).value == Approx(3.5));
  std::reverse(numbers.begin(), numbers.end());
  CHECK(*combine(numbers, median_of_means{3}).value == Approx(3.5));
  CHECK(*combine(numbers, median_of_means{1}).value == Approx(102.5));
  CHECK(*combine(numbers, median_of_means{100}).value == Approx(3.5));
  CHECK_THROWS_AS(combine(numbers, median_of_means{0}), invalid_argument);
}

TEST_CASE("the trimmed interval is the textbook's, and covers what it says", "[aggregate]") {
  // Wilcox 2012, "Introduction to robust estimation", section 3.3: the standard error of the 20 % trimmed
  // mean of ten numbers is s_w / (0.6 sqrt(n)), on 5 degrees of freedom.
  const std::vector<double> numbers{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const auto answers = said(numbers);
  const auto between = trimmed_interval(answers, 0.2);
  REQUIRE(between);
  double squares = 0;
  for (const double x : {3, 3, 3, 4, 5, 6, 7, 8, 8, 8}) squares += (x - 5.5) * (x - 5.5);
  const double half = 2.570581835636314 * std::sqrt(squares / 9) / (0.6 * std::sqrt(10.0));
  CHECK(between->low == Approx(5.5 - half));
  CHECK(between->high == Approx(5.5 + half));
  CHECK_FALSE(trimmed_interval(said({1, 2})));
  random_engine random(3);
  int covered = 0;
  for (int turn = 0; turn < 400; ++turn) {
    std::vector<double> sample;
    for (int i = 0; i < 15; ++i) sample.push_back(normal(random));
    const auto found = trimmed_interval(said(sample));
    covered += found->low <= 0 && found->high >= 0 ? 1 : 0;
  }
  CHECK((covered > 364 && covered < 396));
}

TEST_CASE("the geometric median of a triangle is its Fermat point, of a line its median", "[aggregate]") {
  // An equilateral triangle: the centre. A corner of 120 degrees or more: the corner.
  const double h = std::sqrt(3.0) / 2;
  const auto even = combine(points({{0, 0}, {1, 0}, {0.5, h}}), geometric_median{});
  CHECK((*even.value)[0] == Approx(0.5));
  CHECK((*even.value)[1] == Approx(h / 3));
  const auto blunt = combine(points({{-10, 0}, {10, 0}, {0, 1}}), geometric_median{});
  CHECK((*blunt.value)[0] == Approx(0).margin(1e-9));
  CHECK((*blunt.value)[1] == Approx(1));
  const auto line = combine(points({{1}, {2}, {3}, {50}, {60}}), geometric_median{});
  CHECK((*line.value)[0] == Approx(3).margin(1e-6));
  CHECK((*combine(points({{7, 7}}), geometric_median{}).value)[1] == 7);
  CHECK(combine(points({}), geometric_median{}).why == reason::no_answers);
  CHECK(combine(points({{1, 2}, {1, 2}, {3}}), geometric_median{}).discarded == 1);
}

TEST_CASE("Krum takes an answer among the many, not among the few that are far", "[aggregate]") {
  const auto answers = points({{1, 1}, {1.1, 1}, {0.9, 1.1}, {1, 0.9}, {100, 100}, {1, 1.05}, {-90, 3}});
  const auto one = combine(answers, krum{2, 1});
  REQUIRE(one);
  CHECK((*one.value - Eigen::Vector2d(1, 1)).norm() < 0.2);
  CHECK(one.used == 1);
  CHECK(one.discarded == 6);
  const auto some = combine(answers, krum{2, 5});
  CHECK((*some.value - Eigen::Vector2d(1, 1.01)).norm() < 1e-9);
  CHECK(combine(points({{1}, {2}, {3}, {4}}), krum{1, 1}).why == reason::no_quorum);
  CHECK_THROWS_AS(combine(answers, krum{1, 0}), invalid_argument);
}

TEST_CASE("inverse variances are found, and their intervals cover", "[aggregate]") {
  random_engine random(17);
  const std::vector<double> deviation{0.1, 0.5, 1, 2, 3};
  std::vector<crowd_number> given;
  std::vector<double> truth;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    truth.push_back(10 * normal(random));
    for (std::uint32_t w = 0; w < 5; ++w) given.push_back({i, w, truth[i] + deviation[w] * normal(random)});
  }
  given.push_back({0, 0, test::not_a_number});
  const auto e = inverse_variance{}(given, 2001, 5);
  CHECK(e.converged);
  for (std::size_t w = 1; w < 5; ++w) CHECK(e.deviation[w] == Approx(deviation[w]).epsilon(0.1));
  CHECK(e.deviation[0] < 0.2);
  int covered = 0;
  double error = 0;
  for (std::size_t i = 0; i < 2000; ++i) {
    covered += e.between[i].low <= truth[i] && truth[i] <= e.between[i].high ? 1 : 0;
    error += (e.value[i] - truth[i]) * (e.value[i] - truth[i]) / 2000;
  }
  CHECK(std::sqrt(error) < 0.13);  // the mean's would be 0.76
  CHECK(covered > 1700);
  CHECK(std::isnan(e.value[2000]));
}

TEST_CASE("numbers that all agree, or that nobody else gave, are taken as they are", "[aggregate]") {
  const std::vector<crowd_number> same{{0, 0, 3}, {0, 1, 3}, {1, 0, 5}};
  const auto e = inverse_variance{}(same, 2, 2);
  CHECK(e.value == std::vector<double>{3, 5});
  CHECK(e.between[0].low == 3);
  CHECK_THROWS_AS(inverse_variance{}(same, 1, 2), invalid_argument);
  CHECK_THROWS_AS((inverse_variance{0.0}(same, 2, 2)), invalid_argument);
}
