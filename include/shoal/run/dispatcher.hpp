// SPDX-License-Identifier: BSL-1.0
/// @file Dispatcher: gets orders answered by a fleet of models that fail, stall and fill up.
///
/// An order goes along its route, a list of models that can do it. The balancer chooses among those that are
/// usable; the order begins there, or waits in that model's queue. A call that fails is made again: on
/// another model of the route at once, on the same one after a wait, as long as tries, the retry budget and
/// the deadline allow. A call that is slow gets a second one beside it on another model; the first valid
/// answer wins, and the others are cancelled. A model that fails too often is left alone for a while.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/random.hpp"
#include "shoal/infer/async_backend.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/model/descriptor.hpp"
#include "shoal/run/balance.hpp"
#include "shoal/run/event.hpp"
#include "shoal/run/lane.hpp"
#include "shoal/run/order.hpp"
#include "shoal/run/resilience.hpp"
#include "shoal/run/scheduler.hpp"

namespace shoal::run {

/// Looks away, allows everything and believes every answer.
struct no_guide {
  void operator()(event&&) const {}
  bool may(std::size_t, std::size_t) const { return true; }
  template <class Value>
  bool valid(std::size_t, const answer<Value>&) const {
    return true;
  }
};

/// Sees what a dispatcher does, and has a say in it: `g(event)` is told everything, `g.may(tag, model)` says
/// whether an order may go to a model of its route now (its sibling replicas, the model's capacity, ...), and
/// `g.valid(tag, answer)` whether an answer makes sense; one that does not counts as `bad_answer`. It is
/// called on the scheduler's thread, in the middle of things: it must not call the dispatcher.
template <class G, class Value = std::string>
concept dispatch_guide = requires(G& g, event&& e, std::size_t i, const answer<Value>& a) {
  g(std::move(e));
  { g.may(i, i) } -> std::convertible_to<bool>;
  { g.valid(i, a) } -> std::convertible_to<bool>;
};

/// A dispatcher belongs to its scheduler's thread. Every order ends once: its handler is called with an
/// answer or a failure, from the scheduler, never inside `submit`. Backends' replies are due even for calls
/// that nobody waits for any more: the scheduler must live until they have come (`outstanding() == 0`).
template <class Value, scheduler Scheduler, class Balance = first_usable,
          dispatch_guide<Value> Guide = no_guide>
class dispatcher {
 public:
  using handler = order_handler<Value>;

  /// @throws invalid_argument  figures out of range, or another number of backends than models.
  dispatcher(Scheduler& on, const std::vector<model>& models, infer::async_backends<Value> backends,
             resilience how = {}, Balance balance = {}, Guide guide = {})
      : how_(std::move(how)),
        balance_(std::move(balance)),
        guide_(std::move(guide)),
        engine_(how_.seed),
        hedges_(how_.hedge ? how_.hedge->most_extra : 0),
        shared_(std::make_shared<shared>(on)),
        on_(on),
        began_(on.now()) {
    validate(how_, models);
    if (backends.size() != models.size()) {
      throw invalid_argument(
          message("there are ", backends.size(), " backends, but ", models.size(), " models"));
    }
    if (how_.retries) retries_.emplace(*how_.retries);
    shared_->owner = this;
    for (std::size_t i = 0; i < models.size(); ++i) {
      join(models[i], std::move(backends[i]), how_.concurrency.empty() ? 1 : how_.concurrency[i]);
    }
  }
  dispatcher(const dispatcher&) = delete;
  dispatcher& operator=(const dispatcher&) = delete;

  /// Orders that have not ended are dropped without a word; calls that run are cancelled.
  ~dispatcher() {
    for (call& c : shared_->calls) {
      if (c.state == call_state::wanted) backends_[c.model].cancel(c.id);
    }
    for (order_slot& o : orders_) {
      for (const timer t : {o.expiry, o.hedge, o.pause}) on_.cancel(t);
      o.done = handler{};
    }
    for (call& c : shared_->calls) on_.cancel(c.expiry);
    shared_->owner = nullptr;
  }

  /// A further model; its index is the number of models before. Routes do not change.
  std::size_t join(const model& m, infer::any_async_backend<Value> backend, std::size_t at_once = 1) {
    if (!backend) throw invalid_argument(message("the backend of model ", quoted(m.name), " is empty"));
    lane<> l;
    l.name = m.name;
    l.group = m.group;
    l.limit = at_once;
    l.time_s = m.time_s;
    l.energy_j = m.energy_j;
    if (how_.breaker) l.breaker.emplace(*how_.breaker);
    lanes_.push_back(std::move(l));
    backends_.push_back(std::move(backend));
    return lanes_.size() - 1;
  }

