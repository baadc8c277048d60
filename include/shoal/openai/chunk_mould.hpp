// SPDX-License-Identifier: BSL-1.0
/// @file Chunks that differ in their text alone, as nearly all of a stream do: read without a parser.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/core/utf8.hpp"

namespace shoal::openai {

/// Remembers a chunk with its text left out. Another one with the same bytes around a string without quotes,
/// backslashes and control characters is the same JSON but for that string, so its parser would find what it
/// found before.
class chunk_mould {
 public:
  /// The text of a chunk that has the remembered one's bytes around it; nothing where it has not, or may have
  /// others in its text.
  /// @complexity O(chunk.size()).
  std::optional<std::string_view> text_of(std::string_view chunk) const {
    if (after_.empty() || chunk.size() < before_.size() + after_.size() || !chunk.starts_with(before_) ||
        !chunk.ends_with(after_)) {
      return std::nullopt;
    }
    chunk.remove_prefix(before_.size());
    chunk.remove_suffix(after_.size());
    if (plain(chunk) < chunk.size() || utf8_error(chunk) < chunk.size()) return std::nullopt;
    return chunk;
  }

  /// Remembers a chunk, unless it has the key more than once or a backslash.
  /// @param chunk  JSON in UTF-8 that was read and says nothing new but a text.
  /// @param key  of the text, which is a string.
  void remember(std::string_view chunk, std::string_view key) {
    after_.clear();
    if (chunk.find('\\') != std::string_view::npos)
      return;  // so no string holds a quote, nor a key in disguise
    const std::string mark = '"' + std::string(key) + "\":";
    const std::size_t found = chunk.find(mark);
    if (found == std::string_view::npos || chunk.find(mark, found + 1) != std::string_view::npos) return;
    std::size_t at = found + mark.size();
    while (at < chunk.size() && chunk[at] == ' ') ++at;
    if (at == chunk.size() || chunk[at] != '"') return;
    const std::string_view rest = chunk.substr(at + 1);
    const std::size_t end = plain(rest);
    if (end == rest.size() || rest[end] != '"') return;
    before_ = chunk.substr(0, at + 1);
    after_ = rest.substr(end);
  }

 private:
  // Bytes before the first one that ends a string or means another.
  static std::size_t plain(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size() && text[at] != '"' && text[at] != '\\' &&
           static_cast<unsigned char>(text[at]) >= 0x20U) {
      ++at;
    }
    return at;
  }

  std::string before_{};
  std::string after_{};  // from the closing quote on; empty: nothing is remembered
};

}  // namespace shoal::openai
