// SPDX-License-Identifier: BSL-1.0
/// @file Workers beside each other: how much more they agree than independent ones would, and how many
/// independent ones they are worth.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "shoal/aggregate/label_estimate.hpp"
#include "shoal/aggregate/label_matrix.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

namespace detail {

/// Chance that two independent workers agree: both are right, or both give the same wrong label of all that
/// are as likely.
inline double chance_agreement(double right_a, double right_b, std::size_t classes) {
  const double others = classes > 1 ? static_cast<double>(classes - 1) : 1;
  return right_a * right_b + (1 - right_a) * (1 - right_b) / others;
}

/// The upper of the middle numbers, which are reordered; not for none.
inline double middle(std::vector<double>& numbers) {
  const auto at = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::nth_element(numbers.begin(), at, numbers.end());
  return *at;
}

}  // namespace detail

/// How much more the workers of an item agree than independent ones of their reliability would, on average
/// over pairs: 0 they err independently, 1 they all say the same.
/// @complexity O(labels + items x classes).
template <class = when_used>
double excess_agreement(const label_matrix& m, const std::vector<double>& reliability) {
  std::vector<double> votes(m.classes, 0.0);
  const double others = m.classes > 1 ? static_cast<double>(m.classes - 1) : 1;
  double agreed = 0;
  double expected = 0;
  double pairs = 0;
  for (std::size_t i = 0; i < m.items; ++i) {
    double right = 0;
    double right_squares = 0;
    double wrong = 0;
    double wrong_squares = 0;
    for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v) {
      const double a = reliability[m.worker[v]];
      right += a;
      right_squares += a * a;
      wrong += 1 - a;
      wrong_squares += (1 - a) * (1 - a);
      agreed += votes[m.label[v]]++;
    }
    for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v) votes[m.label[v]] = 0;
    const auto n = static_cast<double>(m.begin[i + 1] - m.begin[i]);
    expected += (right * right - right_squares + (wrong * wrong - wrong_squares) / others) / 2;
    pairs += n * (n - 1) / 2;
  }
  return pairs - expected > 0 && agreed > expected ? (agreed - expected) / (pairs - expected) : 0;
}

/// How many independent workers `n` of them are worth, where each pair's errors correlate by `correlation`.
/// @source Kish 1965, "Survey Sampling", section 5.4 (the design effect).
inline double independent_workers(double n, double correlation) { return n / (1 + (n - 1) * correlation); }

/// Mean correlation of the workers' errors, from known truths: of each pair over the items that both
/// labelled.
/// @param truth  of each item; items with `no_label` are left out.
/// @complexity O(sum over items of workers^2); memory workers^2.
template <class = when_used>
double error_correlation(const label_matrix& m, const std::vector<std::uint32_t>& truth) {
  struct pair_counts {
    double both = 0, first = 0, second = 0, common = 0;
  };
  std::vector<pair_counts> pairs(m.workers * m.workers);
  for (std::size_t i = 0; i < m.items; ++i) {
    if (truth[i] == no_label) continue;
    for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v)
      for (std::size_t u = m.begin[i]; u < v; ++u) {
        auto& p = pairs[m.worker[u] * m.workers + m.worker[v]];
        const double wrong_u = m.label[u] == truth[i] ? 0 : 1;
        const double wrong_v = m.label[v] == truth[i] ? 0 : 1;
        ++p.common;
        p.first += wrong_u;
        p.second += wrong_v;
        p.both += wrong_u * wrong_v;
      }
  }
  double sum = 0;
  double counted = 0;
  for (const auto& p : pairs) {
    const double a = p.first / p.common;
    const double b = p.second / p.common;
    const double spread = std::sqrt(a * (1 - a) * b * (1 - b));
    if (!(p.common >= 2 && spread > 0)) continue;
    sum += (p.both / p.common - a * b) / spread;
    ++counted;
  }
  return counted > 0 ? sum / counted : 0;
}