  /// A list of models, the preferred one first. An order that names the route goes to one of them.
  std::size_t add_route(std::vector<std::size_t> models) {
    routes_.push_back(std::move(models));
    return routes_.size() - 1;
  }
  /// Other models for a route; orders that are under way see it at their next step.
  void set_route(std::size_t route, std::vector<std::size_t> models) { routes_[route] = std::move(models); }

  /// Takes an order on.
  /// @complexity O(models of the route + log waiting).
  order_id submit(order<Value> o, handler done) {
    const std::uint32_t slot = new_order();
    order_slot& s = orders_[slot];
    s.what = std::move(o);
    s.done = std::move(done);
    const time_point now = on_.now();
    const order_id id{slot, s.generation};
    if (s.what.deadline != time_point::max()) {
      s.expiry = on_.at(s.what.deadline, [this, id] { expire(id); });
    }
    if (retries_) retries_->request(now);
    place(slot, true);
    return id;
  }

  /// Ends an order that nobody waits for any more: queued work at once, running calls are told to stop. Its
  /// handler is told. False when it had ended.
  bool cancel(order_id id, infer::failure_kind kind = infer::failure_kind::cancelled,
              const std::string& why = "it was cancelled") {
    if (!is_open(id)) return false;
    end_calls(id.slot, kind, why);
    conclude(id.slot, {infer::failed_call{kind, why, false, 0}, no_model, 0}, true);
    return true;
  }

  /// Ends an order whose answer is not needed any more, since others came first. Its handler is not told. False
  /// when it had ended.
  bool drop(order_id id) {
    if (!is_open(id)) return false;
    order_slot& s = orders_[id.slot];
    while (!s.live.empty()) {
      call& c = *s.live.back();
      give_up(c);
      abandon(c);
      event e;
      e.text = "enough others answered";
      tell(event_kind::cancelled, s, c.model, std::move(e));
    }
    s.done = handler{};
    conclude(id.slot, {infer::failed_call{}, no_model, 0}, false);
    return true;
  }

  /// A model is gone: its calls count as failed, what waits for it goes elsewhere.
  void set_dead(std::size_t i, const std::string& why = "its heartbeats stopped") {
    lane<>& l = lanes_[i];
    if (std::exchange(l.dead, true)) return;
    tell({.kind = event_kind::model_dead, .subtask = no_subtask, .model = i, .text = why});
    for (std::size_t n = 0; n < shared_->calls.size(); ++n) {  // by index: handlers may submit more
      call& c = shared_->calls[n];
      if (c.state == call_state::free || c.model != i) continue;
      c.holds_place = false;  // whether it ever replies is open: when the model is back it begins with none
      if (c.state == call_state::wanted) {
        give_up(c);
        fail(c, {infer::failure_kind::crashed, why, true, 0});
      }
    }
    l.in_flight = 0;
    move_line(i);
  }
  /// It is back.
  void set_alive(std::size_t i) {
    if (!std::exchange(lanes_[i].dead, false)) return;
    tell({.kind = event_kind::model_back, .subtask = no_subtask, .model = i});
    wake_parked();
  }
  /// It finishes what it runs; what waits for it goes elsewhere; it gets nothing new.
  void drain(std::size_t i) {
    if (std::exchange(lanes_[i].draining, true)) return;
    move_line(i);
  }
  void undrain(std::size_t i) {
    if (std::exchange(lanes_[i].draining, false)) wake_parked();
  }
  /// How much of the load it gets beside others, by balancers that weigh; > 0.
  void set_weight(std::size_t i, double weight) { lanes_[i].weight = weight; }
  void set_limit(std::size_t i, std::size_t at_once) {
    lanes_[i].limit = at_once;
    pump(i);
  }

  /// No call begins until `release`.
  void hold() { held_ = true; }
  void release() {
    held_ = false;
    pump_all();
  }

  const lane<>& at(std::size_t i) const { return lanes_[i]; }
  std::size_t models() const { return lanes_.size(); }
  Guide& guide() { return guide_; }

  /// Calls whose backend has not replied yet, cancelled ones included.
  std::size_t outstanding() const { return outstanding_; }
  /// Orders that have not ended.
  std::size_t open() const { return open_; }

 private:
  enum class call_state : unsigned char { free, wanted, given_up };
  enum class order_state : unsigned char { free, placing, queued, running, waiting, parked, ended };

