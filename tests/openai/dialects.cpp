// SPDX-License-Identifier: BSL-1.0
/// @file Answers as llama-server, vLLM, Ollama and LiteLLM shape them, written by us from their
/// documentation.
#include <cmath>
#include <string>
#include <vector>

#include "shoal/openai/backend.hpp"
#include "support.hpp"

using namespace shoal;
using namespace shoal::test;
using openai::completion;
using openai::dialect;

namespace {

completion whole(const std::string& body, dialect spoken = dialect::chat) {
  const scripted_server server(200, body);
  openai::question q = question();
  q.spoken = spoken;
  return openai::client({.url = server.url()}).ask(q);
}

completion streamed(const std::vector<std::string>& events, dialect spoken = dialect::chat,
                    const openai::text_observer& see = {}) {
  const scripted_server server([&](wire& w, const wire_request&) {
    w.stream(spoken == dialect::ollama ? "application/x-ndjson" : "text/event-stream; charset=utf-8");
    for (const std::string& e : events) spoken == dialect::ollama ? w.chunk(e + "\n") : w.event(e);
    w.end();
  });
  openai::question q = question(true);
  q.spoken = spoken;
  return openai::client({.url = server.url()}).ask(q, {}, see);
}

}  // namespace

TEST_CASE("llama-server: a chat with usage, timings and log-probabilities", "[openai]") {
  const completion c = whole(R"({"choices": [{"finish_reason": "stop", "index": 0,
    "message": {"role": "assistant", "content": "yes."},
    "logprobs": {"content": [
      {"id": 9, "token": "yes", "bytes": [121, 101, 115], "logprob": -0.25,
       "top_logprobs": [{"id": 9, "token": "yes", "bytes": [], "logprob": -0.25}, {"id": 8, "token": "no", "bytes": [], "logprob": -1.5}]},
      {"id": 7, "token": ".", "bytes": [46], "logprob": -0.75, "top_logprobs": []}]}}],
    "created": 1, "model": "tiny.gguf", "system_fingerprint": "b1", "object": "chat.completion",
    "usage": {"completion_tokens": 2, "prompt_tokens": 11, "total_tokens": 13, "prompt_tokens_details": {"cached_tokens": 0}},
    "id": "chatcmpl-1", "timings": {"cache_n": 0, "prompt_n": 11, "prompt_ms": 12.5, "predicted_n": 2, "predicted_ms": 40.0}})");
  CHECK(c.text == "yes.");
  CHECK(c.finish == "stop");
  CHECK(c.model == "tiny.gguf");
  CHECK(c.input_tokens == 11);
  CHECK(c.output_tokens == 2);
  CHECK(c.server.prompt_s == Approx(0.0125));
  CHECK(c.server.generate_s == Approx(0.04));
  CHECK(c.seconds > 0);
  REQUIRE(c.tokens.size() == 2);
  CHECK(c.tokens[0].likeliest == std::vector<double>{-0.25, -1.5});
  CHECK(*openai::mean_logprob{}(c.tokens) == Approx(std::exp(-0.5)));
}

TEST_CASE("llama-server: a stream of a role chunk, content, timings, usage and the end", "[openai]") {
  std::string seen;
  const completion c = streamed(
      {R"({"choices": [{"finish_reason": null, "index": 0, "delta": {"role": "assistant", "content": null}}], "model": "tiny.gguf"})",
       R"({"choices": [{"finish_reason": null, "index": 0, "delta": {"content": "y"}, "logprobs": {"content": [{"token": "y", "logprob": -0.5, "top_logprobs": []}]}}]})",
       R"({"choices": [{"finish_reason": null, "index": 0, "delta": {"content": "es"}, "logprobs": {"content": [{"token": "es", "logprob": -1.5, "top_logprobs": []}]}}]})",
       R"({"choices": [{"finish_reason": "length", "index": 0, "delta": {}}]})",
       R"({"choices": [], "usage": {"completion_tokens": 2, "prompt_tokens": 5, "total_tokens": 7}, "timings": {"prompt_n": 5, "prompt_ms": 1.0, "predicted_n": 2, "predicted_ms": 2.0}})",
       "[DONE]"},
      dialect::chat, [&](std::string_view piece) { seen += "<" + std::string(piece) + ">"; });
  CHECK(c.text == "yes");
  CHECK(seen == "<y><es>");
  CHECK(c.finish == "length");
  CHECK(c.input_tokens == 5);
  CHECK(c.output_tokens == 2);
  CHECK(c.server.generate_s == Approx(0.002));
  CHECK(c.tokens.size() == 2);
  CHECK(c.first_text_s > 0);
  CHECK(c.first_text_s <= c.seconds);
}

