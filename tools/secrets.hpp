// SPDX-License-Identifier: BSL-1.0
/// @file Keys and passwords of the environment, kept out of what is written to files.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace shoal::tools {

/// The environment's secrets: values of at least 8 bytes of variables whose names hold KEY, TOKEN, SECRET,
/// PASSWORD or CREDENTIAL. A program that fails may well print them.
class secrets {
 public:
  secrets();

  /// `text` with each secret replaced by the name of its variable in brackets.
  std::string hidden_in(std::string text) const;

 private:
  std::vector<std::pair<std::string, std::string>> known_{};  // name and value, the longest value first
};

}  // namespace shoal::tools
