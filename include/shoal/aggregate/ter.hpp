// SPDX-License-Identifier: BSL-1.0
/// @file TER: how many edits and shifts of words make a text its reference, exactly as sacreBLEU computes it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "shoal/aggregate/ngrams.hpp"
#include "shoal/aggregate/text_tokens.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

namespace detail {

/// What happens to a word on the way from the text to the reference.
enum class edit : char { keep, substitute, insert, remove, none };

using word_numbers = std::vector<std::uint32_t>;

/// Least edits from a text to a reference, within a beam around the diagonal as sacreBLEU's, and which.
struct edit_path {
  std::size_t edits = 0;
  std::vector<edit> steps{};
};

/// @complexity O(text x beam) where the two are long, O(text x reference) else.
template <class Words>
edit_path shortest_edits(const Words& text, const Words& reference) {
  constexpr std::size_t usual_beam = 25;
  constexpr auto unreached = std::numeric_limits<std::size_t>::max() / 2;
  const std::size_t rows = text.size();
  const std::size_t width = reference.size() + 1;
  std::vector<std::size_t> cost((rows + 1) * width, unreached);
  std::vector<edit> step((rows + 1) * width, edit::none);
  for (std::size_t j = 0; j < width; ++j) {
    cost[j] = j;
    step[j] = edit::insert;
  }
  const double ratio = rows == 0 ? 1 : static_cast<double>(reference.size()) / static_cast<double>(rows);
  const std::size_t beam =
      static_cast<double>(usual_beam) < ratio / 2
          ? static_cast<std::size_t>(std::ceil(ratio / 2 + static_cast<double>(usual_beam)))
          : usual_beam;
  for (std::size_t i = 1; i <= rows; ++i) {
    const auto middle = static_cast<std::size_t>(std::floor(static_cast<double>(i) * ratio));
    const std::size_t first = middle > beam ? middle - beam : 0;
    const std::size_t last = i == rows ? width : std::min(width, middle + beam);
    for (std::size_t j = first; j < last; ++j) {
      std::size_t& here = cost[i * width + j];
      edit& how = step[i * width + j];
      const auto offer = [&](std::size_t price, edit by) {
        if (price < here) {
          here = price;
          how = by;
        }
      };
      // The order of the offers decides between equals, as in Tercom seen from the reference.
      if (j > 0) {
        const bool same = text[i - 1] == reference[j - 1];
        offer(cost[(i - 1) * width + j - 1] + (same ? 0 : 1), same ? edit::keep : edit::substitute);
      }
      offer(cost[(i - 1) * width + j] + 1, edit::remove);
      if (j > 0) offer(cost[i * width + j - 1] + 1, edit::insert);
    }
  }
  edit_path out;
  out.edits = cost.back();
  std::size_t i = rows;
  std::size_t j = reference.size();
  while (i > 0 || j > 0) {
    const edit how = step[i * width + j];
    out.steps.push_back(how);
    if (how != edit::insert) --i;
    if (how != edit::remove) --j;
  }
  std::reverse(out.steps.begin(), out.steps.end());
  return out;
}

/// Where each word of the reference stands in the text, and which words of both are not kept.
struct alignment {
  std::vector<std::ptrdiff_t> place{};  ///< of each word of the reference; -1: before the text
  std::vector<bool> text_wrong{};
  std::vector<bool> reference_wrong{};
};

template <class Path>
alignment align(const Path& path) {
  alignment out;
  std::ptrdiff_t at = -1;
  for (const edit how : path.steps) {
    const bool wrong = how != edit::keep;
    if (how != edit::insert) {
      ++at;
      out.text_wrong.push_back(wrong);
    }
    if (how != edit::remove) {
      out.place.push_back(at);
      out.reference_wrong.push_back(wrong);
    }
  }
  return out;
}

/// `words` with `length` of them from `from` on moved to before the place `to`.
template <class Words>
Words shifted(const Words& words, std::size_t from, std::size_t length, std::size_t to) {
  Words out;
  out.reserve(words.size());
  const auto copy = [&](std::size_t first, std::size_t last) {
    last = std::min(last, words.size());
    for (std::size_t i = first; i < last; ++i) out.push_back(words[i]);
  };
  if (to < from) {
    copy(0, to);
    copy(from, from + length);
    copy(to, from);
    copy(from + length, words.size());
  } else {
    const std::size_t end = to > from + length ? to : length + to;
    copy(0, from);
    copy(from + length, end);
    copy(from, from + length);
    copy(end, words.size());
  }
  return out;
}

/// The shift that saves most edits, as Tercom searches for it. `tried` counts shifts over all searches.
/// @returns whether one saves any; `text` is then what it makes.
template <class Words>
bool best_shift(Words& text, const Words& reference, std::size_t& tried) {
  constexpr std::size_t longest = 10;
  constexpr std::size_t farthest = 50;
  constexpr std::size_t most_tried = 1000;
  const edit_path path = shortest_edits(text, reference);
  const alignment a = align(path);
  const auto any = [](const std::vector<bool>& wrong, std::size_t first, std::size_t length) {
    for (std::size_t i = first; i < first + length; ++i)
      if (wrong[i]) return true;
    return false;
  };
  std::ptrdiff_t best_saved = 0;
  std::size_t best_length = 0;
  std::size_t best_from = 0;
  std::size_t best_to = 0;
  bool found = false;
  Words best;
  for (std::size_t from = 0; from < text.size(); ++from) {
    for (std::size_t to = 0; to < reference.size(); ++to) {
      if ((from < to ? to - from : from - to) > farthest) continue;
      for (std::size_t length = 1;
           length <= longest && from + length <= text.size() && to + length <= reference.size() &&
           text[from + length - 1] == reference[to + length - 1];
           ++length) {
        if (!any(a.text_wrong, from, length) || !any(a.reference_wrong, to, length)) continue;
        const std::ptrdiff_t place = a.place[to];
        if (place >= static_cast<std::ptrdiff_t>(from) && place < static_cast<std::ptrdiff_t>(from + length))
          continue;
        std::ptrdiff_t before = -1;
        for (std::size_t offset = 0; offset <= length; ++offset) {  // behind the word at `to` + offset - 1
          std::ptrdiff_t target = 0;
          if (to + offset > 0) {
            if (to + offset > reference.size()) break;
            target = a.place[to + offset - 1] + 1;
          }
          if (target == before) continue;
          before = target;
          const auto where = static_cast<std::size_t>(target);
          Words moved = shifted(text, from, length, where);
          const auto saved = static_cast<std::ptrdiff_t>(path.edits) -
                             static_cast<std::ptrdiff_t>(shortest_edits(moved, reference).edits);
          ++tried;
          const bool better =
              !found || saved > best_saved ||
              (saved == best_saved &&
               (length > best_length ||
                (length == best_length &&
                 (from < best_from ||
                  (from == best_from && (where < best_to || (where == best_to && moved > best)))))));
          if (!better) continue;
          found = true;
          best_saved = saved;
          best_length = length;
          best_from = from;
          best_to = where;
          best = std::move(moved);
        }
        if (tried >= most_tried) return false;
      }
    }
  }
  if (best_saved <= 0) return false;
  text = std::move(best);
  return true;
}

/// Edits and shifts.
template <class Words>
std::size_t translation_edits(Words text, const Words& reference) {
  if (reference.empty()) return text.size();
  std::size_t shifts = 0;
  std::size_t tried = 0;
  while (best_shift(text, reference, tried)) ++shifts;
  return shifts + shortest_edits(text, reference).edits;
}

}  // namespace detail

