// SPDX-License-Identifier: BSL-1.0
/// @file Lagrangian relaxation of problems with capacities: subtasks and rows are priced, and each model
/// fills its capacity alone.
///
/// With a price v_k for each subtask and u_r >= 0 for each row, no plan costs less than
///
///     sum_k takes_k v_k - sum_r u_r bound_r - sum_i (the most that model i can earn)
///
/// where pair (i, k) earns v_k - cost_ik - sum_r u_r use_rik. What a model can earn is a knapsack problem, so
/// the bound is that of all convex combinations of fillings that keep a capacity, which is stronger than the
/// linear relaxation.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "shoal/assign/capacity_form.hpp"
#include "shoal/assign/capacity_state.hpp"
#include "shoal/assign/profit_knapsack.hpp"

namespace shoal::assign {

/// How prices are sought.
struct price_search {
  std::size_t steps = 24;    ///< at most
  double first = 0.2;        ///< share of the way to the target that a step aims at, at first
  double least_gain = 0.03;  ///< share of the way to the cutoff that ten steps must gain, else it ends
};

/// The relaxation over the open pairs of a state. `Number` is what the knapsacks count in.
/// @source Posta, Ferland & Michelon 2012, An exact method with variable fixing for solving the generalized
/// assignment problem, Comput. Optim. Appl. 52; Barahona & Anbil 2000, The volume algorithm, Math.
/// Programming 87, for the ascent.
template <class Number, class Real = double>
class capacity_relaxation {
 public:
  explicit capacity_relaxation(const capacity_form<Real>& form)
      : form_(form), in_(form.pairs(), 0), out_(form.pairs(), 0) {}

  /// Takes the open pairs of a state, which must live on while it is asked about.
  void look_at(const capacity_state<Real>& state);

  /// The bound at the given prices, and what each model takes.
  /// @complexity O(open pairs x cells), vectorised.
  Real evaluate(const std::vector<Real>& price, const std::vector<Real>& row_price);

  /// Pairs that the models took at the last evaluation.
  const std::vector<std::uint32_t>& picked() const { return picked_; }
  /// Those are a plan of the state that keeps every row.
  bool keeps_all() const;

  /// Raises the bound from the prices of the state, and leaves the best there.
  /// @param cutoff  a bound that is enough.
  /// @param target  what the steps aim at, > cutoff.
  /// @param look    called after each evaluation; returns a cutoff, since plans may have been found.
  template <class Look>
  Real ascend(capacity_state<Real>& state, Real cutoff, Real target, const price_search& how, Look look);

  /// The bound at the prices of the state, and for each open pair what it rises by when its model must take
  /// it (`rise_in`) or must not (`rise_out`); one of the two is 0.
  Real find_rises(const capacity_state<Real>& state);
  Real rise_in(std::size_t pair) const { return in_[pair]; }
  Real rise_out(std::size_t pair) const { return out_[pair]; }

 private:
  struct open_pair {
    std::uint32_t pair;
    std::uint32_t subtask;
  };

  Real profit(const open_pair& at, const std::vector<Real>& price, const std::vector<Real>& row_price) const {
    Real out = price[at.subtask] - form_.cost[at.pair];
    for (std::size_t r = 0; r < row_price.size(); ++r) out -= row_price[r] * form_.rows[r].use[at.pair];
    return out;
  }
  void pick(const open_pair& at) {
    picked_.push_back(at.pair);
    ++count_[at.subtask];
    for (std::size_t r = 0; r < row_excess_.size(); ++r) row_excess_[r] += form_.rows[r].use[at.pair];
  }
  Real constant(const std::vector<Real>& price, const std::vector<Real>& row_price) const {
    Real out = state_->spent;
    for (const std::uint32_t k : waiting_) out += static_cast<Real>(state_->left[k]) * price[k];
    for (std::size_t r = 0; r < row_price.size(); ++r) out -= row_price[r] * state_->row_room[r];
    return out;
  }
  bool bounded(std::size_t i) const { return form_.cell[i] > 0; }
  void fill_knapsack(std::size_t i, const std::vector<Real>& price, const std::vector<Real>& row_price);
  std::size_t size() const { return waiting_.size() + row_excess_.size(); }
  void write_gradient(std::vector<Real>& out) const;

