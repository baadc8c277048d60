// SPDX-License-Identifier: BSL-1.0
/// @file Labels of workers that fall for the same wrong answers, on items that are easy or hard.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "shoal/aggregate/label_estimate.hpp"
#include "shoal/aggregate/label_matrix.hpp"
#include "shoal/aggregate/label_vote.hpp"
#include "shoal/aggregate/worker_pairs.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

namespace detail {

/// Of a worker, on items of one kind: what it gave so far, in expected numbers, and the logarithms of its
/// chances.
struct mistake_chances {
  double right = 0;
  double tempted = 0;
  double all = 0;
  double log_right = 0;    ///< of the truth, less `log_other`
  double log_tempted = 0;  ///< of the tempting answer, less `log_other`
  double log_other = 0;    ///< of each other label
};

/// Chances of worker w on hard items at 2 w, on easy ones at 2 w + 1; the shares of both kinds of items; and
/// how much each worker's labels count.
struct mistakes_model {
  std::vector<mistake_chances> chances{};
  std::array<double, 2> items{0.5, 0.5};
  std::vector<double> weight{};
};

/// Logarithms of the chances from the numbers, which are then cleared. Each worker is taken to have given
/// five labels besides, as all workers together give them.
template <class = when_used>
void learn_mistakes(std::size_t classes, mistakes_model& model) {
  constexpr double before = 5;
  auto& chances = model.chances;
  for (std::size_t kind = 0; kind < 2; ++kind) {
    mistake_chances pool{.right = 0.5, .tempted = 0.3, .all = 1};
    for (std::size_t at = kind; at < chances.size(); at += 2) {
      pool.right += chances[at].right;
      pool.tempted += chances[at].tempted;
      pool.all += chances[at].all;
    }
    for (std::size_t at = kind; at < chances.size(); at += 2) {
      mistake_chances& c = chances[at];
      const double right = (c.right + before * pool.right / pool.all) / (c.all + before);
      const double tempted = (c.tempted + before * pool.tempted / pool.all) / (c.all + before);
      const double rest = 1 - right - tempted;
      c.log_other = std::log((rest > 1e-6 ? rest : 1e-6) / static_cast<double>(classes - 2));
      c.log_right = std::log(right) - c.log_other;
      c.log_tempted = std::log(tempted) - c.log_other;
      c.right = c.tempted = c.all = 0;
    }
  }
}

/// How far the able on easy items are the able on hard ones, a correlation over workers. Below 0 the truth
/// and the temptation of the hard items have changed places, which the likelihood does not see.
template <class = when_used>
double same_are_able(const std::vector<mistake_chances>& chances) {
  const auto skill = [&](std::size_t at) {
    return chances[at].all > 0 ? (chances[at].right - chances[at].tempted) / chances[at].all : 0;
  };
  double hard = 0;
  double easy = 0;
  double both = 0;
  for (std::size_t at = 0; at < chances.size(); at += 2) {
    hard += skill(at);
    easy += skill(at + 1);
  }
  const double workers = static_cast<double>(chances.size()) / 2;
  double spread_hard = 1e-9;
  double spread_easy = 1e-9;
  for (std::size_t at = 0; at < chances.size(); at += 2) {
    const double h = skill(at) - hard / workers;
    const double e = skill(at + 1) - easy / workers;
    both += h * e;
    spread_hard += h * h;
    spread_easy += e * e;
  }
  return both / std::sqrt(spread_hard * spread_easy);
}

/// One pass: posteriors of each item's truth, tempting answer and kind by the chances, gathered into new
/// numbers. Truths go to `out` unless it is null.
/// @returns the logarithm of the labels' likelihood.
template <class = when_used>
double mistakes_pass(const label_matrix& m, mistakes_model& model, double* out) {
  auto& chances = model.chances;
  const std::size_t classes = m.classes;
  const double pairs = static_cast<double>(classes) * static_cast<double>(classes - 1);
  std::array<double, 2> found{1, 1};
  std::vector<double> truth(2 * classes);
  std::vector<double> tempting(2 * classes);
  std::vector<double> truths_after(classes + 1);
  std::vector<double> tempting_after(classes + 1);
  double likelihood = 0;
  for (std::size_t i = 0; i < m.items; ++i) {
    std::array<double, 2> scale{};
    std::array<double, 2> mass{};
    for (std::size_t kind = 0; kind < 2; ++kind) {
      double* const t = truth.data() + kind * classes;
      double* const d = tempting.data() + kind * classes;
      for (std::size_t k = 0; k < classes; ++k) t[k] = d[k] = 0;
      double base = std::log(model.items[kind] / pairs);
      for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v) {
        const mistake_chances& c = chances[m.worker[v] * 2 + kind];
        const double says = model.weight[m.worker[v]];
        base += says * c.log_other;
        t[m.label[v]] += says * c.log_right;
        d[m.label[v]] += says * c.log_tempted;
      }
      double top_t = t[0];
      double top_d = d[0];
      for (std::size_t k = 1; k < classes; ++k) {
        top_t = t[k] > top_t ? t[k] : top_t;
        top_d = d[k] > top_d ? d[k] : top_d;
      }
      for (std::size_t k = 0; k < classes; ++k) {
        t[k] = std::exp(t[k] - top_t);
        d[k] = std::exp(d[k] - top_d);
      }
      // The truth and the tempting answer differ: each meets the sum of the others', free of cancellation.
      truths_after[classes] = tempting_after[classes] = 0;
      for (std::size_t k = classes; k-- > 0;) {
        truths_after[k] = truths_after[k + 1] + t[k];
        tempting_after[k] = tempting_after[k + 1] + d[k];
      }
      double truths_before = 0;
      double tempting_before = 0;
      for (std::size_t k = 0; k < classes; ++k) {
        const double this_truth = t[k] * (tempting_before + tempting_after[k + 1]);
        const double this_tempting = d[k] * (truths_before + truths_after[k + 1]);
        truths_before += t[k];
        tempting_before += d[k];
        t[k] = this_truth;
        d[k] = this_tempting;
        mass[kind] += this_truth;
      }
      scale[kind] = base + top_t + top_d;
    }
    // Where both kinds' best truth is their best tempting answer too, weights may be tiny, but not 0.
    const double a = scale[0] + std::log(mass[0]);
    const double b = scale[1] + std::log(mass[1]);
    const double top = a > b ? a : b;
    const double sum = std::exp(a - top) + std::exp(b - top);
    likelihood += top + std::log(sum);
    const std::array<double, 2> share{std::exp(a - top) / sum, std::exp(b - top) / sum};
    for (std::size_t kind = 0; kind < 2; ++kind) {
      found[kind] += share[kind];
      for (std::size_t k = 0; k < classes; ++k) {
        truth[kind * classes + k] *= share[kind] / mass[kind];
        tempting[kind * classes + k] *= share[kind] / mass[kind];
      }
      for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v) {
        mistake_chances& c = chances[m.worker[v] * 2 + kind];
        c.right += truth[kind * classes + m.label[v]];
        c.tempted += tempting[kind * classes + m.label[v]];
        c.all += share[kind];
      }
    }
    if (out != nullptr)
      for (std::size_t k = 0; k < classes; ++k) out[i * classes + k] = truth[k] + truth[classes + k];
  }
  for (std::size_t kind = 0; kind < 2; ++kind) model.items[kind] = found[kind] / (found[0] + found[1]);
  return likelihood;
}

