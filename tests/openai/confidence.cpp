// SPDX-License-Identifier: BSL-1.0
#include "shoal/openai/confidence.hpp"

#include <cmath>
#include <vector>

#include "catch.hpp"

using namespace shoal::openai;

namespace {

token_figure token(double p, std::vector<double> likeliest) {
  for (double& l : likeliest) l = std::log(l);
  return {.token = "t", .logprob = std::log(p), .likeliest = std::move(likeliest)};
}

}  // namespace

TEST_CASE("confidences are what their formulas say", "[openai]") {
  const std::vector<token_figure> two{token(0.9, {0.9, 0.1}), token(0.4, {0.5, 0.5})};
  CHECK(*mean_logprob{}(two) == Approx(std::sqrt(0.9 * 0.4)));
  CHECK(*margin{}(two) == Approx((0.8 + 0.0) / 2));
  const double of_first = -(0.9 * std::log2(0.9) + 0.1 * std::log2(0.1));
  CHECK(*entropy{}(two) == Approx(1 - (of_first + 1) / 2));
}

TEST_CASE("the likeliest are taken for all there are", "[openai]") {
  CHECK(*entropy{}(std::vector{token(0.2, {0.2, 0.2, 0.2})}) == Approx(0).margin(1e-12));
  CHECK(*entropy{}(std::vector{token(1, {1, 0})}) == Approx(1));
}

TEST_CASE("tokens that do not tell give no confidence", "[openai]") {
  CHECK_FALSE(mean_logprob{}({}));
  CHECK_FALSE(margin{}(std::vector{token(0.5, {0.5})}));
  CHECK_FALSE(entropy{}(std::vector{token(0.5, {})}));
}
