// SPDX-License-Identifier: BSL-1.0
/// @file One run of a job: the ledger says what is to be done, the dispatcher gets it done, the scheduler
/// says when. The inside of the executors that make calls side by side.
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "shoal/run/dispatcher.hpp"
#include "shoal/run/executor.hpp"
#include "shoal/run/ledger.hpp"
#include "shoal/run/stand_ins.hpp"

namespace shoal::run::detail {

/// Belongs to the scheduler's thread. Whoever drives the scheduler does so until `done()`.
template <class Value, scheduler Scheduler, class Balance, class Observer, class Combine>
class job_run {
 public:
  /// Where to take what keeps a thread busy for long: it runs the work, now or on another thread. Empty: now,
  /// on the scheduler's.
  using offload = unique_function<void(work)>;

  /// @pre `check_run` has passed; what is referred to outlives the run.
  job_run(Scheduler& on, const job& j, infer::async_backends<Value> backends, const options& o,
          resilience how, Balance balance, Observer& see, const Combine& combine, offload heavy = {})
      : on_(on),
        job_(j),
        options_(o),
        see_(see),
        combine_(combine),
        heavy_(std::move(heavy)),
        began_(on.now()),
        book_(j, o, from_book{this}),
        models_(j),
        dispatcher_(on, j.models, std::move(backends), with_timeout(std::move(how), o), std::move(balance),
                    guide{this}) {}
  job_run(const job_run&) = delete;
  job_run& operator=(const job_run&) = delete;
  ~job_run() {
    *alive_ = nullptr;
    on_.cancel(at_deadline_);
  }

  /// Begins; everything else happens on the scheduler.
  void start() {
    stop_.emplace(options_.stop, stop_soon{alive_});
    if (options_.deadline != time_point::max()) {
      at_deadline_ = on_.at(options_.deadline, [this] {
        at_deadline_ = {};
        close(ending::deadline, "the run's deadline passed");
      });
    }
    if (const auto end = over(options_, on_.now())) close(end->how, end->why);
    step();
  }

  /// True when every subtask has ended and no call is running any more.
  bool done() const { return book_.done() && thinking_ == 0 && dispatcher_.outstanding() == 0; }

  /// @pre done()
  outcomes<Value> finish() {
    outcomes<Value> out = book_.finish(now_s());
    out.observer_error = observer_error_;
    return out;
  }

 private:
  struct from_book {
    job_run* run;
    void operator()(event&& e) const { run->tell(e); }
  };
  struct guide {
    job_run* run;
    void operator()(event&& e) const { run->heard(e); }
    bool may(std::size_t tag, std::size_t i) const { return run->may(tag, i); }
    bool valid(std::size_t, const answer<Value>&) const { return true; }
  };
  struct stop_soon {
    std::shared_ptr<job_run*> who;
    void operator()() const {
      // Whoever asks for the stop does it on a thread of its own.
      if (job_run* const run = *who) {
        run->on_.post([who = who] {
          if (*who != nullptr) (*who)->close(ending::cancelled, "the run was cancelled");
        });
      }
    }
  };
  // A call of the ledger, and the order that gets it answered.
  struct slot {
    call what{};
    order_id order{};
    bool open = true;
    bool missed = false;  // a model was asked and brought no answer
  };

  static resilience with_timeout(resilience how, const options& o) {
    how.try_timeout = o.try_timeout;
    return how;
  }

  double now_s() const { return seconds_between(began_, on_.now()); }

  void tell(const event& e) {
    if constexpr (!std::is_same_v<std::remove_cvref_t<Observer>, no_observer>) {
      if (observer_error_) return;
      try {
        see_(e);
      } catch (...) {
        observer_error_ = std::current_exception();
      }
    }
  }

  // From the dispatcher.
  void heard(event& e) {
    e.at_s = now_s();
    if (e.subtask == no_subtask) {
      tell(e);
      return;
    }
    slot& s = slots_[e.subtask];
    const std::size_t k = s.what.subtask;
    e.subtask = k;
    e.subtask_name = job_.graph[k].name;
    if (e.model != no_model) e.model_name = job_.models[e.model].name;
    switch (e.kind) {
      case event_kind::started:
        book_.began(s.what);
        book_.asked();
        models_.busy(k, e.model, s.what.model);
        break;
      case event_kind::answered:
        e.used = book_.used(e.used, k, e.model, e.used.time_s);
        break;
      case event_kind::failed:
        s.missed = true;
        models_.idle(k, e.model, s.what.model);
        book_.missed(k, {e.model, job_.models[e.model].name, e.attempt, *e.failure, e.text, e.at_s});
        break;
      case event_kind::cancelled:
        models_.idle(k, e.model, s.what.model);
        break;
      default:
        break;
    }
    tell(e);
  }

  bool may(std::size_t tag, std::size_t i) const {
    const call& c = slots_[tag].what;
    if (i == c.model) return true;
    bool taken = false;
    book_.each_model_of(c.subtask, [&](std::size_t other) {
      taken = taken || (other != c.model && models_.excludes(c.subtask, other, i));
    });
    return !taken && models_.may(c.subtask, i);
  }

