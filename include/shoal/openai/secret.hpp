// SPDX-License-Identifier: BSL-1.0
/// @file The API key: read from the environment by name, and kept out of every text.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"

namespace shoal::openai {

/// A key that can be sent, and nothing else: it is not printed, and what holds it can be cleaned of it.
class secret {
 public:
  secret() = default;
  explicit secret(std::string key) : key_(std::move(key)) {}

  /// The value of an environment variable; no key where `name` is empty.
  /// @throws invalid_argument  when it is not set or empty, or cannot stand in a header. The text names the
  ///     variable, never its value.
  static secret from_environment(const std::string& name) {
    if (name.empty()) return {};
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') {
      throw invalid_argument(message("key_env: the environment variable ", quoted(name), " is not set"));
    }
    std::string key(value);
    for (const char c : key) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte <= 0x20U || byte >= 0x7FU) {
        throw invalid_argument(
            message("key_env: the value of ", quoted(name), " holds characters that no key has"));
      }
    }
    return secret(std::move(key));
  }

  bool empty() const { return key_.empty(); }

  /// The line of the request that bears the key.
  std::string header() const { return "Authorization: Bearer " + key_; }

  /// `text` without the key. Servers quote a wrong key, some of them only its beginning or its end: whatever
  /// is 8 characters of it or more is taken out, and a shorter key as a whole.
  /// @complexity O(text.size() key.size()): for error texts.
  std::string removed_from(std::string_view text) const {
    if (key_.empty()) return std::string(text);
    const std::size_t least = std::min<std::size_t>(8, key_.size());
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      std::size_t longest = 0;
      for (std::size_t from = 0; from + least <= key_.size(); ++from) {
        std::size_t same = 0;
        while (at + same < text.size() && from + same < key_.size() && text[at + same] == key_[from + same]) {
          ++same;
        }
        longest = std::max(longest, same);
      }
      if (longest >= least) {
        out += "***";
        at += longest;
      } else {
        out += text[at++];
      }
    }
    return out;
  }

 private:
  std::string key_{};
};

}  // namespace shoal::openai
