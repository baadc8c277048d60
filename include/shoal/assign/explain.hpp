// SPDX-License-Identifier: BSL-1.0
/// @file Why no plan exists: the requirement that cannot be met, in a sentence, and the best value that can.
///
/// Requirements are added to the problem one kind after the other, and the first kind whose addition leaves
/// no plan is the one that is named:
///  1. `models`: each subtask has as many allowed models (of different groups, where asked) as replicas;
///  best:
///     how many the first subtask has that lacks some;
///  2. `survival`: each subtask can reach its target; best: the survival that the first one reaches that
///  cannot;
///  3. `capacity`: all subtasks fit together; best: the largest number of subtasks that do;
///  4. `quality`: some plan that fits is good enough; best: the best quality of those plans, by the rule;
///  5. `bound`: some plan that is good enough keeps the bound of `epsilon`; best: the least energy or time of
///     those plans.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "shoal/assign/evaluate.hpp"
#include "shoal/core/log_domain.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::assign {

/// A requirement that no plan meets: what `solution::because` and `solution::best` say.
struct obstacle {
  std::string because{};  ///< a sentence that names the requirement
  double best = 0;        ///< the best value of it that can be reached
};

/// The first subtask that lacks models or, where none does, the first that cannot reach its survival target;
/// nothing when each subtask taken alone can be served.
/// @pre `p` is valid.
/// @complexity O(models x subtasks x log models).
template <class Problem>
std::optional<obstacle> subtask_obstacle(const Problem& p) {
  std::optional<obstacle> survival;
  for (std::size_t k = 0; k < p.subtasks(); ++k) {
    const auto column = static_cast<Eigen::Index>(k);
    struct choice {
      std::size_t group;
      double log_lost;
      auto operator<=>(const choice&) const = default;
    };
    std::vector<choice> choices;
    for (std::size_t i = 0; i < p.models(); ++i) {
      const auto row = static_cast<Eigen::Index>(i);
      if (p.allowed(row, column))
        choices.push_back({p.group[i], log_probability(p.failure_probability[row])});
    }
    if (p.separate_groups[k]) {
      std::sort(choices.begin(), choices.end());  // the safest model of each group comes first
      const auto same_group = [](const choice& a, const choice& b) { return a.group == b.group; };
      choices.erase(std::unique(choices.begin(), choices.end(), same_group), choices.end());
    }
    if (choices.size() < p.replicas[k]) {
      return obstacle{
          message("subtask ", p.subtask_label(k), " asks for ", p.replicas[k],
                  p.separate_groups[k] ? " models of different groups, but only " : " models, but only ",
                  choices.size(), " can be had"),
          static_cast<double>(choices.size())};
    }
    if (survival || !(p.survival[column] > 0)) continue;
    double log_lost = 0;
    for (const choice& c : choices) log_lost += c.log_lost;
    if (at_most(log_lost, std::log1p(-p.survival[column]))) continue;
    const double best = -std::expm1(log_lost);
    survival = obstacle{message("subtask ", p.subtask_label(k), " asks for survival ", p.survival[column],
                                ", but all its models together reach ", best),
                        best};
  }
  return survival;
}

/// The subtasks do not fit together; at most `placed` of them do.
template <class Problem>
obstacle capacity_obstacle(const Problem& p, std::size_t placed) {
  return {message("the capacities hold only ", placed, " of the ", p.subtasks(), " subtasks at once"),
          static_cast<double>(placed)};
}

/// The plans that fit reach at most `best` by the rule.
/// @pre `p.require` has a value.
template <class Problem>
obstacle quality_obstacle(const Problem& p, double best) {
  return {message("quality by the rule ", name_of(p.require->rule), " must be at least ", p.require->at_least,
                  ", but no plan that fits reaches more than ", best),
          best};
}

/// The plans that are good enough need at least `best` of the criterion that `epsilon` bounds.
template <class = when_used>
obstacle bound_obstacle(const epsilon& e, double best) {
  return {message(name_of(e.minimise == criterion::energy ? criterion::time : criterion::energy),
                  " must be at most ", e.at_most, ", but no plan that is good enough needs less than ", best),
          best};
}

}  // namespace shoal::assign