  struct shared;
  struct call final : infer::reply_sink<Value> {
    shared* home = nullptr;
    call_state state = call_state::free;
    bool holds_place = false;  // in its lane
    bool is_hedge = false;
    std::uint32_t order = 0;
    std::size_t model = 0;
    infer::call_id id = 0;
    circuit_breaker::ticket ticket = 0;
    time_point from{};
    timer expiry{};
    infer::request<Value>* asked = nullptr;         // the order's own, or `copy`
    std::unique_ptr<infer::request<Value>> copy{};  // where the order's own is lent to another call
    infer::reply<Value> said{};

    void take(infer::reply<Value>&& r) override {
      said = std::move(r);
      home->on.post([keep = home->shared_from_this(), this] {
        if (keep->owner != nullptr) keep->owner->replied(*this);
      });
    }
  };
  // The calls of an order that may still win: the one that was made, and its hedge.
  class live_calls {
   public:
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    call* operator[](std::size_t at) const { return at_[at]; }
    call* back() const { return at_[size_ - 1U]; }
    call* const* begin() const { return at_; }
    call* const* end() const { return at_ + size_; }
    void add(call* c) {
      assert(size_ < 2);
      at_[size_++] = c;
    }
    void remove(const call* c) {
      if (size_ == 2 && at_[0] == c) {
        at_[0] = at_[1];
        size_ = 1;
      } else if (size_ > 0 && at_[size_ - 1U] == c) {
        --size_;
      }
    }

   private:
    call* at_[2]{};
    unsigned char size_ = 0;
  };
  // What went wrong with an order; most have none.
  struct trouble {
    std::uint32_t failures = 0;         // calls that failed
    std::vector<std::size_t> tried{};   // models that failed it in this round
    std::vector<std::size_t> barred{};  // models that must not be asked again
    infer::failed_call last{};
    std::size_t last_model = no_model;
  };
  struct order_slot {
    order<Value> what{};
    handler done{};
    order_state state = order_state::free;
    std::uint32_t generation = 1;
    std::uint32_t lent = 0;       // calls that hold the request
    std::uint32_t unreplied = 0;  // calls that refer to this slot
    std::uint64_t visit = 0;      // to a queue
    std::size_t lane = 0;         // where it waits
    live_calls live{};
    std::unique_ptr<trouble> bad{};
    time_point parked_at{};
    timer expiry{};
    timer hedge{};
    timer pause{};

    std::size_t failures() const { return bad ? bad->failures : 0; }
    bool tried(std::size_t i) const { return bad && has(bad->tried, i); }
    bool barred(std::size_t i) const { return bad && has(bad->barred, i); }
    std::size_t last_model() const { return bad ? bad->last_model : no_model; }
    void new_round() {
      if (bad) bad->tried.clear();
    }
  };

  // Requests, calls and backends live as long as a backend may still reply.
  struct shared : std::enable_shared_from_this<shared> {
    explicit shared(Scheduler& s) : on(s) {}
    Scheduler& on;
    dispatcher* owner = nullptr;
    infer::async_backends<Value> backends{};
    std::deque<order_slot> orders{};
    std::deque<call> calls{};
  };

  // The usable models of an order, as balancers see them.
  struct view {
    const dispatcher* of;
    const std::vector<std::size_t>* route;
    time_point now;
    std::size_t size() const { return of->usable_.size(); }
    std::size_t model(std::size_t c) const { return (*route)[rank(c)]; }
    const lane<>& in(std::size_t c) const { return of->lanes_[model(c)]; }
    std::size_t in_flight(std::size_t c) const { return in(c).in_flight; }
    std::size_t queued(std::size_t c) const { return in(c).line.size(); }
    std::size_t limit(std::size_t c) const { return in(c).limit; }
    double expected_s(std::size_t c) const { return in(c).expected_s(now, of->typical_s_); }
    double energy_j(std::size_t c) const { return in(c).energy_j; }
    double weight(std::size_t c) const { return in(c).weight; }
    std::size_t rank(std::size_t c) const { return of->usable_[c]; }
    bool has_room(std::size_t c) const { return of->has_room(model(c)); }
  };

  // No further call may begin, on whichever model.
  bool full() const { return held_ || outstanding_ >= how_.at_once; }
  bool has_room(std::size_t i) const { return !full() && lanes_[i].has_room(); }

  bool is_open(order_id id) const {
    return id && id.slot < orders_.size() && orders_[id.slot].generation == id.generation &&
           orders_[id.slot].state != order_state::ended && orders_[id.slot].state != order_state::free;
  }

