// SPDX-License-Identifier: BSL-1.0
/// @file Ctrl-C, kill and a closed terminal as a stop request, so that no child process is left behind.
#pragma once

#include <signal.h>

#include <stop_token>
#include <thread>

namespace shoal::tools {

/// While it lives, SIGINT, SIGTERM and SIGHUP request a stop in place of ending the process, unless whoever
/// started the process had it ignore them (nohup). A reader of our output that goes away does not end the
/// process either. Threads and children that are started meanwhile are as they would be without it.
class cancel_on_signal {
 public:
  cancel_on_signal();
  cancel_on_signal(const cancel_on_signal&) = delete;
  cancel_on_signal& operator=(const cancel_on_signal&) = delete;
  ~cancel_on_signal();

  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_{};
  sigset_t mask_before_{};
  struct sigaction pipe_before_ {};
  std::jthread waiter_{};
};

}  // namespace shoal::tools
