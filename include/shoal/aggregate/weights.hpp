// SPDX-License-Identifier: BSL-1.0
/// @file Weights f(P, R) of a source, from its accuracy P and its relevance R.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <type_traits>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"

namespace shoal::aggregate {

/// A weight policy is a function f(P, R) of a source's accuracy and relevance; a lambda is one. Aggregators
/// normalise: w_i = f(P_i, R_i) / sum_j f(P_j, R_j), so that only ratios matter. A weight that is zero,
/// negative or not finite gives its source no say: the answer is discarded and counted as such.
template <class W>
concept weight_policy = std::copy_constructible<W> && std::is_invocable_r_v<double, const W&, double, double>;

/// f = 1: one source, one vote.
struct equal_weight {
  double operator()(double /*accuracy*/, double /*relevance*/) const { return 1; }
};
static_assert(weight_policy<equal_weight>);

/// f = P R: the chance that the source is right, scaled by how well it fits the field.
struct product_weight {
  double operator()(double accuracy, double relevance) const { return accuracy * relevance; }
};
static_assert(weight_policy<product_weight>);

/// f = P.
struct accuracy_weight {
  double operator()(double accuracy, double /*relevance*/) const { return accuracy; }
};
static_assert(weight_policy<accuracy_weight>);

/// f = ((P^e + R^e) / 2)^(1/e), the power mean of P and R, both >= 0. Exponent 1: the mean; 0: the geometric
/// mean; -1: the harmonic mean; infinity and -infinity: the larger and the smaller of the two. With an
/// exponent <= 0 a P or R of 0 gives 0.
/// @source Hardy, Littlewood & Polya 1934, "Inequalities", chapter 2.
struct power_mean_weight {
  double exponent = 1;  ///< any number but NaN

  /// @throws invalid_argument  where the exponent is NaN.
  double operator()(double accuracy, double relevance) const {
    if (std::isnan(exponent)) throw invalid_argument("power_mean_weight: exponent nan is not a number");
    if (std::isnan(accuracy) || std::isnan(relevance)) return accuracy + relevance;
    const double low = std::min(accuracy, relevance);
    const double high = std::max(accuracy, relevance);
    if (std::isinf(exponent)) return exponent > 0 ? high : low;
    if (exponent == 0) return std::sqrt(accuracy) * std::sqrt(relevance);
    const double pivot = exponent > 0 ? high : low;  // the term that leads, so that no power overflows
    if (pivot == 0) return 0;
    const double sum = std::pow(accuracy / pivot, exponent) + std::pow(relevance / pivot, exponent);
    return pivot * std::pow(sum / 2, 1 / exponent);
  }
};
static_assert(weight_policy<power_mean_weight>);

/// f = R log((c - 1) P / (1 - P)): the best weights for a vote between c choices among sources that err
/// independently, each wrong choice as likely as any other. P is clamped to [clamp, 1 - clamp], so that a
/// source that is said never to err has a large say and not an infinite one. A source no better than chance
/// (P <= 1/c) has no say.
/// @source Nitzan & Paroush 1982, "Optimal decision rules in uncertain dichotomous choice situations",
/// International Economic Review 23(2), for two choices; Li & Yu 2014, "Error rate bounds and iterative
/// weighted majority voting for crowdsourcing", arXiv:1411.4086, for more.
struct log_odds_weight {
  double choices = 2;   ///< c, >= 2
  double clamp = 1e-6;  ///< (0, 0.5)

  /// @throws invalid_argument  where `choices` or `clamp` is out of range.
  double operator()(double accuracy, double relevance) const {
    if (!(choices >= 2 && std::isfinite(choices)))
      throw invalid_argument(message("log_odds_weight: choices ", choices, " is not a finite number >= 2"));
    if (!(clamp > 0 && clamp < 0.5))
      throw invalid_argument(message("log_odds_weight: clamp ", clamp, " is not in (0, 0.5)"));
    const double p = std::clamp(accuracy, clamp, 1 - clamp);
    return relevance * (std::log(choices - 1) + std::log(p) - std::log1p(-p));
  }
};
static_assert(weight_policy<log_odds_weight>);

/// f = exp((P R - 1) / t), the softmax of P R once it is normalised: t large gives all the same say, t small
/// nearly all of it to the best. The -1 cancels in normalising and keeps f in (0, 1].
struct softmax_weight {
  double temperature = 1;  ///< t, >= 0.002, so that no weight vanishes; for less, max_weight is the limit

  /// @throws invalid_argument  where the temperature is out of range.
  double operator()(double accuracy, double relevance) const {
    if (!(temperature >= 0.002))
      throw invalid_argument(message("softmax_weight: temperature ", temperature, " is not >= 0.002"));
    return std::exp((accuracy * relevance - 1) / temperature);
  }
};
static_assert(weight_policy<softmax_weight>);

}  // namespace shoal::aggregate
