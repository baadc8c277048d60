// SPDX-License-Identifier: BSL-1.0
/// @file Few parts out of many: neighbours grouped.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/decompose/cut.hpp"
#include "shoal/decompose/decomposer.hpp"
#include "shoal/decompose/sentences.hpp"
#include "shoal/task/graph.hpp"

namespace shoal::decompose {

/// At most `count` parts, each made of neighbouring parts of `inner` and never of half a one, such that the
/// longest in bytes is as short as can be; among such groupings, each group but the last takes all that fits.
/// Only the inputs of inner's parts are kept.
///
/// `at_most{sentences{}, 8}`.
/// @throws what `inner` throws; invalid_argument when count is 0, or inner's parts use each other's answers
/// or are not the text.
/// @complexity O(parts log(text.size())) besides `inner`.
template <decomposer Inner = sentences>
struct at_most {
  Inner inner{};
  std::size_t count = 1;         ///< parts, >= 1
  std::string prefix = "part-";  ///< names are prefix + 1, 2, ...

  task_graph operator()(const task& whole) const {
    if (count == 0) throw invalid_argument("at_most: count 0 is not >= 1");
    const task_graph fine = inner(whole);
    if (!fine.edges().empty()) {
      const data_edge& edge = fine.edges().front();
      throw invalid_argument(message("at_most: part ", quoted(fine[edge.to].name), " uses the answer of ",
                                     quoted(fine[edge.from].name),
                                     "; only independent parts can be grouped"));
    }
    std::size_t low = 0;
    std::size_t high = 0;
    for (const subtask& part : fine.subtasks()) {
      low = std::max(low, part.input.size());
      high += part.input.size();
    }
    if (high != whole.text.size()) {
      throw invalid_argument(message("at_most: the inputs of the parts to group are ", high,
                                     " bytes, the text is ", whole.text.size()));
    }
    while (low < high) {  // the least length for which `count` groups do
      const std::size_t middle = low + (high - low) / 2;
      if (cuts(fine, middle).size() < count) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return cut_at(whole, cuts(fine, low), prefix);
  }

 private:
  // Where groups of at most `longest` bytes begin, the first one left out.
  static std::vector<std::size_t> cuts(const task_graph& fine, std::size_t longest) {
    std::vector<std::size_t> begins;
    std::size_t at = 0;
    std::size_t begin = 0;
    for (const subtask& part : fine.subtasks()) {
      if (at > begin && at + part.input.size() - begin > longest) {
        begins.push_back(at);
        begin = at;
      }
      at += part.input.size();
    }
    return begins;
  }
};
template <class Inner, class... Rest>
at_most(Inner, Rest...) -> at_most<Inner>;

}  // namespace shoal::decompose
