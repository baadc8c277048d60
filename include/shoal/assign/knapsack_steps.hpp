// SPDX-License-Identifier: BSL-1.0
/// @file Steps of a knapsack core: the choices that may take a class's base's place, by reduced cost.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "shoal/assign/choice_table.hpp"
#include "shoal/assign/knapsack_prices.hpp"
#include "shoal/assign/knapsack_relaxation.hpp"

namespace shoal::assign {

/// What is looked for in a core, relative to the base.
template <class Real = double>
struct knapsack_frame {
  Real room = 0;        ///< use that is left under the limit
  Real multiplier = 0;  ///< of the relaxation
  Real least = 0;       ///< no plan costs less
  Real wanted = 0;      ///< plans of this cost or less are looked for
  Real rounding = 0;    ///< of sums of reduced costs
  Real gain = 1;        ///< plans that are better by less are not told apart
};

/// The classes that can matter while the best plan may cost so much more than the bound, and their choices as
/// they differ from the base.
template <class Real = double>
class knapsack_steps {
 public:
  /// A choice other than the base.
  struct step {
    Real use = 0;   ///< more than the base's
    Real cost = 0;  ///< more than the base's
    std::uint32_t place = 0;
  };
  /// A class with such choices.
  struct member {
    std::uint32_t number = 0;  ///< of the class in the table
    std::uint32_t begin = 0;   ///< of its steps, which lie in growing use and falling cost
    std::uint32_t end = 0;
    Real least_saving = 0;  ///< the least cost of a unit of use given back; infinite: none can be
    Real best_buy = 0;      ///< the most that a further unit of use saves
  };

  /// Members whose steps are the same; they may stand for different places.
  struct group {
    std::uint32_t begin = 0;  ///< in `same`
    std::uint32_t end = 0;
  };

  /// Reduced cost of each class's second choice: how far out the class is.
  void measure(const choice_table<Real>& table, const knapsack_relaxation<Real>& relaxed) {
    second_.resize(table.classes());
    for (std::size_t k = 0; k < table.classes(); ++k) {
      second_[k] =
          second_price(table.cost(k), table.use(k), table.stride(), relaxed.multiplier(), relaxed.base()[k]);
    }
  }
  /// The reduced cost that about `count` classes stay below; after `measure`.
  Real width_of(std::size_t count) {
    if (count >= second_.size()) return std::numeric_limits<Real>::infinity();
    sorted_.assign(second_.begin(), second_.end());
    const auto nth = sorted_.begin() + static_cast<std::ptrdiff_t>(count);
    std::nth_element(sorted_.begin(), nth, sorted_.end());
    return *nth;
  }
  /// Lists the classes with a choice of reduced cost at most `width`, and those choices; after `measure`.
  void gather(const choice_table<Real>& table, const knapsack_relaxation<Real>& relaxed, Real width);

  const std::vector<member>& members() const { return members_; }
  const std::vector<step>& steps() const { return steps_; }
  const std::vector<group>& groups() const { return groups_; }
  /// Numbers of members, group by group.
  const std::vector<std::uint32_t>& same() const { return same_; }
  /// The group that a step belongs to.
  std::uint32_t group_of(std::uint32_t at) const { return group_of_[at]; }

 private:
  void finish(member& c, Real multiplier);
  int compare(const member& a, const member& b) const;
  void gather_equals();

