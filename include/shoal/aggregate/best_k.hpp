// SPDX-License-Identifier: BSL-1.0
/// @file Aggregation of the k answers with the most weight.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/aggregate/intake.hpp"
#include "shoal/aggregate/values.hpp"
#include "shoal/aggregate/weigh.hpp"
#include "shoal/aggregate/weighted_sum.hpp"
#include "shoal/core/error.hpp"

namespace shoal::aggregate {

/// Ranks the answers by `weight` and gives the best `k` to `inner`: between the one best source (k = 1) and
/// all of them.
/// - Where the weights of the last that is in and the first that is out are the same, the first in canonical
///   order is in, and `tie` is set. Answers that nothing tells apart are in or out together.
/// - Answers left out are counted as discarded.
/// @complexity O(n log n) comparisons, one copy of each of the k answers, and that of `inner` over them.
template <class Inner = weighted_sum<>, class Weight = product_weight>
struct best_k {
  std::size_t k = 1;  ///< >= 1; beyond the number of answers: all of them
  Inner inner{};
  Weight weight{};

  /// @throws invalid_argument  where `k` is 0.
  template <class Value>
  requires aggregator<Inner, Value> && answer_weight<Weight, Value> result<aggregated_t<Inner, Value>>
  operator()(std::span<const answer<Value>> answers) const {
    if (k == 0) throw invalid_argument("best_k: k 0 is not >= 1");
    auto w = weigh(answers, weight);
    auto& ranked = w.answers;
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const auto& a, const auto& b) { return a.weight > b.weight; });
    std::size_t kept = std::min(k, ranked.size());
    const bool tie =
        kept < ranked.size() && detail::same_weight(ranked[kept - 1].weight, ranked[kept].weight);
    const auto inseparable = [&] {
      const auto &last_in = ranked[kept - 1], &first_out = ranked[kept];
      return last_in.weight == first_out.weight && detail::indistinguishable(*last_in.from, *first_out.from);
    };
    while (kept > 0 && kept < ranked.size() && inseparable()) --kept;

    std::vector<answer<Value>> best;
    best.reserve(kept);
    for (std::size_t i = 0; i < kept; ++i) best.push_back(*ranked[i].from);
    auto out = inner(std::span<const answer<Value>>(best));
    out.tie = out.tie || tie;
    out.abstained += w.abstained;
    out.discarded += w.discarded + ranked.size() - kept;
    return out;
  }
};
best_k()->best_k<weighted_sum<>, product_weight>;
best_k(std::size_t)->best_k<weighted_sum<>, product_weight>;
template <class Inner>
best_k(std::size_t, Inner) -> best_k<Inner, product_weight>;
template <class Inner, class Weight>
best_k(std::size_t, Inner, Weight) -> best_k<Inner, Weight>;

}  // namespace shoal::aggregate
