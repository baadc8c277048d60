// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/weighted_sum.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "aggregate/answers.hpp"
#include "catch.hpp"
#include "shoal/aggregate/answer_weights.hpp"

using namespace shoal;
using namespace shoal::aggregate;
using test::from;
using test::not_a_number;

TEST_CASE("a weighted mean has its closed form", "[aggregate]") {
  const std::vector<answer<double>> answers{from("ada", 10.0, 0.5), from("bob", 20.0, 0.25, 0.5)};
  const auto mean = combine(answers, weighted_sum{});
  REQUIRE(mean);
  CHECK(*mean.value == Approx((0.5 * 10 + 0.125 * 20) / 0.625).epsilon(1e-15));
  CHECK(mean.why == reason::decided);
  CHECK(mean.used == 2);
  CHECK(mean.confidence == 1);
  CHECK(mean.margin == 1);
  CHECK(*combine(answers, weighted_sum{product_weight{}, false}).value == 0.5 * 10 + 0.125 * 20);
  CHECK(*combine(answers, weighted_sum{equal_weight{}}).value == 15);
}

TEST_CASE("a mean of equal values is that value, to the last bit", "[aggregate]") {
  random_engine random(11);
  for (int round = 0; round < 300; ++round) {
    const double value =
        (uniform_01(random) - 0.5) * std::exp2(static_cast<double>(uniform_below(random, 90)));
    std::vector<answer<double>> answers(1 + uniform_below(random, 20));
    for (auto& a : answers) {
      a.value = value;
      a.accuracy = uniform_01(random);
    }
    CHECK(*combine(answers, weighted_sum{}).value == value);
  }
}

TEST_CASE("a mean agrees with a sum in higher precision and stays among the values", "[aggregate]") {
  random_engine random(12);
  for (int round = 0; round < 200; ++round) {
    std::vector<answer<double>> answers(1 + uniform_below(random, 50));
    long double sum = 0;
    long double weights = 0;
    double low = test::infinity;
    double high = -test::infinity;
    for (auto& a : answers) {
      a.value = uniform_01(random) * 2 - 1;
      a.accuracy = uniform_01(random);
      a.relevance = uniform_01(random);
      const auto f = static_cast<long double>(a.accuracy * a.relevance);
      sum += f * static_cast<long double>(a.value);
      weights += f;
      low = std::min(low, a.value);
      high = std::max(high, a.value);
    }
    const double mean = *combine(answers, weighted_sum{}).value;
    CHECK(std::abs(mean - static_cast<double>(sum / weights)) < 1e-15);
    CHECK((mean >= low && mean <= high));
    const double plain = *combine(answers, weighted_sum{product_weight{}, false}).value;
    CHECK(std::abs(plain - static_cast<double>(sum)) < 1e-13);
  }
}

TEST_CASE("integers have a mean that is not an integer", "[aggregate]") {
  const std::vector<answer<int>> answers{from("ada", 1), from("bob", 2)};
  const auto mean = combine(answers, weighted_sum{});
  static_assert(std::same_as<decltype(mean), const result<double>>);
  CHECK(*mean.value == 1.5);
}

TEST_CASE("floats are summed in double", "[aggregate]") {
  std::vector<answer<float>> answers;
  for (const float x : {1e8F, 1.0F, -1e8F}) answers.push_back(from("", x));
  CHECK(*combine(answers, weighted_sum{equal_weight{}, false}).value == 1.0F);
}

TEST_CASE("vectors and matrices are averaged coefficient by coefficient", "[aggregate]") {
  const std::vector<answer<Eigen::Vector2d>> fixed{from("ada", Eigen::Vector2d(1, 2), 0.75),
                                                   from("bob", Eigen::Vector2d(5, -2), 0.25)};
  CHECK(*combine(fixed, weighted_sum{}).value == Eigen::Vector2d(2, 1));
  CHECK(*combine(fixed, weighted_sum{accuracy_weight{}, false}).value == Eigen::Vector2d(2, 1));

  using rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  rows a(2, 3);
  a << 1, 2, 3, 4, 5, 6;
  const std::vector<answer<rows>> matrices{from("ada", a), from("bob", rows(3 * a))};
  CHECK(*combine(matrices, weighted_sum{}).value == 2 * a);

  const std::vector<answer<Eigen::RowVector3d>> wide{from("ada", Eigen::RowVector3d(1, 2, 3))};
  CHECK(*combine(wide, weighted_sum{}).value == Eigen::RowVector3d(1, 2, 3));

  const std::vector<answer<Eigen::ArrayXXd>> arrays{
      from("ada", Eigen::ArrayXXd(Eigen::ArrayXXd::Ones(2, 2)))};
  CHECK((*combine(arrays, weighted_sum{}).value == 1).all());
}