  std::uint32_t new_order() {
    ++open_;
    if (free_orders_.empty()) {
      orders_.emplace_back();
      orders_.back().state = order_state::placing;
      return static_cast<std::uint32_t>(orders_.size() - 1);
    }
    const std::uint32_t slot = free_orders_.back();
    free_orders_.pop_back();
    orders_[slot].state = order_state::placing;
    return slot;
  }

  call& new_call() {
    if (free_calls_.empty()) {
      shared_->calls.emplace_back();
      call& c = shared_->calls.back();
      c.home = shared_.get();
      return c;
    }
    call* const c = free_calls_.back();
    free_calls_.pop_back();
    return *c;
  }

  void tell(event e) {
    e.at_s = seconds_between(began_, on_.now());
    if (e.model != no_model) e.model_name = lanes_[e.model].name;
    guide_(std::move(e));
  }
  void tell(event_kind kind, const order_slot& s, std::size_t i, event e = {}) {
    e.kind = kind;
    e.subtask = s.what.tag;
    e.subtask_name = s.what.what.subtask;
    e.model = i;
    e.attempt = s.what.attempt + s.failures();
    tell(std::move(e));
  }

  static bool has(const std::vector<std::size_t>& in, std::size_t i) {
    return std::find(in.begin(), in.end(), i) != in.end();
  }

  bool runs_on(const order_slot& s, std::size_t i) const {
    return std::any_of(s.live.begin(), s.live.end(), [&](const call* c) { return c->model == i; });
  }

  // Alive, willing, allowed, and not given up for this order.
  bool may_ever(const order_slot& s, std::size_t i) {
    const lane<>& l = lanes_[i];
    return !l.dead && !l.draining && !s.barred(i) && !runs_on(s, i) && guide_.may(s.what.tag, i);
  }

  // Ranks in the route of the models that the order may go to now.
  template <class Also>
  void find_usable(const order_slot& s, time_point now, Also also) {
    usable_.clear();
    const std::vector<std::size_t>& route = routes_[s.what.route];
    for (std::size_t r = 0; r < route.size(); ++r) {
      const std::size_t i = route[r];
      if (!also(i) || !may_ever(s, i)) continue;
      if (!lanes_[i].takes(now)) continue;
      usable_.push_back(r);
    }
  }

  std::size_t balanced(const order_slot& s) {
    const view v{this, &routes_[s.what.route], on_.now()};
    return v.model(balance_(v, engine_));
  }

  // Brings an order to a model, to a queue, or to its end.
  // @param outside  the caller is not the scheduler: the handler must wait.
  void place(std::uint32_t slot, bool outside) {
    order_slot& s = orders_[slot];
    s.state = order_state::placing;
    const time_point now = on_.now();
    const auto room = [&](std::size_t i) {
      return !s.tried(i) && (has_room(i) || lanes_[i].line.size() < how_.queue);
    };
    find_usable(s, now, room);
    if (!usable_.empty()) {
      go(slot, balanced(s));
      return;
    }
    find_usable(s, now, [&](std::size_t i) { return !s.tried(i); });
    if (!usable_.empty()) {
      squeeze_in(slot, balanced(s));
      return;
    }
    park(slot, now, outside);
  }

  void go(std::uint32_t slot, std::size_t i) {
    if (has_room(i)) {
      begin(slot, i, false);
    } else {
      enqueue(slot, i);
    }
  }

  void enqueue(std::uint32_t slot, std::size_t i) {
    order_slot& s = orders_[slot];
    s.state = order_state::queued;
    s.lane = i;
    lanes_[i].line.push({{slot, s.generation}, ++s.visit, s.what.priority, s.what.place, ++sequence_});
    tell(event_kind::queued, s, i);
    watch(slot, i, on_.now());
    pump(i);  // what waited before may be void
  }

  // All queues are full: the least urgent of those at `i` makes room, be it the newcomer.
  void squeeze_in(std::uint32_t slot, std::size_t i) {
    lane<>& l = lanes_[i];
    l.line.prune([&](const waiting_order& w) { return is_void(w, i); });
    order_slot& s = orders_[slot];
    if (l.line.size() < how_.queue) {
      enqueue(slot, i);
      return;
    }
    std::uint32_t victim = slot;
    if (!l.line.empty() && l.line.last().priority < s.what.priority) victim = l.line.last().who.slot;
    tell(event_kind::shed, orders_[victim], i);
    conclude(victim,
             {infer::failed_call{infer::failure_kind::refused,
                                 message("shed: ", how_.queue, " orders wait for model ", quoted(l.name)),
                                 true, 0},
              i, 0},
             true);
    if (victim == slot) return;
    l.line.prune([&](const waiting_order& w) { return is_void(w, i); });
    enqueue(slot, i);
  }

