// SPDX-License-Identifier: BSL-1.0
/// @file The answer of the source with the most weight.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/aggregate/tally.hpp"
#include "shoal/aggregate/weigh.hpp"
#include "shoal/aggregate/weights.hpp"

namespace shoal::aggregate {

/// R = r_argmax(w), for values of any type.
/// - Several sources with the most weight: `ties` chooses. `tie` is set where their values differ; values
/// that
///   cannot be compared count as different.
/// - Where nothing tells tied answers apart (no source names and values without an order), there is no value
///   and `why` is `tied`.
/// - `confidence` is the source's share of the weight, `margin` that share less the share of the heaviest
///   source with another value.
/// @complexity O(n log n) comparisons.
template <class Weight = product_weight>
struct max_weight {
  Weight weight{};
  tie_rule ties = tie_rule::lowest_source;

  template <class Value>
  requires answer_weight<Weight, Value> result<Value>
  operator()(std::span<const answer<Value>> answers) const {
    const auto w = weigh(answers, weight);
    auto out = detail::counts_of<Value>(w);
    if (w.answers.empty()) return out;
    double top = 0;
    for (const auto& a : w.answers) top = std::max(top, a.relative);
    std::vector<const answer<Value>*> tied;
    for (const auto& a : w.answers)
      if (detail::same_weight(a.relative, top)) tied.push_back(a.from);
    const auto differs = [&](const auto* a) { return !detail::known_same(a->value, tied.front()->value); };
    out.tie = std::any_of(tied.begin() + 1, tied.end(), differs);
    const std::size_t winner = out.tie ? detail::break_tie(tied, ties) : 0;
    const auto& lead = *tied[winner < tied.size() ? winner : 0];
    double next = 0;
    for (const auto& a : w.answers)
      if (a.from != &lead && !detail::known_same(a.from->value, lead.value)) {
        next = std::max(next, a.relative);
        ++out.dissenters;
      }
    out.confidence = top / w.total;
    out.margin = out.tie ? 0 : (top - next) / w.total;
    out.why = winner < tied.size() ? reason::decided : reason::tied;
    if (winner < tied.size()) out.value = lead.value;
    return out;
  }
};
max_weight()->max_weight<product_weight>;
template <class Weight>
max_weight(Weight) -> max_weight<Weight>;
template <class Weight>
max_weight(Weight, tie_rule) -> max_weight<Weight>;

}  // namespace shoal::aggregate
