// SPDX-License-Identifier: BSL-1.0
/// @file The store of a decision diagram: each cell held once, results of operations remembered, both
/// bounded.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace shoal::survive::detail {

// Cells are found again by what they hold. The first `reserved` of them are terminals, which are never found.
// When the bound is reached `exhausted` says so, and nothing is remembered any more.
template <class Index>
class unique_table {
 public:
  struct cell {
    Index label = 0;  // a level or a variable
    Index high = 0;
    Index low = 0;
    Index next = 0;  // in the same bucket
  };

  unique_table(std::size_t reserved, const cell& terminal, std::size_t limit)
      : limit_(limit), reserved_(reserved) {
    cells_.assign(reserved, terminal);
    buckets_.assign(smallest, Index{0});
    memory_.assign(smallest, remembered{});
  }

  bool exhausted() const { return exhausted_; }
  const std::vector<cell>& cells() const { return cells_; }
  const cell& operator[](std::size_t i) const { return cells_[i]; }

  // The cell with these contents, made where there is none; `otherwise` when there is no room for it.
  Index find(Index label, Index high, Index low, Index otherwise) {
    const std::size_t bucket = scatter(label, high, low) & (buckets_.size() - 1);
    for (Index i = buckets_[bucket]; i != 0; i = cells_[i].next) {
      const cell& c = cells_[i];
      if (c.label == label && c.high == high && c.low == low) return i;
    }
    if (cells_.size() >= limit_) {
      exhausted_ = true;
      return otherwise;
    }
    cells_.push_back({label, high, low, buckets_[bucket]});
    const auto made = static_cast<Index>(cells_.size() - 1);
    buckets_[bucket] = made;
    if (cells_.size() > buckets_.size()) grow();
    return made;
  }

  // The result of an operation, if it is still remembered. Not all of f, g and h are 0: that is an empty
  // entry.
  const Index* recall(Index f, Index g, Index h) const {
    const remembered& r = memory_[scatter(f, g, h) & (memory_.size() - 1)];
    return r.f == f && r.g == g && r.h == h ? &r.result : nullptr;
  }

  Index keep(Index f, Index g, Index h, Index result) {
    if (exhausted_) return result;
    memory_[scatter(f, g, h) & (memory_.size() - 1)] = {f, g, h, result};
    // A memory that forgets too much makes the work exponential, however few the cells are.
    if (++kept_ > memory_.size() && memory_.size() < std::max(std::size_t{1} << 16U, 2 * buckets_.size())) {
      widen();
      kept_ = 0;
    }
    return result;
  }

 private:
  static constexpr std::size_t smallest = std::size_t{1} << 10U;

  struct remembered {
    Index f = 0;
    Index g = 0;
    Index h = 0;
    Index result = 0;
  };

  static std::size_t scatter(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    std::uint64_t x = a * 0x9E3779B97F4A7C15U + b;
    x = (x ^ (x >> 29U)) * 0xBF58476D1CE4E5B9U + c;
    x = (x ^ (x >> 32U)) * 0x94D049BB133111EBU;
    return static_cast<std::size_t>(x ^ (x >> 31U));
  }

  void grow() {
    buckets_.assign(buckets_.size() * 2, Index{0});
    for (std::size_t i = reserved_; i < cells_.size(); ++i) {
      cell& c = cells_[i];
      Index& head = buckets_[scatter(c.label, c.high, c.low) & (buckets_.size() - 1)];
      c.next = head;
      head = static_cast<Index>(i);
    }
  }

  void widen() {
    std::vector<remembered> old(2 * memory_.size());
    old.swap(memory_);
    for (const remembered& r : old) {
      if ((r.f | r.g | r.h) != 0) memory_[scatter(r.f, r.g, r.h) & (memory_.size() - 1)] = r;
    }
  }

  std::size_t limit_;
  std::size_t reserved_;
  bool exhausted_ = false;
  std::vector<cell> cells_;
  std::vector<Index> buckets_;
  std::vector<remembered> memory_;
  std::size_t kept_ = 0;  // since the memory last grew
};

}  // namespace shoal::survive::detail
