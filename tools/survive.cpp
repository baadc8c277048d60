// SPDX-License-Identifier: BSL-1.0
/// @file `shoal survive`: how likely the swarm, or a plan, is to survive.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "files.hpp"
#include "progress.hpp"
#include "shoal/json/read_swarm.hpp"
#include "shoal/json/solution.hpp"
#include "shoal/json/survival.hpp"
#include "shoal/survive/assess.hpp"
#include "shoal/survive/redundancy.hpp"
#include "shoal/survive/swarm.hpp"
#include "table.hpp"
#include "verbs.hpp"

namespace shoal::tools {

namespace {

struct options {
  std::string file{};
  std::string plan{};
  std::optional<std::size_t> at_least{};
  std::string method{};
  survive::effort effort{};
  bool json = false;
};

survive::report answer(const options& given, const json::swarm& s) {
  const survive::swarm parts = survive::make_swarm(s.models, s.groups);
  survive::effort effort = given.effort;
  if (given.method == "exact") effort.method = survive::method::exact;
  if (given.method == "monte-carlo") effort.method = survive::method::monte_carlo;
  if (given.plan.empty()) {
    const progress shown("survive");
    return survive::assess_at_least(given.at_least.value_or(1), parts, effort);
  }
  const assign::plan chosen = read_json_with(
      given.plan, [&](const nlohmann::json& document) { return json::read_plan(document, s); });
  const progress shown("survive");
  return survive::assess(parts, survive::make_plan(chosen, s.problem.subtask_names), effort);
}

std::string in_words(const options& given, const survive::report& r) {
  const std::string what = !given.plan.empty() ? "every subtask keeps a replica"
                           : given.at_least    ? message("at least ", *given.at_least, " models survive")
                                               : "at least one model survives";
  std::string out = message(what, ": ", brief(r.whole.survival), " (fails: ", brief(r.whole.failure), "; ",
                            name_of(r.method));
  if (r.standard_error) {
    out += message(", ", r.samples, " samples, standard error ", brief(*r.standard_error));
    if (!r.subtasks.empty()) {
      out += message(", fails surely between ", brief(r.failure_low), " and ", brief(r.failure_high));
    }
  }
  out += message(")\nmodels that survive on average: ", brief(r.expected_survivors), "\n");
  if (!r.subtasks.empty()) {
    table subtasks({"subtask", "survival", "fails"});
    for (const survive::subtask_survival& part : r.subtasks) {
      subtasks.add({part.name, brief(part.own.survival), brief(part.own.failure)});
    }
    out += '\n' + subtasks.text();
  }
  std::vector<std::pair<survive::importance, const char*>> parts;
  for (const survive::importance& m : r.importance.models) parts.emplace_back(m, "model");
  for (const survive::importance& g : r.importance.groups) parts.emplace_back(g, "group");
  std::stable_sort(parts.begin(), parts.end(),
                   [](const auto& a, const auto& b) { return a.first.birnbaum > b.first.birnbaum; });
  if (!parts.empty()) {
    table importance({"part", "kind", "Birnbaum", "criticality", "Fussell-Vesely"});
    for (const auto& [part, kind] : parts) {
      importance.add(
          {part.name, kind, brief(part.birnbaum), brief(part.criticality), brief(part.fussell_vesely)});
    }
    out += '\n' + importance.text();
  }
  return out;
}

status run(const options& given) {
  const json::swarm s =
      read_json_with(given.file, [](const nlohmann::json& document) { return json::read_swarm(document); });
  try {
    const survive::report found = answer(given, s);
    if (given.json) {
      print_json(json::write_survival(found));
    } else {
      print(in_words(given, found));
    }
  } catch (const survive::limit_reached& e) {
    complain(std::string("shoal: survive: ") + e.what());
    return status::limit;
  }
  return s.models.empty() ? status::no_answer : status::answered;
}

}  // namespace

verb survive_verb(CLI::App& command) {
  auto given = std::make_shared<options>();
  CLI::App* app = command.add_subcommand("survive", "Say how likely the swarm, or a plan, is to survive");
  app->add_option("SWARM", given->file, "Swarm file (JSON)")->required();
  CLI::Option* plan =
      app->add_option("--plan", given->plan, "What assign --json printed: each subtask keeps a replica")
          ->type_name("FILE");
  app->add_option("--at-least", given->at_least, "At least so many models survive (without --plan: 1)")
      ->check(whole_number(0))
      ->type_name("K")
      ->excludes(plan);
  app->add_option("--method", given->method, "exact or monte-carlo; else exact where that gets through")
      ->check(CLI::IsMember({"exact", "monte-carlo"}));
  app->add_option("--samples", given->effort.samples, "Missions that monte-carlo simulates")
      ->check(whole_number(1))
      ->type_name("N")
      ->capture_default_str();
  app->add_option("--seed", given->effort.seed, "Seed of monte-carlo: equal seeds, equal figures")
      ->check(whole_number(0))
      ->type_name("N")
      ->capture_default_str();
  app->add_option("--memory", given->effort.memory, "Numbers that the exact method may remember")
      ->check(whole_number(1))
      ->type_name("N")
      ->capture_default_str();
  app->add_flag("--json", given->json, "Print JSON");
  app->footer(
      "Examples:\n"
      "  shoal survive swarm.json --at-least 2\n"
      "  shoal assign swarm.json --json | shoal survive swarm.json --plan -");
  return {app, [given] { return run(*given); }};
}

}  // namespace shoal::tools
