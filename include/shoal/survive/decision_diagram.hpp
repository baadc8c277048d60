// SPDX-License-Identifier: BSL-1.0
/// @file Binary decision diagrams with complement edges: built within a bound, each function held once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include "shoal/survive/unique_table.hpp"

namespace shoal::survive::detail {

// Reduced and ordered; an edge is a cell's index times two, plus one where it stands for the complement. The
// high edge of a cell is never a complement, so each function and its complement share one cell. When the
// bound on cells is reached every operation gives up at once, and `exhausted` says so.
// Source: Brace, Rudell & Bryant 1990, "Efficient implementation of a BDD package", DAC 27.
template <class Index>
class decision_diagram {
 public:
  using edge = Index;
  static constexpr edge certain = 0;
  static constexpr edge never = 1;
  static constexpr Index bottom = static_cast<Index>(-1);  // level of the terminal cell

  using store = unique_table<Index>;
  using cell = typename store::cell;

  explicit decision_diagram(std::size_t limit) : store_(1, terminal(), limit) {}

  void clear(std::size_t limit) { store_ = store(1, terminal(), limit); }

  bool exhausted() const { return store_.exhausted(); }
  const cell& at(edge e) const { return store_[e >> 1U]; }
  Index level(edge e) const { return store_[e >> 1U].label; }

  edge make(Index level, edge high, edge low) {
    if (high == low) return high;
    const edge flip = high & 1U;
    return static_cast<edge>(store_.find(level, high ^ flip, low ^ flip, 0) << 1U) | flip;
  }

  edge both(edge f, edge g) {
    if (f == g || g == certain) return f;
    if (f == certain) return g;
    if (f == never || g == never || f == (g ^ 1U)) return never;
    if (exhausted()) return certain;
    if (f > g) std::swap(f, g);
    if (const edge* const known = store_.recall(f, g, never)) return *known;
    const Index top = std::min(level(f), level(g));
    const edge high = both(follow(f, top, true), follow(g, top, true));
    const edge low = both(follow(f, top, false), follow(g, top, false));
    return store_.keep(f, g, never, make(top, high, low));
  }

  edge either(edge f, edge g) { return both(f ^ 1U, g ^ 1U) ^ 1U; }

  // If f then g else h.
  edge choose(edge f, edge g, edge h) {
    if (f == certain || g == h) return g;
    if (f == never) return h;
    if (g == certain || g == f) return either(f, h);
    if (g == never || g == (f ^ 1U)) return both(f ^ 1U, h);
    if (h == never || h == f) return both(f, g);
    if (h == certain || h == (f ^ 1U)) return either(f ^ 1U, g);
    if (exhausted()) return certain;
    if ((f & 1U) != 0) {
      f ^= 1U;
      std::swap(g, h);
    }
    const edge flip = g & 1U;
    g ^= flip;
    h ^= flip;
    if (const edge* const known = store_.recall(f, g, h)) return *known ^ flip;
    const Index top = std::min(level(f), std::min(level(g), level(h)));
    const edge high = choose(follow(f, top, true), follow(g, top, true), follow(h, top, true));
    const edge low = choose(follow(f, top, false), follow(g, top, false), follow(h, top, false));
    return store_.keep(f, g, h, make(top, high, low)) ^ flip;
  }

  // The cofactor of an edge at a level that is not below it.
  edge follow(edge e, Index top, bool high) const {
    const cell& c = store_[e >> 1U];
    if (c.label != top) return e;
    return (high ? c.high : c.low) ^ (e & 1U);
  }

 private:
  static cell terminal() {
    cell c;
    c.label = bottom;
    return c;
  }

  store store_;
};

}  // namespace shoal::survive::detail