TEST_CASE("llama-server: completions with log-probabilities in the chat's shape", "[openai]") {
  const completion c = whole(R"({"choices": [{"text": "yes", "index": 0, "finish_reason": "stop",
    "logprobs": {"content": [{"token": "yes", "logprob": -0.5, "top_logprobs": [{"token": "yes", "logprob": -0.5}]}]}}],
    "timings": {"cache_n": 3, "prompt_n": 4, "prompt_ms": 1, "predicted_n": 1, "predicted_ms": 1}})",
                             dialect::text);
  CHECK(c.text == "yes");
  REQUIRE(c.tokens.size() == 1);
  CHECK(c.tokens[0].logprob == -0.5);
  CHECK(c.input_tokens == 7);  // from the timings, since there is no usage
  CHECK(c.output_tokens == 1);
}

TEST_CASE("vLLM: completions with log-probabilities in their own shape, null for the first", "[openai]") {
  const completion c = whole(
      R"({"id": "cmpl-1", "object": "text_completion", "model": "m", "choices": [{"index": 0, "text": "a b",
    "logprobs": {"text_offset": [0, 1], "token_logprobs": [null, -0.7], "tokens": ["a", " b"], "top_logprobs": [null, {" b": -0.7, " c": -0.9}]},
    "finish_reason": "stop", "stop_reason": null, "prompt_logprobs": null}],
    "usage": {"prompt_tokens": 3, "total_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": null}})",
      dialect::text);
  REQUIRE(c.tokens.size() == 1);
  CHECK(c.tokens[0].token == " b");
  CHECK(c.tokens[0].likeliest == std::vector<double>{-0.7, -0.9});
}

TEST_CASE("vLLM: an empty first delta, usage in every chunk, an end without a last chunk", "[openai]") {
  const completion c = streamed(
      {R"({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "logprobs": null, "finish_reason": null}], "usage": {"prompt_tokens": 6, "total_tokens": 6, "completion_tokens": 0}})",
       R"({"choices": [{"index": 0, "delta": {"content": "yes"}, "logprobs": null, "finish_reason": null}], "usage": {"prompt_tokens": 6, "total_tokens": 7, "completion_tokens": 1}})",
       R"({"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop", "stop_reason": null}], "usage": {"prompt_tokens": 6, "total_tokens": 8, "completion_tokens": 2}})",
       "[DONE]"});
  CHECK(c.text == "yes");
  CHECK(c.input_tokens == 6);
  CHECK(c.output_tokens == 2);
  CHECK(c.tokens.empty());
}

TEST_CASE("Ollama: neither usage in the stream nor log-probabilities", "[openai]") {
  const completion c = streamed(
      {R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"tiny","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"yes"},"finish_reason":null}]})",
       R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"tiny","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"}]})",
       "[DONE]"});
  CHECK(c.text == "yes");
  CHECK(c.output_tokens == 0);
  CHECK(c.server.generate_s == 0);
}

TEST_CASE("Ollama: its own interface, a line for each piece and nanoseconds", "[openai]") {
  const std::string last =
      R"({"model":"tiny","created_at":"2026-11-20T00:00:00Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"length","total_duration":5000000000,"load_duration":1,"prompt_eval_count":26,"prompt_eval_duration":130000000,"eval_count":2,"eval_duration":250000000})";
  const completion c =
      streamed({R"({"model":"tiny","message":{"role":"assistant","content":"ye"},"done":false})",
                R"({"model":"tiny","message":{"role":"assistant","content":"s"},"done":false})", last},
               dialect::ollama);
  CHECK(c.text == "yes");
  CHECK(c.finish == "length");
  CHECK(c.input_tokens == 26);
  CHECK(c.output_tokens == 2);
  CHECK(c.server.prompt_s == Approx(0.13));
  CHECK(c.server.generate_s == Approx(0.25));
  CHECK(
      whole(R"({"model":"tiny","message":{"role":"assistant","content":"yes"},"done":true})", dialect::ollama)
          .text == "yes");
}

