// SPDX-License-Identifier: BSL-1.0
/// @file Cursor: a value in a JSON document that knows its place, and refuses what does not belong there.
#pragma once

#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/json/pointer.hpp"

namespace shoal::json {

/// A value in a document that was refused; one line that begins with its JSON pointer:
/// `/models/3/failure_probability: 1.5 is not in [0, 1]`.
struct value_error : bad_input {
  value_error(std::string at, std::string_view reason)
      : bad_input(message(at, at.empty() ? "" : ": ", reason)), pointer(std::move(at)) {}
  std::string pointer;  ///< empty for the whole document
};

/// How an error shows a value: numbers and short strings as they are, arrays and objects by their kind.
inline std::string shown(const nlohmann::json& value) {
  if (value.is_string()) return quoted(value.get_ref<const std::string&>());
  if (value.is_number_float()) return to_text(value.get<double>());
  if (value.is_array()) return "an array";
  if (value.is_object()) return "an object";
  return value.dump();
}

/// A value and the JSON pointer to it. The document must outlive its cursors. Whatever asks for a kind or a
/// range throws `value_error` when the value has another.
class cursor {
 public:
  explicit cursor(const nlohmann::json& document, std::string pointer = {})
      : value_(&document), pointer_(std::move(pointer)) {}

  const nlohmann::json& value() const { return *value_; }
  const std::string& pointer() const { return pointer_; }

  /// Throws `value_error` with this place: `refuse("13 entries, but there are 14 subtasks")`.
  [[noreturn]] void refuse(std::string_view reason) const { throw value_error(pointer_, reason); }

  /// Throws `value_error` with this place and value: `refuse_not("in [0, 1]")`.
  [[noreturn]] void refuse_not(std::string_view wanted) const {
    refuse(message(shown(*value_), " is not ", wanted));
  }

  /// Elements of an array.
  std::size_t size() const {
    if (!value_->is_array()) refuse_not("an array");
    return value_->size();
  }
  /// Element of an array, `i` < `size()`.
  cursor operator[](std::size_t i) const { return cursor((*value_)[i], child(pointer_, i)); }

  /// Member of an object; empty when there is none.
  std::optional<cursor> find(std::string_view key) const {
    if (!value_->is_object()) refuse_not("an object");
    const auto member = value_->find(std::string(key));
    if (member == value_->end()) return std::nullopt;
    return cursor(*member, child(pointer_, key));
  }
  /// Member of an object, which must be there.
  cursor at(std::string_view key) const {
    auto member = find(key);
    if (!member) throw value_error(child(pointer_, key), "missing");
    return *std::move(member);
  }
  /// Refuses members of an object whose keys are neither among these nor begin with '_'.
  void only(std::initializer_list<std::string_view> keys,
            std::span<const std::string_view> more_keys = {}) const {
    if (!value_->is_object()) refuse_not("an object");
    for (const auto& [key, member] : value_->items()) {
      if (key.starts_with('_')) continue;
      bool known = false;
      for (const std::string_view k : keys) known = known || key == k;
      for (const std::string_view k : more_keys) known = known || key == k;
      if (known) continue;
      std::string reason = "unknown key; known are";
      const char* separator = " ";
      for (const std::string_view k : keys) reason.append(std::exchange(separator, ", ")).append(k);
      for (const std::string_view k : more_keys) reason.append(std::exchange(separator, ", ")).append(k);
      throw value_error(child(pointer_, key), reason);
    }
  }

  /// A finite number.
  double number() const {
    if (!value_->is_number() || !std::isfinite(value_->get<double>())) refuse_not("a finite number");
    return value_->get<double>();
  }
  /// A finite number >= 0.
  double amount() const {
    if (!value_->is_number() || !(value_->get<double>() >= 0) || std::isinf(value_->get<double>())) {
      refuse_not("a finite number >= 0");
    }
    return value_->get<double>();
  }
  /// A number in [0, 1].
  double share() const {
    if (!value_->is_number() || !(value_->get<double>() >= 0 && value_->get<double>() <= 1)) {
      refuse_not("in [0, 1]");
    }
    return value_->get<double>();
  }
  /// A whole number from `least` to 2^53, the largest that survives programs whose numbers are doubles.
  std::size_t whole(std::size_t least) const {
    constexpr double largest = 0x1p53;
    const double number = value_->is_number() ? value_->get<double>() : -1;
    if (!(number >= static_cast<double>(least) && number <= largest) || number != std::floor(number)) {
      refuse_not(message("a whole number >= ", least));
    }
    return static_cast<std::size_t>(number);
  }
  /// true or false.
  bool boolean() const {
    if (!value_->is_boolean()) refuse_not("true or false");
    return value_->get<bool>();
  }
  /// A string.
  const std::string& text() const {
    if (!value_->is_string()) refuse_not("a string");
    return value_->get_ref<const std::string&>();
  }
  /// A string that is not empty.
  const std::string& name() const {
    if (text().empty()) refuse("the name is empty");
    return text();
  }
  /// A string that is one of `words`; returns its place among them.
  std::size_t one_of(std::initializer_list<std::string_view> words) const {
    std::size_t at = 0;
    std::string list;
    for (const std::string_view word : words) {
      if (value_->is_string() && value_->get_ref<const std::string&>() == word) return at;
      list.append(at++ == 0 ? "" : ", ").append(word);
    }
    refuse_not("one of " + list);
  }

 private:
  const nlohmann::json* value_;
  std::string pointer_;
};

}  // namespace shoal::json
