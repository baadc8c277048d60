// SPDX-License-Identifier: BSL-1.0
/// @file Stand-ins: which models may take a call's place without breaking what the plan was made for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <variant>
#include <vector>

#include "shoal/assign/objective.hpp"
#include "shoal/assign/problem.hpp"
#include "shoal/assign/requirement.hpp"
#include "shoal/run/job.hpp"

namespace shoal::run {

/// For each call of a plan the other models that may answer it: allowed for its subtask, with capacity left,
/// and good enough. By rule `each` that is the rule's bound; where the whole must reach a quality, at least
/// that of the model that they stand in for, so that the whole keeps it. Replicas stay on different models,
/// and in different groups where the subtask asks for that.
template <class Job = job>
class stand_ins {
 public:
  explicit stand_ins(const Job& j) : job_(j), busy_(j.graph.size()), load_(j.models.size(), 0.0) {
    for (std::size_t k = 0; k < j.plan.size(); ++k)
      for (const std::size_t i : j.plan[k]) load_[i] += load(k, i);
  }

  /// The models for a call, `planned` first, the others by growing cost.
  /// @complexity O(models log models).
  std::vector<std::size_t> route(std::size_t k, std::size_t planned) const {
    const assign::problem& p = job_.problem;
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < job_.models.size(); ++i) {
      if (i != planned && of(p.allowed, i, k) && good_enough(k, i, planned)) out.push_back(i);
    }
    std::stable_sort(out.begin(), out.end(),
                     [&](std::size_t a, std::size_t b) { return cost(k, a) < cost(k, b); });
    out.insert(out.begin(), planned);
    return out;
  }

  /// Whether a model that works, or will work, on subtask `k` for another replica keeps model `i` from it.
  bool excludes(std::size_t k, std::size_t other, std::size_t i) const {
    return other == i ||
           (job_.problem.separate_groups[k] && job_.problem.group[other] == job_.problem.group[i]);
  }

  /// Whether model `i` may stand in for another one at subtask `k` now.
  bool may(std::size_t k, std::size_t i) const {
    for (const std::size_t other : busy_[k])
      if (other == i) return false;
    const double most = job_.problem.capacity[static_cast<Eigen::Index>(i)];
    return load_[i] + load(k, i) <= most * (1 + 1e-12);
  }

  /// Model `i` was asked for subtask `k`, of which the plan says `planned`.
  void busy(std::size_t k, std::size_t i, std::size_t planned) {
    busy_[k].push_back(i);
    if (i != planned) load_[i] += load(k, i);
  }
  /// It brought no answer.
  void idle(std::size_t k, std::size_t i, std::size_t planned) {
    const auto at = std::find(busy_[k].begin(), busy_[k].end(), i);
    if (at == busy_[k].end()) return;
    busy_[k].erase(at);
    if (i != planned) load_[i] -= load(k, i);
  }

 private:
  template <class Matrix>
  static auto of(const Matrix& of_pairs, std::size_t i, std::size_t k) {
    return of_pairs(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k));
  }
  double load(std::size_t k, std::size_t i) const {
    const auto column = static_cast<Eigen::Index>(k);
    return job_.problem.count[column] * job_.problem.load(static_cast<Eigen::Index>(i), column);
  }
  bool good_enough(std::size_t k, std::size_t i, std::size_t planned) const {
    const assign::problem& p = job_.problem;
    if (!p.require) return true;
    const double quality = of(p.compatibility, i, k);
    return p.require->rule == assign::quality_rule::each ? quality >= p.require->at_least
                                                         : quality >= of(p.compatibility, planned, k);
  }
  double cost(std::size_t k, std::size_t i) const {
    const assign::problem& p = job_.problem;
    double energy = 1;
    double time = 1;
    if (const auto* w = std::get_if<assign::weighted>(&job_.objective.rule)) {
      energy = w->energy;
      time = w->time;
    }
    return energy * of(p.energy_j, i, k) + time * of(p.time_s, i, k);
  }

  const Job& job_;
  std::vector<std::vector<std::size_t>> busy_;  // of each subtask: models that run it or have answered it
  std::vector<double> load_;  // of each model: the plan's, and that of what it stands in for
};

}  // namespace shoal::run
