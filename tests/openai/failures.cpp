// SPDX-License-Identifier: BSL-1.0
/// @file Every way in which a server gives no answer has its class, and says whether it may pass.
#include <netinet/in.h>
#include <sys/socket.h>

#include <ctime>
#include <string>

#include "support.hpp"

using namespace shoal;
using namespace shoal::test;
using infer::failure_kind;
using openai::cause;

namespace {

// What a server that answers with this is taken for.
struct expected {
  int status;
  std::string body;
  cause why;
  failure_kind kind;
  bool retryable;
  std::string text;  // part of the failure's
};

}  // namespace

TEST_CASE("statuses and error objects of all dialects have their cause", "[openai]") {
  const expected cases[] = {
      {400,
       R"({"error": {"message": "bad role", "type": "invalid_request_error", "code": null, "param": "x"}})",
       cause::bad_request, failure_kind::refused, false, "HTTP 400: invalid_request_error: bad role"},
      // llama-server: the number of tokens does not fit
      {400,
       R"-({"error": {"code": 400, "message": "request (9412 tokens) exceeds the available context size (8192 tokens)",
           "type": "exceed_context_size_error", "n_prompt_tokens": 9412, "n_ctx": 8192}})-",
       cause::context_overflow, failure_kind::refused, false, "9412 tokens"},
      // OpenAI, and gateways to it
      {400,
       R"({"error": {"message": "too long", "type": "invalid_request_error", "code": "context_length_exceeded"}})",
       cause::context_overflow, failure_kind::refused, false, "too long"},
      // LiteLLM: the code is a string
      {400,
       R"({"error": {"message": "litellm.ContentPolicyViolationError: no", "type": null, "code": "400"}})",
       cause::content_filter, failure_kind::refused, false, "no"},
      {401, R"({"error": {"code": 401, "message": "Invalid API Key", "type": "authentication_error"}})",
       cause::unauthorized, failure_kind::refused, false, "Invalid API Key"},
      {403, R"({"detail": "not yours"})", cause::unauthorized, failure_kind::refused, false, "not yours"},
      // Ollama's own: a string
      {404, R"({"error": "model \"tiny\" not found, try pulling it first"})", cause::not_found,
       failure_kind::refused, false, "try pulling it first"},
      // vLLM: flat, the code is a number
      {404, R"({"object": "error", "message": "The model `tiny` does not exist.", "type": "NotFoundError",
                "param": null, "code": 404})",
       cause::not_found, failure_kind::refused, false, "NotFoundError: The model `tiny` does not exist."},
      {408, "", cause::timed_out, failure_kind::timeout, true, "HTTP 408"},
      {409, R"({"error": {"message": "busy"}})", cause::conflict, failure_kind::refused, true, "busy"},
      {413, "too much", cause::request_too_large, failure_kind::refused, false, "too much"},
      {422, R"({"detail": [{"loc": ["body", "messages"], "msg": "field required", "type": "value_error"}]})",
       cause::bad_request, failure_kind::refused, false, "field required"},
      {429, R"({"error": {"message": "slow down", "code": "rate_limit_exceeded"}})", cause::rate_limited,
       failure_kind::refused, true, "slow down"},
      {429,
       R"({"error": {"message": "pay first", "type": "insufficient_quota", "code": "insufficient_quota"}})",
       cause::out_of_quota, failure_kind::refused, false, "pay first"},
      // llama-server answers a body that is no JSON with 500
      {500,
       R"({"error": {"code": 500, "message": "[json.exception.parse_error.101] ...", "type": "server_error"}})",
       cause::server_error, failure_kind::refused, false, "server_error"},
      {501, "", cause::server_error, failure_kind::refused, false, "HTTP 501"},
      {502, "<html>\n<h1>Bad Gateway</h1>\x1B[2J</html>", cause::unavailable, failure_kind::refused, true,
       "HTTP 502: <html> <h1>Bad Gateway</h1> [2J</html>"},
      // llama-server, while the model is being loaded
      {503, R"({"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}})",
       cause::unavailable, failure_kind::refused, true, "Loading model"},
      {504, "", cause::timed_out, failure_kind::timeout, true, "HTTP 504"},
      {529, "", cause::unavailable, failure_kind::refused, true, "HTTP 529"},
      {302, "", cause::bad_request, failure_kind::refused, false, "redirects"},
  };
  for (const expected& want : cases) {
    for (const bool stream : {false, true}) {
      INFO(want.status << ' ' << want.body << " stream " << stream);
      const scripted_server server(want.status, want.body, "Location: http://127.0.0.1:1/\r\n");
      const openai::failure f = failure_at(server.url(), question(stream));
      CHECK(name_of(f.why) == name_of(want.why));
      CHECK(f.kind == want.kind);
      CHECK(f.retryable == want.retryable);
      CHECK(f.status == want.status);
      INFO(f.what());
      CHECK(std::string(f.what()).find(want.text) != std::string::npos);
      CHECK(std::string(f.what()).find_first_of("\n\r\x1B") == std::string::npos);
      CHECK(std::string(f.what()).rfind(server.url(), 0) == 0);
    }
  }
}

