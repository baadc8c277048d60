// SPDX-License-Identifier: BSL-1.0
/// @file Policies for texts by name, as a task file chooses them: how answers combine, how parts join.
#pragma once

#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/aggregate/max_weight.hpp"
#include "shoal/aggregate/result.hpp"
#include "shoal/aggregate/vote.hpp"
#include "shoal/aggregate/weighted_sum.hpp"
#include "shoal/core/message.hpp"
#include "shoal/run/join.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::json {

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
      double value = std::nan("");  // which the weighted sum discards, and counts
      const char* end = a.value.data() + a.value.size();
      if (const auto read = std::from_chars(a.value.data(), end, value);
          read.ec != std::errc{} || read.ptr != end) {
        value = std::nan("");
      }
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
