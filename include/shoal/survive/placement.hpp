// SPDX-License-Identifier: BSL-1.0
/// @file Placement: the cheapest replicas, in distinct groups, that reach a target of survival.
#pragma once

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "shoal/assign/limits.hpp"
#include "shoal/assign/objective.hpp"
#include "shoal/assign/problem.hpp"
#include "shoal/assign/solution.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/survive/assess.hpp"
#include "shoal/survive/chance.hpp"
#include "shoal/survive/redundancy.hpp"
#include "shoal/survive/swarm.hpp"

namespace shoal::survive {

/// A plan with what it costs and what it bears.
struct placement {
  assign::solution plan{};  ///< its verdict says whether there is one, and whether it is proven cheapest
  chance worst{};           ///< of the subtask that is most likely to fail, exact
  report survival{};        ///< of the whole plan, as `assess` finds it; empty without a plan
};

/// The cheapest plan in which each subtask survives with `target` or more, its replicas in distinct groups.
/// Models in distinct groups share nothing, so a model is as likely down as it or its group is, replicas
/// multiply, and the assignment program is exact about each subtask.
///
/// All else of `p` holds: what is allowed, capacities, quality; its replicas are the least number of each
/// subtask. For a target of the whole plan, `target_of_each` gives one that suffices.
/// @param p       its failure probabilities and groups are taken from `s`.
/// @param target  of each subtask, [0, 1); 0: as many replicas as `p` says.
/// @param solver  any `assign::solver`: `assign::exact{}` proves its plan.
/// @throws invalid_argument  when the swarm is not valid, has not the problem's number of models, or the
/// target
///                           is out of range; and as the solver does.
template <class Solver>
placement place_replicas(assign::problem p, const swarm& s, double target, const Solver& solver,
                         const assign::objective& o = {}, const assign::limits& l = {});

/// A target for each of m subtasks that is enough for `target` of the whole plan, models shared between
/// subtasks or not: target^(1/m), since sharing can only make subtasks survive together more often.
/// @throws invalid_argument  when `target` is not in [0, 1].
/// @source Esary, Proschan & Walkup 1967, "Association of random variables", Ann. Math. Stat. 38.
template <class = when_used>
double target_of_each(double target, std::size_t subtasks) {
  detail::check_probability("survival target", target);
  return subtasks == 0 ? target : std::pow(target, 1 / static_cast<double>(subtasks));
}

/// Plans between which the choice lies: each is cheapest for its survival, and each costs more than the one
/// before and has a worst subtask that fails less. From the cheapest plan of all the target is raised just
/// beyond what was reached, until nothing reaches it, each subtask fails less than once in 10^10, or
/// `most` plans are found. Survivals that differ by less than a ten-millionth of the failure count as one.
/// @returns  plans by growing objective; only the last may lack a proof, when a limit was reached.
template <class Solver>
std::vector<placement> survival_frontier(const assign::problem& p, const swarm& s, const Solver& solver,
                                         std::size_t most = 20, const assign::objective& o = {},
                                         const assign::limits& l = {});

/// What each further replica buys: the cheapest plans with 1, 2, ... `most` replicas of every subtask, in
/// distinct groups, as far as there are enough.
template <class Solver>
std::vector<placement> replica_gains(assign::problem p, const swarm& s, std::size_t most,
                                     const Solver& solver, const assign::objective& o = {},
                                     const assign::limits& l = {});

namespace detail {

template <class Problem>
void take_failures(Problem& p, const swarm& s) {
  validate(s);
  if (p.models() != s.models())
    throw invalid_argument(
        message("placement: ", s.models(), " models in the swarm, ", p.models(), " in the problem"));
  for (std::size_t i = 0; i < s.models(); ++i) {
    const std::size_t g = s.group_of(i);
    const double shared = g == no_group ? 0 : s.groups[g].failure_probability;
    p.failure_probability[static_cast<Eigen::Index>(i)] = s.failure[i] + shared - s.failure[i] * shared;
    p.group[i] = g == no_group ? s.groups.size() + i : g;
  }
  p.separate_groups.assign(p.subtasks(), true);
}

template <class Solver>
placement solve_placement(const assign::problem& p, const swarm& s, const Solver& solver,
                          const assign::objective& o, const assign::limits& l) {
  placement out;
  out.plan = solver(p, o, l);
  if (out.plan.chosen.size() != p.subtasks()) return out;
  const std::vector<redundant_subtask> parts = make_plan(out.plan.chosen, p.subtask_names);
  out.survival = assess(s, parts);
  for (const subtask_survival& part : out.survival.subtasks) {
    if (part.own.failure > out.worst.failure) out.worst = part.own;
  }
  return out;
}

template <class Problem>
bool is_planned(const placement& found, const Problem& p) {
  return (found.plan.verdict == assign::verdict::optimal ||
          found.plan.verdict == assign::verdict::feasible) &&
         found.plan.chosen.size() == p.subtasks();
}

}  // namespace detail

template <class Solver>
placement place_replicas(assign::problem p, const swarm& s, double target, const Solver& solver,
                         const assign::objective& o, const assign::limits& l) {
  if (!(target >= 0 && target < 1))
    throw invalid_argument(message("survival target ", target, " is not in [0, 1)"));
  detail::take_failures(p, s);
  p.survival.setConstant(target);
  return detail::solve_placement(p, s, solver, o, l);
}

template <class Solver>
std::vector<placement> survival_frontier(const assign::problem& p, const swarm& s, const Solver& solver,
                                         std::size_t most, const assign::objective& o,
                                         const assign::limits& l) {
  std::vector<placement> out;
  if (p.subtasks() == 0) return out;
  // The least target that is one: every subtask may then have more replicas than it needs.
  double target = 1e-12;
  double reached = 2;
  while (out.size() < most) {
    placement next = place_replicas(p, s, target, solver, o, l);
    if (!detail::is_planned(next, p) || !(next.worst.failure < reached)) break;
    reached = next.worst.failure;
    const bool proven = next.plan.verdict == assign::verdict::optimal;
    // As cheap and better: it takes the place of the one before.
    if (!out.empty() && next.plan.objective <= out.back().plan.objective * (1 + 1e-12)) out.pop_back();
    out.push_back(std::move(next));
    if (!proven || reached < 1e-10) break;
    // Beyond the solver's tolerance, and beyond the rounding of targets near 1.
    target = 1 - (reached * (1 - 1e-7) - 4e-16);
  }
  return out;
}

template <class Solver>
std::vector<placement> replica_gains(assign::problem p, const swarm& s, std::size_t most,
                                     const Solver& solver, const assign::objective& o,
                                     const assign::limits& l) {
  detail::take_failures(p, s);
  p.survival.setZero();
  std::vector<placement> out;
  for (std::size_t r = 1; r <= most; ++r) {
    p.replicas.assign(p.subtasks(), r);
    placement next = detail::solve_placement(p, s, solver, o, l);
    if (!detail::is_planned(next, p)) break;
    out.push_back(std::move(next));
  }
  return out;
}

}  // namespace shoal::survive
