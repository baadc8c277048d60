// SPDX-License-Identifier: BSL-1.0
/// @file Interval of a mean: between which numbers the mean of more such answers would be expected.
#pragma once

#include <cmath>
#include <optional>
#include <span>

#include "shoal/aggregate/weigh.hpp"
#include "shoal/aggregate/weighted_sum.hpp"
#include "shoal/aggregate/weights.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::aggregate {

/// An interval of numbers.
struct interval {
  double low = 0;
  double high = 0;
};

namespace detail {

/// Regularised incomplete beta function I_x(a, b), 0 < x < 1, by Lentz's continued fraction.
/// @source Press et al. 2007, "Numerical Recipes", 3rd edition, section 6.4.
template <class = when_used>
double incomplete_beta(double a, double b, double x) {
  if (x > (a + 1) / (a + b + 2)) return 1 - incomplete_beta(b, a, 1 - x);
  const auto away_from_0 = [](double v) { return std::abs(v) < 1e-300 ? 1e-300 : v; };
  double c = 1;
  double d = 1 / away_from_0(1 - (a + b) * x / (a + 1));
  double fraction = d;
  const auto step = [&](double term) {
    d = 1 / away_from_0(1 + term * d);
    c = away_from_0(1 + term / c);
    fraction *= c * d;
    return std::abs(c * d - 1);
  };
  constexpr int most_terms = 10'000;
  for (int m = 1; m < most_terms; ++m) {
    const double k = m;
    step(k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k)));
    if (step(-(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1))) < 1e-15) break;
  }
  const double log_front =
      std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x);
  return std::exp(log_front) * fraction / a;
}

}  // namespace detail

/// The t with P(|T| <= t) = `coverage` where T has Student's distribution.
/// @param degrees  of freedom, > 0; need not be whole.
/// @param coverage  in (0, 1).
/// @throws invalid_argument  where either is out of range.
template <class = when_used>
double student_quantile(double degrees, double coverage) {
  if (!(degrees > 0)) throw invalid_argument(message("degrees of freedom ", degrees, " are not > 0"));
  if (!(coverage > 0 && coverage < 1))
    throw invalid_argument(message("coverage ", coverage, " is not in (0, 1)"));
  // P(|T| > t) = I_x(degrees / 2, 1 / 2) with x = degrees / (degrees + t^2), P(|T| <= t) its complement: the
  // smaller of the two decides, on a logarithmic scale of t, so that digits are kept at both ends.
  double low = -200;
  double high = 200;
  while (high - low > 1e-15 * (1 + std::abs(low))) {
    const double middle = low + (high - low) / 2;
    if (middle == low || middle == high) break;
    const double squared = std::exp(2 * middle);
    const double x = degrees / (degrees + squared);
    const double y = squared / (degrees + squared);
    const bool inside =
        coverage < 0.5 ? y > 0 && detail::incomplete_beta(0.5, degrees / 2, y) > coverage
                       : x < 1 && (x <= 0 || detail::incomplete_beta(degrees / 2, 0.5, x) < 1 - coverage);
    (inside ? high : low) = middle;
  }
  return std::exp(high);
}

/// The interval that covers the mean of the sources' population with probability `coverage`, the answers
/// being independent draws from a normal one: mean -+ t s / sqrt(n), with the effective number of answers
/// n = (sum w)^2 / sum w^2, the variance s^2 = n / (n - 1) sum w (r - mean)^2 / sum w, and n - 1 degrees of
/// freedom. With equal weights that is the textbook's interval. Empty where fewer than two answers have a
/// say: one number says nothing of its spread.
/// @throws invalid_argument  where `coverage` is not in (0, 1).
/// @complexity O(n log n).
/// @source Student 1908, "The probable error of a mean", Biometrika 6; Kish 1965, "Survey Sampling", section
/// 11.7 (the effective number).
template <class Weight = product_weight>
std::optional<interval> mean_interval(std::span<const answer<double>> answers, const Weight& weight = {},
                                      double coverage = 0.95) {
  const weighed<double> w = weigh(answers, weight);
  if (w.answers.size() < 2) return std::nullopt;
  const double mean = detail::mean_of(w);
  double squares = 0;
  for (const auto& a : w.answers) squares += (a.relative / w.total) * (a.relative / w.total);
  double spread = 0;
  for (const auto& a : w.answers) {
    const double off = a.from->value - mean;
    spread += a.relative / w.total * off * off;
  }
  const double degrees = 1 / squares - 1;
  if (!(degrees > 0)) return std::nullopt;
  const double half = student_quantile(degrees, coverage) * std::sqrt(spread / degrees);
  return interval{mean - half, mean + half};
}

}  // namespace shoal::aggregate
