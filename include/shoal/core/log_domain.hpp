// SPDX-License-Identifier: BSL-1.0
/// @file Probabilities in logarithms: sums and complements that neither overflow nor cancel.
#pragma once

#include <cmath>
#include <limits>
#include <numbers>

#include "shoal/core/when_used.hpp"

namespace shoal {

/// log(1 - exp(x)) for x <= 0; 0 gives -infinity. Relative error stays near the machine's on the whole range.
/// @source Maechler 2012, "Accurately computing log(1 - exp(-|a|))", R package Rmpfr.
inline double log1m_exp(double x) {
  return x > -std::numbers::ln2 ? std::log(-std::expm1(x)) : std::log1p(-std::exp(x));
}

/// log(exp(a) + exp(b)); either may be -infinity.
template <class = when_used>
double log_add(double a, double b) {
  if (a < b) return log_add(b, a);
  if (std::isinf(b)) return a;
  return a + std::log1p(std::exp(b - a));
}

/// log(p) with log(0) = -infinity.
inline double log_probability(double p) {
  return p > 0 ? std::log(p) : -std::numeric_limits<double>::infinity();
}

}  // namespace shoal
