// SPDX-License-Identifier: BSL-1.0
/// @file Simulation: events a second, and how much faster than the clock on the wall.
///
///     benchmark_simulate [SECONDS of simulated time, 3600 where not given]
///
/// One thread. Seconds are of the processor. An event is one that the dispatcher tells its observer; a step a
/// piece of work of the scheduler: an arrival, a reply, a timer.
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "shoal/sim/simulation.hpp"

namespace {

using namespace shoal;

double cpu_s() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// A fleet of which `busy` of all places are taken on average.
sim::scenario fleet_of(std::size_t models, double busy, bool trouble) {
  sim::scenario s;
  for (std::size_t i = 0; i < models; ++i) {
    model m;
    m.name = "m" + std::to_string(i);
    m.group = "g" + std::to_string(i % 4);
    s.models.push_back(m);
    sim::behaviour b;
    b.time_s = {1, 0.5, {}};
    b.energy_j = {10, 0.3, {}};
    if (trouble) {
      b.refuses = 0.01;
      b.stalls = 0.002;
      b.drags = 0.01;
      b.wrong = 0.01;
      s.hazards.push_back({sim::fault_kind::crash, {i}, 1800, 60});
    }
    s.behaviours.push_back(b);
    s.rules.concurrency.push_back(8);
  }
  s.balance = sim::balance_named("two choices");
  s.orders_per_s = busy * static_cast<double>(models) * 8 / 1.13;  // of the mean of a call
  s.deadline_s = 60;
  return s;
}

void row(const char* what, sim::scenario s, double for_s) {
  s.for_s = for_s;
  const double start = cpu_s();
  const sim::simulation_record r = sim::simulate(s, 1);
  const double took = cpu_s() - start;
  std::printf("%-46s %7zu %10zu %11.3g %11.3g %10.0f %9zu\n", what, s.models.size(), r.orders,
              static_cast<double>(r.events) / took, static_cast<double>(r.steps) / took, for_s / took,
              r.findings.size());
}

}  // namespace

int main(int argc, char** argv) {
  const double for_s = argc > 1 ? std::atof(argv[1]) : 3600;
  std::printf("%-46s %7s %10s %11s %11s %10s %9s\n", "simulation", "models", "orders", "events/s", "steps/s",
              "x time", "findings");
  sim::scenario few = fleet_of(10, 0.5, false);
  row("10 models, half busy, nothing fails", few, for_s);
  row("10 models, half busy, trouble", fleet_of(10, 0.5, true), for_s);
  sim::scenario all = fleet_of(100, 0.5, false);
  row("100 models, half busy, nothing fails", all, for_s / 10);
  row("100 models, half busy, trouble", fleet_of(100, 0.5, true), for_s / 10);
  sim::scenario quiet = fleet_of(100, 0.5, true);
  quiet.orders_per_s = 10;
  row("100 models, 10 orders/s, trouble", quiet, for_s);
  quiet.orders_per_s = 50;
  row("100 models, 50 orders/s, trouble", quiet, for_s);
  quiet.orders_per_s = 10;
  quiet.heartbeat_s = 5;
  row("100 models, 10 orders/s, heartbeats of 5 s", quiet, for_s);
  quiet.heartbeat_s = 0;
  quiet.orders_per_s = 1;
  row("100 models, 1 order/s, trouble", quiet, 24 * for_s);
  return 0;
}
