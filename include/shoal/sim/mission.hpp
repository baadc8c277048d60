// SPDX-License-Identifier: BSL-1.0
/// @file Missions: how often a plan survives, counted over runs of the runtime itself.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/random.hpp"
#include "shoal/run/event_executor.hpp"
#include "shoal/run/job.hpp"
#include "shoal/sim/behaviour.hpp"
#include "shoal/sim/fault.hpp"
#include "shoal/sim/fleet.hpp"
#include "shoal/sim/virtual_time.hpp"

namespace shoal::sim {

/// A group of models that fails as a whole.
struct doomed_group {
  double failure_probability = 0;     ///< [0, 1]
  std::vector<std::size_t> models{};  ///< indices
};

/// How often a plan survived.
struct mission_record {
  std::size_t missions = 0;
  std::size_t survived = 0;  ///< missions in which every subtask was answered

  double frequency() const { return static_cast<double>(survived) / static_cast<double>(missions); }
};

/// Runs a job `missions` times on virtual time. Before each one, models fail by their failure probability and
/// groups by theirs, all independent of each other; what failed refuses every call. The plan alone counts:
/// nothing is retried, hedged or moved, so the frequency estimates what `survive` computes.
/// @throws invalid_argument  a group that names a model that is not there.
/// @complexity O(missions x calls).
template <class = when_used>
mission_record fly(const run::job& j, const std::vector<doomed_group>& groups, std::size_t missions,
                   std::uint64_t seed) {
  for (const doomed_group& g : groups) {
    for (const std::size_t i : g.models) {
      if (i >= j.models.size()) throw invalid_argument(message("a group names model ", i));
    }
  }
  mission_record out{missions, 0};
  for (std::size_t m = 0; m < missions; ++m) {
    random_engine engine(stream_seed(seed, m));
    fault dead{fault_kind::crash, {}, 0, 1e9, 1};
    std::vector<bool> failed(j.models.size());
    for (std::size_t i = 0; i < failed.size(); ++i)
      failed[i] = uniform_01(engine) < j.models[i].failure_probability;
    for (const doomed_group& g : groups) {
      if (!(uniform_01(engine) < g.failure_probability)) continue;
      for (const std::size_t i : g.models) failed[i] = true;
    }
    for (std::size_t i = 0; i < failed.size(); ++i)
      if (failed[i]) dead.models.push_back(i);

    virtual_time on;
    simulated_fleet<bool, virtual_time> fleet(on, std::vector<behaviour>(j.models.size()),
                                              stream_seed(seed, ~m), true, false);
    fleet.play({dead});
    on.step();  // whoever fails does so before the mission begins
    const run::event_executor<virtual_time> execute{&on, run::resilience::none()};
    if (execute(j, fleet.backends()).complete()) ++out.survived;
  }
  return out;
}

}  // namespace shoal::sim
