// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/values.hpp"

#include <complex>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "aggregate/answers.hpp"
#include "catch.hpp"

using namespace shoal::aggregate;

namespace {

struct only_less {
  int id = 0;
  friend bool operator<(const only_less& a, const only_less& b) { return a.id < b.id; }
};

}  // namespace

TEST_CASE("what a value can do is known at compile time", "[aggregate]") {
  static_assert(numeric_value<double> && numeric_value<int> && !numeric_value<bool> && !numeric_value<char>);
  static_assert(numeric_value<Eigen::VectorXd> && numeric_value<Eigen::Array3f> && !dense_value<double*>);
  static_assert(!numeric_value<Eigen::VectorXi> && !numeric_value<std::vector<double>>);
  static_assert(ordered_value<std::string> && ordered_value<bool> && ordered_value<Eigen::VectorXi>);
  static_assert(ordered_value<std::vector<std::string>> && ordered_value<only_less>);
  static_assert(!ordered_value<test::label> && !ordered_value<Eigen::VectorXcd>);
  static_assert(comparable_value<test::label> && comparable_value<only_less>);
  static_assert(comparable_value<Eigen::VectorXcd> && !comparable_value<test::opaque>);
  // A vector of doubles may hold NaN, which breaks any sorting: it is compared and never sorted.
  static_assert(!ordered_value<std::vector<double>> && comparable_value<std::vector<double>>);
  static_assert(!ordered_value<std::pair<int, float>>);
  CHECK(true);
}

TEST_CASE("values that are not finite are seen in numbers and in dense values", "[aggregate]") {
  CHECK(is_finite(1.0));
  CHECK(!is_finite(test::not_a_number));
  CHECK(!is_finite(-std::numeric_limits<float>::infinity()));
  CHECK(is_finite(std::string("nan")));
  CHECK(is_finite(3));
  Eigen::MatrixXd m = Eigen::MatrixXd::Ones(2, 2);
  CHECK(is_finite(m));
  m(1, 0) = test::not_a_number;
  CHECK(!is_finite(m));
  CHECK(is_finite(Eigen::VectorXd()));
}

TEST_CASE("dense values are ordered by shape, then by coefficients, then by the sign of zeros",
          "[aggregate]") {
  const auto column = [](std::initializer_list<double> list) {
    Eigen::VectorXd v(static_cast<Eigen::Index>(list.size()));
    std::copy(list.begin(), list.end(), v.data());
    return v;
  };
  const std::vector<Eigen::VectorXd> sorted{column({}),        column({5}),         column({-1, 9}),
                                            column({-0.0, 5}), column({0.0, 5}),    column({-0.0, 7}),
                                            column({0, 8}),    column({-9, -9, -9})};
  for (std::size_t i = 0; i < sorted.size(); ++i)
    for (std::size_t j = 0; j < sorted.size(); ++j) CHECK(value_before(sorted[i], sorted[j]) == (i < j));
  CHECK(same_value(sorted[3], sorted[4]));
  CHECK(!same_value(sorted[0], sorted[1]));
  CHECK(same_value(sorted[0], Eigen::VectorXd()));
  CHECK(!same_value(Eigen::MatrixXd(Eigen::MatrixXd::Ones(1, 4)),
                    Eigen::MatrixXd(Eigen::MatrixXd::Ones(2, 2))));
}

TEST_CASE("a type with < alone has equality through it", "[aggregate]") {
  CHECK(same_value(only_less{1}, only_less{1}));
  CHECK(!same_value(only_less{1}, only_less{2}));
}

TEST_CASE("negative zero equals zero and stands before it", "[aggregate]") {
  CHECK(same_value(-0.0, 0.0));
  CHECK(value_before(-0.0, 0.0));
  CHECK(!value_before(0.0, -0.0));
  CHECK(!value_before(0.0, 0.0));
}
