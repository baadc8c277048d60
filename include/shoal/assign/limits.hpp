// SPDX-License-Identifier: BSL-1.0
/// @file Limits of a solver: how long, how close, and who may stop it.
#pragma once

#include <chrono>
#include <cstddef>
#include <limits>
#include <stop_token>

namespace shoal::assign {

/// `limits{.time = std::chrono::seconds(10), .gap = 0.01}`. All limits hold at once; the best plan found when
/// one is reached is returned as `feasible`.
struct limits {
  std::chrono::duration<double> time = std::chrono::duration<double>::max();  ///< wall clock, > 0
  double gap = 0;  ///< |objective - bound| <= gap x |objective| counts as proven, >= 0
  std::size_t nodes = std::numeric_limits<std::size_t>::max();  ///< search nodes
  std::stop_token stop{};  ///< a stop request ends the search as the time limit does
};

}  // namespace shoal::assign