TEST_CASE("LiteLLM: extra members, provider fields and a model name of its own", "[openai]") {
  const completion c = whole(
      R"({"id": "x", "created": 1, "model": "gpt-small", "object": "chat.completion", "system_fingerprint": null,
    "choices": [{"finish_reason": "stop", "index": 0, "message": {"content": "yes", "role": "assistant", "tool_calls": null,
    "function_call": null, "provider_specific_fields": {"refusal": null}}, "provider_specific_fields": {}}],
    "usage": {"completion_tokens": 1, "prompt_tokens": 9, "total_tokens": 10, "completion_tokens_details": null}, "service_tier": "default"})");
  CHECK(c.text == "yes");
  CHECK(c.model == "gpt-small");
}

TEST_CASE("a stream that was asked for may come whole, and its end without a last word", "[openai]") {
  const scripted_server server(200, good_body);
  std::string seen;
  CHECK(openai::client({.url = server.url()})
            .ask(question(true), {}, [&](std::string_view s) { seen += s; })
            .text == "yes");
  CHECK(seen == "yes");
  CHECK(streamed({R"({"choices": [{"delta": {"content": "yes"}, "finish_reason": "stop"}]})"}).text == "yes");
  CHECK(streamed({R"({"choices": [{"delta": {"content": "yes"}}]})", "[DONE]"}).text == "yes");
}

TEST_CASE("a character that comes in parts is put together", "[openai]") {
  std::vector<std::string> seen;
  const completion c = streamed(
      {"{\"choices\": [{\"delta\": {\"content\": \"a\xF0\x9F\"}}]}",
       "{\"choices\": [{\"delta\": {\"content\": \"\x98\"}}]}",
       "{\"choices\": [{\"delta\": {\"content\": \"\x80z\"}, \"finish_reason\": \"stop\"}]}", "[DONE]"},
      dialect::chat, [&](std::string_view s) { seen.emplace_back(s); });
  CHECK(c.text == "a\xF0\x9F\x98\x80z");
  CHECK(seen == std::vector<std::string>{"a", "\xF0\x9F\x98\x80z"});
  // One that stays in parts is mended.
  CHECK(streamed({"{\"choices\": [{\"delta\": {\"content\": \"a\xF0\x9F\"}, \"finish_reason\": \"stop\"}]}"})
            .text == "a\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("figures that make no sense count as missing", "[openai]") {
  const completion c = whole(
      R"({"choices": [{"message": {"content": "yes"}, "logprobs": {"content": [{"token": 7}, {"logprob": "x"}, {"logprob": 3}]}}],
    "usage": {"prompt_tokens": -4, "completion_tokens": "many"}, "timings": [], "model": null})");
  CHECK(c.text == "yes");
  CHECK(c.input_tokens == 0);
  CHECK(c.output_tokens == 0);
  REQUIRE(c.tokens.size() == 1);
  CHECK(c.tokens[0].logprob == 0);
}

