// SPDX-License-Identifier: BSL-1.0
/// @file Stacking: what each worker's vote is worth, learnt from a few items whose truth is known.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "shoal/aggregate/auto_labels.hpp"
#include "shoal/aggregate/dawid_skene.hpp"
#include "shoal/aggregate/label_estimate.hpp"
#include "shoal/aggregate/label_matrix.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

namespace detail {

/// A conditional logit model: the score of a class is the sum of its voters' weights and of `trust` times its
/// logarithm of probability in a first estimate.
struct vote_scores {
  std::vector<double> weight{};  ///< of each worker, less `base`
  double base = 0;               ///< weight of a vote, whoever gave it
  double trust = 1;              ///< weight of the first estimate
};

/// Probabilities of the classes of item `i`.
template <class = when_used>
void score_item(const label_matrix& m, const label_estimate& first, const vote_scores& s, std::size_t i,
                std::vector<double>& p) {
  for (std::size_t k = 0; k < m.classes; ++k) p[k] = s.trust * std::log(first.row(i)[k] + 1e-6);
  for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v) p[m.label[v]] += s.base + s.weight[m.worker[v]];
  double top = p[0];
  for (const double x : p) top = x > top ? x : top;
  double sum = 0;
  for (auto& x : p) sum += x = std::exp(x - top);
  for (auto& x : p) x /= sum;
}

/// Maximises the likelihood of the truths of `items`, less `penalty` / 2 x the squares of the weights and
/// `common_penalty` / 2 x those of the base and of trust less 1. Each step maximises a separable quadratic
/// lower bound, so that it never overshoots.
/// @complexity O(labels of the items) per step.
/// @source Boehning & Lindsay 1988, "Monotonicity of quadratic-approximation algorithms", Ann. Inst. Stat.
/// Math. 40.
template <class = when_used>
void fit_scores(const label_matrix& m, const label_estimate& first, std::span<const std::uint32_t> gold,
                const std::vector<std::size_t>& items, double penalty, double common_penalty,
                vote_scores& s) {
  std::vector<double> slope(m.workers);
  std::vector<double> bend(m.workers, 0.0);
  std::vector<double> p(m.classes);
  double base_bend = common_penalty;
  double trust_bend = common_penalty;
  for (const std::size_t i : items) {
    double size = 0;
    for (std::size_t k = 0; k < m.classes; ++k) size += std::abs(std::log(first.row(i)[k] + 1e-6));
    const auto n = static_cast<double>(m.begin[i + 1] - m.begin[i]);
    const double all = (2 * n + size) / 2;
    for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v) bend[m.worker[v]] += all;
    base_bend += all * n;
    trust_bend += all * size;
  }
  for (int step = 0; step < 3000; ++step) {
    for (auto& x : slope) x = 0;
    double base = 0;
    double trust = 0;
    for (const std::size_t i : items) {
      score_item(m, first, s, i, p);
      for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v) {
        const double off = (m.label[v] == gold[i] ? 1 : 0) - p[m.label[v]];
        slope[m.worker[v]] += off;
        base += off;
      }
      for (std::size_t k = 0; k < m.classes; ++k)
        trust += ((k == gold[i] ? 1 : 0) - p[k]) * std::log(first.row(i)[k] + 1e-6);
    }
    double largest = 0;
    for (std::size_t w = 0; w < m.workers; ++w) {
      const double move = (slope[w] - penalty * s.weight[w]) / (bend[w] + penalty);
      s.weight[w] += move;
      largest = std::abs(move) > largest ? std::abs(move) : largest;
    }
    const double base_move = (base - common_penalty * s.base) / base_bend;
    const double trust_move = (trust - common_penalty * (s.trust - 1)) / trust_bend;
    s.base += base_move;
    s.trust += trust_move;
    if (largest < 1e-5 && std::abs(base_move) < 1e-5 && std::abs(trust_move) < 1e-5) break;
  }
}

/// What the other half of the known items teaches of each of them: whether it is answered rightly, and the
/// probabilities, one item after the other.
template <class Real = double>
struct held_out {
  std::vector<char> right{};
  std::vector<Real> chances{};
};

template <class Real = double>
held_out<Real> answers_held_out(const label_matrix& m, const label_estimate& first,
                                std::span<const std::uint32_t> gold, const std::vector<std::size_t>& items,
                                Real penalty, Real common_penalty) {
  held_out<Real> out;
  out.right.resize(items.size());
  out.chances.resize(items.size() * m.classes);
  std::vector<Real> p(m.classes);
  for (std::size_t half = 0; half < 2; ++half) {
    std::vector<std::size_t> taught;
    for (std::size_t at = half; at < items.size(); at += 2) taught.push_back(items[at]);
    vote_scores scores;
    scores.weight.assign(m.workers, 0.0);
    fit_scores(m, first, gold, taught, penalty, common_penalty, scores);
    for (std::size_t at = 1 - half; at < items.size(); at += 2) {
      score_item(m, first, scores, items[at], p);
      out.right[at] = choose(p.data(), m.classes).label == gold[items[at]] ? 1 : 0;
      std::copy(p.begin(), p.end(), out.chances.begin() + static_cast<std::ptrdiff_t>(at * m.classes));
    }
  }
  return out;
}

