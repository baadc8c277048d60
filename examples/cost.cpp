// SPDX-License-Identifier: BSL-1.0
/// @file What a swarm costs beside one large model, and the number of subtasks at which they cross.
#include <cmath>
#include <cstdio>
#include <shoal/shoal.hpp>
#include <vector>

namespace cost = shoal::cost;

int main() {
  //! [law]
  // A growth law is any function from n to a cost. This one pays for a prompt that holds all n parts.
  const auto one_prompt = [](double n) { return 2.0 * n + 0.3 * n * n; };
  static_assert(cost::growth_law<decltype(one_prompt)>);
  //! [law]

  //! [crossing]
  const std::vector<double> parts{4.0, 9.0, 6.5, 4.5};  // joules of each subtask on its small model
  const cost::crossings found = cost::find_crossings(one_prompt, cost::sum_of_parts(parts));
  std::puts(found.at_start == cost::cheaper::first ? "one subtask: the large model is cheaper"
                                                   : "one subtask: the swarm is cheaper");
  for (const cost::crossing& c : found.points)
    std::printf("from %.4g subtasks on: the %s is cheaper\n", c.at,
                c.after == cost::cheaper::first ? "large model" : "swarm");
  //! [crossing]

  //! [fit]
  const std::vector<double> subtasks{1, 2, 4, 8, 16};
  const std::vector<double> joules{5.1, 13.8, 41.0, 110.0, 330.0};
  const cost::power_fit fit = cost::fit_power_law(subtasks, joules);
  std::printf("fitted: %.3g n^%.3g (b +- %.2g), off by %.2g %%\n\n", fit.law.a, fit.law.b, fit.exponent_error,
              100 * fit.relative_error);
  //! [fit]

  //! [compare]
  // Measured per request on MMLU-Pro: the cheapest plan of models up to 9 B for a mean accuracy of 0.46, and
  // Llama 3.1 70B Instruct alone.
  const cost::comparison measured =
      cost::compare({.name = "the swarm", .energy_j = 12.73, .time_s = 24.27, .quality = 0.4607},
                    {.name = "Llama-3.1-70B", .energy_j = 76.48, .time_s = 33.14, .quality = 0.628});
  std::puts(measured.sentence.c_str());
  std::printf("energy ratio %.3f, time ratio %.3f, quality ratio %.3f\n\n", *measured.energy_ratio,
              *measured.time_ratio, *measured.quality_ratio);
  //! [compare]

  //! [grows]
  // The four parts above, beside the large model of the fit with all four in one prompt.
  const cost::comparison grown =
      cost::compare({.name = "the swarm", .energy_j = 24, .time_s = 2.5, .quality = 0.8},
                    {.name = "the large model", .energy_j = 41, .time_s = 2.5, .quality = 0.9},
                    cost::llm_growth{.law = fit.law, .subtasks = 4});
  std::puts(grown.sentence.c_str());
  //! [grows]

  // 2 n + 0.3 n^2 = 6 n for n over 4 parts, of which each costs 6 on average.
  const bool right = found.at_end() == cost::cheaper::second && !found.points.empty() &&
                     std::abs(found.points.back().at - 40.0 / 3.0) < 1e-9 &&
                     measured.energy == cost::winner::swarm && measured.quality == cost::winner::llm &&
                     grown.growth->points.size() == 1;
  return right ? 0 : 1;
}
