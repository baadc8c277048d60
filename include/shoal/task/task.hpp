// SPDX-License-Identifier: BSL-1.0
/// @file Task: what a user wants done, before anything is split.
#pragma once

#include <string>

namespace shoal {

/// Text to work on, and what to do with it. The text is what a decomposer splits; the instruction goes with
/// every part.
struct task {
  std::string text{};         ///< UTF-8 where a decomposer works on characters
  std::string instruction{};  ///< "Translate to English.", "Label the sentiment."; may be empty
};

}  // namespace shoal
