// SPDX-License-Identifier: BSL-1.0
/// @file Ledger: where every subtask of a run stands, and what is to be done next. It has no clock and no
/// thread: an executor tells it what happened, and asks it what to do.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "shoal/core/message.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/infer/request.hpp"
#include "shoal/run/action.hpp"
#include "shoal/run/event.hpp"
#include "shoal/run/job.hpp"
#include "shoal/run/lanes.hpp"
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
/// replanner while attempts are left. Among calls that could be made the lowest subtask comes first, then the
/// lowest model.
/// @tparam Notify  called with each event&&.
template <class Value, class Notify>
class ledger {
 public:
  /// @param at_once  calls that each model bears at once, >= 1.
  /// @pre `validate(j)` and `validate(o)`; `j` and `o` outlive the ledger.
  ledger(const job& j, const options& o, std::vector<std::size_t> at_once, Notify notify)
      : job_(j),
        options_(o),
        notify_(std::move(notify)),
        states_(j.graph.size()),
        lanes_(std::move(at_once)),
        failures_in_a_row_(j.models.size()) {
    out_.subtasks.resize(j.graph.size());
    for (std::size_t k = 0; k < states_.size(); ++k) {
      states_[k].unmet = j.graph.needs(k).size();
      states_[k].planned = j.plan[k];
      if (states_[k].unmet == 0) enqueue(k);
    }
  }

  /// True when every subtask has ended. Calls that were given up may still be running.
  bool done() const { return ended_ == states_.size(); }

  /// True when `take` would hand out something.
  bool has_action() {
    if (!to_combine_.empty()) return true;
    if (closed_ || moving_) return false;
    return !stuck_.empty() || next_model().has_value();
  }

