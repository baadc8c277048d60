// SPDX-License-Identifier: BSL-1.0
/// @file Redundancy on virtual time: every order is given to several models at once.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "shoal/core/random.hpp"
#include "shoal/run/dispatcher.hpp"
#include "shoal/sim/fleet.hpp"
#include "shoal/sim/record.hpp"
#include "shoal/sim/scenario.hpp"
#include "shoal/sim/virtual_time.hpp"

namespace pictures {

/// What came of it.
struct redundant_record {
  std::size_t orders = 0;
  std::size_t answered = 0;
  double p50_s = 0;
  double p99_s = 0;
  double p999_s = 0;
  double spent_j = 0;
};

/// Plays a scenario in which `replicas` different models are asked for each order, and nothing is repeated.
/// The order is answered when `needed` of them have answered validly; those that still run are then
/// cancelled.
inline redundant_record play_replicas(const shoal::sim::scenario& s, std::size_t replicas, std::size_t needed,
                                      std::uint64_t seed) {
  namespace sim = shoal::sim;
  namespace run = shoal::run;
  struct order {
    double at_s = 0;
    std::size_t valid = 0;
    bool ended = false;
    std::vector<run::order_id> parts{};
  };
  struct believes_valid {
    void operator()(run::event&&) const {}
    bool may(std::size_t, std::size_t) const { return true; }
    bool valid(std::size_t, const shoal::answer<bool>& a) const { return a.value; }
  };
  sim::virtual_time on;
  sim::simulated_fleet<bool, sim::virtual_time> fleet(on, s.behaviours, seed, true, false);
  run::resilience rules = run::resilience::none();
  rules.concurrency = s.rules.concurrency;
  run::dispatcher<bool, sim::virtual_time, run::first_usable, believes_valid> models(on, s.models,
                                                                                     fleet.backends(), rules);
  for (std::size_t i = 0; i < s.models.size(); ++i) models.add_route({i});
  shoal::random_engine engine(shoal::stream_seed(seed, 9));
  const run::time_point start = on.now();
  redundant_record out;
  std::vector<double> took;
  for (double at = 0;;) {
    at += -std::log(1 - shoal::uniform_01(engine)) / s.orders_per_s;
    if (at > s.for_s) break;
    ++out.orders;
    std::vector<std::size_t> who(s.models.size());
    for (std::size_t i = 0; i < who.size(); ++i) who[i] = i;
    for (std::size_t r = 0; r < replicas; ++r) {
      std::swap(who[r], who[r + shoal::uniform_below(engine, who.size() - r)]);
    }
    who.resize(replicas);
    on.at(run::later(start, at), [&, who, at] {
      auto state = std::make_shared<order>();
      state->at_s = at;
      for (const std::size_t i : who) {
        run::order<bool> part;
        part.route = i;
        part.deadline = run::later(on.now(), s.deadline_s);
        state->parts.push_back(models.submit(std::move(part), [&, state](run::dispatched<bool>&& d) {
          if (state->ended || d.what.index() != 0 || ++state->valid < needed) return;
          state->ended = true;
          took.push_back(run::seconds_between(start, on.now()) - state->at_s);
          on.post([&, state] {
            for (const run::order_id id : state->parts) models.cancel(id);
          });
        }));
      }
    });
  }
  on.run_to(run::later(start, s.for_s + 3 * s.deadline_s));
  std::sort(took.begin(), took.end());
  out.answered = took.size();
  out.p50_s = sim::detail::rank_of(took, 0.5);
  out.p99_s = sim::detail::rank_of(took, 0.99);
  out.p999_s = sim::detail::rank_of(took, 0.999);
  out.spent_j = fleet.spent_j();
  return out;
}

}  // namespace pictures