  bool is_void(const waiting_order& w, std::size_t i) const {
    const order_slot& s = orders_[w.who.slot];
    return s.generation != w.who.generation || s.state != order_state::queued || s.visit != w.visit ||
           s.lane != i;
  }

  // No model is usable now. One may be soon: a breaker that lets a probe through, a model that comes back,
  // one that has failed this order before.
  void park(std::uint32_t slot, time_point now, bool outside) {
    order_slot& s = orders_[slot];
    if (s.parked_at == time_point{}) s.parked_at = now;
    const time_point until = later(s.parked_at, std::min(s.what.patience_s, how_.patience_s));
    if (now >= until) {
      infer::failed_call why{infer::failure_kind::refused, "no model of its route can be asked now", true, 0};
      if (s.bad) why = s.bad->last;
      conclude(slot, {std::move(why), s.last_model(), 0}, outside);
      return;
    }
    s.new_round();
    time_point wake = until;
    for (const std::size_t i : routes_[s.what.route]) {
      const time_point again = lanes_[i].takes_again();
      if (again > now) wake = std::min(wake, again);
    }
    s.state = order_state::parked;
    const order_id id{slot, s.generation};
    s.pause = on_.at(wake, [this, id] {
      if (!is_open(id)) return;
      orders_[id.slot].pause = {};
      place(id.slot, false);
    });
    if (parked_.size() > 2 * open_ + 16) std::erase_if(parked_, [&](order_id p) { return !is_open(p); });
    parked_.push_back(id);
  }

  void wake_parked() {
    if (parked_.empty()) return;
    on_.post([keep = shared_] {
      dispatcher* const d = keep->owner;
      if (d == nullptr) return;
      std::vector<order_id> all;
      all.swap(d->parked_);
      for (const order_id id : all) {
        if (!d->is_open(id) || d->orders_[id.slot].state != order_state::parked) continue;
        d->on_.cancel(std::exchange(d->orders_[id.slot].pause, {}));
        d->place(id.slot, false);
      }
    });
  }

  void begin(std::uint32_t slot, std::size_t i, bool is_hedge) {
    order_slot& s = orders_[slot];
    lane<>& l = lanes_[i];
    const time_point now = on_.now();
    call& c = new_call();
    c.state = call_state::wanted;
    c.holds_place = true;
    c.is_hedge = is_hedge;
    c.order = slot;
    c.model = i;
    c.id = ++ids_;
    c.from = now;
    if (s.lent == 0) {
      c.asked = &s.what.what;
    } else {
      if (!c.copy) c.copy = std::make_unique<infer::request<Value>>();
      *c.copy = s.what.what;
      c.asked = c.copy.get();
    }
    if (c.asked == &s.what.what) ++s.lent;
    ++s.unreplied;
    s.live.add(&c);
    s.state = order_state::running;
    s.parked_at = {};
    c.asked->model = l.name;
    c.asked->attempt = s.what.attempt + s.failures();
    const time_point end = std::min(s.what.deadline, s.what.call_deadline);
    c.asked->deadline = std::min(end, later(now, how_.try_timeout.count()));
    if (c.asked->deadline < end) {
      c.expiry = on_.at(c.asked->deadline, [this, at = &c, id = c.id] { overdue(*at, id); });
    }
    if (l.in_flight++ == 0) l.heard_at = now;
    ++outstanding_;
    if (l.breaker) c.ticket = l.breaker->began(now);
    tell(event_kind::started, s, i);
    if (!is_hedge) {
      hedges_.call();
      watch(slot, i, now);
    }
    backends_[i].start(*c.asked, c.id,
                       infer::completion<Value>(std::shared_ptr<infer::reply_sink<Value>>(shared_, &c)));
  }

  // Sets the time at which a running call gets a second one beside it, and a waiting order looks elsewhere.
  void watch(std::uint32_t slot, std::size_t i, time_point now) {
    order_slot& s = orders_[slot];
    on_.cancel(std::exchange(s.hedge, {}));
    if (!how_.hedge || !s.what.repeatable || routes_[s.what.route].size() < 2) return;
    auto delay_s = hedge_delay_s(*how_.hedge, lanes_[i].seen);
    for (const std::size_t other :
         routes_[s.what.route]) {  // a model that nothing is known of yet may hang too
      if (delay_s) break;
      delay_s = hedge_delay_s(*how_.hedge, lanes_[other].seen);
    }
    if (!delay_s) return;
    const order_id id{slot, s.generation};
    s.hedge = on_.at(later(now, *delay_s), [this, id] { hedge(id); });
  }

