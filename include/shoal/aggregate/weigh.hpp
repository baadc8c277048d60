// SPDX-License-Identifier: BSL-1.0
/// @file Answers that count, each with its weight.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "shoal/aggregate/answer_weights.hpp"
#include "shoal/aggregate/intake.hpp"
#include "shoal/aggregate/result.hpp"
#include "shoal/core/compensated_sum.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::aggregate {

/// An answer with its weight.
template <class Value>
struct weighed_answer {
  const answer<Value>* from = nullptr;
  double weight = 0;  ///< f, finite and > 0
  double relative =
      0;  ///< f scaled by a power of two, which loses no bit, so that the largest is in [0.5, 1)
};

/// The answers that have a say, in canonical order (see `intake`). It points into what it was made from.
template <class Value>
struct weighed {
  std::vector<weighed_answer<Value>> answers{};
  double total = 0;           ///< sum of `relative`: an answer's normalised weight is relative / total
  std::size_t abstained = 0;  ///< as in `intake`
  std::size_t discarded = 0;  ///< as in `intake`, and those whose weight is not a finite number > 0
};

namespace detail {

/// Sums of weights that differ by less are the same: they differ by rounding alone.
inline bool same_weight(double a, double b) { return std::abs(a - b) <= 1e-12 * std::max(a, b); }

/// Sum of the relative weights, the same for equal sets of answers.
template <class Value>
double total_of(const std::vector<weighed_answer<Value>>& answers) {
  compensated_sum<double> total(0);
  for (const auto& a : answers) total.add(a.relative);
  return total.value();
}

/// A result with nothing but the counts of `w`.
template <class To, class Value>
result<To> counts_of(const weighed<Value>& w) {
  result<To> out;
  out.used = w.answers.size();
  double squares = 0;
  for (const auto& a : w.answers) squares += a.relative * a.relative;
  if (squares > 0) out.effective = w.total * w.total / squares;
  out.abstained = w.abstained;
  out.discarded = w.discarded;
  if (out.used + out.discarded == 0 && out.abstained > 0) out.why = reason::all_abstained;
  return out;
}

}  // namespace detail

/// Takes the answers in and weighs them by `policy`.
/// @complexity O(n log n) comparisons.
template <class Value, class Weight>
requires answer_weight<Weight, Value> weighed<Value> weigh(std::span<const answer<Value>> answers,
                                                           const Weight& policy) {
  const intake<Value> in = take_in(answers);
  weighed<Value> out;
  out.answers.reserve(in.counted.size());
  double largest = 0;
  for (const auto* a : in.counted) {
    const double weight = weight_of(policy, *a, in.newest_s);
    if (!(weight > 0 && std::isfinite(weight))) continue;
    out.answers.push_back({a, weight, 0});
    largest = std::max(largest, weight);
  }
  const int scale = largest > 0 ? -std::ilogb(largest) - 1 : 0;
  for (auto& a : out.answers) a.relative = std::scalbn(a.weight, scale);
  out.total = detail::total_of(out.answers);
  out.abstained = in.abstained;
  out.discarded = in.discarded + in.counted.size() - out.answers.size();
  return out;
}

}  // namespace shoal::aggregate