/// Numbers to begin with: an item is hard where its leading label has a smaller share of votes than in the
/// median item; what tempts is what was said and is not taken for the truth.
template <class = when_used>
void begin_mistakes(const label_matrix& m, mistakes_model& model) {
  model.chances.resize(2 * m.workers);
  model.weight.assign(m.workers, 1.0);
  const label_estimate votes = weighted_shares(m, std::vector<double>(m.workers, 1.0));
  std::vector<double> lead(m.items);
  for (std::size_t i = 0; i < m.items; ++i) {
    const double* const row = votes.row(i);
    lead[i] = *std::max_element(row, row + m.classes);
  }
  std::vector<double> sorted = lead;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  if (!sorted.empty()) std::nth_element(sorted.begin(), middle, sorted.end());
  std::vector<double> tempting(m.classes);
  for (std::size_t i = 0; i < m.items; ++i) {
    const double easy = lead[i] > *middle ? 0.95 : 0.05;
    double sum = 1e-9;
    for (std::size_t k = 0; k < m.classes; ++k) sum += tempting[k] = votes.row(i)[k] * (1 - votes.row(i)[k]);
    for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v)
      for (std::size_t kind = 0; kind < 2; ++kind) {
        const double part = kind == 0 ? 1 - easy : easy;
        const double right = votes.row(i)[m.label[v]];
        mistake_chances& c = model.chances[m.worker[v] * 2 + kind];
        c.right += part * right;
        c.tempted += part * (1 - right) * tempting[m.label[v]] / sum;
        c.all += part;
      }
  }
}

}  // namespace detail

