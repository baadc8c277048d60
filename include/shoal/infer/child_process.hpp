// SPDX-License-Identifier: BSL-1.0
/// @file Child process: text in, text out, within a deadline, and nothing left behind (POSIX).
///
/// Any CPU or GPU runner in any language becomes a backend this way. The child leads a process group of its
/// own; when its time is up, or a stop is requested, the whole group is killed, grandchildren included.
#pragma once

#if !__has_include(<spawn.h>)
#error "shoal/infer/child_process.hpp needs POSIX: write a backend of your own for this platform."
#endif

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/core/clock.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/infer/failure.hpp"

namespace shoal::infer {

/// What a child may use up, and where it runs.
struct child_limits {
  std::chrono::steady_clock::time_point deadline =
      std::chrono::steady_clock::time_point::max();   ///< killed then
  std::size_t output_bytes = std::size_t{16} << 20U;  ///< longest standard output that is taken, bytes
  std::string folder{};                               ///< its working directory; empty: the caller's
};

/// How a child ended, and what it wrote.
struct child_result {
  std::string output{};  ///< standard output
  std::string errors{};  ///< the end of its standard error, at most 400 bytes, line feeds at its end removed
  int status = 0;        ///< exit status; 0 where a signal ended it
  int signal = 0;        ///< the signal that ended it; 0 where it ended by itself
};

namespace detail {

/// A file descriptor with one owner.
class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int fd) : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() { close(); }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// A pipe whose ends no other child inherits.
struct pipe_ends {
  descriptor read{};
  descriptor write{};

  pipe_ends() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw failure(failure_kind::refused, message("no pipe for a child process: ", std::strerror(errno)));
    }
    read = descriptor(ends[0]);
    write = descriptor(ends[1]);
  }
};