  void step() {
    for (;;) {
      action next = book_.take();
      if (const auto* c = std::get_if<call>(&next)) {
        submit(*c);
      } else if (const auto* taken_back = std::get_if<withdraw>(&next)) {
        take_back(taken_back->what);
      } else if (const auto* ready = std::get_if<combine_answers>(&next)) {
        combine(ready->subtask);
      } else if (auto* stuck = std::get_if<move_stuck>(&next)) {
        think(std::move(stuck->now));
      } else {
        return;
      }
    }
  }

  void submit(const call& c) {
    const std::size_t tag = slots_.size();
    slots_.push_back({c});
    order<Value> o;
    o.what = book_.request_for(c);
    o.route = dispatcher_.add_route(options_.stand_ins ? models_.route(c.subtask, c.model)
                                                       : std::vector<std::size_t>{c.model});
    o.place = c.subtask * job_.models.size() + c.model;
    o.call_deadline = options_.deadline;
    o.tag = tag;
    o.attempt = c.attempt;
    // A plan whose models cannot be asked is better solved anew than waited for.
    if (options_.replan && c.attempt < options_.attempts) o.patience_s = 0;
    const order_id id =
        dispatcher_.submit(std::move(o), [this, tag](dispatched<Value>&& d) { ended(tag, d); });
    slots_[tag].order = id;
  }

  void take_back(const call& c) {
    for (std::size_t tag = slots_.size(); tag-- > 0;) {
      slot& s = slots_[tag];
      if (!s.open || s.what != c) continue;
      s.open = false;
      dispatcher_.cancel(s.order);
      return;
    }
  }

  void ended(std::size_t tag, dispatched<Value>& d) {
    slot& s = slots_[tag];
    if (!std::exchange(s.open, false)) return;
    const call c = s.what;
    if (d.what.index() == 0) {
      book_.answered(c, d.model, std::get<0>(std::move(d.what)), d.took_s, now_s());
    } else {
      if (!s.missed) {
        // No model was asked: it counts as failed, or it would be chosen again.
        const infer::failed_call& f = std::get<1>(d.what);
        event e{.kind = event_kind::failed, .subtask = tag, .model = c.model, .attempt = c.attempt};
        e.failure = f.kind;
        e.text = f.text;
        heard(e);
      }
      book_.failed(c, now_s());
    }
    step();
  }

  void combine(std::size_t k) {
    if constexpr (std::is_same_v<std::remove_cvref_t<Combine>, first_answer>) {
      auto [value, why] = combined(combine_, book_.answers(k));
      book_.settle(k, std::move(value), std::move(why), now_s());
    } else {
      // Nothing touches the answers of a subtask that is being combined.
      struct result {
        std::optional<Value> value{};
        std::string why{};
      };
      auto out = std::make_shared<result>();
      aside([this, k, out] { std::tie(out->value, out->why) = combined(combine_, book_.answers(k)); },
            [this, k, out] { book_.settle(k, std::move(out->value), std::move(out->why), now_s()); });
    }
  }

  void think(progress now) {
    auto asked = std::make_shared<progress>(std::move(now));
    auto found = std::make_shared<reassignment>();
    dispatcher_.hold();
    aside([this, asked, found] { *found = replanned(options_, job_, *asked); },
          [this, found] {
            book_.move(*found, now_s());
            step();  // takes back what moves, before anything begins
            dispatcher_.release();
          });
  }

  // Runs `first`, if need be elsewhere, and then `second` on the scheduler.
  template <class First, class Second>
  void aside(First first, Second second) {
    if (!heavy_) {
      first();
      second();
      return;
    }
    ++thinking_;
    heavy_([this, first = std::move(first), second = std::move(second)]() mutable {
      first();
      on_.post([this, second = std::move(second)]() mutable {
        --thinking_;
        second();
        step();
      });
    });
  }

  // Ends the run before its work is done.
  void close(ending how, const std::string& why) {
    if (std::exchange(closed_, true)) return;
    for (std::size_t tag = 0; tag < slots_.size(); ++tag) {
      if (std::exchange(slots_[tag].open, false)) dispatcher_.cancel(slots_[tag].order, kind_of(how), why);
    }
    book_.close(how, why, now_s());
    step();
  }

  Scheduler& on_;
  const job& job_;
  const options& options_;
  Observer& see_;
  const Combine& combine_;
  offload heavy_;
  const time_point began_;
  std::exception_ptr observer_error_{};
  ledger<Value, from_book> book_;
  stand_ins<> models_;
  std::vector<slot> slots_{};
  dispatcher<Value, Scheduler, Balance, guide> dispatcher_;
  std::size_t thinking_ = 0;  // pieces of work that are aside
  bool closed_ = false;
  timer at_deadline_{};
  std::shared_ptr<job_run*> alive_ = std::make_shared<job_run*>(this);
  std::optional<std::stop_callback<stop_soon>> stop_{};
};

}  // namespace shoal::run::detail
