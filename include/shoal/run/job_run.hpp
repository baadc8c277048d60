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

#include "shoal/core/when_used.hpp"
#include "shoal/run/accounting.hpp"
#include "shoal/run/dispatcher.hpp"
#include "shoal/run/executor.hpp"
#include "shoal/run/health_watch.hpp"
#include "shoal/run/keeper.hpp"
#include "shoal/run/learned_figures.hpp"
#include "shoal/run/ledger.hpp"
#include "shoal/run/membership.hpp"
#include "shoal/run/stand_ins.hpp"

namespace shoal::run::detail {

/// Belongs to the scheduler's thread. Whoever drives the scheduler does so until `done()`.
template <class Value, scheduler Scheduler, class Balance, class Observer, class Combine,
          class Keeper = no_keeper>
class job_run {
 public:
  /// Where to take what keeps a thread busy for long: it runs the work, now or on another thread. Empty: now,
  /// on the scheduler's.
  using offload = unique_function<void(work)>;

  /// @pre `check_run` has passed; what is referred to outlives the run.
  job_run(Scheduler& on, const job& j, infer::async_backends<Value> backends, const options& o,
          resilience how, Balance balance, Observer& see, const Combine& combine, Keeper& keep,
          membership* fleet = nullptr, offload heavy = {})
      : on_(on),
        job_(j),
        options_(o),
        see_(see),
        combine_(combine),
        keep_(keep),
        fleet_(fleet),
        heavy_(std::move(heavy)),
        began_(on.now()),
        book_(j, o, from_book{this}),
        models_(j),
        books_(o.spend),
        learned_(o.adapt ? std::optional<learned_figures<plan_of_run>>(std::in_place, j) : std::nullopt),
        dispatcher_(on, j.models, std::move(backends), with_timeout(std::move(how), o), std::move(balance),
                    guide{this}) {}
  job_run(const job_run&) = delete;
  job_run& operator=(const job_run&) = delete;
  ~job_run() {
    // Both look at what the next line changes, on whichever thread they are called.
    stop_.reset();
    if (fleet_ != nullptr) fleet_->unsubscribe(reader_);
    *alive_ = nullptr;
    on_.cancel(at_deadline_);
    on_.cancel(at_sync_);
  }

  /// Begins; everything else happens on the scheduler.
  void start() {
    restore();
    stop_.emplace(options_.stop, stop_soon{alive_});
    if (options_.deadline != time_point::max()) {
      at_deadline_ = on_.at(options_.deadline, [this] {
        at_deadline_ = {};
        close(ending::deadline, "the run's deadline passed");
      });
    }
    if (const auto end = over(options_, on_.now())) close(end->how, end->why);
    if (fleet_ != nullptr) {
      watch_.emplace(on_, hands_, 0, fleet_->options(), fleet_->detector());
      reader_ = fleet_->subscribe([&on = on_, who = alive_] {
        on.post([who] {
          if (*who != nullptr) (*who)->read_news();
        });
      });
      read_news();
    }
    step();
  }

  /// True when every subtask has ended and no call is running any more.
  bool done() const { return book_.done() && thinking_ == 0 && dispatcher_.outstanding() == 0; }

  /// @pre done()
  outcomes<Value> finish() {
    outcomes<Value> out = book_.finish(now_s());
    out.spent = books_.total();
    keep_.ended(out.complete() ? "complete" : "incomplete", on_.now());
    out.observer_error = observer_error_;
    return out;
  }

 private:
  // Dependent, so that what is made of it costs nothing where no run is.
  using plan_of_run = typename when_used_with<job, Value>::type;
  struct from_book {
    job_run* run;
    void operator()(event&& e) const {
      // A run that is ended from outside has not given its subtasks up: they may be resumed.
      if (e.kind == event_kind::finished && !run->was_done(e.subtask)) {
        run->keep_.finished(e.subtask, run->on_.now());
      }
      if (e.kind == event_kind::gave_up && !run->closed_)
        run->keep_.gave_up(e.subtask, e.text, run->on_.now());
      run->tell(e);
    }
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
  // What the health watch takes for its dispatcher.
  struct hands {
    job_run* run;
    void set_dead(std::size_t i, const std::string& why) {
      run->change(i, [&](auto& d) { d.set_dead(i, why); });
    }
    void set_alive(std::size_t i) {
      run->change(i, [&](auto& d) { d.set_alive(i); });
    }
    void drain(std::size_t i) {
      run->change(i, [&](auto& d) { d.drain(i); });
    }
    void undrain(std::size_t i) {
      run->change(i, [&](auto& d) { d.undrain(i); });
    }
    void set_weight(std::size_t i, double weight) { run->dispatcher_.set_weight(i, weight); }
  };
  // A call of the ledger, and the order that gets it answered.
  struct slot {
    call what{};
    order_id order{};
    bool open = true;
    bool reserved = true;                                       // in the books, for its first call
    bool missed = false;                                        // a model was asked and brought no answer
    std::vector<std::pair<std::size_t, time_point>> running{};  // models, and since when
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
        if constexpr (!std::is_same_v<Keeper, no_keeper>) {
          keep_.asked(k, e.model, e.attempt, book_.idempotency_key(s.what), on_.now());
        }
        book_.began(s.what);
        book_.asked();
        models_.busy(k, e.model, s.what.model);
        unreserve(s);
        books_.began(expected(k, e.model));
        s.running.emplace_back(e.model, on_.now());
        break;
      case event_kind::answered:
        e.used = book_.used(e.used, k, e.model, e.used.time_s);
        charge_answer(s, e.model, e.used);
        if (learned_) learned_->add(e.model, k, e.used);
        break;
      case event_kind::failed:
        s.missed = true;
        models_.idle(k, e.model, s.what.model);
        charge_failure(s, e.model);
        book_.missed(k, {e.model, job_.models[e.model].name, e.attempt, *e.failure, e.text, e.at_s});
        break;
      case event_kind::cancelled:
        models_.idle(k, e.model, s.what.model);
        charge_failure(s, e.model);
        break;
      default:
        break;
    }
    tell(e);
  }