/// Every item has a truth and one tempting wrong answer, and is hard or easy. On items of either kind a
/// worker gives the truth with one chance, the tempting answer with another, and each other label with what
/// is left. So workers that agree on what is wrong do not make it right: who is able shows on the easy items,
/// and is believed on the hard ones. By expectation and maximisation, with the shares of votes to begin with.
/// Needs three classes or more, taken to be as likely as each other, and workers that label many items each.
/// @complexity O(labels + items x classes) per iteration; memory items x classes beside the result.
struct shared_mistakes {
  std::size_t max_iterations = 50;
  double tolerance = 1e-5;  ///< change of log likelihood for each label, in nats, that ends the work

  /// @throws invalid_argument  where there are fewer than three classes.
  template <class = when_used>
  label_estimate operator()(const label_matrix& m) const {
    if (m.classes < 3)
      throw invalid_argument(message("shared_mistakes: ", m.classes, " classes are fewer than 3"));
    label_estimate out = detail::blank_estimate(m);
    detail::mistakes_model model;
    detail::begin_mistakes(m, model);
    run(m, model, out);
    const double able = detail::same_are_able(model.chances);
    if (able < 0) {
      detail::mistakes_model turned = model;
      for (std::size_t at = 0; at < turned.chances.size(); at += 2)
        std::swap(turned.chances[at].right, turned.chances[at].tempted);
      label_estimate other = out;
      run(m, turned, other);
      if (detail::same_are_able(turned.chances) > able) {
        out = std::move(other);
        model = std::move(turned);
      }
    }
    judge(m, model, out);
    return out;
  }

 private:
  template <class = when_used>
  void run(const label_matrix& m, detail::mistakes_model& model, label_estimate& out) const {
    double before = 0;
    out.converged = false;
    for (out.iterations = 0;; ++out.iterations) {
      detail::learn_mistakes(m.classes, model);
      const bool last = out.converged || out.iterations >= max_iterations;
      out.log_likelihood = detail::mistakes_pass(m, model, last ? out.probability.data() : nullptr);
      if (last) return;
      out.converged = out.iterations > 0 &&
                      std::abs(out.log_likelihood - before) <= tolerance * static_cast<double>(m.size());
      before = out.log_likelihood;
    }
  }

  /// The reliability of a worker by what is known without its relatives: they would vouch for each other.
  template <class = when_used>
  static void judge(const label_matrix& m, detail::mistakes_model& model, label_estimate& out) {
    detail::judge_workers(m, out);
    const auto relatives = relatives_of(m);
    detail::learn_mistakes(m.classes, model);
    std::vector<double> apart;
    for (std::size_t w = 0; w < m.workers; ++w) {
      if (relatives[w].empty()) continue;
      apart.resize(out.probability.size());
      detail::mistakes_model without = model;
      for (const std::uint32_t r : relatives[w]) without.weight[r] = 0;
      detail::mistakes_pass(m, without, apart.data());
      double right = 0;
      double said = 0;
      for (std::size_t i = 0; i < m.items; ++i)
        for (std::size_t v = m.begin[i]; v < m.begin[i + 1]; ++v)
          if (m.worker[v] == w) {
            right += apart[i * m.classes + m.label[v]];
            ++said;
          }
      out.reliability[w] = right / said;
    }
  }
};

static_assert(label_method<shared_mistakes>);

}  // namespace shoal::aggregate
