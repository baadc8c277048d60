// SPDX-License-Identifier: BSL-1.0
/// @file Replicas of one part: the chance 1 - p^m that at least one survives, and how many reach a target.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>

#include "shoal/core/when_used.hpp"
#include "shoal/survive/chance.hpp"

namespace shoal::survive {

/// Chance that at least one of `m` replicas survives when each fails with probability `p`, independently:
/// survival 1 - p^m, failure p^m. Both have a relative error of a few roundings as long as p^m is above the
/// smallest double, 1e-308; below it the failure is 0.
/// @param p  in [0, 1].
/// @param m  0 gives survival 0.
/// @throws invalid_argument  `failure probability 1.5 is not in [0, 1]`.
template <class = when_used>
chance replicated(double p, std::size_t m) {
  detail::check_probability("failure probability", p);
  if (m == 0) return {0, 1};
  const auto times = static_cast<double>(m);
  return chance::of(p > 0 ? -std::expm1(times * std::log(p)) : 1, std::pow(p, times));
}

/// Chance that at least one replica survives when replica i fails with probability `failure[i]`,
/// independently: failure is the product. None gives survival 0.
/// @throws invalid_argument  `failure probability of model 3: 1.5 is not in [0, 1]`.
template <class = when_used>
chance replicated(std::span<const double> failure) {
  detail::check_probabilities(failure);
  double none = 1;  // chance that none of those so far survives
  double some = 0;
  for (const double p : failure) {
    some += none * (1 - p);
    none *= p;
  }
  return chance::of(some, none);
}

/// The fewest replicas, each failing with probability `p`, of which at least one survives with probability
/// `target` or more; empty when no number does. Both figures are taken as the decimals that were meant: a
/// number that misses the target by no more than their rounding to doubles reaches it, so (0.1, 0.9999) gives
/// 4.
/// For targets beyond 1 - 1e-12, where a double has few digits left of 1 - target, say what may fail instead:
/// `fewest_replicas_failing`.
/// @param p       in [0, 1]; 0: one replica reaches any target above 0; 1: none reaches it.
/// @param target  in [0, 1]; 0 needs no replica, 1 is reached by p = 0 alone.
/// @throws invalid_argument  when either is outside [0, 1].
template <class = when_used>
std::optional<std::size_t> fewest_replicas(double p, double target);

/// The same for a wanted chance of failing: the smallest m with p^m <= `at_most`.
/// @param at_most  in [0, 1]; 1 needs no replica.
template <class = when_used>
std::optional<std::size_t> fewest_replicas_failing(double p, double at_most);

namespace detail {

// The smallest m with `enough(m)`, near the estimate; `enough` is false below it and true from it on.
template <class Enough>
std::optional<std::size_t> settle(double estimate, const Enough& enough) {
  if (!(estimate < static_cast<double>(std::numeric_limits<std::size_t>::max() / 2))) return std::nullopt;
  auto m = static_cast<std::size_t>(std::max(1.0, std::ceil(estimate)));
  while (m > 1 && enough(m - 1)) --m;
  while (!enough(m)) ++m;
  return m;
}

}  // namespace detail

template <class>
std::optional<std::size_t> fewest_replicas_failing(double p, double at_most) {
  detail::check_probability("failure probability", p);
  detail::check_probability("wanted failure", at_most);
  if (at_most == 1) return 0;
  if (p == 0) return 1;
  if (p == 1 || at_most == 0) return std::nullopt;
  return detail::settle(std::log(at_most) / std::log(p), [&](std::size_t m) {
    const auto times = static_cast<double>(m);
    // The rounding of `p` to a double comes back m times, that of `at_most` once.
    const double slack = std::min(1e-12, (times + 4) * std::numeric_limits<double>::epsilon());
    return std::pow(p, times) <= at_most * (1 + slack);
  });
}

template <class>
std::optional<std::size_t> fewest_replicas(double p, double target) {
  detail::check_probability("failure probability", p);
  detail::check_probability("survival target", target);
  if (target == 0) return 0;
  if (target > 0.5 && target < 1) {
    // Half a unit in the target's last place: the least that the meant decimal may be below the double.
    return fewest_replicas_failing(p, 1 - target + std::numeric_limits<double>::epsilon() / 4);
  }
  if (p == 0) return 1;
  if (p == 1 || target == 1) return std::nullopt;
  const double wanted = target * (1 - 4 * std::numeric_limits<double>::epsilon());
  return detail::settle(std::log1p(-target) / std::log(p),
                        [&](std::size_t m) { return replicated(p, m).survival >= wanted; });
}

}  // namespace shoal::survive
