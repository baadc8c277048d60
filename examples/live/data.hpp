// SPDX-License-Identifier: BSL-1.0
/// @file What the live examples share: the folder's models, its sentences, and a table of who is right how
/// often.
#pragma once

#include <cstddef>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "shoal/core/error.hpp"

namespace live {

/// The rows of a file, cut at tabs; at most `most`.
inline std::vector<std::vector<std::string>> rows(const std::string& path, std::size_t most) {
  std::ifstream stream(path);
  if (!stream) throw shoal::bad_input(path + " cannot be read");
  std::vector<std::vector<std::string>> out;
  for (std::string line; out.size() < most && std::getline(stream, line);) {
    std::vector<std::string> fields;
    std::istringstream cut(line);
    for (std::string field; std::getline(cut, field, '\t');) fields.push_back(field);
    out.push_back(fields);
  }
  return out;
}

/// Right answers of one contender.
struct tally {
  std::string name{};
  std::size_t right = 0;
  std::size_t asked = 0;

  void count(bool is_right) {
    ++asked;
    right += is_right ? 1 : 0;
  }
  double share() const { return asked == 0 ? 0 : static_cast<double>(right) / static_cast<double>(asked); }
};

inline void print(const std::vector<tally>& contenders) {
  for (const tally& t : contenders)
    std::printf("  %-34s %5.1f %% of %zu\n", t.name.c_str(), 100 * t.share(), t.asked);
}

}  // namespace live
