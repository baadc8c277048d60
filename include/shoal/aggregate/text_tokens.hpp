// SPDX-License-Identifier: BSL-1.0
/// @file Tokens of a text, as sacreBLEU cuts them for BLEU and TER.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "shoal/core/unicode.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

/// Words of a text; each is a run of characters.
using words = std::vector<characters>;

/// Where BLEU cuts a text into tokens.
enum class tokens {
  white_space,    ///< at white space alone ("none")
  mteval_13a,     ///< as NIST's mteval-v13a does: the default
  international,  ///< at punctuation and symbols of all scripts ("intl")
  character,      ///< every character by itself ("char")
  chinese         ///< Chinese characters by themselves, the rest as mteval_13a ("zh")
};

namespace detail {

template <class = when_used>
words split_at_spaces(const characters& text) {
  words out;
  bool inside = false;
  for (const char32_t c : text) {
    if (is_space(c)) {
      inside = false;
    } else {
      if (!inside) out.emplace_back();
      out.back().push_back(c);
      inside = true;
    }
  }
  return out;
}

template <class = when_used>
void make_lower(characters& text) {
  for (auto& c : text) c = lower_case(c);
}

constexpr bool is_ascii_digit(char32_t c) { return c >= '0' && c <= '9'; }
constexpr bool is_period_or_comma(char32_t c) { return c == '.' || c == ','; }

/// ASCII punctuation, and the space, but neither ' nor , - .
constexpr bool is_western_mark(char32_t c) {
  return (c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c >= ' ' && c <= '&') ||
         (c >= '(' && c <= '+') || (c >= ':' && c <= '@') || c == '/';
}

/// Every occurrence of `from` becomes `to`, from left to right.
template <class = when_used>
void replace_all(characters& text, std::u32string_view from, std::u32string_view to) {
  characters out;
  for (std::size_t i = 0; i < text.size();) {
    if (std::u32string_view(text.data() + i, text.size() - i).substr(0, from.size()) == from) {
      out.insert(out.end(), to.begin(), to.end());
      i += from.size();
    } else {
      out.push_back(text[i++]);
    }
  }
  text.swap(out);
}

/// A space before and behind every character that `alone` names.
template <class Alone>
void set_apart(characters& text, const Alone& alone) {
  characters out;
  for (const char32_t c : text) {
    const bool apart = alone(c);
    if (apart) out.push_back(' ');
    out.push_back(c);
    if (apart) out.push_back(' ');
  }
  text.swap(out);
}

/// Neighbours a, b with `first(a)` and `second(b)` get spaces: before a where `before`, between them, and
/// behind b where `behind`. From left to right; b does not begin another pair.
template <class First, class Second>
void part(characters& text, const First& first, const Second& second, bool before, bool behind) {
  characters out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i + 1 == text.size() || !first(text[i]) || !second(text[i + 1])) {
      out.push_back(text[i]);
      continue;
    }
    if (before) out.push_back(' ');
    out.push_back(text[i]);
    out.push_back(' ');
    out.push_back(text[++i]);
    if (behind) out.push_back(' ');
  }
  text.swap(out);
}

/// Punctuation of western languages apart from words, but not the marks inside numbers.
template <class = when_used>
void part_western(characters& text) {
  set_apart(text, is_western_mark);
  const auto no_digit = [](char32_t c) { return !is_ascii_digit(c); };
  part(text, no_digit, is_period_or_comma, false, true);
  part(text, is_period_or_comma, no_digit, true, false);
  part(
      text, is_ascii_digit, [](char32_t c) { return c == '-'; }, false, true);
}

template <class = when_used>
void unescape(characters& text) {
  replace_all(text, U"&quot;", U"\"");
  replace_all(text, U"&amp;", U"&");
  replace_all(text, U"&lt;", U"<");
  replace_all(text, U"&gt;", U">");
}

/// Characters that sacreBLEU's tokenizer for Chinese sets apart. The second line's ranges are what its
/// five-digit escapes come to.
constexpr bool is_chinese(char32_t c) {
  struct run {
    char32_t first, last;
  };
  constexpr run runs[] = {{0x3400, 0x4DB5}, {0x4E00, 0x9FBB}, {0xF900, 0xFA2D}, {0xFA30, 0xFA6A},
                          {0xFA70, 0xFAD9}, {0x2001, 0x2A6D}, {0x2F81, 0x2FA1}, {0xFF00, 0xFFEF},
                          {0x2E80, 0x2EFF}, {0x3000, 0x303F}, {0x31C0, 0x31EF}, {0x2F00, 0x2FDF},
                          {0x2FF0, 0x2FFF}, {0x3100, 0x312F}, {0x31A0, 0x31BF}, {0xFE10, 0xFE1F},
                          {0xFE30, 0xFE4F}, {0x2600, 0x27BF}, {0x3200, 0x33FF}};
  for (const auto& r : runs)
    if (c >= r.first && c <= r.last) return true;
  return false;
}

}  // namespace detail

