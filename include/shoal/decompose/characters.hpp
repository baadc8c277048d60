// SPDX-License-Identifier: BSL-1.0
/// @file Characters that matter when text is split: white space, ends of lines, letters, quotes and brackets.
#pragma once

#include <cstddef>
#include <string_view>

#include "shoal/core/utf8.hpp"

namespace shoal::decompose::detail {

struct character {
  char32_t code = 0;
  std::size_t length = 1;  // bytes
};

// The character at `at`, which must be the first byte of a well-formed one.
constexpr character character_at(std::string_view text, std::size_t at) {
  const std::size_t length = utf8_length(text.substr(at));
  const auto byte = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[at + i]));
  };
  if (length < 2) return {byte(0), 1};
  char32_t code = byte(0) & (length == 2 ? 0x1FU : length == 3 ? 0x0FU : 0x07U);
  for (std::size_t i = 1; i < length; ++i) code = (code << 6U) | (byte(i) & 0x3FU);
  return {code, length};
}

// The character that ends at `at` > 0.
constexpr character character_before(std::string_view text, std::size_t at) {
  return character_at(text, utf8_floor(text, at - 1));
}

// @source Unicode 15.0, property White_Space.
constexpr bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

constexpr bool is_no_break_space(char32_t c) { return c == 0xA0 || c == 0x202F; }

constexpr bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }

constexpr bool is_one_of(char32_t c, std::u32string_view set) {
  return set.find(c) != std::u32string_view::npos;
}

// Small letters of Latin, Greek, Cyrillic and Armenian: the scripts in which a capital begins a sentence.
constexpr bool is_lower(char32_t c) {
  if (c >= 0x100 && c <= 0x17F) {
    const bool odd_is_lower = c <= 0x137 || (c >= 0x14A && c <= 0x177);
    return ((c & 1U) != 0) == odd_is_lower;
  }
  return (c >= U'a' && c <= U'z') || (c >= 0xDF && c <= 0xFF && c != 0xF7) || (c >= 0x3AC && c <= 0x3CE) ||
         (c >= 0x430 && c <= 0x45F) || (c >= 0x561 && c <= 0x587);
}

// Quotes and brackets that may begin a sentence.
constexpr bool is_opener(char32_t c) {
  return is_one_of(
      c,
      U"([{\"'\u00AB\u00BF\u00A1\u2018\u201A\u201C\u201E\u2039\u300C\u300E\u3010\u3014\u300A\u3008"
      U"\uFF08\uFF3B\uFF5B\uFF02");
}

// Quotes and brackets that may follow the mark that ends a sentence; U+201C closes in German.
constexpr bool is_closer(char32_t c) {
  return is_one_of(
      c,
      U")]}\"'\u00BB\u2018\u2019\u201C\u201D\u203A\u300D\u300F\u3011\u3015\u300B\u3009\uFF09\uFF3D\uFF5D"
      U"\uFF02");
}

// Offset behind the white space that begins at `at`.
constexpr std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const character c = character_at(text, at);
    if (!is_space(c.code)) break;
    at += c.length;
  }
  return at;
}

constexpr bool is_blank(std::string_view text) { return skip_space(text, 0) == text.size(); }

// Offset of the line after the one that contains `at`; lines end with LF, CR LF or CR.
constexpr std::size_t next_line(std::string_view text, std::size_t at) {
  const std::size_t end = text.find_first_of("\r\n", at);
  if (end == std::string_view::npos) return text.size();
  return text.substr(end, 2) == "\r\n" ? end + 2 : end + 1;
}

}  // namespace shoal::decompose::detail
