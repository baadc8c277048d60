// SPDX-License-Identifier: BSL-1.0
/// @file Measured figures: what a model's calls really take, and descriptors that learn from it.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "shoal/aggregate/interval.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/model/descriptor.hpp"

namespace shoal::run {

/// An exponentially weighted mean with its confidence: the last sample weighs 1, each earlier one `keep`
/// times as much as the next. Weights are normalised by their sum, so the first samples are not drawn to an
/// arbitrary start. Values of any sign; nothing allocates.
/// @source West 1979, CACM 22(9), for the running variance; variance and effective size for reliability
///     weights.
class measured {
 public:
  /// @param keep  in [0, 1]: 1 is the plain mean of all; the default, 0.95, remembers about 39 samples.
  explicit measured(double keep = 0.95) : keep_(keep) {}

  /// Adds one sample. @complexity O(1).
  void add(double value) {
    weight_ = keep_ * weight_ + 1;
    squares_ = keep_ * keep_ * squares_ + 1;
    const double off = value - mean_;
    mean_ += off / weight_;
    spread_ = keep_ * spread_ + off * (value - mean_);
  }

  /// Weighted mean; 0 without samples.
  double mean() const { return mean_; }

  /// How many equally weighted samples say as much: the number of samples at first, then at most
  /// (1 + keep) / (1 - keep).
  double samples() const { return squares_ > 0 ? weight_ * weight_ / squares_ : 0; }

  /// Unbiased variance of one sample; 0 with fewer than two.
  double variance() const {
    const double freedom = weight_ - (weight_ > 0 ? squares_ / weight_ : 0);
    return samples() > 1.0000001 ? std::max(0.0, spread_ / freedom) : 0;
  }

  /// Half of the width of the interval that covers the mean with probability `coverage`, by Student's
  /// distribution with the effective number of samples; infinite with fewer than two.
  /// @param coverage  in (0, 1).
  /// @complexity some tens of microseconds.
  template <class = when_used>
  double half_width(double coverage = 0.95) const {
    if (!(samples() > 1.0000001)) return std::numeric_limits<double>::infinity();
    return aggregate::student_quantile(samples() - 1, coverage) * std::sqrt(variance() / samples());
  }

 private:
  double keep_;
  double weight_ = 0;   // sum of weights
  double squares_ = 0;  // sum of their squares
  double mean_ = 0;
  double spread_ = 0;  // weighted sum of squared distances from the mean
};

/// What was measured of one model, for one request each.
struct model_figures {
  measured time_s{};
  measured energy_j{};
  measured quality{};  ///< 1 for an answer that was right, 0 for a wrong one, or a score in [0, 1]
};

/// The descriptor with what was measured blended in: the descriptor's own figure counts as much as
/// `worth` samples, so a few odd calls do not overthrow it, and many calls do. Time, energy and accuracy
/// change; what was not measured stays.
/// @param worth  >= 0; 0: what was measured replaces the descriptor's figure.
template <class = when_used>
model updated(model of, const model_figures& seen, double worth = 10) {
  const auto blend = [&](double& figure, const measured& m, double most) {
    const double n = m.samples();
    if (n > 0) figure = std::clamp((worth * figure + n * m.mean()) / (worth + n), 0.0, most);
  };
  blend(of.time_s, seen.time_s, std::numeric_limits<double>::max());
  blend(of.energy_j, seen.energy_j, std::numeric_limits<double>::max());
  blend(of.accuracy, seen.quality, 1);
  return of;
}

/// True when a model is surely not what its plan took it for, so that what has not started is worth planning
/// anew: the 99 % interval of its time or energy, once there are five samples, lies farther from the planned
/// figure than `tolerance` x that figure, or that of its quality farther from the planned accuracy than
/// `tolerance` / 2.
/// @param tolerance  >= 0.
/// @source Wilson 1927, JASA 22, for the interval of a share.
template <class = when_used>
bool drifted(const model& planned, const model_figures& seen, double tolerance = 0.2) {
  const auto off = [](double figure, const measured& m, double by) {
    // The interval is costly: first look whether it matters.
    return m.samples() >= 4.5 && std::abs(m.mean() - figure) > by &&
           std::abs(m.mean() - figure) - m.half_width(0.99) > by;
  };
  const auto off_share = [](double figure, const measured& m, double by) {
    constexpr double z = 2.5758293035489004;
    const double n = m.samples();
    const double p = m.mean();
    const double middle = (n * p + z * z / 2) / (n + z * z);
    const double half = z * std::sqrt(std::max(0.0, n * p * (1 - p)) + z * z / 4) / (n + z * z);
    return n > 0 && std::abs(middle - figure) - half > by;
  };
  return off(planned.time_s, seen.time_s, tolerance * planned.time_s) ||
         off(planned.energy_j, seen.energy_j, tolerance * planned.energy_j) ||
         off_share(planned.accuracy, seen.quality, tolerance / 2);
}

}  // namespace shoal::run
