// SPDX-License-Identifier: BSL-1.0
/// @file Lanes: subtasks that wait for a free place at a model, the lowest first.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

namespace shoal::run {

/// A subtask that waits for a model. It is void once the plan that it comes from is: whoever owns the lanes
/// counts the versions of plans.
struct ticket {
  std::size_t subtask = 0;
  std::size_t version = 0;
  friend bool operator>(const ticket& a, const ticket& b) { return a.subtask > b.subtask; }
};

/// For each model a queue of tickets and a number of free places.
template <class Ticket = ticket>
class lanes {
 public:
  /// @param free  calls that each model bears at once.
  explicit lanes(std::vector<std::size_t> free) : free_(std::move(free)), waiting_(free_.size()) {}

  /// Puts a ticket into the queue of model `i`.
  void wait(std::size_t i, Ticket t) { waiting_[i].push(t); }

  /// Gives back a place of model `i`.
  void release(std::size_t i) { ++free_[i]; }

  /// The model with a free place whose first ticket has the lowest subtask; among equals the lowest model.
  /// Tickets for which `is_void(ticket, model)` holds are dropped on the way.
  /// @complexity O(models + dropped tickets x log tickets).
  template <class IsVoid>
  std::optional<std::size_t> next(IsVoid is_void) {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      if (free_[i] == 0) continue;
      queue& q = waiting_[i];
      while (!q.empty() && is_void(q.top(), i)) q.pop();
      if (!q.empty() && (!best || q.top().subtask < waiting_[*best].top().subtask)) best = i;
    }
    return best;
  }

  /// Takes the first ticket of model `i` and a place with it. @pre `next` has just returned `i`.
  Ticket take(std::size_t i) {
    const Ticket out = waiting_[i].top();
    waiting_[i].pop();
    --free_[i];
    return out;
  }

 private:
  using queue = std::priority_queue<Ticket, std::vector<Ticket>, std::greater<>>;

  std::vector<std::size_t> free_;
  std::vector<queue> waiting_;
};

}  // namespace shoal::run
