// SPDX-License-Identifier: BSL-1.0
/// @file Lifetimes: rates and shapes fitted to measured durations, with intervals.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/survive/outages.hpp"

namespace shoal::survive {

/// A figure with the interval that holds the true one with the asked confidence.
struct estimate {
  double value = 0;
  double low = 0;
  double high = 0;
};

/// Durations that have no memory: P(longer than t) = exp(-rate t).
struct exponential_fit {
  estimate rate{};  ///< per unit of time
  double mean = 0;  ///< 1 / rate
  double log_likelihood = 0;
};

/// Durations that age: P(longer than t) = exp(-(t / scale)^shape). Shape 1 is exponential; below it, what has
/// lasted long is likely to last longer.
struct weibull_fit {
  estimate shape{};
  estimate scale{};           ///< in the unit of time
  double mean = 0;            ///< scale x Gamma(1 + 1 / shape)
  double log_likelihood = 0;  ///< at least that of the exponential
};

/// Fits a constant rate: durations that ended over the whole time watched.
/// @param confidence  of the interval, in (0, 1). It is exact when all durations ended; with durations cut
/// off
///                    its upper end errs on the safe side.
/// @throws invalid_argument  when no duration ended, one is not > 0, or `confidence` is not in (0, 1).
/// @complexity O(n).
/// @source Epstein & Sobel 1953, "Life testing", J. Amer. Stat. Assoc. 48.
template <class = when_used>
exponential_fit fit_exponential(const durations& d, double confidence = 0.95);

/// Fits by maximum likelihood. The shape's interval is that of the likelihood ratio, the scale's that of the
/// observed information, in logarithms; both are right for many durations.
/// @throws invalid_argument  as `fit_exponential`, and when fewer than two different durations ended.
/// @complexity O(n) for each of some hundred steps.
/// @source Lawless 2003, "Statistical Models and Methods for Lifetime Data", chapter 5.
template <class = when_used>
weibull_fit fit_weibull(const durations& d, double confidence = 0.95);

namespace detail {

// P(a, x), the share of Gamma(a) below x.
// Source: Press et al. 2007, "Numerical Recipes", section 6.2.
template <class Real>
Real gamma_share(Real a, Real x) {
  if (x <= 0) return 0;
  const Real front = std::exp(a * std::log(x) - x - std::lgamma(a));
  if (x < a + 1) {
    Real term = 1 / a;
    Real sum = term;
    for (Real n = a + 1; term > sum * 1e-17; ++n) {
      term *= x / n;
      sum += term;
    }
    return front * sum;
  }
  constexpr Real tiny = 1e-300;
  Real b = x + 1 - a;
  Real c = 1 / tiny;
  Real d = 1 / b;
  Real h = d;
  for (int i = 1; i < 100'000; ++i) {
    const Real step = -static_cast<Real>(i) * (static_cast<Real>(i) - a);
    b += 2;
    d = 1 / (std::abs(step * d + b) < tiny ? tiny : step * d + b);
    c = std::abs(b + step / c) < tiny ? tiny : b + step / c;
    h *= d * c;
    if (std::abs(d * c - 1) < 1e-16) break;
  }
  return 1 - front * h;
}

// The x with P(a, x) = share, by bisection: nothing can go wrong with it.
template <class Real>
Real gamma_quantile(Real a, Real share) {
  Real low = 0;
  Real high = a + 1;
  while (gamma_share(a, high) < share) high *= 2;
  for (int i = 0; i < 200 && high - low > 1e-15 * high; ++i) {
    const Real middle = low + (high - low) / 2;
    (gamma_share(a, middle) < share ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

template <class = when_used>
void check_durations(const durations& d, double confidence) {
  if (!(confidence > 0 && confidence < 1))
    throw invalid_argument(message("confidence ", confidence, " is not in (0, 1)"));
  if (d.ended.empty()) throw invalid_argument("durations: none ended, so there is nothing to fit");
  for (const auto* const kind : {&d.ended, &d.cut}) {
    for (const double t : *kind) {
      if (!(t > 0 && std::isfinite(t))) throw invalid_argument(message("duration ", t, " is not > 0"));
    }
  }
}

// The Weibull likelihood with the scale that suits each shape best. Times are taken relative to the longest,
// so that their powers neither over- nor underflow.
template <class Real>
class weibull_profile {
 public:
  explicit weibull_profile(const durations& d) : n_(static_cast<Real>(d.ended.size())) {
    for (const auto* const kind : {&d.ended, &d.cut}) {
      for (const double t : *kind) longest_ = std::max<Real>(longest_, std::log(t));
    }
    for (const double t : d.ended) {
      logs_.push_back(std::log(t) - longest_);
      mean_ += logs_.back() / n_;
    }
    for (const double t : d.cut) logs_.push_back(std::log(t) - longest_);
  }

  // Sum of t^k, and that of t^k log t and t^k log^2 t.
  struct moments {
    Real zero = 0;
    Real one = 0;
    Real two = 0;
  };
  moments at(Real k) const {
    moments m;
    for (const Real x : logs_) {
      const Real power = std::exp(k * x);
      m.zero += power;
      m.one += power * x;
      m.two += power * x * x;
    }
    return m;
  }

  // Grows with k, and is 0 at the best shape.
  Real slope(Real k) const {
    const moments m = at(k);
    return m.one / m.zero - 1 / k - mean_;
  }

  Real log_scale(Real k) const { return longest_ + std::log(at(k).zero / n_) / k; }

  Real likelihood(Real k) const {
    const Real scale = log_scale(k);
    return n_ * (std::log(k) - k * scale + (k - 1) * (mean_ + longest_) - 1);
  }

  Real events() const { return n_; }
  Real longest() const { return longest_; }

 private:
  Real n_;
  Real longest_ = -std::numeric_limits<Real>::infinity();
  Real mean_ = 0;
  std::vector<Real> logs_;
};

// Where `above` turns from false at `low` to true at `high`, both > 0.
template <class Real, class Above>
Real turning_point(Real low, Real high, const Above& above) {
  for (int i = 0; i < 200 && high - low > 1e-14 * high; ++i) {
    const Real middle = std::sqrt(low * high);
    (above(middle) ? high : low) = middle;
  }
  return std::sqrt(low * high);
}

}  // namespace detail

template <class>
exponential_fit fit_exponential(const durations& d, double confidence) {
  detail::check_durations(d, confidence);
  double time = 0;
  for (const double t : d.ended) time += t;
  for (const double t : d.cut) time += t;
  const auto n = static_cast<double>(d.ended.size());
  const double outside = (1 - confidence) / 2;
  exponential_fit out;
  out.rate = {n / time, detail::gamma_quantile(n, outside) / time,
              detail::gamma_quantile(d.cut.empty() ? n : n + 1, 1 - outside) / time};
  out.mean = time / n;
  out.log_likelihood = n * (std::log(out.rate.value) - 1);
  return out;
}

template <class>
weibull_fit fit_weibull(const durations& d, double confidence) {
  detail::check_durations(d, confidence);
  if (std::adjacent_find(d.ended.begin(), d.ended.end(), [](double a, double b) { return a != b; }) ==
      d.ended.end())
    throw invalid_argument(message("durations: all ", d.ended.size(), " that ended are ", d.ended.front(),
                                   "; two different ones are needed"));
  const detail::weibull_profile<double> profile(d);
  constexpr double least = 1e-4;
  constexpr double most = 1e6;
  const double shape = detail::turning_point(least, most, [&](double k) { return profile.slope(k) > 0; });
  weibull_fit out;
  out.log_likelihood = profile.likelihood(shape);
  // Half the quantile of chi-square with one degree of freedom.
  const double half = detail::gamma_quantile(0.5, confidence);
  const auto near = [&](double k) { return profile.likelihood(k) >= out.log_likelihood - half; };
  out.shape = {shape, detail::turning_point(least, shape, near),
               detail::turning_point(shape, most, [&](double k) { return !near(k); })};
  const double log_scale = profile.log_scale(shape);
  // Observed information of shape and log scale; u = t / scale.
  const auto m = profile.at(shape);
  const double factor = std::exp(shape * (profile.longest() - log_scale));
  const double shift = profile.longest() - log_scale;
  const double one = factor * (m.one + shift * m.zero);
  const double two = factor * (m.two + 2 * shift * m.one + shift * shift * m.zero);
  const double shape_shape = profile.events() / (shape * shape) + two;
  const double scale_scale = shape * shape * profile.events();
  const double both = shape * one;
  const double spread = std::sqrt(2 * half * shape_shape / (shape_shape * scale_scale - both * both));
  out.scale = {std::exp(log_scale), std::exp(log_scale - spread), std::exp(log_scale + spread)};
  out.mean = out.scale.value * std::tgamma(1 + 1 / shape);
  return out;
}

}  // namespace shoal::survive
