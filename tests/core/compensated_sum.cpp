// SPDX-License-Identifier: BSL-1.0
#include "shoal/core/compensated_sum.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "shoal/core/matrix.hpp"

using namespace shoal;

TEST_CASE("a compensated sum keeps what a plain one loses", "[core]") {
  compensated_sum<double> sum(1);
  for (const double term : {1e100, 1.0, -1e100}) sum.add(term);
  CHECK(sum.value() == 2);

  compensated_sum<double> tenths(0);
  for (int i = 0; i < 1'000'000; ++i) tenths.add(0.1);
  CHECK(tenths.value() == 1e6 * 0.1);
}

TEST_CASE("a compensated sum of arrays is one of each coefficient", "[core]") {
  const Eigen::ArrayXXd ones = Eigen::ArrayXXd::Ones(2, 3);
  compensated_sum<Eigen::ArrayXXd> sum(ones);
  sum.add(ones * 1e100);
  sum.add(ones);
  sum.add(ones * -1e100);
  CHECK((sum.value() == 2 * ones).all());
}

TEST_CASE("a compensated sum that overflows is infinite", "[core]") {
  const double most = std::numeric_limits<double>::max();
  compensated_sum<double> sum(most);
  sum.add(most);
  CHECK(sum.value() == std::numeric_limits<double>::infinity());

  compensated_sum<Eigen::Array2d> pair(Eigen::Array2d(most, 1));
  pair.add(Eigen::Array2d(most, 2));
  CHECK(std::isinf(pair.value()(0)));
  CHECK(pair.value()(1) == 3);
}
