// SPDX-License-Identifier: BSL-1.0
/// @file What a label-free method makes of a label matrix: a probability of each class for each item, and
/// what each worker is worth.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "shoal/aggregate/label_matrix.hpp"
#include "shoal/aggregate/result.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

/// The answer to all items at once. An item that nobody labelled has the prior's probabilities, and `votes`
/// 0.
struct label_estimate {
  std::size_t classes = 0;
  std::vector<double> probability{};  ///< items x classes, row by row; a row sums to 1
  std::vector<double> prior{};        ///< of each class: how often it is the truth
  std::vector<double> reliability{};  ///< of each worker: chance that its label is right, [0, 1]
  std::vector<double> confusion{};    ///< workers x classes x classes: P(label l | truth k) at
                                      ///< (worker * classes + l) * classes + k; empty where a method has none
  double log_likelihood = 0;          ///< of the labels, in nats; 0 where a method has no such figure
  std::size_t iterations = 0;
  bool converged = true;  ///< false where the limit of iterations ended the work

  std::size_t items() const { return classes == 0 ? 0 : probability.size() / classes; }
  const double* row(std::size_t item) const { return probability.data() + item * classes; }
  double* row(std::size_t item) { return probability.data() + item * classes; }
};

/// The most probable class of an item, the smallest where several are as probable.
/// `confidence` is its probability, `margin` that less the next best's.
struct label_choice {
  std::uint32_t label = 0;
  double confidence = 0;
  double margin = 0;
  std::size_t tied = 1;  ///< classes that share the first place; 1: no tie
};

/// The choice at a row of `classes` probabilities; they are the same where they differ by less than 1e-9.
inline label_choice choose(const double* row, std::size_t classes) {
  label_choice out;
  double next = 0;
  for (std::size_t k = 1; k < classes; ++k)
    if (row[k] > row[out.label]) out.label = static_cast<std::uint32_t>(k);
  const double top = classes == 0 ? 0 : row[out.label];
  std::uint32_t first = out.label;
  out.tied = classes == 0 ? 1 : 0;
  for (std::size_t k = 0; k < classes; ++k) {
    if (top - row[k] < 1e-9) {
      if (out.tied++ == 0) first = static_cast<std::uint32_t>(k);
    } else if (row[k] > next) {
      next = row[k];
    }
  }
  out.label = first;
  out.confidence = top;
  out.margin = out.tied > 1 ? 0 : top - next;
  return out;
}

/// A method that answers all items of a matrix at once. It does not depend on the order in which labels came.
template <class M>
concept label_method = std::copy_constructible<M> && requires(const M& method, const label_matrix& m) {
  { method(m) } -> std::same_as<label_estimate>;
};

namespace detail {

/// Probabilities that an estimate has room for: 3.2 GB of them.
inline constexpr double most_probabilities = 4e8;

/// An estimate with the shapes of `m` and nothing in it yet.
/// @throws invalid_argument  where items x classes are more probabilities than memory should hold.
template <class = when_used>
label_estimate blank_estimate(const label_matrix& m) {
  if (static_cast<double>(m.items) * static_cast<double>(m.classes) > most_probabilities) {
    throw invalid_argument(message("a probability of each of ", m.classes, " classes for each of ", m.items,
                                   " items is too much: use plurality_labels, or fewer classes"));
  }
  label_estimate out;
  out.classes = m.classes;
  out.probability.assign(m.items * m.classes, 0.0);
  out.prior.assign(m.classes, m.classes == 0 ? 0.0 : 1.0 / static_cast<double>(m.classes));
  out.reliability.assign(m.workers, 0.0);
  return out;
}

/// Fills `reliability` with the mean probability that `out` gives to a worker's labels; a worker without
/// labels gets the mean of all.
template <class = when_used>
void judge_workers(const label_matrix& m, label_estimate& out) {
  std::vector<double> said(m.workers, 0.0);
  out.reliability.assign(m.workers, 0.0);
  double right = 0;
  for (std::size_t i = 0; i < m.items; ++i)
    for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v) {
      const double p = out.row(i)[m.label[v]];
      said[m.worker[v]] += 1;
      out.reliability[m.worker[v]] += p;
      right += p;
    }
  const double mean = m.size() == 0 ? 0 : right / static_cast<double>(m.size());
  for (std::size_t w = 0; w < m.workers; ++w)
    out.reliability[w] = said[w] > 0 ? out.reliability[w] / said[w] : mean;
}

}  // namespace detail

}  // namespace shoal::aggregate