/// What each worker's vote is worth once copies are discounted: 1 / (1 + the shares of its labels that seem
/// copied by or from others), so that n exact copies count as one. A pair counts as copying where, beyond the
/// common excess, more than half of what they could agree on is agreed, by five standard deviations.
/// @param excess  what pairs agree beyond chance in general; see `excess_agreement`.
/// @complexity O(sum over items of workers^2); memory workers^2. Beyond 1,024 workers all weigh 1.
template <class = when_used>
std::vector<double> clone_weights(const label_matrix& m, const std::vector<double>& reliability,
                                  double excess) {
  std::vector<double> weight(m.workers, 1.0);
  if (m.workers > 1024 || m.workers < 3) return weight;
  std::vector<std::uint32_t> common(m.workers * m.workers, 0);
  std::vector<std::uint32_t> agreed(m.workers * m.workers, 0);
  for (std::size_t i = 0; i < m.items; ++i)
    for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v)
      for (std::size_t u = m.begin[i]; u < v; ++u) {
        const std::size_t at = m.worker[u] * m.workers + m.worker[v];
        ++common[at];
        agreed[at] += m.label[u] == m.label[v] ? 1U : 0U;
      }
  // How often each agrees with those who are not its copies to the letter.
  const auto pair_at = [&](std::size_t u, std::size_t v) {
    return u < v ? u * m.workers + v : v * m.workers + u;
  };
  std::vector<double> with_others(m.workers, 0.0);
  for (std::size_t u = 0; u < m.workers; ++u) {
    double n = 0;
    for (std::size_t v = 0; v < m.workers; ++v) {
      const std::size_t at = pair_at(u, v);
      if (v == u || agreed[at] >= 0.99 * common[at]) continue;
      with_others[u] += agreed[at];
      n += common[at];
    }
    with_others[u] = n > 0 ? with_others[u] / n : 1;
  }
  std::vector<double> copied(m.workers, 0.0);
  for (std::size_t u = 0; u < m.workers; ++u)
    for (std::size_t v = u + 1; v < m.workers; ++v) {
      const double n = common[u * m.workers + v];
      const double same = agreed[u * m.workers + v];
      if (n < 20) continue;
      const double chance = detail::chance_agreement(reliability[u], reliability[v], m.classes);
      double usual = chance + excess * (1 - chance);
      if (same >= 0.99 * n) {
        const double outside = with_others[u] > with_others[v] ? with_others[u] : with_others[v];
        usual = outside < usual ? outside : usual;
      }
      const double beyond = same - n * usual;
      const double share = usual < 1 ? beyond / (n * (1 - usual)) : 0;
      if (share > 0.5 && beyond * beyond > 25 * n * usual * (1 - usual)) {
        copied[u] += share;
        copied[v] += share;
      }
    }
  for (std::size_t w = 0; w < m.workers; ++w) weight[w] = 1 / (1 + copied[w]);
  return weight;
}

/// The relatives of each worker. What unrelated workers agree beyond chance is close to a product of one
/// figure for each of them: how near it comes to what all say. Relatives (models of one descent, say) agree
/// more than that, by a tenth of what they could and by five standard deviations of such differences. Unlike
/// copies, they may well disagree.
/// @complexity O(sum over items of workers^2 + workers^2 log workers); memory workers^2. Of fewer than 4
/// workers, and of more than 1,024, none are related.
template <class = when_used>
std::vector<std::vector<std::uint32_t>> relatives_of(const label_matrix& m) {
  const std::size_t n = m.workers;
  std::vector<std::vector<std::uint32_t>> out(n);
  if (n > 1024 || n < 4 || m.classes < 2) return out;
  std::vector<double> common(n * n, 0.0);
  std::vector<double> same(n * n, 0.0);
  for (std::size_t i = 0; i < m.items; ++i)
    for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v)
      for (std::size_t u = m.begin[i]; u < v; ++u) {
        const std::size_t at = m.worker[u] * n + m.worker[v];
        common[at] += 1;
        same[at] += m.label[u] == m.label[v] ? 1 : 0;
      }
  const double chance = 1 / static_cast<double>(m.classes);
  constexpr double least_common = 20;  // items that say how two agree
  for (std::size_t u = 0; u < n; ++u)
    for (std::size_t v = u + 1; v < n; ++v) {
      const double all = common[u * n + v];
      const double agreed = all > 0 ? (same[u * n + v] / all - chance) / (1 - chance) : 0;
      same[u * n + v] = same[v * n + u] = agreed > 0 ? agreed : 0;
      common[v * n + u] = all;
    }
  // The figures as medians, which a few relatives do not move.
  std::vector<double> near(n, 0.7);
  std::vector<double> ratios;
  for (int step = 0; step < 50; ++step) {
    std::vector<double> next = near;
    for (std::size_t u = 0; u < n; ++u) {
      ratios.clear();
      for (std::size_t v = 0; v < n; ++v)
        if (v != u && common[u * n + v] >= least_common && near[v] > 0.01)
          ratios.push_back(same[u * n + v] / near[v]);
      if (ratios.empty()) continue;
      const double half = detail::middle(ratios);
      next[u] = (near[u] + (half < 0.99 ? half : 0.99)) / 2;
    }
    near = std::move(next);
  }
  std::vector<double> beyond;
  std::vector<double> sizes;
  for (std::size_t u = 0; u < n; ++u)
    for (std::size_t v = u + 1; v < n; ++v) {
      if (common[u * n + v] < least_common) continue;
      const double usual = near[u] * near[v];
      beyond.push_back((same[u * n + v] - usual) / (1 - usual));
      sizes.push_back(std::abs(beyond.back()));
    }
  if (sizes.empty()) return out;
  const double normal = 5 * 1.4826 * detail::middle(sizes);  // five standard deviations, by the median
  const double limit = normal > 0.1 ? normal : 0.1;
  std::size_t pair = 0;
  for (std::size_t u = 0; u < n; ++u)
    for (std::size_t v = u + 1; v < n; ++v) {
      if (common[u * n + v] < least_common) continue;
      if (beyond[pair++] <= limit) continue;
      out[u].push_back(static_cast<std::uint32_t>(v));
      out[v].push_back(static_cast<std::uint32_t>(u));
    }
  return out;
}

}  // namespace shoal::aggregate
