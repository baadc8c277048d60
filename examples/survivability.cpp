// SPDX-License-Identifier: BSL-1.0
/// @file How likely a swarm is to survive: replicas, regions that fail as a whole, and a plan on top of them.
#include <cmath>
#include <cstdio>
#include <shoal/shoal.hpp>
#include <string>
#include <vector>

namespace survive = shoal::survive;

namespace {

bool near(double value, double known) { return std::abs(value - known) <= 1e-9 * known; }

}  // namespace

int main() {
  bool right = true;

  //! [replicas]
  std::puts("replicas that each fail with p = 0.05:");
  for (std::size_t m = 1; m <= 4; ++m)
    std::printf("  %zu  fails with %.3g\n", m, survive::replicated(0.05, m).failure);
  const auto enough = survive::fewest_replicas(0.05, 0.99999);
  std::printf("  0.99999 needs %zu\n\n", *enough);
  //! [replicas]
  right = right && *enough == 4;

  //! [regions]
  shoal::fleet<> models;
  std::vector<shoal::failure_group> regions;
  for (const std::string region : {"west", "north", "east"}) {
    regions.push_back({region, 0.01});
    for (const std::string host : {"-1", "-2", "-3"})
      models.add({.name = region + host, .failure_probability = 0.05, .group = region});
  }
  const survive::swarm shared = survive::make_swarm(models, regions);
  // The same chance of being down for each model, but nothing shared.
  const std::vector<double> alone(9, 1 - 0.95 * 0.99);

  std::puts("three regions of three models   independent   regions    times");
  for (const std::size_t k : {1U, 5U}) {
    const double hoped = survive::at_least(k, alone).failure;
    const double real = survive::at_least(k, shared).failure;
    std::printf("  fewer than %zu of 9 survive      %10.3g  %10.3g  %7.0f\n", k, hoped, real, real / hoped);
  }
  //! [regions]
  right = right && near(survive::at_least(5, shared).failure, 1.29388434262e-3);

  //! [plan]
  // "law" has both replicas in one region; "biology" and "history" share west-3.
  const std::vector<survive::redundant_subtask> plan{{.name = "law", .models = {0, 1}},
                                                     {.name = "biology", .models = {2, 3}},
                                                     {.name = "history", .models = {2, 6}},
                                                     {.name = "vote", .models = {1, 4, 7}, .needed = 2}};
  const survive::report r = survive::assess(shared, plan);
  std::printf("\nthe plan survives with %.6f (%s)\n", r.whole.survival,
              std::string(survive::name_of(r.method)).c_str());
  for (const auto& part : r.subtasks)
    std::printf("  %-8s fails with %.5f\n", part.name.c_str(), part.own.failure);
  std::puts("part      Birnbaum  criticality  Fussell-Vesely");
  for (const auto* parts : {&r.importance.groups, &r.importance.models}) {
    for (const survive::importance& part : *parts) {
      if (part.birnbaum == 0) continue;
      std::printf("%-8s  %8.4f  %11.4f  %14.4f\n", part.name.c_str(), part.birnbaum, part.criticality,
                  part.fussell_vesely);
    }
  }
  //! [plan]
  right = right && r.importance.groups[0].birnbaum > r.importance.groups[1].birnbaum;

  //! [simulate]
  const survive::report simulated =
      survive::assess(shared, plan, {.method = survive::method::monte_carlo, .samples = 200'000, .seed = 1});
  std::printf("\nsimulated: %.5f +- %.5f; for certain between %.5f and %.5f\n", simulated.whole.survival,
              *simulated.standard_error, 1 - simulated.failure_high, 1 - simulated.failure_low);
  //! [simulate]
  right = right && std::abs(simulated.whole.survival - r.whole.survival) < 4 * *simulated.standard_error;
  return right ? 0 : 1;
}
