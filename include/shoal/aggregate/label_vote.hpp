// SPDX-License-Identifier: BSL-1.0
/// @file Votes over a whole label matrix: plurality, agreement with it (Wawa), zero-based skill.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "shoal/aggregate/label_estimate.hpp"
#include "shoal/aggregate/label_matrix.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

namespace detail {

/// The label with the most votes, the smallest of several, by counters of `Bits` bits in one machine word: up
/// to 2^Bits - 1 labels of up to 64 / Bits classes.
template <unsigned Bits>
std::uint32_t most_voted(const std::uint32_t* label, std::size_t count, std::size_t classes) {
  std::uint64_t votes = 0;
  for (std::size_t v = 0; v < count; ++v) votes += std::uint64_t{1} << (Bits * label[v]);
  constexpr std::uint32_t last = 64 / Bits - 1;
  std::uint64_t best = 0;
  for (std::uint32_t k = 0; k < classes; ++k) {
    const std::uint64_t line = ((votes & ((std::uint64_t{1} << Bits) - 1)) << 8U) | (last - k);
    best = line > best ? line : best;
    votes >>= Bits;
  }
  return last - static_cast<std::uint32_t>(best & 255U);
}

}  // namespace detail

/// The most frequent label of each item, the smallest where several are; `no_label` where there is none.
/// Nothing but that: for speed.
/// @complexity O(labels + items x classes).
template <class = when_used>
std::vector<std::uint32_t> plurality_labels(const label_matrix& m) {
  std::vector<std::uint32_t> out(m.items, no_label);
  std::vector<std::size_t> votes(m.classes, 0);
  for (std::size_t i = 0; i < m.items; ++i) {
    const std::uint32_t* const label = m.label.data() + m.begin[i];
    const std::size_t count = m.begin[i + 1] - m.begin[i];
    if (count == 0) continue;
    if (m.classes <= 2) {
      std::size_t ones = 0;
      for (std::size_t v = 0; v < count; ++v) ones += label[v];
      out[i] = 2 * ones > count ? 1 : 0;
    } else if (m.classes <= 16 && count <= 15) {
      out[i] = detail::most_voted<4>(label, count, m.classes);
    } else if (m.classes <= 8 && count <= 255) {
      out[i] = detail::most_voted<8>(label, count, m.classes);
    } else {
      std::uint32_t best = label[0];
      for (std::size_t v = 0; v < count; ++v) {
        const std::uint32_t l = label[v];
        const std::size_t n = ++votes[l];
        if (n > votes[best] || (n == votes[best] && l < best)) best = l;
      }
      out[i] = best;
      for (std::size_t v = 0; v < count; ++v) votes[label[v]] = 0;
    }
  }
  return out;
}

namespace detail {

/// The share of each class in the sum of its workers' weights, for each item; even where no weight is left.
template <class = when_used>
label_estimate weighted_shares(const label_matrix& m, const std::vector<double>& weight) {
  label_estimate out = blank_estimate(m);
  const double even = m.classes == 0 ? 0 : 1.0 / static_cast<double>(m.classes);
  for (std::size_t i = 0; i < m.items; ++i) {
    double* const row = out.row(i);
    double total = 0;
    for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v) {
      row[m.label[v]] += weight[m.worker[v]];
      total += weight[m.worker[v]];
    }
    for (std::size_t k = 0; k < m.classes; ++k) row[k] = total > 0 ? row[k] / total : even;
  }
  return out;
}

/// Share of each worker's labels that lead the vote `of`; a tie counts as its part.
template <class = when_used>
std::vector<double> agreement(const label_matrix& m, const label_estimate& of, double without_labels) {
  std::vector<double> agreed(m.workers, 0.0);
  std::vector<double> said(m.workers, 0.0);
  for (std::size_t i = 0; i < m.items; ++i) {
    const label_choice best = choose(of.row(i), m.classes);
    for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v) {
      said[m.worker[v]] += 1;
      if (best.confidence - of.row(i)[m.label[v]] < 1e-9)
        agreed[m.worker[v]] += 1 / static_cast<double>(best.tied);
    }
  }
  for (std::size_t w = 0; w < m.workers; ++w) agreed[w] = said[w] > 0 ? agreed[w] / said[w] : without_labels;
  return agreed;
}

}  // namespace detail

/// The share of votes of each class. One worker, one vote.
struct label_plurality {
  template <class = when_used>
  label_estimate operator()(const label_matrix& m) const {
    label_estimate out = detail::weighted_shares(m, std::vector<double>(m.workers, 1.0));
    out.reliability = detail::agreement(m, out, 0.0);
    return out;
  }
};

/// Worker agreement with aggregate: each worker's vote weighs as much as the share of its labels that lead
/// the plurality.
/// @complexity O(labels + items x classes).
/// @source Ustalov, Pavlichenko & Tseitlin 2023, "Learning from crowds with Crowd-Kit".
struct wawa {
  template <class = when_used>
  label_estimate operator()(const label_matrix& m) const {
    const auto skill =
        detail::agreement(m, detail::weighted_shares(m, std::vector<double>(m.workers, 1.0)), 0.0);
    label_estimate out = detail::weighted_shares(m, skill);
    out.reliability = skill;
    return out;
  }
};

/// Zero-based skill: every worker begins with the skill of one who guesses; the vote and the skills are then
/// made from each other until the skills stand still.
/// @complexity O(labels + items x classes) per iteration.
/// @source Ustalov, Pavlichenko & Tseitlin 2023, "Learning from crowds with Crowd-Kit".
struct zero_based_skill {
  std::size_t max_iterations = 100;
  double tolerance = 1e-5;  ///< largest change of a skill that is called standing still

  template <class = when_used>
  label_estimate operator()(const label_matrix& m) const {
    std::vector<double> skill(m.workers, m.classes == 0 ? 0 : 1.0 / static_cast<double>(m.classes));
    label_estimate out = detail::weighted_shares(m, skill);
    double rate = 1;
    std::size_t done = 0;
    out.converged = false;
    for (; done < max_iterations && !out.converged; ++done) {
      if (done > 0 && done % 20 == 0) rate /= 2;
      const auto agreed = detail::agreement(m, out, 0.0);
      double change = 0;
      for (std::size_t w = 0; w < m.workers; ++w) {
        const double step = rate * (agreed[w] - skill[w]);
        skill[w] += step;
        change = std::abs(step) > change ? std::abs(step) : change;
      }
      out = detail::weighted_shares(m, skill);
      out.converged = change < tolerance;
    }
    out.iterations = done;
    out.reliability = skill;
    return out;
  }
};

static_assert(label_method<label_plurality> && label_method<wawa> && label_method<zero_based_skill>);

}  // namespace shoal::aggregate
