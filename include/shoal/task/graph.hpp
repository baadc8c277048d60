// SPDX-License-Identifier: BSL-1.0
/// @file Task graph: subtasks and the data that flows between them, without cycles.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/task/subtask.hpp"

namespace shoal {

/// Data that flows from one subtask to another.
struct data_edge {
  std::size_t from = 0;  ///< index of the subtask whose answer is used
  std::size_t to = 0;    ///< index of the subtask that uses it
  double volume_mb = 0;  ///< how much, megabytes, >= 0
  friend bool operator==(const data_edge&, const data_edge&) = default;
};

/// Subtasks in the order in which they were added, and edges between them. Names are unique. A cycle is
/// refused by `topological_order`, which names it.
class task_graph {
 public:
  /// Adds a subtask and returns its index.
  /// @throws invalid_graph when its name is empty or taken; invalid_task when a figure is out of range.
  template <class = when_used>
  std::size_t add(subtask part) {
    const std::size_t at = parts_.size();
    if (part.name.empty()) throw invalid_graph(message("subtask ", at, ": its name is empty"));
    check(part, at);
    const auto [taken, fresh] = index_.try_emplace(part.name, at);
    if (!fresh) {
      throw invalid_graph(
          message("subtask ", at, ": the name ", quoted(part.name), " is subtask ", taken->second, "'s"));
    }
    parts_.push_back(std::move(part));
    before_.emplace_back();
    after_.emplace_back();
    return at;
  }

  /// Says that `to` uses the answer of `from`.
  /// @param volume_mb  data that moves, megabytes, finite and >= 0.
  /// @throws invalid_graph when an index is out of range, both are the same, or the edge is there already.
  template <class = when_used>
  void connect(std::size_t from, std::size_t to, double volume_mb = 0) {
    if (from >= size() || to >= size()) {
      throw invalid_graph(message("edge ", from, " -> ", to, ": there are ", size(), " subtasks"));
    }
    if (from == to) throw invalid_graph(message("cycle: ", parts_[from].name, " -> ", parts_[from].name));
    if (!(volume_mb >= 0) || std::isinf(volume_mb)) {
      throw invalid_graph(message("edge ", quoted(parts_[from].name), " -> ", quoted(parts_[to].name),
                                  ": volume_mb ", volume_mb, " is not a finite number >= 0"));
    }
    // The shorter of the two lists, so that a part which thousands use costs no more than its users.
    const bool forwards = after_[from].size() <= before_[to].size();
    const std::vector<std::size_t>& known = forwards ? after_[from] : before_[to];
    if (std::find(known.begin(), known.end(), forwards ? to : from) != known.end()) {
      throw invalid_graph(
          message("edge ", quoted(parts_[from].name), " -> ", quoted(parts_[to].name), " is there twice"));
    }
    edges_.push_back({from, to, volume_mb});
    before_[to].push_back(from);
    after_[from].push_back(to);
  }

  /// Indices with every subtask behind those that it needs; among the ready ones the lowest index comes
  /// first.
  /// @throws invalid_graph when there is a cycle; the text names it: `cycle: a -> b -> a`.
  /// @complexity O((subtasks + edges) log subtasks).
  template <class = when_used>
  std::vector<std::size_t> topological_order() const;

  std::size_t size() const { return parts_.size(); }
  bool empty() const { return parts_.empty(); }
  const subtask& operator[](std::size_t k) const { return parts_[k]; }
  const std::vector<subtask>& subtasks() const { return parts_; }
  const std::vector<data_edge>& edges() const { return edges_; }

  /// Subtasks whose answers `k` uses, in the order in which they were connected.
  const std::vector<std::size_t>& needs(std::size_t k) const { return before_[k]; }

  /// Subtasks that use the answer of `k`, in the order in which they were connected.
  const std::vector<std::size_t>& feeds(std::size_t k) const { return after_[k]; }

  /// Index of the subtask of that name; empty when there is none.
  template <class = when_used>
  std::optional<std::size_t> find(std::string_view name) const {
    const auto at = index_.find(std::string(name));
    if (at == index_.end()) return std::nullopt;
    return at->second;
  }

 private:
  static void check(const subtask& part, std::size_t at) {
    const auto refuse = [&](std::string_view what, double value, std::string_view range) {
      throw invalid_task(
          message("subtask ", at, " ", quoted(part.name), ": ", what, " ", value, " is not ", range));
    };
    if (!(part.count > 0) || std::isinf(part.count)) refuse("count", part.count, "a finite number > 0");
    if (part.replicas == 0) refuse("replicas", 0, ">= 1");
    if (part.survival && !(*part.survival >= 0 && *part.survival < 1))
      refuse("survival", *part.survival, "in [0, 1)");
  }
  template <class = when_used>
  std::string cycle(const std::vector<std::size_t>& waiting) const;

  std::vector<subtask> parts_;
  std::vector<data_edge> edges_;
  std::vector<std::vector<std::size_t>> before_;
  std::vector<std::vector<std::size_t>> after_;
  std::unordered_map<std::string, std::size_t> index_;
};

template <class>
std::vector<std::size_t> task_graph::topological_order() const {
  std::vector<std::size_t> waiting(size());
  std::vector<std::size_t> ready;  // a heap with the lowest index on top
  const auto push = [&](std::size_t k) {
    ready.push_back(k);
    std::push_heap(ready.begin(), ready.end(), std::greater<>());
  };
  for (std::size_t k = 0; k < size(); ++k) {
    waiting[k] = before_[k].size();
    if (waiting[k] == 0) push(k);
  }
  std::vector<std::size_t> order;
  order.reserve(size());
  while (!ready.empty()) {
    std::pop_heap(ready.begin(), ready.end(), std::greater<>());
    const std::size_t k = ready.back();
    ready.pop_back();
    order.push_back(k);
    for (const std::size_t next : after_[k]) {
      if (--waiting[next] == 0) push(next);
    }
  }
  if (order.size() < size()) throw invalid_graph("cycle: " + cycle(waiting));
  return order;
}

// Every subtask that still waits has a predecessor that waits too, so walking backwards must meet itself.
template <class>
std::string task_graph::cycle(const std::vector<std::size_t>& waiting) const {
  std::size_t at = 0;
  while (waiting[at] == 0) ++at;
  std::vector<std::size_t> walk;
  std::vector<bool> seen(size(), false);
  while (!seen[at]) {
    seen[at] = true;
    walk.push_back(at);
    for (const std::size_t previous : before_[at]) {
      if (waiting[previous] > 0) {
        at = previous;
        break;
      }
    }
  }
  std::string text = parts_[at].name;
  for (std::size_t i = walk.size(); i-- > 0;) {
    text += " -> " + parts_[walk[i]].name;
    if (walk[i] == at) break;
  }
  return text;
}

}  // namespace shoal
