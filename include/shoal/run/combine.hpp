// SPDX-License-Identifier: BSL-1.0
/// @file Combiners: the one value of a subtask that its replicas' answers make, for those that need it.
#pragma once

#include <concepts>
#include <optional>
#include <span>

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::run {

/// Makes the value that flows along data edges. The answers stand in the fleet's order. No value means that
/// subtasks which need it cannot be done. Executors may call it from several threads at once.
template <class C, class Value>
concept combiner = std::copy_constructible<C> &&
    requires(const C& c, std::span<const answer<Value>> answers) {
  { c(answers) } -> std::convertible_to<std::optional<Value>>;
};

/// A combiner that may have heard enough before all have answered: the other calls of the subtask are then
/// cancelled, and what is there is combined. `enough` is called with each answer, on the executor's thread.
/// @param to_come  who may still answer: answers without a value.
template <class C, class Value>
concept early_combiner = combiner<C, Value> &&
    requires(const C& c, std::span<const answer<Value>> answers, std::span<const answer<Value>> to_come) {
  { c.enough(answers, to_come) } -> std::convertible_to<bool>;
};

/// The first answer that does not abstain.
struct first_answer {
  template <class Value>
  std::optional<Value> operator()(std::span<const answer<Value>> answers) const {
    for (const answer<Value>& a : answers) {
      if (!a.abstains) return a.value;
    }
    return std::nullopt;
  }
};

/// What an aggregator makes of them, when its values are of the answers' own type: `consensus{aggregator}`. One
/// that may have heard enough (`aggregate::until`) makes an early combiner.
template <class Aggregator>
struct consensus {
  Aggregator aggregate{};

  template <class Value>
  requires aggregate::aggregator<Aggregator, Value>
  auto operator()(std::span<const answer<Value>> answers) const { return aggregate(answers).value; }

  template <class Value>
  requires requires(const Aggregator& a, std::span<const answer<Value>> answers) {
    { a.enough(answers, answers) } -> std::convertible_to<bool>;
  }
  bool enough(std::span<const answer<Value>> answers, std::span<const answer<Value>> to_come) const {
    return aggregate.enough(answers, to_come);
  }
};
template <class Aggregator>
consensus(Aggregator) -> consensus<Aggregator>;

}  // namespace shoal::run
