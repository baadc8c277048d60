// SPDX-License-Identifier: BSL-1.0
/// @file Something that is done again and again while something else takes its time.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace shoal::tools {

/// Calls `act` on a thread of its own, first after `first`, then every `period`, as long as it lives.
class repeated {
 public:
  repeated(std::chrono::milliseconds first, std::chrono::milliseconds period, std::function<void()> act);

 private:
  std::jthread thread_;
};

}  // namespace shoal::tools
