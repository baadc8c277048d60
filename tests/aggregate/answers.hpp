// SPDX-License-Identifier: BSL-1.0
/// @file Random answers of every awkward kind, and equality of results to the last bit.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "shoal/aggregate/result.hpp"
#include "shoal/aggregate/threshold.hpp"
#include "shoal/core/matrix.hpp"
#include "shoal/core/random.hpp"
#include "shoal/task/answer.hpp"

namespace test {

using shoal::answer;

inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
inline constexpr double infinity = std::numeric_limits<double>::infinity();

/// A value with equality and no order.
struct label {
  int id = 0;
  friend bool operator==(const label&, const label&) = default;
};

/// A value with neither.
struct opaque {
  int id = 0;
};

template <class Value>
answer<Value> from(std::string source, Value value, double accuracy = 1, double relevance = 1) {
  answer<Value> a;
  a.source = std::move(source);
  a.value = std::move(value);
  a.accuracy = accuracy;
  a.relevance = relevance;
  return a;
}

template <class Value>
answer<Value> abstention(std::string source) {
  answer<Value> a;
  a.source = std::move(source);
  a.abstains = true;
  return a;
}

template <class T>
T pick(shoal::random_engine& random, std::initializer_list<T> from) {
  return from.begin()[shoal::uniform_below(random, from.size())];
}

template <class Value>
Value random_value(shoal::random_engine& random) {
  if constexpr (std::is_floating_point_v<Value>) {
    return pick<Value>(random, {0.1, 0.2, 0.3, -0.0, 0.0, 1e-17, 1e3, -7.7, Value(not_a_number),
                                Value(infinity), Value(shoal::uniform_01(random))});
  } else if constexpr (std::is_same_v<Value, std::string>) {
    return pick<std::string>(random, {"", "a", "b", "c", "A"});
  } else if constexpr (std::is_same_v<Value, Eigen::VectorXd>) {
    Eigen::VectorXd v(pick<Eigen::Index>(random, {2, 2, 2, 3}));
    for (Eigen::Index i = 0; i < v.size(); ++i) v(i) = pick(random, {0.1, 0.2, -0.0, 0.0, 0.7});
    if (shoal::uniform_below(random, 12) == 0) v(0) = not_a_number;
    return v;
  } else {
    return Value{static_cast<int>(shoal::uniform_below(random, 4))};
  }
}

/// Up to 14 answers: sources that answer twice or have no name, abstentions, values that are not finite,
/// figures of every kind, groups, equal and missing times.
template <class Value>
std::vector<answer<Value>> random_answers(shoal::random_engine& random) {
  std::vector<answer<Value>> out(shoal::uniform_below(random, 15));
  for (auto& a : out) {
    a.value = random_value<Value>(random);
    a.source = pick<std::string>(random, {"", "ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal"});
    a.confidence = pick(random, {1.0, 1.0, 0.5, 0.25, 0.0, not_a_number});
    a.accuracy = pick(random, {1.0, 0.9, 0.7, 0.6, 0.6, 0.1, 0.0, -1.0, not_a_number});
    a.relevance = pick(random, {1.0, 1.0, 0.7, 0.3});
    a.at_s = pick(random, {0.0, 1.0, 2.0, 3.5, not_a_number, infinity});
    a.group = pick<std::string>(random, {"", "", "east", "west", "ada"});
    a.abstains = shoal::uniform_below(random, 6) == 0;
  }
  return out;
}

template <class T>
void shuffle(std::vector<T>& items, shoal::random_engine& random) {
  for (std::size_t i = items.size(); i > 1; --i) {
    using std::swap;
    swap(items[i - 1], items[shoal::uniform_below(random, i)]);
  }
}

inline bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}
inline bool same_bits(const std::string& a, const std::string& b) { return a == b; }
inline bool same_bits(const label& a, const label& b) { return a == b; }
inline bool same_bits(const opaque& a, const opaque& b) { return a.id == b.id; }
inline bool same_bits(const shoal::aggregate::alert& a, const shoal::aggregate::alert& b) {
  return a.raised == b.raised && same_bits(a.score, b.score);
}
inline bool same_bits(const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
  if (a.size() != b.size()) return false;
  for (Eigen::Index i = 0; i < a.size(); ++i)
    if (!same_bits(a(i), b(i))) return false;
  return true;
}

template <class Value>
bool same_bits(const shoal::aggregate::result<Value>& a, const shoal::aggregate::result<Value>& b) {
  if (a.value.has_value() != b.value.has_value()) return false;
  if (a.value && !same_bits(*a.value, *b.value)) return false;
  return a.why == b.why && same_bits(a.confidence, b.confidence) && same_bits(a.margin, b.margin) &&
         a.tie == b.tie && a.used == b.used && a.abstained == b.abstained && a.discarded == b.discarded;
}

}  // namespace test