/// Tokens of a text for BLEU.
/// @complexity O(text.size()).
/// @source Post 2018, "A call for clarity in reporting BLEU scores", and sacreBLEU's tokenizers; NIST
/// mteval-v13a.
template <class = when_used>
words bleu_tokens(std::string_view utf8, tokens how = tokens::mteval_13a, bool lower = false) {
  characters text = decode_utf8(utf8);
  if (lower) detail::make_lower(text);
  while (!text.empty() && is_space(text.back())) text.pop_back();
  switch (how) {
    case tokens::white_space:
      break;
    case tokens::mteval_13a:
      detail::replace_all(text, U"<skipped>", U"");
      detail::replace_all(text, U"-\n", U"");
      detail::replace_all(text, U"\n", U" ");
      detail::unescape(text);
      text.insert(text.begin(), ' ');
      text.push_back(' ');
      detail::part_western(text);
      break;
    case tokens::international: {
      const auto no_number = [](char32_t c) { return !is_number(c); };
      const auto mark = [](char32_t c) { return is_punctuation(c); };
      detail::part(text, no_number, mark, false, true);
      detail::part(text, mark, no_number, true, false);
      detail::set_apart(text, [](char32_t c) { return is_symbol(c); });
      break;
    }
    case tokens::character:
      detail::set_apart(text, [](char32_t) { return true; });
      break;
    case tokens::chinese: {
      std::size_t blank = 0;
      while (blank < text.size() && is_space(text[blank])) ++blank;
      text.erase(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(blank));
      detail::set_apart(text, detail::is_chinese);
      detail::part_western(text);
      break;
    }
  }
  return detail::split_at_spaces(text);
}

/// How TER cuts and folds a text.
struct ter_tokens {
  bool normalized = false;      ///< punctuation apart from words, XML's escapes undone
  bool no_punctuation = false;  ///< without . , ? : ; ! " ( )
  bool asian = false;           ///< with `normalized`: Chinese characters and Japanese kanji by themselves
  bool case_sensitive = false;

  /// @source Tercom's Normalizer, as sacreBLEU follows it.
  template <class = when_used>
  words operator()(std::string_view utf8) const {
    characters text = decode_utf8(utf8);
    while (!text.empty() && is_space(text.back())) text.pop_back();
    if (!case_sensitive) detail::make_lower(text);
    if (normalized && !text.empty()) normalize(text);
    if (no_punctuation) {
      constexpr std::u32string_view marks = U".,?:;!\"()";
      characters out;
      for (const char32_t c : text)
        if (marks.find(c) == std::u32string_view::npos && !(asian && is_asian_mark(c))) out.push_back(c);
      text.swap(out);
    }
    return detail::split_at_spaces(text);
  }

 private:
  static constexpr bool is_asian_mark(char32_t c) {
    constexpr std::u32string_view wide = U"\uff0e\uff0c\uff1f\uff1a\uff1b\uff01\uff02\uff08\uff09";
    return c == 0x3001 || c == 0x3002 || (c >= 0x3008 && c <= 0x3011) || (c >= 0x3014 && c <= 0x301F) ||
           (c >= 0xFF61 && c <= 0xFF65) || c == 0x30FB || wide.find(c) != std::u32string_view::npos;
  }

  template <class = when_used>
  void normalize(characters& text) const {
    detail::replace_all(text, U"\n-", U"");
    detail::replace_all(text, U"\n", U" ");
    detail::unescape(text);
    text.insert(text.begin(), ' ');
    text.push_back(' ');
    detail::set_apart(text, detail::is_western_mark);
    detail::replace_all(text, U"'s ", U" 's ");
    const auto no_digit = [](char32_t c) { return !detail::is_ascii_digit(c); };
    detail::part(text, no_digit, detail::is_period_or_comma, false, true);
    detail::part(text, detail::is_period_or_comma, no_digit, true, false);
    detail::part(
        text, detail::is_ascii_digit, [](char32_t c) { return c == '-'; }, false, true);
    if (!asian) return;
    detail::set_apart(text, [](char32_t c) {
      return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x31C0 && c <= 0x31EF) ||
             (c >= 0x2E80 && c <= 0x2EFF) || (c >= 0x3200 && c <= 0x3F22) || (c >= 0xF900 && c <= 0xFAFF) ||
             (c >= 0xFE30 && c <= 0xFE4F) || is_asian_mark(c);
    });
  }
};

}  // namespace shoal::aggregate
