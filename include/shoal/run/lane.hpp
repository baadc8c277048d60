// SPDX-License-Identifier: BSL-1.0
/// @file Lane: what a dispatcher knows of one model, and the orders that wait for it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shoal/run/circuit_breaker.hpp"
#include "shoal/run/latency.hpp"
#include "shoal/run/order.hpp"

namespace shoal::run {

/// An order that waits at a model. It is void once the order is no longer waiting there.
struct waiting_order {
  order_id who{};
  std::uint64_t visit = 0;  ///< of the order; a later visit voids it
  int priority = 0;
  std::size_t place = 0;
  std::uint64_t sequence = 0;

  /// Whether it goes after `other`.
  bool after(const waiting_order& other) const {
    if (priority != other.priority) return priority < other.priority;
    if (place != other.place) return place > other.place;
    return sequence > other.sequence;
  }
};

/// A bounded queue, the most urgent order first.
/// @tparam Entry  has `after`.
template <class Entry = waiting_order>
class waiting_line {
 public:
  std::size_t size() const { return heap_.size(); }
  bool empty() const { return heap_.empty(); }
  const Entry& first() const { return heap_.front(); }

  void push(const Entry& e) {
    heap_.push_back(e);
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  Entry pop() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const Entry out = heap_.back();
    heap_.pop_back();
    return out;
  }
  /// Drops what is void.
  template <class IsVoid>
  void prune(IsVoid is_void) {
    std::erase_if(heap_, is_void);
    std::make_heap(heap_.begin(), heap_.end(), later);
  }
  /// The one that would go last. @pre !empty()
  /// @complexity O(size).
  const Entry& last() const {
    return *std::max_element(heap_.begin(), heap_.end(),
                             [](const Entry& a, const Entry& b) { return b.after(a); });
  }
  /// All of them, taken out, in no particular order.
  std::vector<Entry> drain() {
    std::vector<Entry> out;
    out.swap(heap_);
    return out;
  }

 private:
  static bool later(const Entry& a, const Entry& b) { return a.after(b); }
  std::vector<Entry> heap_{};
};

/// One model of a dispatcher.
template <class Breaker = circuit_breaker>
struct lane {
  std::string name{};
  std::string group{};
  std::size_t limit = 1;      ///< calls at once
  std::size_t in_flight = 0;  ///< calls whose backend has not replied
  double time_s = 0;          ///< of one call, as its descriptor says
  double energy_j = 0;
  double weight = 1;      ///< > 0
  bool dead = false;      ///< its heartbeats stopped
  bool draining = false;  ///< finishes what it runs and gets nothing new
  std::optional<Breaker> breaker{};
  time_point rests_until = time_point::min();  ///< it asked to be left alone until then
  time_point heard_at = time_point::min();     ///< its last reply, or its first call since it was idle
  latency_record seen{};                       ///< durations of its calls
  waiting_line<> line{};

  bool has_room() const { return in_flight < limit && line.empty(); }
  /// Whether a call may begin now, as far as the model's past goes.
  bool takes(time_point now) const { return now >= rests_until && (!breaker || breaker->allows(now)); }
  /// When that may change by the passing of time; the distant past when not.
  time_point takes_again() const {
    return std::max(rests_until, breaker ? breaker->retry_at() : rests_until);
  }
  /// How long a call takes, as far as is known: as long as those before, or as it has been silent now.
  /// @param typical_s  of a call of other models, where nothing is known of this one.
  double expected_s(time_point now, double typical_s) const {
    const double known = seen.count() > 0 ? seen.mean_s() : time_s > 0 ? time_s : typical_s;
    return in_flight > 0 ? std::max(known, seconds_between(heard_at, now)) : known;
  }
};

}  // namespace shoal::run
