// SPDX-License-Identifier: BSL-1.0
/// @file Why a problem is infeasible: the requirements, added one after the other until no plan is left.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "shoal/assign/explain.hpp"
#include "shoal/glpk/formulation.hpp"
#include "shoal/glpk/search.hpp"
#include "shoal/glpk/usable.hpp"

namespace shoal::glpk::detail {

/// Finds the obstacle of a problem that has no plan, though each subtask alone can be served.
class diagnosis {
 public:
  diagnosis(environment& env, const assign::problem& p, const assign::objective& o, assign::budget& b)
      : env_(env), p_(p), o_(o), budget_(b) {}

  /// Nothing when a limit is reached first, or when it comes upon a plan after all.
  std::optional<assign::obstacle> operator()() {
    assign::problem fitting = p_;
    fitting.require.reset();
    const assign::objective any = assign::weighted{};
    if ((p_.capacity < program::infinity).any()) {
      const std::optional<std::size_t> placed = most_placed(fitting);
      if (!placed) return std::nullopt;
      if (*placed < p_.subtasks()) return assign::capacity_obstacle(p_, *placed);
    }
    if (p_.require) {
      const std::optional<assign::solution> best = best_quality(fitting);
      if (!best) return std::nullopt;
      if (assign::violation(p_, any, best->chosen))
        return assign::quality_obstacle(p_, by_rule(best->compatibility));
    }
    if (const auto* e = std::get_if<assign::epsilon>(&o_.rule)) {
      const bool time = e->minimise == assign::criterion::energy;
      const std::optional<assign::solution> least = solve(p_, [&](formulation& f) {
        if (p_.require) f.require(*p_.require);
        f.minimise(time ? aim{.time = 1} : aim{.energy = 1}, o_.time);
      });
      if (!least) return std::nullopt;
      const double value = time ? least->time_s : least->energy_j;
      if (!assign::at_most(value, e->at_most)) return assign::bound_obstacle(*e, value);
    }
    return std::nullopt;
  }

  /// The last plan that it came upon: with no obstacle and no limit, one that meets every requirement.
  const assign::plan& last_plan() const { return last_plan_; }

 private:
  /// The best plan of `p` by the objective that `set` gives a formulation.
  template <class Set>
  std::optional<assign::solution> solve(const assign::problem& p, Set set) {
    formulation f(p, usable_pairs(p, o_.time));
    set(f);
    const assign::objective plain(assign::weighted{}, o_.time);
    search s(
        env_, f.as_program(), budget_,
        [&](std::vector<double>& point) {
          f.complete(point);
          return !assign::violation(p, plain, f.plan_of(point));
        },
        [&](std::vector<double>& point) { f.round(point); });
    if (s.run(0) != ending::proven || s.best().empty()) return std::nullopt;
    last_plan_ = f.plan_of(s.best());
    return assign::evaluate(p, plain, last_plan_);
  }

  std::optional<std::size_t> most_placed(const assign::problem& p) {
    formulation f(p, usable_pairs(p, o_.time), true);
    f.maximise_served();
    search s(env_, f.as_program(), budget_,
             [&](std::vector<double>& point) {
               return !assign::violation(only(p, f.served_by(point)), assign::weighted{},
                                         only(f.plan_of(point), f.served_by(point)));
             },
             {});
    if (s.run(0) != ending::proven || s.best().empty()) return std::nullopt;
    last_plan_ = f.plan_of(s.best());
    return f.served_by(s.best()).size();
  }

  std::optional<assign::solution> best_quality(const assign::problem& p) {
    switch (p_.require->rule) {
      case assign::quality_rule::sum:
        return solve(p, [&](formulation& f) { f.maximise(weighted_compatibility(0)); });
      case assign::quality_rule::mean:
        return best_mean(p);
      case assign::quality_rule::each:
        return best_least(p);
      case assign::quality_rule::product: {
        matrix gain = p.allowed.select(p.compatibility, 1).log();
        gain.rowwise() *= p.count.transpose();
        return solve(p, [&](formulation& f) { f.maximise(gain); });
      }
    }
    return std::nullopt;
  }

