// SPDX-License-Identifier: BSL-1.0
/// @file Decomposition by sentence, by rules that prefer one long part to a broken sentence.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/when_used.hpp"
#include "shoal/decompose/characters.hpp"
#include "shoal/decompose/cut.hpp"
#include "shoal/decompose/decomposer.hpp"
#include "shoal/decompose/paragraphs.hpp"

namespace shoal::decompose {

/// Abbreviations after which a sentence goes on: English, and the most common ones of German, French and
/// Spanish; without their last period. Single letters ("J.", "p.") and letters with periods between ("e.g.",
/// "U.S.", "z.B.") need no entry.
template <class = when_used>
std::vector<std::string> common_abbreviations() {
  return {"adm", "al",  "approx", "bzw", "ca",  "capt", "cf",  "co",  "col",  "corp", "dept", "dr",
          "dra", "eds", "eq",     "esp", "fig", "figs", "gen", "gov", "hon",  "inc",  "jr",   "lt",
          "ltd", "maj", "mlle",   "mme", "mr",  "mrs",  "ms",  "mt",  "nr",   "ph.d", "prof", "rep",
          "rev", "sen", "sgt",    "sr",  "sra", "st",   "usw", "vol", "vols", "vs"};
}

/// One part for each sentence. The white space behind a sentence stays with it.
///
/// A sentence ends
/// - at the end of a paragraph (a blank line), whatever stands there;
/// - after 。 ！ ？ ｡ with the quotes and brackets that close behind them; when some do, only before white
///   space or an opening quote, since text right behind a closing one belongs to the same sentence;
/// - after a run of . ! ? … and their like in other scripts (؟ ۔ । ॥ ։ ። and so on) with what closes behind
///   them, when white space follows and the next letter is not a small one.
///
/// It does not end after one period that follows an abbreviation, a single letter (an initial), letters with
/// periods between, or digits at the beginning of a line or sentence (a list's number), nor after one that a
/// digit follows on the same line ("No. 5"). Decimals, addresses and file names have no white space behind
/// their periods.
///
/// In doubt the text stays together, because half a sentence misleads a model and two sentences do not. So
/// "in the U.S. She left." and "We took plan B. It failed." are one part each; sentences that begin with a
/// small letter, and scripts that mark no sentences (Thai, Lao), are not split.
/// @throws invalid_task when the text is not UTF-8.
/// @complexity O(text.size() + periods x abbreviations).
struct sentences {
  std::vector<std::string> abbreviations = common_abbreviations();  ///< ASCII letters compare without case
  std::string prefix = "part-";                                     ///< names are prefix + 1, 2, ...

  template <class = when_used>
  task_graph operator()(const task& whole) const {
    require_utf8(whole.text);
    std::vector<std::size_t> cuts;
    std::size_t from = 0;
    for (const std::size_t end : detail::paragraph_cuts(whole.text)) {
      split(whole.text, from, end, cuts);
      cuts.push_back(end);
      from = end;
    }
    split(whole.text, from, whole.text.size(), cuts);
    return cut_at(whole, cuts, prefix);
  }

