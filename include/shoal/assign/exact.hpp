// SPDX-License-Identifier: BSL-1.0
/// @file Exact solver that needs no third party: least cost, with proof.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "shoal/assign/branch_and_bound.hpp"
#include "shoal/assign/budget.hpp"
#include "shoal/assign/diagnosis.hpp"
#include "shoal/assign/evaluate.hpp"
#include "shoal/assign/program.hpp"
#include "shoal/assign/solver.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::assign {

/// The library's own exact solver: Lagrangian branch and bound. `optimal` is proven up to a share of 1e-10 of
/// the objective (`branch_and_bound::resolution`), or up to `limits::gap`. Of plans that are equal by that
/// measure the first that the search meets is kept; the search is in a fixed order, so equal inputs give
/// equal plans unless a time limit or a stop cuts it short. Problems without capacity, bound or quality of
/// the whole are answered at the first node.
/// @complexity exponential at worst; linear where subtasks do not depend on each other.
struct exact {
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

template <class Problem>
solution solve_exactly(const Problem& p, const objective& o, const limits& l) {
  validate(p);
  validate(o);
  validate(l);
  budget left(l);
  const auto admits = [&](const plan& chosen) { return !violation(p, o, chosen); };

  const auto first = first_program(p, o);
  const search_result least = branch_and_bound(first, left, admits).run();
  solution out;
  if (least.chosen) {
    plan chosen = *least.chosen;
    bool proven = least.proven;
    if (const auto second = second_program(p, o, least.value)) {
      const search_result ties =
          branch_and_bound(*second, left, admits).run(chosen, tie_hints(first, least, *second, chosen));
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
  out.nodes = left.nodes();
  out.seconds = left.seconds();
  return out;
}

}  // namespace detail

template <class>
solution exact::operator()(const problem& p, const objective& o, const limits& l) const {
  return detail::solve_exactly(p, o, l);
}

}  // namespace shoal::assign