TEST_CASE("answers that are none have their cause", "[openai]") {
  const expected cases[] = {
      {200, "", cause::malformed, failure_kind::bad_answer, true, ""},
      {200, "{\"choices\": [", cause::malformed, failure_kind::bad_answer, true, "line 1"},
      {200, "<html>login</html>", cause::malformed, failure_kind::bad_answer, true, ""},
      {200, "{}", cause::wrong_schema, failure_kind::bad_answer, false, "/choices: missing"},
      {200, "[]", cause::wrong_schema, failure_kind::bad_answer, false, ""},
      {200, R"({"choices": {}})", cause::wrong_schema, failure_kind::bad_answer, false, "/choices"},
      {200, R"({"choices": [7]})", cause::wrong_schema, failure_kind::bad_answer, false, "/choices/0"},
      {200, R"({"choices": [{"message": {"content": null, "tool_calls": []}}]})", cause::wrong_schema,
       failure_kind::bad_answer, false, "/choices/0/message/content: null"},
      {200, R"({"choices": [{"message": {"content": [1]}}]})", cause::wrong_schema, failure_kind::bad_answer,
       false, "/choices/0/message/content"},
      {200, R"({"choices": []})", cause::no_choices, failure_kind::bad_answer, true, ""},
      {200, R"({"choices": [{"message": {"content": "no"}, "finish_reason": "content_filter"}]})",
       cause::content_filter, failure_kind::refused, false, ""},
      {200,
       R"({"choices": [{"message": {"content": null, "refusal": "I will not."}, "finish_reason": "stop"}]})",
       cause::content_filter, failure_kind::refused, false, "I will not."},
      // An error in place of an answer, with a status that says that all is well
      {200, R"({"error": {"message": "overloaded", "code": 503}})", cause::unavailable, failure_kind::refused,
       true, "overloaded"},
  };
  for (const expected& want : cases) {
    INFO(want.body);
    const scripted_server server(want.status, want.body);
    const openai::failure f = failure_at(server.url(), question());
    INFO(f.what());
    CHECK(name_of(f.why) == name_of(want.why));
    CHECK(f.kind == want.kind);
    CHECK(f.retryable == want.retryable);
    CHECK(std::string(f.what()).find(want.text) != std::string::npos);
  }
}

TEST_CASE("how long to wait is read as seconds and as a date", "[openai]") {
  const std::string body = R"({"error": {"message": "slow down"}})";
  const auto wait_of = [&](const std::string& value) {
    const scripted_server server(429, body, "Retry-After: " + value + "\r\n");
    return failure_at(server.url(), question()).retry_after_s;
  };
  CHECK(wait_of("7") == 7);
  char date[64];
  const std::time_t soon = std::time(nullptr) + 90;
  std::tm parts{};
  ::gmtime_r(&soon, &parts);
  std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  CHECK(wait_of(date) >= 80);
  CHECK(wait_of(date) <= 90);
  CHECK(wait_of("Fri, 01 Jan 2010 00:00:00 GMT") == 0);
  CHECK(wait_of("soon") == 0);
  const scripted_server without(429, body);
  CHECK(failure_at(without.url(), question()).retry_after_s == 0);
}

TEST_CASE("nobody there, a broken connection and a server that hangs up have their cause", "[openai]") {
  const openai::failure nobody = failure_at("http://127.0.0.1:1", question());
  CHECK(nobody.why == cause::unreachable);
  CHECK(nobody.kind == failure_kind::refused);
  CHECK(nobody.retryable);
  CHECK(failure_at("http://no-such-host.invalid", question()).why == cause::unreachable);

  const scripted_server hangs_up([](wire& w, const wire_request&) { w.close(); });
  CHECK(failure_at(hangs_up.url(), question()).why == cause::connection_lost);
  const scripted_server resets([](wire& w, const wire_request&) { w.reset(); });
  const openai::failure reset = failure_at(resets.url(), question());
  CHECK(reset.why == cause::connection_lost);
  CHECK(reset.kind == failure_kind::crashed);
  CHECK(reset.retryable);
  const scripted_server babbles([](wire& w, const wire_request&) {
    w.send("SSH-2.0-OpenSSH_9.2\r\n");
    w.close();
  });
  CHECK(failure_at(babbles.url(), question()).why == cause::malformed);
  const scripted_server cut([](wire& w, const wire_request&) {
    w.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"choices\":");
    w.close();
  });
  CHECK(failure_at(cut.url(), question()).why == cause::cut_stream);
}

