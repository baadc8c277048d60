// SPDX-License-Identifier: BSL-1.0
/// @file Votes over labels: weighted, plurality, majority, unanimous.
#pragma once

#include <span>

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/aggregate/tally.hpp"
#include "shoal/aggregate/weigh.hpp"
#include "shoal/aggregate/weights.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"

namespace shoal::aggregate {

/// The value with the most weight behind it. `confidence` is its share of the weight of all that voted;
/// abstentions do not vote. Values need an order or equality.
/// @complexity as `tally`.
template <class Weight = product_weight>
struct weighted_vote {
  Weight weight{};
  tie_rule ties = tie_rule::smallest_value;

  template <comparable_value Value>
  requires answer_weight<Weight, Value> result<Value>
  operator()(std::span<const answer<Value>> answers) const {
    const auto w = weigh(answers, weight);
    return detail::elect(w, tally(w), ties);
  }
};
weighted_vote()->weighted_vote<product_weight>;
template <class Weight>
weighted_vote(Weight) -> weighted_vote<Weight>;
template <class Weight>
weighted_vote(Weight, tie_rule) -> weighted_vote<Weight>;

/// The value with the most votes: one source, one vote.
struct plurality {
  tie_rule ties = tie_rule::smallest_value;

  template <comparable_value Value>
  result<Value> operator()(std::span<const answer<Value>> answers) const {
    return weighted_vote<equal_weight>{{}, ties}(answers);
  }
};

/// The value with more than a share of the weight of all that voted; without one there is no value and `why`
/// is `no_majority`. Two values never have a majority, so there is no tie rule. `tie` says that the lead is
/// shared.
template <class Weight = equal_weight>
struct majority {
  double more_than = 0.5;                 ///< share to be exceeded (by more than rounding), [0.5, 1)
  [[no_unique_address]] Weight weight{};  ///< (an empty one has no byte that g++ could call uninitialised)

  /// @throws invalid_argument  where `more_than` is out of range.
  template <comparable_value Value>
  requires answer_weight<Weight, Value> result<Value>
  operator()(std::span<const answer<Value>> answers) const {
    if (!(more_than >= 0.5 && more_than < 1))
      throw invalid_argument(message("majority: more_than ", more_than, " is not in [0.5, 1)"));
    const auto w = weigh(answers, weight);
    auto out = detail::elect(w, tally(w), tie_rule::smallest_value);
    if (out.used > 0 && !(out.confidence - more_than > 1e-12)) {
      out.value.reset();
      out.why = reason::no_majority;
    }
    return out;
  }
};
majority()->majority<equal_weight>;
majority(double)->majority<equal_weight>;
template <class Weight>
majority(double, Weight) -> majority<Weight>;

/// The one value that all gave who did not abstain. Where values differ there is none and `why` is
/// `disagreement`; `confidence` is then the share of votes of the value that leads.
struct unanimous {
  template <comparable_value Value>
  result<Value> operator()(std::span<const answer<Value>> answers) const {
    const auto w = weigh(answers, equal_weight{});
    const auto lines = tally(w);
    auto out = detail::elect(w, lines, tie_rule::smallest_value);
    if (lines.size() > 1) {
      out.value.reset();
      out.why = reason::disagreement;
    }
    return out;
  }
};

}  // namespace shoal::aggregate
