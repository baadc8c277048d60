// SPDX-License-Identifier: BSL-1.0
/// @file Hedging: when a second model is asked beside one that is slow, and how often that may happen.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/run/latency.hpp"

namespace shoal::run {

/// When to hedge. As it stands the slowest 2 % of calls get a second one.
struct hedging {
  double quantile = 0.95;          ///< of the observed durations: slower calls are hedged, (0, 1)
  double most_extra = 0.02;        ///< hedges for each call, at most, [0, 1]; 0 turns hedging off
  std::size_t least_samples = 20;  ///< with fewer durations there is nothing to judge by, >= 1
  double least_delay_s = 0.001;    ///< seconds; a hedge never starts sooner, >= 0
};

/// Refuses figures out of range.
/// @throws invalid_argument  `hedging: quantile 1 is not in (0, 1)`.
template <class = when_used>
void validate(const hedging& h) {
  const auto refuse = [](const char* what, auto value, const char* range) {
    throw invalid_argument(message("hedging: ", what, " ", value, " is not ", range));
  };
  if (!(h.quantile > 0 && h.quantile < 1)) refuse("quantile", h.quantile, "in (0, 1)");
  if (!(h.most_extra >= 0 && h.most_extra <= 1)) refuse("most_extra", h.most_extra, "in [0, 1]");
  if (h.least_samples == 0) refuse("least_samples", h.least_samples, ">= 1");
  if (!(h.least_delay_s >= 0 && h.least_delay_s < std::numeric_limits<double>::infinity())) {
    refuse("least_delay_s", h.least_delay_s, "a finite number >= 0");
  }
}

/// Seconds after which a call is hedged; empty while too little is known, or when hedging is off.
///
/// The quantile is `quantile` or 1 - `most_extra`, whichever is higher. A lower one would spend the budget on
/// calls that are barely slow, and leave nothing for those that hang: with 2 % to spend at the 95th
/// percentile, 3 of 5 hanging calls would get no hedge.
/// @param seen  durations of the model's calls. A call that was cancelled because its hedge won belongs in it
///     with the time that it had lasted; else the record knows only of fast ones, and hedges come ever
///     sooner.
/// @source Dean & Barroso 2013, "The tail at scale", CACM 56(2).
template <class = when_used>
std::optional<double> hedge_delay_s(const hedging& h, const latency_record& seen) {
  if (h.most_extra == 0 || seen.count() < h.least_samples) return std::nullopt;
  return std::max(h.least_delay_s, seen.quantile(std::max(h.quantile, 1 - h.most_extra)));
}

/// Counts hedges: at every moment those taken are at most share x calls. What is not used is saved up to
/// `most_saved`, no further: a fleet that becomes slow all at once is not hedged for all the calm before.
class hedge_budget {
 public:
  static constexpr double most_saved = 32;  ///< hedges

  /// @param share  hedges for each call, [0, 1].
  explicit hedge_budget(double share = hedging{}.most_extra) : share_(share) {}

  /// A call began that is not a hedge.
  void call() {
    ++calls_;
    spent_ = std::max(spent_, earned() - most_saved);
  }

  /// True when a hedge is granted; it is then counted.
  bool take() {
    if (spent_ + 1 > earned() * (1 + 1e-12)) return false;  // 0.29 x 100 is 29
    ++spent_;
    return true;
  }

  /// A hedge that was taken was not sent after all. @pre at most once for each that was granted
  void refund() { --spent_; }

 private:
  double earned() const { return share_ * static_cast<double>(calls_); }

  double share_;
  std::uint64_t calls_ = 0;
  double spent_ = 0;  // hedges taken, and what was saved too long
};

}  // namespace shoal::run
