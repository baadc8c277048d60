// SPDX-License-Identifier: BSL-1.0
/// @file Figures of a plan, and the first requirement that it breaks: the referee of every solver.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "shoal/assign/problem.hpp"
#include "shoal/assign/solution.hpp"
#include "shoal/assign/transfers.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::assign {

/// Slack with which requirements are compared: `value` meets `wanted` when it misses by at most
/// tolerance x max(1, |wanted|). It covers the rounding of sums in doubles, nothing more.
inline constexpr double tolerance = 1e-9;

/// True when `value` <= `limit`, up to `tolerance`.
inline bool at_most(double value, double limit) {
  return value <= limit + tolerance * std::max(1.0, std::abs(limit));
}

/// True when `value` >= `wanted`, up to `tolerance`.
inline bool at_least(double value, double wanted) {
  return value >= wanted - tolerance * std::max(1.0, std::abs(wanted));
}

/// Energy, time (by the objective's rule), quality, load and objective of a plan. The verdict is `feasible`
/// and the bound minus infinity; whether it breaks a requirement is `violation`'s to say.
/// @pre `p` and `o` are valid and `chosen` has an entry for each subtask, of indices of models.
/// @complexity O(models + chosen pairs).
template <class = when_used>
solution evaluate(const problem& p, const objective& o, plan chosen) {
  solution s;
  s.verdict = verdict::feasible;
  s.load = vector::Zero(p.compatibility.rows());
  vector busy_s = vector::Zero(p.compatibility.rows());
  double log_product = 0;
  double weight = 0;
  double total_s = 0;
  bool product_defined = true;
  s.compatibility.min = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < chosen.size(); ++k) {
    const auto column = static_cast<Eigen::Index>(k);
    const double count = p.count[column];
    for (const std::size_t i : chosen[k]) {
      const auto row = static_cast<Eigen::Index>(i);
      const double c = p.compatibility(row, column);
      s.energy_j += count * p.energy_j(row, column);
      total_s += count * p.time_s(row, column);
      busy_s[row] += count * p.time_s(row, column);
      s.load[row] += count * p.load(row, column);
      s.compatibility.sum += count * c;
      s.compatibility.min = std::min(s.compatibility.min, c);
      weight += count;
      product_defined = product_defined && c > 0 && c <= 1;
      if (product_defined) log_product += count * std::log(c);
    }
  }
  const double handed_on = transferred(p.transfers, p.distance, chosen);
  (p.distance_in == criterion::time ? total_s : s.energy_j) += handed_on;
  if (weight > 0) {
    s.compatibility.mean = s.compatibility.sum / weight;
  } else {
    s.compatibility.min = 0;
  }
  s.compatibility.product = product_defined ? std::exp(log_product) : 0;
  s.time_s = o.time == time_rule::total ? total_s : busy_s.size() > 0 ? busy_s.maxCoeff() : 0;
  if (const auto* w = std::get_if<weighted>(&o.rule)) {
    s.objective = w->energy * s.energy_j + w->time * s.time_s;
  } else if (const auto* e = std::get_if<epsilon>(&o.rule)) {
    s.objective = e->minimise == criterion::energy ? s.energy_j : s.time_s;
  } else if (const auto* l = std::get_if<lexicographic>(&o.rule)) {
    s.objective = l->first == criterion::energy ? s.energy_j : s.time_s;
  } else if (const auto* c = std::get_if<chebyshev>(&o.rule)) {
    s.objective = std::max(c->energy * s.energy_j, c->time * s.time_s);
  }
  s.chosen = std::move(chosen);
  return s;
}

/// The first requirement that a plan breaks, as a sentence; empty when it meets all of them up to
/// `tolerance`.
/// @pre `p` and `o` are valid.
/// @complexity O(models + chosen pairs).
template <class = when_used>
std::optional<std::string> violation(const problem& p, const objective& o, const plan& chosen) {
  if (chosen.size() != p.subtasks())
    return message("the plan has ", chosen.size(), " subtasks of ", p.subtasks());
  for (std::size_t k = 0; k < chosen.size(); ++k) {
    const auto column = static_cast<Eigen::Index>(k);
    const bool target = p.survival[column] > 0;
    double log_lost = 0;
    std::vector<std::size_t> groups;
    for (std::size_t r = 0; r < chosen[k].size(); ++r) {
      const std::size_t i = chosen[k][r];
      if (i >= p.models()) return message("subtask ", p.subtask_label(k), ": there is no model ", i);
      if (r > 0 && chosen[k][r - 1] >= i)
        return message("subtask ", p.subtask_label(k), ": its models do not grow");
      const auto row = static_cast<Eigen::Index>(i);
      if (!p.allowed(row, column)) {
        return message("subtask ", p.subtask_label(k), ": model ", p.model_label(i), " is not allowed");
      }
      if (target) log_lost += std::log(p.failure_probability[row]);
      if (p.separate_groups[k]) groups.push_back(p.group[i]);
    }
    if (target ? chosen[k].size() < p.replicas[k] : chosen[k].size() != p.replicas[k]) {
      return message("subtask ", p.subtask_label(k), ": ", chosen[k].size(), " models where ", p.replicas[k],
                     " are asked for");
    }
    if (target && !at_most(log_lost, std::log1p(-p.survival[column]))) {
      return message("subtask ", p.subtask_label(k), ": survival ", -std::expm1(log_lost), " is under ",
                     p.survival[column]);
    }
    std::sort(groups.begin(), groups.end());
    if (std::adjacent_find(groups.begin(), groups.end()) != groups.end()) {
      return message("subtask ", p.subtask_label(k), ": two of its models share a group");
    }
  }
  const solution s = evaluate(p, o, chosen);
  for (std::size_t i = 0; i < p.models(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    if (!at_most(s.load[row], p.capacity[row])) {
      return message("model ", p.model_label(i), ": load ", s.load[row], " is over its capacity ",
                     p.capacity[row]);
    }
  }
  if (p.require && p.subtasks() > 0) {
    const double wanted = p.require->at_least;
    const quality& q = s.compatibility;
    bool met = true;
    switch (p.require->rule) {
      case quality_rule::sum:
        met = at_least(q.sum, wanted);
        break;
      case quality_rule::mean:
        met = at_least(q.mean, wanted);
        break;
      case quality_rule::each:
        met = at_least(q.min, wanted);
        break;
      case quality_rule::product:
        // In logarithms, since long products leave the range of doubles.
        if (wanted > 0) {
          double log_product = 0;
          for (std::size_t k = 0; k < chosen.size(); ++k) {
            for (const std::size_t i : chosen[k]) {
              const auto column = static_cast<Eigen::Index>(k);
              log_product +=
                  p.count[column] * std::log(p.compatibility(static_cast<Eigen::Index>(i), column));
            }
          }
          met = at_least(log_product, std::log(wanted));
        }
        break;
    }
    if (!met) return message("quality by the rule ", name_of(p.require->rule), " is under ", wanted);
  }
  if (const auto* e = std::get_if<epsilon>(&o.rule)) {
    const double other = e->minimise == criterion::energy ? s.time_s : s.energy_j;
    if (!at_most(other, e->at_most)) {
      return message(e->minimise == criterion::energy ? "time " : "energy ", other, " is over ", e->at_most);
    }
  }
  return std::nullopt;
}

}  // namespace shoal::assign