  std::vector<Real> second_{};
  std::vector<Real> sorted_{};
  std::vector<step> steps_{};
  std::vector<member> members_{};
  std::vector<std::uint32_t> same_{};
  std::vector<group> groups_{};
  std::vector<std::uint32_t> group_of_{};
};

template <class Real>
void knapsack_steps<Real>::gather(const choice_table<Real>& table, const knapsack_relaxation<Real>& relaxed,
                                  Real width) {
  members_.clear();
  steps_.clear();
  const Real u = relaxed.multiplier();
  for (std::size_t k = 0; k < table.classes(); ++k) {
    if (!(second_[k] <= width)) continue;
    const Real* cost = table.cost(k);
    const Real* use = table.use(k);
    const std::size_t base = relaxed.base()[k];
    const Real most = cost[base] + u * use[base] + width;
    member c;
    c.number = static_cast<std::uint32_t>(k);
    c.begin = static_cast<std::uint32_t>(steps_.size());
    for (std::size_t j = 0; j < table.choices(); ++j) {
      if (!(cost[j] + u * use[j] <= most) || j == base) continue;
      steps_.push_back({use[j] - use[base], cost[j] - cost[base], static_cast<std::uint32_t>(j)});
    }
    finish(c, u);
  }
  gather_equals();
}

/// Negative, zero or positive, as the steps of `a` come before those of `b`, are the same, or come after.
template <class Real>
int knapsack_steps<Real>::compare(const member& a, const member& b) const {
  if (a.end - a.begin != b.end - b.begin) return a.end - a.begin < b.end - b.begin ? -1 : 1;
  for (std::uint32_t e = 0; e < a.end - a.begin; ++e) {
    const step& x = steps_[a.begin + e];
    const step& y = steps_[b.begin + e];
    if (x.use != y.use) return x.use < y.use ? -1 : 1;
    if (x.cost != y.cost) return x.cost < y.cost ? -1 : 1;
  }
  return 0;
}

template <class Real>
void knapsack_steps<Real>::gather_equals() {
  same_.resize(members_.size());
  for (std::size_t c = 0; c < same_.size(); ++c) same_[c] = static_cast<std::uint32_t>(c);
  std::sort(same_.begin(), same_.end(), [&](std::uint32_t a, std::uint32_t b) {
    const int order = compare(members_[a], members_[b]);
    return order < 0 || (order == 0 && a < b);
  });
  groups_.clear();
  group_of_.assign(steps_.size(), 0);
  for (std::size_t c = 0; c < same_.size(); ++c) {
    const auto here = static_cast<std::uint32_t>(c);
    if (c == 0 || compare(members_[same_[c - 1]], members_[same_[c]]) != 0) groups_.push_back({here, here});
    groups_.back().end = here + 1;
    const member& m = members_[same_[c]];
    std::fill(group_of_.begin() + static_cast<std::ptrdiff_t>(m.begin),
              group_of_.begin() + static_cast<std::ptrdiff_t>(m.end),
              static_cast<std::uint32_t>(groups_.size() - 1));
  }
}

/// Leaves out choices that use no less at no less cost than another or the base, and takes in the class if
/// any is left.
template <class Real>
void knapsack_steps<Real>::finish(member& c, Real multiplier) {
  const auto first = steps_.begin() + static_cast<std::ptrdiff_t>(c.begin);
  std::sort(first, steps_.end(), [](const step& a, const step& b) {
    if (a.use != b.use) return a.use < b.use;
    return a.cost < b.cost || (a.cost == b.cost && a.place < b.place);
  });
  std::size_t kept = c.begin;
  Real cheapest = std::numeric_limits<Real>::infinity();
  for (std::size_t e = c.begin; e < steps_.size(); ++e) {
    if (steps_[e].use >= 0) cheapest = std::min(cheapest, Real{0});  // the base comes before it
    if (!(steps_[e].cost < cheapest)) continue;
    cheapest = steps_[e].cost;
    steps_[kept++] = steps_[e];
  }
  steps_.resize(kept);
  c.end = static_cast<std::uint32_t>(kept);
  if (c.begin == c.end) return;
  c.least_saving = std::numeric_limits<Real>::infinity();
  for (std::size_t e = c.begin; e < c.end; ++e) {
    const step& s = steps_[e];
    if (s.use < 0) c.least_saving = std::min(c.least_saving, s.cost / -s.use);
    if (s.use > 0) c.best_buy = std::max(c.best_buy, -s.cost / s.use);
  }
  // The base is cheapest at the multiplier, so only rounding puts them on the wrong side of it.
  c.least_saving = std::max(c.least_saving, multiplier);
  c.best_buy = std::min(c.best_buy, multiplier);
  members_.push_back(c);
}

}  // namespace shoal::assign
