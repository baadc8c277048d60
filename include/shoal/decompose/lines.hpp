// SPDX-License-Identifier: BSL-1.0
/// @file Decomposition by line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/decompose/characters.hpp"
#include "shoal/decompose/cut.hpp"
#include "shoal/decompose/decomposer.hpp"

namespace shoal::decompose {

/// Every `per_part` lines a part. A blank line (nothing but white space) does not count: it stays with the
/// line before it, those at the very beginning with the first one. Lines end with LF, CR LF or CR; the last
/// one need not.
/// @throws invalid_task when the text is not UTF-8; invalid_argument when per_part is 0.
/// @complexity O(text.size()).
struct lines {
  std::size_t per_part = 1;      ///< lines of a part, >= 1
  std::string prefix = "part-";  ///< names are prefix + 1, 2, ...

  template <class = when_used>
  task_graph operator()(const task& whole) const {
    if (per_part == 0) throw invalid_argument("lines: per_part 0 is not >= 1");
    require_utf8(whole.text);
    const std::string_view text = whole.text;
    std::vector<std::size_t> cuts;
    std::size_t seen = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = detail::next_line(text, at);
      if (!detail::is_blank(text.substr(at, end - at))) {
        if (seen > 0 && seen % per_part == 0) cuts.push_back(at);
        ++seen;
      }
      at = end;
    }
    return cut_at(whole, cuts, prefix);
  }
};

}  // namespace shoal::decompose
