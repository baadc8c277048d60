// SPDX-License-Identifier: BSL-1.0
/// @file Labels without known truths, by one setting for all: never meaningfully worse than the plurality.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "shoal/aggregate/confusion_em.hpp"
#include "shoal/aggregate/dawid_skene.hpp"
#include "shoal/aggregate/decorrelated_vote.hpp"
#include "shoal/aggregate/label_estimate.hpp"
#include "shoal/aggregate/label_matrix.hpp"
#include "shoal/aggregate/label_vote.hpp"
#include "shoal/aggregate/shared_mistakes.hpp"
#include "shoal/aggregate/worker_changes.hpp"
#include "shoal/aggregate/worker_pairs.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

namespace detail {

/// P(label | truth) of all workers together, drawn to a worker with one coin where labels are few; rows of
/// labels, as in `label_estimate::confusion`.
template <class = when_used>
std::vector<double> pooled_confusion(const label_matrix& m, const confusion_tables& t) {
  const std::size_t classes = t.classes;
  std::vector<double> pooled(classes * classes, 0.0);
  for (std::size_t w = 0; w < m.workers; ++w)
    for (std::size_t l = 0; l < classes; ++l)
      for (std::size_t k = 0; k < classes; ++k)
        pooled[l * classes + k] += t.counted[(w * classes + l) * t.width + k];
  const auto n = static_cast<double>(classes);
  double right = n / 2;
  double all = n;
  for (std::size_t l = 0; l < classes; ++l)
    for (std::size_t k = 0; k < classes; ++k) {
      all += pooled[l * classes + k];
      if (l == k) right += pooled[l * classes + k];
    }
  const double coin = right / all;
  for (std::size_t k = 0; k < classes; ++k) {
    double total = n;
    for (std::size_t l = 0; l < classes; ++l) total += pooled[l * classes + k];
    for (std::size_t l = 0; l < classes; ++l) {
      const double prior = l == k ? coin : (1 - coin) / (n - 1);
      pooled[l * classes + k] = (pooled[l * classes + k] + n * prior) / total;
    }
  }
  return pooled;
}

/// Dawid-Skene with workers that resemble each other: each is taken to have given `before` labels for each
/// truth besides, as all workers together give them. `weight` is what each worker's labels count for.
template <class = when_used>
label_estimate hierarchical_em(const label_matrix& m, const std::uint32_t* gold, const double* begin_with,
                               const std::vector<double>& weight, double before) {
  label_estimate out = run_em(m, gold, begin_with, 100, 1e-6, [&](confusion_tables& t) {
    normalise_truths(t, 1);
    const auto pooled = pooled_confusion(m, t);
    for (std::size_t w = 0; w < m.workers; ++w)
      for (std::size_t k = 0; k < t.classes; ++k) {
        const std::size_t at = w * t.classes * t.width + k;
        double total = before;
        for (std::size_t l = 0; l < t.classes; ++l) total += t.counted[at + l * t.width];
        for (std::size_t l = 0; l < t.classes; ++l) {
          const double p = (t.counted[at + l * t.width] + before * pooled[l * t.classes + k]) / total;
          t.chance[at + l * t.width] = weight[w] < 1 ? std::pow(p, weight[w]) : p;
        }
      }
  });
  judge_workers(m, out);
  return out;
}

/// How many workers are better than chance less how many are worse, both by two standard deviations.
template <class = when_used>
double honest_lead(const label_matrix& m, const std::vector<double>& reliability,
                   std::vector<double>* worse) {
  std::vector<double> said(m.workers, 0.0);
  for (const std::uint32_t w : m.worker) ++said[w];
  const double chance = 1 / static_cast<double>(m.classes);
  double lead = 0;
  for (std::size_t w = 0; w < m.workers; ++w) {
    if (said[w] < 1) continue;
    const double sure = 2 * std::sqrt(chance * (1 - chance) / said[w]);
    if (reliability[w] > chance + sure) ++lead;
    if (reliability[w] < chance - sure) {
      --lead;
      if (worse != nullptr) (*worse)[w] = 1;
    }
  }
  return lead;
}

/// Posteriors of workers whose errors correlate: the evidence of an item's n votes counts as that of the
/// number of independent workers that they are worth.
template <class = when_used>
void temper(const label_matrix& m, label_estimate& e, double correlation) {
  for (std::size_t i = 0; i < m.items; ++i) {
    const auto n = static_cast<double>(m.begin[i + 1] - m.begin[i]);
    if (n < 2) continue;
    const double power = 1 / (1 + (n - 1) * correlation);
    double sum = 0;
    for (std::size_t k = 0; k < m.classes; ++k) sum += e.row(i)[k] = std::pow(e.row(i)[k], power);
    for (std::size_t k = 0; k < m.classes; ++k) e.row(i)[k] /= sum;
  }
}

/// Correlation of two lists of as many numbers; 0 where one does not vary.
inline double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  double mean_a = 0;
  double mean_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    mean_a += a[i] / n;
    mean_b += b[i] / n;
  }
  double both = 0;
  double squares_a = 0;
  double squares_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    both += (a[i] - mean_a) * (b[i] - mean_b);
    squares_a += (a[i] - mean_a) * (a[i] - mean_a);
    squares_b += (b[i] - mean_b) * (b[i] - mean_b);
  }
  const double spread = std::sqrt(squares_a * squares_b);
  return spread > 0 ? both / spread : 0;
}

