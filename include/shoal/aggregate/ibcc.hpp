// SPDX-License-Identifier: BSL-1.0
/// @file Independent Bayesian classifier combination: Dawid and Skene's model with priors, by variational
/// inference.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "shoal/aggregate/confusion_em.hpp"
#include "shoal/aggregate/dawid_skene.hpp"
#include "shoal/aggregate/label_estimate.hpp"
#include "shoal/aggregate/label_matrix.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

namespace detail {

/// Derivative of log gamma at x > 0: by recurrence up to 10, then the asymptotic series.
/// @source Abramowitz & Stegun 1964, "Handbook of mathematical functions", 6.3.5 and 6.3.18.
inline double digamma(double x) {
  double out = 0;
  for (; x < 10; ++x) out -= 1 / x;
  const double y = 1 / (x * x);
  return out + std::log(x) - 0.5 / x -
         y * (1.0 / 12 - y * (1.0 / 120 - y * (1.0 / 252 - y * (1.0 / 240 - y / 132))));
}

}  // namespace detail

/// Independent Bayesian classifier combination. Each worker is taken to have given some right and wrong
/// labels before, so that workers with few labels are not believed too much.
/// @complexity as `dawid_skene`.
/// @source Kim & Ghahramani 2012, "Bayesian classifier combination", AISTATS; the variational form of
/// Simpson, Roberts, Psorakis & Smith 2013.
struct ibcc {
  double right = 4;  ///< labels before, for each truth, that were the truth; > 0
  double wrong = 1;  ///< labels before, for each truth and each other label; > 0
  double truth = 1;  ///< items before, of each truth; > 0
  std::size_t max_iterations = 100;
  double tolerance = 1e-6;  ///< as in `dawid_skene`

  /// @throws invalid_argument  where a prior is not > 0.
  template <class = when_used>
  label_estimate operator()(const label_matrix& m, std::span<const std::uint32_t> gold = {}) const {
    if (!(right > 0 && wrong > 0 && truth > 0))
      throw invalid_argument(message("ibcc: priors ", right, ", ", wrong, ", ", truth, " are not all > 0"));
    return detail::run_em(
        m, detail::checked_gold(m, gold), nullptr, max_iterations, tolerance,
        [&](detail::confusion_tables& t) {
          double items = 0;
          for (std::size_t k = 0; k < t.classes; ++k) items += t.truths[k] + truth;
          for (std::size_t k = 0; k < t.classes; ++k)
            t.prior[k] = std::exp(detail::digamma(t.truths[k] + truth) - detail::digamma(items));
          for (std::size_t w = 0; w < m.workers; ++w)
            for (std::size_t k = 0; k < t.classes; ++k) {
              const std::size_t at = w * t.classes * t.width + k;
              double total = 0;
              for (std::size_t l = 0; l < t.classes; ++l)
                total += t.counted[at + l * t.width] + (l == k ? right : wrong);
              const double log_total = detail::digamma(total);
              for (std::size_t l = 0; l < t.classes; ++l)
                t.chance[at + l * t.width] = std::exp(
                    detail::digamma(t.counted[at + l * t.width] + (l == k ? right : wrong)) - log_total);
            }
        });
  }
};

static_assert(label_method<ibcc>);

}  // namespace shoal::aggregate
