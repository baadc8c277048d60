// SPDX-License-Identifier: BSL-1.0
/// @file Models behind servers on the command line: `shoal run`, `shoal probe`, `shoal import`.
#include <cstdlib>
#include <string>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "command.hpp"
#include "openai/scripted_server.hpp"

using dom = nlohmann::json;
using shoal::test::outcome;
using shoal::test::scratch;
using shoal::test::scripted_server;
using shoal::test::wire;
using shoal::test::wire_request;

namespace {

void answer(wire& w, const wire_request& r, const std::string& text) {
  if (r.body.find("\"stream\":true") == std::string::npos) {
    w.reply(200, R"({"choices": [{"message": {"content": ")" + text + R"("}, "finish_reason": "stop"}]})");
    return;
  }
  w.stream();
  w.event(R"({"choices": [{"delta": {"role": "assistant", "content": null}}]})");
  w.event(R"({"choices": [{"delta": {"content": ")" + text + R"("}, "finish_reason": "stop"}]})");
  w.event(R"({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}})");
  w.event("[DONE]");
  w.end();
}

outcome run_text(const std::string& task, std::vector<std::string> options = {}) {
  const scratch folder;
  options.insert(options.begin(), {"run", folder.write("task.json", task)});
  return shoal::test::shoal(options);
}

std::string model(const std::string& name, const std::string& backend) {
  return R"({"name": ")" + name + R"(", "energy_j": 1, "backend": {"kind": "openai", )" + backend + "}}";
}

}  // namespace

TEST_CASE("a task file names models behind servers, and one that fails is replaced", "[tools]") {
  const scripted_server good([](wire& w, const wire_request& r) { answer(w, r, "yes"); });
  const scripted_server bad(503, R"({"error": {"message": "Loading model"}})");
  const outcome ended = run_text(
      R"({"models": [)" + model("bad", R"("url": ")" + bad.url() + "\"") + ", " +
          model(
              "good",
              R"("url": ")" + good.url() +
                  R"(", "model": "tiny", "options": {"temperature": 0, "seed": 3, "stop": ["."], "system": "Be brief."})") +
          R"(], "task": {"text": "a\nb\n", "decompose": "lines", "instruction": "Answer.", "join": {"separator": " "}}})",
      {"--json"});
  INFO(ended.out << ended.err);
  CHECK(ended.status == 0);
  const dom report = dom::parse(ended.out);
  CHECK(report["result"] == "yes yes");
  CHECK(report["output_tokens"] == 4);
  const std::string text = report["subtasks"]["part-1"]["failures"][0]["text"];
  CHECK(text.find("HTTP 503: Loading model") != std::string::npos);
  const dom asked = dom::parse(good.requests().at(0).body);
  CHECK(asked["model"] == "tiny");
  CHECK(asked["seed"] == 3);
  CHECK(asked["messages"][0]["content"] == "Be brief.");
  CHECK(asked["messages"][1]["content"].get<std::string>().rfind("Answer.\n\n", 0) == 0);
}

TEST_CASE("a planner behind a server is held to the schema of plans", "[tools]") {
  const scripted_server server([](wire& w, const wire_request& r) {
    const bool plans = r.body.find("response_format") != std::string::npos;
    answer(
        w, r,
        plans
            ? R"({\"subtasks\": [{\"name\": \"all\", \"instruction\": \"Do.\", \"pieces\": [1, 2], \"needs\": []}]})"
            : "done");
  });
  const outcome ended = run_text(
      R"({"models": [)" +
          model("boss", R"("url": ")" + server.url() + R"(", "options": {"format": "plan"})") + ", " +
          model("hand", R"("url": ")" + server.url() + "\"") +
          R"(], "task": {"text": "One. Two.", "decompose": {"planner": "boss"}}, "require": {"rule": "mean", "at_least": 0}})",
      {"--json"});
  INFO(ended.out << ended.err);
  CHECK(ended.status == 0);
  CHECK(dom::parse(ended.out)["subtasks"].contains("all"));
}

