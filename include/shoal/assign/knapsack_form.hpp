// SPDX-License-Identifier: BSL-1.0
/// @file Programs whose subtasks take one model each, under one row at most, solved as what they are:
/// multiple-choice knapsack problems.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "shoal/assign/branch_and_bound.hpp"
#include "shoal/assign/budget.hpp"
#include "shoal/assign/choice_table.hpp"
#include "shoal/assign/multiple_choice_knapsack.hpp"
#include "shoal/assign/whole_figures.hpp"

namespace shoal::assign {

/// True for a program of one model for each subtask and one row at most, which runs over all pairs.
template <class Program>
bool has_knapsack_form(const Program& p) {
  for (const auto& d : p.demands)
    if (!d.single() || !std::isinf(d.skip)) return false;
  if (p.couplings.empty()) return true;
  return p.couplings.size() == 1 && !p.couplings.front().each_model && !p.couplings.front().peak;
}

/// Share of the cost by which plans are told apart where figures are not whole numbers on any decimal scale.
inline constexpr double knapsack_resolution = 1e-11;

/// The best plan of a program of that form, as `branch_and_bound` gives it. Whole numbers and decimal
/// fractions are exact, as long as the sums of the largest stay below 2^52 units of the last decimal; other
/// figures are rounded to whole multiples of about 2^-52 of such a sum.
/// @param admits  the last word on the plan, for rows whose use was rounded.
/// @return empty where the plan is refused: then the row is met or missed by less than the rounding.
/// @pre `has_knapsack_form(p)`.
template <class Program, class Admits>
std::optional<search_result> search_as_knapsack(const Program& p, budget& left, Admits admits) {
  const std::size_t n = p.models();
  const std::size_t m = p.subtasks();
  search_result out;
  const auto none = [&] {
    out.proven = true;
    out.bound = p.ceiling();
    return out;
  };
  const bool coupled = !p.couplings.empty();
  const whole_scale cost = scale_to_whole(p.cost.data(), n * m, m, choice_table<>::most);
  whole_scale use{};
  choice_table<> table;
  table.reshape(m, n);
  if (coupled) {
    use = scale_to_whole(p.couplings.front().use.data(), n * m, m, choice_table<>::most);
    table.limit = std::floor(p.bound.front() * use.factor);
  }
  for (std::size_t k = 0; k < m; ++k) {
    bool any = false;
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t e = p.pair(i, k);
      if (!p.open.data()[e]) continue;
      any = true;
      table.cost(k)[i] = nearest_whole(p.cost.data()[e] * cost.factor);
      if (!coupled) continue;
      const double used = p.couplings.front().use.data()[e] * use.factor;
      // Down, so that no plan is lost.
      table.use(k)[i] = use.exact ? nearest_whole(used) : std::floor(used);
    }
    if (!any) return none();
  }
  if (!table.measure()) return std::nullopt;

  multiple_choice_knapsack<> engine;
  knapsack_options<> how;
  how.share = std::max(left.gap(), cost.exact ? 0.0 : knapsack_resolution);
  const knapsack_ending end = engine.solve(table, how, [&](std::size_t states) {
    left.use_nodes(std::min(states, left.nodes_left()));
    return left.spent();
  });
  if (end == knapsack_ending::infeasible) return none();
  plan chosen(m);
  for (std::size_t k = 0; k < m; ++k) chosen[k] = {static_cast<std::size_t>(engine.chosen()[k])};
  if (!p.keeps_rows(chosen) || !admits(chosen)) return std::nullopt;
  out.value = p.value(chosen);
  out.chosen = std::move(chosen);
  out.proven = end == knapsack_ending::optimal;
  const bool met = out.proven && engine.bound() >= engine.cost();
  const double doubt = cost.exact ? 0 : static_cast<double>(m);
  out.bound = met ? out.value : std::min(out.value, (engine.bound() - doubt) / cost.factor);
  if (coupled) out.multipliers = {engine.multiplier() * use.factor / cost.factor};
  return out;
}

}  // namespace shoal::assign
