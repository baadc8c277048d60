// SPDX-License-Identifier: BSL-1.0
/// @file Limits of a solver: how long, how close, and who may stop it.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <stop_token>

#include "shoal/core/clock.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"

namespace shoal::assign {

/// How far a search is.
struct search_progress {
  double seconds = 0;                                         ///< wall clock since it began
  double bound = -std::numeric_limits<double>::infinity();    ///< no plan has an objective below it
  double objective = std::numeric_limits<double>::infinity();  ///< of the best plan so far; infinity: none yet
};

/// `limits{.time = std::chrono::seconds(10), .gap = 0.01}`. All limits hold at once; the best plan found when
/// one is reached is returned as `feasible`.
struct limits {
  std::chrono::duration<double> time = std::chrono::duration<double>::max();  ///< wall clock, > 0
  double gap = 0;  ///< |objective - bound| <= gap x |objective| counts as proven, >= 0
  std::size_t nodes = std::numeric_limits<std::size_t>::max();  ///< search nodes
  std::stop_token stop{};  ///< a stop request ends the search as the time limit does
  std::function<void(const search_progress&)> see{};  ///< told of each better plan or bound, on the caller's
                                                      ///< thread; may request a stop; must not throw
};

/// Refuses a time that is not > 0 and a gap that is not >= 0.
/// @throws invalid_problem  `limits: time 0 is not > 0`.
inline void validate(const limits& l) {
  if (!(l.time.count() > 0)) throw invalid_problem(message("limits: time ", l.time.count(), " is not > 0"));
  if (!(l.gap >= 0)) throw invalid_problem(message("limits: gap ", l.gap, " is not >= 0"));
}

}  // namespace shoal::assign