TEST_CASE("what is wrong with a server's entry is refused with its place", "[tools]") {
  const auto refused = [](const std::string& backend) {
    const outcome ended = run_text(R"({"models": [)" + model("m", backend) + R"(], "task": {"text": "a"}})");
    CHECK(ended.status == 2);
    return ended.err.substr(ended.err.find("/models"));
  };
  CHECK(refused(R"("model": "x")") == "/models/0/backend/url: missing\n");
  CHECK(refused(R"("url": "ftp://x")") == "/models/0/backend: url: \"ftp://x\" is not http:// or https://\n");
  CHECK(refused(R"("url": "http://x", "key_env": "SHOAL_NO_SUCH_KEY")") ==
        "/models/0/backend: key_env: the environment variable \"SHOAL_NO_SUCH_KEY\" is not set\n");
  CHECK(refused(R"("url": "http://x", "api_key": "hidden")").find("hidden") == std::string::npos);
  CHECK(refused(R"("url": "http://x", "options": {"top_p": 0})") ==
        "/models/0/backend/options/top_p: 0 is not in (0, 1]\n");
  CHECK(refused(R"("url": "http://x", "options": {"stop": "."})") ==
        "/models/0/backend/options/stop: \".\" is not an array\n");
  CHECK(refused(R"("url": "http://x", "options": {"format": "json", "schema": {}})").find("/format") !=
        std::string::npos);
  CHECK(refused(R"("url": "http://x", "confidence": "margin", "options": {"top_logprobs": 1})") ==
        "/models/0/backend/confidence: it needs options.top_logprobs >= 2\n");
  CHECK(refused(R"("url": "http://x", "dialect": "klingon")") ==
        "/models/0/backend/dialect: \"klingon\" is not one of chat, text, ollama\n");
}

TEST_CASE("no output of a failing run holds the key", "[tools]") {
  const std::string key = "sk-hidden-0123456789abcdef";
  ::setenv("SHOAL_TEST_KEY", key.c_str(), 1);
  const scripted_server server([&](wire& w, const wire_request& r) {
    CHECK(r.headers.find(key) != std::string::npos);
    w.reply(401, R"({"error": {"message": "Incorrect API key provided: )" + key + R"(", "code": ")" + key +
                     "\"}}");
  });
  const std::string task = R"({"models": [)" +
                           model("m", R"("url": ")" + server.url() + R"(", "key_env": "SHOAL_TEST_KEY")") +
                           R"(], "task": {"text": "a"}})";
  const outcome in_json = run_text(task, {"--json", "--events"});
  const outcome in_words = run_text(task);
  // Everything that a run can write down, once whole and once as a stream that breaks off with the key in it.
  const scripted_server stream([&](wire& w, const wire_request&) {
    w.stream();
    w.event(R"({"choices": [{"delta": {"content": "so"}}]})");
    w.event(R"({"error": {"message": "401: key )" + key + R"( expired", "code": 500}})");
    w.end();
  });
  const scratch folder;
  std::string written;
  for (const scripted_server* of : {&server, &stream}) {
    std::vector<std::string> files;
    for (const char* what : {"report", "metrics", "otlp", "journal"})
      files.push_back(folder.file(what + std::to_string(files.size()) + (of == &server ? "a" : "b")));
    const outcome watched = shoal::test::shoal(
        {"run",
         folder.write("task.json",
                      R"({"models": [)" +
                          model("m", R"("url": ")" + of->url() + R"(", "key_env": "SHOAL_TEST_KEY")") +
                          R"(], "task": {"text": "a"}})"),
         "--report", files[0], "--metrics", files[1], "--otlp", files[2], "--journal", files[3], "--events"});
    CHECK(watched.status == 1);
    written += watched.out + watched.err;
    for (const std::string& f : files) {
      INFO(f);
      const std::string text = shoal::test::read(f);
      CHECK(!text.empty());
      written += text;
    }
  }
  CHECK(written.find("***") != std::string::npos);  // the failure is told, and the key was in it
  for (std::size_t at = 0; at + 8 <= key.size(); ++at)
    CHECK(written.find(key.substr(at, 8)) == std::string::npos);
  const outcome probed = shoal::test::shoal({"probe", server.url(), "--key-env", "SHOAL_TEST_KEY"});
  const outcome probed_json =
      shoal::test::shoal({"probe", server.url(), "--key-env", "SHOAL_TEST_KEY", "--json"});
  ::unsetenv("SHOAL_TEST_KEY");
  for (const outcome& o : {in_json, in_words, probed, probed_json}) {
    CHECK(o.status == 1);
    const std::string all = o.out + o.err;
    CHECK(all.find("401") != std::string::npos);
    for (std::size_t at = 0; at + 8 <= key.size(); ++at)
      CHECK(all.find(key.substr(at, 8)) == std::string::npos);
  }
  CHECK(server.requests().size() >= 4);
}

TEST_CASE("probe measures a server and writes the entry of its model", "[tools]") {
  const scripted_server server([](wire& w, const wire_request& r) {
    if (r.asks("/health")) return (void)w.reply(200, R"({"status": "ok"})");
    if (r.asks("/slots"))
      return (void)w.reply(200, R"([{"id": 0, "is_processing": true}, {"id": 1, "is_processing": false}])");
    if (r.asks("/metrics")) {
      return (void)w.reply(
          200, "# HELP x y\nllamacpp:requests_deferred 3\nllamacpp:predicted_tokens_seconds 12.5\n", "",
          "text/plain");
    }
    answer(w, r, "yes");
  });
  const outcome live = shoal::test::shoal({"probe", server.url(), "--live"});
  CHECK(live.status == 0);
  CHECK(live.out == "ready, 2 slots, 1 busy, 3 queued, 12.5 tokens/s so far\n");
  const scratch folder;
  const std::string file = folder.file("swarm.json");
  for (int again = 0; again < 2; ++again) {
    const outcome probed = shoal::test::shoal({"probe", server.url(), "--model", "tiny", "--words", "3,5,9",
                                               "--concurrency", "1,2", "--requests", "2", "--energy-command",
                                               "echo 7", "--write", file, "--json"});
    INFO(probed.err);
    CHECK(probed.status == 0);
    const dom report = dom::parse(probed.out);
    REQUIRE(report["points"].size() == 6);
    CHECK(report["points"][5]["words"] == 9);
    CHECK(report["points"][5]["concurrency"] == 2);
    CHECK(report["points"][5]["answered"] == 2);
    CHECK(report["points"][5]["output_tokens"] == 2);
    CHECK(report["points"][5]["joules"] == 0);
    CHECK(report["live"]["slots"] == 2);
  }
  const dom written = dom::parse(shoal::test::read(file));
  REQUIRE(written["models"].size() == 1);
  CHECK(written["models"][0]["name"] == "tiny");
  CHECK(written["models"][0]["concurrency"] == 2);
  CHECK(written["models"][0]["backend"] == dom{{"kind", "openai"}, {"url", server.url()}, {"model", "tiny"}});
}

TEST_CASE("probe ends with 1 where nobody answers, and says why", "[tools]") {
  const outcome nobody = shoal::test::shoal({"probe", "http://127.0.0.1:1"});
  CHECK(nobody.status == 1);
  CHECK(nobody.out.rfind("unreachable: ", 0) == 0);
  CHECK(shoal::test::shoal({"probe", "http://127.0.0.1:1", "--live"}).status == 1);
  CHECK(shoal::test::shoal({"probe", "127.0.0.1:1:1"}).status == 2);
  const scripted_server loading(503, R"({"error": {"code": 503, "message": "Loading model"}})");
  const outcome not_yet = shoal::test::shoal({"probe", loading.url(), "--live"});
  CHECK(not_yet.status == 1);
  CHECK(not_yet.out.find("Loading model") != std::string::npos);
}

TEST_CASE("LiteLLM's list of models becomes a swarm file, without its keys", "[tools]") {
  const scratch folder;
  const std::string list = R"(
# a comment
model_list:
  - model_name: small
    litellm_params: &shared
      model: hosted_vllm/Qwen/Qwen3-0.6B
      api_base: http://127.0.0.1:8000/v1
      api_key: "none-of-your-business-12345"
      temperature: 0.2
      max_tokens: 64
  - model_name: small
    litellm_params: {model: openai/gpt-x, api_key: os.environ/MY_KEY, max_parallel_requests: 4, stop: "."}
  - model_name: claude
    litellm_params: {model: anthropic/claude-x, api_key: os.environ/OTHER}
  - model_name: local
    litellm_params: {model: ollama/llama3}
router_settings: {num_retries: 2}
)";
  const outcome ended = shoal::test::shoal({"import", "litellm", folder.write("config.yaml", list)});
  INFO(ended.err);
  CHECK(ended.status == 0);
  CHECK((ended.out + ended.err).find("none-of-your-business") == std::string::npos);
  CHECK(ended.err.find("/model_list/0 \"small\": its api_key stands in the file") != std::string::npos);
  CHECK(ended.err.find("/model_list/2 \"claude\": left out") != std::string::npos);
  const dom swarm = dom::parse(ended.out);
  CHECK(swarm == dom::parse(R"-({"models": [
    {"name": "small", "backend": {"kind": "openai", "url": "http://127.0.0.1:8000/v1", "model": "Qwen/Qwen3-0.6B",
      "key_env": "SMALL_API_KEY", "options": {"temperature": 0.2, "max_tokens": 64}}},
    {"name": "small (2)", "concurrency": 4, "backend": {"kind": "openai", "url": "https://api.openai.com/v1",
      "model": "gpt-x", "key_env": "MY_KEY", "options": {"stop": ["."]}}},
    {"name": "local", "backend": {"kind": "openai", "url": "http://localhost:11434", "model": "llama3"}}]})-"));
  // The same list as JSON.
  const outcome from_json = shoal::test::shoal(
      {"import", "litellm",
       folder.write(
           "config.json",
           R"([{"model_name": "a", "litellm_params": {"model": "openai/b", "api_base": "http://x"}}])")});
  CHECK(dom::parse(from_json.out)["models"][0]["backend"] ==
        dom::parse(R"({"kind": "openai", "url": "http://x", "model": "b"})"));
}

TEST_CASE("a list of models that is none is refused with its place", "[tools]") {
  const scratch folder;
  const auto refused = [&](const std::string& text) {
    const outcome ended = shoal::test::shoal({"import", "litellm", folder.write("config.yaml", text)});
    CHECK(ended.status == 2);
    CHECK(ended.out.empty());
    return ended.err.substr(std::min(ended.err.find(": ") + 2, ended.err.size()));
  };
  CHECK(refused("model_list: 7\n") == "/model_list: 7 is not an array\n");
  CHECK(refused("models: []\n") == "/model_list: missing\n");
  CHECK(refused("model_list:\n  - model_name: x\n") == "/model_list/0/litellm_params: missing\n");
  CHECK(refused("model_list: [{model_name: x, litellm_params: {model: vllm/y}}]\n")
            .find("api_base is missing") != std::string::npos);
  CHECK(refused("a: [\n").rfind("line ", 0) == 0);
  CHECK(refused("a: 1\na: 2\n") == "line 2: the key \"a\" is there twice\n");
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'i'; ++c) {
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 9; ++i) bomb += std::string(i == 0 ? "*" : ", *") + static_cast<char>(c - 1);
    bomb += "]\n";
  }
  CHECK(refused(bomb) == "the YAML stands for more than 100000 values\n");
  CHECK(shoal::test::shoal({"import", "other", "x"}).status == 2);
}
