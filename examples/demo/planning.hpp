// SPDX-License-Identifier: BSL-1.0
/// @file Part one of the demo: the least energy that reaches a required mean accuracy, proven twice.
#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <shoal/glpk/solver.hpp>
#include <shoal/shoal.hpp>
#include <string>
#include <vector>

#include "data.hpp"

namespace demo {

namespace assign = shoal::assign;

/// Which models a plan may use.
enum class pool { small, whole };

/// One subtask for each subject, as many requests as it has questions; the mean accuracy over all questions
/// must reach `required`.
inline assign::problem planning_problem(const dataset& data, const measurement& measured, pool who,
                                        double required) {
  shoal::task_graph subjects;
  for (std::size_t k = 0; k < data.subjects.size(); ++k) {
    subjects.add({.name = data.subjects[k], .count = measured.count[static_cast<Eigen::Index>(k)]});
  }
  assign::problem out = assign::make_problem(data.models, subjects);
  out.compatibility = measured.quality;
  out.require = {assign::quality_rule::mean, required};
  for (std::size_t i = 0; i < data.models.size(); ++i) {
    if (who == pool::small && !data.is_small(i))
      out.allowed.row(static_cast<Eigen::Index>(i)).setConstant(false);
  }
  return out;
}

/// The objective of the whole demo: energy alone. Latency was measured for a few of the models only.
inline const assign::objective least_energy = assign::weighted{.energy = 1, .time = 0};

/// A question that was asked of two solvers whose searches share nothing.
struct proven {
  double required = 0;
  double requests = 1;  ///< energy per request is energy over these
  assign::solution by_shoal{};
  assign::solution by_glpk{};

  bool found() const { return static_cast<bool>(by_shoal); }
  double energy_j() const { return by_shoal.energy_j / requests; }
  double accuracy() const { return by_shoal.compatibility.mean; }

  /// Both prove the same: the same least energy, or that there is no plan.
  bool agree() const {
    if (by_shoal.verdict != by_glpk.verdict) return false;
    if (by_shoal.verdict == assign::verdict::infeasible) return true;
    return by_shoal.verdict == assign::verdict::optimal &&
           std::abs(by_shoal.energy_j - by_glpk.energy_j) <= 1e-6 * by_shoal.energy_j;
  }
};

/// @param barred  a model that may not be used.
inline proven prove(const dataset& data, const measurement& measured, pool who, double required,
                    std::optional<std::size_t> barred = {}) {
  assign::problem p = planning_problem(data, measured, who, required);
  if (barred) p.allowed.row(static_cast<Eigen::Index>(*barred)).setConstant(false);
  return {required, measured.count.sum(), assign::exact{}(p, least_energy, {}),
          shoal::glpk::solver{}(p, least_energy, {})};
}

/// The model with the least energy that reaches the required accuracy on its own; empty when none does.
inline std::optional<std::size_t> best_single(const dataset& data, const measurement& measured,
                                              double required) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < data.models.size(); ++i) {
    if (measured.overall[static_cast<Eigen::Index>(i)] < required) continue;
    if (!best || data.models[i].energy_j < data.models[*best].energy_j) best = i;
  }
  return best;
}

/// The most accurate model.
inline std::size_t most_accurate(const measurement& measured) {
  Eigen::Index best = 0;
  measured.overall.maxCoeff(&best);
  return static_cast<std::size_t>(best);
}

/// One point of the energy-quality curve.
struct tradeoff {
  double accuracy = 0;
  double energy_j = 0;
};

/// The curve: the corners of the staircase from the cheapest plan to the best, found by solving again and
/// again for a little more accuracy than the last plan had. Steps of less than 0.001 are passed over.
inline std::vector<tradeoff> energy_quality_curve(const dataset& data, const measurement& measured,
                                                  pool who) {
  std::vector<tradeoff> out;
  assign::problem p = planning_problem(data, measured, who, 0);
  assign::solution s = assign::exact{}(p, least_energy, {});
  while (s) {
    out.push_back({s.compatibility.mean, s.energy_j / measured.count.sum()});
    p.require->at_least = s.compatibility.mean + 0.001;
    s = assign::exact{}(p, least_energy, {});
  }
  if (s.best && *s.best > out.back().accuracy) {
    p.require->at_least = *s.best;
    if (s = assign::exact{}(p, least_energy, {}); s) {
      out.push_back({s.compatibility.mean, s.energy_j / measured.count.sum()});
    }
  }
  return out;
}

/// A published optimum that the solvers must reproduce to the last printed digit.
struct anchor {
  pool who = pool::small;
  double required = 0;
  std::optional<double> energy_j{};  ///< empty: infeasible
};

inline const std::vector<anchor> anchors{
    {pool::small, 0.44, 11.00}, {pool::small, 0.46, 12.73}, {pool::small, 0.50, {}},
    {pool::whole, 0.50, 16.33}, {pool::whole, 0.60, 49.45},
};

inline bool reproduces(const anchor& known, const proven& found) {
  if (!known.energy_j) return found.by_shoal.verdict == assign::verdict::infeasible;
  return found.found() && std::abs(found.energy_j() - *known.energy_j) < 0.005 + 1e-9;
}

}  // namespace demo
