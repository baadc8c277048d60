// SPDX-License-Identifier: BSL-1.0
/// @file JSON from servers whose tokens split characters: bytes that are no UTF-8 pass through the reader.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "shoal/core/utf8.hpp"
#include "shoal/json/parse.hpp"

namespace shoal::openai {

namespace detail {

// A byte 0x80..0xFF stands as the private character U+10F800 + byte while JSON is read.
inline void append_stand_in(std::string& out, char byte) {
  const unsigned low = static_cast<unsigned char>(byte);
  out += "\xF4\x8F";
  out += static_cast<char>(0xA0U | (low >> 6U));
  out += static_cast<char>(0x80U | (low & 0x3FU));
}

}  // namespace detail

/// `text` with a private character for each byte that is no part of a character. JSON holds characters only,
/// but one of a token's three bytes may come in one event and the others in the next.
inline std::string with_stand_ins(std::string_view text) {
  std::string out;
  for (std::size_t bad = utf8_error(text); bad < text.size(); bad = utf8_error(text)) {
    out.append(text.substr(0, bad));
    detail::append_stand_in(out, text[bad]);
    text.remove_prefix(bad + 1);
  }
  return out.append(text);
}

/// The reverse: the bytes as they came.
inline std::string without_stand_ins(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = [&](std::size_t i) {
      return static_cast<unsigned>(static_cast<unsigned char>(text[i]));
    };
    if (text.size() - at >= 4 && byte(at) == 0xF4U && byte(at + 1) == 0x8FU && byte(at + 2) >= 0xA2U &&
        byte(at + 2) <= 0xA3U) {
      out += static_cast<char>(((byte(at + 2) & 0x3U) << 6U) | (byte(at + 3) & 0x3FU));
      at += 3;
    } else {
      out += text[at];
    }
  }
  return out;
}

/// A JSON document whose strings may hold bytes that are no UTF-8.
struct loose_document {
  nlohmann::json root{};
  bool stand_ins = false;  ///< strings hold stand-ins for such bytes

  /// A string of the document as it came.
  std::string text(const std::string& value) const { return stand_ins ? without_stand_ins(value) : value; }
};

/// Reads a document, whatever its bytes are.
/// @throws json::parse_error
inline loose_document parse_loose(std::string_view text, const json::parse_limits& limits) {
  loose_document out;
  out.stand_ins = utf8_error(text) < text.size();
  out.root = out.stand_ins ? json::parse(with_stand_ins(text), limits) : json::parse(text, limits);
  return out;
}

/// Text as it grows, passed on in whole characters.
class whole_characters {
 public:
  /// Adds bytes and returns what can be passed on: broken characters are mended, one that may still be
  /// completed is kept back.
  std::string take(std::string_view bytes) {
    held_ += bytes;
    const std::size_t end = whole_until(held_);
    std::string out = utf8_mended(std::string_view(held_).substr(0, end));
    held_.erase(0, end);
    return out;
  }

  /// What is left at the end, mended.
  std::string rest() { return utf8_mended(std::exchange(held_, {})); }

 private:
  // Offset of a last character whose lead byte is there and whose continuation may still come.
  static std::size_t whole_until(std::string_view text) {
    for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
      const auto byte = static_cast<unsigned char>(text[text.size() - back]);
      if ((byte & 0xC0U) == 0x80U) continue;
      const std::size_t wanted = byte >= 0xF0U ? 4 : byte >= 0xE0U ? 3 : byte >= 0xC2U ? 2 : 1;
      return byte < 0xF5U && wanted > back ? text.size() - back : text.size();
    }
    return text.size();
  }

  std::string held_{};
};

}  // namespace shoal::openai
