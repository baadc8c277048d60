// SPDX-License-Identifier: BSL-1.0
/// @file Remaining problem: what is left to assign when a part of a plan is done or under way.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "shoal/assign/evaluate.hpp"
#include "shoal/assign/objective.hpp"
#include "shoal/assign/problem.hpp"
#include "shoal/assign/solution.hpp"
#include "shoal/core/matrix.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/run/job.hpp"

namespace shoal::run {

/// The assignment problem of some subtasks of a job, beside others that are settled.
struct remaining {
  assign::problem problem{};
  assign::objective objective{};
  std::vector<std::size_t> subtasks{};  ///< of each column of `problem`, its index in the job
  std::vector<std::size_t> unserved{};  ///< subtasks for which no model is left
  bool overspent = false;  ///< what is settled breaks the bound of `epsilon` already, whatever is chosen
  std::string
      lowered{};  ///< a sentence when a subtask gets fewer replicas or less survival than it asked for
};

/// How strict a remaining problem is.
enum class strictness {
  full,     ///< the job's requirements, less what is achieved already
  relaxed,  ///< neither quality, nor survival targets, nor the bound of `epsilon` (then: least of the other)
};

namespace detail {

inline double pair(const matrix& figures, std::size_t i, std::size_t k) {
  return figures(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k));
}

/// One subtask's models that may still do it: those not taken, not failed, and lost ones only for want of
/// others.
template <class = when_used>
std::vector<std::size_t> candidates(const job& j, std::size_t k, const std::vector<std::size_t>& taken,
                                    const mask& failed, const std::vector<bool>& lost) {
  const assign::problem& p = j.problem;
  std::vector<std::size_t> living;
  std::vector<std::size_t> last_resort;
  for (std::size_t i = 0; i < p.models(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    const auto column = static_cast<Eigen::Index>(k);
    if (!p.allowed(row, column) || failed(row, column)) continue;
    const bool clash = std::any_of(taken.begin(), taken.end(), [&](std::size_t other) {
      return other == i || (p.separate_groups[k] && p.group[other] == p.group[i]);
    });
    if (clash) continue;
    (lost[i] ? last_resort : living).push_back(i);
  }
  return living.empty() ? last_resort : living;
}

/// The most replicas that candidates allow, and the least chance that all of them fail.
struct reach {
  std::size_t replicas = 0;
  double log_all_fail = 0;
};
template <class = when_used>
reach reach_of(const assign::problem& p, std::size_t k, const std::vector<std::size_t>& models) {
  reach out;
  std::vector<std::size_t> groups;
  const auto log_p = [&](std::size_t i) {
    return std::log(p.failure_probability[static_cast<Eigen::Index>(i)]);
  };
  for (const std::size_t i : models) {
    if (p.separate_groups[k]) {
      if (std::find(groups.begin(), groups.end(), p.group[i]) != groups.end()) continue;
      groups.push_back(p.group[i]);
      double best = 0;
      for (const std::size_t other : models) {
        if (p.group[other] == p.group[i]) best = std::min(best, log_p(other));
      }
      out.log_all_fail += best;
    } else {
      out.log_all_fail += log_p(i);
    }
    ++out.replicas;
  }
  return out;
}

/// The quality still to be reached by what is left, in a form that counts achieved pairs exactly: `mean`
/// turns into the `sum` of C - P, since sum count (C - P) x >= 0 over all pairs says the same.
template <class = when_used>
void reduce_requirement(const job& j, const assign::plan& settled, assign::problem& left) {
  if (!left.require) return;
  assign::requirement& r = *left.require;
  if (r.rule == assign::quality_rule::each) return;
  const double shift = r.rule == assign::quality_rule::mean ? r.at_least : 0;
  double sum = 0;
  double log_product = 0;
  for (std::size_t k = 0; k < settled.size(); ++k) {
    const double count = j.problem.count[static_cast<Eigen::Index>(k)];
    for (const std::size_t i : settled[k]) {
      const double c = pair(j.problem.compatibility, i, k);
      sum += count * (c - shift);
      log_product += count * std::log(c);
    }
  }
  switch (r.rule) {
    case assign::quality_rule::sum:
      r.at_least -= sum;
      break;
    case assign::quality_rule::mean:
      left.compatibility -= shift;
      r = {assign::quality_rule::sum, -sum};
      break;
    case assign::quality_rule::product:
      // No product exceeds 1, so 2 is as unreachable as whatever would overflow.
      if (r.at_least > 0) r.at_least = std::min(2.0, std::exp(std::log(r.at_least) - log_product));
      break;
    case assign::quality_rule::each:
      break;
  }
}

/// What each allowed pair lacks to the best of its subtask, or, by the rule `each`, to what is required: the
/// plan with the least of it in sum has the best quality.
/// @pre `p.require` has a value.
template <class = when_used>
matrix lost_quality(const assign::problem& p) {
  matrix lost = matrix::Zero(p.compatibility.rows(), p.compatibility.cols());
  const auto worth = [&](Eigen::Index row, Eigen::Index column) {
    const double c = p.compatibility(row, column);
    switch (p.require->rule) {
      case assign::quality_rule::each:
        return std::min(c, p.require->at_least);
      case assign::quality_rule::product:
        return std::log(c);
      default:
        return c;
    }
  };
  for (Eigen::Index k = 0; k < lost.cols(); ++k) {
    double most = -std::numeric_limits<double>::infinity();
    for (Eigen::Index i = 0; i < lost.rows(); ++i) {
      if (p.allowed(i, k)) most = std::max(most, worth(i, k));
    }
    for (Eigen::Index i = 0; i < lost.rows(); ++i) {
      if (p.allowed(i, k)) lost(i, k) = most - worth(i, k);
    }
  }
  return lost;
}

/// The figure that a quality rule looks at.
template <class = when_used>
double quality_by(assign::quality_rule rule, const assign::quality& of) {
  switch (rule) {
    case assign::quality_rule::sum:
      return of.sum;
    case assign::quality_rule::mean:
      return of.mean;
    case assign::quality_rule::each:
      return of.min;
    case assign::quality_rule::product:
      return of.product;
  }
  return 0;
}

/// The bound of `epsilon` less what is settled. By the makespan rule the bound holds for each model alone,
/// which a problem cannot say, so it stays.
template <class = when_used>
void reduce_objective(const job& j, const assign::plan& settled, strictness how, remaining& left) {
  left.objective = j.objective;
  auto* e = std::get_if<assign::epsilon>(&left.objective.rule);
  if (e == nullptr) return;
  const bool bounds_time = e->minimise == assign::criterion::energy;
  if (how == strictness::relaxed) {
    left.objective.rule =
        assign::lexicographic{bounds_time ? assign::criterion::time : assign::criterion::energy};
    return;
  }
  if (bounds_time && left.objective.time == assign::time_rule::makespan) return;
  const bool counts = j.problem.linked() && (j.problem.distance_in == assign::criterion::time) == bounds_time;
  double spent = counts ? assign::transferred(j.problem.transfers, j.problem.distance, settled) : 0;
  for (std::size_t k = 0; k < settled.size(); ++k) {
    for (const std::size_t i : settled[k]) {
      spent += j.problem.count[static_cast<Eigen::Index>(k)] *
               pair(bounds_time ? j.problem.time_s : j.problem.energy_j, i, k);
    }
  }
  left.overspent = !assign::at_most(spent, e->at_most);
  e->at_most = std::max(0.0, e->at_most - spent);
}

}  // namespace detail

namespace detail {

/// What is handed on between subtasks that are left stays; what they hand to settled ones, or get from them,
/// is a cost of their own.
/// @param column  of each subtask of the job, its place among those left, or their number.
template <class = when_used>
void add_transfers(const assign::problem& p, const assign::plan& settled,
                   const std::vector<std::size_t>& column, assign::problem& left) {
  left.distance = p.distance;
  left.distance_in = p.distance_in;
  matrix& cost = p.distance_in == assign::criterion::time ? left.time_s : left.energy_j;
  for (const data_edge& e : p.transfers) {
    const std::size_t from = column[e.from];
    const std::size_t to = column[e.to];
    if (from < left.subtasks() && to < left.subtasks()) left.transfers.push_back({from, to, e.volume_mb});
    for (std::size_t i = 0; i < p.models(); ++i) {
      const auto row = static_cast<Eigen::Index>(i);
      for (std::size_t end = 0; end < 2; ++end) {
        const auto own = static_cast<Eigen::Index>(end == 0 ? from : to);
        if (own == left.allowed.cols()) continue;
        for (const std::size_t j : settled[end == 0 ? e.to : e.from]) {
          cost(row, own) += e.volume_mb * (end == 0 ? pair(p.distance, i, j) : pair(p.distance, j, i)) / left.count[own];
        }
      }
    }
  }
}

}  // namespace detail

/// What is left of a job's problem.
/// @param wanted   subtasks to assign, growing.
/// @param settled  for each subtask, models whose load, quality and cost count already.
/// @param failed   models x subtasks: pairs that must not be tried again.
/// @param lost     models that are used only for a subtask that has no other.
/// A subtask gets as many replicas as it still lacks, or as there are models left; a survival target that
/// these cannot reach is dropped, and `lowered` says so.
/// @complexity O(models x wanted).
template <class = when_used>
remaining remaining_problem(const job& j, const std::vector<std::size_t>& wanted, const assign::plan& settled,
                            const mask& failed, const std::vector<bool>& lost, strictness how) {
  const assign::problem& p = j.problem;
  remaining out;
  std::vector<std::vector<std::size_t>> may;
  for (const std::size_t k : wanted) {
    std::vector<std::size_t> models = detail::candidates(j, k, settled[k], failed, lost);
    if (models.empty()) {
      out.unserved.push_back(k);
    } else {
      out.subtasks.push_back(k);
      may.push_back(std::move(models));
    }
  }

  assign::problem left(p.models(), out.subtasks.size());
  left.model_names = p.model_names;
  left.failure_probability = p.failure_probability;
  left.group = p.group;
  left.capacity = p.capacity;
  for (std::size_t k = 0; k < settled.size(); ++k) {
    for (const std::size_t i : settled[k]) {
      double& capacity = left.capacity[static_cast<Eigen::Index>(i)];
      capacity = std::max(0.0, capacity - p.count[static_cast<Eigen::Index>(k)] * detail::pair(p.load, i, k));
    }
  }
  left.allowed.setConstant(false);
  for (std::size_t at = 0; at < out.subtasks.size(); ++at) {
    const std::size_t k = out.subtasks[at];
    const auto from = static_cast<Eigen::Index>(k);
    const auto to = static_cast<Eigen::Index>(at);
    left.compatibility.col(to) = p.compatibility.col(from);
    left.energy_j.col(to) = p.energy_j.col(from);
    left.time_s.col(to) = p.time_s.col(from);
    left.load.col(to) = p.load.col(from);
    left.count[to] = p.count[from];
    left.separate_groups[at] = p.separate_groups[k];
    left.subtask_names.push_back(j.graph[k].name);
    for (const std::size_t i : may[at]) left.allowed(static_cast<Eigen::Index>(i), to) = true;

    const detail::reach reach = detail::reach_of(p, k, may[at]);
    const std::size_t have = settled[k].size();
    const std::size_t lacks = p.replicas[k] > have ? p.replicas[k] - have : 1;
    left.replicas[at] = std::min(lacks, reach.replicas);
    if (left.replicas[at] < lacks) {
      out.lowered = message("subtask ", quoted(j.graph[k].name), ": ", left.replicas[at],
                            " models are left where ", lacks, " are asked for");
    }
    if (p.survival[from] > 0 && how == strictness::full) {
      double log_may_fail = std::log1p(-p.survival[from]);
      for (const std::size_t i : settled[k]) {
        log_may_fail -= std::log(p.failure_probability[static_cast<Eigen::Index>(i)]);
      }
      if (!assign::at_most(reach.log_all_fail, log_may_fail)) {
        out.lowered = message("subtask ", quoted(j.graph[k].name),
                              ": the models that are left do not reach survival ", p.survival[from]);
      } else if (log_may_fail < 0) {
        left.survival[to] = -std::expm1(log_may_fail);
      }
    }
  }
  if (how == strictness::full) {
    left.require = p.require;
    detail::reduce_requirement(j, settled, left);
  }
  detail::reduce_objective(j, settled, how, out);
  if (p.linked()) {
    std::vector<std::size_t> column(p.subtasks(), out.subtasks.size());
    for (std::size_t at = 0; at < out.subtasks.size(); ++at) column[out.subtasks[at]] = at;
    detail::add_transfers(p, settled, column, left);
  }
  out.problem = std::move(left);
  return out;
}

}  // namespace shoal::run
