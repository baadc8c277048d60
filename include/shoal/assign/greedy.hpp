// SPDX-License-Identifier: BSL-1.0
/// @file Greedy solver: a good plan at once, without proof.
#pragma once

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "shoal/assign/budget.hpp"
#include "shoal/assign/evaluate.hpp"
#include "shoal/assign/explain.hpp"
#include "shoal/assign/local_search.hpp"
#include "shoal/assign/program.hpp"
#include "shoal/assign/relaxation.hpp"
#include "shoal/assign/solver.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::assign {

/// The quick baseline. Each subtask takes its cheapest set that fits, those first that would lose most by
/// waiting; then moves of least cost for what they mend, until quality, capacity and bounds hold; then moves
/// that are cheaper, until there is none. That is done at the figures' own costs and at those of a Lagrangian
/// relaxation, which also gives the bound, and the better plan is kept. Where neither ends in a plan it
/// starts from the sets that are best for each requirement.
///
/// The verdict is `feasible`; `limit` where nothing was found, which proves nothing; `infeasible` where a
/// subtask cannot be served even alone.
/// @complexity about O(models x subtasks) a step of the relaxation, of which there are at most 50, and
/// O(subtasks^2) more where models have capacities or the makespan counts.
struct greedy {
  /// @throws invalid_problem  as `validate` does.
  template <class = when_used>
  solution operator()(const problem& p, const objective& o = {}, const limits& l = {}) const;
};
static_assert(solver<greedy>);

namespace detail {

template <class Problem>
solution solve_greedily(const Problem& p, const objective& o, const limits& l) {
  validate(p);
  validate(o);
  validate(l);
  const budget left(l);
  solution out;
  if (const auto alone = subtask_obstacle(p)) {
    out.verdict = verdict::infeasible;
    out.because = alone->because;
    out.best = alone->best;
  } else {
    const auto first = first_program(p, o);
    std::optional<plan> found;
    double value = first.ceiling();
    const auto keep = [&](const std::optional<plan>& next) {
      if (!next || !(first.value(*next) < value) || !first.keeps_rows(*next)) return;
      found = next;
      value = first.value(*next);
    };
    keep(greedy_plan(first, first.cost, left));
    relaxation relaxed(first);
    std::vector<double> multipliers = relaxed.first_multipliers();
    const double bound = relaxed.maximise(multipliers, 50, value, [&] {
      if (relaxed.keeps_rows()) keep(relaxed.choice());
      return left.spent() ? -std::numeric_limits<double>::infinity() : value;
    });
    keep(greedy_plan(first, first.priced(multipliers), left));
    for (const coupling& c : first.couplings)
      if (!found && !c.peak && !left.spent()) keep(greedy_plan(first, c.use, left));
    if (found) {
      if (const auto second = second_program(p, o, value)) {
        plan_editor editor(*second, *found, left);
        editor.improve();
        found = editor.chosen();
      }
    }
    if (found && !violation(p, o, *found)) out = evaluate(p, o, *std::move(found));
    out.bound = out ? std::min(bound, out.objective) : bound;
  }
  out.solver = "greedy";
  out.seconds = left.seconds();
  return out;
}

}  // namespace detail

template <class>
solution greedy::operator()(const problem& p, const objective& o, const limits& l) const {
  return detail::solve_greedily(p, o, l);
}

}  // namespace shoal::assign
