// SPDX-License-Identifier: BSL-1.0
/// @file A sentence translated by three models: the sentence of the model with the most weight is taken.
#include <cstdio>
#include <shoal/shoal.hpp>
#include <string>
#include <vector>

namespace aggregate = shoal::aggregate;

int main() {
  const std::vector<shoal::answer<>> sentences{
      {.value = "Today it is good weather.", .source = "chat-1b", .accuracy = 0.75, .relevance = 0.4},
      {.value = "Today, the weather is wonderful.",
       .source = "translate-2b",
       .accuracy = 0.625,
       .relevance = 0.8},
      {.value = "The weather today is nice.", .source = "europe-1b", .accuracy = 0.4, .relevance = 0.5}};

  const auto best = aggregate::combine(sentences, aggregate::max_weight{});
  if (!best) return 1;
  std::printf("%s\n(weight %.1f, %.1f ahead of the next%s)\n", best.value->c_str(), best.confidence,
              best.margin, best.tie ? ", a tie" : "");

  // Equally good models: the lowest name wins and the tie is flagged, or no sentence is taken at all.
  const aggregate::max_weight careful{aggregate::equal_weight{}, aggregate::tie_rule::no_value};
  const auto none = aggregate::combine(sentences, careful);
  std::printf("with equal weights: %s\n", none ? none.value->c_str() : name_of(none.why).data());
  return *best.value == "Today, the weather is wonderful." && !none ? 0 : 1;
}
