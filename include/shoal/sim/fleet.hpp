// SPDX-License-Identifier: BSL-1.0
/// @file A simulated fleet: asynchronous backends on a scheduler's time that take as long, and fail as often,
/// as they are told.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shoal/core/random.hpp"
#include "shoal/infer/async_backend.hpp"
#include "shoal/run/moment.hpp"
#include "shoal/run/scheduler.hpp"
#include "shoal/sim/behaviour.hpp"
#include "shoal/sim/fault.hpp"

namespace shoal::sim {

/// What a model was seen doing by the watchdog of a simulation.
struct no_witness {
  void started(std::size_t, infer::call_id) const {}
  void cancelled(std::size_t, infer::call_id) const {}
  void ended(std::size_t, infer::call_id) const {}
};

/// The models of a simulation. What a call does depends on the seed, the model and the number of calls that
/// the model had before, so that what happens to one model does not change the luck of another.
/// @tparam Witness  told of every call.
template <class Value, run::scheduler Scheduler, class Witness = no_witness>
class simulated_fleet {
 public:
  /// @param right, wrong  the values of answers that are valid and of those that are not.
  simulated_fleet(Scheduler& on, std::vector<behaviour> models, std::uint64_t seed, Value right, Value wrong,
                  Witness witness = {})
      : inside_(std::make_shared<inside>(on, std::move(models), seed, std::move(right), std::move(wrong),
                                         std::move(witness))) {
    for (std::size_t i = 0; i < inside_->models.size(); ++i) inside_->plan_crash(i);
  }

  simulated_fleet(simulated_fleet&&) noexcept = default;
  simulated_fleet& operator=(simulated_fleet&&) noexcept = default;
  /// Calls that run are dropped: whoever waits for them hears that. @pre the scheduler lives
  ~simulated_fleet() {
    if (!inside_) return;
    for (one& m : inside_->models) {
      for (open_call& c : m.open) inside_->on.cancel(c.end);
      std::vector<open_call>().swap(m.open);
    }
  }

  /// One backend for each model, in their order.
  infer::async_backends<Value> backends() const {
    infer::async_backends<Value> out;
    for (std::size_t i = 0; i < inside_->models.size(); ++i) out.emplace_back(backend{inside_, i});
    return out;
  }

  /// Sets the faults going; times count from now. @pre every model of every fault exists
  void play(const std::vector<fault>& faults) {
    for (const fault& f : faults) {
      const run::time_point from = run::later(inside_->on.now(), f.at_s);
      inside_->on.at(from, [in = inside_, f] { in->begin(f); });
      inside_->on.at(run::later(from, f.for_s), [in = inside_, f] { in->end(f); });
    }
  }

  /// True when a heartbeat of the model would be heard now.
  bool beats(std::size_t i) const {
    const one& m = inside_->models[i];
    return m.now(fault_kind::crash) == 0 && m.now(fault_kind::cut_off) == 0;
  }

  /// Calls that were started so far.
  std::uint64_t calls() const { return inside_->calls; }

  /// Joules of all calls that have ended: those that nobody waited for any more, and those that crashed, as
  /// far as they had come. A call that is refused takes none.
  double spent_j() const { return inside_->spent_j; }

 private:
  struct open_call {
    infer::call_id id;
    std::optional<infer::completion<Value>> done;
    run::timer end{};
    bool deaf = false;
    bool refuses = false;
    bool wrong = false;
    double took_s = 0;
    double energy_j = 0;
    run::time_point from{};
  };
  struct one {
    behaviour how{};
    std::uint64_t calls = 0;
    std::array<std::size_t, 5> faults{};  // that last now, by kind
    double slower = 1;
    std::vector<open_call> open{};
    random_engine fate{};  // of crashes

    std::size_t now(fault_kind k) const { return faults[static_cast<std::size_t>(k)]; }
  };
  struct inside : std::enable_shared_from_this<inside> {
    inside(Scheduler& s, std::vector<behaviour> all, std::uint64_t seed_, Value r, Value w, Witness see)
        : on(s),
          models(all.size()),
          seed(seed_),
          right(std::move(r)),
          wrong(std::move(w)),
          witness(std::move(see)) {
      for (std::size_t i = 0; i < all.size(); ++i) {
        models[i].how = std::move(all[i]);
        models[i].fate = random_engine(stream_seed(~seed, i));
      }
    }

    // A crash of its own, and the way back.
    void plan_crash(std::size_t i) {
      one& m = models[i];
      if (!(m.how.mttf_s < std::numeric_limits<double>::infinity())) return;
      const auto exponential = [&](double mean) { return -mean * std::log(1 - uniform_01(m.fate)); };
      fault f{fault_kind::crash, {i}, 0, exponential(m.how.mttr_s), 1};
      const double up_s = exponential(m.how.mttf_s);
      on.at(run::later(on.now(), up_s), [in = this->shared_from_this(), f, i] {
        in->begin(f);
        in->on.at(run::later(in->on.now(), f.for_s), [in, f, i] {
          in->end(f);
          in->plan_crash(i);
        });
      });
    }

