// SPDX-License-Identifier: BSL-1.0
/// @file Cutting a task's text into named parts that give it back when put together.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/utf8.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/task/graph.hpp"
#include "shoal/task/task.hpp"

namespace shoal::decompose {

/// Refuses text that is not UTF-8.
/// @throws invalid_task  naming the offset of the first bad byte.
inline void require_utf8(std::string_view text) {
  const std::size_t at = utf8_error(text);
  if (at < text.size()) throw invalid_task(message("task: its text is not UTF-8 at byte ", at));
}

/// Independent subtasks, one for each piece of the text: "part-1", "part-2", ... An empty text gives an empty
/// graph. This is what a decomposer of one's own needs besides the rule that finds the cuts.
/// @param cuts  offsets in bytes at which a new part begins: ascending, inside the text, before a character.
/// @throws invalid_task when the text is not UTF-8; invalid_argument when a cut is no such offset.
/// @complexity O(text.size() + cuts.size()).
template <class = when_used>
task_graph cut_at(const task& whole, const std::vector<std::size_t>& cuts,
                  std::string_view prefix = "part-") {
  const std::string_view text = whole.text;
  require_utf8(text);
  task_graph parts;
  if (text.empty() && cuts.empty()) return parts;
  std::size_t from = 0;
  const auto add = [&](std::size_t to) {
    parts.add({.name = message(prefix, parts.size() + 1),
               .input = std::string(text.substr(from, to - from)),
               .instruction = whole.instruction});
    from = to;
  };
  for (const std::size_t cut : cuts) {
    if (cut <= from || cut >= text.size()) {
      throw invalid_argument(
          message("cut at byte ", cut, ": not between ", from, " and ", text.size(), ", both left out"));
    }
    if (is_utf8_continuation(text[cut])) {
      throw invalid_argument(message("cut at byte ", cut, ": it is inside a character"));
    }
    add(cut);
  }
  add(text.size());
  return parts;
}

}  // namespace shoal::decompose
