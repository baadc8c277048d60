// SPDX-License-Identifier: BSL-1.0
/// @file Sentiment of one review by three models: the mean of their scores, weighted by accuracy x relevance.
#include <cmath>
#include <cstdio>
#include <shoal/shoal.hpp>
#include <vector>

namespace aggregate = shoal::aggregate;

int main() {
  // -1 is negative, 1 is positive. Accuracy x relevance is 0.76, 0.456 and 0.304: weights of 0.5, 0.3 and
  // 0.2.
  const std::vector<shoal::answer<double>> scores{
      {.value = 1.0, .source = "reviews-1b", .accuracy = 0.95, .relevance = 0.8},
      {.value = 0.0, .source = "tweets-500m", .accuracy = 0.76, .relevance = 0.6},
      {.value = -0.5, .source = "news-3b", .accuracy = 0.76, .relevance = 0.4}};

  const auto sentiment = aggregate::combine(scores, aggregate::weighted_sum{});
  if (!sentiment) return 1;

  const auto weighed = aggregate::weigh(std::span(scores), aggregate::product_weight{});
  for (const auto& a : weighed.answers)
    std::printf("%-12s says %4.1f with weight %.1f\n", a.from->source.c_str(), a.from->value,
                a.relative / weighed.total);
  std::printf("R = %.2g: %s\n", *sentiment.value, *sentiment.value > 0 ? "positive" : "not positive");
  return std::abs(*sentiment.value - 0.4) < 1e-12 ? 0 : 1;
}
