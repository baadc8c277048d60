// SPDX-License-Identifier: BSL-1.0
/// @file A small HTTP/1.1 server whose every byte is written down beforehand: for tests.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <list>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace shoal::test {

/// A request as it came over the wire.
struct wire_request {
  std::string line{};     ///< "POST /v1/chat/completions HTTP/1.1"
  std::string headers{};  ///< everything up to the blank line
  std::string body{};

  bool asks(std::string_view path) const {
    return line.find(' ' + std::string(path) + ' ') != std::string::npos;
  }
};

/// The server's end of a connection.
class wire {
 public:
  explicit wire(int fd) : fd_(fd) {}

  /// Writes bytes as they are; false once the client is gone.
  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t put = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
  }
  /// A whole reply.
  bool reply(int status, std::string_view body, std::string_view more_headers = "",
             std::string_view type = "application/json") const {
    std::string out = "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + std::string(type) +
                      "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    out += more_headers;
    out += "\r\n";
    out += body;
    return send(out);
  }
  /// The head of a stream; chunks follow.
  bool stream(std::string_view type = "text/event-stream") const {
    return send("HTTP/1.1 200 OK\r\nContent-Type: " + std::string(type) +
                "\r\nTransfer-Encoding: chunked\r\n\r\n");
  }
  bool chunk(std::string_view bytes) const {
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return send(size + std::string(bytes) + "\r\n");
  }
  /// An event of a stream.
  bool event(std::string_view data) const { return chunk("data: " + std::string(data) + "\n\n"); }
  bool end() const { return send("0\r\n\r\n"); }

  /// Ends the connection with a reset in place of an orderly close.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }
  void close() { closed_ = true; }
  bool closed() const { return closed_; }

  /// Waits until the client has closed its end, at most 10 seconds; true when it has.
  bool client_left() const {
    char byte = 0;
    pollfd watched{fd_, POLLIN, 0};
    while (::poll(&watched, 1, 10'000) > 0) {
      if (::recv(fd_, &byte, 1, 0) <= 0) return true;
    }
    return false;
  }

  /// The next request; false when the client has left.
  bool read(wire_request& out) {
    std::size_t end = std::string::npos;
    while ((end = held_.find("\r\n\r\n")) == std::string::npos) {
      constexpr char handshake = 0x16;
      if (!more()) return false;
      if (held_[0] == handshake) {  // of TLS, which is not spoken here
        send("HTTP/1.1 400 Bad Request\r\n\r\n");
        return false;
      }
    }
    out.line = held_.substr(0, held_.find("\r\n"));
    out.headers = held_.substr(0, end);
    held_.erase(0, end + 4);
    std::string lower = out.headers;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    const std::size_t at = lower.find("content-length:");
    const std::size_t length = at == std::string::npos ? 0 : std::stoul(lower.substr(at + 15));
    while (held_.size() < length) {
      if (!more()) return false;
    }
    out.body = held_.substr(0, length);
    held_.erase(0, length);
    return true;
  }

 private:
  bool more() {
    char block[65536];
    const ssize_t got = ::recv(fd_, block, sizeof block, 0);
    if (got <= 0) return false;
    held_.append(block, static_cast<std::size_t>(got));
    return true;
  }

  int fd_;
  bool closed_ = false;
  std::string held_{};
};

/// Answers requests by a script, each connection on a thread of its own, on a free port of this machine.
class scripted_server {
 public:
  using script = std::function<void(wire&, const wire_request&)>;

  explicit scripted_server(script answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 ||
        ::listen(listener_, 4096) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
      throw std::runtime_error("no port for the test's server");
    }
    port_ = ntohs(at.sin_port);
    acceptor_ = std::thread([this] { accept(); });
  }
  /// Answers every request the same way.
  explicit scripted_server(int status, std::string body, std::string more_headers = "")
      : scripted_server([=](wire& w, const wire_request&) { w.reply(status, body, more_headers); }) {}
  scripted_server(const scripted_server&) = delete;
  scripted_server& operator=(const scripted_server&) = delete;
  ~scripted_server() {
    ending_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
      const std::scoped_lock lock(guard_);
      for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (std::thread& t : threads_) t.join();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::vector<wire_request> requests() const {
    const std::scoped_lock lock(guard_);
    return requests_;
  }
  std::size_t connections() const { return connections_; }
  bool ending() const { return ending_; }

 private:
  void accept() {
    while (!ending_) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      ++connections_;
      {
        const std::scoped_lock lock(guard_);
        open_.push_back(fd);
      }
      threads_.emplace_back([this, fd] { serve(fd); });
    }
  }

  void serve(int fd) {
    wire w(fd);
    for (wire_request r; !w.closed() && !ending_ && w.read(r);) {
      {
        const std::scoped_lock lock(guard_);
        requests_.push_back(r);
      }
      answer_(w, r);
    }
    const std::scoped_lock lock(guard_);
    open_.erase(std::find(open_.begin(), open_.end(), fd));
    ::close(fd);
  }

  script answer_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> ending_{false};
  std::atomic<std::size_t> connections_{0};
  mutable std::mutex guard_{};
  std::vector<int> open_{};
  std::vector<wire_request> requests_{};
  std::list<std::thread> threads_{};
  std::thread acceptor_{};
};

}  // namespace shoal::test
