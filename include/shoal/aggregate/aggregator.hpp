// SPDX-License-Identifier: BSL-1.0
/// @file Aggregator concept: what makes one answer of several.
#pragma once

#include <concepts>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>

#include "shoal/aggregate/result.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::aggregate {

namespace detail {

template <class T>
struct is_result : std::false_type {};
template <class Value>
struct is_result<result<Value>> : std::true_type {};

}  // namespace detail

/// An aggregator of answers with values of type `Value`. Its result does not depend on the order in which the
/// answers stand: equal sets of answers give equal results, bit for bit. It never throws for what models
/// answered: an empty range, abstentions, NaN or a missing quorum give a result without a value, and its
/// `why` says so. The value of the result may be of another type (an alert, from scores).
/// @snippet examples/my_aggregator.cpp plug
template <class A, class Value>
concept aggregator = std::copy_constructible<A> &&
    requires(const A& a, std::span<const answer<Value>> answers) {
  requires detail::is_result<decltype(a(answers))>::value;
};

/// Type of the value that an aggregator makes of values of type `Value`.
template <class A, class Value>
requires aggregator<A, Value>
using aggregated_t =
    typename decltype(std::declval<const A&>()(std::declval<std::span<const answer<Value>>>())
                          .value)::value_type;

/// What `how` makes of `answers`, any contiguous range of answers: a vector, an array, a span.
template <class Answers, class A>
auto combine(const Answers& answers, const A& how) {
  using value_type = decltype(std::data(answers)->value);
  static_assert(aggregator<A, value_type>,
                "this aggregator does not take answers with values of this type: see its constraints");
  return how(std::span<const answer<value_type>>(std::data(answers), std::size(answers)));
}

}  // namespace shoal::aggregate
