// SPDX-License-Identifier: BSL-1.0
/// @file Exact solver that needs no third party: least cost, with proof.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "shoal/assign/branch_and_bound.hpp"
#include "shoal/assign/budget.hpp"
#include "shoal/assign/diagnosis.hpp"
#include "shoal/assign/evaluate.hpp"
#include "shoal/assign/knapsack_form.hpp"
#include "shoal/assign/program.hpp"
#include "shoal/assign/program_search.hpp"
#include "shoal/assign/solver.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::assign {

/// The library's own exact solver. One front, several engines behind it, chosen by the structure of the
/// problem; `solution::engine` says which:
///
/// - `knapsack` where each subtask takes one model and one limit at most couples them (the quality rule or
/// the
///   bound of `epsilon`): a multiple-choice knapsack problem; see multiple_choice_knapsack.hpp;
/// - `generalised assignment` where each model has a capacity and each subtask takes a given number of
/// models,
///   with any limits over all pairs besides; see capacity_search.hpp;
/// - `branch and bound` for everything else: Lagrangian, with sweeps; see branch_and_bound.hpp.
///
/// `optimal` is proven up to a share of 1e-10 of
/// the objective (`branch_and_bound::resolution`), or up to `limits::gap`. Of plans that are equal by that
/// measure the first that the search meets is kept; the search is in a fixed order, so equal inputs give
/// equal plans unless a time limit or a stop cuts it short. Problems without capacity, bound or quality of
/// the whole are answered at the first node.
/// @complexity exponential at worst; linear where subtasks do not depend on each other.
struct exact {
  /// An earlier answer to begin with, or none; not owned. Models and subtasks have kept their numbers since:
  /// a model that was lost is closed (`problem::allowed`), new ones come last. Where models have capacities,
  /// its plan is mended and its multipliers are the first prices, so that a good plan with a bound is there
  /// after a few steps; what is proven, and how exactly, does not depend on it. The other engines are as fast
  /// without.
  const solution* from = nullptr;

  /// @throws invalid_problem  as `validate` does.
  template <class = when_used>
  solution operator()(const problem& p, const objective& o = {}, const limits& l = {}) const;
};
static_assert(solver<exact>);

namespace detail {

/// Points of the second program's dual, from the multipliers that the first ended with: the second has the
/// first's rows and then those that bound what the first minimised. Weighed so that they outweigh the
/// second's costs, they tell early that a plan under construction will not be as good as the first stage's.
template <class Program>
std::vector<std::vector<double>> tie_hints(const Program& first, const search_result& reached,
                                           const Program& second, const plan& chosen) {
  std::vector<std::vector<double>> out;
  if (!(reached.value > 0)) return out;
  for (const double weight : {10.0, 1e3}) {
    const double unit = weight * second.value(chosen) / reached.value;
    std::vector<double> point = relaxation(second).first_multipliers();
    for (const coupling& c : second.couplings) {
      if (c.peak) continue;
      const std::size_t end = c.first_row + (c.each_model ? second.models() : 1);
      for (std::size_t r = c.first_row; r < end; ++r)
        point[r] = unit * (r < first.rows() ? reached.multipliers[r] : 1);
    }
    out.push_back(std::move(point));
  }
  return out;
}

/// The plan of the least second criterion among those that reach the first, from one of them.
template <class Problem, class Program, class Admits>
search_result break_ties(const Problem& p, const objective& o, const search_result& first,
                         const Program& second, const plan& chosen, budget& left, Admits admits) {
  const auto keeps = [&](const plan& found) { return second.keeps_rows(found) && admits(found); };
  if (const auto found = try_knapsack(knapsack_form_of(second), left, keeps); found && found->chosen)
    return *found;
  const auto program = first_program(p, o);
  search_result priced = first;
  priced.multipliers.resize(program.rows(), 0);
  search_start<> start{.chosen = chosen, .hints = tie_hints(program, priced, second, chosen)};
  if (!start.hints.empty()) start.prices = start.hints.front();
  return search_program(second, left, admits, start).found;
}

/// The plan of an earlier answer, and its multipliers as prices of the program's rows where they can be told
/// apart: those of each model's capacity come first, and there may be more models now.
template <class Program>
search_start<> start_from(const Program& p, const solution* from) {
  search_start<> out;
  if (from == nullptr || !*from || from->chosen.size() != p.subtasks()) return out;
  out.chosen = from->chosen;
  const auto models_then = static_cast<std::size_t>(from->load.size());
  const std::size_t others = p.rows() - std::min(p.rows(), p.models());
  const std::vector<double>& then = from->multipliers;
  if (then.size() != others && then.size() != models_then + others) return out;
  out.prices.assign(p.rows(), 0);
  const std::size_t capacities = std::min(then.size() - others, p.rows() - others);
  std::copy_n(then.begin(), capacities, out.prices.begin());
  std::copy(then.end() - static_cast<std::ptrdiff_t>(others), then.end(),
            out.prices.end() - static_cast<std::ptrdiff_t>(others));
  return out;
}

template <class Problem>
solution solve_exactly(const Problem& p, const objective& o, const limits& l, const solution* from) {
  validate(p);
  validate(o);
  validate(l);
  if (p.linked() && p.distance_in == criterion::time && o.time == time_rule::makespan) {
    throw invalid_problem("transfers that take time need the time rule total: models work meanwhile");
  }
  budget left(l);
  const auto admits = [&](const plan& chosen) { return !violation(p, o, chosen); };

  const char* engine = "knapsack";
  std::optional<search_result> first = try_knapsack(knapsack_form_of(p, o), left, admits);
  if (!first) {
    const auto whole = first_program(p, o);
    auto other = search_program(whole, left, admits, start_from(whole, from));
    engine = other.engine;
    first = std::move(other.found);
  }
  const search_result least = *std::move(first);
  if (least.chosen) {
    left.found(least.value);
    left.bounded(std::min(least.bound, least.value));
  }
  left.say_no_more();
  solution out;
  if (least.chosen) {
    plan chosen = *least.chosen;
    bool proven = least.proven;
    const auto second = least.ties_broken ? std::nullopt : second_program(p, o, least.value);
    if (second) {
      const search_result ties = break_ties(p, o, least, *second, chosen, left, admits);
      if (ties.chosen) chosen = *ties.chosen;
      proven = proven && ties.proven;
    }
    out = evaluate(p, o, std::move(chosen));
    out.verdict = proven ? verdict::optimal : verdict::feasible;
    out.bound = std::min(least.bound, out.objective);
  } else if (least.proven) {
    out.verdict = verdict::infeasible;
    diagnosis why(p, o, left);
    if (auto found = why()) {
      out.because = std::move(found->because);
      out.best = found->best;
    } else {
      out.because = "no plan meets every requirement; a limit was reached before the reason was found";
    }
  } else {
    out.bound = least.bound;
  }
  out.solver = "exact";
  out.engine = engine;
  out.multipliers = least.multipliers;
  out.nodes = left.nodes();
  out.seconds = left.seconds();
  return out;
}

}  // namespace detail

template <class>
solution exact::operator()(const problem& p, const objective& o, const limits& l) const {
  return detail::solve_exactly(p, o, l, from);
}

}  // namespace shoal::assign
