// SPDX-License-Identifier: BSL-1.0
/// @file Until: an aggregator that may have heard enough before all have answered.
#pragma once

#include <algorithm>
#include <span>

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/aggregate/answer_weights.hpp"
#include "shoal/aggregate/stopping.hpp"
#include "shoal/aggregate/vote.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::aggregate {

/// The result of `inner`, and when to stop asking: executors cancel the calls of a subtask that are still
/// running once `stop` says so. `until{exact_stop{}}` asks no fewer than a vote needs, and elects the same.
template <class Stop, class Inner = plurality>
struct until {
  Stop stop{};
  Inner inner{};

  template <class Value>
  requires aggregator<Inner, Value>
  auto operator()(std::span<const answer<Value>> answers) const { return inner(answers); }

  /// @param to_come  who may still answer: answers without a value, their weights being those of their models.
  template <class Value>
  requires stopping_rule<Stop, Value>
  bool enough(std::span<const answer<Value>> answers, std::span<const answer<Value>> to_come) const {
    double newest_s = 0;
    for (const answer<Value>& a : answers) newest_s = std::max(newest_s, a.at_s);
    double pending = 0;
    for (const answer<Value>& a : to_come) {
      if constexpr (requires { weight_of(stop.weight, a, newest_s); }) {
        pending += weight_of(stop.weight, a, newest_s);
      } else {
        pending += 1;
      }
    }
    return stop(answers, pending);
  }
};
template <class Stop>
until(Stop) -> until<Stop>;
template <class Stop, class Inner>
until(Stop, Inner) -> until<Stop, Inner>;

}  // namespace shoal::aggregate
