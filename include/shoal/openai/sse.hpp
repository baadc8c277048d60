// SPDX-License-Identifier: BSL-1.0
/// @file Server-sent events: a stream of bytes, cut anywhere, read event by event.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"

namespace shoal::openai {

/// An event that is longer than what is taken.
struct event_too_long : bad_input {
  using bad_input::bad_input;
};

/// Reads a stream of server-sent events. Lines end with LF, CR or both; comments, identifiers and retry times
/// are passed over; an event that its blank line has not ended is no event.
/// @source WHATWG HTML, 9.2 Server-sent events.
class event_reader {
 public:
  /// @param longest  bytes of an event.
  explicit event_reader(std::size_t longest = std::size_t{16} << 20U) : longest_(longest) {}

  /// Takes bytes and calls `see(name, data)` for each event that they complete. The name is empty where the
  /// server gives none. Bytes of the line `error: ...`, which llama-server has sent, are an event of that
  /// name.
  /// @throws event_too_long; whatever `see` throws. Nothing more can be read then.
  /// @complexity O(bytes.size()) over all calls.
  template <class See>
  void take(std::string_view bytes, See&& see) {
    while (!bytes.empty()) {
      if (std::exchange(after_cr_, false) && bytes[0] == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
      std::size_t end = 0;
      while (end < bytes.size() && bytes[end] != '\n' && bytes[end] != '\r') ++end;
      if (line_.size() + data_.size() + end > longest_) {
        throw event_too_long(message("an event is longer than ", longest_, " bytes"));
      }
      if (end == bytes.size()) {
        line_ += bytes;
        return;
      }
      if (line_.empty()) {
        end_line(bytes.substr(0, end), see);
      } else {
        line_ += bytes.substr(0, end);
        end_line(line_, see);
        line_.clear();
      }
      after_cr_ = bytes[end] == '\r';
      bytes.remove_prefix(end + 1);
    }
  }

  /// True when bytes of an event that has not ended are left.
  bool in_event() const { return !line_.empty() || has_data_; }

 private:
  template <class See>
  void end_line(std::string_view line, See&& see) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    if (std::exchange(first_line_, false) && line.starts_with(mark)) line.remove_prefix(mark.size());
    if (line.empty()) {
      has_data_ = false;
      if (!data_.empty()) see(std::string_view(name_), std::string_view(data_));
      name_.clear();
      data_.clear();
      return;
    }
    const std::size_t colon = line.find(':');
    const std::string_view field = line.substr(0, colon);
    std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "data" || field == "error") {
      if (has_data_) data_ += '\n';
      data_ += value;
      has_data_ = true;
      if (field == "error") name_ = field;
    } else if (field == "event") {
      name_ = value;
    }
  }

  std::size_t longest_;
  std::string line_{};
  std::string data_{};
  std::string name_{};
  bool has_data_ = false;
  bool after_cr_ = false;
  bool first_line_ = true;
};

}  // namespace shoal::openai
