// SPDX-License-Identifier: BSL-1.0
/// @file Means that a few wild numbers do not move: median, trimmed, winsorised, Huber's, median of means.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/aggregate/answer_weights.hpp"
#include "shoal/aggregate/interval.hpp"
#include "shoal/aggregate/values.hpp"
#include "shoal/aggregate/weigh.hpp"
#include "shoal/aggregate/weighted_sum.hpp"
#include "shoal/aggregate/weights.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

namespace detail {

/// A number with its share of the weight.
struct weighed_number {
  double value = 0;
  double share = 0;  ///< of all weight; shares sum to 1
};

/// The numbers of `w` by growing value, in canonical order where they are equal.
template <class Value>
std::vector<weighed_number> growing(const weighed<Value>& w) {
  std::vector<weighed_number> out;
  for (const auto& a : w.answers) out.push_back({static_cast<double>(a.from->value), a.relative / w.total});
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
  return out;
}

/// The number below which half of the weight lies; the mean of two where the half falls between them.
template <class Numbers>
double median_of(const Numbers& numbers) {
  double below = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    below += numbers[i].share;
    if (std::abs(below - 0.5) <= 1e-12 && i + 1 < numbers.size())
      return numbers[i].value + (numbers[i + 1].value - numbers[i].value) / 2;
    if (below > 0.5) return numbers[i].value;
  }
  return numbers.back().value;
}

/// Mean of the numbers without `cut` of the weight at each end: a number that the cut falls into counts in
/// part.
template <class Numbers>
double trimmed_of(const Numbers& numbers, double cut) {
  double sum = 0;
  double kept = 0;
  double below = 0;
  for (const auto& n : numbers) {
    const double first = std::max(below, cut);
    below += n.share;
    const double last = std::min(below, 1 - cut);
    if (last <= first) continue;
    sum += (last - first) * n.value;
    kept += last - first;
  }
  return kept > 0 ? std::clamp(sum / kept, numbers.front().value, numbers.back().value) : median_of(numbers);
}

/// The numbers with those of `cut` of the weight at each end moved to the nearest that is kept.
template <class Numbers>
Numbers winsorized(Numbers numbers, double cut) {
  double below = 0;
  double low = numbers.front().value;
  double high = numbers.back().value;
  bool low_found = false;
  bool high_found = false;
  for (const auto& n : numbers) {
    below += n.share;
    if (!low_found && below > cut + 1e-12) {
      low = n.value;
      low_found = true;
    }
    if (!high_found && below >= 1 - cut - 1e-12) {
      high = n.value;
      high_found = true;
    }
  }
  for (auto& n : numbers) n.value = std::clamp(n.value, low, std::max(low, high));
  return numbers;
}

template <class Numbers>
double plain_mean(const Numbers& numbers) {
  double sum = 0;
  for (const auto& n : numbers) sum += n.share * n.value;
  return std::clamp(sum, numbers.front().value, numbers.back().value);
}

/// Weighs the answers, and has `centre` make one number of the growing ones. `confidence` is the weighted
/// mean of the answers' own.
template <class Value, class Weight, class Centre>
result<double> centre_of(std::span<const answer<Value>> answers, const Weight& weight, const Centre& centre) {
  const auto w = weigh(answers, weight);
  auto out = counts_of<double>(w);
  if (w.answers.empty()) return out;
  out.value = centre(growing(w));
  out.why = reason::decided;
  for (const auto& a : w.answers) out.confidence += a.relative / w.total * as_share(a.from->confidence);
  out.confidence = std::min(1.0, out.confidence);
  out.margin = 1;
  return out;
}

template <class = when_used>
void check_cut(double cut, const char* who) {
  if (!(cut >= 0 && cut < 0.5)) throw invalid_argument(message(who, ": cut ", cut, " is not in [0, 0.5)"));
}

}  // namespace detail

