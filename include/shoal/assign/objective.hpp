// SPDX-License-Identifier: BSL-1.0
/// @file Objectives: which of the plans that are good enough is wanted.
#pragma once

#include <string_view>
#include <type_traits>
#include <variant>

namespace shoal::assign {

/// One of the two criteria.
enum class criterion { energy, time };

/// What the time of a plan is.
enum class time_rule {
  total,     ///< the sum over all chosen pairs, as if one followed the other
  makespan,  ///< the busiest model's seconds, since models work side by side
};

/// Least energy x E + time x T; factors finite and >= 0.
struct weighted {
  double energy = 1;  ///< per joule
  double time = 1;    ///< per second
};

/// Least of one criterion with the other at most `at_most` (joules or seconds, >= 0).
struct epsilon {
  criterion minimise = criterion::energy;
  double at_most = 0;
};

/// Least of the first criterion, and among those plans the least of the other.
struct lexicographic {
  criterion first = criterion::energy;
};

/// Least max(energy x E, time x T), and among those plans the least energy x E + time x T, so that no plan
/// dominates the answer; factors finite and >= 0.
struct chebyshev {
  double energy = 1;  ///< per joule
  double time = 1;    ///< per second
};

/// The four ways to choose.
using goal = std::variant<weighted, epsilon, lexicographic, chebyshev>;

/// A way to choose, and what time means. Converts from any of the four: `assign(problem, weighted{1, 0})`.
struct objective {
  goal rule = weighted{};
  time_rule time = time_rule::total;

  objective() = default;
  template <class Goal>
  requires std::is_constructible_v<goal, Goal> objective(
      Goal way, time_rule t = time_rule::total)  // NOLINT(google-explicit-constructor)
      : rule(way), time(t) {}
};

/// The criterion's name as files spell it.
constexpr std::string_view name_of(criterion c) { return c == criterion::energy ? "energy" : "time"; }

/// The time rule's name as files spell it.
constexpr std::string_view name_of(time_rule r) { return r == time_rule::total ? "total" : "makespan"; }

}  // namespace shoal::assign