  /// Hands out the next action; it is then under way.
  /// @complexity O(models), O(models x subtasks) for `move_stuck`.
  action take(double at_s) {
    if (!to_combine_.empty()) {
      const std::size_t k = to_combine_.front();
      to_combine_.pop();
      return combine_answers{k};
    }
    if (closed_ || moving_) return std::monostate{};
    if (!stuck_.empty()) {
      moving_ = true;
      asked_ = progress_now();
      stuck_.clear();
      return move_stuck{asked_};
    }
    const auto i = next_model();
    if (!i) return std::monostate{};
    const std::size_t k = lanes_.take(*i).subtask;
    state& s = states_[k];
    std::erase(s.planned, *i);
    s.running.push_back({k, *i, s.attempt});
    s.asked = true;
    ++out_.calls;
    tell({.kind = event_kind::started, .subtask = k, .model = *i, .attempt = s.attempt, .at_s = at_s});
    return call{k, *i, s.attempt};
  }

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
    return out;
  }

  /// The answers to combine, in the fleet's order.
  const std::vector<answer<Value>>& answers(std::size_t k) const { return out_.subtasks[k].answers; }

  /// The backend of a call has returned or thrown: its lane is free again. A call that was given up before
  /// brings `late` or nothing after that.
  void returned(const call& c) { lanes_.release(c.model); }

  /// A call was answered; what its backend left open is filled in.
  /// @param took_s  how long it took, seconds.
  void answered(const call& c, answer<Value> a, double took_s, double at_s) {
    const model& m = job_.models[c.model];
    a.source = m.name;
    a.accuracy = m.accuracy;
    a.relevance = m.relevance;
    a.group = m.group;
    a.at_s = at_s;
    if (!(a.used.time_s > 0)) a.used.time_s = took_s;
    if (!(a.used.energy_j > 0)) {
      const auto column = static_cast<Eigen::Index>(c.subtask);
      a.used.energy_j =
          job_.problem.count[column] * job_.problem.energy_j(static_cast<Eigen::Index>(c.model), column);
    }
    failures_in_a_row_[c.model] = 0;
    state& s = states_[c.subtask];
    std::erase_if(s.running, [&](const call& r) { return r.model == c.model; });
    tell({.kind = event_kind::answered,
          .subtask = c.subtask,
          .model = c.model,
          .attempt = c.attempt,
          .at_s = at_s,
          .used = a.used});
    const auto spot = std::lower_bound(s.answered.begin(), s.answered.end(), c.model);
    auto& kept = out_.subtasks[c.subtask].answers;
    kept.insert(kept.begin() + (spot - s.answered.begin()), std::move(a));
    s.answered.insert(spot, c.model);
    advance(c.subtask, at_s);
  }

  /// A call failed, or was given up because it lasted too long.
  void failed(const call& c, infer::failure_kind kind, std::string text, double at_s) {
    using infer::failure_kind;
    if (kind != failure_kind::bad_answer && kind != failure_kind::cancelled) ++failures_in_a_row_[c.model];
    record(c, kind, std::move(text), at_s);
    state& s = states_[c.subtask];
    std::erase_if(s.running, [&](const call& r) { return r.model == c.model; });
    if (options_.replace_lost_replicas && !s.stuck && may_move(s)) become_stuck(c.subtask);
    advance(c.subtask, at_s);
  }

  /// An answer came for a call that had been given up.
  void late(const call& c, double at_s) {
    tell({.kind = event_kind::late,
          .subtask = c.subtask,
          .model = c.model,
          .attempt = c.attempt,
          .at_s = at_s,
          .text = "its answer came after the call was given up"});
  }

  /// The value that the answers of a subtask combine to; with none, `why` says why.
  void settle(std::size_t k, std::optional<Value> value, std::string why, double at_s) {
    outcome<Value>& o = out_.subtasks[k];
    o.value = std::move(value);
    if (!o.value) o.why = std::move(why);
    end(k, ending::answered, at_s);
  }

  /// The replanner's answer to the last `move_stuck`.
  void move(const reassignment& r, double at_s) {
    moving_ = false;
    if (closed_) return;
    if (r.degraded) {
      out_.degraded = true;
      out_.note = r.note;
    }
    for (std::size_t k = 0; k < states_.size(); ++k) {
      state& s = states_[k];
      if (!asked_.open[k] || s.ended) continue;
      // What was open when the replanner was asked is so still: no call was handed out since.
      const bool was_stuck = asked_.stuck[k];
      if (was_stuck) s.stuck = false;
      const std::vector<std::size_t> chosen = k < r.chosen.size() ? r.chosen[k] : std::vector<std::size_t>{};
      if (was_stuck && !chosen.empty()) {
        ++s.attempt;
        s.asked = !s.running.empty() || !s.answered.empty();
        ++out_.reassigned;
      }
      if (!chosen.empty() && chosen != s.planned) {
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

  /// Ends the run: no further call is handed out, running calls count as given up, subtasks with answers are
  /// answered, all others end as `how`.
  void close(ending how, const std::string& why, double at_s) {
    closed_ = true;
    const auto kind = how == ending::deadline ? infer::failure_kind::timeout : infer::failure_kind::cancelled;
    for (std::size_t k = 0; k < states_.size(); ++k) {
      state& s = states_[k];
      if (s.ended) continue;
      for (const call& c : std::exchange(s.running, {})) record(c, kind, why, at_s);
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
  struct state {
    std::size_t unmet = 0;               // needs that have no value yet
    std::vector<std::size_t> planned{};  // models still to be asked
    std::vector<call> running{};
    std::vector<std::size_t> answered{};  // models of the answers, in their order
    std::size_t attempt = 1;
    std::size_t version = 0;  // of `planned`: tickets of older ones are void
    bool asked = false;       // a model of this attempt has been asked
    bool stuck = false;
    bool no_further = false;  // the replanner had nothing: never asked again
    bool combining = false;
    bool ended = false;
  };

  void tell(event e) {
    e.subtask_name = job_.graph[e.subtask].name;
    if (e.model != no_model) e.model_name = job_.models[e.model].name;
    notify_(std::move(e));
  }

  void record(const call& c, infer::failure_kind kind, std::string text, double at_s) {
    tell({.kind = event_kind::failed,
          .subtask = c.subtask,
          .model = c.model,
          .attempt = c.attempt,
          .at_s = at_s,
          .failure = kind,
          .text = text});
    out_.subtasks[c.subtask].failures.push_back(
        {c.model, job_.models[c.model].name, c.attempt, kind, std::move(text), at_s});
  }

  void enqueue(std::size_t k) {
    for (const std::size_t i : states_[k].planned) lanes_.wait(i, {k, states_[k].version});
  }

  std::optional<std::size_t> next_model() {
    return lanes_.next([&](const ticket& t, std::size_t i) {
      const state& s = states_[t.subtask];
      return s.version != t.version || std::find(s.planned.begin(), s.planned.end(), i) == s.planned.end();
    });
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
    if (!std::exchange(states_[k].combining, true)) to_combine_.push(k);
  }

  // Decides what becomes of a subtask after one of its calls has ended.
  void advance(std::size_t k, double at_s, const std::string& note = {}) {
    state& s = states_[k];
    if (s.ended || s.stuck || !s.planned.empty() || !s.running.empty()) return;
    if (!s.answered.empty()) {
      combine_once(k);
    } else if (may_move(s)) {
      become_stuck(k);
    } else {
      const outcome<Value>& o = out_.subtasks[k];
      const auto& last = o.failures.back();
      out_.subtasks[k].why =
          message(!options_.replan                 ? "its models failed"
                  : s.attempt >= options_.attempts ? "every attempt failed"
                  : note.empty()                   ? "no model is left for it"
                                                   : note,
                  "; the last: ", last.name, ", ", infer::name_of(last.kind), ", ", last.text);
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
    now.failures_in_a_row = failures_in_a_row_;
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
      for (const call& c : s.running) now.committed[k].push_back(c.model);
      auto& rest = now.open[k] ? now.planned[k] : now.committed[k];
      rest.insert(rest.end(), s.planned.begin(), s.planned.end());
    }
    return now;
  }

  const job& job_;
  const options& options_;
  Notify notify_;
  outcomes<Value> out_{};
  std::vector<state> states_;
  lanes<> lanes_;
  std::vector<std::size_t> failures_in_a_row_;
  std::queue<std::size_t> to_combine_{};
  std::vector<std::size_t> stuck_{};  // not yet given to the replanner
  progress asked_{};                  // what the replanner was given last
  std::size_t ended_ = 0;
  bool moving_ = false;
  bool closed_ = false;
};

}  // namespace shoal::run
