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

/// Reads the files; `weights` and `gold` may be empty. Without weights all are 1.
/// @throws refusal which names the file, the line and what is wrong.
template <class Value>
question<Value> read_question(const std::string& answers, const std::string& weights,
                              const std::string& gold);

}  // namespace shoal::tools
