// SPDX-License-Identifier: BSL-1.0
/// @file The integer program in the one form that the searches work on, whatever the rule and the objective.
///
/// Every problem becomes: choose for each subtask a set of models that meets its demand, such that
///
///     least   sum cost_ik x_ik + peak_weight max over the peak rows of (sum use_ik x_ik)
///     with    sum use_ik x_ik <= bound      for each other row
///
/// A row runs over all pairs (quality, energy, time) or over the pairs of one model (capacity, busy time).
/// Quality counts negative, so that every row has the same sense. Bounds include the slack with which
/// `violation` compares, so the program has exactly the plans that the referee accepts, up to the rounding
/// of a sum. Where subtasks hand data on, what the transfers of a plan take may be a part of the cost and of
/// rows over all pairs.
#pragma once

#include <algorithm>
#include <cmath>
#include <compare>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "shoal/assign/evaluate.hpp"
#include "shoal/assign/objective.hpp"
#include "shoal/assign/problem.hpp"
#include "shoal/assign/transfers.hpp"
#include "shoal/core/log_domain.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::assign {

/// What a subtask asks of the set of models that does it.
struct demand {
  std::size_t replicas = 1;  ///< so many models
  bool or_more = false;      ///< more are allowed: there is a survival target
  double strength = 0;       ///< least sum of -log(failure probability) over the set
  bool separate = false;     ///< at most one model of each group
  double skip = std::numeric_limits<double>::infinity();  ///< cost of the empty set; infinity: not allowed

  /// The set is one model, whichever.
  bool single() const { return replicas == 1 && !or_more; }

  friend auto operator<=>(const demand&, const demand&) = default;
};

/// Rows of one kind: one over all pairs, or one for each model over the pairs of that model.
struct coupling {
  matrix use{};               ///< models x subtasks, 0 where a pair is closed
  bool each_model = false;    ///< one row for each model
  bool peak = false;          ///< its rows count in the peak of the objective and have no bound
  std::size_t first_row = 0;  ///< number of its first row in the program
  double scale = 1;           ///< the largest |use|, > 0: the unit in which rows are compared
  double transfers = 0;       ///< share of what the transfers take in its one row, >= 0
};

/// The integer program; see the head of this file. Pair (i, k) has the number k x models + i, which is its
/// place in the memory of every matrix.
struct program {
  using numbers = std::vector<double>;
  using indices = std::vector<std::size_t>;

  matrix cost{};                      ///< models x subtasks, 0 where a pair is closed
  mask open{};                        ///< false: the pair is never chosen
  std::vector<demand> demands{};      ///< of each subtask
  std::vector<double> strength{};     ///< -log(failure probability) of each model, >= 0
  std::vector<std::size_t> group{};   ///< of each model
  std::vector<coupling> couplings{};  ///< rows by kind
  std::vector<double> bound{};        ///< of each row; 0 for a peak row
  double peak_weight = 0;             ///< cost of one unit of the peak, >= 0
  std::vector<data_edge> transfers{};
  matrix distance{};         ///< models x models; see transfers.hpp
  double transfer_cost = 0;  ///< of one unit of what the transfers take, >= 0

  std::size_t models() const { return static_cast<std::size_t>(cost.rows()); }
  std::size_t subtasks() const { return static_cast<std::size_t>(cost.cols()); }
  std::size_t rows() const { return bound.size(); }
  std::size_t pair(std::size_t i, std::size_t k) const { return k * models() + i; }
  /// The row of coupling `c` that model i's pairs are in.
  static std::size_t row(const coupling& c, std::size_t i) { return c.first_row + (c.each_model ? i : 0); }

  /// Transfers matter: to the cost, or to a row.
  bool linked() const {
    return transfer_cost > 0 || std::any_of(couplings.begin(), couplings.end(),
                                            [](const coupling& c) { return c.transfers > 0; });
  }

