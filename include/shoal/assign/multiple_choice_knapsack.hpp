// SPDX-License-Identifier: BSL-1.0
/// @file Multiple-choice knapsack engine: one choice of each class, at most one limit, least cost, with
/// proof.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "shoal/assign/choice_table.hpp"
#include "shoal/assign/knapsack_core.hpp"
#include "shoal/assign/knapsack_relaxation.hpp"

namespace shoal::assign {

/// What the engine can say of a table.
enum class knapsack_ending {
  optimal,     ///< proven: no plan is better by the gain
  feasible,    ///< stopped before the proof
  infeasible,  ///< proven: the least use is over the limit
};

/// The engine and its memory: relaxation, then the core around it. Solving again allocates nothing once the
/// memory has grown to what the problems need. Equal inputs give equal plans.
/// @complexity O(places) where the core stays small, as it does on most data; pseudo-polynomial at worst.
template <class Real = double>
class multiple_choice_knapsack {
 public:
  /// Solves a table that has been measured (`choice_table::measure` said true) and whose classes each have a
  /// choice.
  /// @param stop  called now and then with the states looked at since; true ends the search.
  template <class Stop>
  knapsack_ending solve(const choice_table<Real>& table, const knapsack_options<Real>& how, Stop stop);
  /// Without options and without a stop.
  knapsack_ending solve(const choice_table<Real>& table) {
    return solve(table, {}, [](std::size_t) { return false; });
  }

  /// The place of each class's choice; with a plan only.
  const std::vector<std::uint32_t>& chosen() const { return chosen_; }
  Real cost() const { return cost_; }
  Real use() const { return use_; }
  /// No plan costs less: the cost itself where every whole number counted and the ending is `optimal`.
  Real bound() const { return bound_; }
  /// Price of a unit of use: with it the sum of each class's least cost + multiplier x use, less multiplier x
  /// limit, is a bound on every plan, which anyone can verify.
  Real multiplier() const { return relaxed_.multiplier(); }
  /// That bound.
  Real relaxed_bound() const { return relaxed_.bound(); }
  /// Memory that it holds on to, the large part of it.
  std::size_t bytes() const { return core_.bytes(); }

 private:
  knapsack_relaxation<Real> relaxed_{};
  knapsack_core<Real> core_{};
  std::vector<std::uint32_t> chosen_{};
  Real cost_ = 0;
  Real use_ = 0;
  Real bound_ = 0;
};

template <class Real>
template <class Stop>
knapsack_ending multiple_choice_knapsack<Real>::solve(const choice_table<Real>& table,
                                                      const knapsack_options<Real>& how, Stop stop) {
  using kind = typename knapsack_relaxation<Real>::kind;
  const kind limit = relaxed_.solve(table, how.multiplier);
  if (limit == kind::infeasible) return knapsack_ending::infeasible;
  chosen_ = relaxed_.greedy();
  cost_ = relaxed_.greedy_cost();
  use_ = relaxed_.base_use();
  bound_ = relaxed_.bound();
  if (limit == kind::free) return knapsack_ending::optimal;
  knapsack_options<Real> with_gain = how;
  with_gain.gain = std::max(how.gain, how.share * std::min(std::abs(cost_), std::abs(bound_)));
  const bool proven = core_.improve(table, relaxed_, chosen_, cost_, with_gain, stop);
  cost_ = use_ = 0;
  for (std::size_t k = 0; k < table.classes(); ++k) {
    cost_ += table.cost(k)[chosen_[k]];
    use_ += table.use(k)[chosen_[k]];
  }
  if (proven) bound_ = std::max(bound_, with_gain.gain > 1 ? cost_ - with_gain.gain : cost_);
  bound_ = std::min(bound_, cost_);
  return proven ? knapsack_ending::optimal : knapsack_ending::feasible;
}

}  // namespace shoal::assign
