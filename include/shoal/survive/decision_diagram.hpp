// SPDX-License-Identifier: BSL-1.0
/// @file Binary decision diagrams with complement edges: built within a bound, each function held once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "shoal/core/when_used.hpp"

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

  struct cell {
    Index level = bottom;
    edge high = certain;
    edge low = certain;
    Index next = 0;  // in the same bucket
  };

  explicit decision_diagram(std::size_t limit) : limit_(limit) { clear(limit); }

  void clear(std::size_t limit) {
    limit_ = limit;
    exhausted_ = false;
    cells_.assign(1, cell{});
    buckets_.assign(std::size_t{1} << 12U, Index{0});
    memory_.assign(std::size_t{1} << 12U, remembered{});
  }

  bool exhausted() const { return exhausted_; }
  std::size_t size() const { return cells_.size(); }
  const cell& at(edge e) const { return cells_[e >> 1U]; }
  Index level(edge e) const { return cells_[e >> 1U].level; }

  edge make(Index level, edge high, edge low) {
    if (high == low) return high;
    const edge flip = high & 1U;
    high ^= flip;
    low ^= flip;
    const std::size_t bucket = scatter(level, high, low) & (buckets_.size() - 1);
    for (Index i = buckets_[bucket]; i != 0; i = cells_[i].next) {
      const cell& c = cells_[i];
      if (c.level == level && c.high == high && c.low == low) return (i << 1U) | flip;
    }
    if (cells_.size() >= limit_) {
      exhausted_ = true;
      return certain;
    }
    cells_.push_back({level, high, low, buckets_[bucket]});
    const Index made = static_cast<Index>(cells_.size() - 1);
    buckets_[bucket] = made;
    if (cells_.size() > buckets_.size()) grow();
    return (made << 1U) | flip;
  }

  edge both(edge f, edge g) {
    if (f == g || g == certain) return f;
    if (f == certain) return g;
    if (f == never || g == never || f == (g ^ 1U)) return never;
    if (exhausted_) return certain;
    if (f > g) std::swap(f, g);
    if (const edge* const known = recall(f, g, never)) return *known;
    const Index top = std::min(level(f), level(g));
    const edge high = both(follow(f, top, true), follow(g, top, true));
    const edge low = both(follow(f, top, false), follow(g, top, false));
    return keep(f, g, never, make(top, high, low));
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
    if (exhausted_) return certain;
    if ((f & 1U) != 0) {
      f ^= 1U;
      std::swap(g, h);
    }
    const edge flip = g & 1U;
    g ^= flip;
    h ^= flip;
    if (const edge* const known = recall(f, g, h)) return *known ^ flip;
    const Index top = std::min(level(f), std::min(level(g), level(h)));
    const edge high = choose(follow(f, top, true), follow(g, top, true), follow(h, top, true));
    const edge low = choose(follow(f, top, false), follow(g, top, false), follow(h, top, false));
    return keep(f, g, h, make(top, high, low)) ^ flip;
  }

  // The cofactor of an edge at a level that is not below it.
  edge follow(edge e, Index top, bool high) const {
    const cell& c = cells_[e >> 1U];
    if (c.level != top) return e;
    return (high ? c.high : c.low) ^ (e & 1U);
  }

 private:
  struct remembered {
    edge f = 0;
    edge g = 0;
    edge h = 0;
    edge result = 0;
  };

  static std::size_t scatter(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    std::uint64_t x = a * 0x9E3779B97F4A7C15U + b;
    x = (x ^ (x >> 29U)) * 0xBF58476D1CE4E5B9U + c;
    x = (x ^ (x >> 32U)) * 0x94D049BB133111EBU;
    return static_cast<std::size_t>(x ^ (x >> 31U));
  }

  // The first operand is never a terminal, so that an empty entry matches nothing.
  const edge* recall(edge f, edge g, edge h) const {
    const remembered& r = memory_[scatter(f, g, h) & (memory_.size() - 1)];
    return r.f == f && r.g == g && r.h == h ? &r.result : nullptr;
  }

  edge keep(edge f, edge g, edge h, edge result) {
    if (!exhausted_) memory_[scatter(f, g, h) & (memory_.size() - 1)] = {f, g, h, result};
    return result;
  }

  void grow() {
    buckets_.assign(buckets_.size() * 2, Index{0});
    for (std::size_t i = 1; i < cells_.size(); ++i) {
      cell& c = cells_[i];
      Index& head = buckets_[scatter(c.level, c.high, c.low) & (buckets_.size() - 1)];
      c.next = head;
      head = static_cast<Index>(i);
    }
    std::vector<remembered> old(buckets_.size());
    old.swap(memory_);
    for (const remembered& r : old) {
      if (r.f != 0) memory_[scatter(r.f, r.g, r.h) & (memory_.size() - 1)] = r;
    }
  }

  std::size_t limit_ = 0;
  bool exhausted_ = false;
  std::vector<cell> cells_;
  std::vector<Index> buckets_;
  std::vector<remembered> memory_;
};

}  // namespace shoal::survive::detail