  charge expected(std::size_t k, std::size_t i) const {
    const auto row = static_cast<Eigen::Index>(i);
    const auto column = static_cast<Eigen::Index>(k);
    const double count = job_.problem.count[column];
    return {count * job_.problem.energy_j(row, column), count * job_.problem.time_s(row, column), 0};
  }

  // Finished by an earlier run: it is written down.
  bool was_done([[maybe_unused]] std::size_t k) const {
    if constexpr (std::is_same_v<Keeper, no_keeper>) {
      return false;
    } else {
      return keep_.done(k);
    }
  }

  void unreserve(slot& s) {
    if (!std::exchange(s.reserved, false)) return;
    books_.ended(s.what.model, no_subtask, expected(s.what.subtask, s.what.model), {});
  }

  // Since when the model has run for this slot; it does no more.
  std::optional<time_point> off(slot& s, std::size_t i) {
    for (std::size_t at = 0; at < s.running.size(); ++at) {
      if (s.running[at].first != i) continue;
      const time_point since = s.running[at].second;
      s.running.erase(s.running.begin() + static_cast<std::ptrdiff_t>(at));
      return since;
    }
    return std::nullopt;
  }
  void charge_answer(slot& s, std::size_t i, const usage& used) {
    if (!off(s, i)) return;
    const charge planned = expected(s.what.subtask, i);
    charge actual = charge_of(i, used, planned);
    if (options_.price) actual.money = options_.price(i, used);
    books_.ended(i, s.what.subtask, planned, actual);
  }
  void charge_failure(slot& s, std::size_t i) {
    const auto since = off(s, i);
    if (!since) return;
    const charge planned = expected(s.what.subtask, i);
    books_.ended(i, s.what.subtask, planned, charge_of_failure(seconds_between(*since, on_.now()), planned));
  }

  bool may(std::size_t tag, std::size_t i) const {
    const call& c = slots_[tag].what;
    if (i == c.model) return true;
    if (!books_.allows(expected(c.subtask, i))) return false;
    if (books_.degraded() && !slots_[tag].running.empty()) return false;  // no hedges
    bool taken = false;
    book_.each_model_of(c.subtask, [&](std::size_t other) {
      taken = taken || (other != c.model && models_.excludes(c.subtask, other, i));
    });
    return !taken && models_.may(c.subtask, i);
  }

  void read_news() {
    for (const membership::news& n : fleet_->read(reader_)) {
      if (n.member >= job_.models.size()) continue;
      switch (n.what) {
        case membership::change::joined:
          watch_->join(n.member);
          break;
        case membership::change::beat:
          watch_->beat(n.member, n.observer);
          break;
        case membership::change::drains:
          watch_->drain(n.member);
          break;
        case membership::change::left:
          watch_->leave(n.member);
          break;
      }
    }
  }

  // A model comes or goes. What fails with it is moved at once, not one by one.
  template <class Change>
  void change(std::size_t i, Change how) {
    changing_ = true;
    how(dispatcher_);
    changing_ = false;
    const lane<>& l = dispatcher_.at(i);
    book_.set_absent(i, l.dead || l.draining);
    step();
  }

  void step() {
    if (changing_) return;
    for (action next = book_.take(); next.todo != action::kind::nothing; next = book_.take()) {
      switch (next.todo) {
        case action::kind::ask:
          submit(next.what);
          break;
        case action::kind::withdraw:
          take_back(next.what);
          break;
        case action::kind::combine:
          combine(next.what.subtask);
          break;
        case action::kind::move:
          think();
          break;
        case action::kind::nothing:
          break;
      }
    }
    try_postponed();
    sync_in_time();
  }

  // What was written down is made to last when its keeper wants it, also while nothing else happens.
  void sync_in_time() {
    if constexpr (!std::is_same_v<Keeper, no_keeper>) {
      if (at_sync_) return;
      const time_point due = keep_.sync_due();
      if (due == time_point::max()) return;
      at_sync_ = on_.at(due, [this] {
        at_sync_ = {};
        if (keep_.sync_due() <= on_.now()) keep_.sync();
        sync_in_time();
      });
    }
  }

