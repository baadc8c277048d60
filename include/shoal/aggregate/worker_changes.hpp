// SPDX-License-Identifier: BSL-1.0
/// @file Workers that become better or worse in the course of the items.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "shoal/aggregate/label_estimate.hpp"
#include "shoal/aggregate/label_matrix.hpp"
#include "shoal/aggregate/worker_pairs.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

namespace detail {

/// Where the reliability of workers changes in the course of the items, they become two workers each. `owner`
/// says who a worker of the new matrix is. A change counts from five standard deviations, and against the
/// median worker: items that are harder for all change nobody.
/// @complexity O(labels + workers).
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
  std::vector<double> beyond(m.workers * windows, 0.0);
  std::vector<double> shares;
  for (std::size_t x = 0; x < windows; ++x) {
    shares.clear();
    for (std::size_t w = 0; w < m.workers; ++w)
      if (said[w * windows + x] > 0) shares.push_back(right[w * windows + x] / said[w * windows + x]);
    if (shares.empty()) continue;
    const double usual = middle(shares);
    for (std::size_t w = 0; w < m.workers; ++w)
      beyond[w * windows + x] = right[w * windows + x] - usual * said[w * windows + x];
  }
  owner.resize(m.workers);
  std::vector<std::size_t> change(m.workers, windows);  // the window in which a worker became another
  std::vector<std::uint32_t> other(m.workers, 0);
  for (std::size_t w = 0; w < m.workers; ++w) {
    owner[w] = static_cast<std::uint32_t>(w);
    double all_right = 0;
    double all_beyond = 0;
    double all = 0;
    for (std::size_t x = 0; x < windows; ++x) {
      all_beyond += beyond[w * windows + x];
      all_right += right[w * windows + x];
      all += said[w * windows + x];
    }
    double most = 25;
    double first_beyond = 0;
    double first = 0;
    for (std::size_t x = 1; x < windows; ++x) {
      first_beyond += beyond[w * windows + x - 1];
      first += said[w * windows + x - 1];
      const double second = all - first;
      if (first < 20 || second < 20) continue;
      const double mean = all_right / all;
      const double off = first_beyond / first - (all_beyond - first_beyond) / second;
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

}  // namespace detail

}  // namespace shoal::aggregate