/// The weighted median: stands up to half of the weight being wrong.
/// @complexity O(n log n).
template <class Weight = equal_weight>
struct median {
  [[no_unique_address]] Weight weight{};

  template <scalar_value Value>
  requires answer_weight<Weight, Value> result<double>
  operator()(std::span<const answer<Value>> answers) const {
    return detail::centre_of(answers, weight, [](const auto& numbers) { return detail::median_of(numbers); });
  }
};
median()->median<equal_weight>;
template <class Weight>
median(Weight) -> median<Weight>;

/// The mean without a share of the weight at each end.
/// @complexity O(n log n).
/// @source Tukey & McLaughlin 1963, "Less vulnerable confidence and significance procedures for location",
/// Sankhya A 25.
template <class Weight = equal_weight>
struct trimmed_mean {
  double cut = 0.2;  ///< share left out at each end, [0, 0.5)
  [[no_unique_address]] Weight weight{};

  /// @throws invalid_argument  where `cut` is out of range.
  template <scalar_value Value>
  requires answer_weight<Weight, Value> result<double>
  operator()(std::span<const answer<Value>> answers) const {
    detail::check_cut(cut, "trimmed_mean");
    return detail::centre_of(answers, weight,
                             [&](const auto& numbers) { return detail::trimmed_of(numbers, cut); });
  }
};
trimmed_mean()->trimmed_mean<equal_weight>;
trimmed_mean(double)->trimmed_mean<equal_weight>;
template <class Weight>
trimmed_mean(double, Weight) -> trimmed_mean<Weight>;

/// The mean of numbers of which a share of the weight at each end is moved to the nearest that is kept.
/// @complexity O(n log n).
template <class Weight = equal_weight>
struct winsorized_mean {
  double cut = 0.2;  ///< share moved at each end, [0, 0.5)
  [[no_unique_address]] Weight weight{};

  /// @throws invalid_argument  where `cut` is out of range.
  template <scalar_value Value>
  requires answer_weight<Weight, Value> result<double>
  operator()(std::span<const answer<Value>> answers) const {
    detail::check_cut(cut, "winsorized_mean");
    return detail::centre_of(answers, weight, [&](const auto& numbers) {
      return detail::plain_mean(detail::winsorized(numbers, cut));
    });
  }
};
winsorized_mean()->winsorized_mean<equal_weight>;
winsorized_mean(double)->winsorized_mean<equal_weight>;
template <class Weight>
winsorized_mean(double, Weight) -> winsorized_mean<Weight>;

/// Huber's mean: numbers near the middle count in full, those farther than `tuning` deviations away only for
/// their side. The scale is the median deviation from the median / 0.6745; where that is 0, more than half of
/// the weight is at one number, which is the answer.
/// @complexity O(n log n), and O(n) for each of a few steps.
/// @source Huber 1964, "Robust estimation of a location parameter", Ann. Math. Stat. 35.
template <class Weight = equal_weight>
struct huber_mean {
  double tuning = 1.345;  ///< deviations, > 0; 1.345: 95 % as efficient as the mean on normal errors
  [[no_unique_address]] Weight weight{};

  /// @throws invalid_argument  where `tuning` is not > 0.
  template <scalar_value Value>
  requires answer_weight<Weight, Value> result<double>
  operator()(std::span<const answer<Value>> answers) const {
    if (!(tuning > 0)) throw invalid_argument(message("huber_mean: tuning ", tuning, " is not > 0"));
    return detail::centre_of(answers, weight, [&](const auto& numbers) { return centre(numbers, tuning); });
  }

