// SPDX-License-Identifier: BSL-1.0
/// @file Problems whose subtasks take one model each, under one limit at most, solved as what they are:
/// multiple-choice knapsack problems.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "shoal/assign/branch_and_bound.hpp"
#include "shoal/assign/budget.hpp"
#include "shoal/assign/choice_table.hpp"
#include "shoal/assign/evaluate.hpp"
#include "shoal/assign/multiple_choice_knapsack.hpp"
#include "shoal/assign/objective.hpp"
#include "shoal/assign/program.hpp"
#include "shoal/assign/whole_figures.hpp"

namespace shoal::assign {

/// Where the figures of a multiple-choice knapsack problem come from: matrices of models x subtasks, as the
/// problem or a program keeps them. With count_k = 1 where there is no `count`, pair (i, k) costs
/// count_k (first_factor first_ik + second_factor second_ik) and uses count_k use_factor use_ik of the limit.
template <class Real = double>
struct knapsack_form {
  using real = Real;

  std::size_t models = 0;
  std::size_t subtasks = 0;
  const bool* open = nullptr;  ///< false: the pair is never chosen
  const Real* count = nullptr;
  const Real* first = nullptr;
  Real first_factor = 1;
  const Real* second = nullptr;  ///< or none
  Real second_factor = 0;
  bool second_breaks_ties = false;  ///< it counts only between plans whose first figures sum to the same
  const Real* use = nullptr;        ///< or none: there is no limit
  Real use_factor = 1;
  bool use_logarithm = false;   ///< the logarithm of `use` counts
  const Real* floor = nullptr;  ///< or none: pairs whose figure is below `least` are never chosen either
  Real least = 0;
  Real limit = std::numeric_limits<Real>::infinity();
};

/// Share of the cost by which plans are told apart where figures are not whole numbers on any decimal scale.
inline constexpr double knapsack_resolution = 1e-11;

/// Fills a table with the figures of a form and solves it. Whole numbers and decimal fractions are exact, as
/// long as the sums of the largest stay below 2^51 units of the last decimal; other figures are rounded to
/// whole multiples of about 2^-51 of such a sum, uses down, so that no plan is lost.
template <class Real = double>
class knapsack_search {
 public:
  /// The best plan, as `branch_and_bound` gives it, but for its value.
  /// @param admits  the last word on the plan, since the use may have been rounded.
  /// @return empty where the plan is refused: it misses the limit by less than the rounding.
  template <class Admits>
  std::optional<search_result> run(const knapsack_form<Real>& form, budget& left, Admits admits);

  /// Memory that it holds on to, the large part of it.
  std::size_t bytes() const { return table_.bytes() + engine_.bytes(); }

 private:
  void fill(const knapsack_form<Real>& form);
  bool close(const knapsack_form<Real>& form);
  void break_ties(const knapsack_form<Real>& form);
  bool make_whole(const knapsack_form<Real>& form);