  const capacity_form<Real>& form_;
  const capacity_state<Real>* state_ = nullptr;
  std::vector<std::uint32_t> waiting_{};  // subtasks that still need models
  std::vector<std::vector<open_pair>> of_model_{};
  profit_knapsack<Number> knapsack_{};
  std::vector<std::uint32_t> picked_{};
  std::vector<std::uint32_t> count_{};  // how many models took each subtask
  std::vector<Real> row_excess_{};      // use of each row over its bound
  std::vector<Real> in_{};
  std::vector<Real> out_{};
  std::vector<Real> gradient_{};
  std::vector<Real> direction_{};  // of the ascent: an average of gradients
  std::vector<Real> price_{};
  std::vector<Real> row_price_{};
};

template <class Number, class Real>
void capacity_relaxation<Number, Real>::look_at(const capacity_state<Real>& state) {
  state_ = &state;
  waiting_.clear();
  of_model_.resize(form_.models);
  for (auto& list : of_model_) list.clear();
  for (std::size_t k = 0; k < form_.subtasks; ++k) {
    if (state.left[k] == 0) continue;
    waiting_.push_back(static_cast<std::uint32_t>(k));
    for (std::size_t i = 0; i < form_.models; ++i) {
      const std::size_t pair = k * form_.models + i;
      if (state.open[pair])
        of_model_[i].push_back({static_cast<std::uint32_t>(pair), static_cast<std::uint32_t>(k)});
    }
  }
  count_.resize(form_.subtasks);
  row_excess_.resize(state.row_room.size());
}

template <class Number, class Real>
void capacity_relaxation<Number, Real>::fill_knapsack(std::size_t i, const std::vector<Real>& price,
                                                      const std::vector<Real>& row_price) {
  knapsack_.reset(form_.cells_in(i, std::max(state_->room[i], Real{0})));
  const auto& list = of_model_[i];
  for (std::size_t at = 0; at < list.size(); ++at) {
    const Real earns = profit(list[at], price, row_price);
    if (earns > 0) knapsack_.add(at, earns, form_.cells[list[at].pair]);
  }
}

template <class Number, class Real>
Real capacity_relaxation<Number, Real>::evaluate(const std::vector<Real>& price,
                                                 const std::vector<Real>& row_price) {
  picked_.clear();
  for (const std::uint32_t k : waiting_) count_[k] = 0;
  for (std::size_t r = 0; r < row_excess_.size(); ++r) row_excess_[r] = -state_->row_room[r];
  Real bound = constant(price, row_price);
  for (std::size_t i = 0; i < form_.models; ++i) {
    if (of_model_[i].empty()) continue;
    if (!bounded(i)) {
      for (const open_pair& at : of_model_[i]) {
        const Real earns = profit(at, price, row_price);
        if (!(earns > 0)) continue;
        bound -= earns;
        pick(at);
      }
      continue;
    }
    fill_knapsack(i, price, row_price);
    bound -= knapsack_.solve();
    for (const auto& item : knapsack_.items())
      if (item.taken) pick(of_model_[i][item.name]);
  }
  return bound;
}

template <class Number, class Real>
bool capacity_relaxation<Number, Real>::keeps_all() const {
  return std::all_of(waiting_.begin(), waiting_.end(),
                     [&](std::uint32_t k) { return count_[k] == state_->left[k]; }) &&
         std::all_of(row_excess_.begin(), row_excess_.end(), [](Real excess) { return excess <= 0; });
}

/// Rows in the unit of their size, so that one step suits all prices.
template <class Number, class Real>
void capacity_relaxation<Number, Real>::write_gradient(std::vector<Real>& out) const {
  out.clear();
  for (const std::uint32_t k : waiting_)
    out.push_back(static_cast<Real>(state_->left[k]) - static_cast<Real>(count_[k]));
  for (std::size_t r = 0; r < row_excess_.size(); ++r) out.push_back(row_excess_[r] / form_.rows[r].size);
}

template <class Number, class Real>
template <class Look>
Real capacity_relaxation<Number, Real>::ascend(capacity_state<Real>& state, Real cutoff, Real target,
                                               const price_search& how, Look look) {
  Real best = evaluate(state.price, state.row_price);
  cutoff = look();
  write_gradient(direction_);
  price_ = state.price;
  row_price_ = state.row_price;
  double share = how.first;
  std::size_t failures = 0;
  Real mark = best;
  for (std::size_t step = 0; step < how.steps && best < cutoff; ++step) {
    const std::size_t first_row = waiting_.size();
    Real norm = 0;
    for (std::size_t d = 0; d < size(); ++d) {
      const bool stuck = d >= first_row && direction_[d] < 0 && !(state.row_price[d - first_row] > 0);
      if (!stuck) norm += direction_[d] * direction_[d];
    }
    if (!(norm > 1e-9)) break;
    const Real length = share * (target - best) / norm;
    for (std::size_t d = 0; d < first_row; ++d)
      price_[waiting_[d]] = state.price[waiting_[d]] + length * direction_[d];
    for (std::size_t r = 0; r < row_price_.size(); ++r)
      row_price_[r] =
          std::max(Real{0}, state.row_price[r] + length * direction_[first_row + r] / form_.rows[r].size);
    const Real bound = evaluate(price_, row_price_);
    cutoff = look();
    write_gradient(gradient_);
    // The direction becomes the shortest vector between it and the new gradient, or near it.
    Real apart = 0;
    Real dot = 0;
    Real along = 0;
    for (std::size_t d = 0; d < size(); ++d) {
      if (d >= first_row && !(state.row_price[d - first_row] > 0 || direction_[d] > 0 || gradient_[d] > 0))
        continue;  // it stays zero
      const Real difference = gradient_[d] - direction_[d];
      apart += difference * difference;
      dot += direction_[d] * difference;
      along += direction_[d] * gradient_[d];
    }
    constexpr Real most = 0.3;
    const Real weight = apart > 0 ? -dot / apart : most;
    const Real part = weight < 0 ? most / 10 : std::min(weight, most);
    for (std::size_t d = 0; d < size(); ++d) direction_[d] += part * (gradient_[d] - direction_[d]);
    if (bound > best) {
      best = bound;
      std::swap(state.price, price_);
      std::swap(state.row_price, row_price_);
      failures = 0;
      if (along > 0) share = std::min(2.0, 1.2 * share);
    } else if (++failures >= 3) {
      failures = 0;
      share *= 0.7;
    }
    if (step % 10 == 9) {
      if (best - mark < how.least_gain * (cutoff - mark)) break;
      mark = best;
    }
  }
  return best;
}

template <class Number, class Real>
Real capacity_relaxation<Number, Real>::find_rises(const capacity_state<Real>& state) {
  Real bound = constant(state.price, state.row_price);
  for (std::size_t i = 0; i < form_.models; ++i) {
    const auto& list = of_model_[i];
    if (list.empty()) continue;
    if (bounded(i)) {
      fill_knapsack(i, state.price, state.row_price);
      bound -= knapsack_.solve_whole();
      knapsack_.find_changes();
    }
    for (const open_pair& at : list) {
      const Real earns = profit(at, state.price, state.row_price);
      out_[at.pair] = bounded(i) ? 0 : std::max(Real{0}, earns);
      in_[at.pair] = std::max(Real{0}, -earns);
      if (!bounded(i)) {
        bound -= out_[at.pair];
      } else if (!(earns > 0)) {
        in_[at.pair] += knapsack_.loss_without(form_.cells[at.pair]);
      }
    }
    if (!bounded(i)) continue;
    for (const auto& item : knapsack_.items()) {
      out_[list[item.name].pair] = item.taken ? item.change : 0;
      in_[list[item.name].pair] = item.taken ? 0 : item.change;
    }
  }
  return bound;
}

}  // namespace shoal::assign
