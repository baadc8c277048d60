// SPDX-License-Identifier: BSL-1.0
/// @file JSON pointers for error messages: where in a document a refused value stands.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "shoal/core/message.hpp"

namespace shoal::json {

/// Pointer to the member `key` of the object at `parent`: '~' and '/' in the key become "~0" and "~1". A key
/// of over 60 bytes is cut short and its control characters become '?', so that an error stays one line.
/// @source RFC 6901, section 3.
inline std::string child(std::string_view parent, std::string_view key) {
  const std::string shown = quoted(key);
  std::string out(parent);
  out += '/';
  for (const char c : std::string_view(shown).substr(1, shown.size() - 2)) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

/// Pointer to element `index` of the array at `parent`.
inline std::string child(std::string_view parent, std::size_t index) { return message(parent, '/', index); }

}  // namespace shoal::json
