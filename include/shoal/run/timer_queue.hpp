// SPDX-License-Identifier: BSL-1.0
/// @file Timer queue: work by the time at which it is due.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "shoal/core/when_used.hpp"
#include "shoal/run/scheduler.hpp"

namespace shoal::run {

/// A heap of timers, the first to run on top; of equal times the one that was set first. Its memory is kept:
/// once it has held n timers, it holds n timers without asking for more. Not synchronised.
/// @tparam Work  what is due.
template <class Work = work>
class timer_queue {
 public:
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }

  /// When the first is due; the end of time when there is none.
  time_point next() const { return heap_.empty() ? time_point::max() : heap_[0].when; }

  /// @complexity O(log size).
  timer add(time_point when, Work w) {
    std::uint32_t slot = 0;
    if (free_.empty()) {
      slot = static_cast<std::uint32_t>(slots_.size());
      slots_.emplace_back();
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    slots_[slot].what = std::move(w);
    heap_.push_back({when, ++sequence_, slot});
    slots_[slot].place = static_cast<std::uint32_t>(heap_.size() - 1);
    rise(heap_.size() - 1);
    return {(static_cast<std::uint64_t>(slots_[slot].generation) << 32U) | (slot + 1U)};
  }

  /// False when it has run or was removed before.
  /// @complexity O(log size).
  bool remove(timer t) {
    if (!t) return false;
    const auto slot = static_cast<std::uint32_t>(t.id) - 1U;
    if (slot >= slots_.size() || slots_[slot].generation != static_cast<std::uint32_t>(t.id >> 32U))
      return false;
    static_cast<void>(take(slots_[slot].place));
    return true;
  }

  /// The work that is due first, taken out. @pre !empty()
  Work pop() { return take(0); }

 private:
  static constexpr std::size_t arity = 4;  // flatter than a binary heap: fewer cache misses on the way down

  struct node {
    time_point when;
    std::uint64_t sequence;
    std::uint32_t slot;
    bool before(const node& other) const {
      return when < other.when || (when == other.when && sequence < other.sequence);
    }
  };
  struct held {
    Work what{};
    std::uint32_t place = 0;       // in the heap
    std::uint32_t generation = 1;  // of the timer that it holds, or will hold next
  };

  void put(std::size_t place, const node& n) {
    heap_[place] = n;
    slots_[n.slot].place = static_cast<std::uint32_t>(place);
  }

  void rise(std::size_t place) {
    const node n = heap_[place];
    while (place > 0) {
      const std::size_t parent = (place - 1) / arity;
      if (!n.before(heap_[parent])) break;
      put(place, heap_[parent]);
      place = parent;
    }
    put(place, n);
  }

  void sink(std::size_t place) {
    const node n = heap_[place];
    for (;;) {
      const std::size_t first = place * arity + 1;
      if (first >= heap_.size()) break;
      std::size_t least = first;
      const std::size_t end = first + arity < heap_.size() ? first + arity : heap_.size();
      for (std::size_t child = first + 1; child < end; ++child) {
        if (heap_[child].before(heap_[least])) least = child;
      }
      if (!heap_[least].before(n)) break;
      put(place, heap_[least]);
      place = least;
    }
    put(place, n);
  }

  Work take(std::size_t place) {
    held& s = slots_[heap_[place].slot];
    Work out = std::move(s.what);
    s.what = Work{};
    ++s.generation;
    free_.push_back(heap_[place].slot);
    const node last = heap_.back();
    heap_.pop_back();
    if (place < heap_.size()) {
      put(place, last);
      rise(place);
      sink(slots_[last.slot].place);
    }
    return out;
  }

  std::vector<node> heap_{};
  std::deque<held> slots_{};
  std::vector<std::uint32_t> free_{};
  std::uint64_t sequence_ = 0;
};

}  // namespace shoal::run
