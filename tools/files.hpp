// SPDX-License-Identifier: BSL-1.0
/// @file Input and output of the command.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "shoal/core/error.hpp"
#include "shoal/json/parse.hpp"
#include "shoal/json/write_swarm.hpp"

namespace shoal::tools {

/// Bad usage or bad input; the text is the one line that is printed.
struct refusal : error {
  using error::error;
};

/// The longest CSV that is read.
inline constexpr std::size_t csv_bytes = std::size_t{1} << 30U;

/// A file's name in messages: `-` is standard input.
std::string name_of_file(const std::string& path);

/// The whole text of a file; `-` is standard input, which can be read once.
/// @throws refusal when it cannot be read or is longer than `limit`.
std::string read_file(const std::string& path, std::size_t limit);

/// What `read` makes of a file's text; what it refuses is refused with the file's name before it.
template <class Read>
auto read_with(const std::string& path, std::size_t limit, const Read& read) {
  const std::string text = read_file(path, limit);
  try {
    return read(std::string_view(text));
  } catch (const bad_input& e) {
    throw refusal(name_of_file(path) + ": " + e.what());
  }
}

/// The same for JSON.
template <class Read>
auto read_json_with(const std::string& path, const Read& read) {
  return read_with(path, json::parse_limits{}.bytes,
                   [&](std::string_view text) { return read(json::parse(text)); });
}

/// Writes a file anew.
/// @throws refusal when it cannot be written.
void write_file(const std::string& path, std::string_view text);

/// Writes a file such that whoever reads it meanwhile sees the old text or the new one, whole: beside it,
/// then renamed. What is no regular file (a pipe, a terminal) is written as it is.
/// @throws refusal when it cannot be written.
void write_file_at_once(const std::string& path, std::string_view text);

/// Writes to standard output.
void print(std::string_view text);

/// Writes a document and a line feed to standard output.
void print_json(const json::ordered& document);

/// Sees to it that all output is out.
/// @throws refusal when it could not be written.
void flush_output();

/// Writes one line to standard error, shortened where it is very long.
void complain(std::string_view text);

/// Writes a document on one line to standard error, whole.
void log_json(const json::ordered& document);

/// `text` without control characters, which could make up a second line or move a terminal's cursor.
std::string one_line(std::string_view text);

}  // namespace shoal::tools