    void begin(const fault& f) {
      for (const std::size_t i : f.models) {
        one& m = models[i];
        ++m.faults[static_cast<std::size_t>(f.kind)];
        if (f.kind == fault_kind::slow) m.slower *= f.factor;
        if (f.kind == fault_kind::crash) {
          while (!m.open.empty()) {
            finish(i, m.open.front().id,
                   infer::failed_call{infer::failure_kind::crashed, "its process died", true, 0});
          }
        }
      }
    }
    void end(const fault& f) {
      for (const std::size_t i : f.models) {
        --models[i].faults[static_cast<std::size_t>(f.kind)];
        if (f.kind == fault_kind::slow) models[i].slower /= f.factor;
      }
    }

    void start(std::size_t i, infer::call_id id, infer::completion<Value> done) {
      one& m = models[i];
      ++calls;
      witness.started(i, id);
      random_engine engine(stream_seed(stream_seed(seed, i), m.calls++));
      const double draw = uniform_01(engine);
      const behaviour& b = m.how;
      double took_s = b.time_s(engine) * m.slower;
      const double energy_j = b.energy_j(engine);
      double below = b.stalls + b.loses;
      const bool silent = draw < below || m.now(fault_kind::stall) + m.now(fault_kind::cut_off) > 0;
      const bool refuses = !silent && (draw < (below += b.refuses) || m.now(fault_kind::crash) > 0);
      const bool wrong_one = draw >= below && draw < (below + b.wrong);
      if (uniform_01(engine) < b.drags) took_s *= b.drag;
      const bool deaf = uniform_01(engine) < b.deaf;
      if (refuses) took_s = refusal_s;
      m.open.push_back(
          {id, std::move(done), {}, deaf && !silent, refuses, wrong_one, took_s, energy_j, on.now()});
      if (!silent) m.open.back().end = on.at(run::later(on.now(), took_s), [this, i, id] { speak(i, id); });
    }

    // The time of a call is up.
    void speak(std::size_t i, infer::call_id id) {
      one& m = models[i];
      const auto c =
          std::find_if(m.open.begin(), m.open.end(), [&](const open_call& o) { return o.id == id; });
      // What can no longer be said is never heard.
      if (m.now(fault_kind::cut_off) + (c->refuses ? 0 : m.now(fault_kind::stall)) > 0) return;
      if (c->refuses) {
        finish(i, id, infer::failed_call{infer::failure_kind::refused, "refused", true, 0});
        return;
      }
      answer<Value> a;
      a.value = c->wrong || m.now(fault_kind::wrong) > 0 ? wrong : right;
      a.used.time_s = c->took_s;
      a.used.energy_j = c->energy_j;
      finish(i, id, std::move(a));
    }

    void cancel(std::size_t i, infer::call_id id) {
      witness.cancelled(i, id);
      for (const open_call& c : models[i].open)
        if (c.id == id && c.deaf) return;
      // It stops soon, not within the call that says so.
      on.post([in = this->shared_from_this(), i, id] {
        in->finish(i, id, infer::failed_call{infer::failure_kind::cancelled, "told to stop", false, 0});
      });
    }

    void finish(std::size_t i, infer::call_id id, infer::reply<Value> r) {
      std::vector<open_call>& open = models[i].open;
      for (std::size_t at = 0; at < open.size(); ++at) {
        if (open[at].id != id) continue;
        on.cancel(open[at].end);
        const open_call& c = open[at];
        const double done_s = run::seconds_between(c.from, on.now());
        if (!c.refuses) spent_j += c.energy_j * (done_s < c.took_s ? done_s / c.took_s : 1);
        infer::completion<Value> done = std::move(*open[at].done);
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
        witness.ended(i, id);
        done(std::move(r));
        return;
      }
    }

    static constexpr double refusal_s = 0.001;  // a connection that is refused is quick

    Scheduler& on;
    std::vector<one> models;
    std::uint64_t seed;
    Value right;
    Value wrong;
    Witness witness;
    std::uint64_t calls = 0;
    double spent_j = 0;
  };
  struct backend {
    std::shared_ptr<inside> in;
    std::size_t model;
    void start(const infer::request<Value>&, infer::call_id id, infer::completion<Value> done) {
      in->start(model, id, std::move(done));
    }
    void cancel(infer::call_id id) { in->cancel(model, id); }
  };

  std::shared_ptr<inside> inside_;
};

}  // namespace shoal::sim
