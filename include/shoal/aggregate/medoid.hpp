// SPDX-License-Identifier: BSL-1.0
/// @file Medoid: the text that resembles all others most, which is minimum Bayes risk decoding.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/aggregate/answer_weights.hpp"
#include "shoal/aggregate/bleu.hpp"
#include "shoal/aggregate/chrf.hpp"
#include "shoal/aggregate/ngrams.hpp"
#include "shoal/aggregate/tally.hpp"
#include "shoal/aggregate/weigh.hpp"
#include "shoal/aggregate/weights.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

namespace detail {

/// What chrF asks of a text, ready to be compared with many: the reciprocal of its n-grams of each order, and
/// which orders it reaches.
struct chrf_reach {
  std::array<double, chrf_counts::most_orders> one_of{};
  std::uint32_t orders = 0;
};

template <class = when_used>
chrf_reach reach_of(const ngram_counts& text) {
  chrf_reach out;
  for (std::size_t n = 0; n < text.orders(); ++n) {
    if (text.total[n] == 0) continue;
    out.one_of[n] = 1 / static_cast<double>(text.total[n]);
    out.orders |= 1U << n;
  }
  return out;
}

/// chrF of two texts either way round, from the n-grams that they share.
inline std::pair<double, double> chrf_both_ways(const chrf_reach& a, const chrf_reach& b,
                                                std::span<const std::uint32_t> common, double factor) {
  double of_a = 0;
  double of_b = 0;
  for (std::size_t n = 0; n < common.size(); ++n) {
    of_a += common[n] * a.one_of[n];
    of_b += common[n] * b.one_of[n];
  }
  if (!(of_a + of_b > 0)) return {0, 0};
  const double share = 100 * (1 + factor) * of_a * of_b / std::popcount(a.orders & b.orders);
  return {share / (factor * of_a + of_b), share / (factor * of_b + of_a)};
}

}  // namespace detail

/// Mean similarity of each text to all texts (itself too) as its references, by their weights: the expected
/// utility of minimum Bayes risk decoding. `similar(text, reference)` need not be symmetric.
/// @complexity O(texts^2) similarities.
template <class Similarity>
std::vector<double> expected_similarity(std::span<const std::string_view> texts,
                                        std::span<const double> weights, const Similarity& similar) {
  std::vector<double> out(texts.size(), 0.0);
  double total = 0;
  for (const double w : weights) total += w;
  for (std::size_t h = 0; h < texts.size(); ++h)
    for (std::size_t r = 0; r < texts.size(); ++r)
      out[h] += weights[r] / total * similar(texts[h], std::span<const std::string_view>(&texts[r], 1));
  return out;
}

/// The same for BLEU, whose score is the number in its record.
template <class = when_used>
std::vector<double> expected_similarity(std::span<const std::string_view> texts,
                                        std::span<const double> weights, const bleu& similar) {
  return expected_similarity(texts, weights,
                             [&](std::string_view text, std::span<const std::string_view> reference) {
                               return similar(text, reference).score;
                             });
}

