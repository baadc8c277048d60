// SPDX-License-Identifier: BSL-1.0
/// @file Joins: the result of a whole task from the answers to its last subtasks.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/aggregate/result.hpp"
#include "shoal/task/answer.hpp"
#include "shoal/task/subtask.hpp"

namespace shoal::run {

/// A subtask that no other one needs, with its answers and what they aggregate to (values of type `Result`).
template <class Value, class Result>
struct part {
  const subtask* what = nullptr;
  std::span<const answer<Value>> answers{};  ///< none when it failed
  const aggregate::result<Result>* consensus = nullptr;
};

/// Makes the result of the whole task. Parts stand in the graph's order; the aggregator is the pipeline's.
template <class J, class Value, class Aggregator>
concept joiner = std::copy_constructible<J> &&
    requires(const J& join, std::span<const part<Value, aggregate::aggregated_t<Aggregator, Value>>> parts,
             const Aggregator& aggregator) {
  { join(parts, aggregator) } -> std::same_as<aggregate::result<aggregate::aggregated_t<Aggregator, Value>>>;
};

/// One aggregation over the answers of all parts: each part is an opinion on the same question. With a single
/// part (a map-reduce's join) that is the part's own consensus. A model that answered several parts counts
/// once for each: its answers get the part's name behind their source (`phi-3 on chunk 2`).
struct across_parts {
  template <class Value, class Result, class Aggregator>
  aggregate::result<Result> operator()(std::span<const part<Value, Result>> parts,
                                       const Aggregator& aggregator) const {
    if (parts.size() == 1) return *parts[0].consensus;
    std::vector<answer<Value>> all;
    for (const auto& p : parts) {
      for (const answer<Value>& a : p.answers) {
        all.push_back(a);
        all.back().source += " on " + p.what->name;
      }
    }
    return aggregator(std::span<const answer<Value>>(all));
  }
};

/// The parts' values put together, in order: each part is a piece of the result. When a part has no value,
/// `missing` stands in its place; without it there is no result. The confidence is the least of the parts'.
struct concatenate {
  std::string separator{};  ///< between two parts
  std::optional<std::string> missing{};

  template <class Value, class Aggregator>
  aggregate::result<std::string> operator()(std::span<const part<Value, std::string>> parts,
                                            const Aggregator&) const {
    aggregate::result<std::string> out;
    std::string text;
    out.confidence = out.margin = parts.empty() ? 0 : 1;
    for (std::size_t k = 0; k < parts.size(); ++k) {
      const aggregate::result<std::string>& piece = *parts[k].consensus;
      if (!piece && !missing) return {.why = piece.why};
      if (k > 0) text += separator;
      text += piece ? *piece.value : *missing;
      out.confidence = std::min(out.confidence, piece.confidence);
      out.margin = std::min(out.margin, piece.margin);
      out.tie = out.tie || piece.tie;
      out.effective = k > 0 ? std::min(out.effective, piece.effective) : piece.effective;
      out.used += piece.used;
      out.dissenters += piece.dissenters;
      out.abstained += piece.abstained;
      out.discarded += piece.discarded;
    }
    if (parts.empty()) return out;
    out.why = aggregate::reason::decided;
    out.value = std::move(text);
    return out;
  }
};

}  // namespace shoal::run
