// SPDX-License-Identifier: BSL-1.0
/// @file UTF-8: where text is broken, how it is mended, where it may be cut, and how a character is written.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "shoal/core/when_used.hpp"

namespace shoal {

/// True for a byte that continues a character; text may be cut before any byte that does not.
constexpr bool is_utf8_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

/// Length in bytes of the well-formed character at `text[0]`, or 0 when there is none (overlong forms,
/// surrogates and values above U+10FFFF are not well-formed). `text` must not be empty.
/// @source The Unicode Standard 15.0, table 3-7.
constexpr std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80U) return 1;
  if (lead < 0xC2U || lead > 0xF4U) return 0;
  const std::size_t length = lead < 0xE0U ? 2 : lead < 0xF0U ? 3 : 4;
  if (text.size() < length) return 0;
  const unsigned low = lead == 0xE0U ? 0xA0U : lead == 0xF0U ? 0x90U : 0x80U;
  const unsigned high = lead == 0xEDU ? 0x9FU : lead == 0xF4U ? 0x8FU : 0xBFU;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (!is_utf8_continuation(text[i])) return 0;
  }
  return length;
}

/// Offset of the first byte that is not part of a well-formed character; text.size() when all is well.
/// @complexity O(text.size()).
constexpr std::size_t utf8_error(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = utf8_length(text.substr(at));
    if (length == 0) break;
    at += length;
  }
  return at;
}

/// `text` with U+FFFD, the replacement character, for each byte that is not part of a well-formed character:
/// for text from outside that is only shown.
/// @complexity O(text.size()).
template <class = when_used>
std::string utf8_mended(std::string_view text) {
  std::string out;
  for (std::size_t bad = utf8_error(text); bad < text.size(); bad = utf8_error(text)) {
    out.append(text.substr(0, bad)).append("\xEF\xBF\xBD");
    text.remove_prefix(bad + 1);
  }
  return out.append(text);
}

/// Appends a character, in UTF-8.
template <class = when_used>
void append_utf8(std::string& out, char32_t c) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0U | (c >> 6U));
    put(0x80U | (c & 0x3FU));
  } else if (c < 0x10000) {
    put(0xE0U | (c >> 12U));
    put(0x80U | ((c >> 6U) & 0x3FU));
    put(0x80U | (c & 0x3FU));
  } else {
    put(0xF0U | (c >> 18U));
    put(0x80U | ((c >> 12U) & 0x3FU));
    put(0x80U | ((c >> 6U) & 0x3FU));
    put(0x80U | (c & 0x3FU));
  }
}

/// The largest offset <= `at` where text may be cut without splitting a character.
constexpr std::size_t utf8_floor(std::string_view text, std::size_t at) {
  if (at >= text.size()) return text.size();
  while (at > 0 && is_utf8_continuation(text[at])) --at;
  return at;
}

}  // namespace shoal
