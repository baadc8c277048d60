// SPDX-License-Identifier: BSL-1.0
/// @file Importance: how much the survival of the whole owes to each model and each group.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "shoal/core/when_used.hpp"
#include "shoal/survive/chance.hpp"
#include "shoal/survive/survivors.hpp"
#include "shoal/survive/swarm.hpp"
#include "shoal/survive/tally.hpp"

namespace shoal::survive {

/// What one part (a model by itself, or a group as a whole) means to the whole. With F the chance that the
/// whole fails and q the part's own:
struct importance {
  std::string name{};
  double birnbaum = 0;        ///< B = P(whole fails | part failed) - P(whole fails | part holds)
  double criticality = 0;     ///< q B / F: share of F that would be gone if the part never failed
  double fussell_vesely = 0;  ///< P(part failed | whole failed), in the diagnostic form; 0 when B is 0
};

/// Importance of the parts of a swarm.
struct ranking {
  std::vector<importance> models{};  ///< in the swarm's order
  std::vector<importance> groups{};  ///< in the swarm's order
};

/// The three measures of a part from its Birnbaum importance, its own chance of failing and that of the
/// whole. The diagnostic form of Fussell and Vesely's measure is what SCRAM prints; it equals the form by
/// minimal cut sets when the whole is a k-of-n or a series of parts, and is never less than it.
/// @source Birnbaum 1969, in Krishnaiah (ed.), Multivariate Analysis II; Dutuit & Rauzy 2001, "Efficient
/// algorithms to assess component and gate importance in fault tree analysis", Reliab. Eng. Syst. Saf. 72.
template <class = when_used>
importance measure(std::string name, double birnbaum, double part_failure, double whole_failure) {
  importance out{std::move(name), std::clamp(birnbaum, 0.0, 1.0)};
  if (whole_failure > 0 && out.birnbaum > 0) {
    const double share = out.birnbaum / whole_failure;
    out.criticality = std::min(part_failure * share, 1.0);
    out.fussell_vesely = std::min(part_failure * (1 + (1 - part_failure) * share), 1.0);
  }
  return out;
}

/// Importance of each model and group to "at least `k` models survive", exactly.
/// A model matters when just k - 1 of the others are up: that chance is found for all models together by
/// halving the swarm again and again, each half carrying the count of all that lies outside of it.
/// @throws invalid_argument  as `validate(swarm)` does.
/// @complexity O(n w log n) time, w as in `at_least`, and as much again for each group's own models.
template <class = when_used>
ranking importance_at_least(std::size_t k, const swarm& s);

namespace detail {

template <class = when_used>
ranking rank(const swarm& s, std::span<const double> models, std::span<const double> groups,
             double whole_failure) {
  ranking out;
  for (std::size_t i = 0; i < s.models(); ++i)
    out.models.push_back(measure(s.name_of(i), models[i], s.failure[i], whole_failure));
  for (std::size_t g = 0; g < s.groups.size(); ++g) {
    out.groups.push_back(
        measure(s.groups[g].name, groups[g], s.groups[g].failure_probability, whole_failure));
  }
  return out;
}

// Calls visit(i, outside) for each entry of [first, last), `outside` being the tally of `all` and of every
// entry but i. add(t, i) counts entry i on top of t.
template <class Add, class Visit>
void leave_one_out(std::size_t first, std::size_t last, const tally& all, const Add& add,
                   const Visit& visit) {
  if (first == last) return;
  if (last - first == 1) return visit(first, all);
  const std::size_t middle = first + (last - first) / 2;
  tally left = all;
  for (std::size_t i = middle; i < last; ++i) add(left, i);
  leave_one_out(first, middle, left, add, visit);
  tally right = all;
  for (std::size_t i = first; i < middle; ++i) add(right, i);
  leave_one_out(middle, last, right, add, visit);
}

// What the failure of a whole group changes, given the count outside of it. All terms are >= 0.
template <class = when_used>
double birnbaum_of_group(const tally& outside, const tally& members, std::size_t size, counted what) {
  // By what the members make up, with the group up: survivors that are enough, or failures that are too few.
  const std::vector<double> chances = what == counted::survivors ? members.tails() : members.heads();
  const auto window = outside.window();
  double sum = 0;
  for (std::size_t w = 0; w < window.size(); ++w) {
    const std::size_t missing = outside.cap() - (outside.low() + w);
    if (missing > size) continue;
    const std::size_t at = missing > members.low() ? missing - members.low() : 0;
    sum += window[w] * chances[std::min(at, chances.size() - 1)];
  }
  return sum;
}

}  // namespace detail

template <class>
ranking importance_at_least(std::size_t k, const swarm& s) {
  using detail::tally;
  const chance whole = at_least(k, s);
  const std::size_t n = s.models();
  std::vector<double> models(n, 0.0);
  std::vector<double> groups(s.groups.size(), 0.0);
  if (k > 0 && k <= n) {
    const bool few = k <= n - k + 1;
    const auto what = few ? detail::counted::survivors : detail::counted::failures;
    const std::size_t cap = few ? k : n - k + 1;
    const auto fates = detail::fates(s);
    const auto add_fate = [&](tally& t, std::size_t f) { detail::count_fate(t, s, f, fates[f], what); };
    const auto visit_fate = [&](std::size_t f, const tally& outside) {
      const auto& members = fates[f];
      double holds = 1;
      if (f < s.groups.size()) {
        if (members.empty()) return;
        const tally inside = detail::count_members(s, members, what, cap);
        groups[f] = detail::birnbaum_of_group(outside, inside, members.size(), what);
        holds = 1 - s.groups[f].failure_probability;
      }
      const auto add_member = [&](tally& t, std::size_t m) {
        detail::count_model(t, s.failure[members[m]], what);
      };
      const auto visit_member = [&](std::size_t m, const tally& others) {
        models[members[m]] = holds * others.at(cap - 1);
      };
      detail::leave_one_out(0, members.size(), outside, add_member, visit_member);
    };
    detail::leave_one_out(0, fates.size(), tally(cap), add_fate, visit_fate);
  }
  return detail::rank(s, models, groups, whole.failure);
}

}  // namespace shoal::survive
