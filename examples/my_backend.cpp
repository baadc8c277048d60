// SPDX-License-Identifier: BSL-1.0
/// @file A user's own backend: whatever runs a model answers requests, honours deadlines and says why it
/// fails.
#include <cstdio>
#include <set>
#include <shoal/shoal.hpp>
#include <string>
#include <string_view>
#include <utility>

//! [plug]
// A model of the user's own: it knows some words and scores a text by how many of its words it knows.
struct vocabulary_model {
  std::set<std::string, std::less<>> known;

  shoal::answer<double> operator()(const shoal::infer::request<double>& r, std::stop_token stop) {
    shoal::answer<double> out;
    double hits = 0;
    std::string_view rest = r.input;
    while (!rest.empty()) {
      shoal::infer::check(r, stop);  // between two steps: throws when time is up or the run was cancelled
      const std::string_view word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      if (word.empty()) continue;
      hits += known.contains(word) ? 1 : 0;
      ++out.used.input_tokens;
    }
    if (out.used.input_tokens == 0) {
      throw shoal::infer::failure(shoal::infer::failure_kind::bad_answer, "there are no words in it");
    }
    out.value = hits / static_cast<double>(out.used.input_tokens);
    out.confidence = 1 - 1 / static_cast<double>(1 + out.used.input_tokens);  // short texts say little
    return out;
  }
};
static_assert(shoal::infer::backend<vocabulary_model, double>);
//! [plug]

int main() {
  using namespace shoal;
  const fleet<> models{{.name = "kitchen", .energy_j = 1}, {.name = "garage", .energy_j = 2}};
  const infer::backends<double> backends{vocabulary_model{{"pepper", "salt", "the"}},
                                         vocabulary_model{{"wheel", "oil", "the"}}};

  task_graph graph;
  graph.add({.name = "a text", .input = "the salt the pepper the oil", .replicas = 2});
  graph.add({.name = "no text"});
  const assign::plan both_then_first{{0, 1}, {0}};
  const run::job job =
      run::make_job(models, graph, assign::make_problem(models, graph), assign::weighted{}, both_then_first);
  const auto out = run::thread_pool_executor{}(job, backends);

  for (const auto& a : out.subtasks[0].answers) {
    std::printf("%-8s scores %.2f, sure to %.2f, read %d words\n", a.source.c_str(), a.value, a.confidence,
                static_cast<int>(a.used.input_tokens));
  }
  std::printf("no text: %s\n", out.subtasks[1].why.c_str());
  return out.subtasks[0].answers.size() == 2 && out.subtasks[1].end == run::ending::exhausted ? 0 : 1;
}
