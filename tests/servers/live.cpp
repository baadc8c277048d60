// SPDX-License-Identifier: BSL-1.0
/// @file A real llama-server whose answers do not end by themselves: chat, streams, log-probabilities,
/// cancellation, crashes.
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "catch.hpp"
#include "servers.hpp"
#include "shoal/openai/backend.hpp"
#include "shoal/openai/probe.hpp"

using namespace shoal;
using namespace shoal::test;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;
using openai::cause;
using openai::completion;

namespace {

openai::question ask(std::size_t tokens, bool stream = false) {
  openai::question q{.turns = {{"user", "Say something."}}};
  q.how.stream = stream;
  q.how.max_tokens = tokens;
  q.how.temperature = 0;
  q.deadline = clock_type::now() + 60s;
  return q;
}

template <class Call>
openai::failure failure_of(const Call& call) {
  try {
    call();
  } catch (const openai::failure& f) {
    return f;
  }
  FAIL("there is an answer");
  throw 0;  // unreachable
}

// True as soon as the server works on nothing; an answer of thousands of tokens is far from its end then.
bool becomes_idle(const openai::client& client) {
  const auto give_up = clock_type::now() + 10s;
  while (clock_type::now() < give_up) {
    const openai::live_figures now = openai::look(client, give_up);
    if (now.ready && now.busy == 0U) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("llama-server chats, with its figures and log-probabilities", "[servers]") {
  SHOAL_NEED_LLAMA_SERVER();
  const babbling_server server;
  const openai::client client({.url = server.url()});
  openai::question q = ask(12);
  q.how.top_logprobs = 3;
  const completion c = client.ask(q);
  CHECK(!c.text.empty());
  CHECK(c.finish == "length");
  CHECK(c.output_tokens == 12);
  CHECK(c.input_tokens > 0);
  CHECK(c.server.generate_s > 0);
  CHECK(c.server.generate_s <= c.seconds);
  REQUIRE(c.tokens.size() == 12);
  std::string told;
  for (const auto& t : c.tokens) {
    told += t.token;
    CHECK(t.logprob < 0);
    REQUIRE(t.likeliest.size() == 3);
    CHECK(t.likeliest[0] >= t.likeliest[1]);
    CHECK(t.logprob == Approx(t.likeliest[0]));  // at temperature 0 the likeliest is taken
  }
  CHECK(told == c.text);
  for (const auto confidence :
       {openai::mean_logprob{}(c.tokens), openai::margin{}(c.tokens), openai::entropy{}(c.tokens)}) {
    REQUIRE(confidence);
    CHECK(*confidence > 0);
    CHECK(*confidence < 1);
  }
  CHECK(client.ask(q).text == c.text);
  CHECK(client.models().size() == 1);

  // The completion interface: log-probabilities come in the chat's shape.
  q.spoken = openai::dialect::text;
  const completion t = client.ask(q);
  CHECK(t.tokens.size() == 12);
  CHECK(t.output_tokens == 12);
}

TEST_CASE("llama-server streams what it says at once", "[servers]") {
  SHOAL_NEED_LLAMA_SERVER();
  const babbling_server server;
  const openai::client client({.url = server.url()});
  const completion whole = client.ask(ask(40));
  for (const auto spoken : {openai::dialect::chat, openai::dialect::text}) {
    openai::question q = ask(40, true);
    q.spoken = spoken;
    q.how.top_logprobs = 1;
    std::string seen;
    std::size_t pieces = 0;
    const completion c = client.ask(q, {}, [&](std::string_view s) {
      seen += s;
      ++pieces;
    });
    CHECK(c.text == seen);
    CHECK(pieces > 20);
    CHECK(c.output_tokens == 40);
    CHECK(c.tokens.size() == 40);
    CHECK(c.first_text_s > 0);
    CHECK(c.first_text_s < c.seconds);
    CHECK(c.server.generate_s > 0);
    if (spoken == openai::dialect::chat) CHECK(c.text == whole.text);
  }
}

TEST_CASE("llama-server obeys stop words, seeds and schemas", "[servers]") {
  SHOAL_NEED_LLAMA_SERVER();
  const babbling_server server;
  const openai::client client({.url = server.url()});
  openai::question q = ask(40);
  const std::string all = client.ask(q).text;
  q.how.stop = {all.substr(10, 4)};
  const completion cut = client.ask(q);
  CHECK(cut.finish == "stop");
  CHECK(cut.text == all.substr(0, all.find(q.how.stop[0])));
  q = ask(40);
  q.how.temperature = 2;
  q.how.seed = 5;
  const std::string five = client.ask(q).text;
  CHECK(client.ask(q).text == five);
  q.how.seed = 6;
  CHECK(client.ask(q).text != five);
  q = ask(200);
  q.how.format = openai::answer_format::json_schema;
  q.how.schema = nlohmann::json::parse(
      R"({"type": "object", "properties": {"so": {"enum": ["yes", "no"]}}, "required": ["so"], "additionalProperties": false})");
  const auto obeyed = nlohmann::json::parse(client.ask(q).text);
  CHECK((obeyed.at("so") == "yes" || obeyed.at("so") == "no"));
}

TEST_CASE("llama-server stops working when a call is cancelled or its deadline passes", "[servers]") {
  SHOAL_NEED_LLAMA_SERVER();
  const babbling_server server;
  const openai::client client({.url = server.url()});
  REQUIRE(openai::look(client).slots == 2U);
  for (const bool by_deadline : {false, true}) {
    INFO("by its deadline " << by_deadline);
    std::stop_source stop;
    openai::question q = ask(8000, true);
    if (by_deadline) q.deadline = clock_type::now() + 200ms;
    std::size_t pieces = 0;
    const openai::failure f = failure_of([&] {
      client.ask(q, stop.get_token(), [&](std::string_view) {
        if (++pieces == 5 && !by_deadline) stop.request_stop();
      });
    });
    CHECK(f.why == (by_deadline ? cause::timed_out : cause::cancelled));
    CHECK(!f.partial.empty());
    CHECK(becomes_idle(client));
    const auto written = openai::look(client).tokens_written;
    REQUIRE(written);
    CHECK(*written < 8000);  // it did not go on to the end
  }
  // One that does not stream is ended as well, but this server looks for its client only when it has
  // something to send, and goes on to the end: calls that may have to be ended stream.
  std::stop_source stop;
  std::jthread stopper([&] {
    while (openai::look(client).busy == 0U) std::this_thread::sleep_for(1ms);
    stop.request_stop();
  });
  CHECK(failure_of([&] { client.ask(ask(8000), stop.get_token()); }).why == cause::cancelled);
}

TEST_CASE("llama-server answers more calls at once than it has slots", "[servers]") {
  SHOAL_NEED_LLAMA_SERVER();
  const babbling_server server;
  const openai::engine engine;
  const openai::async_client client(engine, {.url = server.url()});
  std::mutex guard;
  std::condition_variable came;
  std::vector<openai::result<completion>> all;
  for (int i = 0; i < 24; ++i) {
    client.ask(ask(8, i % 2 == 0), [&](openai::result<completion> r) {
      const std::scoped_lock lock(guard);
      all.push_back(std::move(r));
      came.notify_all();
    });
  }
  std::unique_lock lock(guard);
  REQUIRE(came.wait_for(lock, 60s, [&] { return all.size() == 24; }));
  for (const auto& r : all) {
    REQUIRE(std::holds_alternative<completion>(r));
    CHECK(std::get<completion>(r).output_tokens == 8);
  }
}

TEST_CASE("llama-server killed in the middle is a named failure, and one restarted answers again",
          "[servers]") {
  SHOAL_NEED_LLAMA_SERVER();
  babbling_server server;
  const openai::client client({.url = server.url()});
  std::size_t pieces = 0;
  const openai::failure f = failure_of([&] {
    client.ask(ask(8000, true), {}, [&](std::string_view) {
      if (++pieces == 5) server.kill();
    });
  });
  CHECK(f.why == cause::cut_stream);
  CHECK(f.kind == infer::failure_kind::crashed);
  CHECK(f.retryable);
  CHECK(!f.partial.empty());
  CHECK(failure_of([&] { client.ask(ask(4)); }).why == cause::unreachable);
  CHECK_FALSE(openai::look(client).ready);
  server.start();
  CHECK(client.ask(ask(4)).output_tokens == 4);
}

TEST_CASE("llama-server killed before it answers is a named failure", "[servers]") {
  SHOAL_NEED_LLAMA_SERVER();
  babbling_server server;
  const openai::client client({.url = server.url()});
  std::jthread killer([&] {
    const openai::client other({.url = server.url()});
    while (openai::look(other).busy == 0U) std::this_thread::sleep_for(1ms);
    server.kill();
  });
  const openai::failure f = failure_of([&] { client.ask(ask(8000)); });
  CHECK(f.why == cause::connection_lost);
  CHECK(f.retryable);
}

TEST_CASE("what llama-server refuses has its cause", "[servers]") {
  SHOAL_NEED_LLAMA_SERVER();
  const babbling_server server;
  const openai::client client({.url = server.url()});
  openai::question q = ask(4);
  q.turns[0].content = std::string(20'000, 'a');
  const openai::failure overflow = failure_of([&] { client.ask(q); });
  CHECK(overflow.why == cause::context_overflow);
  CHECK_FALSE(overflow.retryable);
  q = ask(4);
  q.how.extra = {{"messages", "no list"}};
  const openai::failure wrong = failure_of([&] { client.ask(q); });
  CHECK((wrong.why == cause::bad_request || wrong.why == cause::server_error));  // older ones: HTTP 500
  CHECK_FALSE(wrong.retryable);
  CHECK(failure_of([&] { client.embed("babble", {"text"}); }).why == cause::server_error);  // HTTP 501
  CHECK(failure_of([&] { static_cast<void>(client.page("/no-such-page")); }).why == cause::not_found);
  const std::string url = server.url();
  // The server's own port with a digit more or less is nobody's, as far as one can know: port 1 is.
  CHECK(failure_of([&] { openai::client({.url = "http://127.0.0.1:1"}).ask(ask(4)); }).why ==
        cause::unreachable);
  // One model is served whatever it is called: the name says nothing, and that is no failure.
  q = ask(4);
  q.model = "no-such-model";
  const completion named = client.ask(q);
  CHECK(named.model.find("babble") != std::string::npos);
}

TEST_CASE("llama-server with a key wants it, and does not get to show it", "[servers]") {
  SHOAL_NEED_LLAMA_SERVER();
  const std::string key = "sk-live-0123456789abcdef";
  ::setenv("SHOAL_LIVE_KEY", key.c_str(), 1);
  ::setenv("SHOAL_WRONG_KEY", "sk-wrong-0123456789", 1);
  const babbling_server server({"--api-key", key});
  CHECK(openai::client({.url = server.url(), .key_env = "SHOAL_LIVE_KEY"}).ask(ask(4)).output_tokens == 4);
  const openai::failure none = failure_of([&] { openai::client({.url = server.url()}).ask(ask(4)); });
  CHECK(none.why == cause::unauthorized);
  const openai::failure wrong =
      failure_of([&] { openai::client({.url = server.url(), .key_env = "SHOAL_WRONG_KEY"}).ask(ask(4)); });
  CHECK(wrong.why == cause::unauthorized);
  CHECK(std::string(wrong.what()).find("sk-wrong-0123456789") == std::string::npos);
}

TEST_CASE("llama-server embeds", "[servers]") {
  SHOAL_NEED_LLAMA_SERVER();
  const babbling_server server({"--embeddings", "--pooling", "mean"});
  const openai::embeddings e = openai::client({.url = server.url()}).embed("babble", {"one", "two", "one"});
  CHECK(e.vectors.rows() == 3);
  CHECK(e.vectors.cols() == 64);
  CHECK((e.vectors.row(0) - e.vectors.row(2)).norm() < 1e-4);
  CHECK((e.vectors.row(0) - e.vectors.row(1)).norm() > 1e-2);
  CHECK(e.input_tokens > 0);
}

TEST_CASE("a connection that drips to llama-server keeps nobody else waiting", "[servers]") {
  SHOAL_NEED_LLAMA_SERVER();
  const babbling_server server;
  std::atomic<bool> over = false;
  std::vector<std::jthread> loris;
  for (int i = 0; i < 2; ++i) {
    loris.emplace_back([&] {
      const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
      sockaddr_in at{};
      at.sin_family = AF_INET;
      at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      at.sin_port = htons(static_cast<std::uint16_t>(std::stoi(server.url().substr(17))));
      if (::connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0) {
        const std::string head = "POST /v1/chat/completions HTTP/1.1\r\nX: ";
        (void)!::send(fd, head.data(), head.size(), MSG_NOSIGNAL);
        while (!over && ::send(fd, "x", 1, MSG_NOSIGNAL) == 1) std::this_thread::sleep_for(20ms);
      }
      ::close(fd);
    });
  }
  const openai::client client({.url = server.url()});
  for (int i = 0; i < 3; ++i) CHECK(client.ask(ask(4)).output_tokens == 4);
  over = true;
}

TEST_CASE("a probe measures llama-server by length and by requests at once", "[servers]") {
  SHOAL_NEED_LLAMA_SERVER();
  const babbling_server server;
  openai::hosted_model m{.where = {.url = server.url()}};
  const auto points =
      openai::probe(m, {.words = {4, 200}, .concurrency = {1, 3}, .requests = 3, .max_tokens = 16});
  REQUIRE(points.size() == 4);
  for (const auto& p : points) {
    INFO(p.words << " words, " << p.concurrency << " at once: " << p.first_failure);
    CHECK(p.answered == 3);
    CHECK(p.output_tokens == 16);
    CHECK(p.first_text_s > 0);
    CHECK(p.first_text_s <= p.latency_s);
    CHECK(p.latency_s <= p.latency_p95_s);
    CHECK(p.total_tokens_per_s > 0);
  }
  CHECK(points[2].input_tokens > 3 * points[0].input_tokens);
}
