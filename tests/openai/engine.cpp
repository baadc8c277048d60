// SPDX-License-Identifier: BSL-1.0
/// @file Calls that are not waited for: many on one thread, ended singly and all at once.
#include "shoal/openai/engine.hpp"

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "shoal/openai/backend.hpp"
#include "shoal/run/event_executor.hpp"
#include "shoal/run/event_loop.hpp"
#include "shoal/shoal.hpp"
#include "support.hpp"

using namespace shoal;
using namespace shoal::test;
using openai::cause;
using openai::completion;
using openai::failure;

namespace {

// Where handlers put what they get, and a test waits for it.
template <class T>
class inbox {
 public:
  void put(openai::result<T> r) {
    const std::scoped_lock lock(guard_);
    all_.push_back(std::move(r));
    came_.notify_all();
  }
  std::vector<openai::result<T>> wait_for(std::size_t n) {
    std::unique_lock lock(guard_);
    came_.wait_for(lock, 60s, [&] { return all_.size() >= n; });
    return all_;
  }

 private:
  std::mutex guard_{};
  std::condition_variable came_{};
  std::vector<openai::result<T>> all_{};
};

// A server that answers nobody until it ends.
scripted_server::script silence() {
  return [](wire& w, const wire_request&) {
    (void)w.client_left();
    w.close();
  };
}

}  // namespace

TEST_CASE("hundreds of calls are in flight on one thread, and each gets its own answer", "[openai]") {
  constexpr std::size_t calls = 200;
  std::atomic<std::size_t> waiting = 0;
  const scripted_server server([&](wire& w, const wire_request& r) {
    // Nobody is answered before all are there: they must be in flight at once.
    ++waiting;
    while (waiting < calls && !server.ending()) std::this_thread::sleep_for(1ms);
    const std::string asked = nlohmann::json::parse(r.body)["messages"][0]["content"];
    w.reply(200, R"({"choices": [{"message": {"content": ")" + asked + R"("}, "finish_reason": "stop"}]})");
  });
  inbox<completion> answers;
  std::atomic<int> wrong = 0;
  const openai::engine engine;
  const openai::async_client client(engine, {.url = server.url()});
  for (std::size_t i = 0; i < calls; ++i) {
    openai::question q = question();
    q.turns[0].content = std::to_string(i);
    client.ask(q, [&, i](openai::result<completion> r) {
      if (!std::holds_alternative<completion>(r) || std::get<completion>(r).text != std::to_string(i))
        ++wrong;
      answers.put(std::move(r));
    });
  }
  CHECK(answers.wait_for(calls).size() == calls);
  CHECK(wrong == 0);
}

TEST_CASE("failures and streams come as they do to a client that waits", "[openai]") {
  const scripted_server server([](wire& w, const wire_request& r) {
    if (r.body.find("fail") != std::string::npos) {
      w.reply(429, R"({"error": {"message": "slow down"}})", "Retry-After: 3\r\n");
      return;
    }
    w.stream();
    w.event(R"({"choices": [{"delta": {"content": "y"}}]})");
    w.event(R"({"choices": [{"delta": {"content": "es"}, "finish_reason": "stop"}]})");
    w.end();
  });
  const openai::engine engine;
  const openai::async_client client(engine, {.url = server.url()});
  inbox<completion> answers;
  std::string seen;
  client.ask(
      question(true), [&](openai::result<completion> r) { answers.put(std::move(r)); },
      [&](std::string_view s) { seen += s; });
  CHECK(std::get<completion>(answers.wait_for(1).at(0)).text == "yes");
  CHECK(seen == "yes");
  openai::question q = question();
  q.turns[0].content = "fail";
  client.ask(q, [&](openai::result<completion> r) { answers.put(std::move(r)); });
  const auto all = answers.wait_for(2);
  const failure& f = std::get<failure>(all.at(1));
  CHECK(f.why == cause::rate_limited);
  CHECK(f.retry_after_s == 3);
  client.ask(
      question(true), [&](openai::result<completion> r) { answers.put(std::move(r)); },
      [](std::string_view) { throw std::runtime_error("enough"); });
  CHECK(std::get<failure>(answers.wait_for(3).at(2)).why == cause::cancelled);
}

