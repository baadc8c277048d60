// SPDX-License-Identifier: BSL-1.0
/// @file Decomposition into chunks of nearly equal length.
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

/// `count` chunks whose lengths in characters (code points) differ by at most one, but for this: a cut moves
/// to the nearest beginning of a word when one is within `slack` of a chunk's length, the earlier one on a
/// tie. With slack 0 the lengths are exact. A text of fewer characters than `count` gives one part for each.
/// @throws invalid_task when the text is not UTF-8; invalid_argument when count or slack is out of range.
/// @complexity O(text.size()).
struct equal_chunks {
  std::size_t count = 1;         ///< parts, >= 1
  double slack = 0.25;           ///< how far a cut may move, in chunks, [0, 0.5)
  std::string prefix = "part-";  ///< names are prefix + 1, 2, ...

  template <class = when_used>
  task_graph operator()(const task& whole) const {
    if (count == 0) throw invalid_argument("equal_chunks: count 0 is not >= 1");
    if (!(slack >= 0 && slack < 0.5)) {
      throw invalid_argument(message("equal_chunks: slack ", slack, " is not in [0, 0.5)"));
    }
    require_utf8(whole.text);
    const std::string_view text = whole.text;
    const auto characters = static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return !is_utf8_continuation(c); }));
    const std::size_t parts = std::min(count, characters);
    std::vector<std::size_t> cuts;
    if (parts < 2) return cut_at(whole, cuts, prefix);
    const std::size_t length = characters / parts;
    const std::size_t longer = characters % parts;  // so many chunks, the first ones, have one character more
    const auto reach = static_cast<std::size_t>(slack * static_cast<double>(length));
    std::size_t at = 0;
    for (std::size_t part = 0; part + 1 < parts; ++part) {
      at = forward(text, at, part < longer ? length + 1 : length);
      cuts.push_back(nearest_word(text, at, reach));
    }
    return cut_at(whole, cuts, prefix);
  }

 private:
  static std::size_t forward(std::string_view text, std::size_t at, std::size_t characters) {
    for (; characters > 0; --characters) {
      ++at;
      while (at < text.size() && is_utf8_continuation(text[at])) ++at;
    }
    return at;
  }

  static bool begins_word(std::string_view text, std::size_t at) {
    return detail::is_space(detail::character_before(text, at).code) &&
           !detail::is_space(detail::character_at(text, at).code);
  }

  // `reach` is under half a chunk, so that neither side leaves the text.
  static std::size_t nearest_word(std::string_view text, std::size_t at, std::size_t reach) {
    std::size_t before = at;
    std::size_t after = at;
    for (std::size_t distance = 0; distance <= reach; ++distance) {
      if (begins_word(text, before)) return before;
      if (begins_word(text, after)) return after;
      before = utf8_floor(text, before - 1);
      after = forward(text, after, 1);
    }
    return at;
  }
};

}  // namespace shoal::decompose