/// The same for chrF, fast: n-grams are counted once for each text, and each pair is compared once for both
/// directions.
/// @param candidates  0: exact. Otherwise that many texts that share most n-grams with all others are
/// compared, and the others have 0.
/// @complexity O(texts^2 x n-grams of a text).
/// @source Vamvas & Sennrich 2024, "Linear-time minimum Bayes risk decoding with reference aggregation", ACL
/// (for the choice of candidates).
template <class = when_used>
std::vector<double> expected_similarity(std::span<const std::string_view> texts,
                                        std::span<const double> weights, const chrf& similar,
                                        std::size_t candidates = 0) {
  ngram_numbers numbers;
  ngram_numbers spelling;
  std::vector<ngram_counts> profiles;
  profiles.reserve(texts.size());
  for (const auto text : texts) profiles.push_back(similar.profile(text, numbers, spelling));
  double total = 0;
  for (const double w : weights) total += w;
  std::vector<double> out(texts.size(), 0.0);
  if (texts.empty()) return out;
  std::vector<std::size_t> kept(texts.size());
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = i;
  const bool all = candidates == 0 || candidates >= texts.size();
  if (!all) {
    // How often each n-gram is expected in a reference; a text's score against that ranks it.
    std::vector<double> expected(numbers.size(), 0.0);
    for (std::size_t r = 0; r < profiles.size(); ++r)
      for (std::size_t i = 0; i < profiles[r].number.size(); ++i)
        expected[profiles[r].number[i]] += weights[r] / total * profiles[r].count[i];
    std::vector<double> promise(texts.size(), 0.0);
    for (std::size_t h = 0; h < profiles.size(); ++h)
      for (std::size_t n = 0; n < profiles[h].orders(); ++n)
        for (std::size_t i = profiles[h].begin[n]; i < profiles[h].begin[n + 1]; ++i) {
          const double here = profiles[h].count[i];
          const double there = expected[profiles[h].number[i]];
          promise[h] += (here < there ? here : there) / static_cast<double>(profiles[h].total[n]);
        }
    std::stable_sort(kept.begin(), kept.end(),
                     [&](std::size_t a, std::size_t b) { return promise[a] > promise[b]; });
    kept.resize(candidates);
  }
  common_with one(numbers.size());
  std::vector<std::uint32_t> common(profiles[0].orders());
  std::vector<detail::chrf_reach> reach;
  for (const auto& p : profiles) reach.push_back(detail::reach_of(p));
  const double factor = similar.beta * similar.beta;
  for (const std::size_t h : kept) {
    one.set(profiles[h]);
    for (std::size_t r = all ? h : 0; r < texts.size(); ++r) {
      one(profiles[r], common);
      double forth = 0;
      double back = 0;
      if (similar.epsilon_smoothing) {
        forth = similar.score(similar.counts(profiles[h], profiles[r], common));
        back = similar.score(similar.counts(profiles[r], profiles[h], common));
      } else {
        const auto both = detail::chrf_both_ways(reach[h], reach[r], common, factor);
        forth = both.first;
        back = both.second;
      }
      out[h] += weights[r] / total * forth;
      if (all && r != h) out[r] += weights[h] / total * back;
    }
  }
  return out;
}

/// The text that resembles all texts most, by their weights. Equal texts are one, with the weights of all who
/// gave it; of texts that resemble the others as much, the one that the heaviest source gave wins, then the
/// smallest. `confidence` is the mean similarity / 100, `margin` what it is ahead of the next text.
/// @complexity as `expected_similarity` of the different texts.
/// @source Kumar & Byrne 2004, "Minimum Bayes-risk decoding for statistical machine translation", NAACL.
template <class Similarity = chrf, class Weight = equal_weight>
struct medoid {
  Similarity similar{};
  [[no_unique_address]] Weight weight{};

  template <class Value>
  requires std::same_as<Value, std::string> && answer_weight<Weight, Value> result<Value>
  operator()(std::span<const answer<Value>> answers) const {
    const auto w = weigh(answers, weight);
    auto out = detail::counts_of<Value>(w);
    const auto lines = tally(w);
    if (lines.empty()) return out;
    std::vector<std::string_view> texts;
    std::vector<double> weights;
    std::vector<double> heaviest(lines.size(), 0.0);
    for (const auto& line : lines) {
      texts.push_back(*line.value);
      weights.push_back(line.weight);
    }
    for (const auto& a : w.answers) {
      const auto at = std::lower_bound(texts.begin(), texts.end(), std::string_view(a.from->value));
      auto& most = heaviest[static_cast<std::size_t>(at - texts.begin())];
      most = a.relative > most ? a.relative : most;
    }
    const auto expected = expected_similarity(texts, weights, similar);
    std::size_t best = 0;
    const auto same = [](double a, double b) { return std::abs(a - b) <= 1e-9; };
    for (std::size_t i = 1; i < texts.size(); ++i) {
      if (same(expected[i], expected[best]) ? heaviest[i] > heaviest[best] : expected[i] > expected[best])
        best = i;
    }
    double next = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (i == best) continue;
      next = expected[i] > next ? expected[i] : next;
      out.tie = out.tie || same(expected[i], expected[best]);
    }
    out.value = std::string(texts[best]);
    out.why = reason::decided;
    out.confidence = expected[best] / 100;
    out.margin = texts.size() == 1 ? 1 : (expected[best] - next) / 100;
    return out;
  }
};

static_assert(aggregator<medoid<>, std::string> && aggregator<medoid<bleu>, std::string>);

}  // namespace shoal::aggregate
