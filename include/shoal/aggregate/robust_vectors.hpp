// SPDX-License-Identifier: BSL-1.0
/// @file Vectors of which some are wrong on purpose: geometric median, Krum, multi-Krum.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/aggregate/answer_weights.hpp"
#include "shoal/aggregate/values.hpp"
#include "shoal/aggregate/weigh.hpp"
#include "shoal/aggregate/weighted_sum.hpp"
#include "shoal/aggregate/weights.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"

namespace shoal::aggregate {

namespace detail {

/// A result with the counts of `w`, and the confidence and margin that all these forms have.
template <class Value>
result<Value> vector_result(const weighed<Value>& w, bool tie) {
  auto out = counts_of<Value>(w);
  if (w.answers.empty()) return out;
  out.why = reason::decided;
  out.tie = tie;
  out.margin = 1;
  for (const auto& a : w.answers) out.confidence += a.relative / w.total * as_share(a.from->confidence);
  out.confidence = std::min(1.0, out.confidence);
  return out;
}

/// Puts numbers into a value of the shape of `like`.
template <class Value>
Value shaped(const Value& like, const std::vector<double>& numbers) {
  Value out = like;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    out.data()[i] = static_cast<typename Value::Scalar>(numbers[i]);
  return out;
}

/// Euclidean distance.
template <class Value>
double distance_of(const Value& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const double off = static_cast<double>(a.data()[i]) - b[i];
    sum += off * off;
  }
  return std::sqrt(sum);
}

/// For each answer the sum of the squared distances to its `near` nearest others.
template <class Value>
std::vector<double> krum_scores(const weighed<Value>& w, std::size_t near) {
  const std::size_t n = w.answers.size();
  std::vector<std::vector<double>> apart(n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = i + 1; j < n; ++j) {
      const Value& a = w.answers[i].from->value;
      const Value& b = w.answers[j].from->value;
      double sum = 0;
      for (std::ptrdiff_t x = 0; x < a.size(); ++x) {
        const double off = static_cast<double>(a.data()[x]) - static_cast<double>(b.data()[x]);
        sum += off * off;
      }
      apart[i].push_back(sum);
      apart[j].push_back(sum);
    }
  std::vector<double> out;
  for (auto& distances : apart) {
    std::sort(distances.begin(), distances.end());
    double sum = 0;
    for (std::size_t i = 0; i < near && i < distances.size(); ++i) sum += distances[i];
    out.push_back(sum);
  }
  return out;
}

}  // namespace detail

/// The point with the least weighted sum of distances to the answers: stands up to less than half of the
/// weight being wrong. Where shapes differ, the shape with the most weight stands; see `weighted_sum`.
/// @complexity O(n size) for each of some tens of steps.
/// @source Weiszfeld 1937; Vardi & Zhang 2000, "The multivariate L1-median and associated data depth", PNAS
/// 97, for the steps at an answer.
template <class Weight = equal_weight>
struct geometric_median {
  [[no_unique_address]] Weight weight{};

  template <dense_value Value>
  requires numeric_value<Value> && answer_weight<Weight, Value> result<Value>
  operator()(std::span<const answer<Value>> answers) const {
    auto w = weigh(answers, weight);
    const bool tie = detail::keep_heaviest_shape(w);
    auto out = detail::vector_result(w, tie);
    if (w.answers.empty()) return out;
    const Value& like = w.answers.front().from->value;
    const auto size = static_cast<std::size_t>(like.size());
    std::vector<double> at(size, 0.0);
    for (const auto& a : w.answers)
      for (std::size_t i = 0; i < size; ++i)
        at[i] += a.relative / w.total * static_cast<double>(a.from->value.data()[i]);
    std::vector<double> pull(size);
    for (int step = 0; step < 1000; ++step) {
      for (auto& p : pull) p = 0;
      double inverse = 0;
      double here = 0;  // weight of the answers that lie at the point itself
      for (const auto& a : w.answers) {
        const double share = a.relative / w.total;
        const double distance = detail::distance_of(a.from->value, at);
        if (!(distance > 0)) {
          here += share;
          continue;
        }
        inverse += share / distance;
        for (std::size_t i = 0; i < size; ++i)
          pull[i] += share / distance * (static_cast<double>(a.from->value.data()[i]) - at[i]);
      }
      double strength = 0;
      for (const double p : pull) strength += p * p;
      strength = std::sqrt(strength);
      if (!(inverse > 0) || strength <= here) break;
      double moved = 0;
      double length = 0;
      for (std::size_t i = 0; i < size; ++i) {
        const double by = (1 - here / strength) * pull[i] / inverse;
        at[i] += by;
        moved += by * by;
        length += at[i] * at[i];
      }
      if (moved <= 1e-26 * (length + 1e-300)) break;
    }
    out.value = detail::shaped(like, at);
    return out;
  }
};
geometric_median()->geometric_median<equal_weight>;
template <class Weight>
geometric_median(Weight) -> geometric_median<Weight>;

/// The mean of the `keep` answers that lie nearest to others; with `keep` 1, Krum, it is one of the answers.
/// Each is judged by the squared distances to its n - f - 2 nearest others; of equal ones the first in
/// canonical order comes first. Where fewer than 2f + 3 answers came there is no value: `why` is `no_quorum`.
/// @complexity O(n^2 (size + log n)).
/// @source Blanchard, El Mhamdi, Guerraoui & Stainer 2017, "Machine learning with adversaries: Byzantine
/// tolerant gradient descent", NIPS 30.
struct krum {
  std::size_t wrong = 1;  ///< f: answers that may be wrong
  std::size_t keep = 1;   ///< answers whose mean is taken, >= 1; at most n - f are

  /// @throws invalid_argument  where `keep` is 0.
  template <dense_value Value>
  requires numeric_value<Value> result<Value>
  operator()(std::span<const answer<Value>> answers) const {
    if (keep == 0) throw invalid_argument("krum: keep 0 is not >= 1");
    auto w = weigh(answers, equal_weight{});
    const bool tie = detail::keep_heaviest_shape(w);
    auto out = detail::vector_result(w, tie);
    const std::size_t n = w.answers.size();
    if (n == 0) return out;
    if (n < 2 * wrong + 3) {
      out.why = reason::no_quorum;
      return out;
    }
    const auto scores = detail::krum_scores(w, n - wrong - 2);
    std::vector<std::size_t> order(n);
    for (std::size_t i = 0; i < n; ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
    const std::size_t kept = std::min(keep, n - wrong);
    const Value& like = w.answers[order[0]].from->value;
    std::vector<double> mean(static_cast<std::size_t>(like.size()), 0.0);
    for (std::size_t k = 0; k < kept; ++k)
      for (std::size_t i = 0; i < mean.size(); ++i)
        mean[i] += static_cast<double>(w.answers[order[k]].from->value.data()[i]) / static_cast<double>(kept);
    out.value = kept == 1 ? like : detail::shaped(like, mean);
    out.discarded += n - kept;
    out.used = kept;
    return out;
  }
};

static_assert(aggregator<geometric_median<>, Eigen::VectorXd> && aggregator<krum, Eigen::VectorXd>);

}  // namespace shoal::aggregate
