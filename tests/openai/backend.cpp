// SPDX-License-Identifier: BSL-1.0
#include "shoal/openai/backend.hpp"

#include <cmath>
#include <cstdlib>
#include <string>

#include "shoal/json/plan.hpp"
#include "shoal/openai/plan_schema.hpp"
#include "support.hpp"

using namespace shoal;
using namespace shoal::test;

TEST_CASE("a backend asks with instruction, input and what the request needs", "[openai]") {
  const scripted_server server(200, R"({"choices": [{"message": {"content": "yes"}, "finish_reason": "stop",
    "logprobs": null}], "usage": {"prompt_tokens": 30, "completion_tokens": 1}})");
  openai::hosted_model m{.where = {.url = server.url()}, .model = "tiny"};
  m.how.system = "Be brief.";
  m.confidence = openai::mean_logprob{};
  const openai::backend backend(m);
  infer::request<> r;
  r.instruction = "Answer.";
  r.input = "Is it so?\r\n\n";  // as a cut leaves it
  r.needs = {{"part-1", "It is."}};
  r.idempotency_key = "run-7/part-2";
  const answer<> a = backend(r, {});
  CHECK(a.value == "yes");
  CHECK(a.confidence == 1);  // the server has no log-probabilities
  CHECK(a.used.input_tokens == 30);
  const auto body = nlohmann::json::parse(server.requests().at(0).body);
  CHECK(body["messages"][0]["content"] == "Be brief.");
  CHECK(body["messages"][1]["content"] == "Answer.\n\nIs it so?\n\npart-1:\nIt is.");
  CHECK(body["model"] == "tiny");
  CHECK(server.requests().at(0).headers.find("\r\nIdempotency-Key: run-7/part-2\r\n") != std::string::npos);
  r.idempotency_key = "two\r\nlines";
  CHECK_THROWS_AS(backend(r, {}), invalid_argument);
}

TEST_CASE("a backend makes its confidence of log-probabilities", "[openai]") {
  const scripted_server server(200, R"({"choices": [{"message": {"content": "yes"}, "finish_reason": "stop",
    "logprobs": {"content": [{"token": "yes", "logprob": -0.5}]}}]})");
  openai::hosted_model m{.where = {.url = server.url()}};
  m.how.top_logprobs = 2;
  m.confidence = openai::mean_logprob{};
  CHECK(openai::backend(m)({}, {}).confidence == Approx(std::exp(-0.5)));
  CHECK(nlohmann::json::parse(server.requests().at(0).body)["logprobs"] == true);
}

TEST_CASE("a planner asks for plans in JSON by a schema, and reads them", "[openai]") {
  const scripted_server server(200, R"({"choices": [{"message": {"content":
    "{\"subtasks\": [{\"name\": \"a\", \"instruction\": \"Do.\", \"pieces\": [1, 2], \"needs\": []}]}"}, "finish_reason": "stop"}]})");
  openai::hosted_model m{.where = {.url = server.url()}};
  m.how.format = openai::answer_format::json_schema;
  m.how.schema = openai::plan_schema();
  const json::planner planner{.backend = openai::backend(m)};
  const task_graph graph = planner(task{"One. Two.", "Do."});
  REQUIRE(graph.size() == 1);
  CHECK(graph[0].input == "One. Two.");
  const auto body = nlohmann::json::parse(server.requests().at(0).body);
  CHECK(body["response_format"]["json_schema"]["schema"]["properties"]["subtasks"]["type"] == "array");
}

TEST_CASE("no log, error or answer of a failing run holds the key", "[openai]") {
  const std::string key = "sk-hidden-0123456789abcdef";
  ::setenv("SHOAL_TEST_KEY", key.c_str(), 1);
  // The server shows the key in every way that it can: whole, in part, in headers, in errors of all shapes.
  const std::string bodies[] = {
      R"({"error": {"message": "Incorrect API key provided: )" + key + R"(.", "type": ")" + key +
          R"(", "code": ")" + key + "\"}}",
      R"({"error": ")" + key + "\"}",
      R"({"detail": [{"msg": ")" + key + "\"}]}",
      "<html>" + key + "</html>",
      R"({"error": {"message": ")" + std::string(290, 'x') + key + "\"}}",
      R"({"choices": ")" + key + "\"}",
      R"({"choices": [{"message": {"content": null, "refusal": ")" + key + "\"}}]}",
      "{\"choices\": [ " + key,
  };
  std::string everything;
  for (const int status : {200, 302, 400, 401, 429, 500}) {
    for (const std::string& body : bodies) {
      for (const bool stream : {false, true}) {
        const scripted_server server([&](wire& w, const wire_request& r) {
          CHECK(r.headers.find("Authorization: Bearer " + key) != std::string::npos);
          CHECK(r.body.find(key) == std::string::npos);
          if (stream && status == 200) {
            w.stream();
            w.event(body);
            w.end();
          } else {
            w.reply(status, body, "Location: http://" + key + "/\r\nX-Key: " + key + "\r\n");
          }
        });
        const openai::failure f = failure_at(server.url(), question(stream), {.key_env = "SHOAL_TEST_KEY"});
        everything += f.what() + f.partial + '\n';
      }
    }
  }
  everything += failure_at("http://127.0.0.1:1", question(), {.key_env = "SHOAL_TEST_KEY"}).what();
  ::unsetenv("SHOAL_TEST_KEY");
  CHECK(everything.find(key) == std::string::npos);
  for (std::size_t at = 0; at + 8 <= key.size(); ++at) {
    INFO(key.substr(at, 8));
    CHECK(everything.find(key.substr(at, 8)) == std::string::npos);
  }
  CHECK(everything.find("***") != std::string::npos);
}
