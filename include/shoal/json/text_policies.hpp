// SPDX-License-Identifier: BSL-1.0
/// @file Policies for texts that a task file chooses by name: how a text splits, how answers combine, how
/// parts join.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/aggregate/max_weight.hpp"
#include "shoal/aggregate/result.hpp"
#include "shoal/aggregate/stopping.hpp"
#include "shoal/aggregate/until.hpp"
#include "shoal/aggregate/vote.hpp"
#include "shoal/aggregate/weighted_sum.hpp"
#include "shoal/aggregate/weights.hpp"
#include "shoal/core/csv.hpp"
#include "shoal/core/message.hpp"
#include "shoal/decompose/decomposer.hpp"
#include "shoal/decompose/equal_chunks.hpp"
#include "shoal/decompose/lines.hpp"
#include "shoal/decompose/map_reduce.hpp"
#include "shoal/decompose/paragraphs.hpp"
#include "shoal/decompose/records.hpp"
#include "shoal/decompose/sentences.hpp"
#include "shoal/json/plan.hpp"
#include "shoal/run/join.hpp"
#include "shoal/task/answer.hpp"
#include "shoal/task/graph.hpp"
#include "shoal/task/task.hpp"

namespace shoal::json {

/// How a text becomes parts.
enum class splitting {
  whole,       ///< one part, `task`, even of an empty text
  paragraphs,  ///< at blank lines
  sentences,   ///< behind each sentence
  lines,       ///< `size` lines each
  chunks,      ///< `size` parts of about equal length
  separator,   ///< behind each `separator`
  planned,     ///< as a model plans it
};

/// A decomposer that is chosen while the program runs.
struct split_text {
  splitting how = splitting::whole;
  std::size_t size = 1;               ///< of `lines` and `chunks`, >= 1
  std::string separator{};            ///< not empty where it is used
  json::planner plan{};               ///< with a backend where it is used
  std::optional<std::string> join{};  ///< instruction of one more part, which joins the answers to all others

  /// @throws as the decomposer that `how` names.
  task_graph operator()(const task& text) const {
    if (!join) return parts(text);
    const auto inner = [this](const task& t) { return parts(t); };
    return decompose::map_reduce<std::function<task_graph(const task&)>>{.inner = inner,
                                                                         .instruction = *join}(text);
  }

 private:
  task_graph parts(const task& text) const {
    switch (how) {
      case splitting::whole:
        break;
      case splitting::paragraphs:
        return decompose::paragraphs{}(text);
      case splitting::sentences:
        return decompose::sentences{}(text);
      case splitting::lines:
        return decompose::lines{.per_part = size}(text);
      case splitting::chunks:
        return decompose::equal_chunks{.count = size}(text);
      case splitting::separator:
        return decompose::records{.separator = separator}(text);
      case splitting::planned:
        return plan(text);
    }
    decompose::require_utf8(text.text);
    task_graph out;
    out.add({.name = "task", .input = text.text, .instruction = text.instruction});
    return out;
  }
};
static_assert(decompose::decomposer<split_text>);

/// How several answers in text become one.
enum class combination {
  plurality,   ///< the text that most models gave
  majority,    ///< the text that more than half of the models gave, or none
  weighted,    ///< the text with the most accuracy x relevance behind it
  max_weight,  ///< the text of the model with the most accuracy x relevance
  mean,        ///< the mean of the texts that are numbers, weighted by accuracy x relevance
};

/// An aggregator of texts that is chosen while the program runs. For `mean`, texts that are no finite numbers
/// are discarded.
struct combine_texts {
  combination how = combination::plurality;
  bool exactly_enough = false;         ///< stop asking once the result cannot change; plurality and weighted only
  std::optional<double> risk{};        ///< or once it hardly can: see aggregate::beta_stop; the same only
  std::optional<std::size_t> count{};  ///< or once so many have answered

  bool enough(std::span<const answer<std::string>> answers,
              std::span<const answer<std::string>> to_come) const {
    const auto said = [&](const auto& stop) { return aggregate::until{stop}.enough(answers, to_come); };
    const auto by = [&](const auto& weight) {
      if (exactly_enough) return said(aggregate::exact_stop{weight});
      return risk && said(aggregate::beta_stop{*risk, 2, weight});
    };
    if (count) return said(aggregate::count_stop{*count});
    return how == combination::weighted ? by(aggregate::product_weight{}) : by(aggregate::equal_weight{});
  }

  aggregate::result<std::string> operator()(std::span<const answer<std::string>> answers) const {
    switch (how) {
      case combination::plurality:
        return aggregate::plurality{}(answers);
      case combination::majority:
        return aggregate::majority<>{}(answers);
      case combination::weighted:
        return aggregate::weighted_vote<>{}(answers);
      case combination::max_weight:
        return aggregate::max_weight<>{}(answers);
      case combination::mean:
        break;
    }
    return mean(answers);
  }

 private:
  static aggregate::result<std::string> mean(std::span<const answer<std::string>> answers) {
    std::vector<answer<double>> numbers;
    for (const answer<std::string>& a : answers) {
      // A NaN is what the weighted sum discards, and counts.
      const double value = finite_number(a.value).value_or(std::nan(""));
      numbers.push_back(
          {value, a.source, a.confidence, a.accuracy, a.relevance, a.at_s, a.group, a.abstains, a.used});
    }
    const auto of_numbers = aggregate::weighted_sum<>{}(std::span<const answer<double>>(numbers));
    aggregate::result<std::string> out;
    if (of_numbers.value) out.value = to_text(*of_numbers.value);
    out.why = of_numbers.why;
    out.confidence = of_numbers.confidence;
    out.margin = of_numbers.margin;
    out.tie = of_numbers.tie;
    out.effective = of_numbers.effective;
    out.used = of_numbers.used;
    out.abstained = of_numbers.abstained;
    out.discarded = of_numbers.discarded;
    return out;
  }
};
static_assert(aggregate::aggregator<combine_texts, std::string>);

/// How the values of a task's last subtasks become its result.
enum class joining {
  concatenate,  ///< put together in order
  combine,      ///< combined as the answers of replicas are: each part is an opinion on the same question
};

/// A join of texts that is chosen while the program runs.
struct join_texts {
  joining how = joining::concatenate;
  run::concatenate together{};

  template <class Aggregator>
  aggregate::result<std::string> operator()(std::span<const run::part<std::string, std::string>> parts,
                                            const Aggregator& aggregator) const {
    return how == joining::combine ? run::across_parts{}(parts, aggregator) : together(parts, aggregator);
  }
};
static_assert(run::joiner<join_texts, std::string, combine_texts>);

}  // namespace shoal::json
