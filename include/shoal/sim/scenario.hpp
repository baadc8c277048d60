// SPDX-License-Identifier: BSL-1.0
/// @file Scenario: models and how they behave, the orders that come, and all that goes wrong.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/random.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/model/descriptor.hpp"
#include "shoal/run/health.hpp"
#include "shoal/run/resilience.hpp"
#include "shoal/sim/any_balance.hpp"
#include "shoal/sim/behaviour.hpp"
#include "shoal/sim/fault.hpp"

namespace shoal::sim {

/// Orders of one kind among those that come.
struct order_class {
  std::string name{};
  double share = 1;  ///< of all orders, relative to the other classes, > 0
  int priority = 0;  ///< the highest goes first, and is shed last
};

/// What a simulation must reach; where it does not, that is a finding. As it stands nothing is asked.
struct demands {
  double answered = 0;  ///< share of the orders that nobody took back, [0, 1]
  double p50_s = std::numeric_limits<double>::infinity();  ///< of the answers, at most; likewise below
  double p99_s = std::numeric_limits<double>::infinity();
  double p999_s = std::numeric_limits<double>::infinity();
  double energy_j = std::numeric_limits<double>::infinity();  ///< for each answer, what was in vain included
};

/// What is simulated.
struct scenario {
  std::vector<model> models{};
  std::vector<behaviour> behaviours{};  ///< one for each model
  run::resilience rules{};
  any_balance balance{};
  std::vector<std::vector<std::size_t>>
      routes{};                        ///< each order takes one at random; empty: all models, as listed
  double orders_per_s = 1;             ///< that come, on average, at random moments, > 0
  double for_s = 3600;                 ///< seconds in which orders come, > 0
  double deadline_s = 60;              ///< for each order, > 0
  double cancelled = 0;                ///< share of orders that whoever gave them takes back, [0, 1]
  double heartbeat_s = 0;              ///< seconds between the heartbeats of a model; 0: none
  run::health_options health{};        ///< of one observer's heartbeats
  std::vector<order_class> classes{};  ///< each order is of one at random; empty: all are alike
  std::vector<hazard> hazards{};
  std::vector<fault> faults{};  ///< at set times, beside those of the hazards
  demands wanted{};
};

/// Refuses a scenario that makes no sense.
/// @throws invalid_argument
template <class = when_used>
void validate(const scenario& s) {
  const auto positive = [](const char* what, double value) {
    if (!(value > 0 && value < std::numeric_limits<double>::infinity())) {
      throw invalid_argument(message("scenario: ", what, " ", value, " is not a finite number > 0"));
    }
  };
  if (s.models.empty()) throw invalid_argument("scenario: there is no model");
  if (s.behaviours.size() != s.models.size()) {
    throw invalid_argument(message("scenario: there are ", s.behaviours.size(), " behaviours, but ",
                                   s.models.size(), " models"));
  }
  for (std::size_t i = 0; i < s.models.size(); ++i) validate(s.behaviours[i], s.models[i].name);
  positive("orders_per_s", s.orders_per_s);
  positive("for_s", s.for_s);
  positive("deadline_s", s.deadline_s);
  if (!(s.cancelled >= 0 && s.cancelled <= 1)) {
    throw invalid_argument(message("scenario: cancelled ", s.cancelled, " is not in [0, 1]"));
  }
  if (!(s.heartbeat_s >= 0)) {
    throw invalid_argument(message("scenario: heartbeat_s ", s.heartbeat_s, " is not >= 0"));
  }
  const auto known = [&](const std::vector<std::size_t>& which, const char* what) {
    for (const std::size_t i : which) {
      if (i >= s.models.size()) throw invalid_argument(message("scenario: ", what, " names model ", i));
    }
  };
  for (const auto& r : s.routes) known(r, "a route");
  if (s.classes.size() > 255) throw invalid_argument("scenario: there are more than 255 classes of orders");
  for (const order_class& c : s.classes) positive("share of a class of orders", c.share);
  for (const fault& f : s.faults) {
    known(f.models, "a fault");
    positive("fault's for_s", f.for_s);
    positive("factor", f.factor);
    if (!(f.at_s >= 0)) throw invalid_argument(message("scenario: fault's at_s ", f.at_s, " is not >= 0"));
  }
  for (const hazard& h : s.hazards) {
    known(h.models, "a hazard");
    positive("every_s", h.every_s);
    positive("hazard's for_s", h.for_s);
    positive("factor", h.factor);
  }
  run::validate(s.health);
  run::validate(s.rules, s.models);
}

/// The faults of one seed: those that the hazards bring, and those at set times, by time.
template <class = when_used>
std::vector<fault> faults_of(const scenario& s, std::uint64_t seed) {
  std::vector<fault> out = draw_faults(s.hazards, s.for_s, stream_seed(seed, 4));
  out.insert(out.end(), s.faults.begin(), s.faults.end());
  std::stable_sort(out.begin(), out.end(), [](const fault& a, const fault& b) { return a.at_s < b.at_s; });
  return out;
}

}  // namespace shoal::sim
