// SPDX-License-Identifier: BSL-1.0
/// @file Progress on a terminal while something takes its time.
#pragma once

#include <string>
#include <thread>

namespace shoal::tools {

/// Shows on standard error what is going on and for how long, from the first second on, as long as it lives.
/// Shows nothing where standard error is no terminal.
class progress {
 public:
  explicit progress(std::string what);

 private:
  std::jthread shower_;
};

}  // namespace shoal::tools
