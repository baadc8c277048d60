// SPDX-License-Identifier: BSL-1.0
/// @file Weights that look at the answer itself: how sure its source is, how old it is.
#pragma once

#include <cmath>
#include <concepts>
#include <type_traits>

#include "shoal/aggregate/weights.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::aggregate {

/// What aggregators take as weights for answers of type `Value`: a weight policy f(P, R), or a function of
/// the answer and of the time (`at_s`, seconds) of the newest answer that counts.
template <class W, class Value>
concept answer_weight = weight_policy<W> ||
    (std::copy_constructible<W>&& std::is_invocable_r_v<double, const W&, const answer<Value>&, double>);

/// The weight that `policy` gives `a`.
/// @param newest_s  time of the newest answer that counts, seconds.
template <class W, class Value>
requires answer_weight<W, Value>
double weight_of(const W& policy, const answer<Value>& a, double newest_s) {
  if constexpr (weight_policy<W>)
    return policy(a.accuracy, a.relevance);
  else
    return policy(a, newest_s);
}

/// `weight` times the answer's own confidence.
template <class Weight = product_weight>
struct times_confidence {
  Weight weight{};

  template <class Value>
  requires answer_weight<Weight, Value>
  double operator()(const answer<Value>& a, double newest_s) const {
    return weight_of(weight, a, newest_s) * a.confidence;
  }
};
times_confidence()->times_confidence<product_weight>;
template <class Weight>
times_confidence(Weight) -> times_confidence<Weight>;

/// `weight` times 2^(-age / half_life_s), the age being counted from the newest of the answers that are
/// aggregated. An answer whose time is not finite has no say.
template <class Weight = product_weight>
struct decaying {
  double half_life_s = 1;  ///< seconds until an answer counts half, > 0; infinity: no decay
  Weight weight{};

  /// @throws invalid_argument  where the half-life is not > 0.
  template <class Value>
  requires answer_weight<Weight, Value>
  double operator()(const answer<Value>& a, double newest_s) const {
    if (!(half_life_s > 0))
      throw invalid_argument(message("decaying: half_life_s ", half_life_s, " is not > 0"));
    if (!std::isfinite(a.at_s)) return 0;
    return weight_of(weight, a, newest_s) * std::exp2(-(newest_s - a.at_s) / half_life_s);
  }
};
decaying()->decaying<product_weight>;
decaying(double)->decaying<product_weight>;
template <class Weight>
decaying(double, Weight) -> decaying<Weight>;

}  // namespace shoal::aggregate
