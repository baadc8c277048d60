// SPDX-License-Identifier: BSL-1.0
/// @file Map-reduce: any decomposer's parts, and a subtask that joins their answers.
#pragma once

#include <cstddef>
#include <string>

#include "shoal/core/message.hpp"
#include "shoal/decompose/decomposer.hpp"
#include "shoal/decompose/paragraphs.hpp"
#include "shoal/task/graph.hpp"

namespace shoal::decompose {

/// The parts of `inner`, and one more subtask, the last, that uses the answer of every part whose answer no
/// other part uses. Its input is empty; its instruction says what to do with the answers, and then what the
/// task was. A text of one part gets its join too, so that the shape does not depend on the text; an empty
/// text has none.
///
/// `map_reduce{paragraphs{}}`, `map_reduce<lines>{.inner = {.per_part = 10}, .name = "summary"}`.
/// @throws what `inner` throws; invalid_graph when a part is called `name`, or volume_mb is out of range.
/// @complexity O(parts + edges) besides `inner`.
template <decomposer Inner = paragraphs>
struct map_reduce {
  Inner inner{};
  std::string name = "join";  ///< of the subtask that joins
  std::string instruction =
      "Join the answers to the parts, in their order, into one answer to the whole task.";
  double volume_mb = 0;  ///< size of each answer that the join uses, megabytes, >= 0

  task_graph operator()(const task& whole) const {
    task_graph graph = inner(whole);
    const std::size_t parts = graph.size();
    if (parts == 0) return graph;
    std::string what = instruction;
    if (!whole.instruction.empty()) what += message("\n\nThe task was: ", whole.instruction);
    const std::size_t join = graph.add({.name = name, .instruction = what});
    for (std::size_t k = 0; k < parts; ++k) {
      if (graph.feeds(k).empty()) graph.connect(k, join, volume_mb);
    }
    return graph;
  }
};
template <class Inner, class... Rest>
map_reduce(Inner, Rest...) -> map_reduce<Inner>;

}  // namespace shoal::decompose
