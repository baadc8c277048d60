// SPDX-License-Identifier: BSL-1.0
/// @file Models behind servers: llama-server, vLLM, Ollama, LiteLLM or anything else that speaks their
/// language.
///
///     openai_backend http://127.0.0.1:8080 [MODEL]
///
/// Without an argument it asks a port on which nobody listens, and shows what a program learns of that.
#include <cstdio>
#include <string>
#include <string_view>

#include "shoal/openai/backend.hpp"
#include "shoal/openai/live.hpp"
#include "shoal/shoal.hpp"

using namespace shoal;

namespace {

// What a fleet's models have in common, and what this one is called.
openai::hosted_model hosted(const std::string& url, const std::string& name) {
  openai::hosted_model m{.where = {.url = url}, .model = name};  // .key_env = "MY_KEY" where a key is wanted
  m.how.temperature = 0;
  m.how.max_tokens = 40;
  m.how.top_logprobs = 2;
  m.confidence = openai::margin{};
  return m;
}

// A stream, piece by piece, without a swarm.
void print_stream(const std::string& url, const std::string& name) {
  const openai::client client({.url = url});
  openai::question q{.model = name, .turns = {{"user", "Name three rivers."}}};
  q.how.max_tokens = 40;
  q.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const openai::completion c = client.ask(q, {}, [](std::string_view piece) {
    std::printf("%.*s", static_cast<int>(piece.size()), piece.data());
    std::fflush(stdout);
  });
  std::printf("\n%llu tokens, the first after %.3f s, the last after %.3f s\n",
              static_cast<unsigned long long>(c.output_tokens), c.first_text_s, c.seconds);
}

}  // namespace

int main(int argc, char** argv) {
  const bool given = argc > 1;
  const std::string url = given ? argv[1] : "http://127.0.0.1:1";
  const std::string name = argc > 2 ? argv[2] : "";

  const openai::live_figures now = openai::look(openai::client({.url = url}));
  std::printf("%s: %s\n", url.c_str(), now.ready ? "ready" : now.note.c_str());
  if (now.ready) print_stream(url, name);

  // The same model in a swarm: each sentence is a subtask, and a failure is a value with its class.
  const fleet<> models{{.name = "hosted", .energy_j = 1}};
  const infer::backends<> backends{openai::backend(hosted(url, name))};
  const pipeline swarm{decompose::sentences{}, assign::exact{}, run::thread_pool_executor{},
                       aggregate::plurality{}};
  const auto report =
      swarm.run(task{"The food was good. The bill was a shock.", "Positive or negative?"}, models,
                [](const model& m, const subtask&) { return m.accuracy; }, backends, {});
  if (report) {
    std::printf("%s\n", report.result.value->c_str());
    return 0;
  }
  std::printf("%s\n", report.why().c_str());
  if (!given) std::printf("\nA server of your own: openai_backend http://127.0.0.1:8080 [MODEL]\n");
  const auto& failures = report.outcomes.subtasks.at(0).failures;
  const bool as_expected = !failures.empty() && failures[0].kind == infer::failure_kind::refused;
  return !given && as_expected ? 0 : 1;
}
