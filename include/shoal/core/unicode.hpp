// SPDX-License-Identifier: BSL-1.0
/// @file Unicode: text as characters, and what kind of character each is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

#include "shoal/core/unicode_tables.hpp"
#include "shoal/core/utf8.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal {

/// Characters of a text, in order.
using characters = std::vector<char32_t>;

/// The characters of a UTF-8 text; U+FFFD for each byte that is not part of a well-formed one.
/// @complexity O(text.size()).
template <class = when_used>
characters decode_utf8(std::string_view text) {
  characters out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      out.push_back(0xFFFD);
      text.remove_prefix(1);
      continue;
    }
    const auto lead = static_cast<unsigned char>(text[0]);
    char32_t c = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) c = (c << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
    out.push_back(c);
    text.remove_prefix(length);
  }
  return out;
}

namespace detail {

/// Whether `c` is in one of the runs of a table of first and last characters.
/// @complexity O(log runs).
template <std::size_t Size>
bool in_runs(const char32_t (&runs)[Size], char32_t c) {
  std::size_t low = 0;
  std::size_t high = Size / 2;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (runs[2 * middle + 1] < c) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < Size / 2 && runs[2 * low] <= c;
}

}  // namespace detail

/// White space, line ends and the separators of ASCII.
constexpr bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

/// General category P.
template <class = when_used>
bool is_punctuation(char32_t c) {
  return detail::in_runs(detail::punctuation_runs, c);
}

/// General category S.
template <class = when_used>
bool is_symbol(char32_t c) {
  return detail::in_runs(detail::symbol_runs, c);
}

/// General category N.
template <class = when_used>
bool is_number(char32_t c) {
  return detail::in_runs(detail::number_runs, c);
}

/// The lower case of a character that has one of a single character; else the character.
/// @complexity O(log runs).
template <class = when_used>
char32_t lower_case(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 0x20 : c;
  std::size_t low = 0;
  std::size_t high = std::size(detail::lower_case_runs);
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (detail::lower_case_runs[middle].last < c) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == std::size(detail::lower_case_runs)) return c;
  const auto& run = detail::lower_case_runs[low];
  if (c < run.first || (c - run.first) % run.step != 0) return c;
  return static_cast<char32_t>(static_cast<std::int32_t>(c) + run.shift);
}

}  // namespace shoal
