// SPDX-License-Identifier: BSL-1.0
/// @file Calls that are waited for: deadlines, stop requests, connections, threads.
#include "shoal/openai/client.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "support.hpp"

using namespace shoal;
using namespace shoal::test;
using openai::cause;

namespace {

// A gate that one thread opens and others wait for.
class gate {
 public:
  void open() {
    const std::scoped_lock lock(guard_);
    open_ = true;
    opened_.notify_all();
  }
  bool wait() {
    std::unique_lock lock(guard_);
    return opened_.wait_for(lock, 10s, [&] { return open_; });
  }

 private:
  std::mutex guard_{};
  std::condition_variable opened_{};
  bool open_ = false;
};

}  // namespace

TEST_CASE("a deadline ends a call wherever it is, and closes its connection", "[openai]") {
  enum { says_nothing, heads_only, drips_headers, drips_stream, drips_body };
  for (const int how : {says_nothing, heads_only, drips_headers, drips_stream, drips_body}) {
    INFO("way " << how);
    std::atomic<bool> left = false;
    const openai::failure f = [&] {
      const scripted_server server([&](wire& w, const wire_request&) {
        if (how == heads_only) w.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
        if (how == drips_headers) {
          while (w.send("H")) std::this_thread::sleep_for(5ms);
        } else if (how == drips_stream) {
          w.stream();
          while (w.event(R"({"choices": [{"delta": {"content": "x"}}]})")) std::this_thread::sleep_for(5ms);
        } else if (how == drips_body) {
          w.stream("application/json");
          while (w.chunk(" ")) std::this_thread::sleep_for(5ms);
        }
        left = w.client_left();
        w.close();
      });
      openai::question q = question(how == drips_stream);
      q.deadline = clock::now() + 250ms;  // enough for the request to arrive on a busy machine
      openai::failure out = failure_at(server.url(), q);
      for (const auto give_up = clock::now() + 10s; !left && clock::now() < give_up;)
        std::this_thread::sleep_for(1ms);
      return out;
    }();
    CHECK(left);
    INFO(f.what());
    CHECK(f.why == (how == drips_headers ? cause::malformed : cause::timed_out));
    if (how == drips_stream) CHECK(f.partial.rfind("xx", 0) == 0);
  }
}

TEST_CASE("a deadline that has passed ends a call at once", "[openai]") {
  const scripted_server server(200, good_body);
  openai::question q = question();
  q.deadline = clock::now() - 1s;
  const auto begun = clock::now();
  CHECK(failure_at(server.url(), q).why == cause::timed_out);
  CHECK(clock::now() - begun < 5s);
}

TEST_CASE("a stop request ends a call, and the server sees the connection close", "[openai]") {
  for (const bool stream : {false, true}) {
    gate asked;
    std::atomic<bool> left = false;
    {
      const scripted_server server([&](wire& w, const wire_request&) {
        if (stream) {
          w.stream();
          w.event(R"({"choices": [{"delta": {"content": "so "}}]})");
        } else {
          asked.open();
        }
        left = w.client_left();
        w.close();
      });
      std::stop_source stop;
      std::jthread stopper([&] {
        asked.wait();
        stop.request_stop();
      });
      const openai::client client({.url = server.url()});
      try {
        client.ask(question(stream), stop.get_token(), [&](std::string_view) { asked.open(); });
        FAIL("there is an answer");
      } catch (const openai::failure& f) {
        CHECK(f.why == cause::cancelled);
        CHECK(f.kind == infer::failure_kind::cancelled);
        CHECK_FALSE(f.retryable);
        CHECK(f.partial == (stream ? "so " : ""));
      }
    }
    CHECK(left);
  }
}

TEST_CASE("a stop that came before ends a call before it is made", "[openai]") {
  const scripted_server server(200, good_body);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(openai::client({.url = server.url()}).ask(question(), stop.get_token()), openai::failure);
  CHECK(server.requests().empty());
}

