// SPDX-License-Identifier: BSL-1.0
/// @file Moments for tests: seconds since an epoch that no real clock has.
#pragma once

#include "shoal/run/moment.hpp"

namespace shoal::run {

/// `s` seconds after the tests' epoch, to the nanosecond.
inline time_point at(double s) { return later(time_point{} + std::chrono::hours(1000), s); }

}  // namespace shoal::run
