// SPDX-License-Identifier: BSL-1.0
/// @file Aggregation of the answers that came within a window of the newest.
#pragma once

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <span>
#include <vector>

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/aggregate/vote.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"

namespace shoal::aggregate {

/// Gives `inner` the answers that are at most `window_s` older than the newest; the others are discarded. The
/// newest may be an abstention: it, too, says what time it is. A time that is not finite is never within the
/// window. For weights that fade with age see `decaying`.
/// @complexity O(n), a copy of what is kept where not all is, and that of `inner`.
template <class Inner = plurality>
struct newest_within {
  double window_s = 0;  ///< seconds, >= 0
  Inner inner{};

  /// @throws invalid_argument  where `window_s` is not >= 0.
  template <class Value>
  requires aggregator<Inner, Value> result<aggregated_t<Inner, Value>>
  operator()(std::span<const answer<Value>> answers) const {
    if (!(window_s >= 0))
      throw invalid_argument(message("newest_within: window_s ", window_s, " is not >= 0"));
    double newest_s = -std::numeric_limits<double>::infinity();
    for (const auto& a : answers)
      if (std::isfinite(a.at_s)) newest_s = std::max(newest_s, a.at_s);
    const auto fresh = [&](const auto& a) { return std::isfinite(a.at_s) && newest_s - a.at_s <= window_s; };
    if (std::all_of(answers.begin(), answers.end(), fresh)) return inner(answers);
    std::vector<answer<Value>> kept;
    std::copy_if(answers.begin(), answers.end(), std::back_inserter(kept), fresh);
    auto out = inner(std::span<const answer<Value>>(kept));
    out.discarded += answers.size() - kept.size();
    return out;
  }
};
newest_within()->newest_within<plurality>;
newest_within(double)->newest_within<plurality>;
template <class Inner>
newest_within(double, Inner) -> newest_within<Inner>;

}  // namespace shoal::aggregate
