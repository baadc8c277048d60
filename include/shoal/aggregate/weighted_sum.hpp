// SPDX-License-Identifier: BSL-1.0
/// @file Weighted sum and weighted mean of numbers, vectors and matrices.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <span>
#include <type_traits>
#include <utility>

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/aggregate/values.hpp"
#include "shoal/aggregate/weigh.hpp"
#include "shoal/aggregate/weights.hpp"
#include "shoal/core/compensated_sum.hpp"

namespace shoal::aggregate {

namespace detail {

/// What a sum of `V` is kept in while it runs: at least double, and of the shape of `V`.
template <class V>
struct accumulator {
  using type = decltype(V{} * 1.0);
};
template <dense_value V>
struct accumulator<V> {
  using type = Eigen::Array<decltype(typename V::Scalar{} * 1.0), V::RowsAtCompileTime, V::ColsAtCompileTime>;
};
template <class V>
using accumulator_t = typename accumulator<V>::type;

template <numeric_value V>
accumulator_t<V> widened(const V& value) {
  if constexpr (dense_value<V>)
    return value.array().template cast<typename accumulator_t<V>::Scalar>();
  else
    return static_cast<accumulator_t<V>>(value);
}

/// Sum of weight(a) times value, never empty.
template <numeric_value V, class Weight>
accumulator_t<V> sum_of(const weighed<V>& w, const Weight& weight) {
  using sum_t = accumulator_t<V>;
  const auto term = [&](const weighed_answer<V>& a) -> sum_t { return widened(a.from->value) * weight(a); };
  compensated_sum<sum_t> sum(term(w.answers.front()));
  for (std::size_t i = 1; i < w.answers.size(); ++i) sum.add(term(w.answers[i]));
  return sum.value();
}

/// Weighted mean, never empty; it never leaves the range of the values, so that equal values give
/// themselves.
template <numeric_value V>
accumulator_t<V> mean_of(const weighed<V>& w) {
  accumulator_t<V> mean = sum_of(w, [](const auto& a) { return a.relative; }) / w.total;
  if (!is_finite(mean))  // the sum overflowed, which sums of shares do not
    mean = sum_of(w, [&](const auto& a) { return a.relative / w.total; });
  accumulator_t<V> low = widened(w.answers.front().from->value);
  accumulator_t<V> high = low;
  for (const auto& a : w.answers) {
    const accumulator_t<V> value = widened(a.from->value);
    if constexpr (dense_value<V>) {
      low = low.min(value).eval();
      high = high.max(value).eval();
    } else {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  if constexpr (dense_value<V>)
    return mean.max(low).min(high);
  else
    return std::clamp(mean, low, high);
}

/// Keeps the values of the shape that has the most weight, discards the others.
/// @return whether another shape has the same weight; the one with fewer rows, then columns, was kept.
template <dense_value V>
bool keep_heaviest_shape(weighed<V>& w) {
  std::map<std::pair<Eigen::Index, Eigen::Index>, double> weights;
  for (const auto& a : w.answers) weights[{a.from->value.rows(), a.from->value.cols()}] += a.relative;
  if (weights.size() < 2) return false;
  double top = 0;
  for (const auto& [shape, weight] : weights) top = std::max(top, weight);
  const auto leads = [&](const auto& entry) { return same_weight(entry.second, top); };
  const auto kept = std::find_if(weights.begin(), weights.end(), leads);
  const bool tie = std::any_of(std::next(kept), weights.end(), leads);
  w.discarded += std::erase_if(w.answers, [&](const weighed_answer<V>& a) {
    return std::pair(a.from->value.rows(), a.from->value.cols()) != kept->first;
  });
  w.total = total_of(w.answers);
  return tie;
}

/// A confidence as a share: clamped to [0, 1], 0 for NaN.
inline double as_share(double confidence) { return confidence > 0 ? std::min(confidence, 1.0) : 0.0; }

}  // namespace detail

/// Type of a weighted sum of values of type `V`: double for integers, otherwise `V`.
template <numeric_value V>
using sum_type = std::conditional_t<std::is_integral_v<V>, double, V>;

/// R = sum w_i r_i with w_i = f_i / sum_j f_j, or, where `normalised` is false, sum f_i r_i.
/// - Values are scalars or Eigen vectors, matrices and arrays. Where shapes differ, the shape with the most
///   weight stands and the other values are discarded; between shapes of the same weight the one with fewer
///   rows, then fewer columns, stands, and `tie` is set.
/// - The sum is compensated and runs in canonical order, in double for float and integers. A mean never
/// leaves
///   the range of its values. A sum that is not normalised may overflow to infinity.
/// - `confidence` is the weighted mean of the answers' own, each clamped to [0, 1]; `margin` is 1.
/// @complexity O(n log n) comparisons, O(n) additions of values.
template <class Weight = product_weight>
struct weighted_sum {
  Weight weight{};
  bool normalised = true;  ///< false: f_i are used as they are

  template <numeric_value Value>
  requires answer_weight<Weight, Value> result<sum_type<Value>>
  operator()(std::span<const answer<Value>> answers) const {
    auto w = weigh(answers, weight);
    bool tie = false;
    if constexpr (dense_value<Value>) tie = detail::keep_heaviest_shape(w);
    auto out = detail::counts_of<sum_type<Value>>(w);
    if (w.answers.empty()) return out;
    const auto sum =
        normalised ? detail::mean_of(w) : detail::sum_of(w, [](const auto& a) { return a.weight; });
    if constexpr (dense_value<Value>) {
      out.value = w.answers.front().from->value;  // for its shape: Matrix(2, 1) would mean coefficients
      out.value->array() = sum.template cast<typename Value::Scalar>();
    } else {
      out.value = static_cast<sum_type<Value>>(sum);
    }
    compensated_sum<double> confidence(0);
    for (const auto& a : w.answers) confidence.add(a.relative * detail::as_share(a.from->confidence));
    out.confidence = std::min(1.0, confidence.value() / w.total);
    out.margin = 1;
    out.tie = tie;
    out.why = reason::decided;
    return out;
  }
};
weighted_sum()->weighted_sum<product_weight>;
template <class Weight>
weighted_sum(Weight) -> weighted_sum<Weight>;
template <class Weight>
weighted_sum(Weight, bool) -> weighted_sum<Weight>;

}  // namespace shoal::aggregate
