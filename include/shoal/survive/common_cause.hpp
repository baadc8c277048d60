// SPDX-License-Identifier: BSL-1.0
/// @file Common causes: members of a group that are built alike, and fail together more often than chance has
/// it.
#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/survive/chance.hpp"
#include "shoal/survive/fault_tree.hpp"

namespace shoal::survive {

/// How the failures of a group's members are shared out. Factors of a group of n members:
enum class sharing {
  beta,                   ///< one: the share of a member's failures that takes all n members
  multiple_greek_letter,  ///< up to n - 1: of a member's failures, the share that takes another member too
                          ///< (beta); of those, the share that takes a third (gamma); ...
  alpha,                  ///< up to n: the share of the group's failures that take 1, 2, ... members
  phi,                    ///< up to n, sum 1: phi_k of a member's chance goes to each set of k members
};

/// The name that files give it.
constexpr std::string_view name_of(sharing s) {
  switch (s) {
    case sharing::beta:
      return "beta-factor";
    case sharing::multiple_greek_letter:
      return "MGL";
    case sharing::alpha:
      return "alpha-factor";
    case sharing::phi:
      return "phi-factor";
  }
  return "";
}

/// Members that fail alike.
struct common_cause {
  std::string name{};
  survive::sharing sharing = survive::sharing::beta;
  double probability = 0;         ///< that a given member fails, for whatever reason, [0, 1]
  std::vector<double> factors{};  ///< each in [0, 1]
};

/// Chance that a given set of k members fails together, and nobody else with it, for k = 1..n: entry k - 1.
/// These are the chances of independent events, one for each set, as fault-tree programs have it; so a member
/// fails a little less often than `probability` where several sets with it fail at once.
/// @param members  n, 2 to 20.
/// @throws invalid_argument  when a figure is not in [0, 1], there are too many factors, none, or those of
/// phi
///                           do not add up to 1 (within 1e-4).
/// @complexity O(n^2).
/// @source Mosleh et al. 1988, NUREG/CR-4780, "Procedures for treating common cause failures".
template <class = when_used>
std::vector<double> shared_probabilities(const common_cause& c, std::size_t members) {
  const auto refuse = [&](const auto&... what) {
    throw invalid_argument(message("common cause ", quoted(c.name), ": ", what...));
  };
  if (members < 2 || members > 20) refuse(members, " members are not 2 to 20");
  if (!(c.probability >= 0 && c.probability <= 1)) refuse("probability ", c.probability, " is not in [0, 1]");
  double sum = 0;
  for (const double f : c.factors) {
    if (!(f >= 0 && f <= 1)) refuse("factor ", f, " is not in [0, 1]");
    sum += f;
  }
  const std::size_t most = c.sharing == sharing::beta                    ? 1
                           : c.sharing == sharing::multiple_greek_letter ? members - 1
                                                                         : members;
  if (c.factors.empty() || c.factors.size() > most)
    refuse(c.factors.size(), " factors for ", members, " members are not 1 to ", most);
  std::vector<double> out(members, 0.0);
  if (c.sharing == sharing::beta) {
    out.front() = (1 - c.factors[0]) * c.probability;
    out.back() = c.factors[0] * c.probability;
    return out;
  }
  if (c.sharing == sharing::phi) {
    if (std::abs(sum - 1) > 1e-4) refuse("its factors add up to ", sum, ", not to 1");
    for (std::size_t k = 0; k < c.factors.size(); ++k) out[k] = c.factors[k] * c.probability;
    return out;
  }
  double weighted = 0;  // alpha: failures of a member for one failure of the group
  for (std::size_t k = 0; k < c.factors.size(); ++k) weighted += static_cast<double>(k + 1) * c.factors[k];
  if (c.sharing == sharing::alpha && weighted == 0) refuse("all of its factors are 0");
  double passed = 1;   // MGL: share of a member's failures that take k members at least
  double choices = 1;  // sets of k members with a given one
  const std::size_t levels = c.sharing == sharing::alpha ? c.factors.size() : c.factors.size() + 1;
  for (std::size_t k = 0; k < levels; ++k) {
    if (k > 0) choices *= static_cast<double>(members - k) / static_cast<double>(k);
    if (c.sharing == sharing::alpha) {
      out[k] = static_cast<double>(k + 1) * c.factors[k] / (choices * weighted) * c.probability;
    } else {
      const double stays = k < c.factors.size() ? 1 - c.factors[k] : 1;
      out[k] = passed * stays / choices * c.probability;
      if (k < c.factors.size()) passed *= c.factors[k];
    }
  }
  return out;
}

/// Adds the events of a group to a tree: one for each set of members that can fail together, named
/// `[a b]`. Gives a vertex for each member, which occurs when a set with that member fails.
/// @throws invalid_argument  as `shared_probabilities` does.
/// @complexity O(n 2^n), for beta O(n).
template <class = when_used>
std::vector<node> add_common_cause(fault_tree& t, const common_cause& c,
                                   const std::vector<std::string>& names) {
  const std::size_t n = names.size();
  const std::vector<double> chances = shared_probabilities(c, n);
  std::vector<std::vector<node>> causes(n);
  const auto add = [&](std::size_t set, double probability) {
    std::string name = "[";
    for (std::size_t i = 0; i < n; ++i) {
      if ((set >> i & 1U) != 0) name += (name.size() > 1 ? " " : "") + names[i];
    }
    const node e = t.event(name + "]", probability);
    for (std::size_t i = 0; i < n; ++i) {
      if ((set >> i & 1U) != 0) causes[i].push_back(e);
    }
  };
  const std::size_t all = (std::size_t{1} << n) - 1;
  if (c.sharing == sharing::beta) {
    for (std::size_t i = 0; i < n; ++i) add(std::size_t{1} << i, chances.front());
    add(all, chances.back());
  } else {
    for (std::size_t set = 1; set <= all; ++set) {
      std::size_t size = 0;
      for (std::size_t i = 0; i < n; ++i) size += set >> i & 1U;
      if (chances[size - 1] > 0) add(set, chances[size - 1]);
    }
  }
  std::vector<node> out;
  for (auto& c_i : causes) out.push_back(t.any(std::move(c_i)));
  return out;
}

}  // namespace shoal::survive
