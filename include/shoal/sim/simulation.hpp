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
#include "shoal/sim/fault.hpp"
#include "shoal/sim/fleet.hpp"
#include "shoal/sim/record.hpp"
#include "shoal/sim/scenario.hpp"
#include "shoal/sim/virtual_time.hpp"
#include "shoal/sim/watchdog.hpp"

namespace shoal::sim {

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
          on, dispatcher_, s.models.size(), s.health,
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
    if (!s_.classes.empty()) o.priority = s_.classes[class_for(tag)].priority;
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

  // Draws the class of the next order.
  std::size_t class_for(std::size_t tag) {
    double all = 0;
    for (const order_class& c : s_.classes) all += c.share;
    double draw = uniform_01(arrivals_) * all;
    std::size_t which = 0;
    while (which + 1 < s_.classes.size() && draw >= s_.classes[which].share)
      draw -= s_.classes[which++].share;
    class_of_.resize(tag + 1);
    class_of_[tag] = static_cast<unsigned char>(which);
    return which;
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
    r.spent_j = fleet_.spent_j();
    r.findings = dog_.findings();
    std::vector<double> took;
    std::vector<std::vector<double>> took_by_class(s_.classes.size());
    for (const order_class& c : s_.classes) r.classes.push_back({c.name, 0, 0, 0, 0, 0});
    std::uint64_t asked = 0;
    for (std::size_t tag = 0; tag < dog_.orders().size(); ++tag) {
      const order_story& o = dog_.orders()[tag];
      class_record* const c = s_.classes.empty() ? nullptr : &r.classes[class_of_[tag]];
      if (c != nullptr) ++c->orders;
      asked += o.calls > 0 ? 1 : 0;
      if (o.answered) {
        ++r.answered;
        took.push_back(o.ended_s - o.at_s);
        if (c == nullptr) continue;
        ++c->answered;
        took_by_class[class_of_[tag]].push_back(took.back());
      } else if (o.cancelled) {
        ++r.cancelled;
      } else {
        ++r.given_up;
        if (c != nullptr) ++c->given_up;
      }
    }
    r.retries = r.calls - asked - r.hedges;
    for (std::size_t c = 0; c < r.classes.size(); ++c) {
      std::sort(took_by_class[c].begin(), took_by_class[c].end());
      r.classes[c].p50_s = rank_of(took_by_class[c], 0.5);
      r.classes[c].p99_s = rank_of(took_by_class[c], 0.99);
    }
    if (!took.empty()) {
      std::sort(took.begin(), took.end());
      for (const double t : took) r.mean_s += t / static_cast<double>(took.size());
      r.p50_s = rank_of(took, 0.5);
      r.p99_s = rank_of(took, 0.99);
      r.p999_s = rank_of(took, 0.999);
      r.worst_s = took.back();
    }
    for (std::string& u : unmet(s_.wanted, r)) r.findings.push_back(std::move(u));
    return r;
  }

  Scheduler& on_;
  const scenario& s_;
  commit_once how_;
  run::time_point start_;
  random_engine arrivals_;
  watchdog<> dog_;
  std::vector<unsigned char> class_of_{};  // each order's, where there are classes
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

/// Plays a scenario with its own faults and those that its hazards bring by the seed.
/// @complexity O(events log (orders in flight)).
template <class = when_used>
simulation_record simulate(const scenario& s, std::uint64_t seed) {
  virtual_time on;
  return simulate_on(on, s, faults_of(s, seed), seed);
}

}  // namespace shoal::sim