inline void never_block(const descriptor& fd) {
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

/// Writing to a child that has closed its input would raise SIGPIPE: it is held back on this thread, and one
/// that came of our own writing is taken off the queue again.
class no_sigpipe {
 public:
  no_sigpipe() {
    sigset_t pending;
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  no_sigpipe(const no_sigpipe&) = delete;
  no_sigpipe& operator=(const no_sigpipe&) = delete;
  ~no_sigpipe() {
    const timespec at_once{};
    if (!was_pending_) ::sigtimedwait(&pipe_, nullptr, &at_once);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

/// The running child: killed with its group and reaped when this goes out of scope.
class child {
 public:
  child(const std::vector<std::string>& command, const std::string& folder, const pipe_ends& in,
        const pipe_ends& out, const pipe_ends& err) {
    std::vector<char*> argv;
    argv.reserve(command.size() + 1);
    for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);

    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_adddup2(&files, in.read.get(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, out.write.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, err.write.get(), STDERR_FILENO);
    if (!folder.empty()) ::posix_spawn_file_actions_addchdir_np(&files, folder.c_str());
    posix_spawnattr_t how;
    ::posix_spawnattr_init(&how);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setflags(
        &how, static_cast<short>(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
    ::posix_spawnattr_setpgroup(&how, 0);
    ::posix_spawnattr_setsigmask(&how, &none);
    ::posix_spawnattr_setsigdefault(&how, &all);
    const int refused = ::posix_spawnp(&pid_, argv[0], &files, &how, argv.data(), environ);
    ::posix_spawnattr_destroy(&how);
    ::posix_spawn_file_actions_destroy(&files);
    if (refused != 0) {
      pid_ = -1;
      throw failure(failure_kind::refused,
                    message("cannot start ", quoted(command[0]), ": ", std::strerror(refused)));
    }
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child() {
    if (pid_ > 0) end();
  }

  /// True once the child has ended. It stays unreaped, so that its number, and its group's, cannot pass to
  /// others. A program that ignores SIGCHLD has its children reaped by the system: then there is none.
  bool ended() const {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
      return errno == ECHILD;
    }
    return info.si_pid == pid_;
  }

  /// Kills what is left of the group and reaps the child; its status, as waitpid gives it.
  int end() {
    int status = 0;
    ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_ = -1;
};

}  // namespace detail

/// Runs `command` (found along PATH; a relative path with a slash starts at `limits.folder`), writes `input`
/// to its standard input and returns what it wrote and how it ended. For programs whose exit status is part
/// of their answer; `run_child` is for those that answer with status 0 alone.
/// Callable from any number of threads at once.
/// @pre `command` is not empty.
/// @throws failure  refused: it cannot be started; timeout: the deadline passed; cancelled: a stop was
///     requested; bad_answer: its output is over the limit.
template <class = when_used>
child_result run_child_with_status(const std::vector<std::string>& command, std::string_view input,
                                   const child_limits& limits, std::stop_token stop) {
  using clock = std::chrono::steady_clock;
  if (stop.stop_requested()) throw failure(failure_kind::cancelled, "cancelled before it started");
  if (clock::now() >= limits.deadline)
    throw failure(failure_kind::timeout, "the deadline passed before it started");

  detail::pipe_ends in;
  detail::pipe_ends out;
  detail::pipe_ends err;
  detail::pipe_ends wake;
  detail::never_block(in.write);
  detail::never_block(out.read);
  detail::never_block(err.read);
  detail::never_block(wake.write);
  const detail::no_sigpipe quiet;
  detail::child running(command, limits.folder, in, out, err);
  in.read.close();
  out.write.close();
  err.write.close();
  const std::stop_callback on_stop(stop, [&] { (void)!::write(wake.write.get(), "", 1); });

  constexpr std::size_t error_tail = 400;
  child_result said;
  std::array<char, 65536> buffer{};
  // Reads what is there; false at the end of the stream.
  const auto drain = [&](const detail::descriptor& from, std::string& into) {
    for (;;) {
      const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
      if (got > 0) {
        into.append(buffer.data(), static_cast<std::size_t>(got));
        if (into.size() > limits.output_bytes) return true;
      } else {
        return got < 0 && (errno == EAGAIN || errno == EINTR);
      }
    }
  };
  // A grandchild may hold the streams open after the child has ended, so the child itself is looked at now
  // and then; often, once its output is closed and it can only be about to end.
  const auto look_ms = [&] { return out.read.open() ? 20LL : 1LL; };
  while (out.read.open() || !running.ended()) {
    if (in.write.open()) {
      const ssize_t put = input.empty() ? 0 : ::write(in.write.get(), input.data(), input.size());
      if (put > 0) input.remove_prefix(static_cast<std::size_t>(put));
      if (input.empty() || (put < 0 && errno != EAGAIN && errno != EINTR)) in.write.close();
    }
    const auto left = limits.deadline - clock::now();
    if (left <= clock::duration::zero())
      throw failure(failure_kind::timeout, message(quoted(command[0]), " took too long"));
    const auto left_ms = std::chrono::duration_cast<std::chrono::milliseconds>(left).count() + 1;
    std::array<pollfd, 4> watch{
        {{wake.read.get(), POLLIN, 0},
         {out.read.get(), POLLIN, 0},
         {err.read.get(), POLLIN, 0},
         {in.write.get(), POLLOUT, 0}}};  // a closed one is -1, which poll passes over
    ::poll(watch.data(), watch.size(), static_cast<int>(std::min<long long>(left_ms, look_ms())));
    if (stop.stop_requested())
      throw failure(failure_kind::cancelled, message(quoted(command[0]), " was cancelled"));
    const bool over = running.ended();
    if (out.read.open() && !drain(out.read, said.output)) out.read.close();
    if (err.read.open() && !drain(err.read, said.errors)) err.read.close();
    if (said.errors.size() > error_tail) said.errors.erase(0, said.errors.size() - error_tail);
    if (said.output.size() > limits.output_bytes) {
      throw failure(failure_kind::bad_answer,
                    message(quoted(command[0]), " wrote over ", limits.output_bytes, " bytes"));
    }
    if (over) break;
  }
  const int status = running.end();
  while (!said.errors.empty() && (said.errors.back() == '\n' || said.errors.back() == '\r')) {
    said.errors.pop_back();
  }
  if (WIFSIGNALED(status)) {
    said.signal = WTERMSIG(status);
  } else {
    said.status = WEXITSTATUS(status);
  }
  return said;
}

/// The same, for a program that answers with status 0: returns its standard output.
/// @throws failure  as `run_child_with_status`; crashed: it ended by a signal or with a status other than 0
///     (the text brings the last line of its standard error).
template <class = when_used>
std::string run_child(const std::vector<std::string>& command, std::string_view input,
                      const child_limits& limits, std::stop_token stop) {
  child_result said = run_child_with_status(command, input, limits, std::move(stop));
  if (said.signal == 0 && said.status == 0) return std::move(said.output);
  throw failure(
      failure_kind::crashed,
      message(quoted(command[0]), said.signal != 0 ? " was ended by signal " : " ended with status ",
              said.signal != 0 ? said.signal : said.status, said.errors.empty() ? "" : ": ",
              said.errors.substr(said.errors.find_last_of('\n') + 1)));
}

}  // namespace shoal::infer
