// SPDX-License-Identifier: BSL-1.0
/// @file JSON text that may be hostile, read within limits.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/utf8.hpp"
#include "shoal/json/pointer.hpp"

#if !__has_include(<nlohmann/json.hpp>)
#error \
    "shoal/json needs nlohmann/json 3.10 or newer: link shoal::json (Debian and Ubuntu: nlohmann-json3-dev)."
#endif
#include <nlohmann/json.hpp>

namespace shoal::json {

/// Text that is no JSON, or JSON over a limit. One line that begins with the place: `line 3, column 7: ...`,
/// or the JSON pointer of the value.
struct parse_error : bad_input {
  using bad_input::bad_input;
};

/// What `parse` accepts.
struct parse_limits {
  std::size_t bytes = std::size_t{64}
                      << 20U;  ///< longest text; what is built takes up to about 20 times this
  std::size_t depth = 64;      ///< deepest nesting of arrays and objects
};

namespace detail {

// Columns count characters, not bytes, as editors do.
inline std::string line_and_column(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const std::size_t start = before.rfind('\n') + 1;  // npos + 1 is 0: the first line
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto column = 1 + std::count_if(before.begin() + static_cast<std::ptrdiff_t>(start), before.end(),
                                        [](char c) { return !is_utf8_continuation(c); });
  return message("line ", line, ", column ", column, ": ");
}

// Offset of the bracket that nests deeper than `depth`; text.size() when there is none.
inline std::size_t too_deep(std::string_view text, std::size_t depth) {
  std::size_t open = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') {
        ++at;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (open == depth) return at;
      ++open;
    } else if ((c == ']' || c == '}') && open > 0) {
      --open;
    }
  }
  return text.size();
}

// Builds the document as nlohmann's own reader does, except that a key given twice is refused: there, the
// last one wins in silence.
class document_builder {
 public:
  explicit document_builder(std::string_view text) : text_(text) {}

  nlohmann::json take() { return std::move(root_); }

  bool null() { return put(nullptr); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(nlohmann::json::number_integer_t value) { return put(value); }
  bool number_unsigned(nlohmann::json::number_unsigned_t value) { return put(value); }
  bool number_float(nlohmann::json::number_float_t value, const std::string&) { return put(value); }
  bool string(std::string& value) { return put(std::move(value)); }
  bool binary(nlohmann::json::binary_t& value) { return put(std::move(value)); }
  bool start_object(std::size_t) { return open(nlohmann::json::object()); }
  bool start_array(std::size_t) { return open(nlohmann::json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    const auto [member, fresh] = open_.back()->emplace(name, nullptr);
    names_.back() = std::move(name);
    if (!fresh) throw json::parse_error(place() + ": this key is there twice");
    member_ = &*member;
    return true;
  }

  // The reader says how much it has read; its own text may quote a token of any length, so only the reason
  // is kept.
  bool parse_error(std::size_t read, const std::string&, const nlohmann::json::exception& refusal) {
    std::size_t at = std::min(read - std::min<std::size_t>(read, 1), text_.size());
    while (at > 0 && at < text_.size() && in_word(text_[at]) && in_word(text_[at - 1])) --at;
    constexpr int too_large = 406;
    std::string_view reason = "the number is too large for a double";
    if (refusal.id != too_large) {
      reason = refusal.what();
      const std::size_t context = reason.find(" - ");
      reason = context == std::string_view::npos ? "this is no JSON" : reason.substr(context + 3);
      reason = reason.substr(0, reason.find("; last read: "));
    }
    throw json::parse_error(message(line_and_column(text_, at), reason));
  }

 private:
  static bool in_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' ||
           c == '-' || c == '.';
  }

  template <class Value>
  bool put(Value&& value) {
    place_for_next() = std::forward<Value>(value);
    return true;
  }

  bool open(nlohmann::json container) {
    nlohmann::json& here = place_for_next();
    here = std::move(container);
    open_.push_back(&here);
    names_.emplace_back();
    return true;
  }

  bool close() {
    open_.pop_back();
    names_.pop_back();
    return true;
  }

  nlohmann::json& place_for_next() {
    if (open_.empty()) return root_;
    if (open_.back()->is_object()) return *member_;
    open_.back()->push_back(nullptr);
    return open_.back()->back();
  }

  // Pointer to the member of the innermost object that is read now.
  std::string place() const {
    std::string pointer;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      pointer = open_[i]->is_array() ? child(pointer, open_[i]->size() - 1) : child(pointer, names_[i]);
    }
    return pointer;
  }

  std::string_view text_;
  nlohmann::json root_;
  std::vector<nlohmann::json*> open_;  // containers not closed yet; only the innermost one grows
  std::vector<std::string> names_;     // of each open object: the key whose value comes now
  nlohmann::json* member_ = nullptr;
};

}  // namespace detail

/// Reads one JSON document. Stricter than the standard asks: a key given twice, a number that no double
/// holds, "NaN" and bytes that are not UTF-8 are refused.
/// @throws parse_error when the text is no such document or is over a limit; one line, the place first.
/// @complexity O(text.size() log(longest object)) time; the stack it takes does not depend on the text.
/// @source RFC 8259.
inline nlohmann::json parse(std::string_view text, const parse_limits& limits = {}) {
  if (text.size() > limits.bytes) {
    throw parse_error(
        message("line 1, column 1: ", text.size(), " bytes of JSON are over the limit of ", limits.bytes));
  }
  // Versions of nlohmann/json differ in what they say of nothing at all.
  if (text.empty()) {
    throw parse_error("line 1, column 1: unexpected end of input; expected '[', '{', or a literal");
  }
  if (const std::size_t at = utf8_error(text); at < text.size()) {
    throw parse_error(message(detail::line_and_column(text, at), "byte ", at, " is not UTF-8"));
  }
  if (const std::size_t at = detail::too_deep(text, limits.depth); at < text.size()) {
    throw parse_error(message(detail::line_and_column(text, at), "arrays and objects are nested deeper than ",
                              limits.depth));
  }
  detail::document_builder builder(text);
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

}  // namespace shoal::json
