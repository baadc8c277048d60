// SPDX-License-Identifier: BSL-1.0
/// @file Progress bar: how far a run is, in one line of text.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/run/amounts.hpp"
#include "shoal/run/call_counts.hpp"
#include "shoal/run/call_tracker.hpp"
#include "shoal/run/event.hpp"

namespace shoal::run {

/// Counts what happened and says it in a line. It has no clock and no terminal: whoever draws it says how
/// much time has passed and how wide the line may be. Not synchronised.
class progress_bar {
 public:
  /// What the bar is made of.
  enum class look { ascii, blocks };

  /// @param subtasks  of the run; 0: not known yet, then there is no bar and no estimate.
  explicit progress_bar(std::size_t subtasks = 0, look l = look::ascii) : subtasks_(subtasks), look_(l) {}

  /// Says how many subtasks there are, once that is known.
  void expect(std::size_t subtasks) { subtasks_ = subtasks; }

  void operator()(const event& e) {
    counts_(e);
    calls_(e);
  }

  std::size_t ended() const { return counts_.finished + counts_.gave_up; }  ///< subtasks

  /// One line without a line feed, at most `width` columns wide: `[####------]  12/30  3 running  1 given up
  /// 17 calls  2 retries  31.4 J  0:07  about 0:11 left`. Where the width does not do, the parts that matter
  /// least are left out.
  /// @param now_s  seconds since the run began.
  template <class = when_used>
  std::string line(std::size_t width, double now_s) const;

 private:
  struct part {
    std::string text{};
    int rank = 0;  // the lowest stay longest
  };

  template <class = when_used>
  std::vector<part> parts(double now_s) const;
  template <class = when_used>
  std::string bar(std::size_t columns) const;

  std::size_t subtasks_;
  look look_;
  call_counts counts_{};
  call_tracker calls_{};
};

template <class>
std::vector<progress_bar::part> progress_bar::parts(double now_s) const {
  const std::size_t done = std::min<std::size_t>(ended(), subtasks_ > 0 ? subtasks_ : ended());
  std::vector<part> out;
  const auto some = [&](std::uint64_t n, std::string_view one, std::string_view more, int rank) {
    if (n > 0) out.push_back({message(n, ' ', n == 1 ? one : more), rank});
  };
  out.push_back({subtasks_ > 0 ? message(done, '/', subtasks_) : message(done, " done"), 0});
  some(calls_.running(), "running", "running", 4);
  some(calls_.waiting(), "waiting", "waiting", 9);
  some(counts_.gave_up, "given up", "given up", 1);
  some(counts_.started, "call", "calls", 5);
  some(counts_.failed(), "failed", "failed", 6);
  some(counts_.retried, "retry", "retries", 7);
  some(counts_.hedged, "hedge", "hedges", 8);
  if (counts_.used.energy_j > 0) out.push_back({detail::amount_text(counts_.used.energy_j, "J"), 3});
  out.push_back({detail::clock_text(now_s), 2});
  if (done > 0 && done < subtasks_) {
    const double left_s = now_s / static_cast<double>(done) * static_cast<double>(subtasks_ - done);
    out.push_back({message("about ", detail::clock_text(left_s), " left"), 2});
  }
  return out;
}

template <class>
std::string progress_bar::bar(std::size_t columns) const {
  const double share = static_cast<double>(std::min(ended(), subtasks_)) / static_cast<double>(subtasks_);
  std::string out;
  if (look_ == look::ascii) {
    const auto full = static_cast<std::size_t>(share * static_cast<double>(columns - 2));
    return '[' + std::string(full, '#') + std::string(columns - 2 - full, '-') + ']';
  }
  constexpr std::string_view eighths[] = {"\u2591", "\u258F", "\u258E", "\u258D",
                                          "\u258C", "\u258B", "\u258A", "\u2589"};
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(8 * columns));
  for (std::size_t c = 0; c < columns; ++c) {
    const std::size_t here = filled > 8 * c ? std::min<std::size_t>(8, filled - 8 * c) : 0;
    out += here == 8 ? std::string_view("\u2588") : eighths[here];
  }
  return out;
}

template <class>
std::string progress_bar::line(std::size_t width, double now_s) const {
  std::vector<part> all = parts(now_s);
  const auto columns = [&] {  // every part is ASCII
    std::size_t out = 0;
    for (const part& p : all) out += p.text.size() + 2;
    return out - 2;
  };
  constexpr std::size_t shortest_bar = 10;
  constexpr std::size_t longest_bar = 30;
  const std::size_t for_bar = subtasks_ > 0 ? shortest_bar + 2 : 0;
  while (all.size() > 1 && columns() + for_bar > width) {
    all.erase(std::max_element(all.begin(), all.end(),
                               [](const part& a, const part& b) { return a.rank < b.rank; }));
  }
  std::string out;
  if (for_bar > 0 && columns() + for_bar <= width) {
    out = bar(std::min(longest_bar, width - columns() - 2)) + "  ";
  }
  for (std::size_t i = 0; i < all.size(); ++i) out += (i > 0 ? "  " : "") + all[i].text;
  return columns() <= width ? out : std::string();
}

}  // namespace shoal::run
