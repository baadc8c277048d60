// SPDX-License-Identifier: BSL-1.0
/// @file A fleet on virtual time: what hedging is worth, and the shortest story of an hour that went wrong.
#include <cmath>
#include <cstdio>
#include <shoal/sim/runs.hpp>
#include <string>

namespace sim = shoal::sim;

int main() {
  //! [scenario]
  sim::scenario s;
  for (const std::string region : {"west", "east"}) {
    for (const std::string host : {"-1", "-2", "-3"}) {
      s.models.push_back({.name = region + host, .energy_j = 8, .time_s = 0.7, .group = region});
      sim::behaviour b;
      b.time_s = {.median = 0.7, .sigma = 0.3};
      b.energy_j = {.median = 8, .sigma = 0.2};
      b.stalls = 0.001;  // calls that never answer
      b.drags = 0.005;   // calls that take 100 times as long
      s.behaviours.push_back(b);
      s.rules.concurrency.push_back(4);
    }
  }
  s.orders_per_s = 13;
  s.for_s = 3600;
  s.deadline_s = 120;
  s.hazards = {{sim::fault_kind::crash, {0, 1, 2}, 1800, 60},  // a region goes down
               {sim::fault_kind::slow, {4}, 900, 120, 20}};    // a model is throttled
  //! [scenario]

  //! [hedging]
  const sim::simulation_record hedged = sim::simulate(s, 1);
  sim::scenario plain = s;
  plain.rules.hedge.reset();
  const sim::simulation_record waits = sim::simulate(plain, 1);
  std::puts("            answered  lost  p50 s  p99 s  p99.9 s  hedges  J/answer");
  for (const auto* r : {&hedged, &waits}) {
    std::printf("%-10s  %8zu  %4zu  %5.2f  %5.2f  %7.2f  %6.0f  %8.2f\n",
                r == &hedged ? "hedged" : "not hedged", r->answered, r->given_up, r->p50_s, r->p99_s,
                r->p999_s, static_cast<double>(r->hedges), r->spent_j / static_cast<double>(r->answered));
  }
  //! [hedging]
  bool right = hedged.p999_s < waits.p999_s && hedged.given_up < waits.given_up && hedged.findings.empty() &&
               waits.findings.empty();

  //! [story]
  s.wanted.p99_s = 5;
  const auto runs = sim::simulate_runs(s, 1, 20);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    if (runs[r].findings.empty()) continue;
    std::printf("\n%s", sim::shortest_story(s, 1 + r).text().c_str());
    break;
  }
  //! [story]
  right = right && sim::simulate(s, 3).digest == runs[2].digest;
  return right ? 0 : 1;
}
