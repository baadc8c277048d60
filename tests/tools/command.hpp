// SPDX-License-Identifier: BSL-1.0
/// @file Runs the built command and keeps what it prints.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include "scratch.hpp"

namespace shoal::test {

/// Path of the built command.
extern const char* const command;

/// How the command ended.
struct outcome {
  int status = -1;  ///< exit status; -1: killed by a signal
  std::string out{};
  std::string err{};
};

/// Runs `shoal arguments...` in `folder` with the file `input` as its standard input.
/// @param memory  address space that it may use, bytes; 0: no limit.
outcome shoal(const std::vector<std::string>& arguments, const std::string& input = "/dev/null",
              const std::string& folder = SHOAL_TEST_DATA "/tools", rlim_t memory = 0);

}  // namespace shoal::test