 private:
  template <class = when_used>
  void split(std::string_view text, std::size_t begin, std::size_t end, std::vector<std::size_t>& cuts) const;
  template <class = when_used>
  bool goes_on_after(std::string_view text, std::size_t begin, std::size_t period) const;
};

namespace detail {

constexpr bool is_full_width_mark(char32_t c) { return is_one_of(c, U"\u3002\uFF01\uFF1F\uFF61"); }

constexpr bool is_sentence_mark(char32_t c) {
  return is_one_of(
             c,
             U".!?\u2026\u203C\u203D\u2047\u2048\u2049\u0589\u061F\u06D4\u0964\u0965\u104A\u104B\u1362\u1367"
             U"\u1368\u17D4\u17D5") ||
         is_full_width_mark(c);
}

// Anything that a word before a period may hold: not white space, quotes, brackets or dashes.
constexpr bool is_word(char32_t c) {
  return is_digit(c) || (c >= U'A' && c <= U'Z') || (c >= U'a' && c <= U'z') || c == U'.' ||
         (c >= 0xC0 && c < 0x2000) || (c >= 0x2C00 && c < 0x3000) ||
         (c > 0x303F && !is_opener(c) && !is_closer(c));
}

// "J", "e.g", "z.B": single letters with periods between, in a script that abbreviates so.
template <class = when_used>
bool is_initials(std::string_view word) {
  for (std::size_t at = 0; at < word.size();) {
    const character letter = character_at(word, at);
    if (letter.code == U'.' || is_digit(letter.code) || letter.code >= 0x2000) return false;
    at += letter.length;
    if (at < word.size() && word[at] != '.') return false;
    ++at;
  }
  return !word.empty() && word.back() != '.';
}

template <class = when_used>
bool same_without_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

// Offset behind the quotes and brackets that close at `at`, after a full-width mark or another one. In French
// a no-break space comes before them; the quotes that close in German open in Chinese.
template <class = when_used>
std::size_t skip_closers(std::string_view text, std::size_t at, std::size_t end, bool full_width) {
  while (at < end) {
    const character c = character_at(text, at);
    if (is_closer(c.code) && !(full_width && is_one_of(c.code, U"\u2018\u201C"))) {
      at += c.length;
    } else if (is_no_break_space(c.code) && at + c.length < end &&
               is_one_of(character_at(text, at + c.length).code, U"\u00BB\u203A")) {
      at += c.length;
    } else {
      break;
    }
  }
  return at;
}

}  // namespace detail

// Finds the sentences of the paragraph [begin, end).
template <class>
void sentences::split(std::string_view text, std::size_t begin, std::size_t end,
                      std::vector<std::size_t>& cuts) const {
  using namespace detail;
  for (std::size_t at = begin; at < end;) {
    character mark = character_at(text, at);
    if (!is_sentence_mark(mark.code)) {
      at += mark.length;
      continue;
    }
    const std::size_t run = at;
    character last = mark;
    while (at < end && is_sentence_mark(mark.code)) {
      last = mark;
      at += mark.length;
      if (at < end) mark = character_at(text, at);
    }
    const std::size_t closed = skip_closers(text, at, end, is_full_width_mark(last.code));
    const std::size_t next = std::min(skip_space(text, closed), end);
    if (next == end) return;
    const bool spaced = next > closed;
    std::size_t letter = next;
    while (letter < end && is_opener(character_at(text, letter).code)) {
      letter += character_at(text, letter).length;
    }
    const char32_t first = letter < end ? character_at(text, letter).code : U' ';
    bool ends = spaced && !is_lower(first);
    if (is_full_width_mark(last.code)) {
      ends = closed == at || spaced || letter > next;
    } else if (ends && at - run == 1 && text[run] == '.') {
      const bool same_line =
          text.substr(closed, next - closed).find_first_of("\r\n") == std::string_view::npos;
      ends = !(same_line && is_digit(first)) && !goes_on_after(text, begin, run);
    }
    if (ends) {
      cuts.push_back(next);
      begin = next;
    }
    at = next;
  }
}

// Whether the word before the period at `period`, in the sentence that begins at `begin`, wants one.
template <class>
bool sentences::goes_on_after(std::string_view text, std::size_t begin, std::size_t period) const {
  using namespace detail;
  std::size_t start = period;
  while (start > begin && is_word(character_before(text, start).code)) {
    start -= character_before(text, start).length;
  }
  const std::string_view word = text.substr(start, period - start);
  if (word.empty()) return false;
  if (std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    while (start > begin && (text[start - 1] == ' ' || text[start - 1] == '\t')) --start;
    return start == begin || text[start - 1] == '\n' || text[start - 1] == '\r';
  }
  return is_initials(word) || std::any_of(abbreviations.begin(), abbreviations.end(),
                                          [&](const auto& known) { return same_without_case(word, known); });
}

}  // namespace shoal::decompose
