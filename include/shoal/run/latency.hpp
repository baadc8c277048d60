// SPDX-License-Identifier: BSL-1.0
/// @file Latency record: quantiles of how long a model's calls took lately, in constant memory.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace shoal::run {

/// A histogram of durations that forgets. Each power of two is cut into 16 buckets of equal width, from 1 us
/// to 131,072 s (36 hours): a quantile differs from that of the samples by at most 1/33, 3.1 %. Durations
/// outside count as the nearest bucket's.
///
/// After every `half_life` samples all counts are halved, so the record is made of the last few thousand
/// calls, the recent ones weighing most. Nothing allocates; 2.4 KiB.
/// @source bit pattern of IEEE 754 as the logarithm: HdrHistogram (Tene 2012); relative error as in Masson,
///     Rim & Lee 2019, "DDSketch", VLDB 12.
class latency_record {
 public:
  static constexpr std::uint32_t half_life = 1000;  ///< samples after which all earlier ones weigh half

  /// Adds one duration, >= 0 seconds. @complexity O(1), amortised.
  void add(double seconds) {
    const std::size_t b = bucket(seconds);
    ++counts_[b];
    ++total_;
    sum_s_ += seconds;
    lowest_ = std::min(lowest_, b);
    highest_ = std::max(highest_, b);
    if (++since_halving_ == half_life) halve();
  }

  /// The duration, in seconds, that a share `q` of the samples did not exceed (the sample of rank
  /// ceil(q x count), at least the first), within 3.1 %; 0 without samples.
  /// @param q  in [0, 1].
  /// @complexity O(buckets between the shortest and the longest duration), at most 592.
  double quantile(double q) const {
    if (total_ == 0) return 0;
    const double wanted = std::ceil(q * static_cast<double>(total_));
    const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, total_);
    std::uint64_t above = total_ - rank;  // hedging asks for high quantiles: count from the top
    std::size_t b = highest_;
    for (; b > lowest_ && counts_[b] <= above; --b) above -= counts_[b];
    return middle(b);
  }

  /// Mean of the samples in seconds, weighted as they are remembered; 0 without samples.
  double mean_s() const { return total_ == 0 ? 0 : sum_s_ / static_cast<double>(total_); }

  /// Samples remembered: all at first, then between 1,000 and 2,000.
  std::size_t count() const { return total_; }

 private:
  static constexpr int bits = 4;           // of the mantissa: 16 buckets for each power of two
  static constexpr int least_power = -20;  // 2^-20 s = 0.95 us
  static constexpr int powers = 37;        // up to 2^17 s
  static constexpr std::size_t buckets = std::size_t{powers} << bits;
  static constexpr std::uint64_t first_bits = std::uint64_t{1023 + least_power} << bits;

  static std::size_t bucket(double seconds) {
    if (!(seconds > 0x1p-20)) return 0;
    if (seconds >= 0x1p17) return buckets - 1;
    return static_cast<std::size_t>((std::bit_cast<std::uint64_t>(seconds) >> (52 - bits)) - first_bits);
  }

  // The value that is relatively as far from the one end of the bucket as from the other: the harmonic mean.
  static double middle(std::size_t b) {
    const auto start = [](std::size_t of) {
      return std::bit_cast<double>((std::uint64_t{of} + first_bits) << (52 - bits));
    };
    const double low = start(b);
    const double high = start(b + 1);
    return 2 * low * high / (low + high);
  }

  // Halves the running sums of the counts, not each count: a rank moves by less than one, and a thin tail is
  // thinned, neither lost nor kept for ever.
  void halve() {
    since_halving_ = 0;
    const std::uint64_t before = total_;
    std::uint64_t seen = 0;
    std::uint64_t kept = 0;
    for (std::size_t b = lowest_; b <= highest_; ++b) {
      seen += counts_[b];
      counts_[b] = static_cast<std::uint32_t>(seen / 2 - kept);
      kept = seen / 2;
    }
    total_ = kept;
    sum_s_ *= static_cast<double>(total_) / static_cast<double>(before);
    while (counts_[lowest_] == 0) ++lowest_;
    while (counts_[highest_] == 0) --highest_;
  }

  std::array<std::uint32_t, buckets> counts_{};
  std::uint64_t total_ = 0;
  double sum_s_ = 0;
  std::size_t lowest_ = buckets - 1;  // nothing lies outside these two
  std::size_t highest_ = 0;
  std::uint32_t since_halving_ = 0;
};

}  // namespace shoal::run
