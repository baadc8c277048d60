// SPDX-License-Identifier: BSL-1.0
/// @file A first swarm: a review is split, its sentences go to three models, one of them is down.
#include <cstdio>
#include <shoal/shoal.hpp>
using namespace shoal;

int main() {
  const fleet<> models{{.name = "tiny", .accuracy = 0.7, .energy_j = 1},
                       {.name = "base", .accuracy = 0.8, .energy_j = 3},
                       {.name = "pro", .accuracy = 0.9, .energy_j = 8}};
  const auto keyword = [](const infer::request<>& r) {  // your model here
    return r.input.find("good") != std::string::npos ? "positive" : "negative";
  };
  const auto down = [](const infer::request<>&) -> std::string {
    throw infer::failure(infer::failure_kind::refused, "out of memory");
  };
  const infer::backends<> backends{infer::function_backend{keyword}, infer::function_backend{down},
                                   infer::function_backend{keyword}};

  const pipeline swarm{decompose::sentences{}, assign::exact{}, run::thread_pool_executor{},
                       aggregate::plurality{}};
  const auto report =
      swarm.run(task{"The food was good. The bill was a shock. The music was good.", "Positive or negative?"},
                models, [](const model& m, const subtask&) { return m.accuracy; }, backends,
                {.require = assign::requirement{assign::quality_rule::mean, 0.73}});
  if (!report) return std::puts(report.why().c_str()), 1;
  for (std::size_t k = 0; k < report.graph.size(); ++k)
    std::printf("%-8s %s\n", report.consensus[k].value->c_str(), report.graph[k].input.c_str());
  std::printf("%s (confidence %.2f) for %g J, %zu failure survived\n", report.result.value->c_str(),
              report.result.confidence, report.outcomes.used.energy_j, report.outcomes.reassigned);
}
