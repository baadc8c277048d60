// SPDX-License-Identifier: BSL-1.0
/// @file Three detectors look at one machine: an alert where their weighted score reaches a threshold.
#include <cmath>
#include <cstdio>
#include <shoal/shoal.hpp>
#include <vector>

namespace aggregate = shoal::aggregate;

int main() {
  std::vector<shoal::answer<double>> scores{{.value = 0.7, .source = "vibration", .accuracy = 0.95},
                                            {.value = 0.6, .source = "acoustics", .accuracy = 0.57},
                                            {.value = 0.5, .source = "current", .accuracy = 0.38}};

  // A decision needs two detectors that answered.
  const aggregate::threshold watch{0.6, aggregate::quorum{2, aggregate::weighted_sum{}}};
  const auto seen = aggregate::combine(scores, watch);
  if (!seen) return 1;
  std::printf("score %.2f against a threshold of %.1f: %s\n", seen.value->score, watch.at,
              seen.value->raised ? "ALERT" : "no alert");

  // Two sensors fall silent: there is no decision, which is not the same as "no alert".
  scores[0].abstains = scores[1].abstains = true;
  const auto blind = aggregate::combine(scores, watch);
  std::printf("with two detectors silent: %s\n", blind ? "a decision" : name_of(blind.why).data());

  return seen.value->raised && std::abs(seen.value->score - 0.63) < 1e-12 && !blind ? 0 : 1;
}