/// The power to which probabilities are to be raised so that the mean of the largest is the share of items that
/// are answered rightly. Its logarithm counts as known / (known + 400), since few items know it badly. The
/// likelihood is no judge of it: it fears the rare truth that nobody voted for more than it minds a wrong mean.
template <class Real>
Real sharpness_of(const held_out<Real>& of, std::size_t classes) {
  const std::size_t items = of.right.size();
  Real right = 0;
  for (const char r : of.right) right += static_cast<Real>(r) / static_cast<Real>(items);
  const auto mean_top = [&](Real power) {
    Real out = 0;
    for (std::size_t at = 0; at < items; ++at) {
      const auto row = of.chances.begin() + static_cast<std::ptrdiff_t>(at * classes);
      const Real top = *std::max_element(row, row + static_cast<std::ptrdiff_t>(classes));
      Real sum = 0;
      for (std::size_t k = 0; k < classes; ++k) sum += std::pow(row[static_cast<std::ptrdiff_t>(k)] / top, power);
      out += 1 / sum / static_cast<Real>(items);
    }
    return out;
  };
  Real low = -1.5;
  Real high = 1.5;
  for (int step = 0; step < 30; ++step) {
    const Real middle = (low + high) / 2;
    (mean_top(std::exp(middle)) < right ? low : high) = middle;
  }
  const Real known = static_cast<Real>(items);
  return std::exp((low + high) / 2 * known / (known + 400));
}

/// Whether `b` is right more often than `a`, by two standard deviations of the items on which they differ.
/// @source McNemar 1947, "Note on the sampling error of the difference between correlated proportions",
/// Psychometrika 12.
inline bool clearly_better(const std::vector<char>& a, const std::vector<char>& b) {
  double gained = 0;
  double lost = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    gained += b[i] > a[i] ? 1 : 0;
    lost += a[i] > b[i] ? 1 : 0;
  }
  return gained - lost > 2 * std::sqrt(gained + lost);
}

}  // namespace detail

/// The answer of `auto_labels`, corrected by a weight for each worker's vote, which is learnt from the items
/// whose truth is known: a conditional logit model with a normal prior around "as auto_labels says". Its
/// probabilities are sharpened or blunted by what one half of the known items shows of the other, and are
/// calibrated from some hundred of them on. Workers that copy each other share their
/// weight by themselves. The prior is ten times as firm, and 400 times for what all workers have in common,
/// unless half of the known items say of the other half that the loose one is clearly better: weights that
/// fit the luck of few items would pass for certainty.
/// @complexity that of `auto_labels`, and O(labels of the known items) for each of up to 3,000 steps.
/// @source Wolpert 1992, "Stacked generalization", Neural Networks 5; McFadden 1974 (the conditional logit
/// model).
struct stack {
  double penalty = 5;  ///< inverse variance of the loose prior, > 0: how many known items outweigh it

  /// @param gold  known truth of each item, `no_label` where it is not known.
  /// @throws invalid_argument  where no truth is known, or one is no class, or the penalty is not > 0.
  template <class = when_used>
  label_estimate operator()(const label_matrix& m, std::span<const std::uint32_t> gold) const {
    if (!(penalty > 0)) throw invalid_argument(message("stack: penalty ", penalty, " is not > 0"));
    detail::checked_gold(m, gold);
    std::vector<std::size_t> items;
    for (std::size_t i = 0; i < gold.size(); ++i)
      if (gold[i] != no_label) items.push_back(i);
    if (items.empty()) throw invalid_argument("stack: no item has a known truth");
    const label_estimate first = auto_labels{}(m);
    const auto by_firm = detail::answers_held_out<double>(m, first, gold, items, 10 * penalty, 400 * penalty);
    const auto by_loose = detail::answers_held_out<double>(m, first, gold, items, penalty, penalty);
    const bool loose = detail::clearly_better(by_firm.right, by_loose.right);
    const double sharpness =
        detail::sharpness_of(loose ? by_loose : by_firm, m.classes);
    detail::vote_scores scores;
    scores.weight.assign(m.workers, 0.0);
    detail::fit_scores(m, first, gold, items, (loose ? 1 : 10) * penalty, (loose ? 1 : 400) * penalty,
                       scores);
    label_estimate out = first;
    std::vector<double> p(m.classes);
    for (std::size_t i = 0; i < m.items; ++i) {
      if (gold[i] == no_label) {
        detail::score_item(m, first, scores, i, p);
        double sum = 0;
        for (auto& x : p) sum += x = std::pow(x, sharpness);
        for (auto& x : p) x /= sum;
      } else {
        for (std::size_t k = 0; k < m.classes; ++k) p[k] = k == gold[i] ? 1 : 0;
      }
      for (std::size_t k = 0; k < m.classes; ++k) out.row(i)[k] = p[k];
    }
    detail::judge_workers(m, out);
    return out;
  }
};

}  // namespace shoal::aggregate