  void hedge(order_id id) {
    if (!is_open(id)) return;
    order_slot& s = orders_[id.slot];
    s.hedge = {};
    if (s.state == order_state::queued) {
      find_usable(s, on_.now(), [&](std::size_t i) { return has_room(i) && !s.tried(i); });
      if (usable_.empty()) {
        watch(id.slot, s.lane, on_.now());
      } else {
        begin(id.slot, balanced(s), false);
      }
      return;
    }
    if (s.state != order_state::running || s.live.size() != 1) return;
    const std::string& group = lanes_[s.live[0]->model].group;
    const time_point now = on_.now();
    // Off under overload: only a place that nobody waits for. Another host is better than another model.
    find_usable(s, now, [&](std::size_t i) {
      return has_room(i) && !s.tried(i) && (group.empty() || lanes_[i].group != group);
    });
    if (usable_.empty()) {
      find_usable(s, now, [&](std::size_t i) { return has_room(i) && !s.tried(i); });
    }
    if (usable_.empty() || !hedges_.take()) {
      watch(id.slot, s.live[0]->model, now);  // there may be room, or budget, later
      return;
    }
    const std::size_t i = balanced(s);
    tell(event_kind::hedged, s, i);
    begin(id.slot, i, true);
  }

  // Nobody waits for the call any more.
  void give_up(call& c) {
    c.state = call_state::given_up;
    on_.cancel(std::exchange(c.expiry, {}));
    orders_[c.order].live.remove(&c);
    backends_[c.model].cancel(c.id);
  }

  void overdue(call& c, infer::call_id id) {
    if (c.state != call_state::wanted || c.id != id) return;
    c.expiry = {};
    give_up(c);
    judge(c, false);
    fail(c, {infer::failure_kind::timeout, message("no answer within ", how_.try_timeout.count(), " s"), true,
             0});
  }

  void expire(order_id id) {
    if (!is_open(id)) return;
    orders_[id.slot].expiry = {};
    for (call* c : orders_[id.slot].live) judge(*c, false);
    const std::string why = "the deadline passed";
    end_calls(id.slot, infer::failure_kind::timeout, why);
    conclude(id.slot, {infer::failed_call{infer::failure_kind::timeout, why, false, 0}, no_model, 0}, false);
  }

  // Ends the calls of an order that is ended from outside.
  void end_calls(std::uint32_t slot, infer::failure_kind kind, const std::string& why) {
    order_slot& s = orders_[slot];
    while (!s.live.empty()) {
      call& c = *s.live.back();
      give_up(c);
      abandon(c);
      event e;
      e.failure = kind;
      e.text = why;
      tell(event_kind::failed, s, c.model, std::move(e));
    }
  }

  // The verdict of a call on its model's breaker.
  void judge(call& c, bool good) {
    lane<>& l = lanes_[c.model];
    if (!l.breaker) return;
    const time_point now = on_.now();
    if (good) {
      if (l.breaker->succeeded(c.ticket, now)) {
        tell({.kind = event_kind::breaker_closed, .subtask = no_subtask, .model = c.model});
        wake_parked();
      }
    } else if (l.breaker->failed(c.ticket, now)) {
      tell({.kind = event_kind::breaker_opened,
            .subtask = no_subtask,
            .model = c.model,
            .wait_s = seconds_between(now, l.breaker->retry_at())});
      move_line(c.model);
    }
    c.ticket = static_cast<circuit_breaker::ticket>(-1);
  }
  void abandon(call& c) {
    lane<>& l = lanes_[c.model];
    if (l.breaker) l.breaker->abandoned(c.ticket, on_.now());
    c.ticket = static_cast<circuit_breaker::ticket>(-1);
  }

  // A backend has replied.
  void replied(call& c) {
    const std::uint32_t slot = c.order;
    const std::size_t i = c.model;
    --outstanding_;
    if (std::exchange(c.holds_place, false)) --lanes_[i].in_flight;
    lanes_[i].heard_at = on_.now();
    infer::reply<Value> said = std::move(c.said);
    if (c.state == call_state::given_up) {
      if (said.index() == 0) {
        event e;
        e.text = "its answer came after the call was given up";
        tell(event_kind::late, orders_[slot], i, std::move(e));
      }
      recycle(c);
    } else {
      c.state = call_state::given_up;  // it can win nothing further
      on_.cancel(std::exchange(c.expiry, {}));
      orders_[slot].live.remove(&c);
      heard(c, std::move(said));
      recycle(c);
    }
    if (how_.at_once == resilience::unlimited) {
      pump(i);
    } else {
      pump_all();
    }
  }

