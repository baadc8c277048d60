// SPDX-License-Identifier: BSL-1.0
/// @file Ledger: where every subtask of a run stands, and what is to be done next. It has no clock and no
/// thread: an executor tells it what happened, and asks it what to do.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "shoal/core/message.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/infer/request.hpp"
#include "shoal/run/action.hpp"
#include "shoal/run/event.hpp"
#include "shoal/run/job.hpp"
#include "shoal/run/options.hpp"
#include "shoal/run/outcome.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::run {

/// The state of a run. An executor takes actions, carries them out as it likes, several at once if it can,
/// and reports how each ended; when `done`, the outcomes are complete. Every subtask ends exactly once,
/// whatever is reported in whatever order. Not synchronised. Times are seconds since the run began.
///
/// A subtask is ready when all that it needs has a value. Its replicas are asked side by side; it is answered
/// as soon as all of them have ended and one of them has answered. Replicas that fail are not replaced while
/// others live, unless the options say so. When all have failed, the subtask is stuck: it goes to the
/// replanner while attempts are left. Calls are handed out the lowest subtask first, then the lowest model.
/// One that was handed out and has not begun may be taken back, when the replanner gives its subtask other
/// models.
/// @tparam Notify  called with each event&&.
template <class Value, class Notify>
class ledger {
 public:
  using value_type = Value;

  /// @pre `validate(j)` and `validate(o)`; `j` and `o` outlive the ledger.
  ledger(const job& j, const options& o, Notify notify)
      : job_(j),
        options_(o),
        notify_(std::move(notify)),
        states_(j.graph.size()),
        models_(j.models.size()) {
    out_.subtasks.resize(j.graph.size());
    for (std::size_t k = 0; k < states_.size(); ++k) {
      states_[k].unmet = j.graph.needs(k).size();
      states_[k].planned = j.plan[k];
      if (states_[k].unmet == 0) enqueue(k);
    }
  }

  /// An earlier run of the same job got these answers for a subtask: replicas that they stand for are not
  /// asked.
  /// @param by    their models, growing.
  /// @param done  no further replica is asked.
  /// @pre nothing was taken yet
  void restore(std::size_t k, const std::vector<std::size_t>& by, std::vector<answer<Value>> answers,
               bool done) {
    state& s = states_[k];
    s.answered = by;
    out_.subtasks[k].answers = std::move(answers);
    for (const std::size_t i : by) {
      if (std::erase(s.planned, i) == 0 && !s.planned.empty()) s.planned.pop_back();  // it stood in for one
    }
    if (done) s.planned.clear();
    s.asked = true;
    if (s.planned.empty()) combine_once(k);
  }

  /// Gives what has not started to the replanner at the next `take`: the figures that the plan was made of
  /// have changed.
  void reconsider() { reconsider_ = options_.replan != nullptr; }

  /// A model can be asked no longer, or can again: what has not started moves, if that is better.
  /// @complexity O(subtasks).
  void set_absent(std::size_t i, bool absent) {
    if (models_[i].absent == absent) return;
    models_[i].absent = absent;
    if (absent) {
      const auto plans_it = [&](const state& s) {
        return movable(s) &&
               (std::find(s.planned.begin(), s.planned.end(), i) != s.planned.end() ||
                std::any_of(s.calls.begin(), s.calls.end(), [&](const handed& h) { return h.what.model == i; }));
      };
      if (std::any_of(states_.begin(), states_.end(), plans_it)) reconsider();
    } else {
      models_[i].failures_in_a_row = 0;  // those were of what it was before
      reconsider();
    }
  }

  /// True when every subtask has ended. Calls that were given up may still be running.
  bool done() const { return ended_ == states_.size(); }

