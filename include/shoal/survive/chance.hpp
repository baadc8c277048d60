// SPDX-License-Identifier: BSL-1.0
/// @file Chance: a survival and its complement, each with all of its digits.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::survive {

/// The chance of surviving and that of failing. Both are kept because a double holds 1e-30 well and
/// 1 - 1e-30 not at all: read the small one.
struct chance {
  double survival = 1;  ///< [0, 1]
  double failure = 0;   ///< 1 - survival, [0, 1]

  /// From two sums of positive terms that make up 1: the smaller one is exact to rounding, so it decides
  /// both.
  static constexpr chance of(double survival, double failure) {
    if (failure <= survival) {
      failure = std::clamp(failure, 0.0, 1.0);
      return {1 - failure, failure};
    }
    survival = std::clamp(survival, 0.0, 1.0);
    return {survival, 1 - survival};
  }
};

namespace detail {

inline void check_probability(std::string_view what, double value) {
  if (!(value >= 0 && value <= 1)) throw invalid_argument(message(what, " ", value, " is not in [0, 1]"));
}

template <class = when_used>
void check_probabilities(std::span<const double> failure) {
  for (std::size_t i = 0; i < failure.size(); ++i) {
    if (!(failure[i] >= 0 && failure[i] <= 1)) {
      throw invalid_argument(
          message("failure probability of model ", i, ": ", failure[i], " is not in [0, 1]"));
    }
  }
}

}  // namespace detail

}  // namespace shoal::survive
