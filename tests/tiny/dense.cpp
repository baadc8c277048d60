// SPDX-License-Identifier: BSL-1.0
#include "tiny/dense.hpp"

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "shoal/core/random.hpp"

TEST_CASE("the kernel multiplies like Eigen, for any shape", "[tiny]") {
  shoal::random_engine engine(1);
  const auto number = [&] { return static_cast<float>(shoal::uniform_01(engine) - 0.5); };
  for (const std::size_t rows : {1U, 15U, 16U, 17U, 64U, 100U}) {
    for (const std::size_t columns : {1U, 3U, 32U, 65U}) {
      std::vector<float> weights(rows * columns);
      std::vector<float> bias(rows);
      for (float& w : weights) w = number();
      for (float& b : bias) b = number();
      const tiny::dense layer(rows, columns, weights, bias);
      for (const Eigen::Index n : {1, 2, 3, 5, 8, 13}) {
        Eigen::MatrixXf x(static_cast<Eigen::Index>(columns), n);
        for (Eigen::Index i = 0; i < x.size(); ++i) x.data()[i] = number();
        Eigen::MatrixXf y;
        layer(x, y);
        REQUIRE(y.rows() == static_cast<Eigen::Index>(rows));
        REQUIRE(y.cols() == n);
        double worst = 0;
        for (std::size_t r = 0; r < rows; ++r) {
          for (Eigen::Index j = 0; j < n; ++j) {
            double sum = static_cast<double>(bias[r]);
            for (std::size_t c = 0; c < columns; ++c) {
              sum += static_cast<double>(weights[r * columns + c]) *
                     static_cast<double>(x(static_cast<Eigen::Index>(c), j));
            }
            worst = std::max(worst, std::abs(sum - static_cast<double>(y(static_cast<Eigen::Index>(r), j))));
          }
        }
        CHECK(worst < 1e-5);
        // A column alone has the same bits.
        for (Eigen::Index j = 0; j < n; ++j) {
          Eigen::MatrixXf alone;
          layer(x.col(j), alone);
          CHECK((alone.col(0).array() == y.col(j).array()).all());
        }
      }
    }
  }
}
