// SPDX-License-Identifier: BSL-1.0
/// @file Families of sets as zero-suppressed decision diagrams, and the minimal cut sets of a diagram in
/// them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "shoal/survive/diagram.hpp"

namespace shoal::survive::detail {

// A family is the index of a cell: the sets with the cell's variable are those of `high`, each with the
// variable added; `low` are the sets without it. Family 0 is empty, family 1 is the empty set alone.
// Source: Minato 1993, "Zero-suppressed BDDs for set manipulation in combinatorial problems", DAC 30.
template <class Index>
class set_families {
 public:
  static constexpr Index none = 0;
  static constexpr Index empty_set = 1;

  struct cell {
    Index variable = 0;
    Index high = none;
    Index low = none;
    Index next = 0;
  };

  set_families(const basic_diagram<Index>& d, std::size_t limit) : diagram_(d), limit_(limit) {
    cells_.assign(2, cell{});
    buckets_.assign(std::size_t{1} << 12U, Index{0});
    memory_.assign(std::size_t{1} << 12U, remembered{});
  }

  bool exhausted() const { return exhausted_; }
  const std::vector<cell>& cells() const { return cells_; }

  // Minimal sets of events that, all others being absent or free, make the function true; those that need
  // more than `order` events are left out. smallest[m] is the least order within module m.
  // Source: Rauzy 1993, "New algorithms for fault trees analysis", Reliab. Eng. Syst. Saf. 40.
  Index minimal(Index edge, std::size_t order, const std::vector<std::size_t>& smallest) {
    if (edge == 0) return empty_set;
    if (edge == 1 || exhausted_) return none;
    const auto budget = static_cast<Index>(std::min<std::size_t>(order, unbounded));
    if (const Index* const known = recall(edge, budget, minimal_sets)) return *known;
    const auto& c = diagram_.cells[edge >> 1U];
    const Index flip = edge & 1U;
    const Index without = minimal(c.low ^ flip, order, smallest);
    Index with = none;
    const std::size_t cost = c.variable < diagram_.events ? 1 : smallest[c.variable - diagram_.events];
    if (without != empty_set && cost <= order) {
      with = minimal(c.high ^ flip, order == unlimited ? unlimited : order - cost, smallest);
      with = beyond(with, without);
    }
    return keep(edge, budget, minimal_sets, make(c.variable, with, without));
  }

  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

 private:
  static constexpr Index minimal_sets = 1;
  static constexpr Index difference = 2;
  static constexpr Index unbounded = static_cast<Index>(-1);

  struct remembered {
    Index f = 0;
    Index g = 0;
    Index operation = 0;
    Index result = 0;
  };

  Index level(Index family) const {
    return family < 2 ? static_cast<Index>(-1) : diagram_.level[cells_[family].variable];
  }

  // The sets of f that include no set of g.
  Index beyond(Index f, Index g) {
    if (g == none || f == none) return f;
    if (g == empty_set || f == g) return none;
    if (f == empty_set) return holds_empty(g) ? none : f;
    if (exhausted_) return none;
    if (const Index* const known = recall(f, g, difference)) return *known;
    Index out = none;
    if (level(g) < level(f)) {
      out = beyond(f, cells_[g].low);
    } else if (level(f) < level(g)) {
      const Index high = beyond(cells_[f].high, g);
      out = make(cells_[f].variable, high, beyond(cells_[f].low, g));
    } else {
      const Index partly = beyond(cells_[f].high, cells_[g].high);
      const Index high = beyond(partly, cells_[g].low);
      out = make(cells_[f].variable, high, beyond(cells_[f].low, cells_[g].low));
    }
    return keep(f, g, difference, out);
  }

  bool holds_empty(Index f) const {
    while (f > 1) f = cells_[f].low;
    return f == empty_set;
  }

  Index make(Index variable, Index high, Index low) {
    if (high == none) return low;
    const std::size_t bucket = scatter(variable, high, low) & (buckets_.size() - 1);
    for (Index i = buckets_[bucket]; i != 0; i = cells_[i].next) {
      const cell& c = cells_[i];
      if (c.variable == variable && c.high == high && c.low == low) return i;
    }
    if (cells_.size() >= limit_) {
      exhausted_ = true;
      return none;
    }
    cells_.push_back({variable, high, low, buckets_[bucket]});
    const auto made = static_cast<Index>(cells_.size() - 1);
    buckets_[bucket] = made;
    if (cells_.size() > buckets_.size()) grow();
    return made;
  }

  static std::size_t scatter(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    std::uint64_t x = a * 0x9E3779B97F4A7C15U + b;
    x = (x ^ (x >> 29U)) * 0xBF58476D1CE4E5B9U + c;
    x = (x ^ (x >> 32U)) * 0x94D049BB133111EBU;
    return static_cast<std::size_t>(x ^ (x >> 31U));
  }

  const Index* recall(Index f, Index g, Index operation) const {
    const remembered& r = memory_[scatter(f, g, operation) & (memory_.size() - 1)];
    return r.f == f && r.g == g && r.operation == operation ? &r.result : nullptr;
  }

  Index keep(Index f, Index g, Index operation, Index result) {
    if (!exhausted_) memory_[scatter(f, g, operation) & (memory_.size() - 1)] = {f, g, operation, result};
    return result;
  }

  void grow() {
    buckets_.assign(buckets_.size() * 2, Index{0});
    for (std::size_t i = 2; i < cells_.size(); ++i) {
      cell& c = cells_[i];
      Index& head = buckets_[scatter(c.variable, c.high, c.low) & (buckets_.size() - 1)];
      c.next = head;
      head = static_cast<Index>(i);
    }
    std::vector<remembered> old(buckets_.size() * 2);
    old.swap(memory_);
    for (const remembered& r : old) {
      if (r.operation != 0) memory_[scatter(r.f, r.g, r.operation) & (memory_.size() - 1)] = r;
    }
  }

  const basic_diagram<Index>& diagram_;
  std::size_t limit_ = 0;
  bool exhausted_ = false;
  std::vector<cell> cells_;
  std::vector<Index> buckets_;
  std::vector<remembered> memory_;
};

}  // namespace shoal::survive::detail
