// SPDX-License-Identifier: BSL-1.0
/// @file What the demo prints: numbers, aligned columns and numbered parts with their elapsed time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace demo {

/// A number with so many digits behind the point.
inline std::string fixed(double value, int digits) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
  return buffer;
}

/// A chance that is close to 0 or 1: "0.9975", "3.8e-05".
inline std::string chance(double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, value > 0 && value < 1e-3 ? "%.1e" : "%.4g", value);
  return buffer;
}

/// "12,032".
inline std::string grouped(std::size_t value) {
  std::string out = std::to_string(value);
  for (std::size_t at = out.size(); at > 3;) out.insert(at -= 3, 1, ',');
  return out;
}

/// Prints a table; columns whose heading begins with '<' are aligned to the left.
inline void print_table(const std::vector<std::string>& columns,
                        const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> width(columns.size());
  const auto heading = [&](std::size_t c) {
    return columns[c].starts_with('<') ? columns[c].substr(1) : columns[c];
  };
  for (std::size_t c = 0; c < columns.size(); ++c) {
    width[c] = heading(c).size();
    for (const auto& row : rows) width[c] = std::max(width[c], row[c].size());
  }
  const auto print = [&](const auto& cell) {
    std::string line = "  ";
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const std::string text = cell(c);
      const std::string space(width[c] - text.size(), ' ');
      if (c > 0) line += "  ";
      line += columns[c].starts_with('<') ? text + space : space + text;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    std::puts(line.c_str());
  };
  print(heading);
  for (const auto& row : rows) print([&](std::size_t c) { return row[c]; });
}

/// Prints a paragraph, wrapped and indented.
/// @param hang  indent of its further lines.
inline void print_words(std::string_view words, std::size_t hang = 2) {
  constexpr std::size_t most = 100;
  std::size_t indent = 2;
  std::string line(indent, ' ');
  std::size_t at = 0;
  while (at < words.size()) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    if (line.size() + 1 + (end - at) > most && line.size() > indent) {
      std::puts(line.c_str());
      indent = hang;
      line.assign(indent, ' ');
    }
    if (line.size() > indent) line += ' ';
    line += words.substr(at, end - at);
    at = end + 1;
  }
  std::puts(line.c_str());
}

/// Prints the headings of the demo's parts, each with the seconds since the start.
class parts {
 public:
  void begin(std::string_view heading) {
    const std::chrono::duration<double> since = clock::now() - start_;
    std::printf("\n%d. %-84s %6.2f s\n", ++number_, std::string(heading).c_str(), since.count());
    std::fflush(stdout);
  }

 private:
  using clock = std::chrono::steady_clock;
  clock::time_point start_ = clock::now();
  int number_ = 0;
};

}  // namespace demo
