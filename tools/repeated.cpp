// SPDX-License-Identifier: BSL-1.0
#include "repeated.hpp"

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

namespace shoal::tools {

repeated::repeated(std::chrono::milliseconds first, std::chrono::milliseconds period,
                   std::function<void()> act)
    : thread_([first, period, act = std::move(act)](const std::stop_token& stop) {
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable_any never;
        for (auto wait = first;; wait = period) {
          never.wait_for(lock, stop, wait, [] { return false; });
          if (stop.stop_requested()) return;
          act();
        }
      }) {}

}  // namespace shoal::tools