  /// Hands out the next action; it is then under way.
  /// @complexity O(log calls), O(models x subtasks) for `move`.
  action take() {
    if (!to_withdraw_.empty()) {
      const call c = to_withdraw_.back();
      to_withdraw_.pop_back();
      return {action::kind::withdraw, c};
    }
    if (next_to_combine_ < to_combine_.size()) {
      const std::size_t k = to_combine_[next_to_combine_++];
      if (next_to_combine_ == to_combine_.size()) {
        to_combine_.clear();
        next_to_combine_ = 0;
      }
      return {action::kind::combine, {.subtask = k}};
    }
    if (closed_ || moving_) return {};
    if (!stuck_.empty() || std::exchange(reconsider_, false)) {
      asked_ = progress_now();
      if (std::find(asked_.open.begin(), asked_.open.end(), true) != asked_.open.end()) {
        moving_ = true;
        stuck_.clear();
        return {action::kind::move, {}};
      }
    }
    while (!ready_.empty()) {
      const ticket t = ready_.top();
      ready_.pop();
      state& s = states_[t.subtask];
      if (s.version != t.version || std::erase(s.planned, t.model) == 0) continue;
      s.calls.push_back({{t.subtask, t.model, s.attempt}});
      return {action::kind::ask, s.calls.back().what};
    }
    return {};
  }

  /// Where the run stood when `take` asked for subtasks to move.
  const progress& to_move() const { return asked_; }

  /// What to ask for a call; its deadline is the executor's to fill in.
  infer::request<Value> request_for(const call& c) const {
    const subtask& part = job_.graph[c.subtask];
    infer::request<Value> out;
    out.subtask = part.name;
    out.input = part.input;
    out.instruction = part.instruction;
    for (const std::size_t need : job_.graph.needs(c.subtask)) {
      out.needs.push_back({job_.graph[need].name, *out_.subtasks[need].value});
    }
    out.count = part.count;
    out.model = job_.models[c.model].name;
    out.attempt = c.attempt;
    out.idempotency_key = idempotency_key(c);
    return out;
  }

  /// Of the replica, not of the try: it is the same when the call is made again, elsewhere, or by another
  /// process.
  std::string idempotency_key(const call& c) const {
    return options_.run_id.empty() ? std::string() : message(options_.run_id, "/", c.subtask, "/", c.model);
  }

  /// The answers to combine, in the fleet's order.
  const std::vector<answer<Value>>& answers(std::size_t k) const { return out_.subtasks[k].answers; }

  /// A call that was handed out has begun: from now on its subtask does not move.
  void began(const call& c) {
    state& s = states_[c.subtask];
    for (handed& h : s.calls) {
      if (h.what != c) continue;
      h.begun = true;
      s.asked = true;
    }
  }

  /// A model was asked, for whichever call.
  void asked() { ++out_.calls; }

  /// A model that was asked for a subtask brought no answer.
  void missed(std::size_t k, failed_try what) {
    using infer::failure_kind;
    if (what.kind != failure_kind::bad_answer && what.kind != failure_kind::cancelled) {
      ++models_[what.model].failures_in_a_row;
    }
    out_.subtasks[k].failures.push_back(std::move(what));
  }

  /// A call was answered; what the backend left open is filled in.
  /// @param by  the model that answered: that of the call, or one that stood in for it.
  /// @param took_s  how long it took, seconds.
  void answered(const call& c, std::size_t by, answer<Value> a, double took_s, double at_s) {
    const model& m = job_.models[by];
    a.source = m.name;
    a.accuracy = m.accuracy;
    a.relevance = m.relevance;
    a.group = m.group;
    a.at_s = at_s;
    a.used = used(a.used, c.subtask, by, took_s);
    models_[by].failures_in_a_row = 0;
    state& s = states_[c.subtask];
    drop(s, c);
    const auto spot = std::lower_bound(s.answered.begin(), s.answered.end(), by);
    auto& kept = out_.subtasks[c.subtask].answers;
    kept.insert(kept.begin() + (spot - s.answered.begin()), std::move(a));
    s.answered.insert(spot, by);
    advance(c.subtask, at_s);
  }

