// SPDX-License-Identifier: BSL-1.0
/// @file Loop: any number of HTTP exchanges on one thread (Linux: epoll).
///
/// The cost of an event does not grow with the number of exchanges in flight, which is why the sockets are
/// watched by epoll and not by curl_multi_poll, whose every turn looks at all of them.
#pragma once

#if !__has_include(<sys/epoll.h>)
#error "shoal/openai watches its connections with epoll, which this platform does not have."
#endif

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "shoal/core/clock.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/openai/curl.hpp"
#include "shoal/openai/exchange.hpp"

namespace shoal::openai::detail {

class file {
 public:
  explicit file(int fd) : fd_(fd) {
    if (fd < 0) throw error(message("no file descriptor for a connection: ", std::strerror(errno)));
  }
  file(const file&) = delete;
  file& operator=(const file&) = delete;
  ~file() { ::close(fd_); }
  int get() const { return fd_; }

 private:
  int fd_;
};

// Everything but `wake` is for one thread at a time.
class loop {
 public:
  loop() {
    start_curl();
    watch(EPOLL_CTL_ADD, wake_.get(), EPOLLIN, wake_mark);
  }
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;
  ~loop() {
    for (const auto& [e, kept] : active_) curl_multi_remove_handle(multi_of(*e), e->easy);
    for (const auto& [e, kept] : active_) curl_easy_cleanup(e->easy);
    spare_.clear();
    // Closing connections would call it.
    for (const auto& s : shards_) curl_multi_setopt(s->multi.get(), CURLMOPT_SOCKETFUNCTION, nullptr);
  }

  // Begins an exchange. Its `done` is called by a later `turn`, always.
  void add(std::unique_ptr<exchange> e) {
    e->begun = std::chrono::steady_clock::now();
    e->easy = handle_for(*e);
    exchange* const at = e.get();
    active_.emplace(at, std::move(e));
    if (at->deadline <= at->begun) {
      at->code = CURLE_OPERATION_TIMEDOUT;
      over_.push_back(at);
      return;
    }
    shard& with = shard_with_room();
    at->shard = with.number;
    if (const CURLMcode refused = curl_multi_add_handle(with.multi.get(), at->easy); refused != CURLM_OK) {
      at->code = CURLE_FAILED_INIT;
      over_.push_back(at);
    } else {
      ++with.active;
    }
  }

  // Ends an exchange that is still going on: its connection is closed at once. `done` is called by a later
  // `turn`.
  void cancel(exchange* e) {
    if (!active_.contains(e) || std::find(over_.begin(), over_.end(), e) != over_.end()) return;
    leave(*e);
    e->cancelled = true;
    over_.push_back(e);
  }

  std::size_t active() const { return active_.size(); }
  bool has(const exchange* e) const { return active_.contains(const_cast<exchange*>(e)); }

  // Every exchange that is going on.
  std::vector<exchange*> all() const {
    std::vector<exchange*> out;
    for (const auto& [e, kept] : active_) out.push_back(e);
    return out;
  }

