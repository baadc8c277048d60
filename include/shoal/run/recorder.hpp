// SPDX-License-Identifier: BSL-1.0
/// @file Recorder: keeps what happened in a run, call by call, within limits.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/utf8.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/run/call_counts.hpp"
#include "shoal/run/call_tracker.hpp"
#include "shoal/run/event.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::run {

/// How a recorded call ended.
enum class call_end { running, answered, failed, cancelled };

/// The end's name, for reports.
constexpr std::string_view name_of(call_end end) {
  constexpr std::string_view names[] = {"running", "answered", "failed", "cancelled"};
  return names[static_cast<std::size_t>(end)];
}

/// A call. Times are seconds since the run began.
struct recorded_call {
  std::size_t subtask = 0;
  std::size_t model = 0;
  std::size_t attempt = 0;
  double queued_at_s = 0;
  double started_at_s = 0;
  double ended_at_s = 0;  ///< of one that runs: that of the last event
  double late_at_s = -1;  ///< when its answer came after it had been given up; < 0: it did not
  call_origin origin = call_origin::planned;
  call_end end = call_end::running;
  std::optional<infer::failure_kind> failure{};
  usage used{};
  std::string text{};  ///< what the failure said, cut
  /// The call of its subtask before it, in `recorder::calls`; `recorder::none`: it was the first.
  std::size_t before = std::numeric_limits<std::size_t>::max();
};

/// A time in which a model was left alone. `to_s` of one that lasts is infinite.
struct recorded_outage {
  enum class cause { breaker, dead };
  cause why = cause::breaker;
  double from_s = 0;
  double to_s = 0;
};

/// The first failure of its kind.
struct recorded_failure {
  std::string text{};
  std::string subtask{};
  double at_s = 0;
};

struct recorded_model {
  std::string name{};
  call_counts counts{};  ///< of all events, also of those whose calls were not kept
  std::array<recorded_failure, failure_kinds> first{};  ///< by `infer::failure_kind`
  std::vector<recorded_outage> outages{};               ///< in the order in which they began
};

struct recorded_subtask {
  enum class state { open, answered, given_up };
  std::string name{};
  state how = state::open;
  double ended_at_s = 0;
  std::string why{};  ///< where it has no value, cut
  std::size_t last_call =
      std::numeric_limits<std::size_t>::max();  ///< in `recorder::calls`, or `recorder::none`
};

/// How much is kept.
struct recorder_limits {
  std::size_t calls = 200'000;     ///< the first ones; the rest are counted
  std::size_t subtasks = 100'000;  ///< those with the lowest indices
  std::size_t models = 10'000;     ///< those with the lowest indices
  std::size_t outages = 1'000;     ///< of each model
  std::size_t text = 300;          ///< bytes of each name and each message
};

/// Observer that keeps a run, for a report. Counts are exact; calls, subtasks and models are kept up to the
/// limits, and `dropped_calls` and `dropped_subtasks` say how many are missing. Not synchronised.
class recorder {
 public:
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  explicit recorder(recorder_limits limits = {}) : limits_(limits) {}

  void operator()(const event& e) {
    if (std::isfinite(e.at_s)) last_s_ = std::max(last_s_, e.at_s);
    counts_(e);
    recorded_model* const m = model_of(e);
    if (m != nullptr) m->counts(e);
    recorded_subtask* const s = subtask_of(e);
    const std::optional<tracked_call> call = tracker_(e);
    switch (e.kind) {
      case event_kind::started:
        begin(e, *call, s);
        break;
      case event_kind::failed:
        if (m != nullptr) keep_failure(*m, e);
        end(e, call, call_end::failed);
        break;
      case event_kind::answered:
        end(e, call, call_end::answered);
        break;
      case event_kind::cancelled:
        end(e, call, call_end::cancelled);
        break;
      case event_kind::late:
        if (s != nullptr) mark_late(e, *s);
        break;
      case event_kind::finished:
      case event_kind::gave_up:
        if (s == nullptr) break;
        s->how = e.kind == event_kind::finished ? recorded_subtask::state::answered
                                                : recorded_subtask::state::given_up;
        s->ended_at_s = last_s_;
        s->why = cut(e.text);
        break;
      case event_kind::breaker_opened:
      case event_kind::model_dead:
        if (m != nullptr) break_off(*m, cause_of(e));
        break;
      case event_kind::breaker_closed:
      case event_kind::model_back:
        if (m != nullptr) take_back(*m, cause_of(e));
        break;
      default:
        break;
    }
  }

  double seconds() const { return last_s_; }  ///< of the last event
  const call_counts& counts() const { return counts_; }

