// SPDX-License-Identifier: BSL-1.0
#include "progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <utility>

#include "shoal/core/message.hpp"

namespace shoal::tools {

namespace {

using std::chrono::steady_clock;

std::size_t columns() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return (known ? size.ws_col : 80U) - 1;  // the cursor stays on the line
}

progress::line seconds_of(std::string what) {
  return [what = std::move(what), start = steady_clock::now()](std::size_t) {
    return message(what, ", ",
                   std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now() - start).count(),
                   " s");
  };
}

}  // namespace

progress::progress(line what) {
  if (isatty(STDERR_FILENO) == 0) return;
  using namespace std::chrono_literals;
  shower_.emplace(1s, 200ms, [this, what = std::move(what)] {
    const std::string text = what(columns());
    if (text.empty()) return;
    std::fputs(("\r" + text + "\x1b[K").c_str(), stderr);
    shown_ = true;
  });
}

progress::progress(std::string what) : progress(seconds_of(std::move(what))) {}

progress::~progress() {
  shower_.reset();  // joined: nothing is shown any more
  if (shown_) std::fputs("\r\x1b[K", stderr);
}

}  // namespace shoal::tools
