// SPDX-License-Identifier: BSL-1.0
/// @file Verifies what the multiple-choice knapsack engine claims, from the figures and one multiplier, with
/// arithmetic and a method of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "shoal/assign/choice_table.hpp"

namespace oracle {

/// A plan that is said to be the best, and the multiplier that is said to bound it.
struct knapsack_claim {
  std::vector<std::uint32_t> chosen{};
  double cost = 0;
  double multiplier = 0;
};

/// Empty where the claim holds, else what is wrong with it. The multiplier gives a bound; the choices that
/// can be part of a cheaper plan are those whose reduced cost is below the gap; a programme over all sums of
/// theirs, class by class, with no bound but the gap itself, must find no cheaper plan.
inline std::string refute(const shoal::assign::choice_table<>& table, const knapsack_claim& claim) {
  using wide = long double;
  constexpr wide doubt = 1e-7L;
  const wide u = claim.multiplier;
  if (!(u >= 0)) return "the multiplier is negative";
  if (claim.chosen.size() != table.classes()) return "the plan has not one choice of each class";
  std::int64_t cost = 0;
  std::int64_t use = 0;
  wide bound = -u * static_cast<wide>(table.limit);
  std::vector<wide> least(table.classes());
  for (std::size_t k = 0; k < table.classes(); ++k) {
    const std::size_t j = claim.chosen[k];
    if (j >= table.choices() || table.cost(k)[j] == std::numeric_limits<double>::infinity())
      return "a choice is none";
    cost += static_cast<std::int64_t>(table.cost(k)[j]);
    use += static_cast<std::int64_t>(table.use(k)[j]);
    least[k] = std::numeric_limits<wide>::infinity();
    for (std::size_t i = 0; i < table.choices(); ++i) {
      if (table.cost(k)[i] == std::numeric_limits<double>::infinity()) continue;
      const wide price = static_cast<wide>(table.cost(k)[i]) + u * static_cast<wide>(table.use(k)[i]);
      least[k] = price < least[k] ? price : least[k];
    }
    bound += least[k];
  }
  if (static_cast<double>(cost) != claim.cost) return "the plan has another cost";
  if (!(static_cast<double>(use) <= table.limit)) return "the plan is over the limit";
  const wide gap = static_cast<wide>(cost - 1) - bound;  // of a plan that would be better by one
  std::map<std::int64_t, std::int64_t> sums{{0, 0}};     // least cost for each use
  for (std::size_t k = 0; k < table.classes(); ++k) {
    wide so_far = 0;  // the least price of the classes up to this one
    for (std::size_t c = 0; c <= k; ++c) so_far += least[c];
    std::map<std::int64_t, std::int64_t> next;
    for (const auto& sum : sums) {
      for (std::size_t i = 0; i < table.choices(); ++i) {
        if (table.cost(k)[i] == std::numeric_limits<double>::infinity()) continue;
        const std::int64_t w = sum.first + static_cast<std::int64_t>(table.use(k)[i]);
        const std::int64_t c = sum.second + static_cast<std::int64_t>(table.cost(k)[i]);
        if (static_cast<wide>(c) + u * static_cast<wide>(w) - so_far > gap + doubt) continue;
        const auto at = next.emplace(w, c);
        if (!at.second && c < at.first->second) at.first->second = c;
      }
    }
    sums.swap(next);
  }
  for (const auto& sum : sums)
    if (static_cast<double>(sum.first) <= table.limit && sum.second < cost) return "there is a cheaper plan";
  return "";
}

}  // namespace oracle
