// SPDX-License-Identifier: BSL-1.0
/// @file chrF and chrF++: how much of their n-grams of characters (and words) two texts share, exactly as
/// sacreBLEU computes it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "shoal/aggregate/ngrams.hpp"
#include "shoal/aggregate/text_tokens.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/unicode.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

/// Counts that chrF is made of; those of a corpus are the sums of its sentences'.
struct chrf_counts {
  static constexpr std::size_t most_orders = 16;
  std::size_t orders = 0;
  std::array<std::size_t, most_orders> text{};  ///< n-grams of each order
  std::array<std::size_t, most_orders> reference{};
  std::array<std::size_t, most_orders> common{};

  chrf_counts& operator+=(const chrf_counts& other) {
    orders = other.orders > orders ? other.orders : orders;
    for (std::size_t n = 0; n < orders; ++n) {
      text[n] += other.text[n];
      reference[n] += other.reference[n];
      common[n] += other.common[n];
    }
    return *this;
  }
};

/// chrF: the F score of n-grams of characters. With `word_order` 2 it is chrF++.
/// @source Popovic 2015, "chrF: character n-gram F-score for automatic MT evaluation", WMT; Popovic 2017,
/// "chrF++: words helping character n-grams", WMT.
struct chrf {
  std::size_t character_order = 6;
  std::size_t word_order = 0;      ///< 2 for chrF++
  double beta = 2;                 ///< weight of recall beside precision, >= 0
  bool lower = false;              ///< without regard to case
  bool white_space = false;        ///< n-grams over white space too
  bool epsilon_smoothing = false;  ///< the mean of the orders' F scores, as chrF++.py has it

  /// The n-grams of a text; texts that are to be compared take the same numbers.
  /// @throws invalid_argument  where there are more than 16 orders.
  template <class = when_used>
  ngram_counts profile(std::string_view utf8, ngram_numbers& numbers, ngram_numbers& spelling) const {
    if (character_order + word_order > chrf_counts::most_orders)
      throw invalid_argument(message("chrf: ", character_order + word_order, " orders are more than 16"));
    characters text = decode_utf8(utf8);
    if (lower) detail::make_lower(text);
    ngram_counts out;
    characters joined;
    for (const char32_t c : text)
      if (white_space || !is_space(c)) joined.push_back(c);
    count_ngrams(joined, character_order, numbers, out);
    if (word_order > 0) {
      // Words' n-grams stand apart from characters' by a mark that is no character.
      constexpr std::uint32_t word_mark = 0x80000000U;
      auto symbols = word_symbols(words_of(text), spelling);
      for (auto& s : symbols) s |= word_mark;
      count_ngrams(symbols, word_order, numbers, out);
    }
    return out;
  }

  /// Counts of two texts, from what they have in common.
  chrf_counts counts(const ngram_counts& text, const ngram_counts& reference,
                     std::span<const std::uint32_t> common) const {
    chrf_counts out;
    out.orders = common.size();
    for (std::size_t n = 0; n < out.orders; ++n) {
      // An order that the reference does not reach says nothing of the text.
      out.text[n] = reference.total[n] > 0 ? text.total[n] : 0;
      out.reference[n] = reference.total[n];
      out.common[n] = common[n];
    }
    return out;
  }

  /// The score that counts make, [0, 100].
  double score(const chrf_counts& c) const {
    constexpr double epsilon = 1e-16;
    const double factor = beta * beta;
    double sum = 0;
    double precision = 0;
    double recall = 0;
    double reached = 0;
    for (std::size_t n = 0; n < c.orders; ++n) {
      const auto mine = static_cast<double>(c.text[n]);
      const auto theirs = static_cast<double>(c.reference[n]);
      const auto common = static_cast<double>(c.common[n]);
      const double p = mine > 0 ? common / mine : epsilon;
      const double r = theirs > 0 ? common / theirs : epsilon;
      const double below = factor * p + r;
      sum += below > 0 ? (1 + factor) * p * r / below : epsilon;
      if (mine > 0 && theirs > 0) {
        precision += p;
        recall += r;
        ++reached;
      }
    }
    if (epsilon_smoothing) return c.orders == 0 ? 0 : 100 * sum / static_cast<double>(c.orders);
    if (!(reached > 0)) return 0;
    precision /= reached;
    recall /= reached;
    if (!(precision + recall > 0)) return 0;
    return 100 * ((1 + factor) * precision * recall / (factor * precision + recall));
  }

  /// Counts of a text against the one of its references that gives the best score.
  /// @throws invalid_argument  where there is no reference.
  template <class = when_used>
  chrf_counts count(std::string_view text, std::span<const std::string_view> references) const {
    if (references.empty()) throw invalid_argument("chrf: no reference");
    ngram_numbers numbers;
    ngram_numbers spelling;
    const ngram_counts mine = profile(text, numbers, spelling);
    std::vector<std::uint32_t> common(mine.orders());
    chrf_counts best;
    double most = -1;
    for (const std::string_view reference : references) {
      const ngram_counts theirs = profile(reference, numbers, spelling);
      common_ngrams(mine, theirs, common);
      const chrf_counts c = counts(mine, theirs, common);
      if (score(c) > most) {
        most = score(c);
        best = c;
      }
    }
    return best;
  }

  /// Score of a text against its references, [0, 100].
  /// @throws invalid_argument  where there is no reference.
  template <class = when_used>
  double operator()(std::string_view text, std::span<const std::string_view> references) const {
    return score(count(text, references));
  }

 private:
  // Words, with one mark of ASCII at the end or the beginning of each apart.
  template <class = when_used>
  static words words_of(const characters& text) {
    const auto mark = [](char32_t c) {
      return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
             (c >= '{' && c <= '~');
    };
    words out;
    for (auto& word : detail::split_at_spaces(text)) {
      if (word.size() > 1 && mark(word.back())) {
        const char32_t last = word.back();
        word.pop_back();
        out.push_back(word);
        out.push_back({last});
      } else if (word.size() > 1 && mark(word.front())) {
        out.push_back({word.front()});
        word.erase(word.begin());
        out.push_back(word);
      } else {
        out.push_back(word);
      }
    }
    return out;
  }
};

}  // namespace shoal::aggregate
