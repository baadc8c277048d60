// SPDX-License-Identifier: BSL-1.0
/// @file Servers: what a request costs this side, beside plain libcurl in one run, and how soon a stop is
/// seen.
///
///     benchmark_openai [REQUESTS]
///
/// The server is a process of its own on this machine that answers at once, or when so many requests wait.
/// Times are processor seconds of the client's process alone, kernel included, so a busy machine hardly moves
/// them.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

#include "shoal/openai/client.hpp"
#include "shoal/openai/engine.hpp"

namespace {

using namespace shoal;
using steady = std::chrono::steady_clock;

double cpu_s() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

std::string reply(const std::string& type, const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::string whole_answer() {
  return reply(
      "application/json",
      R"({"id":"x","object":"chat.completion","model":"tiny","choices":[{"index":0,"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":1,"total_tokens":13}})");
}

std::string streamed_answer() {
  std::string body =
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null}}]}\n\n";
  for (int i = 0; i < 16; ++i)
    body +=
        "data: {\"id\":\"x\",\"model\":\"tiny\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" "
        "word\"},\"finish_reason\":null}]}\n\n";
  body +=
      "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":16}}\n\ndata: [DONE]\n\n";
  return reply("text/event-stream", body);
}

// Answers each whole request; where `together` > 1, as many as that at once.
[[noreturn]] void serve(int listener, std::size_t together) {
  const std::string whole = whole_answer();
  const std::string stream = streamed_answer();
  const int events = epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener;
  epoll_ctl(events, EPOLL_CTL_ADD, listener, &event);
  std::unordered_map<int, std::string> held;
  std::vector<std::pair<int, const std::string*>> waiting;
  std::vector<epoll_event> ready(512);
  for (;;) {
    const int n = epoll_wait(events, ready.data(), static_cast<int>(ready.size()), -1);
    for (int i = 0; i < n; ++i) {
      const int fd = ready[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        const int fresh = accept(listener, nullptr, nullptr);
        event.data.fd = fresh;
        if (fresh >= 0) epoll_ctl(events, EPOLL_CTL_ADD, fresh, &event);
        continue;
      }
      char block[16384];
      const ssize_t got = recv(fd, block, sizeof block, 0);
      if (got <= 0) {
        close(fd);
        held.erase(fd);
        continue;
      }
      std::string& bytes = held[fd];
      bytes.append(block, static_cast<std::size_t>(got));
      const std::size_t end = bytes.find("\r\n\r\n");
      const std::size_t at = bytes.find("Content-Length: ");
      if (end == std::string::npos || at == std::string::npos) continue;
      if (bytes.size() < end + 4 + std::stoul(bytes.substr(at + 16, 12))) continue;
      waiting.emplace_back(fd, bytes.find("\"stream\":true") == std::string::npos ? &whole : &stream);
      bytes.clear();
      if (waiting.size() < together) continue;
      for (const auto& [to, text] : waiting) (void)!send(to, text->data(), text->size(), MSG_NOSIGNAL);
      waiting.clear();
    }
  }
}

class server {
 public:
  explicit server(std::size_t together) {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (bind(listener, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || listen(listener, 4096) != 0)
      std::abort();
    getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
    pid_ = fork();
    if (pid_ == 0) serve(listener, together);
    close(listener);
  }
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  ~server() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  int port_ = 0;
  pid_t pid_ = -1;
};

openai::question question(bool stream) {
  openai::question q{.model = "tiny", .turns = {{"user", "Is it so?"}}};
  q.how.stream = stream;
  q.deadline = steady::now() + std::chrono::minutes(10);
  return q;
}

void row(const char* what, std::size_t requests, double cpu, double wall) {
  const auto n = static_cast<double>(requests);
  std::printf("%-58s %9zu %12.1f %12.0f\n", what, requests, 1e6 * cpu / n, n / wall);
  std::fflush(stdout);
}

template <class Work>
void measure(const char* what, std::size_t requests, const Work& work) {
  const double cpu = cpu_s();
  const auto begun = steady::now();
  work();
  row(what, requests, cpu_s() - cpu, std::chrono::duration<double>(steady::now() - begun).count());
}

std::size_t count_bytes(char*, std::size_t, std::size_t size, void* sum) {
  *static_cast<std::size_t*>(sum) += size;
  return size;
}

// One easy handle as a plain program would use it: no JSON is read.
struct plain_request {
  std::string url;
  std::string body;
  curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
  std::size_t bytes = 0;

  CURL* handle() {
    CURL* easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &count_bytes);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &bytes);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    return easy;
  }
};

plain_request plain(const server& s, bool stream) {
  return {s.url() + "/v1/chat/completions",
          openai::to_bytes(openai::write_body(openai::dialect::chat, "tiny", {{"user", "Is it so?"}},
                                              {.stream = stream}))};
}

