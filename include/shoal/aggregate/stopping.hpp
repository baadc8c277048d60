// SPDX-License-Identifier: BSL-1.0
/// @file Stopping rules: whether a vote needs no more answers, and whom to ask first.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "shoal/aggregate/answer_weights.hpp"
#include "shoal/aggregate/interval.hpp"
#include "shoal/aggregate/tally.hpp"
#include "shoal/aggregate/values.hpp"
#include "shoal/aggregate/weigh.hpp"
#include "shoal/aggregate/weights.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

/// A rule that says of the answers so far whether they are enough. `pending` is the most weight that the
/// answers still to come can have, in the units of the rule's own weights; with equal weights their number.
template <class S, class Value>
concept stopping_rule = std::copy_constructible<S> &&
    requires(const S& s, std::span<const answer<Value>> answers, double pending) {
  { s(answers, pending) } -> std::same_as<bool>;
};

namespace detail {

/// The two largest sums of weight behind a value, as the weights are (not as shares).
struct two_largest {
  double first = 0;
  double second = 0;
};

template <class Value, class Weight>
two_largest leaders(std::span<const answer<Value>> answers, const Weight& weight) {
  const auto w = weigh(answers, weight);
  two_largest out;
  if (w.answers.empty()) return out;
  // Weights are scaled by a power of two; the ratio of any of them gives it back.
  const double scale = w.answers.front().weight / w.answers.front().relative;
  for (const auto& line : tally(w)) {
    const double sum = line.weight * scale;
    if (sum > out.first) {
      out.second = out.first;
      out.first = sum;
    } else if (sum > out.second) {
      out.second = sum;
    }
  }
  return out;
}

}  // namespace detail

/// Enough where no answer still to come can change what a vote elects: the lead exceeds all that is pending.
/// Each source must answer once: one that answered may not take its answer back.
/// @complexity as `tally`.
template <class Weight = equal_weight>
struct exact_stop {
  [[no_unique_address]] Weight weight{};

  template <comparable_value Value>
  requires answer_weight<Weight, Value>
  bool operator()(std::span<const answer<Value>> answers, double pending) const {
    const auto top = detail::leaders(answers, weight);
    return top.first - top.second > pending * (1 + 1e-12) + 1e-12 * top.first;
  }
};
exact_stop()->exact_stop<equal_weight>;
template <class Weight>
exact_stop(Weight) -> exact_stop<Weight>;

/// Enough where the value that leads is the more frequent of the first two with probability at least 1 -
/// `risk`, the answers being independent draws: with a and b votes, P(X > 1/2) for X distributed Beta(a + 1,
/// b + 1). Models are no independent draws; where their errors correlate, the risk is higher than stated.
/// @complexity as `tally`.
/// @source Aggarwal, Madaan, Yang & Mausam 2023, "Let's sample step by step: adaptive-consistency for
/// efficient reasoning and coding with LLMs", EMNLP.
template <class Weight = equal_weight>
struct beta_stop {
  double risk = 0.05;        ///< (0, 1)
  std::size_t at_least = 2;  ///< answers before which it never stops
  [[no_unique_address]] Weight weight{};

  /// @throws invalid_argument  where `risk` is out of range.
  template <comparable_value Value>
  requires answer_weight<Weight, Value>
  bool operator()(std::span<const answer<Value>> answers, double pending) const {
    if (!(risk > 0 && risk < 1))
      throw invalid_argument(message("beta_stop: risk ", risk, " is not in (0, 1)"));
    if (!(pending > 0)) return true;
    if (answers.size() < at_least) return false;
    const auto top = detail::leaders(answers, weight);
    if (!(top.first > top.second)) return false;
    return detail::incomplete_beta(top.first + 1, top.second + 1, 0.5) <= risk;
  }
};
beta_stop()->beta_stop<equal_weight>;
beta_stop(double)->beta_stop<equal_weight>;
template <class Weight>
beta_stop(double, std::size_t, Weight) -> beta_stop<Weight>;

/// Enough once so many sources have answered, abstentions aside: 1 takes the first answer that comes.
struct count_stop {
  std::size_t at_least = 1;  ///< >= 1

  template <class Value>
  bool operator()(std::span<const answer<Value>> answers, double) const {
    std::size_t heard = 0;
    for (const answer<Value>& a : answers) heard += a.abstains ? 0 : 1;
    return heard >= at_least;
  }
};

/// In which order to ask: by falling evidence of an answer for its price, the logarithm of the odds of being
/// right (against one of `classes` - 1 wrong answers) / cost; of equals the lower number first.
/// @param reliability  of each source: chance of being right.
/// @param cost  of each source, > 0; empty: all cost the same.
/// @throws invalid_argument  where the sizes differ or a cost is not > 0.
/// @complexity O(n log n).
template <class = when_used>
std::vector<std::size_t> best_first(std::span<const double> reliability, std::span<const double> cost = {},
                                    std::size_t classes = 2) {
  if (!cost.empty() && cost.size() != reliability.size())
    throw invalid_argument(
        message("best_first: ", cost.size(), " costs of ", reliability.size(), " sources"));
  std::vector<double> worth;
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < reliability.size(); ++i) {
    const double price = cost.empty() ? 1 : cost[i];
    if (!(price > 0))
      throw invalid_argument(message("best_first: cost ", price, " of source ", i, " is not > 0"));
    const double p = std::min(std::max(reliability[i], 1e-6), 1 - 1e-6);
    const double odds = std::log(p / (1 - p) * static_cast<double>(classes > 1 ? classes - 1 : 1));
    // What says little is no better for being cheap.
    worth.push_back(odds > 0 ? odds / price : odds * price);
    order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return worth[a] > worth[b]; });
  return order;
}

static_assert(stopping_rule<exact_stop<>, std::string> && stopping_rule<beta_stop<>, std::string> &&
              stopping_rule<count_stop, std::string>);

}  // namespace shoal::aggregate