  /// Calls in the order in which they began.
  const std::vector<recorded_call>& calls() const { return calls_; }
  const std::vector<recorded_model>& models() const { return models_; }        ///< by their indices
  const std::vector<recorded_subtask>& subtasks() const { return subtasks_; }  ///< by their indices

  std::size_t dropped_calls() const { return tracker_.begun() - calls_.size(); }
  std::size_t dropped_subtask_ends() const { return dropped_ends_; }  ///< ends of subtasks that are not kept
  const recorder_limits& limits() const { return limits_; }

 private:
  std::string cut(std::string_view text) const {
    std::string out(text.substr(0, utf8_floor(text, limits_.text)));
    if (out.size() < text.size()) out += "...";
    return out;
  }

  recorded_model* model_of(const event& e) {
    if (e.model >= limits_.models) return nullptr;
    if (models_.size() <= e.model) models_.resize(e.model + 1);
    recorded_model& out = models_[e.model];
    if (out.name.empty()) out.name = cut(e.model_name);
    return &out;
  }

  recorded_subtask* subtask_of(const event& e) {
    if (e.subtask == no_subtask) return nullptr;
    if (e.subtask >= limits_.subtasks) {
      if (e.kind == event_kind::finished || e.kind == event_kind::gave_up) ++dropped_ends_;
      return nullptr;
    }
    if (subtasks_.size() <= e.subtask) subtasks_.resize(e.subtask + 1);
    recorded_subtask& out = subtasks_[e.subtask];
    if (out.name.empty()) out.name = cut(e.subtask_name);
    return &out;
  }

  // Times never go back, whatever events say.
  void begin(const event& e, const tracked_call& c, recorded_subtask* s) {
    if (c.number != calls_.size() || calls_.size() >= limits_.calls) return;
    calls_.push_back(
        {.subtask = e.subtask,
         .model = e.model,
         .attempt = e.attempt,
         .queued_at_s = std::isfinite(c.queued_at_s) ? std::clamp(c.queued_at_s, 0.0, last_s_) : last_s_,
         .started_at_s = last_s_,
         .ended_at_s = last_s_,
         .origin = c.origin,
         .before = s == nullptr ? none : s->last_call});
    if (s != nullptr) s->last_call = calls_.size() - 1;
  }

  void end(const event& e, const std::optional<tracked_call>& c, call_end how) {
    if (!c || c->number >= calls_.size()) return;
    recorded_call& out = calls_[c->number];
    out.ended_at_s = last_s_;
    out.end = how;
    out.used = sound(e.used);
    if (how == call_end::failed) {
      out.failure = e.failure.value_or(infer::failure_kind::crashed);
      out.text = cut(e.text);
    }
  }

  void mark_late(const event& e, const recorded_subtask& s) {
    for (std::size_t at = s.last_call; at != none; at = calls_[at].before) {
      recorded_call& c = calls_[at];
      const bool given_up = c.end == call_end::failed || c.end == call_end::cancelled;
      if (c.model != e.model || !given_up || c.late_at_s >= 0) continue;
      c.late_at_s = last_s_;
      return;
    }
  }

  void keep_failure(recorded_model& m, const event& e) const {
    const auto kind = static_cast<std::size_t>(e.failure.value_or(infer::failure_kind::crashed));
    if (m.counts.failures[kind] == 1) m.first[kind] = {cut(e.text), cut(e.subtask_name), last_s_};
  }

  static recorded_outage::cause cause_of(const event& e) {
    const bool of_breaker = e.kind == event_kind::breaker_opened || e.kind == event_kind::breaker_closed;
    return of_breaker ? recorded_outage::cause::breaker : recorded_outage::cause::dead;
  }

  static recorded_outage* lasting(recorded_model& m, recorded_outage::cause why) {
    for (auto at = m.outages.rbegin(); at != m.outages.rend(); ++at) {
      if (at->why == why) return std::isinf(at->to_s) ? &*at : nullptr;
    }
    return nullptr;
  }

  void break_off(recorded_model& m, recorded_outage::cause why) const {
    if (lasting(m, why) != nullptr || m.outages.size() >= limits_.outages) return;
    m.outages.push_back({why, last_s_, std::numeric_limits<double>::infinity()});
  }

  void take_back(recorded_model& m, recorded_outage::cause why) const {
    if (recorded_outage* const o = lasting(m, why)) o->to_s = last_s_;
  }

  recorder_limits limits_;
  call_tracker tracker_{};
  call_counts counts_{};
  std::vector<recorded_call> calls_{};
  std::vector<recorded_model> models_{};
  std::vector<recorded_subtask> subtasks_{};
  std::size_t dropped_ends_ = 0;
  double last_s_ = 0;
};

}  // namespace shoal::run
