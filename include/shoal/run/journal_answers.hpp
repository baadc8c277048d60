// SPDX-License-Identifier: BSL-1.0
/// @file Answers in a journal: as bytes and back, for values of any type that has a codec.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/core/when_used.hpp"
#include "shoal/core/wire.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::run {

/// Writes values as bytes and reads them back. `decode(encode(v))` equals v; bytes that are no value give
/// none.
template <class C, class Value>
concept value_codec = std::copy_constructible<C> && requires(const C& c, const Value& v, std::string_view b) {
  { c.encode(v) } -> std::convertible_to<std::string>;
  { c.decode(b) } -> std::convertible_to<std::optional<Value>>;
};

/// Texts are their own bytes.
struct text_codec {
  std::string encode(const std::string& value) const { return value; }
  std::optional<std::string> decode(std::string_view bytes) const { return std::string(bytes); }
};

/// The bytes of an answer, everything in it included.
template <class Value, value_codec<Value> Codec = text_codec>
std::string encoded(const answer<Value>& a, const Codec& codec = {}) {
  std::string out;
  put_text(out, static_cast<std::string>(codec.encode(a.value)));
  put_text(out, a.source);
  put_text(out, a.group);
  for (const double d : {a.confidence, a.accuracy, a.relevance, a.at_s, a.used.time_s, a.used.energy_j}) {
    put_double(out, d);
  }
  put_varint(out, a.used.input_tokens);
  put_varint(out, a.used.output_tokens);
  put_varint(out, a.abstains ? 1 : 0);
  return out;
}

/// The answer that such bytes say; empty when they say none.
template <class Value = std::string, value_codec<Value> Codec = text_codec>
std::optional<answer<Value>> decoded_answer(std::string_view bytes, const Codec& codec = {}) {
  wire_reader in(bytes);
  answer<Value> a;
  const std::string_view value = in.text();
  a.source = in.text();
  a.group = in.text();
  for (double* d : {&a.confidence, &a.accuracy, &a.relevance, &a.at_s, &a.used.time_s, &a.used.energy_j}) {
    *d = in.number();
  }
  a.used.input_tokens = in.varint();
  a.used.output_tokens = in.varint();
  const auto abstains = in.varint();
  if (!in.finished() || abstains > 1) return std::nullopt;
  a.abstains = abstains == 1;
  std::optional<Value> read = codec.decode(value);
  if (!read) return std::nullopt;
  a.value = std::move(*read);
  return a;
}

}  // namespace shoal::run
