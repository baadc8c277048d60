// SPDX-License-Identifier: BSL-1.0
/// @file Call tracker: which events of a run belong to the same call, how long it waited, and why it was
/// made.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shoal/run/event.hpp"

namespace shoal::run {

/// Why a call was made.
enum class call_origin {
  planned,     ///< the plan says so
  retry,       ///< an earlier call of its subtask failed, and was to be made again after a wait
  hedge,       ///< another call of its subtask was slow
  reassigned,  ///< its subtask was moved to this model, since another one failed
};

/// The origin's name, for reports.
constexpr std::string_view name_of(call_origin o) {
  constexpr std::string_view names[] = {"planned", "retry", "hedge", "reassigned"};
  return names[static_cast<std::size_t>(o)];
}

/// A call, as its events tell.
struct tracked_call {
  std::size_t number = 0;  ///< 0, 1, ... in the order in which calls began
  std::size_t model = no_model;
  std::size_t attempt = 0;
  double queued_at_s = 0;   ///< when it began to wait for a place; `started_at_s` where it did not
  double started_at_s = 0;  ///< seconds since the run began
  call_origin origin = call_origin::planned;
};

/// Follows the calls of one run. It takes any sequence of events, also one that makes no sense: an end
/// without a beginning belongs to no call.
/// @complexity O(calls of one subtask that run or wait) an event; memory for those of all subtasks.
class call_tracker {
 public:
  /// Takes the next event.
  /// @return the call that `started` began, or that `answered`, `failed` or `cancelled` ended; else nothing.
  std::optional<tracked_call> operator()(const event& e) {
    switch (e.kind) {
      case event_kind::queued:
        ++waiting_;
        note(e, true, e.at_s, call_origin::planned);
        return std::nullopt;
      case event_kind::retried:
        note(e, false, e.at_s, call_origin::retry);
        return std::nullopt;
      case event_kind::hedged:
        note(e, false, e.at_s, call_origin::hedge);
        return std::nullopt;
      case event_kind::reassigned:
        leave_queues(e);
        note(e, false, e.at_s, call_origin::reassigned);
        return std::nullopt;
      case event_kind::started:
        return begin(e);
      case event_kind::answered:
      case event_kind::failed:
      case event_kind::cancelled:
      case event_kind::shed:
        return end(e);
      case event_kind::finished:
      case event_kind::gave_up:
        forget_notes(e.subtask);
        return std::nullopt;
      default:
        return std::nullopt;
    }
  }

  std::size_t begun() const { return begun_; }      ///< calls so far
  std::size_t running() const { return running_; }  ///< calls that have not ended
  std::size_t waiting() const { return waiting_; }  ///< subtasks in queues of models, once for each queue

 private:
  // What is known of a call before it begins.
  struct expected {
    std::size_t model = no_model;
    bool waits = false;
    double since_s = 0;  // it waits, or was announced
    call_origin origin = call_origin::planned;
  };
  struct open_subtask {
    std::vector<tracked_call> running{};
    std::vector<expected> notes{};
  };

  void note(const event& e, bool waits, double since_s, call_origin origin) {
    std::vector<expected>& notes = open_[e.subtask].notes;
    const auto at =
        std::find_if(notes.begin(), notes.end(), [&](const auto& n) { return n.model == e.model; });
    if (at == notes.end()) {
      notes.push_back({e.model, waits, since_s, origin});
      return;
    }
    // It waits for what an earlier note announced, or is announced again.
    if (waits && at->waits) --waiting_;
    if (waits && !at->waits) at->since_s = since_s;
    at->waits = at->waits || waits;
    if (origin != call_origin::planned) at->origin = origin;
  }

  // A new plan of a subtask takes it out of the queues of the old one; each of its models is told.
  void leave_queues(const event& e) {
    std::erase_if(open_[e.subtask].notes, [&](const expected& n) {
      const bool of_new_plan = n.origin == call_origin::reassigned && n.since_s == e.at_s;
      if (n.model == e.model || of_new_plan) return false;
      if (n.waits) --waiting_;
      return true;
    });
  }

  tracked_call begin(const event& e) {
    open_subtask& s = open_[e.subtask];
    tracked_call out{begun_++, e.model, e.attempt, e.at_s, e.at_s, call_origin::planned};
    ++running_;
    auto at = std::find_if(s.notes.begin(), s.notes.end(), [&](const auto& n) { return n.model == e.model; });
    if (at == s.notes.end()) {  // announced without a model, or retried at another one
      at = std::find_if(s.notes.begin(), s.notes.end(), [](const auto& n) {
        return n.model == no_model || (n.origin == call_origin::retry && !n.waits);
      });
    }
    if (at != s.notes.end()) {
      if (at->waits) {
        out.queued_at_s = std::min(at->since_s, e.at_s);
        --waiting_;
      }
      out.origin = at->origin;
      s.notes.erase(at);
    }
    // Where models stand in for each other, a further call needs no announcement.
    if (out.origin == call_origin::planned && e.attempt > 1) out.origin = call_origin::reassigned;
    s.running.push_back(out);
    return out;
  }

  std::optional<tracked_call> end(const event& e) {
    const auto found = open_.find(e.subtask);
    if (found == open_.end()) return std::nullopt;
    open_subtask& s = found->second;
    std::optional<tracked_call> out;
    auto at = s.running.end();
    if (e.kind != event_kind::shed) {
      const auto of_model = [&](const tracked_call& c) { return c.model == e.model; };
      at = std::find_if(s.running.begin(), s.running.end(),
                        [&](const auto& c) { return of_model(c) && c.attempt == e.attempt; });
      if (at == s.running.end()) at = std::find_if(s.running.begin(), s.running.end(), of_model);
    }
    if (at != s.running.end()) {
      out = *at;
      s.running.erase(at);
      --running_;
    } else {  // it left its queue without a call
      const auto left =
          std::find_if(s.notes.begin(), s.notes.end(), [&](const auto& n) { return n.model == e.model; });
      if (left != s.notes.end()) {
        if (left->waits) --waiting_;
        s.notes.erase(left);
      }
    }
    if (s.running.empty() && s.notes.empty()) open_.erase(found);
    return out;
  }

  void forget_notes(std::size_t subtask) {
    const auto found = open_.find(subtask);
    if (found == open_.end()) return;
    for (const expected& n : found->second.notes) waiting_ -= n.waits ? 1 : 0;
    found->second.notes.clear();
    if (found->second.running.empty()) open_.erase(found);
  }

  std::unordered_map<std::size_t, open_subtask> open_{};
  std::size_t begun_ = 0;
  std::size_t running_ = 0;
  std::size_t waiting_ = 0;
};

}  // namespace shoal::run
