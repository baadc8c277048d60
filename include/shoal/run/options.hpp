// SPDX-License-Identifier: BSL-1.0
/// @file Options of a run: until when, how often, and what to do with a subtask whose models failed.
#pragma once

#include <cstddef>
#include <stop_token>

#include "shoal/core/clock.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/run/replanner.hpp"

namespace shoal::run {

/// `options{.try_timeout = std::chrono::seconds(2), .replan = replan{assign::exact{}}}`. As it stands a run
/// has no time limit and each model of the plan is asked once.
struct options {
  std::chrono::steady_clock::time_point deadline =
      std::chrono::steady_clock::time_point::max();  ///< of the whole run
  std::chrono::duration<double> try_timeout =
      std::chrono::duration<double>::max();  ///< of each call, > 0; a call that lasts longer failed
  std::size_t attempts = 3;            ///< times that a subtask is given to models, the plan's included, >= 1
  bool replace_lost_replicas = false;  ///< replace a failed replica while others of its subtask live
  replanner replan{};                  ///< finds other models for what failed; empty: nothing is moved
  std::stop_token stop{};              ///< cancels the run
};

/// Refuses options out of range.
/// @throws invalid_argument  `options: attempts 0 is not >= 1`.
template <class = when_used>
void validate(const options& o) {
  if (o.attempts == 0) throw invalid_argument("options: attempts 0 is not >= 1");
  if (!(o.try_timeout.count() > 0)) {
    throw invalid_argument(message("options: try_timeout ", o.try_timeout.count(), " s is not > 0"));
  }
}

namespace detail {

/// `from` + `wait`, or the end of time where that would overflow.
template <class = when_used>
std::chrono::steady_clock::time_point after(std::chrono::steady_clock::time_point from,
                                            std::chrono::duration<double> wait) {
  using time_point = std::chrono::steady_clock::time_point;
  const std::chrono::duration<double> left = time_point::max() - from;
  // 1 s short of the end: a double cannot tell the last second of 292 years.
  if (wait >= left - std::chrono::seconds(1)) return time_point::max();
  return from + std::chrono::duration_cast<time_point::duration>(wait);
}

}  // namespace detail

}  // namespace shoal::run
