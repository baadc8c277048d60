// SPDX-License-Identifier: BSL-1.0
/// @file Back-off: how long to wait before a failed call is made again.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/random.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::run {

/// Exponential back-off with full jitter. The wait before retry r is uniform in [0, min(cap, base 2^(r-1))):
/// of all jitters it spreads those that failed together the most, and makes the fewest calls.
/// @source Brooker 2015, "Exponential Backoff And Jitter", AWS Architecture Blog.
struct full_jitter {
  double base_s = 0.05;  ///< ceiling of the first wait, seconds, > 0
  double cap_s = 20;     ///< ceiling of all waits, seconds, >= base_s

  /// Seconds to wait before retry `retry`.
  /// @param retry  1 for the first one; >= 1.
  /// @param retry_after_s  seconds for which the model asked to be left alone, >= 0. The jitter comes on top:
  ///     those that it sent away together must not come back together.
  double operator()(std::size_t retry, double retry_after_s, random_engine& engine) const {
    const int doublings = static_cast<int>(std::min<std::size_t>(retry - 1, 2000));
    const double ceiling = std::min(cap_s, std::ldexp(base_s, doublings));
    return retry_after_s + ceiling * uniform_01(engine);
  }
};

/// Refuses a back-off out of range.
/// @throws invalid_argument  `back-off: base_s 0 is not a finite number > 0`.
template <class = when_used>
void validate(const full_jitter& b) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (!(b.base_s > 0 && b.base_s < infinity)) {
    throw invalid_argument(message("back-off: base_s ", b.base_s, " is not a finite number > 0"));
  }
  if (!(b.cap_s >= b.base_s && b.cap_s < infinity)) {
    throw invalid_argument(message("back-off: cap_s ", b.cap_s, " is not a finite number >= base_s"));
  }
}

}  // namespace shoal::run
