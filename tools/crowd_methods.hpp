// SPDX-License-Identifier: BSL-1.0
/// @file Methods of `shoal aggregate` that look at the answers to all items at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "verbs.hpp"

namespace shoal::tools {

/// What is asked of such a method.
struct crowd_request {
  std::string method{};
  std::string answers{};
  std::string gold{};  ///< empty: none
  bool json = false;
};

/// Names of the methods, labels first.
const std::vector<std::string>& crowd_methods();

/// Reads, aggregates, and prints.
/// @throws refusal which names the file, the line and what is wrong.
status answer_crowd(const crowd_request& asked);

}  // namespace shoal::tools
