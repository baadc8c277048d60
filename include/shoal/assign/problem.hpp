// SPDX-License-Identifier: BSL-1.0
/// @file Assignment problem: who may do what, how well, at which cost, and what is required.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "shoal/assign/objective.hpp"
#include "shoal/assign/requirement.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/matrix.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/model/fleet.hpp"
#include "shoal/task/graph.hpp"

namespace shoal::assign {

/// Which models do each subtask: for subtask k, indices of models, growing.
using plan = std::vector<std::vector<std::size_t>>;

/// The data of the integer program. With x_ik = 1 when model i does subtask k:
///
///     for each k   sum_i x_ik = replicas_k          (>= replicas_k where it has a survival target)
///     for each k   prod_i p_i^x_ik <= 1 - survival_k   (where it has a target; linear in logarithms)
///     for each i   sum_k count_k load_ik x_ik <= capacity_i
///     for each k   at most one model of each group     (where separate_groups_k)
///     the quality rule, if any; x_ik = 0 where not allowed
///
/// Where there are distances, sum over the transfers (k, l) of v_kl d_ij x_ik x_jl is added to the time (the
/// sum, not the makespan) or to the energy.
///
/// Matrices are models x subtasks and hold the figures of one request; `count` multiplies them.
struct problem {
  matrix compatibility;                    ///< C_ik, finite; in (0, 1] for the rule `product`
  matrix energy_j;                         ///< E_ik, joules, finite, >= 0
  matrix time_s;                           ///< T_ik, seconds, finite, >= 0
  matrix load;                             ///< c_ik, in the unit of `capacity`, finite, >= 0
  vector capacity;                         ///< B_i, >= 0; infinity: no limit
  mask allowed;                            ///< false: model i must not do subtask k
  vector failure_probability;              ///< p_i in [0, 1]
  std::vector<std::size_t> group;          ///< models of equal number share their fate
  vector count;                            ///< requests of each subtask, > 0
  std::vector<std::size_t> replicas;       ///< >= 1
  vector survival;                         ///< target in [0, 1); 0: none
  std::vector<bool> separate_groups;       ///< replicas of k go to different groups
  std::optional<requirement> require;      ///< quality of the whole plan
  std::vector<data_edge> transfers;        ///< v_kl, megabytes that subtasks hand on, finite, >= 0
  matrix distance;  ///< d_ij, models x models, of a megabyte from row to column, >= 0; 0 x 0: none
  criterion distance_in = criterion::time;  ///< seconds, or joules
  std::vector<std::string> model_names;    ///< for messages; empty or one each
  std::vector<std::string> subtask_names;  ///< for messages; empty or one each

  problem() = default;

  /// A problem where every model may do every subtask, once, at no cost, with compatibility 1.
  template <class = when_used>
  problem(std::size_t models, std::size_t subtasks)
      : group(models), replicas(subtasks, 1), separate_groups(subtasks, false) {
    const auto n = static_cast<Eigen::Index>(models);
    const auto m = static_cast<Eigen::Index>(subtasks);
    compatibility.setOnes(n, m);
    energy_j.setZero(n, m);
    time_s.setZero(n, m);
    load.setOnes(n, m);
    capacity.setConstant(n, std::numeric_limits<double>::infinity());
    allowed.setConstant(n, m, true);
    failure_probability.setZero(n);
    count.setOnes(m);
    survival.setZero(m);
    for (std::size_t i = 0; i < models; ++i) group[i] = i;
  }

  std::size_t models() const { return static_cast<std::size_t>(compatibility.rows()); }
  std::size_t subtasks() const { return static_cast<std::size_t>(compatibility.cols()); }
  /// What a subtask's model is to be depends on those of others, by what is handed on.
  bool linked() const { return distance.size() > 0 && !transfers.empty(); }