/// Whether pairs of workers have labelled enough of the same items to show how they err together: workers
/// label half of the items, and there are many more items than workers.
inline bool is_dense(const label_matrix& m) {
  const auto all = static_cast<double>(m.items) * static_cast<double>(m.workers);
  return m.workers > 3 && m.workers <= 1024 && m.items >= 10 * m.workers &&
         2 * static_cast<double>(m.size()) >= all;
}

}  // namespace detail

/// Labels without known truths, by one setting for all.
/// - Two views are averaged: a Dawid-Skene in which workers with few labels resemble the others, and a vote
///   weighted by the reliabilities that it finds. Where errors correlate, the first is believed less.
/// - Where the workers share many items, the vote takes into account how they err together
///   (`decorrelated_vote`), with reliabilities that see through common mistakes (`shared_mistakes`).
/// - Workers that copy each other count once; see `clone_weights`.
/// - More workers are taken to be better than chance than worse: where the first answer says otherwise (a
///   minority that says the same wrong thing leads the vote), the others are believed.
/// - A worker whose reliability changes against the others' in the course of the items, which are numbered in
///   the order of their time, is two workers.
/// - Where there are too many classes to learn how they are confused, it is `wawa`.
/// @complexity O(labels x classes) per iteration, and O(sum over items of workers^2 + workers^3) once.
/// @source Dawid & Skene 1979; shrinkage to the pool as in Kim & Ghahramani 2012; Kish 1965 for the design
/// effect.
struct auto_labels {
  /// @param gold  known truth of each item, `no_label` where it is not known; empty: none is.
  template <class = when_used>
  label_estimate operator()(const label_matrix& m, std::span<const std::uint32_t> gold = {}) const {
    const std::uint32_t* const known = detail::checked_gold(m, gold);
    if (m.classes < 2 || m.size() == 0) return label_plurality{}(m);
    // Of so many classes no worker has shown how it confuses them.
    if (detail::table_size(m) > detail::most_table) return wawa{}(m);
    std::vector<double> weight(m.workers, 1.0);
    label_estimate em = detail::hierarchical_em(m, known, nullptr, weight, labels_before);
    std::vector<double> wrong(m.workers, 0.0);
    const double lead = detail::honest_lead(m, em.reliability, &wrong);
    if (lead < 0) {
      const label_estimate start = detail::weighted_shares(m, wrong);
      label_estimate other =
          detail::hierarchical_em(m, known, start.probability.data(), wrong, labels_before);
      if (detail::honest_lead(m, other.reliability, nullptr) > lead) em = std::move(other);
    }
    std::vector<std::uint32_t> owner;
    const label_matrix parts = detail::split_at_changes(m, em, owner);
    double excess = excess_agreement(m, em.reliability);
    if (parts.workers > m.workers) detail::judge_workers(parts, em);
    weight = clone_weights(parts, em.reliability, excess);
    bool copied = false;
    for (const double w : weight) copied = copied || w < 1;
    if (copied || parts.workers > m.workers) {
      std::vector<double> start_weight = weight;
      for (std::size_t w = 0; w < parts.workers; ++w) start_weight[w] *= em.reliability[w];
      const label_estimate start = detail::weighted_shares(parts, start_weight);
      em = detail::hierarchical_em(parts, known, start.probability.data(), weight, labels_before);
      excess = excess_agreement(parts, em.reliability);
    }
    // How far the labels outweigh what workers are taken to have given besides: with few of them nothing is
    // learnt, reliabilities are nearly the same, and the vote decides.
    const double before = labels_before * static_cast<double>(m.classes);
    const auto labels = static_cast<double>(parts.size());
    const double learnt = labels / (labels + before * static_cast<double>(parts.workers));
    // Covariances need workers that are there throughout: who turned hostile is better taken for two.
    std::vector<double> worse(parts.workers, 0.0);
    if (parts.workers > m.workers) detail::honest_lead(parts, em.reliability, &worse);
    bool hostile = false;
    for (const double w : worse) hostile = hostile || w > 0;
    label_estimate out = em;
    detail::judge_workers(m, out);
    const bool dense = detail::is_dense(m) && !hostile;
    const label_estimate vote = dense ? dense_vote(m, out.reliability, excess, copied)
                                      : sparse_vote(parts, em.reliability, weight, before);
    detail::temper(m, out, excess);
    for (std::size_t i = 0; i < m.items; ++i) {
      if (known != nullptr && known[i] != no_label) continue;
      const auto n = static_cast<double>(m.begin[i + 1] - m.begin[i]);
      const double trust = n > 1 ? 1 / (1 + (n - 1) * excess) : 1;
      // A vote that knows how workers err together deserves more, the more they do.
      const double share = learnt * trust / (1 + trust) * (dense ? trust * trust : 1);
      if (n > 0)
        for (std::size_t k = 0; k < m.classes; ++k)
          out.row(i)[k] = share * out.row(i)[k] + (1 - share) * vote.row(i)[k];
    }
    detail::judge_workers(m, out);
    out.confusion.clear();
    return out;
  }

