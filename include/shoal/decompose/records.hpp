// SPDX-License-Identifier: BSL-1.0
/// @file Decomposition by record: text between separators.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/utf8.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/decompose/characters.hpp"
#include "shoal/decompose/cut.hpp"
#include "shoal/decompose/decomposer.hpp"

namespace shoal::decompose {

/// Every `per_part` records a part; a record ends with the separator, the last one may end with the text. A
/// record of nothing but white space does not count: it stays with the record before it, those at the very
/// beginning with the first one. A separator inside quotes is a separator: CSV whose fields hold line breaks
/// wants a separator that they do not hold.
/// @throws invalid_task when the text is not UTF-8; invalid_argument when the separator is empty or not
/// UTF-8, or per_part is 0.
/// @complexity O(text.size()) for separators of ordinary length.
struct records {
  std::string separator = "\n";  ///< UTF-8, not empty
  std::size_t per_part = 1;      ///< records of a part, >= 1
  std::string prefix = "part-";  ///< names are prefix + 1, 2, ...

  template <class = when_used>
  task_graph operator()(const task& whole) const {
    if (separator.empty()) throw invalid_argument("records: the separator is empty");
    if (const std::size_t at = utf8_error(separator); at < separator.size()) {
      throw invalid_argument(message("records: the separator is not UTF-8 at byte ", at));
    }
    if (per_part == 0) throw invalid_argument("records: per_part 0 is not >= 1");
    require_utf8(whole.text);
    const std::string_view text = whole.text;
    std::vector<std::size_t> cuts;
    std::size_t seen = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find(separator, at), text.size());
      if (!detail::is_blank(text.substr(at, end - at))) {
        if (seen > 0 && seen % per_part == 0) cuts.push_back(at);
        ++seen;
      }
      at = end + std::min(separator.size(), text.size() - end);
    }
    return cut_at(whole, cuts, prefix);
  }
};

}  // namespace shoal::decompose