  /// `"phi-3"`, or `3` where the models have no names: for messages.
  std::string model_label(std::size_t i) const {
    return i < model_names.size() ? quoted(model_names[i]) : std::to_string(i);
  }
  /// `"biology"`, or `7` where the subtasks have no names: for messages.
  std::string subtask_label(std::size_t k) const {
    return k < subtask_names.size() ? quoted(subtask_names[k]) : std::to_string(k);
  }
};

/// The problem of a fleet and a task graph: names, counts, replicas and targets of the subtasks; energy,
/// time, capacity, failure and groups of the models (an empty group is a group of its own). Fill
/// `compatibility` and whatever else differs by pair.
template <model_descriptor Model>
problem make_problem(const fleet<Model>& models, const task_graph& graph) {
  using traits = model_traits<Model>;
  problem out(models.size(), graph.size());
  const vector energy_j = figures(models, [](const Model& m) { return traits::energy_j(m); });
  const vector time_s = figures(models, [](const Model& m) { return traits::time_s(m); });
  std::unordered_map<std::string, std::size_t> groups;
  std::size_t next_group = 0;
  for (std::size_t i = 0; i < models.size(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    out.model_names.emplace_back(traits::name(models[i]));
    out.capacity[row] = traits::capacity(models[i]);
    out.failure_probability[row] = traits::failure_probability(models[i]);
    const std::string group(traits::group(models[i]));
    const bool alone = group.empty() || groups.try_emplace(group, next_group).second;
    out.group[i] = alone ? next_group++ : groups.find(group)->second;
  }
  for (std::size_t k = 0; k < graph.size(); ++k) {
    const auto column = static_cast<Eigen::Index>(k);
    out.energy_j.col(column) = energy_j;
    out.time_s.col(column) = time_s;
    out.subtask_names.push_back(graph[k].name);
    out.count[column] = graph[k].count;
    out.replicas[k] = graph[k].replicas;
    out.survival[column] = graph[k].survival.value_or(0);
    out.separate_groups[k] = graph[k].separate_groups;
  }
  for (const data_edge& e : graph.edges()) {
    if (e.volume_mb > 0) out.transfers.push_back(e);
  }
  return out;
}

namespace detail {

template <class = when_used>
void check_shape(const char* what, Eigen::Index rows, Eigen::Index columns, std::size_t models,
                 std::size_t subtasks) {
  if (static_cast<std::size_t>(rows) != models || static_cast<std::size_t>(columns) != subtasks) {
    throw invalid_problem(message(what, " is ", rows, " x ", columns, ", but there are ", models,
                                  " models and ", subtasks, " subtasks"));
  }
}

inline void check_length(const char* what, std::size_t length, std::size_t wanted, const char* of) {
  if (length != wanted)
    throw invalid_problem(message(what, " has ", length, " entries, but there are ", wanted, " ", of));
}

/// True when every figure of a matrix is finite and in [low, high].
template <class Matrix>
bool all_within(const Matrix& figures, double low, double high) {
  constexpr Eigen::Index block = 512;
  for (Eigen::Index begin = 0; begin < figures.size(); begin += block) {
    const Eigen::Map<const Eigen::Array<typename Matrix::Scalar, Eigen::Dynamic, 1>> some(
        figures.data() + begin, std::min(block, figures.size() - begin));
    if (!((some * 0.0).sum() == 0 && some.minCoeff() >= low && some.maxCoeff() <= high)) return false;
  }
  return true;
}

template <class Problem>
void check_links(const Problem& p) {
  constexpr double most = std::numeric_limits<double>::max();
  for (const data_edge& e : p.transfers) {
    if (e.from >= p.subtasks() || e.to >= p.subtasks() || e.from == e.to) {
      throw invalid_problem(message("transfer from subtask ", e.from, " to ", e.to, ": there are ",
                                    p.subtasks(), " subtasks, and none hands to itself"));
    }
    if (!(e.volume_mb >= 0 && e.volume_mb <= most)) {
      throw invalid_problem(message("transfer from subtask ", p.subtask_label(e.from), " to ",
                                    p.subtask_label(e.to), ": ", e.volume_mb,
                                    " MB is not a finite number >= 0"));
    }
  }
  if (p.distance.size() == 0) return;
  if (static_cast<std::size_t>(p.distance.rows()) != p.models() || p.distance.cols() != p.distance.rows()) {
    throw invalid_problem(message("distance is ", p.distance.rows(), " x ", p.distance.cols(),
                                  ", but there are ", p.models(), " models"));
  }
  for (std::size_t i = 0; i < p.models(); ++i) {
    for (std::size_t j = 0; j < p.models(); ++j) {
      const double d = p.distance(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
      if (d >= 0 && d <= most) continue;
      throw invalid_problem(message("distance from model ", p.model_label(i), " to ", p.model_label(j), ": ", d,
                                    " is not a finite number >= 0"));
    }
  }
}

}  // namespace detail

/// Refuses a problem whose shapes disagree or whose figures are NaN, infinite or out of range. Figures of
/// pairs that are not allowed are not looked at.
/// @throws invalid_problem  `compatibility of model "phi-3" at subtask "law": nan is not finite`.
/// @complexity O(models x subtasks).
template <class = when_used>
void validate(const problem& p) {
  const std::size_t n = p.models();
  const std::size_t m = p.subtasks();
  detail::check_shape("energy_j", p.energy_j.rows(), p.energy_j.cols(), n, m);
  detail::check_shape("time_s", p.time_s.rows(), p.time_s.cols(), n, m);
  detail::check_shape("load", p.load.rows(), p.load.cols(), n, m);
  detail::check_shape("allowed", p.allowed.rows(), p.allowed.cols(), n, m);
  detail::check_length("capacity", static_cast<std::size_t>(p.capacity.size()), n, "models");
  detail::check_length("failure_probability", static_cast<std::size_t>(p.failure_probability.size()), n,
                       "models");
  detail::check_length("group", p.group.size(), n, "models");
  detail::check_length("count", static_cast<std::size_t>(p.count.size()), m, "subtasks");
  detail::check_length("replicas", p.replicas.size(), m, "subtasks");
  detail::check_length("survival", static_cast<std::size_t>(p.survival.size()), m, "subtasks");
  detail::check_length("separate_groups", p.separate_groups.size(), m, "subtasks");
  if (!p.model_names.empty()) detail::check_length("model_names", p.model_names.size(), n, "models");
  if (!p.subtask_names.empty()) detail::check_length("subtask_names", p.subtask_names.size(), m, "subtasks");

  detail::check_links(p);

  for (std::size_t i = 0; i < n; ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    if (!(p.capacity[row] >= 0)) {
      throw invalid_problem(
          message("capacity of model ", p.model_label(i), ": ", p.capacity[row], " is not >= 0"));
    }
    if (!(p.failure_probability[row] >= 0 && p.failure_probability[row] <= 1)) {
      throw invalid_problem(message("failure_probability of model ", p.model_label(i), ": ",
                                    p.failure_probability[row], " is not in [0, 1]"));
    }
  }
  for (std::size_t k = 0; k < m; ++k) {
    const auto column = static_cast<Eigen::Index>(k);
    if (!(p.count[column] > 0) || std::isinf(p.count[column])) {
      throw invalid_problem(message("count of subtask ", p.subtask_label(k), ": ", p.count[column],
                                    " is not a finite number > 0"));
    }
    if (p.replicas[k] == 0)
      throw invalid_problem(message("replicas of subtask ", p.subtask_label(k), ": 0 is not >= 1"));
    if (!(p.survival[column] >= 0 && p.survival[column] < 1)) {
      throw invalid_problem(
          message("survival of subtask ", p.subtask_label(k), ": ", p.survival[column], " is not in [0, 1)"));
    }
  }
  const bool product = p.require && p.require->rule == quality_rule::product;
  constexpr double most = std::numeric_limits<double>::max();
  // Whole matrices are looked through several figures at a time; only where that fails is the culprit sought.
  const bool sound =
      detail::all_within(p.compatibility, product ? std::numeric_limits<double>::denorm_min() : -most,
                         product ? 1 : most) &&
      detail::all_within(p.energy_j, 0, most) && detail::all_within(p.time_s, 0, most) &&
      detail::all_within(p.load, 0, most);
  for (std::size_t k = 0; !sound && k < m; ++k) {
    for (std::size_t i = 0; i < n; ++i) {
      const auto row = static_cast<Eigen::Index>(i);
      const auto column = static_cast<Eigen::Index>(k);
      if (!p.allowed(row, column)) continue;
      const auto refuse = [&](const char* what, double value, const char* range) {
        throw invalid_problem(message(what, " of model ", p.model_label(i), " at subtask ",
                                      p.subtask_label(k), ": ", value, " is not ", range));
      };
      const auto amount = [&](const char* what, double value) {
        if (!(value >= 0) || std::isinf(value)) refuse(what, value, "a finite number >= 0");
      };
      const double c = p.compatibility(row, column);
      if (!std::isfinite(c)) refuse("compatibility", c, "finite");
      if (product && !(c > 0 && c <= 1)) refuse("compatibility", c, "in (0, 1], as the rule product needs");
      amount("energy_j", p.energy_j(row, column));
      amount("time_s", p.time_s(row, column));
      amount("load", p.load(row, column));
    }
  }
  if (p.require && !std::isfinite(p.require->at_least)) {
    throw invalid_problem(message("required compatibility ", p.require->at_least, " is not finite"));
  }
}

/// Refuses an objective with a factor or bound that is NaN, infinite or negative.
/// @throws invalid_problem  `objective epsilon: at_most -1 is not a finite number >= 0`.
template <class = when_used>
void validate(const objective& o) {
  const auto amount = [](const char* what, double value) {
    if (!(value >= 0) || std::isinf(value)) {
      throw invalid_problem(message("objective ", what, " ", value, " is not a finite number >= 0"));
    }
  };
  if (const auto* w = std::get_if<weighted>(&o.rule)) {
    amount("weighted: energy", w->energy);
    amount("weighted: time", w->time);
  } else if (const auto* e = std::get_if<epsilon>(&o.rule)) {
    amount("epsilon: at_most", e->at_most);
  } else if (const auto* c = std::get_if<chebyshev>(&o.rule)) {
    amount("chebyshev: energy", c->energy);
    amount("chebyshev: time", c->time);
  }
}

}  // namespace shoal::assign
