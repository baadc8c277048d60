// SPDX-License-Identifier: BSL-1.0
/// @file Command meter: joules as a program prints them, such as one that asks a smart plug (POSIX).
#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "shoal/infer/child_process.hpp"
#include "shoal/infer/failure.hpp"

namespace shoal::run {

/// Runs a program at each reading. It prints a number, the joules of a counter that only grows; what follows
/// the number is not looked at.
class command_meter {
 public:
  /// @param command  the program and its arguments, >= 1.
  /// @param folder   where it runs; empty: where the caller does.
  explicit command_meter(std::vector<std::string> command, std::string folder = {})
      : command_(std::move(command)), folder_(std::move(folder)) {}

  /// Empty when the program fails, or prints no number.
  std::optional<double> joules() const {
    std::string said;
    try {
      said = infer::run_child(command_, "", {.output_bytes = 4096, .folder = folder_}, {});
    } catch (const infer::failure&) {
      return std::nullopt;
    }
    const std::size_t start = said.find_first_not_of(" \t\n");
    if (start == std::string::npos) return std::nullopt;
    double out = 0;
    const auto end = std::from_chars(said.data() + start, said.data() + said.size(), out);
    if (end.ec != std::errc() || !std::isfinite(out)) return std::nullopt;
    return out;
  }

 private:
  std::vector<std::string> command_;
  std::string folder_;
};

}  // namespace shoal::run
