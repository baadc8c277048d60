// SPDX-License-Identifier: BSL-1.0
/// @file Dawid and Skene's model: each worker errs in its own way, and the truth is what explains all labels
/// best.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "shoal/aggregate/confusion_em.hpp"
#include "shoal/aggregate/label_estimate.hpp"
#include "shoal/aggregate/label_matrix.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

namespace detail {

/// @throws invalid_argument  where there is gold, but not one for each item, or one that is no class.
inline const std::uint32_t* checked_gold(const label_matrix& m, std::span<const std::uint32_t> gold) {
  if (gold.empty()) return nullptr;
  if (gold.size() != m.items)
    throw invalid_argument(message("gold of ", gold.size(), " items, but there are ", m.items));
  for (std::size_t i = 0; i < gold.size(); ++i)
    if (gold[i] != no_label && gold[i] >= m.classes)
      throw invalid_argument(message("gold of item ", i, ": class ", gold[i], " is not below ", m.classes));
  return gold.data();
}

/// `prior` from the expected numbers of items of each truth, each raised by `extra`.
inline void normalise_truths(confusion_tables& t, double extra) {
  double items = 0;
  for (std::size_t k = 0; k < t.classes; ++k) items += t.truths[k] + extra;
  for (std::size_t k = 0; k < t.classes; ++k)
    t.prior[k] = items > 0 ? (t.truths[k] + extra) / items : 1 / static_cast<double>(t.classes);
}

}  // namespace detail

/// Full Dawid-Skene by expectation and maximisation: every worker has a chance of each label for each truth;
/// with the shares of votes to begin with, truths and chances are made from each other until the likelihood
/// stands still. It needs workers with tens of labels for each class. It takes the largest group of workers
/// that agree for the truth, whether they are right or copy each other (see `auto_labels`).
/// @complexity O(labels x classes) per iteration; memory workers x classes^2 beside the result.
/// @source Dawid & Skene 1979, "Maximum likelihood estimation of observer error-rates using the EM
/// algorithm", Applied Statistics 28.
struct dawid_skene {
  std::size_t max_iterations = 100;
  double tolerance = 1e-6;  ///< change of log likelihood for each label, in nats, that ends the work
  double smoothing =
      0.01;  ///< labels that every worker is taken to have given besides, for each truth and label

  /// @param gold  known truth of each item, `no_label` where it is not known; empty: none is.
  template <class = when_used>
  label_estimate operator()(const label_matrix& m, std::span<const std::uint32_t> gold = {}) const {
    return detail::run_em(m, detail::checked_gold(m, gold), nullptr, max_iterations, tolerance,
                          [&](detail::confusion_tables& t) {
                            detail::normalise_truths(t, 0);
                            for (std::size_t w = 0; w < m.workers; ++w)
                              for (std::size_t k = 0; k < t.classes; ++k) {
                                const std::size_t at = w * t.classes * t.width + k;
                                double total = 0;
                                for (std::size_t l = 0; l < t.classes; ++l)
                                  total += t.counted[at + l * t.width] + smoothing;
                                for (std::size_t l = 0; l < t.classes; ++l)
                                  t.chance[at + l * t.width] =
                                      total > 0 ? (t.counted[at + l * t.width] + smoothing) / total
                                                : 1 / static_cast<double>(t.classes);
                              }
                          });
  }
};

/// One-coin Dawid-Skene: a worker is right with one chance whatever the truth, and errs evenly.
/// @complexity as `dawid_skene`.
/// @source Zhang, Chen, Zhou & Jordan 2016, "Spectral methods meet EM", JMLR 17, section 2.
struct one_coin {
  std::size_t max_iterations = 100;
  double tolerance = 1e-6;  ///< as in `dawid_skene`
  double smoothing = 0.01;  ///< right and wrong labels that every worker is taken to have given besides

  template <class = when_used>
  label_estimate operator()(const label_matrix& m, std::span<const std::uint32_t> gold = {}) const {
    return detail::run_em(m, detail::checked_gold(m, gold), nullptr, max_iterations, tolerance,
                          [&](detail::confusion_tables& t) {
                            detail::normalise_truths(t, 0);
                            for (std::size_t w = 0; w < m.workers; ++w) {
                              const std::size_t at = w * t.classes * t.width;
                              double right = smoothing;
                              double all = 2 * smoothing;
                              for (std::size_t l = 0; l < t.classes; ++l)
                                for (std::size_t k = 0; k < t.classes; ++k) {
                                  all += t.counted[at + l * t.width + k];
                                  if (l == k) right += t.counted[at + l * t.width + k];
                                }
                              const double p = all > 0 ? right / all : 1 / static_cast<double>(t.classes);
                              const double wrong =
                                  t.classes > 1 ? (1 - p) / static_cast<double>(t.classes - 1) : 0;
                              for (std::size_t l = 0; l < t.classes; ++l)
                                for (std::size_t k = 0; k < t.classes; ++k)
                                  t.chance[at + l * t.width + k] = l == k ? p : wrong;
                            }
                          });
  }
};

static_assert(label_method<dawid_skene> && label_method<one_coin>);

}  // namespace shoal::aggregate
