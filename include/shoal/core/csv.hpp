// SPDX-License-Identifier: BSL-1.0
/// @file CSV: records of comma-separated fields, read strictly, and fields written so that they read back.
#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/utf8.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal {

/// CSV that was refused; one line that begins with the place: `line 7: "soon" is not a finite number`.
struct csv_error : bad_input {
  csv_error(std::size_t at, std::string_view what) : bad_input(message("line ", at, ": ", what)), line(at) {}
  std::size_t line;  ///< counted from 1
};

/// What some programs put before UTF-8 text.
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// The number that a text spells: decimal or scientific, finite, nothing around it.
template <class = when_used>
std::optional<double> finite_number(std::string_view text) {
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = failed == std::errc{} && end == text.data() + text.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// Records of a CSV text, one after the other. Lines end in LF or CRLF, a byte order mark at the start and
/// blank lines are skipped. Stricter than most: a quote inside a field that did not begin with one, text
/// behind a closing quote, a quote that is never closed and bytes that are not UTF-8 are refused.
/// @complexity O(text) in all; a field is copied only when it holds a doubled quote.
/// @source RFC 4180.
class csv_reader {
 public:
  /// `text` must outlive the reader.
  explicit csv_reader(std::string_view text) : text_(text) {
    if (text_.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
  }
  csv_reader(const csv_reader&) = delete;
  csv_reader& operator=(const csv_reader&) = delete;

  /// Reads the next record into `fields`; false when there is none. The fields live until the next call.
  /// @throws csv_error
  template <class = when_used>
  bool next(std::vector<std::string_view>& fields) {
    fields.clear();
    unescaped_.clear();
    while (at_ < text_.size() && end_of_line()) take_end_of_line();
    if (at_ == text_.size()) return false;
    line_ = next_line_;
    const std::size_t start = at_;
    bytes_seen_ = 0;
    for (;;) {
      fields.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted_field() : plain_field());
      if (at_ == text_.size() || text_[at_] != ',') break;
      ++at_;
    }
    if ((bytes_seen_ & 0x80U) != 0) refuse_bad_utf8(text_.substr(start, at_ - start));
    if (at_ < text_.size()) take_end_of_line();
    return true;
  }

  /// Line on which the record that was read last begins, counted from 1.
  std::size_t line() const { return line_; }

 private:
  bool end_of_line() const {
    return text_[at_] == '\n' || (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n');
  }

  void take_end_of_line() {
    at_ += text_[at_] == '\r' ? 2U : 1U;
    ++next_line_;
  }

  std::string_view plain_field() {
    const char* const start = text_.data() + at_;
    const char* const end = text_.data() + text_.size();
    const char* at = start;
    unsigned seen = 0;
    for (; at != end; ++at) {
      const char c = *at;
      // Most bytes are no mark: one comparison tells them.
      if (static_cast<unsigned char>(c) > ',') {
        seen |= static_cast<unsigned char>(c);
        continue;
      }
      if (c == ',' || c == '\n') break;
      at_ = static_cast<std::size_t>(at - text_.data());
      if (c == '\r') {
        if (end_of_line()) break;
        throw csv_error(next_line_, "a carriage return without a line feed behind it");
      }
      if (c == '"') throw csv_error(next_line_, "a quote inside a field that does not begin with one");
    }
    bytes_seen_ |= seen;
    at_ = static_cast<std::size_t>(at - text_.data());
    return {start, static_cast<std::size_t>(at - start)};
  }

  template <class = when_used>
  std::string_view quoted_field() {
    const std::size_t opened_on = next_line_;
    const std::size_t start = ++at_;
    bool doubled = false;
    for (;; ++at_) {
      if (at_ == text_.size()) throw csv_error(opened_on, "a quote is opened and never closed");
      const char c = text_[at_];
      bytes_seen_ |= static_cast<unsigned char>(c);
      if (c == '\n') ++next_line_;
      if (c != '"') continue;
      if (at_ + 1 == text_.size() || text_[at_ + 1] != '"') break;
      doubled = true;
      ++at_;
    }
    const std::string_view inside = text_.substr(start, at_ - start);
    ++at_;
    if (at_ < text_.size() && text_[at_] != ',' && !end_of_line()) {
      throw csv_error(next_line_, "text behind a closing quote");
    }
    if (!doubled) return inside;
    std::string& copy = unescaped_.emplace_back();
    copy.reserve(inside.size());
    for (std::size_t i = 0; i < inside.size(); ++i) {
      copy += inside[i];
      if (inside[i] == '"') ++i;
    }
    return copy;
  }

  void refuse_bad_utf8(std::string_view record) const {
    const std::size_t wrong = utf8_error(record);
    if (wrong == record.size()) return;
    std::size_t line = line_;
    for (const char c : record.substr(0, wrong)) line += c == '\n' ? 1U : 0U;
    throw csv_error(line, "bytes that are not UTF-8");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 0;
  std::size_t next_line_ = 1;
  unsigned bytes_seen_ = 0;            // all bytes of the record in one: ASCII needs no further check
  std::deque<std::string> unescaped_;  // fields that held doubled quotes; a deque, since views point into it
};

/// Rows of a CSV text whose first record is a header. Columns are asked for by name and may stand in any
/// order; columns that nobody asked for are skipped.
class csv_table {
 public:
  /// Reads the header.
  /// @param required  columns that must be there; they are numbered 0, 1, ...
  /// @param optional  columns that may be there, numbered behind the required ones.
  /// @throws csv_error when the text is empty, or one of these columns is missing or there twice.
  template <class = when_used>
  csv_table(std::string_view text, const std::vector<std::string>& required,
            const std::vector<std::string>& optional = {})
      : reader_(text), names_(required) {
    for (const std::string& name : optional) names_.push_back(name);
    if (!reader_.next(fields_)) throw csv_error(1, "the header is missing");
    width_ = fields_.size();
    for (std::size_t column = 0; column < names_.size(); ++column) {
      std::size_t at = absent;
      for (std::size_t i = 0; i < width_; ++i) {
        if (fields_[i] != names_[column]) continue;
        if (at != absent) throw csv_error(reader_.line(), "the header has " + quoted(fields_[i]) + " twice");
        at = i;
      }
      if (at == absent && column < required.size()) {
        throw csv_error(reader_.line(), "the header has no column " + quoted(names_[column]));
      }
      at_.push_back(at);
    }
  }

  /// Moves to the next row; false when there is none.
  /// @throws csv_error when it is malformed or has more or fewer fields than the header.
  template <class = when_used>
  bool next() {
    if (!reader_.next(fields_)) return false;
    if (fields_.size() != width_) {
      throw csv_error(reader_.line(), message(fields_.size(), fields_.size() == 1 ? " field" : " fields",
                                              ", but the header has ", width_));
    }
    return true;
  }

  /// True when the text has that column.
  bool has(std::size_t column) const { return at_[column] != absent; }

  /// Field of the current row in a column that is there; it lives until `next`.
  std::string_view operator[](std::size_t column) const { return fields_[at_[column]]; }

  /// That field, which must not be empty.
  /// @throws csv_error  `line 7: worker is empty`.
  std::string_view text(std::size_t column) const {
    const std::string_view field = (*this)[column];
    if (field.empty()) throw csv_error(line(), names_[column] + " is empty");
    return field;
  }

  /// That field as a number; see `finite_number`.
  /// @throws csv_error  `line 7: time "soon" is not a finite number`.
  double number(std::size_t column) const {
    const auto value = finite_number((*this)[column]);
    if (!value) {
      throw csv_error(line(),
                      message(names_[column], " ", quoted((*this)[column]), " is not a finite number"));
    }
    return *value;
  }

  /// Line on which the current row begins, counted from 1.
  std::size_t line() const { return reader_.line(); }

 private:
  static constexpr std::size_t absent = std::numeric_limits<std::size_t>::max();

  csv_reader reader_;
  std::vector<std::string> names_;
  std::vector<std::size_t> at_;  // of each name: its place in a record, or `absent`
  std::vector<std::string_view> fields_;
  std::size_t width_ = 0;
};

/// `text` as one field of a record: in quotes where it must be.
template <class = when_used>
std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos && !text.starts_with(byte_order_mark)) {
    return std::string(text);
  }
  std::string out = "\"";
  for (const char c : text) {
    out += c;
    if (c == '"') out += c;
  }
  return out + '"';
}

}  // namespace shoal
