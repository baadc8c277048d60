// SPDX-License-Identifier: BSL-1.0
/// @file `shoal compare`: the swarm's plan beside one large model that does it all.
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "files.hpp"
#include "shoal/assign/evaluate.hpp"
#include "shoal/cost/compare.hpp"
#include "shoal/json/comparison.hpp"
#include "shoal/json/read_swarm.hpp"
#include "shoal/json/solution.hpp"
#include "solvers.hpp"
#include "table.hpp"
#include "verbs.hpp"

namespace shoal::tools {

namespace {

struct options {
  std::string file{};
  std::string llm{};
  bool without_llm = false;
  tools::solving solving{};
  bool json = false;
};

assign::quality_rule rule_of(const json::swarm& s) {
  return s.problem.require ? s.problem.require->rule : assign::quality_rule::mean;
}

cost::estimate estimate_of(std::string name, const assign::solution& plan, assign::quality_rule rule) {
  const assign::quality& q = plan.compatibility;
  cost::estimate out{.name = std::move(name), .energy_j = plan.energy_j, .time_s = plan.time_s};
  switch (rule) {
    case assign::quality_rule::sum:
      out.quality = q.sum;
      break;
    case assign::quality_rule::mean:
      out.quality = q.mean;
      break;
    case assign::quality_rule::each:
      out.quality = q.min;
      break;
    case assign::quality_rule::product:
      out.quality = q.product;
      break;
  }
  return out;
}

// Index of the large model, which must be able to do everything.
std::size_t find_llm(const json::swarm& s, const std::string& name) {
  const auto llm = s.models.find(name);
  if (!llm) throw json::value_error("/models", "there is no model " + quoted(name));
  for (std::size_t k = 0; k < s.graph.size(); ++k) {
    if (!s.problem.allowed(static_cast<Eigen::Index>(*llm), static_cast<Eigen::Index>(k))) {
      throw json::value_error(message("/compatibility/", *llm, "/", k),
                              message("null, so ", quoted(name), " cannot do ", quoted(s.graph[k].name)));
    }
  }
  return *llm;
}

cost::comparison compare(const json::swarm& s, std::size_t llm, const assign::solution& plan) {
  const assign::quality_rule rule = rule_of(s);
  const assign::solution alone =
      assign::evaluate(s.problem, s.objective, assign::plan(s.graph.size(), std::vector<std::size_t>{llm}));
  std::optional<cost::llm_growth> growth;
  if (s.growth[llm]) growth = cost::llm_growth{.law = *s.growth[llm], .subtasks = s.problem.count.sum()};
  try {
    return cost::compare(estimate_of("the swarm", plan, rule), estimate_of(s.models[llm].name, alone, rule),
                         growth);
  } catch (const invalid_argument& e) {
    throw json::value_error(message("/models/", llm, "/cost"), e.what());
  }
}

std::string in_words(const cost::comparison& c, assign::quality_rule rule) {
  const auto ratio = [](const std::optional<double>& r) { return r ? brief(*r) : std::string("-"); };
  table figures({"", c.swarm.name, c.llm.name, "ratio"});
  figures.add({"energy J", brief(c.swarm.energy_j), brief(c.llm.energy_j), ratio(c.energy_ratio)});
  figures.add({"time s", brief(c.swarm.time_s), brief(c.llm.time_s), ratio(c.time_ratio)});
  figures.add({message("quality (", name_of(rule), ")"), brief(c.swarm.quality), brief(c.llm.quality),
               ratio(c.quality_ratio)});
  return figures.text() + '\n' + c.sentence + '\n';
}

status run(const options& given) {
  std::size_t llm = 0;
  std::optional<cost::comparison> found;
  json::swarm s;
  assign::solution plan;
  read_json_with(given.file, [&](const nlohmann::json& document) {
    static_cast<void>(json::cursor(document).at("subtasks"));
    s = json::read_swarm(document);
    llm = find_llm(s, given.llm);
    assign::problem p = s.problem;
    if (given.without_llm) p.allowed.row(static_cast<Eigen::Index>(llm)).setConstant(false);
    plan = solve(given.solving, p, s.objective);
    if (plan) found = compare(s, llm, plan);
  });
  if (given.json) {
    json::ordered out = json::write_solution(s.problem, plan);
    if (found) {
      out = {{"verdict", name_of(plan.verdict)}, {"quality_rule", name_of(rule_of(s))}};
      out.update(json::write_comparison(*found));
      out["assignment"] = json::write_plan(s.problem, plan.chosen);
    }
    print_json(out);
  } else {
    print(found ? in_words(*found, rule_of(s)) : message(name_of(plan.verdict), "\n", one_line(plan.because), "\n"));
  }
  if (plan.verdict == assign::verdict::limit) return status::limit;
  return plan && !s.graph.empty() ? status::answered : status::no_answer;
}

}  // namespace

verb compare_verb(CLI::App& command) {
  auto given = std::make_shared<options>();
  CLI::App* app = command.add_subcommand(
      "compare", "Set the swarm's plan beside running every subtask on one large model");
  app->add_option("SWARM", given->file, "Swarm file (JSON)")->required();
  app->add_option("--llm", given->llm, "The large model, by its name in the file")
      ->required()
      ->type_name("NAME");
  app->add_flag("--without-llm", given->without_llm, "The swarm's plan does without the large model");
  add_options(*app, given->solving);
  app->add_flag("--json", given->json, "Print JSON");
  app->footer(
      "Example:\n"
      "  shoal compare swarm.json --llm medium-8b --without-llm");
  return {app, [given] { return run(*given); }};
}

}  // namespace shoal::tools