TEST_CASE("a secure connection that cannot be is its own cause", "[openai]") {
  const scripted_server plain([](wire& w, const wire_request&) { w.close(); });
  const openai::failure f = failure_at("https" + plain.url().substr(4), question());
  CHECK(f.why == cause::tls);
  CHECK(f.kind == failure_kind::refused);
  CHECK_FALSE(f.retryable);
}

TEST_CASE("a response over the limit is not read to its end", "[openai]") {
  const scripted_server endless([](wire& w, const wire_request& r) {
    if (r.body.find("\"stream\":true") == std::string::npos) {
      w.stream("application/json");
      while (w.chunk(std::string(10'000, ' '))) {
      }
    } else {
      w.stream();
      while (w.event(R"({"choices": [{"delta": {"content": "and on "}}]})")) {
      }
    }
    w.close();
  });
  for (const bool stream : {false, true}) {
    const openai::failure f = failure_at(endless.url(), question(stream), {.response_bytes = 100'000});
    CHECK(f.why == cause::response_too_large);
    CHECK(f.kind == failure_kind::bad_answer);
    CHECK(std::string(f.what()).find("100000 bytes") != std::string::npos);
    CHECK(f.partial.empty() != stream);
  }
}

TEST_CASE("a stream that breaks off is a failure that keeps what had come", "[openai]") {
  enum { closes, resets, ends_early, errs, is_filtered, is_no_json, is_other_json };
  for (const int how : {closes, resets, ends_early, errs, is_filtered, is_no_json, is_other_json}) {
    INFO("way " << how);
    const scripted_server server([&](wire& w, const wire_request&) {
      w.stream();
      w.event(R"({"choices": [{"delta": {"role": "assistant", "content": null}}]})");
      w.event(R"({"choices": [{"delta": {"content": "half an "}}]})");
      w.event(R"({"choices": [{"delta": {"content": "ans"}}]})");
      if (how == ends_early) w.end();
      if (how == errs)
        w.event(R"({"error": {"code": 500, "message": "out of memory", "type": "server_error"}})");
      if (how == is_filtered) w.event(R"({"choices": [{"delta": {}, "finish_reason": "content_filter"}]})");
      if (how == is_no_json) w.event("{\"choices\": [");
      if (how == is_other_json) w.event("{\"choices\": [{\"delta\": {\"content\": 7}}]}");
      if (how == resets) {
        // The client must have read what came, or the reset discards it.
        std::this_thread::sleep_for(50ms);
        w.reset();
      } else {
        w.close();
      }
    });
    const openai::failure f = failure_at(server.url(), question(true));
    INFO(f.what());
    CHECK(f.partial == "half an ans");
    CHECK(f.status == 200);
    const cause wanted[] = {cause::cut_stream,     cause::cut_stream, cause::cut_stream,  cause::server_error,
                            cause::content_filter, cause::malformed,  cause::wrong_schema};
    CHECK(name_of(f.why) == name_of(wanted[how]));
    if (how == errs) CHECK(std::string(f.what()).find("out of memory") != std::string::npos);
  }
}

TEST_CASE("what cannot be asked is refused before anything is sent", "[openai]") {
  const auto refused = [](const openai::server& where, const openai::question& q = question()) {
    try {
      openai::client(where).ask(q);
    } catch (const invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(refused({.url = ""}).find("url") == 0);
  CHECK(refused({.url = "ftp://127.0.0.1"}) == "url: \"ftp://127.0.0.1\" is not http:// or https://");
  const std::string password = refused({.url = "http://me:hidden@127.0.0.1"});
  CHECK(password == "url: it holds a user or a password; name a variable with the key in key_env");
  CHECK(refused({.url = "http://127.0.0.1/v1?key=hidden"}).find("hidden") == std::string::npos);
  CHECK(refused({.url = "http://127.0.0.1", .connect_s = 0}) == "connect_s 0 is not in (0, 1e6]");
  CHECK(refused({.url = "http://127.0.0.1", .response_bytes = 0}) == "response_bytes 0 is not >= 1");
  const auto refused_option = [&](auto change) {
    openai::question q = question();
    change(q.how);
    return refused({.url = "http://127.0.0.1:1"}, q);
  };
  CHECK(refused_option([](auto& o) { o.temperature = -1; }) ==
        "openai: temperature -1 is not a finite number >= 0");
  CHECK(refused_option([](auto& o) { o.top_p = 0; }) == "openai: top_p 0 is not in (0, 1]");
  CHECK(refused_option([](auto& o) { o.max_tokens = 0; }) == "openai: max_tokens 0 is not >= 1");
  CHECK(refused_option([](auto& o) { o.top_logprobs = 21; }) == "openai: top_logprobs 21 is not <= 20");
  CHECK(refused_option([](auto& o) { o.format = openai::answer_format::json_schema; }) ==
        "openai: the answer format json_schema needs a schema");
}