TEST_CASE("a call can be ended from any thread, before, while and after it is made", "[openai]") {
  const scripted_server server(silence());
  inbox<completion> answers;
  openai::cancel_handle late;
  {
    const openai::engine engine;
    const openai::async_client client(engine, {.url = server.url()});
    const auto keep = [&](openai::result<completion> r) { answers.put(std::move(r)); };
    client.ask(question(), keep)();  // perhaps before the engine's thread has seen it
    const openai::cancel_handle second = client.ask(question(), keep);
    while (server.requests().empty()) std::this_thread::sleep_for(1ms);
    std::jthread([&] { second(); });
    answers.wait_for(2);
    second();
    late = second;
  }
  late();  // its engine is gone
  openai::cancel_handle{}();
  for (const auto& r : answers.wait_for(2)) CHECK(std::get<failure>(r).why == cause::cancelled);
  CHECK(answers.wait_for(2).size() == 2);
}

TEST_CASE("an engine that ends ends its calls first", "[openai]") {
  const scripted_server server(silence());
  inbox<completion> answers;
  {
    const openai::engine engine;
    const openai::async_client client(engine, {.url = server.url()});
    for (int i = 0; i < 20; ++i) {
      client.ask(question(), [&](openai::result<completion> r) { answers.put(std::move(r)); });
    }
  }
  const auto all = answers.wait_for(20);
  CHECK(all.size() == 20);
  for (const auto& r : all) CHECK(std::get<failure>(r).why == cause::cancelled);
}

TEST_CASE("a handler may begin the next call", "[openai]") {
  const scripted_server server(200, good_body);
  std::promise<int> over;
  const openai::engine engine;
  const openai::async_client client(engine, {.url = server.url()});
  int left = 50;
  std::function<void(openai::result<completion>)> next = [&](openai::result<completion> r) {
    if (!std::holds_alternative<completion>(r) || --left == 0) {
      over.set_value(left);
    } else {
      client.ask(question(), next);
    }
  };
  client.ask(question(), next);
  CHECK(over.get_future().get() == 0);
  CHECK(server.connections() == 1);
}

TEST_CASE("deadlines of many calls pass each in its time", "[openai]") {
  const scripted_server server(silence());
  inbox<completion> answers;
  const openai::engine engine;
  const openai::async_client client(engine, {.url = server.url()});
  const auto begun = clock::now();
  for (int i = 1; i <= 20; ++i) {
    openai::question q = question();
    q.deadline = begun + i * 5ms;
    client.ask(q, [&, q](openai::result<completion> r) {
      if (clock::now() < q.deadline) r = completion{.text = "too early"};
      answers.put(std::move(r));
    });
  }
  for (const auto& r : answers.wait_for(20)) {
    REQUIRE(std::holds_alternative<failure>(r));
    CHECK(std::get<failure>(r).why == cause::timed_out);
  }
}

TEST_CASE("calls begun and ended on many threads all end", "[openai]") {
  const scripted_server server([](wire& w, const wire_request& r) {
    if (r.body.find("wait") != std::string::npos) {
      (void)w.client_left();
      w.close();
    } else {
      w.reply(200, good_body);
    }
  });
  std::atomic<int> ended = 0;
  {
    const openai::engine engine;
    const openai::async_client client(engine, {.url = server.url()});
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i) {
          openai::question q = question();
          if (i % 3 == 0) q.turns[0].content = "wait";
          const auto cancel = client.ask(q, [&](const openai::result<completion>&) { ++ended; });
          if (i % 3 == 0) cancel();
        }
      });
    }
  }
  CHECK(ended == 100);
}

TEST_CASE("the runtime drives models behind servers, and gives to others what one refuses", "[openai]") {
  const scripted_server good(200, R"({"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}],
                                      "usage": {"prompt_tokens": 3, "completion_tokens": 1}})");
  const scripted_server bad(400, R"({"error": {"message": "not me"}})");
  const fleet<> models{{.name = "bad", .energy_j = 1}, {.name = "good", .energy_j = 2}};
  task_graph graph;
  for (int k = 0; k < 20; ++k) graph.add({.name = "part-" + std::to_string(k), .input = "Is it so?"});
  const assign::problem p = assign::make_problem(models, graph);
  const run::job job = run::make_job(models, graph, p, {}, assign::plan(20, {0}));
  const openai::engine engine;
  infer::async_backends<> backends;
  backends.emplace_back(openai::async_backend(engine, {.where = {.url = bad.url()}}));
  backends.emplace_back(openai::async_backend(engine, {.where = {.url = good.url()}}));
  run::basic_event_loop<> loop;
  const auto out = run::event_executor<run::basic_event_loop<>>{.on = &loop}(
      job, std::move(backends), {.replan = run::replan{assign::greedy{}}});
  for (const auto& o : out.subtasks) CHECK(o.value == "yes");
  CHECK(out.used.input_tokens == 60);
  REQUIRE(!out.subtasks[0].failures.empty());
  CHECK(out.subtasks[0].failures[0].text.find("not me") != std::string::npos);
}