  // Waits for what comes next, at most until some exchange's time is up or `wake` is called, and handles it.
  void turn() {
    std::array<epoll_event, 256> events;  // NOLINT: filled by the system
    const int wait_ms = over_.empty() ? timeout_ms() : 0;
    const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms);
    int running = 0;
    for (int i = 0; i < ready; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.u64 == wake_mark) {
        std::uint64_t times = 0;
        (void)!::read(wake_.get(), &times, sizeof times);
        continue;
      }
      const int what = ((event.events & EPOLLIN) != 0U ? CURL_CSELECT_IN : 0) |
                       ((event.events & EPOLLOUT) != 0U ? CURL_CSELECT_OUT : 0) |
                       ((event.events & (EPOLLERR | EPOLLHUP)) != 0U ? CURL_CSELECT_ERR : 0);
      shard& from = *shards_[event.data.u64 >> 32U];
      curl_multi_socket_action(from.multi.get(), static_cast<curl_socket_t>(event.data.u64 & 0xFFFFFFFFU),
                               what, &running);
    }
    const auto now = std::chrono::steady_clock::now();
    for (const auto& s : shards_) {
      if (!s->timer_set || now < s->timer) continue;
      s->timer_set = false;
      curl_multi_socket_action(s->multi.get(), CURL_SOCKET_TIMEOUT, 0, &running);
    }
    for (const auto& s : shards_) collect(*s);
    finish();
  }

  // Ends the wait of a `turn`, the present or the next one. From any thread.
  void wake() {
    const std::uint64_t once = 1;
    (void)!::write(wake_.get(), &once, sizeof once);
  }

 private:
  // libcurl looks for an idle connection along a list of all: with thousands of them in one handle that is
  // most of a request's cost. So each handle has at most so many exchanges, and a few connections more.
  static constexpr std::size_t shard_size = 64;
  static constexpr std::uint64_t wake_mark = ~std::uint64_t{0};

  struct shard {
    loop* owner = nullptr;
    std::size_t number = 0;
    multi_handle multi{};
    std::size_t active = 0;
    std::chrono::steady_clock::time_point timer{};
    bool timer_set = false;
  };

  CURLM* multi_of(const exchange& e) const { return shards_[e.shard]->multi.get(); }

  // The first one with room: who makes one call after the other keeps to one connection.
  shard& shard_with_room() {
    for (const auto& s : shards_) {
      if (s->active < shard_size) return *s;
    }
    auto fresh = std::make_unique<shard>();
    fresh->owner = this;
    fresh->number = shards_.size();
    fresh->multi.reset(curl_multi_init());
    if (!fresh->multi) throw std::bad_alloc();
    CURLM* const multi = fresh->multi.get();
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, fresh.get());
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, fresh.get());
    // The default follows the number of exchanges in flight down and closes the connections of a burst.
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(2 * shard_size));
    shards_.push_back(std::move(fresh));
    return *shards_.back();
  }

  void leave(const exchange& e) {
    curl_multi_remove_handle(multi_of(e), e.easy);
    --shards_[e.shard]->active;
  }

  int watch(int what, int fd, std::uint32_t events, std::uint64_t mark) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = mark;
    return ::epoll_ctl(epoll_.get(), what, fd, &event);
  }

  static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void* known) {
    auto& s = *static_cast<shard*>(self);
    if (what == CURL_POLL_REMOVE) {
      ::epoll_ctl(s.owner->epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
      curl_multi_assign(s.multi.get(), fd, nullptr);
      return 0;
    }
    const std::uint32_t events =
        ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
    const std::uint64_t mark = (std::uint64_t{s.number} << 32U) | static_cast<std::uint32_t>(fd);
    if (known == nullptr) {
      curl_multi_assign(s.multi.get(), fd, self);
      if (s.owner->watch(EPOLL_CTL_ADD, fd, events, mark) == 0 || errno != EEXIST) return 0;
    }
    s.owner->watch(EPOLL_CTL_MOD, fd, events, mark);
    return 0;
  }

  static int on_timer(CURLM*, long wait_ms, void* self) {
    auto& s = *static_cast<shard*>(self);
    s.timer_set = wait_ms >= 0;
    if (s.timer_set) s.timer = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
    return 0;
  }

  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* at) {
    auto& e = *static_cast<exchange*>(at);
    if (e.bytes == 0) {
      curl_easy_getinfo(e.easy, CURLINFO_RESPONSE_CODE, &e.status);
      const char* type = nullptr;
      curl_easy_getinfo(e.easy, CURLINFO_CONTENT_TYPE, &type);
      const std::string_view kind(type == nullptr ? "" : type);
      e.streamed = e.stream && e.status == 200 && !kind.starts_with("application/json");
    }
    e.bytes += size;
    if (e.bytes > e.where->response_bytes) {
      e.too_long = true;
      return 0;
    }
    try {
      if (e.streamed) {
        e.stream(std::string_view(data, size));
      } else {
        e.body.append(data, size);
      }
    } catch (...) {
      e.thrown = std::current_exception();
      return 0;
    }
    return size;
  }

  // A handle of an exchange that is over, and what it was set up for.
  struct spare_handle {
    easy_handle easy{};
    std::weak_ptr<const address> where{};
    std::string url{};
    bool post = false;
    std::size_t uses = 0;

    // libcurl counts over a handle's life, until it is reset, how often a kept connection turned out to be
    // dead, and gives up at 6. So one that had to connect is reset, and every one now and then.
    bool fits(const exchange& e) const {
      return uses < 8 && post == e.post && url == e.url && where.lock() == e.where;
    }
  };

  // Prefers one of the last few that were set up for the same: most of the options' cost is copies of
  // strings.
  CURL* handle_for(exchange& e) {
    CURL* easy = nullptr;
    bool set_up = false;
    if (spare_.empty()) {
      easy = curl_easy_init();
      if (easy == nullptr) throw std::bad_alloc();
    } else {
      constexpr std::size_t looked_at = 8;
      for (std::size_t back = 1; back <= std::min(looked_at, spare_.size()) && !set_up; ++back) {
        spare_handle& s = spare_[spare_.size() - back];
        set_up = s.fits(e);
        if (set_up) std::swap(s, spare_.back());
      }
      e.uses = set_up ? spare_.back().uses : 0;
      easy = spare_.back().easy.release();
      spare_.pop_back();
      if (!set_up) curl_easy_reset(easy);
    }
    const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
    if (!set_up) {
      set(CURLOPT_URL, e.url.c_str());
      set(CURLOPT_PROTOCOLS_STR, "http,https");
      set(CURLOPT_NOSIGNAL, 1L);
      set(CURLOPT_NOPROXY, e.where->no_proxy.c_str());
      set(CURLOPT_CONNECTTIMEOUT_MS, e.where->connect_ms);
      set(CURLOPT_WRITEFUNCTION, &on_body);
      // Whether one HTTP/2 connection can serve all is known after TLS's handshake; without TLS it would be
      // after the first answer, too late to wait for.
      if (e.url.starts_with("https:")) set(CURLOPT_PIPEWAIT, 1L);
      if (!e.where->ca_file.empty()) set(CURLOPT_CAINFO, e.where->ca_file.c_str());
    }
    set(CURLOPT_HTTPHEADER, e.headers());
    set(CURLOPT_ERRORBUFFER, e.text.data());
    set(CURLOPT_WRITEDATA, &e);
    set(CURLOPT_PRIVATE, &e);
    if (e.post) {
      set(CURLOPT_POSTFIELDS, e.sent.data());
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(e.sent.size()));
    }
    long left_ms = 0;  // none
    if (e.deadline != exchange::time_point::max()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(e.deadline - e.begun).count();
      left_ms = static_cast<long>(std::clamp<long long>(left, 1, 1'000'000'000));
    }
    set(CURLOPT_TIMEOUT_MS, left_ms);
    return easy;
  }

  int timeout_ms() const {
    auto next = std::chrono::steady_clock::time_point::max();
    for (const auto& s : shards_) {
      if (s->timer_set) next = std::min(next, s->timer);
    }
    if (next == std::chrono::steady_clock::time_point::max()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<long long>(left.count(), 0, 1'000'000));
  }

  // What libcurl says is over.
  void collect(shard& from) {
    int left = 0;
    while (const CURLMsg* said = curl_multi_info_read(from.multi.get(), &left)) {
      if (said->msg != CURLMSG_DONE) continue;
      CURL* const easy = said->easy_handle;
      const CURLcode code = said->data.result;
      char* at = nullptr;
      curl_easy_getinfo(easy, CURLINFO_PRIVATE, &at);
      auto& e = *reinterpret_cast<exchange*>(at);
      e.code = code;
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &e.status);
      long connections = 1;
      curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connections);
      e.connected = connections > 0;
      curl_off_t wait_s = 0;
      curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &wait_s);
      e.retry_after_s = static_cast<double>(std::max<curl_off_t>(wait_s, 0));
      leave(e);
      over_.push_back(&e);
    }
  }

  // Tells those whose exchanges are over. They may begin further ones.
  void finish() {
    for (const std::vector<exchange*> over = std::exchange(over_, {}); exchange * e : over) {
      const auto at = active_.find(e);
      const std::unique_ptr<exchange> kept = std::move(at->second);
      active_.erase(at);
      spare_handle& s = spare_.emplace_back();
      s.easy.reset(std::exchange(kept->easy, nullptr));
      if (!kept->connected) {
        s.where = kept->where;
        s.url = kept->url;
        s.post = kept->post;
        s.uses = kept->uses + 1;
      }
      kept->done(*kept);
    }
  }

  file epoll_{::epoll_create1(EPOLL_CLOEXEC)};
  file wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::vector<std::unique_ptr<shard>> shards_{};
  std::unordered_map<exchange*, std::unique_ptr<exchange>> active_{};
  std::vector<exchange*> over_{};
  std::vector<spare_handle> spare_{};  // to be used again; connections are kept by the shards
};

}  // namespace shoal::openai::detail
