// SPDX-License-Identifier: BSL-1.0
/// @file llama-server as a process of its own: started, killed, started again.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "shoal/openai/live.hpp"

namespace runners {

/// Which program serves which model, and how.
struct served_model {
  std::string program{};            ///< path of llama-server
  std::string file{};               ///< GGUF
  std::size_t context = 512;        ///< tokens of all slots together
  std::size_t slots = 2;            ///< requests at once
  std::vector<std::string> more{};  ///< further arguments
};

/// A server on a free port of this machine; one thread, since spinning threads crawl on a busy one.
class llama_server {
 public:
  /// @throws std::runtime_error  when it does not become ready.
  explicit llama_server(served_model of) : of_(std::move(of)), port_(free_port()) { start(); }
  llama_server(const llama_server&) = delete;
  llama_server& operator=(const llama_server&) = delete;
  ~llama_server() { kill(); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  /// Ends it as a crash would.
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

  /// Starts it, on the same port as before, and waits until it is ready.
  void start() {
    std::vector<std::string> words{of_.program,
                                   "--model",
                                   of_.file,
                                   "--host",
                                   "127.0.0.1",
                                   "--port",
                                   std::to_string(port_),
                                   "--threads",
                                   "1",
                                   "--threads-batch",
                                   "1",
                                   "--ctx-size",
                                   std::to_string(of_.context),
                                   "--parallel",
                                   std::to_string(of_.slots),
                                   "--metrics",
                                   "--slots"};
    words.insert(words.end(), of_.more.begin(), of_.more.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      ::posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
    }
    const int refused = ::posix_spawn(&pid_, argv[0], &files, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    if (refused != 0) throw std::runtime_error(of_.program + " does not start");
    const shoal::openai::client client({.url = url()});
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!shoal::openai::look(client, give_up).ready) {
      int status = 0;
      if (::waitpid(pid_, &status, WNOHANG) == pid_) {
        pid_ = -1;
        throw std::runtime_error(of_.program + " ended by itself");
      }
      if (std::chrono::steady_clock::now() > give_up) throw std::runtime_error(of_.program + " is not ready");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

 private:
  // Free when it is looked for; whoever takes it meanwhile makes the server end by itself.
  static std::uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    ::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size);
    ::close(fd);
    return ntohs(at.sin_port);
  }

  served_model of_;
  std::uint16_t port_;
  pid_t pid_ = -1;
};

}  // namespace runners
