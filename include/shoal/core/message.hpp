// SPDX-License-Identifier: BSL-1.0
/// @file Text of error messages: parts joined, numbers in their shortest form that reads back the same.
#pragma once

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

#include "shoal/core/when_used.hpp"

namespace shoal {

/// The shortest decimal text that reads back as the same double; "inf", "-inf" and "nan" for the others.
template <class = when_used>
std::string to_text(double value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return std::string(buffer, end);
}

namespace detail {

struct quote {
  std::string operator()(std::string_view text) const {
    constexpr std::size_t longest = 60;
    std::string out = "\"";
    std::size_t kept = text.size();
    if (kept > longest) {
      kept = longest;
      while (kept > 0 && (static_cast<unsigned char>(text[kept]) & 0xC0U) == 0x80U) --kept;
    }
    for (const char c : text.substr(0, kept)) {
      const auto byte = static_cast<unsigned char>(c);
      out += byte < 0x20U || byte == 0x7FU || c == '"' ? '?' : c;
    }
    if (kept < text.size()) out += "...";
    return out + '"';
  }
};

}  // namespace detail

/// `quoted(text)`: the text in double quotes, shortened to 60 bytes so that an error stays one readable line;
/// control characters and quotes become '?'. An object rather than a function, so that a call with a
/// std::string never finds std::quoted of the header iomanip.
inline constexpr detail::quote quoted{};

namespace detail {

inline void append(std::string& out, std::string_view part) { out += part; }
inline void append(std::string& out, std::floating_point auto part) { out += to_text(part); }
inline void append(std::string& out, std::integral auto part) { out += std::to_string(part); }
inline void append(std::string& out, char part) { out += part; }

}  // namespace detail

/// Joins strings, characters and numbers into one text: `message("model ", 3, ": ", 1.5)`.
template <class... Parts>
std::string message(const Parts&... parts) {
  std::string out;
  (detail::append(out, parts), ...);
  return out;
}

}  // namespace shoal