  /// What a call used, with what its backend left open filled in: the time that passed, the problem's energy.
  usage used(usage u, std::size_t k, std::size_t by, double took_s) const {
    if (!(u.time_s > 0)) u.time_s = took_s;
    if (!(u.energy_j > 0)) {
      const auto column = static_cast<Eigen::Index>(k);
      u.energy_j = job_.problem.count[column] * job_.problem.energy_j(static_cast<Eigen::Index>(by), column);
    }
    return u;
  }

  /// Who may still answer a subtask: answers without a value.
  std::vector<answer<Value>> to_come(std::size_t k) const {
    std::vector<answer<Value>> out;
    const auto add = [&](std::size_t i) {
      const model& m = job_.models[i];
      answer<Value>& a = out.emplace_back();
      a.source = m.name;
      a.accuracy = m.accuracy;
      a.relevance = m.relevance;
      a.group = m.group;
    };
    for (const std::size_t i : states_[k].planned) add(i);
    for (const handed& h : states_[k].calls) add(h.what.model);
    return out;
  }

  /// The answers that a subtask has are enough: no further model is asked for it, and those that are asked
  /// already are to be withdrawn, also where they have begun.
  void enough(std::size_t k, double at_s) {
    state& s = states_[k];
    if (s.ended || s.answered.empty()) return;
    out_.subtasks[k].stopped_early = true;
    for (const handed& h : s.calls) to_withdraw_.push_back(h.what);
    s.calls.clear();
    s.planned.clear();
    s.stuck = false;
    advance(k, at_s);
  }

  /// A call came to nothing.
  void failed(const call& c, double at_s) {
    state& s = states_[c.subtask];
    if (!drop(s, c)) return;
    s.asked = true;
    if (options_.replace_lost_replicas && !s.stuck && may_move(s)) become_stuck(c.subtask);
    advance(c.subtask, at_s);
  }

  /// Models that a subtask runs on, waits for, or was answered by.
  template <class See>
  void each_model_of(std::size_t k, See see) const {
    const state& s = states_[k];
    for (const std::size_t i : s.planned) see(i);
    for (const std::size_t i : s.answered) see(i);
    for (const handed& h : s.calls) see(h.what.model);
  }

  /// The value that the answers of a subtask combine to; with none, `why` says why.
  void settle(std::size_t k, std::optional<Value> value, std::string why, double at_s) {
    outcome<Value>& o = out_.subtasks[k];
    o.value = std::move(value);
    if (!o.value) o.why = std::move(why);
    end(k, ending::answered, at_s);
  }

  /// The replanner's answer to what `take` asked for last.
  void move(const reassignment& r, double at_s) {
    moving_ = false;
    if (closed_) return;
    if (r.degraded) {
      out_.degraded = true;
      out_.note = r.note;
    }
    for (std::size_t k = 0; k < states_.size(); ++k) {
      state& s = states_[k];
      if (!asked_.open[k] || s.ended || s.combining) continue;
      // What was open when the replanner was asked is so still: no call has begun since.
      const bool was_stuck = asked_.stuck[k];
      if (was_stuck) s.stuck = false;
      const std::vector<std::size_t> chosen = k < r.chosen.size() ? r.chosen[k] : std::vector<std::size_t>{};
      if (was_stuck && !chosen.empty()) {
        ++s.attempt;
        s.asked = !s.answered.empty() ||
                  std::any_of(s.calls.begin(), s.calls.end(), [](const handed& h) { return h.begun; });
        ++out_.reassigned;
      }
      if (!chosen.empty() && chosen != asked_.planned[k]) {
        for (const handed& h : s.calls) {
          if (!h.begun) to_withdraw_.push_back(h.what);
        }
        std::erase_if(s.calls, [](const handed& h) { return !h.begun; });
        s.planned = chosen;
        ++s.version;
        if (s.unmet == 0) enqueue(k);
        for (const std::size_t i : chosen) {
          tell({.kind = event_kind::reassigned,
                .subtask = k,
                .model = i,
                .attempt = s.attempt,
                .at_s = at_s,
                .text = r.degraded ? r.note : std::string()});
        }
      }
      if (was_stuck) {
        s.no_further = chosen.empty();
        advance(k, at_s, r.note);
      }
    }
  }

