// SPDX-License-Identifier: BSL-1.0
/// @file Redundant subtasks: which models do each, and how many of them it needs.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/survive/survivors.hpp"
#include "shoal/survive/swarm.hpp"

namespace shoal::survive {

/// A subtask with its replicas. It survives when at least `needed` of its models are up. A plan is a list of
/// these, and survives when each of them does; one model may serve several.
struct redundant_subtask {
  std::string name{};                 ///< for reports
  std::vector<std::size_t> models{};  ///< indices in the swarm, each once, in any order
  std::size_t needed = 1;             ///< 0: survives always; more than there are models: never
};

/// The plan of an assignment: `chosen[k]` are the models of subtask k. Each needs one of its replicas; raise
/// `needed` of the entries that want a quorum.
/// @param names  of the subtasks; empty: their indices as text.
/// @throws invalid_argument  when `names` has another length than `chosen`.
template <class = when_used>
std::vector<redundant_subtask> make_plan(std::span<const std::vector<std::size_t>> chosen,
                                         std::span<const std::string> names = {}) {
  if (!names.empty() && names.size() != chosen.size()) {
    throw invalid_argument(message("plan: ", names.size(), " names for ", chosen.size(), " subtasks"));
  }
  std::vector<redundant_subtask> plan;
  for (std::size_t k = 0; k < chosen.size(); ++k)
    plan.push_back({names.empty() ? std::to_string(k) : names[k], chosen[k], 1});
  return plan;
}

/// Refuses a plan that names a model twice in one subtask, or one that the swarm does not have.
/// @throws invalid_argument  `subtask 2 "law": there is no model 9 among 4`.
template <class = when_used>
void validate(std::span<const redundant_subtask> plan, const swarm& s) {
  std::vector<std::size_t> last(s.models(), plan.size());
  for (std::size_t k = 0; k < plan.size(); ++k) {
    for (const std::size_t i : plan[k].models) {
      const auto refuse = [&](const auto&... what) {
        throw invalid_argument(message("subtask ", k, " ", quoted(plan[k].name), ": ", what...));
      };
      if (i >= s.models()) refuse("there is no model ", i, " among ", s.models());
      if (last[i] == k) refuse("model ", quoted(s.name_of(i)), " is there twice");
      last[i] = k;
    }
  }
}

/// Chance that one subtask survives by itself, exactly, whatever the rest of the plan does.
/// @pre  the swarm and the subtask are valid.
/// @complexity O(groups + r^2), r = its replicas.
template <class = when_used>
chance survival_of(const redundant_subtask& part, const swarm& s) {
  swarm own;
  std::vector<std::size_t> renamed(s.groups.size(), no_group);
  for (const std::size_t i : part.models) {
    const std::size_t g = s.group_of(i);
    own.failure.push_back(s.failure[i]);
    if (g != no_group && renamed[g] == no_group) {
      renamed[g] = own.groups.size();
      own.groups.push_back(s.groups[g]);
    }
    own.group.push_back(g == no_group ? no_group : renamed[g]);
  }
  return at_least(part.needed, own);
}

}  // namespace shoal::survive
