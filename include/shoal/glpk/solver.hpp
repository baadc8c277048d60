// SPDX-License-Identifier: BSL-1.0
/// @file Exact solver of assignment problems by GLPK's branch and cut. GLPK is under the GPL 3, and so is a
/// program that links it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "shoal/assign/budget.hpp"
#include "shoal/assign/explain.hpp"
#include "shoal/assign/greedy.hpp"
#include "shoal/assign/solver.hpp"
#include "shoal/glpk/check.hpp"
#include "shoal/glpk/diagnosis.hpp"
#include "shoal/glpk/environment.hpp"
#include "shoal/glpk/formulation.hpp"
#include "shoal/glpk/search.hpp"
#include "shoal/glpk/usable.hpp"

namespace shoal::glpk {

namespace detail {

/// One solve: the stages of the objective, one search each, and the diagnosis when the first finds no plan.
class session {
 public:
  session(environment& env, const assign::problem& p, const assign::objective& o, const assign::limits& l)
      : env_(env), p_(p), o_(o), limits_(l), budget_(l) {}

  assign::solution operator()() {
    if (const auto* e = std::get_if<assign::epsilon>(&o_.rule)) {
      const double most = e->at_most + assign::tolerance * std::max(1.0, e->at_most);
      (e->minimise == assign::criterion::energy ? time_cap_ : energy_cap_) = most;
    }
    assign::solution out = first_stage();
    if (out) {
      if (const std::optional<aim> tie_break = second_aim(out)) second_stage(*tie_break, out);
    }
    out.nodes = budget_.nodes();
    return out;
  }

 private:
  aim first_aim() const {
    if (const auto* w = std::get_if<assign::weighted>(&o_.rule))
      return {.energy = w->energy, .time = w->time};
    if (const auto* e = std::get_if<assign::epsilon>(&o_.rule)) return only(e->minimise);
    if (const auto* l = std::get_if<assign::lexicographic>(&o_.rule)) return only(l->first);
    const auto& c = std::get<assign::chebyshev>(o_.rule);
    if (c.energy == 0 || c.time == 0) return {.energy = c.energy, .time = c.time};
    return {.peak_energy = c.energy, .peak_time = c.time};
  }

  static aim only(assign::criterion c) {
    return c == assign::criterion::energy ? aim{.energy = 1} : aim{.time = 1};
  }

  /// The largest figure that counts as the same: sums in another order differ in their last digits.
  static double tied(double value) { return value * (1 + assign::tolerance); }

  /// What ties of the first stage are broken by, where the objective says so; caps keep the ties.
  std::optional<aim> second_aim(const assign::solution& first) {
    if (const auto* l = std::get_if<assign::lexicographic>(&o_.rule)) {
      const bool energy = l->first == assign::criterion::energy;
      (energy ? energy_cap_ : time_cap_) = tied(energy ? first.energy_j : first.time_s);
      return only(energy ? assign::criterion::time : assign::criterion::energy);
    }
    if (const auto* c = std::get_if<assign::chebyshev>(&o_.rule); c && c->energy > 0 && c->time > 0) {
      energy_cap_ = tied(first.objective) / c->energy;
      time_cap_ = tied(first.objective) / c->time;
      return aim{.energy = c->energy, .time = c->time};
    }
    return std::nullopt;
  }

  struct stage {
    ending end = ending::cut;
    assign::plan chosen{};              ///< empty: none found
    double bound = -program::infinity;  ///< in the unit of the aim
  };

  /// Searches for the least of `a` within the caps, from a plan that is known or from none.
  stage run(const aim& a, const assign::plan& start) {
    mask usable = usable_pairs(p_, o_.time);
    double most = program::infinity;
    if (!start.empty()) {
      const assign::solution known = assign::evaluate(p_, o_, start);
      most = tied(a(known.energy_j, known.time_s));
      for (std::size_t k = 0; k < start.size(); ++k)
        for (const std::size_t i : start[k])
          usable(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) = true;
    }
    drop_costly(p_, a, most, energy_cap_, time_cap_, usable);
    formulation f(p_, usable);
    if (p_.require) f.require(*p_.require);
    f.cap_energy(energy_cap_);
    f.cap_time(time_cap_, o_.time);
    f.minimise(a, o_.time);
    search s(
        env_, f.as_program(), budget_,
        [&](std::vector<double>& point) {
          f.complete(point);
          return is_plan(f.plan_of(point));
        },
        [&](std::vector<double>& point) { f.round(point); });
    if (!start.empty()) s.start_from(f.point_of(start));
    stage out;
    out.end = s.run(budget_.gap());
    if (!s.best().empty()) out.chosen = f.plan_of(s.best());
    out.bound = s.bound() / f.scale();
    return out;
  }

