// SPDX-License-Identifier: BSL-1.0
/// @file Result of an aggregation: the value, how sure it is, and why there is one or none.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace shoal::aggregate {

/// Why an aggregation ended as it did.
enum class reason {
  decided,       ///< there is a value
  no_answers,    ///< nothing to aggregate: none came, or no weight was left
  all_abstained,  ///< whoever answered said that they do not know
  no_majority,   ///< no value reached the share that was asked for
  no_quorum,     ///< too few answers came, or too few agree
  disagreement,  ///< unanimity was asked for, and the answers differ
  tied           ///< several values had the most weight, and no rule chose one of them
};

/// The reason's name as files spell it.
constexpr std::string_view name_of(reason r) {
  switch (r) {
    case reason::decided:
      return "decided";
    case reason::no_answers:
      return "no answers";
    case reason::all_abstained:
      return "all abstained";
    case reason::no_majority:
      return "no majority";
    case reason::no_quorum:
      return "no quorum";
    case reason::disagreement:
      return "disagreement";
    case reason::tied:
      return "tied";
  }
  return "";
}

/// What became of some answers. Without a value the figures still say what was seen.
template <class Value>
struct result {
  std::optional<Value> value{};  ///< empty when there is no answer
  reason why = reason::no_answers;
  double confidence = 0;      ///< share of the weight behind the value, [0, 1]
  double margin = 0;          ///< that share less the next best value's; 1 where no other value had any
  bool tie = false;           ///< another value had the same weight; the stated rule chose
  double effective = 0;       ///< as many answers of equal weight would say as much: (sum w)^2 / sum w^2 over
                              ///< those that counted (Kish 1965); that some copy others it does not know
  std::size_t used = 0;       ///< answers that counted
  std::size_t dissenters = 0;  ///< of those, answers for another value than the one that leads; votes only
  std::size_t abstained = 0;  ///< answers that said that they do not know
  std::size_t discarded = 0;  ///< all others: duplicates of a source, values that are not finite, weights
                              ///< that are not > 0, answers that a policy left out

  explicit operator bool() const { return value.has_value(); }
};

}  // namespace shoal::aggregate
