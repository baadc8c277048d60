// SPDX-License-Identifier: BSL-1.0
/// @file Families of sets as zero-suppressed decision diagrams, and the minimal cut sets of a diagram in
/// them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include "shoal/survive/diagram.hpp"
#include "shoal/survive/unique_table.hpp"

namespace shoal::survive::detail {

// A family is the index of a cell: the sets with the cell's variable are those of `high`, each with the
// variable added; `low` are the sets without it. Family 0 is empty, family 1 is the empty set alone.
// Source: Minato 1993, "Zero-suppressed BDDs for set manipulation in combinatorial problems", DAC 30.
template <class Index>
class set_families {
 public:
  static constexpr Index none = 0;
  static constexpr Index empty_set = 1;

  using store = unique_table<Index>;  // cells are labelled with their variable

  set_families(const basic_diagram<Index>& d, std::size_t limit)
      : diagram_(d), store_(2, typename store::cell{}, limit) {}

  bool exhausted() const { return store_.exhausted(); }
  const std::vector<typename store::cell>& cells() const { return store_.cells(); }

  // Minimal sets of events that, all others being absent or free, make the function true; those that need
  // more than `order` events are left out. smallest[m] is the least order within module m.
  // Source: Rauzy 1993, "New algorithms for fault trees analysis", Reliab. Eng. Syst. Saf. 40.
  Index minimal(Index edge, std::size_t order, const std::vector<std::size_t>& smallest) {
    if (edge == 0) return empty_set;
    if (edge == 1 || exhausted()) return none;
    const auto budget = static_cast<Index>(std::min<std::size_t>(order, unbounded));
    if (const Index* const known = store_.recall(edge, budget, minimal_sets)) return *known;
    const auto& c = diagram_.cells[edge >> 1U];
    const Index flip = edge & 1U;
    const Index without = minimal(c.low ^ flip, order, smallest);
    Index with = none;
    const std::size_t cost = c.variable < diagram_.events ? 1 : smallest[c.variable - diagram_.events];
    if (without != empty_set && cost <= order) {
      with = minimal(c.high ^ flip, order == unlimited ? unlimited : order - cost, smallest);
      with = beyond(with, without);
    }
    return store_.keep(edge, budget, minimal_sets, make(c.variable, with, without));
  }

  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

 private:
  static constexpr Index minimal_sets = 1;
  static constexpr Index difference = 2;
  static constexpr Index unbounded = static_cast<Index>(-1);

  Index level(Index family) const {
    return family < 2 ? static_cast<Index>(-1) : diagram_.level[store_[family].label];
  }

  // The sets of f that include no set of g.
  Index beyond(Index f, Index g) {
    if (g == none || f == none) return f;
    if (g == empty_set || f == g) return none;
    if (f == empty_set) return holds_empty(g) ? none : f;
    if (exhausted()) return none;
    if (const Index* const known = store_.recall(f, g, difference)) return *known;
    Index out = none;
    if (level(g) < level(f)) {
      out = beyond(f, store_[g].low);
    } else if (level(f) < level(g)) {
      const Index high = beyond(store_[f].high, g);
      out = make(store_[f].label, high, beyond(store_[f].low, g));
    } else {
      const Index partly = beyond(store_[f].high, store_[g].high);
      const Index high = beyond(partly, store_[g].low);
      out = make(store_[f].label, high, beyond(store_[f].low, store_[g].low));
    }
    return store_.keep(f, g, difference, out);
  }

  bool holds_empty(Index f) const {
    while (f > 1) f = store_[f].low;
    return f == empty_set;
  }

  Index make(Index variable, Index high, Index low) {
    return high == none ? low : store_.find(variable, high, low, none);
  }

  const basic_diagram<Index>& diagram_;
  store store_;
};

}  // namespace shoal::survive::detail
