// SPDX-License-Identifier: BSL-1.0
/// @file What is left of a solver's limits in one call.
#pragma once

#include <cstddef>

#include "shoal/assign/limits.hpp"
#include "shoal/core/clock.hpp"

namespace shoal::assign {

/// The clock and the node count of one call of a solver, shared by all its searches. The clock starts when
/// the budget is made.
class budget {
 public:
  explicit budget(const limits& l) : limits_(l), start_(std::chrono::steady_clock::now()) {}

  /// Wall clock since the start.
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  std::size_t nodes() const { return nodes_; }
  std::size_t nodes_left() const { return limits_.nodes - nodes_; }
  double gap() const { return limits_.gap; }

  /// @pre count <= nodes_left().
  void use_nodes(std::size_t count) { nodes_ += count; }

  /// Wall clock that is left; may be negative.
  double seconds_left() const { return limits_.time.count() - seconds(); }

  /// The time is over, or somebody asked to stop.
  bool out_of_time() const { return limits_.stop.stop_requested() || !(seconds_left() > 0); }

  /// A plan was found; one that is no better than the last is not told.
  void found(double objective) {
    if (!(objective < seen_.objective)) return;
    seen_.objective = objective;
    tell();
  }
  /// No plan of the whole problem has an objective below it.
  void bounded(double bound) {
    if (!(bound > seen_.bound)) return;
    seen_.bound = bound;
    tell();
  }
  /// What is searched from now on is not the problem itself: ties, or why there is no plan.
  void say_no_more() { limits_.see = nullptr; }

  /// A limit is reached: nodes, time, or a stop request.
  bool spent() const { return nodes_ >= limits_.nodes || out_of_time(); }

 private:
  void tell() {
    if (!limits_.see) return;
    seen_.seconds = seconds();
    limits_.see(seen_);
  }

  limits limits_;
  search_progress seen_{};
  std::chrono::steady_clock::time_point start_;
  std::size_t nodes_ = 0;
};

}  // namespace shoal::assign
