// SPDX-License-Identifier: BSL-1.0
/// @file How sure a model is of what it wrote: policies that make one number in [0, 1] of an answer's tokens.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>

#include "shoal/core/when_used.hpp"
#include "shoal/hybrid/generate.hpp"

namespace shoal::hybrid {

/// The geometric mean of the tokens' chances: exp of the mean log-probability. An answer without tokens has
/// 0.
struct mean_probability {
  template <class = when_used>
  double operator()(const generated& g) const {
    if (g.figures.empty()) return 0;
    double sum = 0;
    for (const auto& t : g.figures) sum += t.log_probability;
    return std::exp(sum / static_cast<double>(g.figures.size()));
  }
};

/// The chance of the whole answer: the product of its tokens' chances.
struct whole_probability {
  template <class = when_used>
  double operator()(const generated& g) const {
    if (g.figures.empty()) return 0;
    double sum = 0;
    for (const auto& t : g.figures) sum += t.log_probability;
    return std::exp(sum);
  }
};

/// The smallest lead of a chosen token over the next best: one doubtful word is enough for doubt.
struct least_margin {
  template <class = when_used>
  double operator()(const generated& g) const {
    double out = g.figures.empty() ? 0 : 1;
    for (const auto& t : g.figures) out = std::min(out, t.margin);
    return out;
  }
};

/// exp(-H) of the most uncertain token: 1 where the model knew, 1/n where n tokens were equally likely.
struct entropy_confidence {
  template <class = when_used>
  double operator()(const generated& g) const {
    if (g.figures.empty()) return 0;
    double most = 0;
    for (const auto& t : g.figures) most = std::max(most, t.entropy);
    return std::exp(-most);
  }
};

/// The share of further answers (of other samples, or of other models) that are the same text as the first.
/// 0 where there are none.
template <class = when_used>
double agreement(const std::string& first, std::span<const std::string> others) {
  if (others.empty()) return 0;
  const auto same = std::count(others.begin(), others.end(), first);
  return static_cast<double>(same) / static_cast<double>(others.size());
}

}  // namespace shoal::hybrid