  /// Adds one row over all pairs: sum use x <= limit.
  template <class = when_used>
  void add_total(matrix use, double limit, double of_transfers = 0) {
    add({.use = std::move(use), .transfers = of_transfers}, {limit});
  }
  /// Adds a row for each model: sum over its pairs of use x <= its limit. Rows that cannot bind are left out
  /// when none of them can, and pairs that break a row by themselves are closed.
  template <class = when_used>
  void add_each_model(matrix use, const vector& limit);
  /// Adds rows to the peak of the objective.
  template <class = when_used>
  void add_peak(matrix use, bool each_model, double of_transfers = 0) {
    const std::size_t count = each_model ? models() : 1;
    add({.use = std::move(use), .each_model = each_model, .peak = true, .transfers = of_transfers},
        std::vector<double>(count, 0));
  }

  /// Cost and weighted peak of a plan.
  template <class = when_used>
  double value(const plan& chosen) const;
  /// A value that every plan is under.
  template <class = when_used>
  double ceiling() const;
  /// True when a plan of open pairs that meet their demands keeps every row too.
  template <class = when_used>
  bool keeps_rows(const plan& chosen) const;
  /// Use of each row by a plan.
  template <class = when_used>
  std::vector<double> uses(const plan& chosen) const;
  /// Cost of each pair plus what it uses of the rows at the given price of each row.
  template <class = when_used>
  matrix priced(const std::vector<double>& multipliers) const;

 private:
  // No plan's transfers take more.
  template <class = when_used>
  double most_transferred() const {
    const auto most = [&](std::size_t k) {
      return static_cast<double>(demands[k].or_more ? models() : demands[k].replicas);
    };
    double out = 0;
    for (const data_edge& e : transfers) out += e.volume_mb * most(e.from) * most(e.to);
    return out * distance.maxCoeff();
  }

  template <class = when_used>
  void add(coupling c, std::vector<double> limits) {
    c.first_row = bound.size();
    c.scale = 0;
    for (std::size_t e = 0; e < models() * subtasks(); ++e) {
      double& use = c.use.data()[e];
      if (!open.data()[e]) use = 0;
      c.scale = std::max(c.scale, std::abs(use));
    }
    if (!(c.scale > 0)) c.scale = 1;
    for (const double limit : limits) bound.push_back(limit);
    couplings.push_back(std::move(c));
  }
};

template <class>
void program::add_each_model(matrix use, const vector& limit) {
  if (use.size() == 0) return;
  std::vector<double> limits(models(), 0);  // the most that can be used, at first
  for (std::size_t k = 0; k < subtasks(); ++k) {
    for (std::size_t i = 0; i < models(); ++i) {
      const std::size_t e = pair(i, k);
      if (use.data()[e] > limit.data()[i]) open.data()[e] = false;
      if (open.data()[e]) limits[i] += use.data()[e];
    }
  }
  bool binds = false;
  for (std::size_t i = 0; i < models(); ++i) {
    binds = binds || limits[i] > limit.data()[i];
    // An infinite bound times a multiplier of zero would be NaN; twice the most never binds either.
    limits[i] = std::min(limit.data()[i], 2 * limits[i]);
  }
  if (binds) add({.use = std::move(use), .each_model = true}, std::move(limits));
}

template <class>
std::vector<double> program::uses(const plan& chosen) const {
  std::vector<double> out(rows(), 0);
  for (const coupling& c : couplings) {
    for (std::size_t k = 0; k < chosen.size(); ++k)
      for (const std::size_t i : chosen[k]) out[row(c, i)] += c.use.data()[pair(i, k)];
    if (c.transfers > 0) out[c.first_row] += c.transfers * transferred(transfers, distance, chosen);
  }
  return out;
}

template <class>
bool program::keeps_rows(const plan& chosen) const {
  const std::vector<double> used = uses(chosen);
  for (const coupling& c : couplings) {
    if (c.peak) continue;
    const std::size_t end = c.first_row + (c.each_model ? models() : 1);
    for (std::size_t r = c.first_row; r < end; ++r)
      if (!(used[r] <= bound[r])) return false;
  }
  return true;
}