  /// Ends the run: no further call is handed out, subtasks with answers are answered, all others end as
  /// `how`. Whoever runs calls has given them up, and said so.
  void close(ending how, const std::string& why, double at_s) {
    closed_ = true;
    for (std::size_t k = 0; k < states_.size(); ++k) {
      state& s = states_[k];
      if (s.ended) continue;
      s.calls.clear();
      s.planned.clear();
      s.stuck = false;
      if (!s.answered.empty()) {
        combine_once(k);
      } else {
        out_.subtasks[k].why = why;
        end(k, how, at_s);
      }
    }
  }

  /// The outcomes, with the sum of what all answers used. @pre done()
  outcomes<Value> finish(double at_s) {
    assert(done());
    out_.seconds = at_s;
    for (const auto& o : out_.subtasks) {
      for (const auto& a : o.answers) out_.used += a.used;
    }
    return std::move(out_);
  }

 private:
  // A call that could be made; void once the plan that it comes from is.
  struct ticket {
    std::size_t subtask = 0;
    std::size_t model = 0;
    std::size_t version = 0;
    friend bool operator>(const ticket& a, const ticket& b) {
      return a.subtask != b.subtask ? a.subtask > b.subtask : a.model > b.model;
    }
  };

  struct handed {
    call what{};
    bool begun = false;
  };
  struct state {
    std::size_t unmet = 0;                // needs that have no value yet
    std::vector<std::size_t> planned{};   // models still to be asked
    std::vector<handed> calls{};          // handed out
    std::vector<std::size_t> answered{};  // models of the answers, in their order
    std::size_t attempt = 1;
    std::size_t version = 0;  // of `planned`: tickets of older ones are void
    bool asked = false;       // a model of this attempt has been asked
    bool stuck = false;
    bool no_further = false;  // the replanner had nothing: never asked again
    bool combining = false;
    bool ended = false;
  };

  struct model_state {
    std::size_t failures_in_a_row = 0;
    bool absent = false;
  };

  // True when the call had been handed out, and not ended.
  static bool drop(state& s, const call& c) {
    return std::erase_if(s.calls, [&](const handed& h) { return h.what == c; }) > 0;
  }

  void tell(event e) {
    if constexpr (std::is_same_v<Notify, no_observer>) return;
    e.subtask_name = job_.graph[e.subtask].name;
    if (e.model != no_model) e.model_name = job_.models[e.model].name;
    notify_(std::move(e));
  }

  void enqueue(std::size_t k) {
    for (const std::size_t i : states_[k].planned) ready_.push({k, i, states_[k].version});
  }

  bool may_move(const state& s) const {
    return !closed_ && !s.no_further && options_.replan && s.attempt < options_.attempts;
  }
  bool movable(const state& s) const { return !s.ended && !s.asked; }
  void become_stuck(std::size_t k) {
    states_[k].stuck = true;
    stuck_.push_back(k);
  }
  void combine_once(std::size_t k) {
    if (!std::exchange(states_[k].combining, true)) to_combine_.push_back(k);
  }