TEST_CASE("each coefficient of a mean of vectors is the mean of that coefficient", "[aggregate]") {
  random_engine random(13);
  for (int round = 0; round < 50; ++round) {
    std::vector<answer<Eigen::VectorXd>> vectors(1 + uniform_below(random, 8));
    std::vector<std::vector<answer<double>>> columns(4, std::vector<answer<double>>(vectors.size()));
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      const double accuracy = uniform_01(random);
      const std::string source(1, static_cast<char>('a' + i));
      vectors[i] = from(source, Eigen::VectorXd(4), accuracy);
      for (std::size_t k = 0; k < 4; ++k) {
        columns[k][i] = from(source, uniform_01(random), accuracy);
        vectors[i].value(static_cast<Eigen::Index>(k)) = columns[k][i].value;
      }
    }
    const Eigen::VectorXd mean = *combine(vectors, weighted_sum{}).value;
    for (std::size_t k = 0; k < 4; ++k)
      CHECK(mean(static_cast<Eigen::Index>(k)) == *combine(columns[k], weighted_sum{}).value);
  }
}

TEST_CASE("the shape with the most weight stands, the others are discarded", "[aggregate]") {
  const auto ones = [](Eigen::Index n) { return Eigen::VectorXd(Eigen::VectorXd::Ones(n)); };
  const std::vector<answer<Eigen::VectorXd>> answers{from("ada", ones(3), 0.9), from("bob", ones(2), 0.5),
                                                     from("cyd", Eigen::VectorXd(3 * ones(2)), 0.5)};
  const auto mean = combine(answers, weighted_sum{});
  REQUIRE(mean);
  CHECK(*mean.value == Eigen::VectorXd(2 * ones(2)));
  CHECK(mean.used == 2);
  CHECK(mean.discarded == 1);
  CHECK(!mean.tie);
}

TEST_CASE("between shapes of the same weight the one with fewer rows stands, and the tie is flagged",
          "[aggregate]") {
  // 0.1 + 0.2 and 0.3 differ in their last bit; they are the same weight all the same.
  const auto ones = [](Eigen::Index r, Eigen::Index c) {
    return Eigen::MatrixXd(Eigen::MatrixXd::Ones(r, c));
  };
  const std::vector<answer<Eigen::MatrixXd>> answers{
      from("ada", ones(3, 1), 0.1), from("bob", ones(3, 1), 0.2), from("cyd", ones(2, 9), 0.3)};
  const auto mean = combine(answers, weighted_sum{});
  REQUIRE(mean);
  CHECK(*mean.value == ones(2, 9));
  CHECK(mean.tie);
  const std::vector<answer<Eigen::MatrixXd>> columns{from("ada", ones(2, 2)), from("bob", ones(2, 1))};
  CHECK(combine(columns, weighted_sum{}).value->cols() == 1);
}

TEST_CASE("values that are not finite and sources without weight are discarded", "[aggregate]") {
  const std::vector<answer<double>> answers{
      from("ada", 1.0),      from("bob", not_a_number), from("cyd", test::infinity),
      from("dan", 9.0, 0.0), from("eve", 9.0, -1.0),    from("fay", 9.0, not_a_number),
      from("gus", 3.0, 1.0)};
  const auto mean = combine(answers, weighted_sum{});
  REQUIRE(mean);
  CHECK(*mean.value == 2);
  CHECK(mean.used == 2);
  CHECK(mean.discarded == 5);

  const std::vector<answer<double>> weightless{from("ada", 1.0, 0.0)};
  const auto none = combine(weightless, weighted_sum{});
  CHECK(!none);
  CHECK(none.why == reason::no_answers);
  CHECK(none.discarded == 1);

  Eigen::Vector2d broken(1, not_a_number);
  const std::vector<answer<Eigen::Vector2d>> vectors{from("ada", broken)};
  CHECK(!combine(vectors, weighted_sum{}));
}

TEST_CASE("a source that answers twice counts once, with its newest answer", "[aggregate]") {
  std::vector<answer<double>> answers{from("ada", 1.0), from("ada", 2.0), from("bob", 4.0)};
  answers[1].at_s = 5;
  const auto mean = combine(answers, weighted_sum{});
  CHECK(*mean.value == 3);
  CHECK(mean.discarded == 1);
}

TEST_CASE("the confidence of a mean is the weighted mean of the answers' own", "[aggregate]") {
  std::vector<answer<double>> answers{from("ada", 1.0, 0.75), from("bob", 1.0, 0.25)};
  answers[0].confidence = 0.5;
  CHECK(combine(answers, weighted_sum{}).confidence == 0.625);
  answers[0].confidence = not_a_number;
  answers[1].confidence = 7;
  CHECK(combine(answers, weighted_sum{}).confidence == 0.25);
}

TEST_CASE("a mean of the largest doubles is finite where a sum of them overflows", "[aggregate]") {
  const double most = std::numeric_limits<double>::max();
  const std::vector<answer<double>> answers{from("ada", most), from("bob", most), from("cyd", most)};
  CHECK(*combine(answers, weighted_sum{}).value == most);
  CHECK(std::isinf(*combine(answers, weighted_sum{equal_weight{}, false}).value));
  const std::vector<answer<double>> opposite{from("ada", most), from("bob", -most), from("cyd", most),
                                             from("dan", most)};
  CHECK(*combine(opposite, weighted_sum{}).value == Approx(most / 2));
}
