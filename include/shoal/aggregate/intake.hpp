// SPDX-License-Identifier: BSL-1.0
/// @file Which answers count, in the one order that every aggregation follows.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "shoal/aggregate/values.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::aggregate {

/// The answers that count, one for each source, in canonical order: by source name, then newest first, then
/// by value where values have an order, then by the figures of the source. It points into what it was made
/// from.
template <class Value>
struct intake {
  std::vector<const answer<Value>*> counted{};
  std::size_t abstained = 0;  ///< sources that said that they do not know
  std::size_t discarded = 0;  ///< older answers of a source, contradictions, values that are not finite
  double newest_s = 0;        ///< latest finite `at_s` of those that count; 0 where there is none
};

namespace detail {

/// -1, 0 or 1: the larger figure first, a NaN last.
template <class = when_used>
int larger_first(double a, double b) {
  constexpr double last = -std::numeric_limits<double>::infinity();
  const double x = std::isnan(a) ? last : a;
  const double y = std::isnan(b) ? last : b;
  return x > y ? -1 : x < y ? 1 : 0;
}

/// A time that is not finite is no time: it is older than any.
inline double known_time(double at_s) {
  return std::isfinite(at_s) ? at_s : -std::numeric_limits<double>::infinity();
}

/// Whether `a` stands before `b` in canonical order.
template <class Value>
bool answer_before(const answer<Value>& a, const answer<Value>& b) {
  if (const int c = a.source.compare(b.source); c != 0) return c < 0;
  if (const int c = larger_first(known_time(a.at_s), known_time(b.at_s)); c != 0) return c < 0;
  if (a.abstains != b.abstains) return b.abstains;
  if constexpr (ordered_value<Value>) {
    if (!a.abstains) {  // the value of an abstention may be NaN, which has no place in an order
      if (value_before(a.value, b.value)) return true;
      if (value_before(b.value, a.value)) return false;
    }
  }
  if (const int c = larger_first(a.confidence, b.confidence); c != 0) return c < 0;
  if (const int c = larger_first(a.accuracy, b.accuracy); c != 0) return c < 0;
  if (const int c = larger_first(a.relevance, b.relevance); c != 0) return c < 0;
  return a.group < b.group;
}

/// Whether the two values are known to be the same.
template <class Value>
bool known_same(const Value& a, const Value& b) {
  if constexpr (comparable_value<Value>)
    return same_value(a, b);
  else
    return false;
}

/// Whether nothing tells which of two answers with different values comes first. It takes values without an
/// order, and sources without names.
template <class Value>
bool indistinguishable(const answer<Value>& a, const answer<Value>& b) {
  return !answer_before(a, b) && !answer_before(b, a) && !known_same(a.value, b.value);
}

}  // namespace detail

/// Sorts out which of `answers` count:
/// - A value that is not finite is no answer: it is discarded, and an older one of its source may count.
/// - Of several answers of one source the newest counts (by `at_s`; a time that is not finite is the oldest),
///   of several at one time the first in canonical order. The others are discarded. An abstention that is the
///   newest silences its source.
/// - A source that gives different values without an order at one time contradicts itself: all are discarded.
/// - An empty source is nobody: answers without a source are never duplicates of each other.
/// @complexity O(n log n) comparisons.
template <class Value>
intake<Value> take_in(std::span<const answer<Value>> answers) {
  intake<Value> out;
  std::vector<const answer<Value>*> sorted;
  sorted.reserve(answers.size());
  for (const auto& a : answers)
    if (a.abstains || is_finite(a.value)) sorted.push_back(&a);
  std::sort(sorted.begin(), sorted.end(),
            [](const auto* a, const auto* b) { return detail::answer_before(*a, *b); });

  double newest_s = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0, next = 0; i < sorted.size(); i = next) {
    const auto& chosen = *sorted[i];
    bool contradicted = false;
    for (next = i + 1; next < sorted.size() && !chosen.source.empty(); ++next) {
      const auto& other = *sorted[next];
      if (other.source != chosen.source) break;
      contradicted = contradicted || (!chosen.abstains && detail::indistinguishable(chosen, other));
    }
    if (chosen.abstains) {
      ++out.abstained;
    } else if (!contradicted) {
      out.counted.push_back(&chosen);
      newest_s = std::max(newest_s, detail::known_time(chosen.at_s));
    }
  }
  out.discarded = answers.size() - out.counted.size() - out.abstained;
  if (std::isfinite(newest_s)) out.newest_s = newest_s;
  return out;
}

}  // namespace shoal::aggregate