  choice_table<Real> table_{};
  multiple_choice_knapsack<Real> engine_{};
  wholeness<Real> costs_{};
  wholeness<Real> uses_{};
  bool closed_ = false;  // some pairs are
  whole_scale<Real> cost_scale_{};
  whole_scale<Real> use_scale_{};
  std::vector<Real> ties_{};
  Real tie_unit_ = 1;  // what a unit of the first figures counts; over 1: the second are below it
};

/// The figures as they are; 0 where a pair is closed and past the last pair.
template <class Real>
void knapsack_search<Real>::fill(const knapsack_form<Real>& form) {
  const std::size_t n = form.models;
  table_.resize(form.subtasks, n);
  costs_ = uses_ = {};
  closed_ = form.floor != nullptr;
  for (std::size_t k = 0; k < form.subtasks; ++k) {
    const Real count = form.count != nullptr ? form.count[k] : 1;
    Real* cost = table_.cost(k);
    Real* use = table_.use(k);
    std::fill(cost + n, cost + table_.stride(), Real{0});
    std::fill(use + n, use + table_.stride(), Real{0});
    const Real* first = form.first + k * n;
    const Real a = count * form.first_factor;
    if (form.second != nullptr && !form.second_breaks_ties) {
      const Real* second = form.second + k * n;
      const Real b = count * form.second_factor;
      for (std::size_t i = 0; i < n; ++i) cost[i] = a * first[i] + b * second[i];
    } else {
      for (std::size_t i = 0; i < n; ++i) cost[i] = a * first[i];
    }
    const bool* open = form.open + k * n;
    const Real* used = form.use != nullptr ? form.use + k * n : nullptr;
    const Real c = count * form.use_factor;
    if (form.use_logarithm) {
      for (std::size_t i = 0; i < n; ++i) use[i] = open[i] ? c * std::log(used[i]) : 0;
    } else if (used != nullptr) {
      for (std::size_t i = 0; i < n; ++i) use[i] = c * used[i];
    } else {
      std::fill(use, use + n, Real{0});
    }
    if (std::find(open, open + n, false) != open + n) {
      closed_ = true;
      for (std::size_t i = 0; i < n; ++i)
        if (!open[i]) cost[i] = use[i] = 0;
    }
    costs_.look_at(cost, n);
    if (used != nullptr) uses_.look_at(use, n);
  }
}

/// @return false when sums may leave the whole numbers that doubles hold.
template <class Real>
bool knapsack_search<Real>::make_whole(const knapsack_form<Real>& form) {
  cost_scale_ = use_scale_ = {};
  tie_unit_ = 1;
  const std::size_t size = table_.classes() * table_.stride();
  if (size == 0) return true;
  constexpr Real most = choice_table<Real>::most;
  Real* cost = table_.cost(0);
  cost_scale_ = scale_to_whole(cost, size, costs_, most);
  if (!cost_scale_.exact || cost_scale_.factor != 1)
    for (std::size_t e = 0; e < size; ++e) cost[e] = nearest_whole(cost[e] * cost_scale_.factor);
  if (form.use != nullptr) {
    Real* use = table_.use(0);
    use_scale_ = scale_to_whole(use, size, uses_, most);
    table_.limit = std::floor(form.limit * use_scale_.factor);
    if (!use_scale_.exact) {
      for (std::size_t e = 0; e < size; ++e) use[e] = std::floor(use[e] * use_scale_.factor);
    } else if (use_scale_.factor != 1) {
      for (std::size_t e = 0; e < size; ++e) use[e] = nearest_whole(use[e] * use_scale_.factor);
    }
  }
  if (form.second_breaks_ties) break_ties(form);
  const Real count = static_cast<Real>(form.subtasks);
  return table_.measured((costs_.sum * cost_scale_.factor + 1) * tie_unit_ / count + 1,
                         uses_.sum * use_scale_.factor / count + 1);
}

/// Puts the second figures below the last digit of the first, where both are whole and there is room for
/// them.
template <class Real>
void knapsack_search<Real>::break_ties(const knapsack_form<Real>& form) {
  const std::size_t n = form.models;
  const std::size_t size = table_.classes() * table_.stride();
  ties_.assign(size, 0);
  wholeness<Real> seen;
  for (std::size_t k = 0; k < form.subtasks; ++k) {
    Real* ties = ties_.data() + k * table_.stride();
    for (std::size_t i = 0; i < n; ++i) {
      if (form.open[k * n + i])
        ties[i] = (form.count != nullptr ? form.count[k] : 1) * form.second[k * n + i];
    }
    seen.look_at(ties, n);
  }
  const whole_scale<Real> scale = scale_to_whole(ties_.data(), size, seen, choice_table<Real>::most);
  const Real sum = seen.sum * scale.factor;
  const Real first_sum = costs_.sum * cost_scale_.factor;
  if (!scale.exact || !cost_scale_.exact || (first_sum + 1) * (sum + 1) > choice_table<Real>::most / 2)
    return;
  tie_unit_ = std::floor(sum) + 1;
  Real* cost = table_.cost(0);
  for (std::size_t e = 0; e < size; ++e)
    cost[e] = cost[e] * tie_unit_ + nearest_whole(ties_[e] * scale.factor);
}

/// Empties the places of closed pairs and those past the last pair; false where a class has no choice.
template <class Real>
bool knapsack_search<Real>::close(const knapsack_form<Real>& form) {
  const std::size_t n = form.models;
  if (n == 0) return form.subtasks == 0;
  for (std::size_t k = 0; k < form.subtasks; ++k) {
    Real* cost = table_.cost(k);
    std::fill(cost + n, cost + table_.stride(), std::numeric_limits<Real>::infinity());
    if (!closed_) continue;
    const bool* open = form.open + k * n;
    std::size_t choices = n;
    for (std::size_t i = 0; i < n; ++i) {
      if (open[i] && (form.floor == nullptr || form.floor[k * n + i] >= form.least)) continue;
      cost[i] = std::numeric_limits<Real>::infinity();
      --choices;
    }
    if (choices == 0) return false;
  }
  return true;
}

template <class Real>
template <class Admits>
std::optional<search_result> knapsack_search<Real>::run(const knapsack_form<Real>& form, budget& left,
                                                        Admits admits) {
  search_result out;
  fill(form);
  if (!make_whole(form)) return std::nullopt;
  if (!close(form)) {
    out.proven = true;
    return out;
  }
  knapsack_options<Real> how;
  how.share = std::max(left.gap(), cost_scale_.exact ? 0.0 : knapsack_resolution);
  const knapsack_ending end = engine_.solve(table_, how, [&](std::size_t states) {
    left.use_nodes(std::min(states, left.nodes_left()));
    return left.spent();
  });
  if (end == knapsack_ending::infeasible) {
    out.proven = true;
    return out;
  }
  plan chosen(form.subtasks);
  for (std::size_t k = 0; k < form.subtasks; ++k)
    chosen[k].assign(1, static_cast<std::size_t>(engine_.chosen()[k]));
  if (!admits(chosen)) return std::nullopt;
  out.chosen = std::move(chosen);
  out.proven = end == knapsack_ending::optimal;
  const Real doubt = cost_scale_.exact ? 0 : static_cast<Real>(form.subtasks);
  out.ties_broken = tie_unit_ > 1;
  // The last digits of the cost, below the unit, are the second figures.
  const auto first = [&](Real cost) { return tie_unit_ > 1 ? std::floor(cost / tie_unit_) : cost; };
  out.value = first(engine_.cost()) / cost_scale_.factor;
  out.bound = first(engine_.bound() - doubt) / cost_scale_.factor;
  if (form.use != nullptr)
    out.multipliers.assign(1, engine_.multiplier() * use_scale_.factor / (cost_scale_.factor * tie_unit_));
  return out;
}

/// The form of a problem of one model for each subtask, without capacities and with at most one limit: the
/// quality rule or the bound of `epsilon`. Empty for another one, and for makespans and `chebyshev`. Of
/// `lexicographic` the second criterion breaks ties where figures allow it (`search_result::ties_broken`).
/// @pre `p` and `o` are valid, and outlive it.
template <class Problem>
std::optional<knapsack_form<>> knapsack_form_of(const Problem& p, const objective& o) {
  const auto one = [](std::size_t replicas) { return replicas == 1; };
  if (p.linked() || o.time != time_rule::total || !std::all_of(p.replicas.begin(), p.replicas.end(), one))
    return std::nullopt;
  for (std::size_t k = 0; k < p.subtasks(); ++k)
    if (p.survival.data()[k] > 0) return std::nullopt;
  for (std::size_t i = 0; i < p.models(); ++i)
    if (!std::isinf(p.capacity.data()[i])) return std::nullopt;
  knapsack_form<> out{.models = p.models(),
                      .subtasks = p.subtasks(),
                      .open = p.allowed.data(),
                      .count = p.count.data(),
                      .first = p.energy_j.data()};
  if (const auto* w = std::get_if<weighted>(&o.rule)) {
    out.first_factor = w->energy;
    out.second = p.time_s.data();
    out.second_factor = w->time;
  } else if (const auto* e = std::get_if<epsilon>(&o.rule)) {
    const bool energy = e->minimise == criterion::energy;
    out.first = energy ? p.energy_j.data() : p.time_s.data();
    out.use = energy ? p.time_s.data() : p.energy_j.data();
    out.limit = detail::with_slack(e->at_most);
  } else if (const auto* l = std::get_if<lexicographic>(&o.rule)) {
    const bool energy = l->first == criterion::energy;
    out.first = energy ? p.energy_j.data() : p.time_s.data();
    out.second = energy ? p.time_s.data() : p.energy_j.data();
    out.second_breaks_ties = true;
  } else {
    return std::nullopt;
  }
  if (!p.require || p.subtasks() == 0) return out;
  const double wanted = p.require->at_least;
  const double enough = wanted - tolerance * std::max(1.0, std::abs(wanted));
  if (p.require->rule == quality_rule::each) {
    out.floor = p.compatibility.data();
    out.least = enough;
    return out;
  }
  if (p.require->rule == quality_rule::product && !(wanted > 0)) return out;
  if (out.use != nullptr) return std::nullopt;
  out.use = p.compatibility.data();
  out.use_factor = -1;
  out.limit = -enough;
  if (p.require->rule == quality_rule::mean) {
    double requests = 0;
    for (std::size_t k = 0; k < p.subtasks(); ++k) requests += p.count.data()[k];
    out.limit *= requests;
  } else if (p.require->rule == quality_rule::product) {
    out.use_logarithm = true;
    out.limit = detail::with_slack(-std::log(wanted));
  }
  return out;
}

/// The form of a program of one model for each subtask and at most one row, which runs over all pairs; empty
/// for another program.
template <class Program>
std::optional<knapsack_form<>> knapsack_form_of(const Program& p) {
  for (const auto& d : p.demands)
    if (!d.single() || !std::isinf(d.skip)) return std::nullopt;
  if (p.couplings.size() > 1 || p.linked()) return std::nullopt;
  knapsack_form<> out{
      .models = p.models(), .subtasks = p.subtasks(), .open = p.open.data(), .first = p.cost.data()};
  for (const auto& c : p.couplings) {
    if (c.each_model || c.peak) return std::nullopt;
    out.use = c.use.data();
    out.limit = p.bound[c.first_row];
  }
  return out;
}

}  // namespace shoal::assign
