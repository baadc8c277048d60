// SPDX-License-Identifier: BSL-1.0
/// @file Re-assignment: new models for what failed, by solving what is left.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "shoal/assign/solver.hpp"
#include "shoal/core/clock.hpp"
#include "shoal/run/job.hpp"
#include "shoal/run/remaining.hpp"
#include "shoal/run/replanner.hpp"

namespace shoal::run {

/// Solves what is left with the user's solver: subtasks that failed, and those that have not started yet,
/// which may have to make room. A model is not asked again for a subtask that it failed. While its last call
/// failed (a timeout, a refusal, a crash), no other subtask is moved to it if that can be helped; after
/// `lost_after` such calls in a row it is lost, as is one that is absent: it gets work only where no other
/// model is left.
///
/// The requirements of the problem hold for the whole plan, so what is achieved counts. Where they can no
/// longer be met, they are given up in this order, and the reassignment says so: replicas and survival of
/// single subtasks; as much quality as cannot be had, no more; quality, survival targets and the bound of
/// `epsilon`; the move of anything that has not failed, then capacity alone decides.
template <assign::solver Solver>
struct replan {
  Solver solve{};
  assign::limits limits{.time = std::chrono::seconds(1)};  ///< of each solution; the run's deadline holds too
  std::size_t lost_after = 3;                              ///< >= 1

  /// @complexity of at most five solutions, and one more for each stuck subtask when not everything fits.
  reassignment operator()(const job& j, const progress& now) const {
    reassignment out{.chosen = assign::plan(j.graph.size())};
    std::vector<bool> lost(j.models.size());
    for (std::size_t i = 0; i < lost.size(); ++i) {
      const bool absent = !now.absent.empty() && now.absent[i];
      lost[i] = absent || now.failures_in_a_row[i] >= std::max<std::size_t>(lost_after, 1);
    }
    std::vector<std::size_t> wanted;
    for (std::size_t k = 0; k < now.open.size(); ++k) {
      if (now.open[k]) wanted.push_back(k);
    }
    if (const remaining left = remaining_problem(j, wanted, now.committed, without_suspects(now, wanted),
                                                 lost, strictness::full);
        !left.overspent && !left.subtasks.empty()) {
      if (const assign::solution found = solve(left.problem, left.objective, limits_now(now))) {
        put(left, found, out);
        degrade(out, left.lowered);
        return out;
      }
    }
    std::string given_up;
    for (const strictness how : {strictness::full, strictness::relaxed}) {
      const remaining left = remaining_problem(j, wanted, now.committed, now.failed, lost, how);
      if (left.subtasks.empty()) return out;
      if (left.overspent) {
        given_up = "what is done has used up the objective's bound";
        continue;
      }
      const assign::solution found = solve(left.problem, left.objective, limits_now(now));
      if (found) {
        put(left, found, out);
        degrade(out, given_up.empty() ? left.lowered : given_up);
        return out;
      }
      given_up = found.because.empty() ? "what is left cannot meet every requirement" : found.because;
      if (how == strictness::relaxed) continue;
      if (const assign::solution nearest = best_quality(left, now)) {
        put(left, nearest, out);
        degrade(out, given_up);
        return out;
      }
    }
    // Not everything fits any more: what has not failed keeps its models, and the rest is placed one by one.
    assign::plan settled = now.committed;
    for (const std::size_t k : wanted) {
      if (!now.stuck[k])
        for (const std::size_t i : now.planned[k]) settled[k].push_back(i);
    }
    for (const std::size_t k : wanted) {
      if (!now.stuck[k]) continue;
      const remaining left = remaining_problem(j, {k}, settled, now.failed, lost, strictness::relaxed);
      if (left.subtasks.empty()) continue;
      const assign::solution found = solve(left.problem, left.objective, limits_now(now));
      if (!found) continue;
      put(left, found, out);
      degrade(out, given_up);
      for (const std::size_t i : out.chosen[k]) settled[k].push_back(i);
    }
    return out;
  }

 private:
  // Pairs that failed, and pairs of a subtask that has not failed with a model whose last call has.
  static mask without_suspects(const progress& now, const std::vector<std::size_t>& wanted) {
    mask out = now.failed;
    for (const std::size_t k : wanted) {
      if (now.stuck[k]) continue;
      for (std::size_t i = 0; i < now.failures_in_a_row.size(); ++i) {
        const auto& planned = now.planned[k];
        if (now.failures_in_a_row[i] > 0 && std::find(planned.begin(), planned.end(), i) == planned.end()) {
          out(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) = true;
        }
      }
    }
    return out;
  }
  static void put(const remaining& left, const assign::solution& found, reassignment& out) {
    for (std::size_t at = 0; at < left.subtasks.size(); ++at) {
      out.chosen[left.subtasks[at]] = found.chosen[at];
    }
  }
  // The objective's best plan among those of the best quality that what is left can have. Without this, a
  // requirement missed by a hair would leave quality to chance.
  assign::solution best_quality(const remaining& left, const progress& now) const {
    if (!left.problem.require) return {};
    assign::problem p = left.problem;
    p.energy_j = detail::lost_quality(p);
    p.require.reset();
    const assign::solution top = solve(p, assign::weighted{.energy = 1, .time = 0}, limits_now(now));
    if (!top) return {};
    p.energy_j = left.problem.energy_j;
    p.require = left.problem.require;
    p.require->at_least =
        std::min(p.require->at_least, detail::quality_by(p.require->rule, top.compatibility));
    return solve(p, left.objective, limits_now(now));
  }
  static void degrade(reassignment& out, const std::string& given_up) {
    if (given_up.empty()) return;
    out.degraded = true;
    out.note = given_up;
  }
  assign::limits limits_now(const progress& now) const {
    assign::limits out = limits;
    out.stop = now.stop;
    if (now.deadline != std::chrono::steady_clock::time_point::max()) {
      const std::chrono::duration<double> left = now.deadline - std::chrono::steady_clock::now();
      // Solvers refuse a time that is not positive; one that is over ends the run a moment later anyway.
      out.time = std::max(std::chrono::duration<double>(1e-6), std::min(left, out.time));
    }
    return out;
  }
};

template <class Solver>
replan(Solver) -> replan<Solver>;
template <class Solver>
replan(Solver, assign::limits) -> replan<Solver>;
template <class Solver>
replan(Solver, assign::limits, std::size_t) -> replan<Solver>;

}  // namespace shoal::run
