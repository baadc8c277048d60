// SPDX-License-Identifier: BSL-1.0
/// @file BLEU: how much of a text's n-grams of words its references have, exactly as sacreBLEU computes it.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "shoal/aggregate/ngrams.hpp"
#include "shoal/aggregate/text_tokens.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

/// What becomes of an order without a match, which alone would make the score 0.
enum class bleu_smoothing {
  none,         ///< it does
  floor,        ///< it counts as `value` matches
  add,          ///< `value` is added to matches and n-grams of each order but the first
  exponential,  ///< the first such order counts as 1/2 match, the next as 1/4, ...
};

/// Counts that BLEU is made of; those of a corpus are the sums of its sentences'.
struct bleu_counts {
  std::array<double, 4> matches{};
  std::array<double, 4> ngrams{};
  std::size_t length = 0;            ///< tokens of the text
  std::size_t reference_length = 0;  ///< tokens of the reference that is nearest in length

  bleu_counts& operator+=(const bleu_counts& other) {
    for (std::size_t n = 0; n < 4; ++n) {
      matches[n] += other.matches[n];
      ngrams[n] += other.ngrams[n];
    }
    length += other.length;
    reference_length += other.reference_length;
    return *this;
  }
};

/// A BLEU score and its parts.
struct bleu_score {
  double score = 0;                    ///< [0, 100]
  std::array<double, 4> precisions{};  ///< of each order, [0, 100], smoothed
  double brevity_penalty = 0;          ///< [0, 1]
  bleu_counts counts{};                ///< smoothed
};

/// BLEU, 4 orders.
/// @source Papineni, Roukos, Ward & Zhu 2002, "BLEU: a method for automatic evaluation of machine
/// translation", ACL; Chen & Cherry 2014 for the smoothing; Post 2018 for what sacreBLEU makes of it.
struct bleu {
  tokens cut = tokens::mteval_13a;
  bleu_smoothing smoothing = bleu_smoothing::exponential;
  double value = 0.1;  ///< of `floor` (0.1 is customary) and `add` (1 is)
  bool effective_order =
      true;            ///< leaves out orders longer than the text: on for sentences, off for a corpus
  bool lower = false;  ///< without regard to case

  /// Counts of one text against its references.
  /// @throws invalid_argument  where there is no reference.
  template <class = when_used>
  bleu_counts count(std::string_view text, std::span<const std::string_view> references) const {
    if (references.empty()) throw invalid_argument("bleu: no reference");
    ngram_numbers spelling;
    ngram_numbers numbers;
    const auto profile = [&](std::string_view of) {
      ngram_counts out;
      count_ngrams(word_symbols(bleu_tokens(of, cut, lower), spelling), 4, numbers, out);
      return out;
    };
    const ngram_counts mine = profile(text);
    bleu_counts out;
    out.length = mine.total[0];
    std::vector<std::uint32_t> best;  // of each n-gram: the most that one reference has
    bool first = true;
    for (const std::string_view reference : references) {
      const ngram_counts theirs = profile(reference);
      best.resize(numbers.size(), 0);
      for (std::size_t i = 0; i < theirs.number.size(); ++i) {
        auto& most = best[theirs.number[i]];
        most = theirs.count[i] > most ? theirs.count[i] : most;
      }
      const std::size_t length = theirs.total[0];
      const std::size_t off = apart(length, out.length);
      const std::size_t best_off = apart(out.reference_length, out.length);
      if (first || off < best_off || (off == best_off && length < out.reference_length))
        out.reference_length = length;
      first = false;
    }
    for (std::size_t n = 0; n < 4; ++n) {
      out.ngrams[n] = static_cast<double>(mine.total[n]);
      for (std::size_t i = mine.begin[n]; i < mine.begin[n + 1]; ++i) {
        const std::uint32_t have = best[mine.number[i]];
        out.matches[n] += have < mine.count[i] ? have : mine.count[i];
      }
    }
    return out;
  }

  /// The score that counts make.
  template <class = when_used>
  bleu_score score(const bleu_counts& counts) const {
    bleu_score out;
    out.counts = counts;
    const auto length = static_cast<double>(counts.length);
    const auto reference = static_cast<double>(counts.reference_length);
    out.brevity_penalty = counts.length >= counts.reference_length ? 1
                          : counts.length > 0                      ? std::exp(1 - reference / length)
                                                                   : 0;
    double any = 0;
    for (const double m : counts.matches) any += m;
    if (!(any > 0)) return out;
    double halved = 1;
    std::size_t order = 4;
    for (std::size_t n = 0; n < 4; ++n) {
      if (smoothing == bleu_smoothing::add && n > 0) {
        out.counts.matches[n] += value;
        out.counts.ngrams[n] += value;
      }
      const double all = out.counts.ngrams[n];
      if (!(all > 0)) break;
      if (effective_order) order = n + 1;
      if (out.counts.matches[n] > 0) {
        out.precisions[n] = 100 * out.counts.matches[n] / all;
      } else if (smoothing == bleu_smoothing::exponential) {
        halved *= 2;
        out.precisions[n] = 100 / (halved * all);
      } else if (smoothing == bleu_smoothing::floor) {
        out.precisions[n] = 100 * value / all;
      }
    }
    double logs = 0;
    for (std::size_t n = 0; n < order; ++n)
      logs += out.precisions[n] > 0 ? std::log(out.precisions[n]) : -9999999999.0;
    out.score = out.brevity_penalty * std::exp(logs / static_cast<double>(order));
    return out;
  }

  /// Score of one text against its references.
  /// @throws invalid_argument  where there is no reference.
  template <class = when_used>
  bleu_score operator()(std::string_view text, std::span<const std::string_view> references) const {
    return score(count(text, references));
  }

 private:
  static constexpr std::size_t apart(std::size_t a, std::size_t b) { return a < b ? b - a : a - b; }
};

}  // namespace shoal::aggregate
