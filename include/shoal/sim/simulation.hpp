// SPDX-License-Identifier: BSL-1.0
/// @file Simulation: a stream of orders on the runtime itself, on virtual time, against models that fail.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/random.hpp"
#include "shoal/model/descriptor.hpp"
#include "shoal/run/dispatcher.hpp"
#include "shoal/run/health_watch.hpp"
#include "shoal/sim/any_balance.hpp"
#include "shoal/sim/behaviour.hpp"
#include "shoal/sim/fault.hpp"
#include "shoal/sim/fleet.hpp"
#include "shoal/sim/virtual_time.hpp"
#include "shoal/sim/watchdog.hpp"

namespace shoal::sim {

/// What is simulated.
struct scenario {
  std::vector<model> models{};
  std::vector<behaviour> behaviours{};  ///< one for each model
  run::resilience rules{};
  any_balance balance{};
  std::vector<std::vector<std::size_t>>
      routes{};             ///< each order takes one at random; empty: all models, as listed
  double orders_per_s = 1;  ///< that come, on average, at random moments, > 0
  double for_s = 3600;      ///< seconds in which orders come, > 0
  double deadline_s = 60;   ///< for each order, > 0
  double cancelled = 0;     ///< share of orders that whoever gave them takes back, [0, 1]
  double heartbeat_s = 0;   ///< seconds between the heartbeats of a model; 0: none
  std::vector<hazard> hazards{};
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
  for (const hazard& h : s.hazards) {
    known(h.models, "a hazard");
    positive("every_s", h.every_s);
    positive("hazard's for_s", h.for_s);
    positive("factor", h.factor);
  }
  run::validate(s.rules, s.models);
}

/// What came of it.
struct simulation_record {
  std::uint64_t digest = 0;  ///< of every event: equal scenarios and seeds give equal digests
  std::uint64_t events = 0;
  std::uint64_t steps = 0;  ///< pieces of work that the scheduler ran
  double virtual_s = 0;
  std::size_t orders = 0;
  std::size_t answered = 0;
  std::size_t given_up = 0;   ///< failed, or not answered in time
  std::size_t cancelled = 0;  ///< by who gave them
  std::uint64_t calls = 0;
  std::uint64_t hedges = 0;
  std::uint64_t retries = 0;  ///< calls after an order's first, hedges aside
  std::uint64_t shed = 0;
  double energy_j = 0;  ///< of the answers
  double mean_s = 0;    ///< from an order to its answer; likewise below
  double p50_s = 0;
  double p99_s = 0;
  double p999_s = 0;
  double worst_s = 0;
  std::vector<std::string> findings{};  ///< what should not have happened; empty when all is well
};

/// Ends orders as they should end. A test plants another one.
struct commit_once {
  bool also_late = false;  ///< takes an answer that comes after its order's end as well: a bug
};

namespace detail {

/// The value that simulated models answer with.
enum class said : unsigned char { right, wrong };

template <class Scheduler>
class simulation {
 public:
  simulation(Scheduler& on, const scenario& s, std::uint64_t seed, commit_once how)
      : on_(on),
        s_(s),
        how_(how),
        start_(on.now()),
        arrivals_(stream_seed(seed, 1)),
        dog_(s.rules, names(s), s.heartbeat_s > 0),
        fleet_(on, s.behaviours, stream_seed(seed, 2), said::right, said::wrong, witness{this}),
        dispatcher_(on, s.models, fleet_.backends(), seeded(s.rules, seed), s.balance, guide{this}) {
    if (s.routes.empty()) {
      std::vector<std::size_t> all(s.models.size());
      for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
      dispatcher_.add_route(std::move(all));
    }
    for (const auto& r : s.routes) dispatcher_.add_route(r);
    if (s.heartbeat_s > 0) {
      const double every_s = s.heartbeat_s;
      health_.emplace(
          on, dispatcher_, s.models.size(), run::health_options{},
          run::phi_accrual(
              {.least_deviation_s = every_s / 5, .acceptable_pause_s = every_s, .expected_s = every_s}));
      for (std::size_t i = 0; i < s.models.size(); ++i) beat(i);
    }
  }

  simulation_record run(const std::vector<fault>& faults) {
    fleet_.play(faults);
    next_order();
    // Time enough for every order to end, and for every model that can to say so.
    const run::time_point last = run::later(start_, s_.for_s + 10 * s_.deadline_s + 1);
    on_.run_to(last);
    dog_.over(now_s(), dispatcher_.outstanding());
    return record();
  }

 private:
  struct witness {
    simulation* of;
    void started(std::size_t i, infer::call_id) const { of->dog_.started(i, of->now_s()); }
    void cancelled(std::size_t, infer::call_id) const {}
    void ended(std::size_t i, infer::call_id) const { of->dog_.ended(i); }
  };
  struct guide {
    simulation* of;
    void operator()(run::event&& e) const { of->heard(e); }
    bool may(std::size_t, std::size_t) const { return true; }
    bool valid(std::size_t, const answer<said>& a) const { return a.value == said::right; }
  };