TEST_CASE("the body says what was asked, in each dialect", "[openai]") {
  using json_value = nlohmann::json;
  openai::options how{.system = "Be brief.",
                      .temperature = 0,
                      .top_p = 0.5,
                      .seed = 7,
                      .max_tokens = 16,
                      .stop = {"\n"},
                      .top_logprobs = 2,
                      .format = openai::answer_format::json_schema,
                      .schema = {{"type", "object"}},
                      .stream = true,
                      .extra = {{"cache_prompt", false}}};
  const std::vector<openai::turn> turns{{"user", "Is it so?"}};
  const json_value chat = openai::write_body(dialect::chat, "tiny", turns, how);
  CHECK(
      chat ==
      json_value::parse(
          R"({"model": "tiny", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Is it so?"}],
    "temperature": 0.0, "top_p": 0.5, "seed": 7, "max_tokens": 16, "stop": ["\n"], "logprobs": true, "top_logprobs": 2,
    "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": {"type": "object"}}},
    "stream": true, "stream_options": {"include_usage": true}, "cache_prompt": false})"));
  const json_value text = openai::write_body(dialect::text, "tiny", turns, how);
  CHECK(text["prompt"] == "Is it so?");
  CHECK(text["logprobs"] == 2);
  CHECK_FALSE(text.contains("messages"));
  const json_value ollama = openai::write_body(dialect::ollama, "tiny", turns, how);
  CHECK(ollama["options"] ==
        json_value::parse(
            R"({"temperature": 0.0, "top_p": 0.5, "seed": 7, "num_predict": 16, "stop": ["\n"]})"));
  CHECK(ollama["format"] == json_value::parse(R"({"type": "object"})"));
  CHECK(ollama["stream"] == true);
  // Nothing is said of what was not set.
  CHECK(openai::write_body(dialect::chat, "", turns, {.stream = false}) ==
        json_value::parse(R"({"messages": [{"role": "user", "content": "Is it so?"}]})"));
}

TEST_CASE("paths follow the URL", "[openai]") {
  const scripted_server server(200, good_body);
  const auto path_of = [&](const std::string& suffix, dialect spoken) {
    openai::question q = question();
    q.spoken = spoken;
    try {
      openai::client({.url = server.url() + suffix}).ask(q);
    } catch (const openai::failure&) {  // no answer of Ollama's
    }
    const std::string line = server.requests().back().line;
    return line.substr(5, line.find(" HTTP") - 5);
  };
  CHECK(path_of("", dialect::chat) == "/v1/chat/completions");
  CHECK(path_of("/", dialect::chat) == "/v1/chat/completions");
  CHECK(path_of("/v1", dialect::text) == "/v1/completions");
  CHECK(path_of("/api/openai/v1/", dialect::chat) == "/api/openai/v1/chat/completions");
  CHECK(path_of("/v1beta/openai", dialect::chat) == "/v1beta/openai/chat/completions");
  CHECK(path_of("/v1", dialect::ollama) == "/api/chat");
}

TEST_CASE("embeddings come in the order of the texts", "[openai]") {
  const scripted_server server(200, R"({"object": "list", "model": "e", "data": [
    {"object": "embedding", "index": 1, "embedding": [3, 4]}, {"object": "embedding", "index": 0, "embedding": [1, 2.5]}],
    "usage": {"prompt_tokens": 8, "total_tokens": 8}})");
  const openai::client client({.url = server.url()});
  const openai::embeddings e = client.embed("e", {"a", "b"});
  CHECK(e.vectors.rows() == 2);
  CHECK(e.vectors(0, 1) == 2.5);
  CHECK(e.vectors(1, 0) == 3);
  CHECK(e.input_tokens == 8);
  const auto body = nlohmann::json::parse(server.requests().back().body);
  CHECK(body["input"] == std::vector<std::string>{"a", "b"});
  CHECK_THROWS_AS(client.embed("e", {"a"}), openai::failure);
  for (const char* bad : {R"({"data": [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}]})",
                          R"({"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1, 2]}]})",
                          R"({"data": [{"index": 0, "embedding": ["x"]}, {"index": 1, "embedding": [1]}]})",
                          R"({"data": [{"index": 2, "embedding": [1]}, {"index": 1, "embedding": [1]}]})"}) {
    const scripted_server broken(200, bad);
    try {
      openai::client({.url = broken.url()}).embed("e", {"a", "b"});
      FAIL("taken: " << bad);
    } catch (const openai::failure& f) {
      CHECK(f.why == openai::cause::wrong_schema);
    }
  }
}

TEST_CASE("the models that a server has are listed", "[openai]") {
  const scripted_server server(
      200, R"({"object": "list", "data": [{"id": "a", "object": "model"}, {"id": "b"}]})");
  CHECK(openai::client({.url = server.url()}).models() == std::vector<std::string>{"a", "b"});
}