  // Decides what becomes of a subtask after one of its calls has ended.
  void advance(std::size_t k, double at_s, const std::string& note = {}) {
    state& s = states_[k];
    if (s.ended || s.stuck || !s.planned.empty() || !s.calls.empty()) return;
    if (!s.answered.empty()) {
      combine_once(k);
    } else if (may_move(s)) {
      become_stuck(k);
    } else {
      const outcome<Value>& o = out_.subtasks[k];
      const std::string why = !options_.replan                 ? "its models failed"
                              : s.attempt >= options_.attempts ? "every attempt failed"
                              : note.empty()                   ? "no model is left for it"
                                                               : note;
      out_.subtasks[k].why =
          o.failures.empty() ? why
                             : message(why, "; the last: ", o.failures.back().name, ", ",
                                       infer::name_of(o.failures.back().kind), ", ", o.failures.back().text);
      end(k, ending::exhausted, at_s);
    }
  }

  void conclude(std::size_t k, ending how, double at_s) {
    states_[k].ended = true;
    ++ended_;
    outcome<Value>& o = out_.subtasks[k];
    o.end = how;
    o.at_s = at_s;
    tell({.kind = how == ending::answered ? event_kind::finished : event_kind::gave_up,
          .subtask = k,
          .at_s = at_s,
          .text = o.why});
  }

  // Ends a subtask and tells those that need it. A run that is being closed ends all of them by itself.
  void end(std::size_t k, ending how, double at_s) {
    conclude(k, how, at_s);
    if (closed_) return;
    if (out_.subtasks[k].value) {
      for (const std::size_t next : job_.graph.feeds(k)) {
        if (--states_[next].unmet == 0 && !states_[next].ended) enqueue(next);
      }
      return;
    }
    std::vector<std::size_t> without{k};
    for (std::size_t at = 0; at < without.size(); ++at) {
      for (const std::size_t next : job_.graph.feeds(without[at])) {
        if (states_[next].ended) continue;
        out_.subtasks[next].why =
            message("it needs ", quoted(job_.graph[without[at]].name), ", which has no value");
        conclude(next, ending::unmet_need, at_s);
        without.push_back(next);
      }
    }
  }

  progress progress_now() const {
    const std::size_t m = states_.size();
    progress now;
    now.open.resize(m);
    now.stuck.resize(m);
    now.committed.resize(m);
    now.planned.resize(m);
    now.failed = mask::Constant(job_.problem.compatibility.rows(), job_.problem.compatibility.cols(), false);
    for (const model_state& one : models_) {
      now.failures_in_a_row.push_back(one.failures_in_a_row);
      now.absent.push_back(one.absent);
    }
    now.deadline = options_.deadline;
    now.stop = options_.stop;
    for (std::size_t k = 0; k < m; ++k) {
      const state& s = states_[k];
      for (const failed_try& f : out_.subtasks[k].failures) {
        now.failed(static_cast<Eigen::Index>(f.model), static_cast<Eigen::Index>(k)) = true;
      }
      now.stuck[k] = s.stuck;
      now.open[k] = s.stuck || movable(s);
      now.committed[k] = s.answered;
      for (const handed& h : s.calls) {
        if (h.begun) now.committed[k].push_back(h.what.model);
      }
      auto& rest = now.open[k] ? now.planned[k] : now.committed[k];
      rest.insert(rest.end(), s.planned.begin(), s.planned.end());
      for (const handed& h : s.calls) {
        if (!h.begun) rest.push_back(h.what.model);
      }
      std::sort(rest.begin(), rest.end());
    }
    return now;
  }

  const job& job_;
  const options& options_;
  Notify notify_;
  outcomes<Value> out_{};
  std::vector<state> states_;
  std::priority_queue<ticket, std::vector<ticket>, std::greater<>> ready_{};
  std::vector<call> to_withdraw_{};
  std::vector<model_state> models_;
  std::vector<std::size_t> to_combine_{};
  std::size_t next_to_combine_ = 0;
  std::vector<std::size_t> stuck_{};  // not yet given to the replanner
  progress asked_{};                  // what the replanner was given last
  std::size_t ended_ = 0;
  bool moving_ = false;
  bool reconsider_ = false;
  bool closed_ = false;
};

}  // namespace shoal::run