 private:
  template <class Numbers>
  static double centre(const Numbers& numbers, double tuning) {
    double at = detail::median_of(numbers);
    Numbers off = numbers;
    for (auto& n : off) n.value = std::abs(n.value - at);
    std::stable_sort(off.begin(), off.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
    const double far = tuning * detail::median_of(off) / 0.6745;
    if (!(far > 0)) return at;
    for (int step = 0; step < 200; ++step) {
      double sum = 0;
      double total = 0;
      for (const auto& n : numbers) {
        const double distance = std::abs(n.value - at);
        const double w = n.share * (distance > far ? far / distance : 1);
        sum += w * (n.value - at);
        total += w;
      }
      at += sum / total;
      if (std::abs(sum / total) <= 1e-14 * (far + std::abs(at))) break;
    }
    return std::clamp(at, numbers.front().value, numbers.back().value);
  }
};
huber_mean()->huber_mean<equal_weight>;
huber_mean(double)->huber_mean<equal_weight>;
template <class Weight>
huber_mean(double, Weight) -> huber_mean<Weight>;

/// The median of the means of groups: answers are dealt to the groups in canonical order, one after the
/// other. It stands up to fewer than half of the groups having a wrong number, and needs no bound on the
/// numbers.
/// @complexity O(n log n).
/// @source Nemirovsky & Yudin 1983; Lugosi & Mendelson 2019, "Mean estimation and regression under
/// heavy-tailed distributions", Found. Comput. Math. 19.
struct median_of_means {
  std::size_t groups = 3;  ///< >= 1; no more than there are answers are made

  /// @throws invalid_argument  where `groups` is 0.
  template <scalar_value Value>
  result<double> operator()(std::span<const answer<Value>> answers) const {
    if (groups == 0) throw invalid_argument("median_of_means: groups 0 is not >= 1");
    const auto w = weigh(answers, equal_weight{});
    auto out = median<>{}(answers);
    if (w.answers.empty()) return out;
    const std::size_t made = std::min(groups, w.answers.size());
    std::vector<detail::weighed_number> means(made);
    for (std::size_t i = 0; i < w.answers.size(); ++i) {
      means[i % made].value += static_cast<double>(w.answers[i].from->value);
      means[i % made].share += 1;
    }
    for (auto& m : means) {
      m.value /= m.share;
      m.share = 1 / static_cast<double>(made);
    }
    std::sort(means.begin(), means.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
    out.value = detail::median_of(means);
    return out;
  }
};

/// The interval that covers the centre of the sources' population with probability `coverage`, by the trimmed
/// mean and the spread of the winsorised numbers: a few wild numbers do not widen it. Empty where fewer than
/// three answers are kept.
/// @throws invalid_argument  where `cut` or `coverage` is out of range.
/// @complexity O(n log n).
/// @source Tukey & McLaughlin 1963.
template <class Weight = equal_weight>
std::optional<interval> trimmed_interval(std::span<const answer<double>> answers, double cut = 0.2,
                                         const Weight& weight = {}, double coverage = 0.95) {
  detail::check_cut(cut, "trimmed_interval");
  const auto w = weigh(answers, weight);
  double squares = 0;
  for (const auto& a : w.answers) squares += (a.relative / w.total) * (a.relative / w.total);
  if (w.answers.empty()) return std::nullopt;
  const double n = 1 / squares;
  const double kept = n - 2 * std::floor(cut * n + 1e-9);
  if (!(kept > 2 && n > 2)) return std::nullopt;
  const auto numbers = detail::growing(w);
  const auto moved = detail::winsorized(numbers, cut);
  const double mean = detail::plain_mean(moved);
  double spread = 0;
  for (const auto& m : moved) spread += m.share * (m.value - mean) * (m.value - mean);
  const double error = std::sqrt(spread * n / (n - 1) / n) / (1 - 2 * cut);
  const double centre = detail::trimmed_of(numbers, cut);
  const double half = student_quantile(kept - 1, coverage) * error;
  return interval{centre - half, centre + half};
}

static_assert(aggregator<median<>, double> && aggregator<trimmed_mean<>, int>);
static_assert(aggregator<huber_mean<>, double> && aggregator<median_of_means, float>);

}  // namespace shoal::aggregate
