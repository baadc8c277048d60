// SPDX-License-Identifier: BSL-1.0
/// @file Part three of the demo: how likely the swarm is to survive, and what replicas and regions change.
#pragma once

#include <cstddef>
#include <set>
#include <shoal/shoal.hpp>
#include <span>
#include <string>
#include <vector>

#include "data.hpp"
#include "figures.hpp"
#include "planning.hpp"

namespace demo {

namespace survive = shoal::survive;

/// Assumed, since nobody publishes such figures for these models: change them and run again.
struct assumptions {
  double model_failure = 0.05;   ///< chance that a model fails in the mission
  double region_failure = 0.01;  ///< chance that a region fails and takes its models along
};

inline std::vector<shoal::failure_group> regions(const assumptions& a) {
  return {{"north", a.region_failure}, {"south", a.region_failure}, {"west", a.region_failure}};
}

/// A plan with replicas, and its chance of losing no subject.
struct fate {
  std::string name{};
  double energy_j = 0;  ///< per request, all replicas running
  double accuracy = 0;  ///< mean over the chosen pairs
  std::size_t models = 0;
  survive::report report{};
  std::string most_critical{};
};

inline fate assess_plan(std::string name, const dataset& data, const assign::problem& p,
                        const assign::solution& s, const assumptions& a) {
  const std::vector<shoal::failure_group> groups = regions(a);
  const survive::swarm swarm = survive::make_swarm(data.models, groups);
  fate out{.name = std::move(name),
           .energy_j = s.energy_j / p.count.sum(),
           .accuracy = s.compatibility.mean,
           .report = survive::assess(swarm, survive::make_plan(s.chosen, data.subjects))};
  std::set<std::size_t> used;
  for (const auto& chosen : s.chosen) used.insert(chosen.begin(), chosen.end());
  out.models = used.size();
  const auto& models = out.report.importance.models;
  const auto top = std::max_element(models.begin(), models.end(),
                                    [](const auto& l, const auto& r) { return l.birnbaum < r.birnbaum; });
  out.most_critical = top->name;
  return out;
}

/// The least-energy plan with so many replicas of every subject.
inline fate replicated_plan(std::string name, const dataset& data, const measurement& measured, pool who,
                            double required, std::size_t replicas, bool regions_apart, const assumptions& a) {
  assign::problem p = planning_problem(data, measured, who, required);
  p.replicas.assign(p.subtasks(), replicas);
  p.separate_groups.assign(p.subtasks(), regions_apart);
  return assess_plan(std::move(name), data, p, assign::exact{}(p, least_energy, {}), a);
}

/// Chance that one subject is lost with 1, 2, ... replicas: independent, each in a region of its own, all in
/// one.
inline std::vector<loss_curve> loss_of_one(const assumptions& a, std::size_t most) {
  loss_curve alone{"failures independent, no regions", "small", {}};
  loss_curve apart{"each replica in a region of its own", "fleet", {}};
  loss_curve together{"all replicas in one region", "large", {}};
  for (std::size_t m = 1; m <= most; ++m) {
    alone.loss.push_back(survive::replicated(a.model_failure, m).failure);
    survive::swarm s{.failure = std::vector<double>(m, a.model_failure),
                     .group = std::vector<std::size_t>(m)};
    s.groups.assign(1, {"one", a.region_failure});
    together.loss.push_back(survive::at_least(1, s).failure);
    for (std::size_t i = 0; i < m; ++i) s.group[i] = i;
    s.groups.assign(m, {"own", a.region_failure});
    apart.loss.push_back(survive::at_least(1, s).failure);
  }
  return {std::move(together), std::move(apart), std::move(alone)};
}

}  // namespace demo