template <class>
double program::ceiling() const {
  const auto most = [&](const matrix& a, std::size_t k) {
    double largest = 0;
    double all = 0;
    for (std::size_t i = 0; i < models(); ++i) {
      const double x = a.data()[pair(i, k)];
      largest = std::max(largest, x);
      all += std::max(x, 0.0);
    }
    return demands[k].or_more ? all : static_cast<double>(demands[k].replicas) * largest;
  };
  double total = 0;
  for (std::size_t k = 0; k < subtasks(); ++k)
    total += std::max(most(cost, k), std::isinf(demands[k].skip) ? 0 : demands[k].skip);
  double peak = 0;
  for (const coupling& c : couplings) {
    double used = 0;
    for (std::size_t k = 0; c.peak && k < subtasks(); ++k) used += most(c.use, k);
    if (c.peak && c.transfers > 0) used += c.transfers * most_transferred();
    peak = std::max(peak, used);
  }
  if (transfer_cost > 0) total += transfer_cost * most_transferred();
  return 1 + 1.001 * (total + peak_weight * peak);
}

template <class>
matrix program::priced(const std::vector<double>& multipliers) const {
  matrix out = cost;
  for (const coupling& c : couplings) {
    for (std::size_t k = 0; k < subtasks(); ++k) {
      for (std::size_t i = 0; i < models(); ++i)
        out.data()[pair(i, k)] += multipliers[row(c, i)] * c.use.data()[pair(i, k)];
    }
  }
  return out;
}

template <class>
double program::value(const plan& chosen) const {
  double out = 0;
  for (std::size_t k = 0; k < chosen.size(); ++k) {
    if (chosen[k].empty()) out += demands[k].skip;
    for (const std::size_t i : chosen[k]) out += cost.data()[pair(i, k)];
  }
  if (transfer_cost > 0) out += transfer_cost * transferred(transfers, distance, chosen);
  if (peak_weight > 0) {
    const std::vector<double> used = uses(chosen);
    double peak = 0;
    for (const coupling& c : couplings) {
      const std::size_t end = c.first_row + (c.each_model ? models() : 1);
      for (std::size_t r = c.first_row; c.peak && r < end; ++r) peak = std::max(peak, used[r]);
    }
    out += peak_weight * peak;
  }
  return out;
}

namespace detail {

/// The largest value that `at_most` accepts for `limit`.
inline double with_slack(double limit) { return limit + tolerance * std::max(1.0, std::abs(limit)); }

/// Figures of all requests of a subtask; 0 where a pair is closed, whatever stands there.
template <class Problem>
matrix counted(const Problem& p, matrix each) {
  for (std::size_t k = 0; k < p.subtasks(); ++k) {
    for (std::size_t i = 0; i < p.models(); ++i) {
      double& x = each.data()[k * p.models() + i];
      x = p.allowed.data()[k * p.models() + i] ? x * p.count.data()[k] : 0;
    }
  }
  return each;
}

template <class Problem>
void add_requirement(program& out, const Problem& p) {
  if (!p.require || p.subtasks() == 0) return;
  const double wanted = p.require->at_least;
  const double enough = wanted - tolerance * std::max(1.0, std::abs(wanted));
  switch (p.require->rule) {
    case quality_rule::sum:
      return out.add_total(-counted(p, p.compatibility), -enough);
    case quality_rule::mean:
      return out.add_total(counted(p, enough - p.compatibility), 0);
    case quality_rule::each:
      out.open = out.open && p.compatibility >= enough;
      return;
    case quality_rule::product:
      if (wanted > 0) {
        const matrix logs = p.allowed.select(p.compatibility, 1).log();
        out.add_total(-counted(p, logs), with_slack(-std::log(wanted)));
      }
      return;
  }
}

// The transfers' share in a criterion.
template <class Problem>
double transfers_in(const Problem& p, criterion c) {
  return p.linked() && p.distance_in == c ? 1 : 0;
}

template <class Problem>
void add_bound(program& out, const Problem& p, criterion c, time_rule rule, double limit) {
  if (c == criterion::time && rule == time_rule::makespan) {
    out.add_each_model(counted(p, p.time_s), vector::Constant(out.cost.rows(), limit));
  } else {
    out.add_total(counted(p, c == criterion::energy ? p.energy_j : p.time_s), limit, transfers_in(p, c));
  }
}

template <class Problem>
void add_cost(program& out, const Problem& p, criterion c, time_rule rule, double factor) {
  if (c == criterion::time && rule == time_rule::makespan) {
    if (factor > 0) out.add_peak(counted(p, p.time_s), true);
    out.peak_weight = factor;
  } else {
    out.cost += factor * counted(p, c == criterion::energy ? p.energy_j : p.time_s);
    out.transfer_cost += factor * transfers_in(p, c);
  }
}

inline criterion other(criterion c) { return c == criterion::energy ? criterion::time : criterion::energy; }

}  // namespace detail

