// SPDX-License-Identifier: BSL-1.0
#include "cancel_on_signal.hpp"

#include <ctime>

namespace shoal::tools {

namespace {

bool is_ignored(int signal) {
  struct sigaction now {};
  return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace

// A stop may not be requested inside a signal handler, so a thread takes the signals, which every other
// thread blocks. Children start with an empty mask (infer::run_child).
cancel_on_signal::cancel_on_signal() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(signal)) ::sigaddset(&signals, signal);
  }
  ::pthread_sigmask(SIG_BLOCK, &signals, &mask_before_);

  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &pipe_before_);
  // Whoever ignores SIGCHLD never learns how its children ended; a parent may have left us so.
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &usual, nullptr);

  waiter_ = std::jthread([this, signals](const std::stop_token& over) {
    constexpr timespec look{0, 50'000'000};
    while (!over.stop_requested()) {
      if (::sigtimedwait(&signals, nullptr, &look) > 0) source_.request_stop();
    }
  });
}

cancel_on_signal::~cancel_on_signal() {
  waiter_.request_stop();
  waiter_.join();
  ::sigaction(SIGPIPE, &pipe_before_, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

}  // namespace shoal::tools
