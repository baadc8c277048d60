// SPDX-License-Identifier: BSL-1.0
/// @file Byte-pair encoding: text to tokens and back, as the models were trained with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tiny {

/// A token's number.
using token = std::int32_t;

/// Text is cut into words (a space belongs to the word that follows it; letters, digits and other marks do
/// not mix), words into bytes, and neighbours are merged, the pair that was learnt first before all others. A
/// byte that training never saw becomes `unknown`.
class bpe {
 public:
  static constexpr token pad = 0;
  static constexpr token begin = 1;
  static constexpr token end = 2;
  static constexpr token unknown = 3;

  bpe() = default;
  /// As a model's file has them: the alphabet's bytes in hexadecimal, and `left+right` for each merge.
  /// @throws bad_weights  where a text is not of that form.
  bpe(std::string_view alphabet, std::string_view merges);

  /// Tokens, the four special ones included.
  std::size_t size() const { return pieces_.size(); }
  /// @complexity O(n) words, each O(its length squared).
  std::vector<token> encode(std::string_view text) const;
  /// Special tokens leave nothing. The bytes may end within a UTF-8 character.
  std::string decode(std::span<const token> tokens) const;

 private:
  void encode_word(std::string_view word, std::vector<token>& out) const;

  std::vector<std::string> pieces_;
  std::vector<token> of_byte_;
  struct merge {
    std::size_t rank = 0;
    token into = 0;
  };
  std::unordered_map<std::uint64_t, merge> merges_;
};

}  // namespace tiny
