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
#include "shoal/aggregate/label_estimate.hpp"
#include "shoal/aggregate/label_matrix.hpp"
#include "shoal/aggregate/label_vote.hpp"
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

/// Where the reliability of workers changes in the course of the items, they become two workers each. `owner`
/// says who a worker of the new matrix is. A change counts from five standard deviations.
template <class = when_used>
label_matrix split_at_changes(const label_matrix& m, const label_estimate& e,
                              std::vector<std::uint32_t>& owner) {
  constexpr std::size_t windows = 8;
  std::vector<double> right(m.workers * windows, 0.0);
  std::vector<double> said(m.workers * windows, 0.0);
  for (std::size_t i = 0; i < m.items; ++i) {
    const std::size_t window = i * windows / m.items;
    for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v) {
      right[m.worker[v] * windows + window] += e.row(i)[m.label[v]];
      said[m.worker[v] * windows + window] += 1;
    }
  }
  owner.resize(m.workers);
  std::vector<std::size_t> change(m.workers, windows);  // the window in which a worker became another
  std::vector<std::uint32_t> other(m.workers, 0);
  for (std::size_t w = 0; w < m.workers; ++w) {
    owner[w] = static_cast<std::uint32_t>(w);
    double all_right = 0;
    double all = 0;
    for (std::size_t x = 0; x < windows; ++x) {
      all_right += right[w * windows + x];
      all += said[w * windows + x];
    }
    double most = 25;
    double first_right = 0;
    double first = 0;
    for (std::size_t x = 1; x < windows; ++x) {
      first_right += right[w * windows + x - 1];
      first += said[w * windows + x - 1];
      const double second = all - first;
      if (first < 20 || second < 20) continue;
      const double mean = all_right / all;
      const double off = first_right / first - (all_right - first_right) / second;
      const double variance = mean * (1 - mean) * (1 / first + 1 / second);
      if (off * off > most * variance) {
        most = off * off / variance;
        change[w] = x;
      }
    }
    if (change[w] == windows) continue;
    other[w] = static_cast<std::uint32_t>(owner.size());
    owner.push_back(static_cast<std::uint32_t>(w));
  }
  label_matrix out = m;
  out.workers = owner.size();
  for (std::size_t i = 0; i < m.items; ++i)
    for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v)
      if (i * windows / m.items >= change[m.worker[v]]) out.worker[v] = other[m.worker[v]];
  return out;
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

}  // namespace detail

/// Labels without known truths, by one setting for all.
/// - Two views are averaged: a Dawid-Skene in which workers with few labels resemble the others, and a vote
/// weighted
///   by the reliabilities that it finds. Where errors correlate, the first is the less believed, and less
///   sure.
/// - Workers that copy each other count once; see `clone_weights`.
/// - More workers are taken to be better than chance than worse: where the first answer says otherwise (a
/// minority
///   that says the same wrong thing leads the vote), the others are believed.
/// - A worker whose reliability changes in the course of the items, which are numbered in the order of their
/// time,
///   is two workers.
/// - Where there are too many classes to learn how they are confused, it is `wawa`.
/// @complexity O(labels x classes) per iteration, and O(sum over items of workers^2) once.
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
    std::vector<double> worse(m.workers, 0.0);
    const double lead = detail::honest_lead(m, em.reliability, &worse);
    if (lead < 0) {
      const label_estimate start = detail::weighted_shares(m, worse);
      label_estimate other =
          detail::hierarchical_em(m, known, start.probability.data(), worse, labels_before);
      if (detail::honest_lead(m, other.reliability, nullptr) > lead) em = std::move(other);
    }
    std::vector<std::uint32_t> owner;
    const label_matrix parts = detail::split_at_changes(m, em, owner);
    double excess = excess_agreement(m, em.reliability);
    weight = clone_weights(parts, reliabilities(em, owner), excess);
    bool changed = parts.workers > m.workers;
    for (const double w : weight) changed = changed || w < 1;
    if (changed) {
      std::vector<double> start_weight = weight;
      for (std::size_t w = 0; w < parts.workers; ++w) start_weight[w] *= em.reliability[owner[w]];
      const label_estimate start = detail::weighted_shares(parts, start_weight);
      em = detail::hierarchical_em(parts, known, start.probability.data(), weight, labels_before);
      excess = excess_agreement(parts, em.reliability);
    }
    // How far the labels outweigh what workers are taken to have given besides: with few of them nothing is
    // learnt, reliabilities are nearly the same, and the vote decides.
    const double before = labels_before * static_cast<double>(m.classes);
    const auto labels = static_cast<double>(parts.size());
    const double learnt = labels / (labels + before * static_cast<double>(parts.workers));
    std::vector<double> said(parts.workers, 0.0);
    double mean = 0;
    for (const std::uint32_t w : parts.worker) {
      ++said[w];
      mean += em.reliability[w] / labels;
    }
    for (std::size_t w = 0; w < parts.workers; ++w)
      weight[w] *= (said[w] * em.reliability[w] + before * mean) / (said[w] + before);
    const label_estimate vote = detail::weighted_shares(parts, weight);
    label_estimate out = em;
    detail::temper(m, out, excess);
    for (std::size_t i = 0; i < m.items; ++i) {
      if (known != nullptr && known[i] != no_label) continue;
      const auto n = static_cast<double>(m.begin[i + 1] - m.begin[i]);
      const double trust = n > 1 ? 1 / (1 + (n - 1) * excess) : 1;
      const double share = learnt * trust / (1 + trust);
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

  template <class = when_used>
  static std::vector<double> reliabilities(const label_estimate& e, const std::vector<std::uint32_t>& owner) {
    std::vector<double> out;
    for (const std::uint32_t w : owner) out.push_back(e.reliability[w]);
    return out;
  }
};

static_assert(label_method<auto_labels>);

}  // namespace shoal::aggregate
