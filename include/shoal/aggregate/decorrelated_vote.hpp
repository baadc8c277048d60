// SPDX-License-Identifier: BSL-1.0
/// @file A vote whose weights take into account that voters err together.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "shoal/aggregate/label_estimate.hpp"
#include "shoal/aggregate/label_matrix.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

namespace detail {

/// Solves A x = b in place of b, for a symmetric positive definite A of n x n numbers, row by row, which is
/// overwritten. A pivot that rounding has eaten counts as free of information.
/// @complexity O(n^3).
template <class = when_used>
void solve_positive(std::vector<double>& a, std::vector<double>& b) {
  const std::size_t n = b.size();
  for (std::size_t j = 0; j < n; ++j) {
    double pivot = a[j * n + j];
    for (std::size_t k = 0; k < j; ++k) pivot -= a[j * n + k] * a[j * n + k];
    const double root = std::sqrt(pivot > 1e-300 ? pivot : 1e300);
    a[j * n + j] = root;
    for (std::size_t i = j + 1; i < n; ++i) {
      double x = a[i * n + j];
      for (std::size_t k = 0; k < j; ++k) x -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = x / root;
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i * n + k] * b[k];
    b[i] /= a[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[k * n + i] * b[k];
    b[i] /= a[i * n + i];
  }
}

}  // namespace detail

/// Weights of the workers' votes of which the probability that a label is the truth is a sum, as exactly as a
/// sum can be: the linear regression of "this label is the truth" on "this worker said it". Its covariances
/// come from the labels alone, and of the truths it needs only how often each worker is right. Workers that
/// say the same share a weight; the weight of one that follows the others without knowing more falls to 0 or
/// below.
struct decorrelated_weights {
  std::vector<double> weight{};  ///< of each worker's vote
  double rest = 0;               ///< probability of a label that nobody gave
};

/// @param right  of each worker: the chance that its label is right, [0, 1].
/// @complexity O(sum over items of workers^2 + workers^3); memory workers^2.
/// @source Fisher 1936, "The use of multiple measurements in taxonomic problems"; that the covariances of all
/// data give the same direction as those within the classes makes it work without truths.
template <class = when_used>
decorrelated_weights decorrelate(const label_matrix& m, std::span<const double> right) {
  if (right.size() != m.workers)
    throw invalid_argument(message("decorrelate: ", right.size(), " chances of ", m.workers, " workers"));
  const std::size_t n = m.workers;
  decorrelated_weights out;
  out.weight.assign(n, 0.0);
  if (m.items == 0 || m.classes == 0) return out;
  std::vector<double> same(n * n, 0.0);
  for (std::size_t i = 0; i < m.items; ++i)
    for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v)
      for (std::size_t u = m.begin[i]; u <= v; ++u)
        if (m.label[u] == m.label[v]) same[m.worker[v] * n + m.worker[u]] += 1;
  const auto items = static_cast<double>(m.items);
  const auto classes = static_cast<double>(m.classes);
  const double ridge = 1 + 0.01 + static_cast<double>(n) / items;
  std::vector<double> said(n);
  for (std::size_t w = 0; w < n; ++w) said[w] = same[w * n + w] / items;
  for (std::size_t v = 0; v < n; ++v) {
    for (std::size_t u = 0; u <= v; ++u) {
      const double covariance = same[v * n + u] / items - said[u] * said[v] / classes;
      same[v * n + u] = covariance * (u == v ? ridge : 1);
    }
    out.weight[v] = said[v] * (right[v] - 1 / classes);
  }
  detail::solve_positive(same, out.weight);
  out.rest = 1 / classes;
  for (std::size_t w = 0; w < n; ++w) out.rest -= out.weight[w] * said[w] / classes;
  return out;
}

/// The vote by these weights: sums that are below half a percent count as that, and each item's are scaled to
/// sum to 1.
template <class = when_used>
label_estimate decorrelated_vote(const label_matrix& m, std::span<const double> right) {
  const decorrelated_weights by = decorrelate(m, right);
  label_estimate out = detail::blank_estimate(m);
  for (std::size_t i = 0; i < m.items; ++i) {
    double* const row = out.row(i);
    for (std::size_t k = 0; k < m.classes; ++k) row[k] = by.rest;
    for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v) row[m.label[v]] += by.weight[m.worker[v]];
    double sum = 0;
    for (std::size_t k = 0; k < m.classes; ++k) sum += row[k] = row[k] > 0.005 ? row[k] : 0.005;
    for (std::size_t k = 0; k < m.classes; ++k) row[k] /= sum;
  }
  out.reliability.assign(right.begin(), right.end());
  return out;
}

}  // namespace shoal::aggregate