  static std::vector<std::string> names(const scenario& s) {
    std::vector<std::string> out;
    for (const model& m : s.models) out.push_back(m.name);
    return out;
  }
  static run::resilience seeded(run::resilience r, std::uint64_t seed) {
    r.seed = stream_seed(seed, 3);
    return r;
  }

  double now_s() const { return run::seconds_between(start_, on_.now()); }

  void heard(const run::event& e) {
    dog_.heard(e);
    if (e.kind == run::event_kind::answered) energy_j_ += e.used.energy_j;
    if (e.kind == run::event_kind::late && how_.also_late) dog_.committed(e.subtask, true, true, e.at_s);
  }

  void beat(std::size_t i) {
    on_.at(run::later(on_.now(), s_.heartbeat_s), [this, i] {
      if (fleet_.beats(i)) health_->beat(i);
      beat(i);
    });
  }

  void next_order() {
    const double wait_s = -std::log(1 - uniform_01(arrivals_)) / s_.orders_per_s;
    if (now_s() + wait_s > s_.for_s) return;
    on_.at(run::later(on_.now(), wait_s), [this] {
      give();
      next_order();
    });
  }

  void give() {
    const double now = now_s();
    const std::size_t tag = dog_.given(now, now + s_.deadline_s);
    run::order<said> o;
    if (s_.routes.size() > 1) o.route = static_cast<std::size_t>(uniform_below(arrivals_, s_.routes.size()));
    o.deadline = run::later(on_.now(), s_.deadline_s);
    o.tag = tag;
    const bool taken_back = s_.cancelled > 0 && uniform_01(arrivals_) < s_.cancelled;
    const run::order_id id = dispatcher_.submit(std::move(o), [this, tag](run::dispatched<said>&& d) {
      const auto* a = std::get_if<0>(&d.what);
      dog_.committed(tag, a != nullptr, a != nullptr && a->value == said::right, now_s());
    });
    if (taken_back) {
      on_.at(run::later(on_.now(), s_.deadline_s * uniform_01(arrivals_)), [this, id, tag] {
        if (dispatcher_.cancel(id)) dog_.cancelled(tag);
      });
    }
  }

  simulation_record record() const {
    simulation_record r;
    r.digest = dog_.digest();
    r.events = dog_.events();
    r.steps = on_.steps();
    r.virtual_s = now_s();
    r.orders = dog_.orders().size();
    r.calls = dog_.count(run::event_kind::started);
    r.hedges = dog_.count(run::event_kind::hedged);
    r.shed = dog_.count(run::event_kind::shed);
    r.energy_j = energy_j_;
    r.findings = dog_.findings();
    std::vector<double> took;
    std::uint64_t asked = 0;
    for (const order_story& o : dog_.orders()) {
      asked += o.calls > 0 ? 1 : 0;
      if (o.answered) {
        ++r.answered;
        took.push_back(o.ended_s - o.at_s);
      } else if (o.cancelled) {
        ++r.cancelled;
      } else {
        ++r.given_up;
      }
    }
    r.retries = r.calls - asked - r.hedges;
    if (took.empty()) return r;
    std::sort(took.begin(), took.end());
    const auto rank = [&](double q) {
      return took[std::min(took.size() - 1, static_cast<std::size_t>(q * static_cast<double>(took.size())))];
    };
    for (const double t : took) r.mean_s += t / static_cast<double>(took.size());
    r.p50_s = rank(0.5);
    r.p99_s = rank(0.99);
    r.p999_s = rank(0.999);
    r.worst_s = took.back();
    return r;
  }

  Scheduler& on_;
  const scenario& s_;
  commit_once how_;
  run::time_point start_;
  random_engine arrivals_;
  watchdog<> dog_;
  double energy_j_ = 0;
  simulated_fleet<said, Scheduler, witness> fleet_;
  run::dispatcher<said, Scheduler, any_balance, guide> dispatcher_;
  std::optional<run::health_watch<Scheduler, decltype(dispatcher_)>> health_{};
};

}  // namespace detail

/// Plays a scenario with the faults that are given, on a scheduler that nothing else uses. The runtime under
/// it is the one that runs in earnest.
/// @throws invalid_argument  when the scenario makes no sense.
template <class Scheduler>
simulation_record simulate_on(Scheduler& on, const scenario& s, const std::vector<fault>& faults,
                              std::uint64_t seed, commit_once how = {}) {
  validate(s);
  return detail::simulation<Scheduler>(on, s, seed, how).run(faults);
}

/// Plays a scenario with the faults that its hazards bring by the seed.
/// @complexity O(events log (orders in flight)).
template <class = when_used>
simulation_record simulate(const scenario& s, std::uint64_t seed) {
  virtual_time on;
  return simulate_on(on, s, draw_faults(s.hazards, s.for_s, stream_seed(seed, 4)), seed);
}

}  // namespace shoal::sim