  void heard(call& c, infer::reply<Value> said) {
    order_slot& s = orders_[c.order];
    const time_point now = on_.now();
    if (said.index() == 0) {
      answer<Value>& a = std::get<0>(said);
      if (now >= c.asked->deadline) {
        judge(c, false);
        fail(c, {infer::failure_kind::timeout, "its answer came after the deadline", true, 0});
        return;
      }
      judge(c, true);
      if (!guide_.valid(s.what.tag, a)) {
        fail(c, {infer::failure_kind::bad_answer, "its answer is not valid", true, 0});
        return;
      }
      const double took_s = seconds_between(c.from, now);
      lanes_[c.model].seen.add(took_s);
      typical_s_ += (took_s - typical_s_) / 16;
      event e;
      e.used = a.used;
      if (!(e.used.time_s > 0)) e.used.time_s = took_s;
      if (!(e.used.energy_j > 0)) e.used.energy_j = lanes_[c.model].energy_j;
      tell(event_kind::answered, s, c.model, std::move(e));
      while (!s.live.empty()) {
        call& loser = *s.live.back();
        give_up(loser);
        if (loser.is_hedge) {
          abandon(loser);
        } else {
          // What lost to its hedge belongs into the record, or it would know of quick calls only; and a model
          // that always loses is broken.
          lanes_[loser.model].seen.add(seconds_between(loser.from, now));
          judge(loser, false);
        }
        event lost;
        lost.text = "another model answered first";
        tell(event_kind::cancelled, s, loser.model, std::move(lost));
      }
      conclude(c.order, {std::move(said), c.model, took_s}, false);
      return;
    }
    infer::failed_call& f = std::get<1>(said);
    if (f.kind == infer::failure_kind::bad_answer || f.kind == infer::failure_kind::cancelled) {
      abandon(c);
    } else {
      judge(c, false);
    }
    fail(c, std::move(f));
  }

  // A call that is no longer live has failed: what becomes of its order?
  void fail(call& c, infer::failed_call why) {
    const std::uint32_t slot = c.order;
    order_slot& s = orders_[slot];
    event e;
    e.failure = why.kind;
    e.text = why.text;
    tell(event_kind::failed, s, c.model, std::move(e));
    if (!s.bad) s.bad = std::make_unique<trouble>();
    trouble& t = *s.bad;
    ++t.failures;
    if (why.retry_after_s > 0) rest(c.model, why.retry_after_s);
    if (!has(t.tried, c.model)) t.tried.push_back(c.model);
    if (!why.retryable && !has(t.barred, c.model)) t.barred.push_back(c.model);
    t.last = std::move(why);
    t.last_model = c.model;
    if (!s.live.empty()) return;  // its hedge, or what it hedged, may still answer
    if (!s.what.repeatable || t.failures >= how_.tries) {
      conclude(slot, {t.last, t.last_model, 0}, false);
      return;
    }
    try_again(slot);
  }

  void try_again(std::uint32_t slot) {
    order_slot& s = orders_[slot];
    const time_point now = on_.now();
    on_.cancel(std::exchange(s.hedge, {}));
    find_usable(s, now, [&](std::size_t i) { return !s.tried(i); });
    if (!usable_.empty()) {
      if (!retries_ || retries_->take(now)) {
        place(slot, false);
      } else {
        pause(slot, 0);
      }
      return;
    }
    // Every model of the route has failed it once: another round, after a wait.
    const std::vector<std::size_t>& route = routes_[s.what.route];
    if (std::none_of(route.begin(), route.end(), [&](std::size_t i) { return may_ever(s, i); })) {
      park(slot, now, false);
      return;
    }
    s.new_round();
    pause(slot, s.bad->last.retry_after_s);
  }

  // Waits, by the back-off, and then for the retry budget if need be.
  void pause(std::uint32_t slot, double at_least_s) {
    order_slot& s = orders_[slot];
    const double wait_s = how_.backoff(std::max<std::size_t>(s.failures(), 1), at_least_s, engine_);
    s.state = order_state::waiting;
    event e;
    e.wait_s = wait_s;
    tell(event_kind::retried, s, s.last_model(), std::move(e));
    const order_id id{slot, s.generation};
    s.pause = on_.at(later(on_.now(), wait_s), [this, id] { resume(id); });
  }
  void resume(order_id id) {
    if (!is_open(id)) return;
    order_slot& s = orders_[id.slot];
    s.pause = {};
    const time_point now = on_.now();
    if (retries_ && !retries_->take(now)) {
      s.pause = on_.at(later(now, how_.backoff(1, how_.backoff.base_s, engine_)), [this, id] { resume(id); });
      return;
    }
    place(id.slot, false);
  }

