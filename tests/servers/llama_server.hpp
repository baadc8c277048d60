// SPDX-License-Identifier: BSL-1.0
/// @file llama-server on a model of random weights, as a process of its own.
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
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "random_model.hpp"
#include "shoal/openai/live.hpp"

namespace shoal::test {

/// Path of llama-server; null where there is none. `scripts/test.sh` gets one and names it.
inline const char* llama_server_path() {
  const char* path = std::getenv("SHOAL_LLAMA_SERVER");
  return path == nullptr || *path == '\0' ? nullptr : path;
}

/// Ends a test that needs a real server where there is none; ctest looks for the line and counts the test as
/// skipped.
#define SHOAL_NEED_LLAMA_SERVER()                                             \
  if (shoal::test::llama_server_path() == nullptr) {                          \
    std::puts("skipped: no llama-server (scripts/llama_server.sh gets one)"); \
    return;                                                                   \
  }                                                                           \
  static_cast<void>(0)

/// The model, made once for all tests of a process.
inline const std::string& random_model() {
  struct made {
    std::string path;
    made() {
      std::string folder = (std::filesystem::temp_directory_path() / "shoal-model-XXXXXX").string();
      if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder");
      path = folder + "/babble.gguf";
      write_random_model(path);
    }
    ~made() { std::filesystem::remove_all(std::filesystem::path(path).parent_path()); }
  };
  static const made model;
  return model.path;
}

/// A server with two slots of 8192 tokens on a free port; one thread, since spinning threads crawl on a busy
/// machine.
class llama_server {
 public:
  explicit llama_server(std::vector<std::string> more = {}) : more_(std::move(more)), port_(free_port()) {
    start();
  }
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
    std::vector<std::string> words{llama_server_path(),
                                   "--model",
                                   random_model(),
                                   "--host",
                                   "127.0.0.1",
                                   "--port",
                                   std::to_string(port_),
                                   "--threads",
                                   "1",
                                   "--threads-batch",
                                   "1",
                                   "--ctx-size",
                                   "16384",
                                   "--parallel",
                                   "2",
                                   "--metrics",
                                   "--slots"};
    words.insert(words.end(), more_.begin(), more_.end());
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
    if (refused != 0) throw std::runtime_error("llama-server does not start");
    const openai::client client({.url = url()});
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!openai::look(client, give_up).ready) {
      int status = 0;
      if (::waitpid(pid_, &status, WNOHANG) == pid_) {
        pid_ = -1;
        throw std::runtime_error("llama-server ended by itself");
      }
      if (std::chrono::steady_clock::now() > give_up) throw std::runtime_error("llama-server is not ready");
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

  std::vector<std::string> more_;
  std::uint16_t port_;
  pid_t pid_ = -1;
};

}  // namespace shoal::test