/// Counts that TER is made of; those of a corpus are the sums of its sentences'.
struct ter_counts {
  std::size_t edits = 0;        ///< least over the references: words inserted, removed, replaced, and shifts
  double reference_length = 0;  ///< words, on average over the references

  ter_counts& operator+=(const ter_counts& other) {
    edits += other.edits;
    reference_length += other.reference_length;
    return *this;
  }
};

/// Translation edit rate: smaller is better, 0 the same words; it may exceed 100.
/// @source Snover, Dorr, Schwartz, Micciulla & Makhoul 2006, "A study of translation edit rate with targeted
/// human annotation", AMTA; its program Tercom, as sacreBLEU follows it.
struct ter {
  ter_tokens cut{};

  /// @throws invalid_argument  where there is no reference.
  template <class = when_used>
  ter_counts count(std::string_view text, std::span<const std::string_view> references) const {
    if (references.empty()) throw invalid_argument("ter: no reference");
    ngram_numbers spelling;
    const detail::word_numbers mine = word_symbols(cut(text), spelling);
    ter_counts out;
    bool first = true;
    for (const std::string_view reference : references) {
      const detail::word_numbers theirs = word_symbols(cut(reference), spelling);
      const std::size_t edits = detail::translation_edits(mine, theirs);
      if (first || edits < out.edits) out.edits = edits;
      out.reference_length += static_cast<double>(theirs.size());
      first = false;
    }
    out.reference_length /= static_cast<double>(references.size());
    return out;
  }

  /// The score that counts make, in edits for 100 words of the reference. Without any: 100 where there are
  /// edits.
  double score(const ter_counts& c) const {
    if (c.reference_length > 0) return 100 * (static_cast<double>(c.edits) / c.reference_length);
    return c.edits > 0 ? 100 : 0;
  }

  /// Score of a text against its references.
  /// @throws invalid_argument  where there is no reference.
  template <class = when_used>
  double operator()(std::string_view text, std::span<const std::string_view> references) const {
    return score(count(text, references));
  }
};

}  // namespace shoal::aggregate
