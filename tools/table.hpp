// SPDX-License-Identifier: BSL-1.0
/// @file Tables for people.
#pragma once

#include <string>
#include <vector>

namespace shoal::tools {

/// A number as a person reads it, with so many significant digits. What is read back by programs (JSON, CSV)
/// carries every digit instead.
std::string brief(double value, int digits = 6);

/// Rows of cells under a header. Columns of numbers are flush right, all others flush left.
class table {
 public:
  explicit table(std::vector<std::string> header) : rows_{std::move(header)} {}

  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  /// The table as text, a line feed behind each row.
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace shoal::tools
