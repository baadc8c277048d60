// SPDX-License-Identifier: BSL-1.0
/// @file Moments: how the runtime adds seconds to points in time without overflow.
#pragma once

#include "shoal/core/clock.hpp"

namespace shoal::run {

/// A point in time. Whoever runs the runtime says what time it is: a real clock or a simulated one.
using time_point = std::chrono::steady_clock::time_point;

/// Seconds from `from` to `to`; negative when `to` is earlier.
inline double seconds_between(time_point from, time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

/// `from` + `wait_s` seconds; the end of time where that would overflow. @pre wait_s >= 0
inline time_point later(time_point from, double wait_s) {
  // 1 s short of the end: a double cannot tell the last second of 292 years.
  if (wait_s >= seconds_between(from, time_point::max()) - 1) return time_point::max();
  return from + std::chrono::duration_cast<time_point::duration>(std::chrono::duration<double>(wait_s));
}

}  // namespace shoal::run
