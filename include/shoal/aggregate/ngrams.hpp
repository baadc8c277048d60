// SPDX-License-Identifier: BSL-1.0
/// @file N-grams: runs of characters or words, numbered, and how many two texts have in common.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "shoal/core/unicode.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

/// Numbers for n-grams, exact: an n-gram is the one that is shorter by its last symbol, and that symbol.
class ngram_numbers {
 public:
  static constexpr std::uint32_t root = 0;  ///< the empty n-gram

  /// Number of `shorter` and `symbol` behind it, a new one where it was never seen.
  /// @complexity O(1) on average.
  template <class = when_used>
  std::uint32_t of(std::uint32_t shorter, std::uint32_t symbol) {
    if (2 * (used_ + 1) > slots_.size()) grow();
    const std::uint64_t key = (std::uint64_t{shorter} << 32U) | symbol;
    slot& s = find(key);
    if (s.number == root) {
      s = {key, ++used_};
    }
    return s.number;
  }
  /// Numbers given so far; all are below `size()`.
  std::size_t size() const { return used_ + 1; }

 private:
  struct slot {
    std::uint64_t key = 0;
    std::uint32_t number = root;
  };

  slot& find(std::uint64_t key) {
    std::uint64_t at = key * 0x9E3779B97F4A7C15U;
    at ^= at >> 32U;
    const std::size_t last_slot = slots_.size() - 1;
    for (std::size_t i = at & last_slot;; i = (i + 1) & last_slot)
      if (slots_[i].number == root || slots_[i].key == key) return slots_[i];
  }
  template <class = when_used>
  void grow() {
    std::vector<slot> old(slots_.empty() ? 64 : 2 * slots_.size());
    old.swap(slots_);
    for (const slot& s : old)
      if (s.number != root) find(s.key) = s;
  }

  std::vector<slot> slots_;
  std::uint32_t used_ = 0;
};

/// The n-grams of a text: of each order from 1 on the different ones by growing number, with their counts.
struct ngram_counts {
  std::vector<std::size_t> begin{0};    ///< orders + 1 places in the two arrays below
  std::vector<std::uint32_t> number{};  ///< as `ngram_numbers` gave them
  std::vector<std::uint32_t> count{};
  std::vector<std::size_t> total{};  ///< of each order, with repetitions

  std::size_t orders() const { return total.size(); }
};

/// Appends the orders 1 to `orders` of a run of symbols to `out`.
/// @complexity O(symbols x orders), and sorting.
template <class Symbols>
void count_ngrams(const Symbols& symbols, std::size_t orders, ngram_numbers& numbers, ngram_counts& out) {
  std::vector<std::uint32_t> prefix(symbols.size(), ngram_numbers::root);
  std::vector<std::uint32_t> found;
  for (std::size_t n = 1; n <= orders; ++n) {
    found.clear();
    for (std::size_t i = 0; i + n <= symbols.size(); ++i) {
      prefix[i] = numbers.of(prefix[i], static_cast<std::uint32_t>(symbols[i + n - 1]));
      found.push_back(prefix[i]);
    }
    std::sort(found.begin(), found.end());
    out.total.push_back(found.size());
    for (std::size_t i = 0; i < found.size();) {
      const std::size_t first = i;
      while (i < found.size() && found[i] == found[first]) ++i;
      out.number.push_back(found[first]);
      out.count.push_back(static_cast<std::uint32_t>(i - first));
    }
    out.begin.push_back(out.number.size());
  }
}

/// How many n-grams of each order two texts have in common, an n-gram as often as in the text that has it
/// less.
/// @complexity O(n-grams of both).
template <class = when_used>
void common_ngrams(const ngram_counts& a, const ngram_counts& b, std::span<std::uint32_t> common) {
  for (std::size_t n = 0; n < common.size(); ++n) {
    common[n] = 0;
    std::size_t i = a.begin[n];
    std::size_t j = b.begin[n];
    while (i < a.begin[n + 1] && j < b.begin[n + 1]) {
      if (a.number[i] == b.number[j]) {
        common[n] += a.count[i] < b.count[j] ? a.count[i] : b.count[j];
        ++i;
        ++j;
      } else if (a.number[i] < b.number[j]) {
        ++i;
      } else {
        ++j;
      }
    }
  }
}

/// One text, laid out so that what it has in common with many others is looked up rather than merged.
class common_with {
 public:
  /// @param numbers  how many n-grams there are; see `ngram_numbers::size`.
  explicit common_with(std::size_t numbers) : counts_(numbers, 0) {}

  /// Makes `text` the one that others are compared with; it must live until the next call.
  template <class = when_used>
  void set(const ngram_counts& text) {
    if (text_ != nullptr)
      for (const std::uint32_t g : text_->number) counts_[g] = 0;
    text_ = &text;
    for (std::size_t i = 0; i < text.number.size(); ++i) counts_[text.number[i]] = text.count[i];
  }
  /// As `common_ngrams` of that text and `other`.
  /// @complexity O(n-grams of `other`).
  void operator()(const ngram_counts& other, std::span<std::uint32_t> common) const {
    const std::uint32_t* const number = other.number.data();
    const std::uint32_t* const count = other.count.data();
    const std::uint32_t* const mine = counts_.data();
    for (std::size_t n = 0; n < common.size(); ++n) {
      std::uint32_t sum = 0;
      for (std::size_t i = other.begin[n]; i < other.begin[n + 1]; ++i) {
        const std::uint32_t have = mine[number[i]];
        sum += have < count[i] ? have : count[i];
      }
      common[n] = sum;
    }
  }

 private:
  std::vector<std::uint32_t> counts_;
  const ngram_counts* text_ = nullptr;
};

/// Symbols for words: a word is the n-gram of its characters.
template <class Words>
std::vector<std::uint32_t> word_symbols(const Words& words, ngram_numbers& spelling) {
  std::vector<std::uint32_t> out;
  out.reserve(words.size());
  for (const auto& word : words) {
    std::uint32_t at = ngram_numbers::root;
    for (const char32_t c : word) at = spelling.of(at, static_cast<std::uint32_t>(c));
    out.push_back(at);
  }
  return out;
}

}  // namespace shoal::aggregate
