// SPDX-License-Identifier: BSL-1.0
/// @file Sliding counts: how often two things happened within the last seconds.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "shoal/run/moment.hpp"

namespace shoal::run {

/// Two counters over a sliding window, of constant size. Time is cut into slots of a tenth of the window;
/// what is counted are the present slot and the nine before it, so between 90 % and 100 % of the window.
/// Times may come out of order: one that is earlier than the latest counts as the latest.
class sliding_counts {
 public:
  struct pair {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
  };

  /// @pre window_s > 0
  explicit sliding_counts(double window_s)
      : slot_ticks_(std::max<std::int64_t>(
            1, (later(time_point{}, window_s) - time_point{}).count() / static_cast<std::int64_t>(slots))) {}

  /// Counts one of the first kind. @complexity O(1).
  void add_first(time_point now) {
    ++slot(now).first;
    ++total_.first;
  }
  /// Counts one of the second kind. @complexity O(1).
  void add_second(time_point now) {
    ++slot(now).second;
    ++total_.second;
  }

  /// What is in the window at that time.
  pair at(time_point now) {
    static_cast<void>(slot(now));
    return total_;
  }

  /// Forgets everything.
  void clear() {
    counts_.fill({});
    total_ = {};
  }

 private:
  static constexpr std::size_t slots = 10;

  // The slot of that time; those that have left the window are emptied on the way.
  pair& slot(time_point now) {
    const std::int64_t wanted = now.time_since_epoch().count() / slot_ticks_;
    if (wanted > latest_) {
      const auto steps =
          static_cast<std::size_t>(std::min(wanted - latest_, static_cast<std::int64_t>(slots)));
      for (std::size_t i = 0; i < steps; ++i) {
        at_ = (at_ + 1) % slots;
        total_.first -= counts_[at_].first;
        total_.second -= counts_[at_].second;
        counts_[at_] = {};
      }
      latest_ = wanted;
    }
    return counts_[at_];
  }

  std::int64_t slot_ticks_;
  std::int64_t latest_ = 0;  // number of the present slot since the clock's epoch
  std::size_t at_ = 0;       // where it lies
  std::array<pair, slots> counts_{};
  pair total_{};
};

}  // namespace shoal::run
