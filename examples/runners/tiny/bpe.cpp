// SPDX-License-Identifier: BSL-1.0
#include "tiny/bpe.hpp"

#include <limits>
#include <map>

#include "shoal/core/message.hpp"
#include "tiny/safetensors.hpp"

namespace tiny {

namespace {

enum class kind { space, letter, digit, other };

// Locale-free, and bytes of UTF-8 sequences are letters.
kind kind_of(char c) {
  const auto b = static_cast<unsigned char>(c);
  if (b >= 0x80U || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z')) return kind::letter;
  if (b >= '0' && b <= '9') return kind::digit;
  return b == ' ' || (b >= '\t' && b <= '\r') ? kind::space : kind::other;
}

std::uint64_t key(token left, token right) {
  return static_cast<std::uint64_t>(left) << 32U | static_cast<std::uint32_t>(right);
}

std::string from_hex(std::string_view text) {
  const auto digit = [&](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    throw bad_weights(shoal::message("the tokenizer: ", shoal::quoted(text), " is not hexadecimal"));
  };
  if (text.empty() || text.size() % 2 != 0) {
    throw bad_weights(shoal::message("the tokenizer: ", shoal::quoted(text), " is not hexadecimal"));
  }
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 2)
    out += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  return out;
}

}  // namespace

bpe::bpe(std::string_view alphabet, std::string_view merges) : pieces_(4), of_byte_(256, unknown) {
  std::map<std::string, token, std::less<>> number;
  const auto add = [&](const std::string& piece) {
    pieces_.push_back(piece);
    return number[piece] = static_cast<token>(pieces_.size() - 1);
  };
  for (const char c : from_hex(alphabet)) of_byte_[static_cast<unsigned char>(c)] = add(std::string(1, c));
  // A piece that two merges make is known by the number of the later one, so pairs are looked up when all are
  // there.
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!merges.empty()) {
    const std::string_view one = merges.substr(0, merges.find(' '));
    merges.remove_prefix(one.size() < merges.size() ? one.size() + 1 : one.size());
    const std::size_t plus = one.find('+');
    if (plus == std::string_view::npos) {
      throw bad_weights(shoal::message("the tokenizer: merge ", shoal::quoted(one), " has no '+'"));
    }
    pairs.emplace_back(from_hex(one.substr(0, plus)), from_hex(one.substr(plus + 1)));
    add(pairs.back().first + pairs.back().second);
  }
  for (std::size_t rank = 0; rank < pairs.size(); ++rank) {
    const auto& [left, right] = pairs[rank];
    const auto a = number.find(left);
    const auto b = number.find(right);
    if (a == number.end() || b == number.end()) {
      throw bad_weights(shoal::message("the tokenizer: merge ", rank, " joins pieces that do not exist"));
    }
    merges_.try_emplace(key(a->second, b->second), merge{rank, number[left + right]});
  }
}

void bpe::encode_word(std::string_view word, std::vector<token>& out) const {
  const std::size_t from = out.size();
  for (const char c : word) out.push_back(of_byte_[static_cast<unsigned char>(c)]);
  for (;;) {
    std::size_t best = 0;
    merge by{std::numeric_limits<std::size_t>::max(), 0};
    for (std::size_t i = from; i + 1 < out.size(); ++i) {
      const auto found = merges_.find(key(out[i], out[i + 1]));
      if (found != merges_.end() && found->second.rank < by.rank) {
        by = found->second;
        best = i;
      }
    }
    if (by.rank == std::numeric_limits<std::size_t>::max()) return;
    out[best] = by.into;
    out.erase(out.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

std::vector<token> bpe::encode(std::string_view text) const {
  // A longer word would only be cut: its squared time must not become an attack.
  constexpr std::size_t longest_word = 256;
  std::vector<token> out;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t until = text[at] == ' ' ? at + 1 : at;
    const kind run = until < text.size() ? kind_of(text[until]) : kind::space;
    if (run == kind::space) until = at;
    while (until < text.size() && kind_of(text[until]) == run && until - at < longest_word) ++until;
    encode_word(text.substr(at, until - at), out);
    at = until;
  }
  return out;
}

std::string bpe::decode(std::span<const token> tokens) const {
  std::string out;
  for (const token t : tokens) {
    if (t >= 0 && static_cast<std::size_t>(t) < pieces_.size()) out += pieces_[static_cast<std::size_t>(t)];
  }
  return out;
}

}  // namespace tiny
