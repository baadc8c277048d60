// SPDX-License-Identifier: BSL-1.0
/// @file The count of a vote: how much weight stands behind each value, and who wins a tie.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "shoal/aggregate/result.hpp"
#include "shoal/aggregate/values.hpp"
#include "shoal/aggregate/weigh.hpp"
#include "shoal/core/compensated_sum.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::aggregate {

/// Which of several values with the same weight wins. Weights are the same where they differ by less than
/// 1e-12 of the larger.
enum class tie_rule {
  smallest_value,  ///< the smallest by `<`; for values without an order as `lowest_source`
  lowest_source,   ///< the one given by the lowest source name
  no_value         ///< none: the result has no value, and its `why` is `tied`
};

/// One value and what stands behind it.
template <class Value>
struct tally_line {
  const answer<Value>* first = nullptr;  ///< its first supporter in canonical order
  const Value* value = nullptr;
  double weight = 0;      ///< sum of its supporters' relative weights
  std::size_t votes = 0;  ///< number of its supporters
};

/// Counts the weight behind each value. Lines stand by growing value; where values have no order, by first
/// supporter.
/// @complexity O(n log n) comparisons; O(n x number of values) where values have no order.
template <comparable_value Value>
std::vector<tally_line<Value>> tally(const weighed<Value>& w) {
  auto votes = w.answers;
  if constexpr (ordered_value<Value>)
    std::stable_sort(votes.begin(), votes.end(),
                     [](const auto& a, const auto& b) { return value_before(a.from->value, b.from->value); });
  std::vector<tally_line<Value>> lines;
  std::vector<compensated_sum<double>> weights;
  for (const auto& vote : votes) {
    // Sorted votes for one value stand side by side, so that only the last line can be theirs.
    const auto from = ordered_value<Value> && !lines.empty() ? lines.end() - 1 : lines.begin();
    const auto line = std::find_if(from, lines.end(),
                                   [&](const auto& l) { return same_value(*l.value, vote.from->value); });
    const auto i = static_cast<std::size_t>(line - lines.begin());
    if (i == lines.size()) {
      lines.push_back({vote.from, &vote.from->value, 0, 0});
      weights.emplace_back(0.0);
    }
    weights[i].add(vote.relative);
    ++lines[i].votes;
    if (detail::answer_before(*vote.from, *lines[i].first)) lines[i].first = vote.from;
  }
  for (std::size_t i = 0; i < lines.size(); ++i) lines[i].weight = weights[i].value();
  return lines;
}

namespace detail {

/// Index of the winner among `tied`, which is not empty, by `rule`; the size of `tied` where none wins.
template <class Value>
std::size_t break_tie(const std::vector<const answer<Value>*>& tied, tie_rule rule) {
  if (tied.size() > 1 && rule == tie_rule::no_value) return tied.size();
  const auto before = [&](const auto* a, const auto* b) {
    if constexpr (ordered_value<Value>) {
      if (rule == tie_rule::smallest_value) {
        if (value_before(a->value, b->value)) return true;
        if (value_before(b->value, a->value)) return false;
      }
    }
    return answer_before(*a, *b);
  };
  const auto winner = std::min_element(tied.begin(), tied.end(), before);
  const auto same_place = [&](const auto* other) {
    return other != *winner && indistinguishable(**winner, *other);
  };
  if (std::any_of(tied.begin(), tied.end(), same_place)) return tied.size();
  return static_cast<std::size_t>(winner - tied.begin());
}

/// The value with the most weight. `confidence` and `margin` are those of the value that leads, also where a
/// tie leaves none.
template <class Value>
result<Value> elect(const weighed<Value>& w, const std::vector<tally_line<Value>>& lines, tie_rule rule) {
  auto out = counts_of<Value>(w);
  if (lines.empty()) return out;
  double top = 0;
  for (const auto& line : lines) top = std::max(top, line.weight);
  double next = 0;
  std::vector<const answer<Value>*> tied;
  std::vector<const Value*> values;
  for (const auto& line : lines) {
    if (same_weight(line.weight, top)) {
      tied.push_back(line.first);
      values.push_back(line.value);
    } else {
      next = std::max(next, line.weight);
    }
  }
  out.tie = tied.size() > 1;
  out.confidence = std::min(1.0, top / w.total);
  out.margin = out.tie ? 0 : out.confidence - next / w.total;
  const std::size_t winner = break_tie(tied, rule);
  const answer<Value>* const lead = tied[winner < tied.size() ? winner : 0];
  for (const auto& line : lines) {
    if (line.first != lead) out.dissenters += line.votes;
  }
  out.why = winner < tied.size() ? reason::decided : reason::tied;
  if (winner < tied.size()) out.value = *values[winner];
  return out;
}

}  // namespace detail

}  // namespace shoal::aggregate