TEST_CASE("one connection serves calls one after the other, whatever came of them", "[openai]") {
  int calls = 0;
  const scripted_server server([&](wire& w, const wire_request& r) {
    ++calls;
    if (calls == 2) {
      w.reply(429, "{}");
    } else if (r.body.find("\"stream\":true") != std::string::npos) {
      w.stream();
      w.event(R"({"choices": [{"delta": {"content": "yes"}, "finish_reason": "stop"}]})");
      w.event("[DONE]");
      w.end();
    } else {
      w.reply(200, good_body);
    }
  });
  const openai::client client({.url = server.url()});
  CHECK(client.ask(question()).text == "yes");
  CHECK_THROWS_AS(client.ask(question()), openai::failure);
  CHECK(client.page("/metrics") == good_body);
  CHECK(client.ask(question(true)).text == "yes");
  CHECK(client.ask(question()).text == "yes");
  CHECK(server.connections() == 1);
  REQUIRE(server.requests().size() == 5);
  CHECK(server.requests()[2].line == "GET /metrics HTTP/1.1");  // nothing of the POST before it
  CHECK(server.requests()[2].body.empty());
}

TEST_CASE("a server that was restarted meanwhile is asked over a new connection", "[openai]") {
  std::atomic<int> calls = 0;
  const scripted_server server([&](wire& w, const wire_request&) {
    ++calls;  // before the client can have its answer
    w.reply(200, good_body);
    w.close();  // keep-alive was promised, and is broken
  });
  const openai::client client({.url = server.url()});
  for (int i = 0; i < 5; ++i) CHECK(client.ask(question()).text == "yes");
  CHECK(calls == 5);
  CHECK(server.connections() == 5);
}

TEST_CASE("a server that hangs up on every connection that was kept is asked over a new one", "[openai]") {
  const scripted_server server([](wire& w, const wire_request&) {
    thread_local bool used = false;  // a connection has a thread of its own
    if (std::exchange(used, true)) return w.close();
    w.reply(200, good_body);
  });
  const openai::client client({.url = server.url()});
  // More often than libcurl tries again: its count must begin anew with each call.
  for (int i = 0; i < 20; ++i) CHECK(client.ask(question()).text == "yes");
}

TEST_CASE("an observer of text that throws ends the call, and the client goes on", "[openai]") {
  const scripted_server server([&](wire& w, const wire_request&) {
    w.stream();
    while (w.event(R"({"choices": [{"delta": {"content": "on "}}]})") && !w.closed()) {
    }
    w.close();
  });
  const openai::client client({.url = server.url()});
  CHECK_THROWS_AS(
      client.ask(question(true), {}, [](std::string_view) { throw std::runtime_error("enough"); }),
      std::runtime_error);
  const scripted_server other(200, good_body);
  CHECK(openai::client({.url = other.url()}).ask(question()).text == "yes");
}

TEST_CASE("a client is for any number of threads", "[openai]") {
  const scripted_server server([](wire& w, const wire_request& r) {
    w.reply(r.body.find("odd") != std::string::npos ? 503 : 200, good_body);
  });
  const openai::client client({.url = server.url()});
  std::atomic<int> answered = 0;
  std::atomic<int> failed = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 20; ++i) {
          openai::question q = question();
          if ((t + i) % 2 != 0) q.turns[0].content = "odd";
          try {
            client.ask(q);
            ++answered;
          } catch (const openai::failure&) {
            ++failed;
          }
        }
      });
    }
  }
  CHECK(answered == 80);
  CHECK(failed == 80);
  CHECK(server.connections() <= 8);
}

TEST_CASE("text that is no UTF-8 is asked with its broken bytes replaced", "[openai]") {
  const scripted_server server(200, good_body);
  openai::question q = question();
  q.turns[0].content = "a\xFF";
  openai::client({.url = server.url()}).ask(q);
  CHECK(nlohmann::json::parse(server.requests().at(0).body)["messages"][0]["content"] == "a\xEF\xBF\xBD");
}