  bool is_plan(const assign::plan& chosen) const {
    if (assign::violation(p_, o_, chosen)) return false;
    const assign::solution figures = assign::evaluate(p_, o_, chosen);
    return figures.energy_j <= energy_cap_ && figures.time_s <= time_cap_;
  }

  assign::solution first_stage() {
    // A quick plan to start from leaves GLPK less to look at, and a limit finds it there.
    const assign::solution quick = assign::greedy{}(p_, o_, limits_);
    const stage first = run(first_aim(), quick.chosen);
    if (first.chosen.empty() && first.end == ending::proven) return infeasible();
    assign::solution out;
    out.bound = std::max(quick.bound, first.bound - std::abs(first.bound) * assign::tolerance);
    if (first.chosen.empty()) return out;
    const double bound = out.bound;
    out = assign::evaluate(p_, o_, first.chosen);
    const bool closed = first.end == ending::proven && tied(first.bound) >= out.objective;
    out.bound = closed ? out.objective : std::min(bound, out.objective);
    if (first.end == ending::proven) out.verdict = assign::verdict::optimal;
    return out;
  }

  void second_stage(const aim& tie_break, assign::solution& out) {
    const stage second = run(tie_break, out.chosen);
    const double bound = out.bound;
    const bool proven = out.verdict == assign::verdict::optimal && second.end == ending::proven;
    if (!second.chosen.empty()) out = assign::evaluate(p_, o_, second.chosen);
    out.bound = std::min(bound, out.objective);
    out.verdict = proven ? assign::verdict::optimal : assign::verdict::feasible;
  }

  assign::solution infeasible() {
    diagnosis find(env_, p_, o_, budget_);
    const std::optional<assign::obstacle> found = find();
    if (!found && !find.last_plan().empty() && is_plan(find.last_plan()))
      return assign::evaluate(p_, o_, find.last_plan());  // GLPK's arithmetic missed it
    assign::solution out;
    out.verdict = assign::verdict::infeasible;
    if (found) {
      out.because = found->because;
      out.best = found->best;
    } else {
      out.because = "no plan meets all requirements at once; the search for the one to blame was cut short";
    }
    return out;
  }

  environment& env_;
  const assign::problem& p_;
  const assign::objective& o_;
  const assign::limits& limits_;
  assign::budget budget_;
  double energy_cap_ = program::infinity;
  double time_cap_ = program::infinity;
};

}  // namespace detail

/// Finds the best plan by GLPK: every quality rule, objective and requirement that a problem can state.
///
/// The plan is checked by `assign::violation` and its figures are those of `assign::evaluate`; the proof is
/// GLPK's, in doubles: `optimal` means to a relative 1e-9 of the objective, besides the gap. Where GLPK
/// contradicts a plan that is known, or gives up, the verdict is `feasible`, or `limit` without a plan.
/// Lexicographic and chebyshev objectives take two searches, and plans whose first figure differs by less
/// than a relative 1e-9 count as tied; `bound` belongs to the first. Infeasible problems are explained as
/// `assign/explain.hpp` says.
///
/// Each call works on a thread of its own and waits for it, so any number of threads may call the same
/// solver, and GLPK objects of the caller are not touched. Limits are looked at at every node of the search
/// and, in the root relaxation, every 200 iterations; a stop request waits until then.
///
/// Equal inputs give equal outputs unless a time limit or a stop request cuts the search.
struct solver {
  bool verbose = false;  ///< lets GLPK report its progress on standard output

  /// @throws invalid_problem  as `assign::validate`; for sums or sizes beyond what GLPK can take; and for a
  /// problem whose subtasks hand data on.
  assign::solution operator()(const assign::problem& p, const assign::objective& o = {},
                              const assign::limits& l = {}) const {
    const auto start = std::chrono::steady_clock::now();
    assign::validate(p);
    assign::validate(o);
    assign::validate(l);
    if (p.linked()) throw invalid_problem("shoal/glpk knows no transfers between subtasks: assign::exact does");
    detail::check_size(p.models(), p.subtasks());
    detail::check_sums(p, o);
    assign::solution out;
    if (p.subtasks() == 0) {
      out = assign::evaluate(p, o, {});
      out.verdict = assign::verdict::optimal;
      out.bound = out.objective;
    } else if (std::optional<assign::obstacle> found = assign::subtask_obstacle(p)) {
      out.verdict = assign::verdict::infeasible;
      out.because = std::move(found->because);
      out.best = found->best;
    } else {
      detail::on_own_thread([&] {
        detail::environment env(verbose);
        out = detail::session(env, p, o, l)();
      });
    }
    out.solver = "glpk";
    out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return out;
  }
};

static_assert(assign::solver<solver>);

}  // namespace shoal::glpk
