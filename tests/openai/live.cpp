// SPDX-License-Identifier: BSL-1.0
#include "shoal/openai/live.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include "shoal/openai/probe.hpp"
#include "support.hpp"

using namespace shoal;
using namespace shoal::test;

TEST_CASE("metrics are read by name, those with labels added up", "[openai]") {
  const auto m = openai::read_metrics(
      "# HELP vllm:num_requests_running of the engine\n# TYPE vllm:num_requests_running gauge\n"
      "vllm:num_requests_running{engine=\"0\",model_name=\"a } b\"} 2.0\n"
      "vllm:num_requests_running{engine=\"1\",model_name=\"a\"} 3.0 1700000000000\r\n"
      "llamacpp:predicted_tokens_seconds 12.5\nno_value\n{x=\"1\"} 3\nbroken 1x\nlast 1e3");
  CHECK(m.at("vllm:num_requests_running") == 5);
  CHECK(m.at("llamacpp:predicted_tokens_seconds") == 12.5);
  CHECK(m.at("last") == 1000);
  CHECK(m.size() == 3);
}

TEST_CASE("a vLLM server's figures are read, and its speed between two looks", "[openai]") {
  std::atomic<int> looks = 0;
  const scripted_server server([&](wire& w, const wire_request& r) {
    if (r.asks("/health")) return (void)w.reply(200, "", "", "text/plain");
    if (!r.asks("/metrics")) return (void)w.reply(404, R"({"detail": "Not Found"})");
    ++looks;
    w.reply(200,
            "vllm:num_requests_running{m=\"x\"} 2.0\nvllm:num_requests_waiting{m=\"x\"} "
            "7.0\nvllm:generation_tokens_total{m=\"x\"} " +
                std::to_string(100 * looks) + "\n",
            "", "text/plain");
  });
  const openai::client client({.url = server.url()});
  openai::live_figures first = openai::look(client);
  CHECK(first.ready);
  CHECK(first.busy == 2U);
  CHECK(first.queued == 7U);
  CHECK_FALSE(first.slots);
  openai::live_figures second = openai::look(client);
  first.at = {};
  second.at = first.at + 4s;
  CHECK(openai::tokens_per_s_between(first, second) == 25.0);
  CHECK_FALSE(openai::tokens_per_s_between(second, first));
}

TEST_CASE("a server without health is ready when it lists its models", "[openai]") {
  const scripted_server server([](wire& w, const wire_request& r) {
    r.asks("/v1/models") ? w.reply(200, R"({"data": [{"id": "a"}]})")
                         : w.reply(404, "404 page not found", "", "text/plain");
  });
  const openai::live_figures l = openai::look(openai::client({.url = server.url()}));
  CHECK(l.ready);
  CHECK(l.note.empty());
  CHECK_FALSE(l.busy);
  const openai::live_figures none = openai::look(openai::client({.url = "http://127.0.0.1:1"}));
  CHECK_FALSE(none.ready);
  CHECK(!none.note.empty());
}

TEST_CASE("a probe counts pieces where the server does not count tokens, and what failed", "[openai]") {
  std::atomic<int> asked = 0;
  const scripted_server server([&](wire& w, const wire_request&) {
    if (++asked % 3 == 0) return (void)w.reply(503, "{}");
    w.stream();
    for (int i = 0; i < 4; ++i) w.event(R"({"choices": [{"delta": {"content": "x"}}]})");
    w.event("[DONE]");
    w.end();
  });
  double joules = 0;
  const auto points =
      openai::probe({.where = {.url = server.url()}},
                    {.words = {3}, .concurrency = {1}, .requests = 6, .energy = [&] { return joules += 8; }});
  REQUIRE(points.size() == 1);
  CHECK(points[0].answered == 4);
  CHECK(points[0].failed == 2);
  CHECK(points[0].first_failure.find("503") != std::string::npos);
  CHECK(points[0].output_tokens == 4);
  CHECK(points[0].joules == 2.0);
  CHECK_THROWS_AS(openai::probe({.where = {.url = server.url()}}, {.words = {0}}), invalid_argument);
}
