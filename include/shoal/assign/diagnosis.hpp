// SPDX-License-Identifier: BSL-1.0
/// @file Which requirement no plan can meet, and the best that can be had of it, by the exact search.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "shoal/assign/budget.hpp"
#include "shoal/assign/explain.hpp"
#include "shoal/assign/program.hpp"
#include "shoal/assign/program_search.hpp"

namespace shoal::assign {

/// Finds the obstacle of a problem that is known to have no plan; see explain.hpp for the order.
template <class Problem = problem>
class diagnosis {
 public:
  diagnosis(const Problem& p, const objective& o, budget& left) : p_(p), o_(o), left_(left) {}

  /// Empty when a limit is reached first.
  std::optional<obstacle> operator()();

 private:
  enum class ending { found, none, cut };
  ending best_plan(const Problem& p, const program& what, const objective& o);
  ending most_worth(const Problem& p, const matrix& worth);
  std::optional<std::size_t> most_placed();
  ending best_quality();
  ending best_least();
  double reached() const;

  const Problem& p_;
  const objective& o_;
  budget& left_;
  solution best_{};  // figures of the last plan that was found
};

template <class Problem>
std::optional<obstacle> diagnosis<Problem>::operator()() {
  if (auto alone = subtask_obstacle(p_)) return alone;
  const std::optional<std::size_t> placed = most_placed();
  if (!placed) return std::nullopt;
  if (*placed < p_.subtasks()) return capacity_obstacle(p_, *placed);
  if (p_.require) {
    if (best_quality() != ending::found) return std::nullopt;
    if (violation(p_, objective(weighted{}), best_.chosen)) return quality_obstacle(p_, reached());
  }
  const auto* e = std::get_if<epsilon>(&o_.rule);
  if (e == nullptr) return std::nullopt;
  const bool time = e->minimise == criterion::energy;
  const objective least(time ? weighted{0, 1} : weighted{1, 0}, o_.time);
  if (best_plan(p_, first_program(p_, least), least) != ending::found) return std::nullopt;
  return bound_obstacle(*e, best_.objective);
}

/// The plan of least value of a program; its figures are those of `p` by `o`.
template <class Problem>
typename diagnosis<Problem>::ending diagnosis<Problem>::best_plan(const Problem& p, const program& what,
                                                                  const objective& o) {
  const auto admits = [&](const plan& chosen) { return !violation(p, o, chosen); };
  search_result r = search_program(what, left_, admits).found;
  if (!r.proven) return ending::cut;
  if (!r.chosen) return ending::none;
  best_ = evaluate(p, o, *std::move(r.chosen));
  return ending::found;
}

/// The plan of the greatest sum of `worth` over its pairs.
template <class Problem>
typename diagnosis<Problem>::ending diagnosis<Problem>::most_worth(const Problem& p, const matrix& worth) {
  program what = placement_program(p);
  for (std::size_t pair = 0; pair < p.models() * p.subtasks(); ++pair)
    what.cost.data()[pair] = what.open.data()[pair] ? -worth.data()[pair] : 0;
  return best_plan(p, what, objective(weighted{}));
}

template <class Problem>
std::optional<std::size_t> diagnosis<Problem>::most_placed() {
  program what = placement_program(p_);
  if (what.couplings.empty() && what.open.cwiseEqual(p_.allowed).all()) return p_.subtasks();
  for (demand& d : what.demands) d.skip = 1;
  const auto any = [](const plan&) { return true; };
  const search_result r = search_program(what, left_, any, {.chosen = plan(p_.subtasks())}).found;
  if (!r.proven || !r.chosen) return std::nullopt;
  const auto placed =
      std::count_if(r.chosen->begin(), r.chosen->end(), [](const auto& s) { return !s.empty(); });
  return static_cast<std::size_t>(placed);
}

/// Quality of the last plan by the rule of the requirement.
template <class Problem>
double diagnosis<Problem>::reached() const {
  switch (p_.require->rule) {
    case quality_rule::sum:
      return best_.compatibility.sum;
    case quality_rule::mean:
      return best_.compatibility.mean;
    case quality_rule::each:
      return best_.compatibility.min;
    case quality_rule::product:
      return best_.compatibility.product;
  }
  return 0;
}

/// The plan of the best quality by the rule of the requirement, which is not enough by itself.
template <class Problem>
typename diagnosis<Problem>::ending diagnosis<Problem>::best_quality() {
  Problem free = p_;
  free.require.reset();
  switch (p_.require->rule) {
    case quality_rule::sum:
      return most_worth(free, detail::counted(p_, p_.compatibility));
    case quality_rule::product:
      return most_worth(free, detail::counted(p_, p_.allowed.select(p_.compatibility, 1).log()));
    case quality_rule::mean: {
      // Dinkelbach 1967, Management Science 13: q is the best mean when no plan has sum count (C - q) > 0.
      // The first round is the last one where the number of models is the same in every plan.
      ending end = most_worth(free, detail::counted(p_, p_.compatibility));
      while (end == ending::found && (p_.survival > 0).any()) {
        const solution so_far = best_;
        end = most_worth(free, detail::counted(p_, p_.compatibility - so_far.compatibility.mean));
        if (end == ending::found && best_.compatibility.mean > so_far.compatibility.mean) continue;
        best_ = so_far;
        break;
      }
      return end;
    }
    case quality_rule::each:
      return best_least();
  }
  return ending::cut;
}

/// The plan whose least compatibility is the greatest, by bisection over the values of the matrix.
template <class Problem>
typename diagnosis<Problem>::ending diagnosis<Problem>::best_least() {
  Problem free = p_;
  free.require.reset();
  std::vector<std::decay_t<decltype(p_.compatibility(0, 0))>> levels;  // double, known when it is used
  for (Eigen::Index k = 0; k < p_.allowed.cols(); ++k) {
    for (Eigen::Index i = 0; i < p_.allowed.rows(); ++i)
      if (p_.allowed(i, k)) levels.push_back(p_.compatibility(i, k));
  }
  std::sort(levels.begin(), levels.end());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  const matrix nothing = matrix::Zero(p_.compatibility.rows(), p_.compatibility.cols());
  std::size_t from = 0;
  for (std::size_t to = levels.size(); from < to;) {
    const std::size_t middle = from + (to - from) / 2;
    free.allowed = p_.allowed && p_.compatibility >= levels[middle];
    const ending end = most_worth(free, nothing);
    if (end == ending::cut) return end;
    (end == ending::found ? from : to) = end == ending::found ? middle + 1 : middle;
  }
  return from > 0 ? ending::found : ending::none;
}

}  // namespace shoal::assign