/// Demands, closed pairs and capacities of a problem, without requirement, and at no cost.
/// @pre `p` is valid.
template <class Problem>
program placement_program(const Problem& p) {
  program out;
  out.cost = matrix::Zero(p.compatibility.rows(), p.compatibility.cols());
  out.open = p.allowed;
  out.group = p.group;
  if (p.linked()) {
    out.transfers = p.transfers;
    out.distance = p.distance;
  }
  for (std::size_t i = 0; i < p.models(); ++i)
    out.strength.push_back(-log_probability(p.failure_probability[static_cast<Eigen::Index>(i)]));
  for (std::size_t k = 0; k < p.subtasks(); ++k) {
    const double survival = p.survival[static_cast<Eigen::Index>(k)];
    demand d{.replicas = p.replicas[k], .or_more = survival > 0, .separate = p.separate_groups[k]};
    if (survival > 0) d.strength = -detail::with_slack(std::log1p(-survival));
    out.demands.push_back(d);
  }
  vector limit = p.capacity;
  for (double& l : limit) l = detail::with_slack(l);
  out.add_each_model(detail::counted(p, p.load), limit);
  return out;
}

/// The program of a problem and an objective: what `solution::objective` is the value of.
/// @pre `p` and `o` are valid.
template <class Problem>
program first_program(const Problem& p, const objective& o) {
  program out = placement_program(p);
  detail::add_requirement(out, p);
  if (const auto* w = std::get_if<weighted>(&o.rule)) {
    detail::add_cost(out, p, criterion::energy, o.time, w->energy);
    detail::add_cost(out, p, criterion::time, o.time, w->time);
  } else if (const auto* e = std::get_if<epsilon>(&o.rule)) {
    detail::add_cost(out, p, e->minimise, o.time, 1);
    detail::add_bound(out, p, detail::other(e->minimise), o.time, detail::with_slack(e->at_most));
  } else if (const auto* l = std::get_if<lexicographic>(&o.rule)) {
    detail::add_cost(out, p, l->first, o.time, 1);
  } else if (const auto* c = std::get_if<chebyshev>(&o.rule)) {
    out.peak_weight = 1;
    out.add_peak(c->energy * detail::counted(p, p.energy_j), false,
                 c->energy * detail::transfers_in(p, criterion::energy));
    out.add_peak(c->time * detail::counted(p, p.time_s), o.time == time_rule::makespan,
                 c->time * detail::transfers_in(p, criterion::time));
  }
  return out;
}

/// The program that breaks ties between plans whose objective is at most `reached`: what `lexicographic`
/// minimises second, and a E + b T for `chebyshev`. Empty for the other objectives.
template <class Problem>
std::optional<program> second_program(const Problem& p, const objective& o, double reached) {
  // Sums of the same plan in another order differ by a few units in the last place, no more.
  const double limit = reached + 1e-12 * std::abs(reached);
  if (const auto* l = std::get_if<lexicographic>(&o.rule)) {
    program out = placement_program(p);
    detail::add_requirement(out, p);
    detail::add_bound(out, p, l->first, o.time, limit);
    detail::add_cost(out, p, detail::other(l->first), o.time, 1);
    return out;
  }
  if (const auto* c = std::get_if<chebyshev>(&o.rule)) {
    program out = placement_program(p);
    detail::add_requirement(out, p);
    if (c->energy > 0) detail::add_bound(out, p, criterion::energy, o.time, limit / c->energy);
    if (c->time > 0) detail::add_bound(out, p, criterion::time, o.time, limit / c->time);
    detail::add_cost(out, p, criterion::energy, o.time, c->energy);
    detail::add_cost(out, p, criterion::time, o.time, c->time);
    return out;
  }
  return std::nullopt;
}

}  // namespace shoal::assign