  // A model asked to be left alone.
  void rest(std::size_t i, double for_s) {
    lane<>& l = lanes_[i];
    l.rests_until = std::max(l.rests_until, later(on_.now(), for_s));
    move_line(i);
  }

  // Orders that wait for model `i` look for another one.
  void move_line(std::size_t i) {
    std::vector<waiting_order> line = lanes_[i].line.drain();
    std::sort(line.begin(), line.end(), [](const auto& a, const auto& b) { return b.after(a); });
    for (const waiting_order& w : line) {
      if (!is_void(w, i)) place(w.who.slot, true);
    }
  }

  // Begins what waits, as far as there is room.
  void pump(std::size_t i) {
    lane<>& l = lanes_[i];
    while (!l.line.empty() && l.in_flight < l.limit && !l.dead && !full()) {
      if (!l.takes(on_.now())) return;
      const waiting_order w = l.line.pop();
      if (is_void(w, i)) continue;
      if (!guide_.may(orders_[w.who.slot].what.tag, i)) {
        place(w.who.slot, false);
        continue;
      }
      begin(w.who.slot, i, false);
    }
  }

  // The most urgent orders of all lanes first, as far as calls may run.
  void pump_all() {
    while (!full()) {
      std::optional<std::size_t> best;
      for (std::size_t i = 0; i < lanes_.size(); ++i) {
        lane<>& l = lanes_[i];
        while (!l.line.empty() && is_void(l.line.first(), i)) l.line.pop();
        if (l.line.empty() || l.in_flight >= l.limit || l.dead || !l.takes(on_.now())) continue;
        if (!best || lanes_[*best].line.first().after(l.line.first())) best = i;
      }
      if (!best) return;
      const waiting_order w = lanes_[*best].line.pop();
      if (guide_.may(orders_[w.who.slot].what.tag, *best)) {
        begin(w.who.slot, *best, false);
      } else {
        place(w.who.slot, false);
      }
    }
  }

  void conclude(std::uint32_t slot, dispatched<Value> with, bool outside) {
    order_slot& s = orders_[slot];
    s.state = order_state::ended;
    for (timer* t : {&s.expiry, &s.hedge, &s.pause}) on_.cancel(std::exchange(*t, {}));
    --open_;
    handler done = std::move(s.done);
    s.done = handler{};
    free_order(slot);
    if (!done) return;
    if (outside) {
      on_.post([done = std::make_unique<handler>(std::move(done)),
                with = std::make_unique<dispatched<Value>>(std::move(with))] { (*done)(std::move(*with)); });
    } else {
      done(std::move(with));
    }
  }

  // A slot is free for another order when nothing refers to it any more.
  void free_order(std::uint32_t slot) {
    order_slot& s = orders_[slot];
    if (s.state != order_state::ended || s.unreplied > 0) return;
    s.state = order_state::free;
    ++s.generation;
    s.bad.reset();
    s.parked_at = {};
    free_orders_.push_back(slot);
  }
  void recycle(call& c) {
    order_slot& s = orders_[c.order];
    if (c.asked == &s.what.what) --s.lent;
    --s.unreplied;
    c.state = call_state::free;
    c.asked = nullptr;
    free_calls_.push_back(&c);
    free_order(c.order);
  }

  resilience how_;
  Balance balance_;
  Guide guide_;
  random_engine engine_;
  hedge_budget hedges_;
  std::optional<retry_budget> retries_{};
  std::shared_ptr<shared> shared_;
  Scheduler& on_;
  time_point began_;
  std::vector<lane<>> lanes_{};
  infer::async_backends<Value>& backends_ = shared_->backends;
  std::vector<std::vector<std::size_t>> routes_{};
  std::deque<order_slot>& orders_ = shared_->orders;
  std::vector<std::uint32_t> free_orders_{};
  std::vector<call*> free_calls_{};
  std::vector<std::size_t> usable_{};  // of the order that is being placed: ranks in its route
  std::vector<order_id> parked_{};
  std::uint64_t sequence_ = 0;
  infer::call_id ids_ = 0;
  std::size_t outstanding_ = 0;
  std::size_t open_ = 0;
  bool held_ = false;
  double typical_s_ = 0;  // of all calls that were answered, the last ones weighing most
};

}  // namespace shoal::run
