// SPDX-License-Identifier: BSL-1.0
/// @file Circuit breaker: leaves a model alone that fails too often, and finds out when it is well again.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/run/moment.hpp"
#include "shoal/run/sliding_counts.hpp"

namespace shoal::run {

/// When a breaker opens, and for how long.
struct breaker_options {
  double window_s = 10;          ///< seconds over which calls are counted, > 0
  std::size_t least_calls = 10;  ///< fewer calls in the window say nothing about the share, >= 1
  double error_share = 0.5;      ///< opens at this share of failures in the window, (0, 1]
  std::size_t in_a_row = 5;      ///< opens at so many failures without a success between, >= 1
  double open_s = 5;             ///< seconds for which it stays open at first, > 0
  double most_open_s = 60;       ///< and at most, however often the model fails its probes, >= open_s
  std::size_t probes = 1;        ///< calls at once that find out whether it is well again, >= 1
};

/// Refuses options out of range.
/// @throws invalid_argument  `circuit breaker: error_share 2 is not in (0, 1]`.
template <class = when_used>
void validate(const breaker_options& o) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto refuse = [](const char* what, auto value, const char* range) {
    throw invalid_argument(message("circuit breaker: ", what, " ", value, " is not ", range));
  };
  if (!(o.window_s > 0 && o.window_s < infinity)) refuse("window_s", o.window_s, "a finite number > 0");
  if (o.least_calls == 0) refuse("least_calls", o.least_calls, ">= 1");
  if (!(o.error_share > 0 && o.error_share <= 1)) refuse("error_share", o.error_share, "in (0, 1]");
  if (o.in_a_row == 0) refuse("in_a_row", o.in_a_row, ">= 1");
  if (!(o.open_s > 0 && o.open_s < infinity)) refuse("open_s", o.open_s, "a finite number > 0");
  if (!(o.most_open_s >= o.open_s && o.most_open_s < infinity)) {
    refuse("most_open_s", o.most_open_s, "a finite number >= open_s");
  }
  if (o.probes == 0) refuse("probes", o.probes, ">= 1");
}

/// One for each model. Closed: calls pass. It opens when a failure brings the share of failures, or the
/// failures in a row, to their limit; then no call passes for `open_s`. After that it is half open and lets
/// `probes` calls through: the first that succeeds closes it, the first that fails opens it for twice as long
/// as before. So a single deployment is never cut off for good.
///
/// Each call reports once, with the ticket that it drew when it began. What calls report that began before
/// the breaker last opened or closed is not counted: the slow failures of yesterday's calls must not fail
/// today's probe, nor take its place.
/// @source Nygard 2007, "Release It!", ch. 5.
class circuit_breaker {
 public:
  enum class state { closed, open, half_open };

  /// Which period a call belongs to.
  using ticket = std::uint32_t;

  /// @throws invalid_argument  options out of range.
  explicit circuit_breaker(const breaker_options& options = {})
      : options_((validate(options), options)), calls_(options.window_s) {}

  state now(time_point at) const {
    if (!open_) return state::closed;
    return at < retry_at_ ? state::open : state::half_open;
  }

  /// True when a call may begin.
  bool allows(time_point at) const {
    const state s = now(at);
    return s == state::closed || (s == state::half_open && probing_ < options_.probes);
  }

  /// A call began. One that is made although the breaker does not allow it counts as a probe.
  ticket began(time_point) {
    if (open_) ++probing_;
    return period_;
  }

  /// A call was answered; true when that closed the breaker.
  bool succeeded(ticket call, time_point at) {
    if (call != period_) return false;
    if (open_) {
      open_ = false;
      next_period();
      return true;
    }
    in_a_row_ = 0;
    calls_.add_first(at);
    return false;
  }

  /// A call failed; true when that opened the breaker, be it once more.
  bool failed(ticket call, time_point at) {
    if (call != period_) return false;
    if (open_) {
      open_for_s_ = std::min(2 * open_for_s_, options_.most_open_s);
    } else {
      calls_.add_second(at);
      ++in_a_row_;
      const auto [good, bad] = calls_.at(at);
      const double all = static_cast<double>(good + bad);
      const bool too_many = good + bad >= options_.least_calls &&
                            static_cast<double>(bad) >= options_.error_share * all * (1 - 1e-12);
      if (!too_many && in_a_row_ < options_.in_a_row) return false;
      open_for_s_ = options_.open_s;
    }
    open_ = true;
    retry_at_ = later(at, open_for_s_);
    next_period();
    return true;
  }

  /// A call ended without a verdict on its model: cancelled, or refused before it was sent.
  void abandoned(ticket call, time_point) {
    if (call == period_ && open_) --probing_;
  }

  /// When the next probe may pass; the distant past while closed.
  time_point retry_at() const { return open_ ? retry_at_ : time_point::min(); }

 private:
  void next_period() {
    ++period_;
    probing_ = 0;
    in_a_row_ = 0;
    calls_.clear();
  }

  breaker_options options_;
  sliding_counts calls_;  // first: answered, second: failed
  time_point retry_at_{};
  double open_for_s_ = 0;
  std::size_t in_a_row_ = 0;
  std::size_t probing_ = 0;
  ticket period_ = 0;
  bool open_ = false;
};

}  // namespace shoal::run
