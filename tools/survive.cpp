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
#include "shoal/survive/plan_tree.hpp"
#include "shoal/survive/redundancy.hpp"
#include "shoal/survive/swarm.hpp"
#include "shoal/survive/write_open_psa.hpp"
#include "survive_curve.hpp"
#include "survive_tree.hpp"
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
  std::vector<std::string> to{};    // --export: a format and a file
  std::vector<std::string> from{};  // --import: a format and files
  tree_question tree{};
  bool curve = false;
  std::string svg{};
  bool json = false;
};

// What is asked of a swarm: that a plan survives, or so many of its models.
struct question {
  std::optional<std::vector<survive::redundant_subtask>> plan{};
  std::size_t at_least = 1;
  survive::effort effort{};

  survive::report operator()(const survive::swarm& s) const {
    return plan ? survive::assess(s, *plan, effort) : survive::assess_at_least(at_least, s, effort);
  }

  survive::fault_tree tree(const survive::swarm& s) const {
    return plan ? survive::make_fault_tree(s, *plan) : survive::make_fault_tree(at_least, s);
  }
};

question question_of(const options& given, const json::swarm& s) {
  question out{{}, given.at_least.value_or(1), given.effort};
  if (given.method == "exact") out.effort.method = survive::method::exact;
  if (given.method == "monte-carlo") out.effort.method = survive::method::monte_carlo;
  if (given.plan.empty()) return out;
  const assign::plan chosen = read_json_with(
      given.plan, [&](const nlohmann::json& document) { return json::read_plan(document, s); });
  out.plan = survive::make_plan(chosen, s.problem.subtask_names);
  return out;
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

status run_swarm(const options& given) {
  const json::swarm s =
      read_json_with(given.file, [](const nlohmann::json& document) { return json::read_swarm(document); });
  const survive::swarm parts = survive::make_swarm(s.models, s.groups);
  const question asked = question_of(given, s);
  const survive::fault_tree tree = asked.tree(parts);
  if (!given.to.empty()) write_file(given.to[1], survive::write_open_psa(tree));
  const progress shown("survive");
  const survive::report found = asked(parts);
  std::optional<survive::cut_set_report> cuts;
  if (given.tree.cut_sets) cuts = cut_sets_of(tree, given.tree);
  std::optional<survival_curves> curves;
  if (given.curve || !given.svg.empty())
    curves = curves_of(parts, [&](const survive::swarm& other) { return asked(other).whole; });
  if (!given.svg.empty()) write_file(given.svg, curves_as_svg(*curves));
  if (given.json) {
    json::ordered document = json::write_survival(found);
    if (cuts) document["cut_sets"] = cut_sets_as_json(tree, *cuts);
    if (given.curve) document["curve"] = curves_as_json(*curves);
    print_json(document);
  } else {
    print(in_words(given, found));
    if (cuts) print('\n' + cut_sets_in_words(tree, *cuts));
    if (given.curve) print('\n' + curves_in_words(*curves));
  }
  return s.models.empty() ? status::no_answer : status::answered;
}

status run(const options& given) {
  if (given.file.empty() == given.from.empty())
    throw refusal(given.file.empty() ? "shoal: survive: a swarm file is missing, or --import"
                                     : "shoal: survive: a swarm file and --import exclude each other");
  for (const auto* const named : {&given.from, &given.to}) {
    if (!named->empty() && named->front() != "open-psa")
      throw refusal(
          message("shoal: survive: there is no format ", quoted(named->front()), ", only open-psa"));
  }
  try {
    if (given.from.empty()) return run_swarm(given);
    tree_question asked = given.tree;
    asked.files.assign(given.from.begin() + 1, given.from.end());
    print(answer_tree(asked, given.json, given.to.empty() ? std::string() : given.to[1]));
    return status::answered;
  } catch (const survive::limit_reached& e) {
    complain(std::string("shoal: survive: ") + e.what());
    return status::limit;
  }
}

}  // namespace

verb survive_verb(CLI::App& command) {
  auto given = std::make_shared<options>();
  CLI::App* app = command.add_subcommand("survive", "Say how likely the swarm, or a plan, is to survive");
  app->add_option("SWARM", given->file, "Swarm file (JSON)");
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
  CLI::Option* from =
      app->add_option("--import", given->from, "A fault tree instead of a swarm: open-psa, and its files")
          ->type_name("FORMAT FILE...")
          ->expected(2, 1000)
          ->excludes(plan);
  app->add_option("--top", given->tree.top,
                  "Gate of the fault tree that is asked for; else its only top gate")
      ->type_name("GATE")
      ->needs(from);
  app->add_option("--mission-time", given->tree.mission_time_h,
                  "Hours of a mission, where the fault tree asks")
      ->check(number_at_least_0())
      ->type_name("H")
      ->needs(from)
      ->capture_default_str();
  app->add_option("--export", given->to, "Write the fault tree behind the question: open-psa, and a file")
      ->type_name("FORMAT FILE")
      ->expected(2);
  CLI::Option* cuts =
      app->add_option("--cut-sets", given->tree.cut_sets, "Count the minimal cut sets, list the likeliest N")
          ->check(whole_number(0))
          ->type_name("N");
  app->add_option("--order", given->tree.order, "Cut sets of so many events at most")
      ->check(whole_number(0))
      ->type_name("N")
      ->needs(cuts);
  app->add_flag("--curve", given->curve, "Survival against replicas, and over time")->excludes(from);
  app->add_option("--svg", given->svg, "Draw both curves")->type_name("FILE")->excludes(from);
  app->add_flag("--json", given->json, "Print JSON");
  app->footer(
      "Examples:\n"
      "  shoal survive swarm.json --at-least 2\n"
      "  shoal survive swarm.json --cut-sets 10 --export open-psa swarm.xml\n"
      "  shoal survive --import open-psa gates.xml events.xml --cut-sets 10\n"
      "  shoal assign swarm.json --json | shoal survive swarm.json --plan -");
  return {app, [given] { return run(*given); }};
}

}  // namespace shoal::tools
