// SPDX-License-Identifier: BSL-1.0
/// @file Cascade: the small model answers, and the large one only where the small one is unsure.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/infer/backend.hpp"
#include "shoal/infer/request.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::hybrid {

/// One calibration question, answered by both.
struct cascade_sample {
  double confidence = 0;     ///< the small model's
  double small_quality = 0;  ///< of its answer: any score, more is better
  double large_quality = 0;  ///< of the large model's, same score
};

/// What a threshold gives: answers with confidence below it go to the large model.
struct cascade_point {
  double threshold = 0;
  double calls = 0;    ///< share of questions that the large model is asked, [0, 1]
  double quality = 0;  ///< mean over all questions
};

/// Every cut that the samples allow, from no calls of the large model to all. Questions with equal confidence
/// go together.
/// @throws invalid_argument  where there are no samples or a figure is NaN.
/// @complexity O(n log n).
template <class = when_used>
std::vector<cascade_point> cascade_curve(std::vector<cascade_sample> samples) {
  if (samples.empty()) throw invalid_argument("cascade: there are no samples");
  double quality = 0;
  for (const auto& s : samples) {
    if (std::isnan(s.confidence) || !std::isfinite(s.small_quality) || !std::isfinite(s.large_quality)) {
      throw invalid_argument("cascade: a sample's figure is not a number");
    }
    quality += s.small_quality;
  }
  std::sort(samples.begin(), samples.end(),
            [](const cascade_sample& a, const cascade_sample& b) { return a.confidence < b.confidence; });
  const auto n = static_cast<double>(samples.size());
  std::vector<cascade_point> out{{-std::numeric_limits<double>::infinity(), 0, quality / n}};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    quality += samples[i].large_quality - samples[i].small_quality;
    if (i + 1 < samples.size() && !(samples[i].confidence < samples[i + 1].confidence)) continue;
    const double next =
        i + 1 < samples.size() ? samples[i + 1].confidence : std::numeric_limits<double>::infinity();
    out.push_back({next, static_cast<double>(i + 1) / n, quality / n});
  }
  return out;
}

/// The point with the fewest calls that reaches a quality; nothing where none does.
template <class = when_used>
std::optional<cascade_point> cheapest_for(std::span<const cascade_point> curve, double quality) {
  for (const auto& p : curve) {
    if (p.quality >= quality) return p;
  }
  return std::nullopt;
}

/// The point with the most quality within a share of calls; of equal ones that with the fewest calls. Nothing
/// where the share is below 0.
template <class = when_used>
std::optional<cascade_point> best_within(std::span<const cascade_point> curve, double calls) {
  std::optional<cascade_point> out;
  for (const auto& p : curve) {
    if (p.calls <= calls && (!out || p.quality > out->quality)) out = p;
  }
  return out;
}

/// The share of the gap between small and large that a quality closes: 0 as the small one, 1 as the large.
/// NaN where there is no gap.
inline double gap_recovered(std::span<const cascade_point> curve, double quality) {
  return (quality - curve.front().quality) / (curve.back().quality - curve.front().quality);
}

/// Call-performance threshold: the least share of calls of the large model that recovers `share` of the gap,
/// between the curve's points linearly; CPT(50) is `call_threshold(curve, 0.5)`.
/// @return in [0, 1]; NaN where the large model is not better.
/// @source Ong et al. 2024, "RouteLLM: learning to route LLMs with preference data", section 2.2.
template <class = when_used>
double call_threshold(std::span<const cascade_point> curve, double share) {
  if (!(curve.back().quality > curve.front().quality)) return std::numeric_limits<double>::quiet_NaN();
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const double here = gap_recovered(curve, curve[i].quality);
    if (here < share) continue;
    if (i == 0) return 0;
    const double before = gap_recovered(curve, curve[i - 1].quality);
    return curve[i - 1].calls + (share - before) / (here - before) * (curve[i].calls - curve[i - 1].calls);
  }
  return 1;
}

/// Average performance gap recovered: the area under the gap recovered over the share of calls, trapezoids
/// between the points; 0.5 for a router that guesses.
/// @return NaN where there is no gap.
/// @source Ong et al. 2024, who sum over ten equal shares instead.
template <class = when_used>
double average_gap_recovered(std::span<const cascade_point> curve) {
  double area = 0;
  for (std::size_t i = 1; i < curve.size(); ++i) {
    const double mean =
        (gap_recovered(curve, curve[i - 1].quality) + gap_recovered(curve, curve[i].quality)) / 2;
    area += mean * (curve[i].calls - curve[i - 1].calls);
  }
  return area;
}

/// Two backends as one: asks `small`, and `large` where the answer's confidence is below `threshold` or the
/// small one abstains. What the small one used is counted too. A failure of either passes through.
template <class Small, class Large>
struct cascade {
  Small small{};
  Large large{};
  double threshold = 0.5;

  template <class Value>
  requires infer::backend<Small, Value> && infer::backend<Large, Value> answer<Value>
  operator()(const infer::request<Value>& r, std::stop_token stop) {
    answer<Value> first = small(r, stop);
    if (!first.abstains && first.confidence >= threshold) return first;
    answer<Value> second = large(r, std::move(stop));
    second.used += first.used;
    return second;
  }
};
template <class Small, class Large>
cascade(Small, Large, double) -> cascade<Small, Large>;

}  // namespace shoal::hybrid
