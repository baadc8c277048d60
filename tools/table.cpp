// SPDX-License-Identifier: BSL-1.0
#include "table.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "files.hpp"
#include "shoal/core/csv.hpp"
#include "shoal/core/utf8.hpp"

namespace shoal::tools {

namespace {

std::size_t width(const std::string& cell) {
  return static_cast<std::size_t>(
      std::count_if(cell.begin(), cell.end(), [](char c) { return !is_utf8_continuation(c); }));
}

}  // namespace

std::string brief(double value, int digits) {
  char buffer[32];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::general, digits).ptr;
  return std::string(buffer, end);
}

std::string table::text() const {
  const std::size_t columns = rows_.front().size();
  std::vector<std::size_t> widest(columns, 0);
  std::vector<bool> numbers(columns, true);
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      const std::string& cell = rows_[r][c];
      widest[c] = std::max(widest[c], width(cell));
      if (r > 0 && !cell.empty() && !finite_number(cell)) numbers[c] = false;
    }
  }
  std::string out;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t c = 0; c < columns; ++c) {
      const std::string padding(widest[c] - width(row[c]), ' ');
      line += c == 0 ? "" : "  ";
      line += numbers[c] ? padding + one_line(row[c]) : one_line(row[c]) + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

}  // namespace shoal::tools
