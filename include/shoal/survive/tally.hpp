// SPDX-License-Identifier: BSL-1.0
/// @file Distribution of how many of some independent things happen, built one thing at a time.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <span>
#include <vector>

#include "shoal/core/when_used.hpp"

namespace shoal::survive::detail {

// P(count = j) for j < cap, and P(count >= cap) in one number. Every step adds and multiplies numbers that
// are not negative, so each entry keeps a relative error of about one rounding for each thing counted: tails
// of 1e-200 are as good as the middle. Entries under `negligible` are dropped at both ends, which keeps the
// sweep short (a count of n things has all but 1e-300 of its weight within 38 standard deviations) and out
// of the slow range of denormal numbers.
class tally {
 public:
  explicit tally(std::size_t cap) : cap_(cap) {
    if (cap == 0) {
      reached_ = 1;
    } else {
      weight_.assign(1, 1.0);
    }
  }

  // One more thing, independent of the others, that happens with probability `yes` = 1 - `no`. Both are
  // given, so that the small one has all its digits.
  void add(double yes, double no) {
    const std::size_t size = weight_.size();
    if (size == 0) return;
    double* const weight = weight_.data();  // the innermost loop of everything that counts
    const double top = weight[size - 1] * yes;
    for (std::size_t j = size - 1; j > 0; --j) weight[j] = weight[j] * no + weight[j - 1] * yes;
    weight[0] *= no;
    if (low_ + size == cap_) {
      reached_ += top;
    } else {
      weight_.push_back(top);
    }
    trim();
  }

  // The count of `other`, independent of this one, on top of this one's. Both have the same cap.
  template <class = when_used>
  void add(const tally& other) {
    assert(cap_ == other.cap_);
    const std::size_t lowest = low_ + other.low_;
    const std::size_t kept = weight_.empty() || other.weight_.empty() || lowest >= cap_
                                 ? 0
                                 : std::min(weight_.size() + other.weight_.size() - 1, cap_ - lowest);
    std::vector<double> sum(kept, 0.0);
    double over = 0;
    const std::vector<double> tail = other.tails();
    for (std::size_t i = 0; i < weight_.size(); ++i) {
      const std::size_t fit = std::min(other.weight_.size(), kept > i ? kept - i : 0);
      for (std::size_t j = 0; j < fit; ++j) sum[i + j] += weight_[i] * other.weight_[j];
      over += weight_[i] * tail[fit];
    }
    reached_ += over;
    weight_.swap(sum);
    low_ = lowest;
    trim();
  }

  // With probability `yes` the count is `certain`, whatever it would have been; else it stays.
  template <class = when_used>
  void overrule(double yes, std::size_t certain) {
    for (double& w : weight_) w *= 1 - yes;
    reached_ *= 1 - yes;
    if (certain >= cap_) {
      reached_ += yes;
    } else if (yes > 0) {
      reach(certain);
      weight_[certain - low_] += yes;
    }
    trim();
  }

  std::size_t cap() const { return cap_; }

  // P(count = j), j < cap.
  double at(std::size_t j) const { return j < low_ || j - low_ >= weight_.size() ? 0 : weight_[j - low_]; }

  // P(count >= cap).
  double reached() const { return reached_; }

  // P(count < cap).
  double below() const {
    double sum = 0;
    for (const double w : weight_) sum += w;
    return sum;
  }

  std::size_t low() const { return low_; }
  std::span<const double> window() const { return weight_; }

  // tails()[j] = P(count >= low + j) for j = 0..window size; the last is P(count >= cap).
  std::vector<double> tails() const {
    std::vector<double> tail(weight_.size() + 1, reached_);
    for (std::size_t j = weight_.size(); j-- > 0;) tail[j] = tail[j + 1] + weight_[j];
    return tail;
  }

  // heads()[j] = P(count < low + j) for j = 0..window size.
  std::vector<double> heads() const {
    std::vector<double> head(weight_.size() + 1, 0.0);
    for (std::size_t j = 0; j < weight_.size(); ++j) head[j + 1] = head[j] + weight_[j];
    return head;
  }

 private:
  static constexpr double negligible = 1e-300;

  // Widens the window, so that it holds count j.
  template <class = when_used>
  void reach(std::size_t j) {
    if (weight_.empty()) {
      low_ = j;
      weight_.assign(1, 0.0);
    } else if (j < low_) {
      weight_.insert(weight_.begin(), low_ - j, 0.0);
      low_ = j;
    } else if (j - low_ >= weight_.size()) {
      weight_.resize(j - low_ + 1, 0.0);
    }
  }

  template <class = when_used>
  void trim() {
    while (!weight_.empty() && weight_.back() < negligible) weight_.pop_back();
    std::size_t lost = 0;
    while (lost < weight_.size() && weight_[lost] < negligible) ++lost;
    if (lost > 0) weight_.erase(weight_.begin(), weight_.begin() + static_cast<std::ptrdiff_t>(lost));
    low_ += lost;
  }

  std::size_t cap_;
  std::size_t low_ = 0;
  std::vector<double> weight_;
  double reached_ = 0;
};

}  // namespace shoal::survive::detail
