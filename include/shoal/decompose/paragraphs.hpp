// SPDX-License-Identifier: BSL-1.0
/// @file Decomposition by paragraph.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/when_used.hpp"
#include "shoal/decompose/characters.hpp"
#include "shoal/decompose/cut.hpp"
#include "shoal/decompose/decomposer.hpp"

namespace shoal::decompose {

namespace detail {

template <class = when_used>
std::vector<std::size_t> paragraph_cuts(std::string_view text) {
  std::vector<std::size_t> cuts;
  bool written = false;  // something but white space came before
  bool apart = false;    // and a blank line after it
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = next_line(text, at);
    const bool blank = is_blank(text.substr(at, end - at));
    if (!blank && apart) cuts.push_back(at);
    apart = blank && written;
    written = written || !blank;
    at = end;
  }
  return cuts;
}

}  // namespace detail

/// One part for each paragraph: lines up to a blank one (nothing but white space). Blank lines stay with the
/// paragraph before them, those at the very beginning with the first one; text that is all white space is one
/// part. Lines end with LF, CR LF or CR.
/// @throws invalid_task when the text is not UTF-8.
/// @complexity O(text.size()).
struct paragraphs {
  std::string prefix = "part-";  ///< names are prefix + 1, 2, ...

  template <class = when_used>
  task_graph operator()(const task& whole) const {
    require_utf8(whole.text);
    return cut_at(whole, detail::paragraph_cuts(whole.text), prefix);
  }
};

}  // namespace shoal::decompose
