// SPDX-License-Identifier: BSL-1.0
/// @file A decision from a score: an alert where it reaches a threshold.
#pragma once

#include <cmath>
#include <span>

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/aggregate/values.hpp"
#include "shoal/aggregate/weighted_sum.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"

namespace shoal::aggregate {

/// A decision and the score that it rests on.
struct alert {
  bool raised = false;
  double score = 0;

  friend bool operator==(const alert&, const alert&) = default;
};

/// An alert, raised where the score that `inner` makes of the answers is at least `at`. Without a score there
/// is no value, rather than no alert: silence is not safety. All other figures are those of the score, its
/// `confidence` too.
template <class Inner = weighted_sum<>>
struct threshold {
  double at = 0.5;  ///< the least score that raises the alert; not NaN
  Inner inner{};

  /// @throws invalid_argument  where `at` is NaN.
  template <class Value>
  requires aggregator<Inner, Value> && scalar_value<aggregated_t<Inner, Value>> result<alert>
  operator()(std::span<const answer<Value>> answers) const {
    if (std::isnan(at)) throw invalid_argument("threshold: at nan is not a number");
    const auto score = inner(answers);
    result<alert> out;
    if (score) {
      const auto reached = static_cast<double>(*score.value);
      out.value = alert{reached >= at, reached};
    }
    out.why = score.why;
    out.confidence = score.confidence;
    out.margin = score.margin;
    out.tie = score.tie;
    out.effective = score.effective;
    out.used = score.used;
    out.dissenters = score.dissenters;
    out.abstained = score.abstained;
    out.discarded = score.discarded;
    return out;
  }
};
threshold()->threshold<weighted_sum<>>;
threshold(double)->threshold<weighted_sum<>>;
template <class Inner>
threshold(double, Inner) -> threshold<Inner>;

}  // namespace shoal::aggregate
