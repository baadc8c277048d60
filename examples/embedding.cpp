// SPDX-License-Identifier: BSL-1.0
/// @file Embedding the shoal command in another program: a swarm as JSON on its standard input, a plan as
/// JSON on its standard output, and what to do by its exit status.
///
/// Nothing here needs shoal's own types: a program in Python, Go or JavaScript does the same with its own
/// means of starting a process and its own JSON. What it must know is docs/embedding.md.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "shoal/infer/child_process.hpp"

namespace {

using json = nlohmann::json;

// The exit statuses of shoal.
enum class ended { with_answer = 0, without_answer = 1, refused = 2, at_a_limit = 3 };

struct reply {
  ended how = ended::refused;
  json document{};  // what it printed; null where it refused
  std::string complaint{};
};

reply ask(const std::string& shoal, std::vector<std::string> arguments, const json& document) {
  arguments.insert(arguments.begin(), shoal);
  arguments.insert(arguments.end(), {"-", "--json"});  // `-`: the file is standard input
  // Besides its limits for itself, give every process one for all: it may hang where nobody thought of.
  const auto said = shoal::infer::run_child_with_status(
      arguments, document.dump(), {.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60)},
      {});
  if (said.signal != 0 || said.status > 3) throw std::runtime_error("shoal crashed: " + said.errors);
  reply out{.how = static_cast<ended>(said.status), .complaint = said.errors};
  if (out.how != ended::refused) out.document = json::parse(said.output);
  return out;
}

// Two models on three subtasks, and how good their plan must be on average.
json swarm_that_asks_for(double quality) {
  return {{"models",
           {{{"name", "small"}, {"energy_j", 1}, {"failure_probability", 0.05}},
            {{"name", "large"}, {"energy_j", 8}, {"failure_probability", 0.01}}}},
          {"subtasks", {"read", "classify", "reply"}},
          {"compatibility", {{0.9, 0.8, 0.5}, {0.95, 0.9, 0.9}}},
          {"require", {{"rule", "mean"}, {"at_least", quality}}},
          {"objective", {{"rule", "weighted"}, {"energy", 1}, {"time", 0}}}};
}

void expect(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(std::string("not as expected: ") + what);
}

void tell(const char* what, const json& document) {
  std::printf("%-14s %s\n", what, document.dump().c_str());
}

void go(const std::string& shoal) {
  // 0: there is a plan.
  const reply plan = ask(shoal, {"assign"}, swarm_that_asks_for(0.85));
  expect(plan.how == ended::with_answer, "a plan");
  tell("plan", plan.document["assignment"]);
  expect(plan.document["assignment"]["reply"] == std::vector<std::string>{"large"}, "who replies");

  // 1: there is none, and why; what can be had at best is there too, to ask again with less.
  const reply none = ask(shoal, {"assign"}, swarm_that_asks_for(0.99));
  expect(none.how == ended::without_answer, "no plan");
  tell("no plan", none.document["because"]);
  const double best = none.document["best"];
  const reply less = ask(shoal, {"assign"}, swarm_that_asks_for(best));
  expect(less.how == ended::with_answer, "a plan of the best quality");
  tell("best plan", less.document["assignment"]);

  // 2: a mistake of ours; one line on standard error names the place, standard output stays empty.
  json misspelt = swarm_that_asks_for(0.8);
  misspelt["models"][1]["falure_probability"] = 0.5;
  const reply refused = ask(shoal, {"assign"}, misspelt);
  expect(refused.how == ended::refused, "a refusal");
  std::printf("%-14s %s\n", "refused", refused.complaint.c_str());

  // 3: time was over before there was an answer. Here a task, whose one model takes too long.
  const json runner{{"kind", "command"}, {"command", {"sleep", "60"}}};
  const json slow{{"name", "slow"}, {"backend", runner}};
  const json task{{"models", json::array({slow})},
                  {"task", {{"text", "Say something."}, {"deadline_s", 0.2}}}};
  const reply late = ask(shoal, {"run"}, task);
  expect(late.how == ended::at_a_limit, "a limit");
  tell("too late", late.document["why"]);

  // Every verb is asked in the same way: how likely is it that one model at least survives?
  const reply survival = ask(shoal, {"survive"}, swarm_that_asks_for(0.85));
  expect(survival.how == ended::with_answer, "a survival");
  tell("one survives", survival.document["survival"]);
  expect(std::abs(survival.document["survival"].get<double>() - (1 - 0.05 * 0.01)) < 1e-12, "1 - p q");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: embedding SHOAL, the path of the shoal command\n");
    return 2;
  }
  try {
    go(argv[1]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
  return 0;
}
