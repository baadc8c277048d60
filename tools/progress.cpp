// SPDX-License-Identifier: BSL-1.0
#include "progress.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <stop_token>
#include <utility>

#include <unistd.h>

namespace shoal::tools {

namespace {

void show(const std::stop_token& stop, const std::string& what) {
  const auto start = std::chrono::steady_clock::now();
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  bool shown = false;
  for (;;) {
    never.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
    if (stop.stop_requested()) break;
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    std::fprintf(stderr, "\r%s, %.0f s", what.c_str(), spent.count());
    shown = true;
  }
  if (shown) std::fputs("\r\x1b[K", stderr);
}

}  // namespace

progress::progress(std::string what) {
  if (isatty(STDERR_FILENO) == 0) return;
  shower_ = std::jthread([what = std::move(what)](const std::stop_token& stop) { show(stop, what); });
}

}  // namespace shoal::tools