void one_after_the_other(std::size_t n) {
  const server s(1);
  for (const bool stream : {false, true}) {
    plain_request p = plain(s, stream);
    CURL* easy = p.handle();
    curl_easy_perform(easy);
    measure(stream ? "plain libcurl, one at a time, 19 events, not parsed"
                   : "plain libcurl, one at a time, not parsed",
            n, [&] {
              for (std::size_t i = 0; i < n; ++i) curl_easy_perform(easy);
            });
    curl_easy_cleanup(easy);
    curl_slist_free_all(p.headers);
    const openai::client client({.url = s.url()});
    client.ask(question(stream));
    measure(stream ? "shoal, blocking, one at a time, 19 events" : "shoal, blocking, one at a time", n, [&] {
      for (std::size_t i = 0; i < n; ++i) client.ask(question(stream));
    });
  }
}

void many_at_once(std::size_t together, std::size_t waves) {
  const std::size_t n = together * waves;
  {
    const server s(together);
    plain_request p = plain(s, false);
    CURLM* multi = curl_multi_init();
    std::vector<CURL*> all;
    for (std::size_t i = 0; i < together; ++i) all.push_back(p.handle());
    const auto run = [&] {
      for (CURL* easy : all) curl_multi_add_handle(multi, easy);
      int running = 1;
      while (running > 0) {
        curl_multi_perform(multi, &running);
        if (running > 0) curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
      }
      for (CURL* easy : all) curl_multi_remove_handle(multi, easy);
    };
    run();
    measure("plain libcurl, multi with poll, 2000 in flight, not parsed", n, [&] {
      for (std::size_t w = 0; w < waves; ++w) run();
    });
    for (CURL* easy : all) curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
    curl_slist_free_all(p.headers);
  }
  for (const bool stream : {false, true}) {
    const server s(together);
    const openai::engine engine;
    const openai::async_client client(engine, {.url = s.url()});
    std::mutex guard;
    std::condition_variable changed;
    std::size_t left = 0;
    std::size_t failed = 0;
    const auto run = [&] {
      left = together;
      for (std::size_t i = 0; i < together; ++i) {
        client.ask(question(stream), [&](const openai::result<openai::completion>& r) {
          const std::scoped_lock lock(guard);
          if (std::holds_alternative<openai::failure>(r)) ++failed;
          if (--left == 0) changed.notify_all();
        });
      }
      std::unique_lock lock(guard);
      changed.wait(lock, [&] { return left == 0; });
    };
    run();
    measure(stream ? "shoal, event-driven, 2000 in flight, 19 events" : "shoal, event-driven, 2000 in flight",
            n, [&] {
              for (std::size_t w = 0; w < waves; ++w) run();
            });
    if (failed > 0) std::printf("%zu FAILED\n", failed);
  }
}

// A server in this process that answers nobody and notes when its client leaves.
void how_soon_a_stop_is_seen(std::size_t times, std::size_t beside) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (bind(listener, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || listen(listener, 4096) != 0)
    std::abort();
  getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size);
  const std::string url = "http://127.0.0.1:" + std::to_string(ntohs(at.sin_port));
  const server silent(1'000'000);  // for the calls beside
  const openai::engine engine;
  const openai::async_client others(engine, {.url = silent.url()});
  for (std::size_t i = 0; i < beside; ++i) others.ask(question(false), [](const auto&) {});
  const openai::client client({.url = url});
  const openai::async_client async(engine, {.url = url});
  for (const int form : {0, 1, 2}) {
    std::vector<double> ms;
    for (std::size_t i = 0; i < times; ++i) {
      std::stop_source stop;
      openai::cancel_handle cancel;
      steady::time_point asked;
      openai::question q = question(true);
      if (form == 2) q.deadline = steady::now() + std::chrono::milliseconds(30);
      std::jthread caller;
      if (form == 1) {
        cancel = async.ask(q, [](const auto&) {});
      } else {
        caller = std::jthread([&] {
          try {
            client.ask(q, stop.get_token());
          } catch (const openai::failure&) {  // as it should be
          }
        });
      }
      const int fd = accept(listener, nullptr, nullptr);
      char block[4096];
      while (recv(fd, block, sizeof block, 0) == static_cast<ssize_t>(sizeof block)) {
      }
      asked = form == 2 ? q.deadline : steady::now();
      if (form == 0) stop.request_stop();
      if (form == 1) cancel();
      while (recv(fd, block, sizeof block, 0) > 0) {
      }
      ms.push_back(std::chrono::duration<double, std::milli>(steady::now() - asked).count());
      close(fd);
    }
    std::sort(ms.begin(), ms.end());
    const char* names[] = {"stop token, blocking", "cancel handle, event-driven, beside 2000 others",
                           "deadline, blocking"};
    std::printf("%-58s %9zu %12.3f %12.3f\n", names[form], times, ms[ms.size() / 2],
                ms[ms.size() * 99 / 100]);
  }
  close(listener);
}

}  // namespace

int main(int argc, char** argv) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  openai::detail::start_curl();
  const std::size_t n = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 20'000;
  std::printf("%-58s %9s %12s %12s\n", "", "requests", "CPU us each", "requests/s");
  one_after_the_other(n);
  many_at_once(2000, std::max<std::size_t>(n / 2000, 1));
  std::printf("\n%-58s %9s %12s %12s\n", "from the request to stop until the server sees it", "times",
              "median ms", "99 % ms");
  how_soon_a_stop_is_seen(200, 2000);
}