  void submit(const call& c) {
    if (!books_.allows(expected(c.subtask, c.model))) {
      postponed_.push_back(c);
      return;
    }
    const std::size_t tag = slots_.size();
    slots_.push_back({c});
    books_.began(expected(c.subtask, c.model));
    order<Value> o;
    o.what = book_.request_for(c);
    o.route = dispatcher_.add_route(route(c));
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

  // The models for a call. When the budget is overdrawn the one that needs the least energy is good enough.
  std::vector<std::size_t> route(const call& c) const {
    if (!options_.stand_ins && !books_.degraded()) return {c.model};
    std::vector<std::size_t> out = models_.route(c.subtask, c.model);
    if (!books_.degraded()) return out;
    std::stable_sort(out.begin(), out.end(), [&](std::size_t a, std::size_t b) {
      return expected(c.subtask, a).energy_j < expected(c.subtask, b).energy_j;
    });
    return out;
  }

  // Calls that the budget did not allow when it held more in reserve. When nothing runs any more it never
  // will.
  void try_postponed() {
    if (postponed_.empty() || closed_) return;
    std::vector<call> again;
    again.swap(postponed_);
    for (const call& c : again) submit(c);
    if (!postponed_.empty() && dispatcher_.open() == 0) close(ending::budget, "the budget is used up");
  }

  void restore() {
    if constexpr (!std::is_same_v<Keeper, no_keeper>) {
      for (std::size_t k = 0; k < job_.graph.size(); ++k) {
        std::vector<kept_answer<Value>> past = keep_.past(k);
        if (past.empty()) continue;
        std::sort(past.begin(), past.end(), [](const auto& a, const auto& b) { return a.model < b.model; });
        std::vector<std::size_t> by;
        std::vector<answer<Value>> answers;
        for (auto& a : past) {
          by.push_back(a.model);
          answers.push_back(std::move(a.what));
        }
        book_.restore(k, by, std::move(answers), keep_.done(k));
        if (heard_enough(combine_, book_, k)) book_.enough(k, now_s());
      }
    }
  }

  void take_back(const call& c) {
    std::erase(postponed_, c);
    for (std::size_t tag = slots_.size(); tag-- > 0;) {
      slot& s = slots_[tag];
      if (!s.open || s.what != c) continue;
      unreserve(s);
      dispatcher_.drop(s.order);
      s.open = false;
      return;
    }
  }

  void ended(std::size_t tag, dispatched<Value>& d) {
    slot& s = slots_[tag];
    if (!s.open) return;
    if (solving_ && !s.missed && d.what.index() == 1) {
      // No model was asked, and another one may be found for it just now.
      unasked_.emplace_back(tag, std::move(d));
      return;
    }
    s.open = false;
    unreserve(s);
    const call c = s.what;
    if (d.what.index() == 0) {
      keep_.answered(c.subtask, d.model, c.attempt, std::get<0>(d.what), on_.now());
      book_.answered(c, d.model, std::get<0>(std::move(d.what)), d.took_s, now_s());
      if (heard_enough(combine_, book_, c.subtask)) book_.enough(c.subtask, now_s());
      if (learned_ && learned_->changed()) book_.reconsider();
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

  void think() {
    auto asked = std::make_shared<progress>(book_.to_move());
    auto found = std::make_shared<reassignment>();
    dispatcher_.hold();
    solving_ = true;
    if (learned_) learned_->apply();
    const job& by = learned_ ? learned_->now() : job_;
    aside([this, &by, asked, found] { *found = replanned(options_, by, *asked); },
          [this, found] {
            solving_ = false;
            book_.move(*found, now_s());
            step();  // takes back what moves, before anything begins
            std::vector<std::pair<std::size_t, dispatched<Value>>> unasked;
            unasked.swap(unasked_);
            for (auto& [tag, what] : unasked) ended(tag, what);
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
    postponed_.clear();
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
  Keeper& keep_;
  membership* const fleet_;
  offload heavy_;
  const time_point began_;
  std::exception_ptr observer_error_{};
  ledger<Value, from_book> book_;
  stand_ins<plan_of_run> models_;
  account books_;
  std::optional<learned_figures<plan_of_run>> learned_;
  std::vector<call> postponed_{};  // until the budget allows them
  std::vector<slot> slots_{};
  std::vector<std::pair<std::size_t, dispatched<Value>>> unasked_{};  // ended while the solver was at work
  dispatcher<Value, Scheduler, Balance, guide> dispatcher_;
  hands hands_{this};
  std::optional<health_watch<Scheduler, hands, chosen_detector>> watch_{};
  std::size_t reader_ = 0;    // of the fleet's news
  std::size_t thinking_ = 0;  // pieces of work that are aside
  bool changing_ = false;
  bool solving_ = false;
  bool closed_ = false;
  timer at_deadline_{};
  timer at_sync_{};
  std::shared_ptr<job_run*> alive_ = std::make_shared<job_run*>(this);
  std::optional<std::stop_callback<stop_soon>> stop_{};
};

}  // namespace shoal::run::detail