 private:
  static constexpr double labels_before = 4;

  /// A vote weighted by reliabilities, those of workers with few labels drawn to the mean.
  template <class = when_used>
  static label_estimate sparse_vote(const label_matrix& m, const std::vector<double>& reliability,
                                    std::vector<double> weight, double before) {
    std::vector<double> said(m.workers, 0.0);
    double mean = 0;
    for (const std::uint32_t w : m.worker) {
      ++said[w];
      mean += reliability[w] / static_cast<double>(m.size());
    }
    for (std::size_t w = 0; w < m.workers; ++w)
      weight[w] *= (said[w] * reliability[w] + before * mean) / (said[w] + before);
    return detail::weighted_shares(m, weight);
  }

  /// Where workers share many items: a vote that knows how they err together. The more they do, the more
  /// their reliabilities are those of `shared_mistakes`, unless copies explain it.
  template <class = when_used>
  static label_estimate dense_vote(const label_matrix& m, std::vector<double> right, double excess,
                                   bool copied) {
    if (!copied && m.classes > 2) {
      const auto shared = shared_mistakes{}(m).reliability;
      const double alike = (static_cast<double>(m.workers) - 1) * excess;
      // Relatives that vouch for each other can pass for the able. Then the two opinions of who is able
      // differ.
      const double same = detail::correlation(right, shared);
      const double share = same > 0 ? same * same * alike * alike / (1 + alike * alike) : 0;
      for (std::size_t w = 0; w < m.workers; ++w) right[w] += share * (shared[w] - right[w]);
    }
    return decorrelated_vote(m, right);
  }
};

static_assert(label_method<auto_labels>);

}  // namespace shoal::aggregate