TEST_CASE("an asynchronous backend ends calls by their number, and refuses without throwing", "[openai]") {
  struct keeper final : infer::reply_sink<> {
    void take(infer::reply<>&& r) override { got.set_value(std::move(r)); }
    std::promise<infer::reply<>> got{};
  };
  const scripted_server server(silence());
  const openai::engine engine;
  openai::async_backend backend(engine, {.where = {.url = server.url()}});
  const auto sink = std::make_shared<keeper>();
  infer::request<> r;
  backend.start(r, 7, infer::completion<>(sink));
  backend.cancel(8);
  backend.cancel(7);
  const auto cancelled = sink->got.get_future().get();
  CHECK(std::get<infer::failed_call>(cancelled).kind == infer::failure_kind::cancelled);
  const auto other = std::make_shared<keeper>();
  r.idempotency_key = "two\nlines";
  backend.start(r, 9, infer::completion<>(other));
  CHECK(std::get<infer::failed_call>(other->got.get_future().get()).kind == infer::failure_kind::crashed);
}

TEST_CASE("a call has nothing of the one before it, wherever that went", "[openai]") {
  ::setenv("SHOAL_ENGINE_KEY", "sk-engine-0123456789", 1);
  const auto answer = [](wire& w, const wire_request& r) {
    if (r.asks("/v1/embeddings")) {
      w.reply(200, R"({"data": [{"index": 0, "embedding": [1, 2]}]})");
    } else {
      w.reply(200, good_body);
    }
  };
  const scripted_server first(answer);
  const scripted_server second(answer);
  const openai::engine engine;
  const openai::async_client keyed(engine, {.url = first.url(), .key_env = "SHOAL_ENGINE_KEY"});
  const openai::async_client open(engine, {.url = first.url()});
  const openai::async_client other(engine, {.url = second.url()});
  ::unsetenv("SHOAL_ENGINE_KEY");
  inbox<completion> said;
  inbox<openai::embeddings> vectors;
  std::size_t asked = 0;
  std::size_t embedded = 0;
  const auto ask = [&](const openai::async_client& of, const std::string& words, const std::string& number,
                       clock::time_point deadline) {
    openai::question q = question();
    q.turns[0].content = words;
    q.idempotency_key = number;
    q.deadline = deadline;
    of.ask(q, [&](openai::result<completion> r) { said.put(std::move(r)); });
    return said.wait_for(++asked).back();
  };
  for (int round = 0; round < 3; ++round) {
    const std::string n = std::to_string(round);
    CHECK(std::holds_alternative<completion>(
        ask(keyed, "a rather long question " + n, "number-" + n, clock::now() + 60s)));
    CHECK(std::holds_alternative<completion>(ask(keyed, "short", "", clock::time_point::max())));
    CHECK(std::holds_alternative<completion>(ask(open, "open", "", clock::now() + 60s)));
    open.embed("tiny", {"text"}, [&](openai::result<openai::embeddings> r) { vectors.put(std::move(r)); });
    CHECK(std::holds_alternative<openai::embeddings>(vectors.wait_for(++embedded).back()));
    CHECK(std::holds_alternative<completion>(ask(other, "other", "", clock::time_point::max())));
  }
  const auto seen = first.requests();
  REQUIRE(seen.size() == 12);
  REQUIRE(second.requests().size() == 3);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    INFO(i << ' ' << seen[i].headers << ' ' << seen[i].body);
    const bool with_key = i % 4 < 2;
    CHECK((seen[i].headers.find("Authorization: Bearer sk-engine-0123456789") != std::string::npos) ==
          with_key);
    CHECK((seen[i].headers.find("Idempotency-Key: number-" + std::to_string(i / 4)) != std::string::npos) ==
          (i % 4 == 0));
    CHECK((seen[i].headers.find("Idempotency-Key") != std::string::npos) == (i % 4 == 0));
    CHECK(seen[i].asks(i % 4 == 3 ? "/v1/embeddings" : "/v1/chat/completions"));
    const auto body = nlohmann::json::parse(seen[i].body);
    const std::string words[] = {"a rather long question " + std::to_string(i / 4), "short", "open"};
    if (i % 4 < 3) CHECK(body["messages"][0]["content"] == words[i % 4]);
  }
  for (const auto& r : second.requests()) CHECK(r.headers.find("Authorization") == std::string::npos);
}
