// SPDX-License-Identifier: BSL-1.0
/// @file Retry budget: how many retries all requests together may make.
#pragma once

#include <limits>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/run/moment.hpp"
#include "shoal/run/sliding_counts.hpp"

namespace shoal::run {

/// What a retry budget grants.
struct retry_limits {
  double share = 0.2;      ///< retries for each request, >= 0
  double floor_per_s = 1;  ///< retries a second that are free, so that few requests may be retried too, >= 0
  double window_s = 10;    ///< seconds over which both are counted, > 0
};

/// Refuses limits out of range.
/// @throws invalid_argument  `retry budget: share -1 is not a finite number >= 0`.
template <class = when_used>
void validate(const retry_limits& l) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto refuse = [](const char* what, double value, const char* range) {
    throw invalid_argument(message("retry budget: ", what, " ", value, " is not ", range));
  };
  if (!(l.share >= 0 && l.share < infinity)) refuse("share", l.share, "a finite number >= 0");
  if (!(l.floor_per_s >= 0 && l.floor_per_s < infinity)) {
    refuse("floor_per_s", l.floor_per_s, "a finite number >= 0");
  }
  if (!(l.window_s > 0 && l.window_s < infinity)) refuse("window_s", l.window_s, "a finite number > 0");
}

/// When most calls fail, retries multiply the load on what is already broken. This bounds them: at every
/// moment the retries of the last `window_s` seconds are at most share x their requests + floor x window_s.
/// So over any long time retries are at most `share` of the requests, and `floor_per_s` a second.
/// @source Twitter's Finagle, "Retry Budgets" (2016); its defaults are 20 %, 10 a second, 10 s.
class retry_budget {
 public:
  /// @throws invalid_argument  limits out of range.
  explicit retry_budget(const retry_limits& limits = {})
      : limits_((validate(limits), limits)), counts_(limits.window_s) {}

  /// A request came: not a retry, not a hedge.
  void request(time_point now) { counts_.add_first(now); }

  /// True when one more retry is granted; it is then counted.
  /// @complexity O(1).
  bool take(time_point now) {
    const auto [requests, retries] = counts_.at(now);
    const double granted =
        limits_.share * static_cast<double>(requests) + limits_.floor_per_s * limits_.window_s;
    if (static_cast<double>(retries) + 1 > granted * (1 + 1e-12)) return false;  // 0.29 x 100 is 29
    counts_.add_second(now);
    return true;
  }

 private:
  retry_limits limits_;
  sliding_counts counts_;
};

}  // namespace shoal::run
