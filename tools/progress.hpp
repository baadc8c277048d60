// SPDX-License-Identifier: BSL-1.0
/// @file Progress on a terminal while something takes its time.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "repeated.hpp"

namespace shoal::tools {

/// Shows on standard error what is going on, from the first second on, as long as it lives. Shows nothing
/// where standard error is no terminal.
class progress {
 public:
  /// One line at most so many columns wide; empty: nothing to say now. Called on another thread.
  using line = std::function<std::string(std::size_t columns)>;

  explicit progress(line what);

  /// Shows `what` and the seconds that have passed.
  explicit progress(std::string what);

  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  ~progress();

 private:
  bool shown_ = false;
  std::optional<repeated> shower_{};
};

}  // namespace shoal::tools
