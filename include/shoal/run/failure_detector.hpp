// SPDX-License-Identifier: BSL-1.0
/// @file Failure detectors: whether whoever sent heartbeats has died.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/run/moment.hpp"

namespace shoal::run {

/// Takes the heartbeats of one sender as one observer saw them. `suspects(t)` is `t >= suspects_at()`, which
/// is the end of time before the first beat; a beat moves it. Beats that come out of order change nothing.
template <class D>
concept failure_detector = std::copyable<D> && requires(D& d, const D& c, time_point t) {
  d.beat(t);
  { c.suspects(t) } -> std::same_as<bool>;
  { c.suspects_at() } -> std::same_as<time_point>;
};

/// Suspects after a fixed silence.
class fixed_timeout {
 public:
  /// @throws invalid_argument  `timeout: 0 s is not a finite number > 0`.
  explicit fixed_timeout(double timeout_s = 1) : timeout_s_(timeout_s) {
    if (!(timeout_s > 0 && timeout_s < std::numeric_limits<double>::infinity())) refuse(timeout_s);
  }

  void beat(time_point at) {
    if (beaten_ && at < last_) return;
    last_ = at;
    beaten_ = true;
  }
  bool suspects(time_point at) const { return at >= suspects_at(); }
  time_point suspects_at() const { return beaten_ ? later(last_, timeout_s_) : time_point::max(); }

 private:
  template <class = when_used>
  [[noreturn]] static void refuse(double timeout_s) {
    throw invalid_argument(message("timeout: ", timeout_s, " s is not a finite number > 0"));
  }

  double timeout_s_;
  time_point last_{};
  bool beaten_ = false;
};

/// What `phi_accrual` takes for granted. With these figures a member that beats every 250 ms as it should is
/// suspected 0.78 s after its last beat.
struct phi_options {
  double threshold = 8;              ///< suspects at this phi; 8: one false alarm in 10^8 intervals, [1, 300]
  std::size_t window = 100;          ///< intervals remembered, >= 2
  double least_deviation_s = 0.05;   ///< what a very regular sender is allowed to stray all the same, > 0
  double acceptable_pause_s = 0.25;  ///< silence that is nothing to worry about: a pause, one lost beat, >= 0
  double expected_s = 0.25;          ///< interval that is taken for granted at first, > 0
};

/// Refuses options out of range.
/// @throws invalid_argument  `phi accrual: threshold 0 is not in [1, 300]`.
template <class = when_used>
void validate(const phi_options& o) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto refuse = [](const char* what, auto value, const char* range) {
    throw invalid_argument(message("phi accrual: ", what, " ", value, " is not ", range));
  };
  if (!(o.threshold >= 1 && o.threshold <= 300)) refuse("threshold", o.threshold, "in [1, 300]");
  if (o.window < 2) refuse("window", o.window, ">= 2");
  if (!(o.least_deviation_s > 0 && o.least_deviation_s < infinity)) {
    refuse("least_deviation_s", o.least_deviation_s, "a finite number > 0");
  }
  if (!(o.acceptable_pause_s >= 0 && o.acceptable_pause_s < infinity)) {
    refuse("acceptable_pause_s", o.acceptable_pause_s, "a finite number >= 0");
  }
  if (!(o.expected_s > 0 && o.expected_s < infinity)) {
    refuse("expected_s", o.expected_s, "a finite number > 0");
  }
}

namespace detail {

/// -log10 of the chance that a standard normal variable exceeds z.
template <class = when_used>
double surprise(double z) {
  constexpr double log10_e = 0.43429448190325182765;
  constexpr double root_half = 0.70710678118654752440;
  if (z < 35) return -std::log10(0.5 * std::erfc(z * root_half));
  // erfc underflows: its asymptotic series, whose next term is below 1e-11 here.
  const double r = 1 / (z * z);
  const double series = 1 - r * (1 - 3 * r * (1 - 5 * r * (1 - 7 * r)));
  constexpr double log_root_two_pi = 0.91893853320467274178;
  return log10_e * (0.5 * z * z + std::log(z) + log_root_two_pi - std::log(series));
}

}  // namespace detail

/// Learns how regular a sender is. phi is -log10 of the chance that a beat of this sender comes as late as
/// this or later, its intervals taken as normal with the mean (plus the acceptable pause) and the standard
/// deviation of the last `window` of them. A silence that raised suspicion is not learnt from.
/// @source Hayashibara, Defago, Yared & Katayama 2004, "The phi accrual failure detector", SRDS; the
///     acceptable pause, the least deviation and the first estimate (+- a quarter) are those of Akka.
class phi_accrual {
 public:
  /// @throws invalid_argument  options out of range.
  explicit phi_accrual(const phi_options& options = {}) : options_((validate(options), options)) {
    prepare();
  }

  /// @complexity O(window).
  void beat(time_point at) { learn(at); }

  /// How suspicious the silence is at that time; 0 before the first beat.
  double phi(time_point at) const {
    if (!beaten_) return 0;
    return detail::surprise((seconds_between(last_, at) - mean_s_ - options_.acceptable_pause_s) /
                            deviation_s_);
  }

  bool suspects(time_point at) const { return at >= suspects_at_; }

  /// When phi reaches the threshold, should no beat come.
  time_point suspects_at() const { return suspects_at_; }

 private:
  template <class = when_used>
  void prepare() {
    intervals_s_.reserve(options_.window);
    intervals_s_ = {0.75 * options_.expected_s, 1.25 * options_.expected_s};
    // phi(z) grows, and is at least z^2 / (2 ln 10).
    double low = 0;
    double high = std::sqrt(2 * 2.30258509299404568402 * options_.threshold);
    for (int i = 0; i < 60; ++i) {
      const double middle = 0.5 * (low + high);
      (detail::surprise(middle) < options_.threshold ? low : high) = middle;
    }
    deviations_ = high;
  }

  template <class = when_used>
  void learn(time_point at) {
    if (beaten_ && at < last_) return;
    if (beaten_ && !suspects(at)) {
      const double interval_s = seconds_between(last_, at);
      if (intervals_s_.size() < options_.window) {
        intervals_s_.push_back(interval_s);
      } else {
        intervals_s_[oldest_] = interval_s;
        oldest_ = (oldest_ + 1) % options_.window;
      }
    }
    last_ = at;
    beaten_ = true;
    const auto n = static_cast<double>(intervals_s_.size());
    double sum_s = 0;
    for (const double s : intervals_s_) sum_s += s;
    mean_s_ = sum_s / n;
    double squares = 0;
    for (const double s : intervals_s_) squares += (s - mean_s_) * (s - mean_s_);
    deviation_s_ = std::max(options_.least_deviation_s, std::sqrt(squares / n));
    suspects_at_ = later(last_, mean_s_ + options_.acceptable_pause_s + deviations_ * deviation_s_);
  }

  phi_options options_;
  double deviations_ = 0;  // standard deviations at which phi is the threshold
  std::vector<double> intervals_s_{};
  std::size_t oldest_ = 0;
  double mean_s_ = 0;
  double deviation_s_ = 0;
  time_point last_{};
  time_point suspects_at_ = time_point::max();
  bool beaten_ = false;
};

}  // namespace shoal::run