  matrix weighted_compatibility(double less) const {
    matrix gain = p_.compatibility - less;
    gain.rowwise() *= p_.count.transpose();
    return gain;
  }

  /// The best mean, by Dinkelbach's method: with q the mean so far, the plan of largest sum of count (C - q)
  /// has a better mean unless q is the best. One round where the number of models of each subtask is fixed.
  /// @source Dinkelbach 1967, "On nonlinear fractional programming", Management Science 13.
  std::optional<assign::solution> best_mean(const assign::problem& p) {
    const bool fixed_sizes = !(p.survival > 0).any();
    std::optional<assign::solution> best =
        solve(p, [&](formulation& f) { f.maximise(weighted_compatibility(0)); });
    while (best && !fixed_sizes) {
      const double so_far = best->compatibility.mean;
      std::optional<assign::solution> next =
          solve(p, [&](formulation& f) { f.maximise(weighted_compatibility(so_far)); });
      if (!next) return next;
      if (next->compatibility.mean <= so_far + assign::tolerance * std::max(1.0, std::abs(so_far))) break;
      best = std::move(next);
    }
    return best;
  }

  /// The plan whose worst pair is best, by bisection over the values that pairs have.
  std::optional<assign::solution> best_least(const assign::problem& p) {
    std::vector<double> values;
    for (Eigen::Index k = 0; k < p.allowed.cols(); ++k)
      for (Eigen::Index i = 0; i < p.allowed.rows(); ++i)
        if (p.allowed(i, k)) values.push_back(p.compatibility(i, k));
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    std::optional<assign::solution> best;
    std::size_t low = 0;
    std::size_t high = values.size();
    assign::problem narrowed = p;
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      narrowed.allowed = p.allowed && p.compatibility >= values[middle];
      std::optional<assign::solution> found = solve(narrowed, [](formulation&) {});
      if (found) {
        const double least = found->compatibility.min;
        low =
            static_cast<std::size_t>(std::upper_bound(values.begin(), values.end(), least) - values.begin());
        best = std::move(found);
      } else if (budget_.spent()) {
        return std::nullopt;
      } else {
        high = middle;
      }
    }
    return best;
  }

  double by_rule(const assign::quality& q) const {
    switch (p_.require->rule) {
      case assign::quality_rule::sum:
        return q.sum;
      case assign::quality_rule::mean:
        return q.mean;
      case assign::quality_rule::each:
        return q.min;
      case assign::quality_rule::product:
        return q.product;
    }
    return 0;
  }

  static assign::plan only(const assign::plan& chosen, const std::vector<std::size_t>& subtasks) {
    assign::plan out;
    for (const std::size_t k : subtasks) out.push_back(chosen[k]);
    return out;
  }

  static assign::problem only(const assign::problem& p, const std::vector<std::size_t>& subtasks) {
    assign::problem out(p.models(), subtasks.size());
    out.capacity = p.capacity;
    out.failure_probability = p.failure_probability;
    out.group = p.group;
    for (std::size_t s = 0; s < subtasks.size(); ++s) {
      const auto to = static_cast<Eigen::Index>(s);
      const auto from = static_cast<Eigen::Index>(subtasks[s]);
      out.load.col(to) = p.load.col(from);
      out.allowed.col(to) = p.allowed.col(from);
      out.count[to] = p.count[from];
      out.survival[to] = p.survival[from];
      out.replicas[s] = p.replicas[subtasks[s]];
      out.separate_groups[s] = p.separate_groups[subtasks[s]];
    }
    return out;
  }

  environment& env_;
  const assign::problem& p_;
  const assign::objective& o_;
  assign::budget& budget_;
  assign::plan last_plan_{};
};

}  // namespace shoal::glpk::detail
