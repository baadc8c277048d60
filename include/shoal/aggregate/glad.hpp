// SPDX-License-Identifier: BSL-1.0
/// @file GLAD: workers have an ability and items an ease.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "shoal/aggregate/label_estimate.hpp"
#include "shoal/aggregate/label_matrix.hpp"
#include "shoal/aggregate/label_vote.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

/// Generative model of labels, abilities and difficulties: a label is right with chance 1 / (1 + exp(-a b)),
/// with the ability a of its worker and the ease b > 0 of its item, and wrong labels are as likely.
/// Expectation and maximisation, with a Newton step for each ability and ease in every round. Priors: a
/// normal around 1, log b normal around 1, variance 1.
/// @complexity O(labels + items x classes) per iteration.
/// @source Whitehill, Ruvolo, Wu, Bergsma & Movellan 2009, "Whose vote should count more", NIPS 22.
struct glad {
  std::size_t max_iterations = 100;
  double tolerance = 1e-5;  ///< mean change of the probabilities that ends the work

  template <class = when_used>
  label_estimate operator()(const label_matrix& m) const {
    label_estimate out = detail::weighted_shares(m, std::vector<double>(m.workers, 1.0));
    if (m.classes < 2 || m.size() == 0) return out;
    std::vector<double> ability(m.workers, 1.0);
    std::vector<double> ease(m.items, 1.0);  // its logarithm
    std::vector<double> score(m.classes);
    const double log_others = std::log(static_cast<double>(m.classes - 1));
    out.converged = false;
    for (out.iterations = 0; out.iterations < max_iterations && !out.converged; ++out.iterations) {
      improve(m, out, ability, ease);
      double change = 0;
      for (std::size_t i = 0; i < m.items; ++i) {
        const double b = std::exp(ease[i]);
        for (std::size_t k = 0; k < m.classes; ++k) score[k] = std::log(out.prior[k]);
        // log(right / (wrong / others)) of each label's class: what all classes have in common is left out.
        for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v)
          score[m.label[v]] += ability[m.worker[v]] * b + log_others;
        double top = score[0];
        for (const double s : score) top = s > top ? s : top;
        double sum = 0;
        for (auto& s : score) sum += s = std::exp(s - top);
        for (std::size_t k = 0; k < m.classes; ++k) {
          change += std::abs(out.row(i)[k] - score[k] / sum);
          out.row(i)[k] = score[k] / sum;
        }
      }
      out.converged = change < tolerance * static_cast<double>(m.items);
    }
    detail::judge_workers(m, out);
    return out;
  }

 private:
  template <class = when_used>
  static void improve(const label_matrix& m, const label_estimate& now, std::vector<double>& ability,
                      std::vector<double>& ease) {
    const auto bounded = [](double step) { return step > 1 ? 1.0 : step < -1 ? -1.0 : step; };
    const auto chance = [](double z) { return 1 / (1 + std::exp(-z)); };
    for (int round = 0; round < 3; ++round) {
      std::vector<double> slope(m.workers);
      std::vector<double> bend(m.workers, 1.0);
      for (std::size_t w = 0; w < m.workers; ++w) slope[w] = 1 - ability[w];
      for (std::size_t i = 0; i < m.items; ++i) {
        const double b = std::exp(ease[i]);
        double item_slope = 1 - ease[i];
        double item_bend = 1;
        for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v) {
          const std::size_t w = m.worker[v];
          const double right = chance(ability[w] * b);
          const double off = now.row(i)[m.label[v]] - right;
          slope[w] += b * off;
          bend[w] += b * b * right * (1 - right);
          item_slope += ability[w] * b * off;
          item_bend += ability[w] * ability[w] * b * b * right * (1 - right);
        }
        ease[i] += bounded(item_slope / item_bend);
      }
      for (std::size_t w = 0; w < m.workers; ++w) ability[w] += bounded(slope[w] / bend[w]);
    }
  }
};

static_assert(label_method<glad>);

}  // namespace shoal::aggregate
