// SPDX-License-Identifier: BSL-1.0
/// @file Files of `shoal aggregate`: answers, weights of the workers, and known answers.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "shoal/task/answer.hpp"
#include "shoal/task/crowd.hpp"

namespace shoal::tools {

/// All that is known before anything is aggregated. Items are numbered as in `crowd`.
template <class Value>
struct question {
  shoal::crowd crowd{};
  std::vector<std::vector<answer<Value>>> answers{};  ///< of each item
  std::vector<std::vector<std::size_t>> workers{};    ///< who gave each of them
  std::vector<std::optional<Value>> gold{};           ///< of each item
};

/// Labels as they stand in the file, and the known answer of each item.
struct crowd_and_gold {
  shoal::crowd answers{};
  std::vector<std::optional<std::string>> gold{};  ///< empty without gold
};

/// Reads the files; `gold` may be empty.
/// @throws refusal which names the file, the line and what is wrong.
crowd_and_gold read_crowd_and_gold(const std::string& answers, const std::string& gold);

/// Reads the files; `weights` and `gold` may be empty. Without weights all are 1. Texts stand in the column
/// `text` where there is one, and else in `label`.
/// @throws refusal which names the file, the line and what is wrong.
template <class Value>
question<Value> read_question(const std::string& answers, const std::string& weights,
                              const std::string& gold);

}  // namespace shoal::tools
