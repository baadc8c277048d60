// SPDX-License-Identifier: BSL-1.0
/// @file Decomposition into parts that the user gives.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/utf8.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/decompose/cut.hpp"
#include "shoal/decompose/decomposer.hpp"
#include "shoal/task/graph.hpp"
#include "shoal/task/subtask.hpp"

namespace shoal::decompose {

/// The user's own parts and the data that flows between them. A part without a name is called prefix + its
/// number, one without an instruction gets the task's. The inputs put together must be the task's text, byte
/// for byte; a part with an empty input is a join. Where the task has no text the parts bring their own
/// inputs, or stand for kinds of requests (`count`), and are taken as they are.
/// @throws invalid_task when an input is not UTF-8, or the inputs are not the text; invalid_graph when a name
/// is taken, or an edge closes a cycle or leads nowhere.
/// @complexity O(text.size() + parts + edges).
struct given {
  std::vector<subtask> parts{};
  std::vector<data_edge> edges{};
  std::string prefix = "part-";

  template <class = when_used>
  task_graph operator()(const task& whole) const {
    require_utf8(whole.text);
    const std::string_view text = whole.text;
    task_graph graph;
    std::size_t at = 0;
    for (std::size_t k = 0; k < parts.size(); ++k) {
      subtask part = parts[k];
      if (part.name.empty()) part.name = message(prefix, k + 1);
      if (part.instruction.empty()) part.instruction = whole.instruction;
      if (const std::size_t bad = utf8_error(part.input); bad < part.input.size()) {
        throw invalid_task(
            message("part ", k, " ", quoted(part.name), ": its input is not UTF-8 at byte ", bad));
      }
      if (!text.empty()) {
        if (text.substr(at, part.input.size()) != part.input) {
          throw invalid_task(message("part ", k, " ", quoted(part.name), ": its input ", quoted(part.input),
                                     " is not the text from byte ", at, " on, ", quoted(text.substr(at))));
        }
        at += part.input.size();
      }
      graph.add(part);
    }
    if (at < text.size()) {
      throw invalid_task(
          message("the text from byte ", at, " on, ", quoted(text.substr(at)), ", is in no part"));
    }
    for (const data_edge& edge : edges) graph.connect(edge.from, edge.to, edge.volume_mb);
    graph.topological_order();
    return graph;
  }
};

}  // namespace shoal::decompose
