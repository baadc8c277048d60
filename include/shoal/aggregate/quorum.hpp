// SPDX-License-Identifier: BSL-1.0
/// @file Quorums: enough sources answered, or enough gave the same answer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/aggregate/intake.hpp"
#include "shoal/aggregate/tally.hpp"
#include "shoal/aggregate/vote.hpp"
#include "shoal/core/error.hpp"

namespace shoal::aggregate {

/// The result of `inner`, but only if at least `at_least` sources answered; otherwise no value and `why` is
/// `no_quorum`. Abstentions do not make up a quorum.
template <class Inner = plurality>
struct quorum {
  std::size_t at_least = 1;  ///< >= 1
  Inner inner{};

  /// @throws invalid_argument  where `at_least` is 0.
  template <class Value>
  requires aggregator<Inner, Value> result<aggregated_t<Inner, Value>>
  operator()(std::span<const answer<Value>> answers) const {
    if (at_least == 0) throw invalid_argument("quorum: at_least 0 is not >= 1");
    const auto in = take_in(answers);
    if (in.counted.size() >= at_least) return inner(answers);
    result<aggregated_t<Inner, Value>> out;
    out.why = reason::no_quorum;
    out.used = in.counted.size();
    out.abstained = in.abstained;
    out.discarded = in.discarded;
    return out;
  }
};
quorum()->quorum<plurality>;
quorum(std::size_t)->quorum<plurality>;
template <class Inner>
quorum(std::size_t, Inner) -> quorum<Inner>;

/// The value that at least `at_least` sources gave: f + 1 of them carry it past f that lie. Without one there
/// is no value and `why` is `no_quorum`. Of several values with enough votes the one with the most wins.
struct matching_quorum {
  std::size_t at_least = 2;  ///< >= 1
  tie_rule ties = tie_rule::smallest_value;

  /// @throws invalid_argument  where `at_least` is 0.
  template <comparable_value Value>
  result<Value> operator()(std::span<const answer<Value>> answers) const {
    if (at_least == 0) throw invalid_argument("matching_quorum: at_least 0 is not >= 1");
    const auto w = weigh(answers, equal_weight{});
    const auto lines = tally(w);
    auto out = detail::elect(w, lines, ties);
    const auto enough = [&](const auto& line) { return line.votes >= at_least; };
    if (std::none_of(lines.begin(), lines.end(), enough)) {
      out.value.reset();
      out.why = reason::no_quorum;
    }
    return out;
  }
};

}  // namespace shoal::aggregate
