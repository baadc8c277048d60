// SPDX-License-Identifier: BSL-1.0
/// @file `shoal assign`: the plan of least energy and time that is good enough.
#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "files.hpp"
#include "shoal/json/read_swarm.hpp"
#include "shoal/json/solution.hpp"
#include "solvers.hpp"
#include "table.hpp"
#include "verbs.hpp"

namespace shoal::tools {

namespace {

struct options {
  std::string file{};
  tools::solving solving{};
  bool json = false;
};

status status_of(const json::swarm& s, const assign::solution& found) {
  if (found.verdict == assign::verdict::limit) return status::limit;
  return found && !s.graph.empty() ? status::answered : status::no_answer;
}

std::string in_words(const json::swarm& s, const assign::solution& found) {
  const assign::problem& p = s.problem;
  std::string out =
      message(name_of(found.verdict), " (", found.solver, ", ", brief(found.seconds, 2), " s)\n");
  if (found.verdict == assign::verdict::infeasible) out += one_line(found.because) + '\n';
  if (found.verdict == assign::verdict::limit) out += "no plan was found within the limits\n";
  if (!found) return out;

  table pairs({"subtask", "model", "energy J", "time s", "compatibility"});
  for (std::size_t k = 0; k < found.chosen.size(); ++k) {
    const auto column = static_cast<Eigen::Index>(k);
    for (const std::size_t i : found.chosen[k]) {
      const auto row = static_cast<Eigen::Index>(i);
      pairs.add({p.subtask_names[k], p.model_names[i], brief(p.count[column] * p.energy_j(row, column)),
                 brief(p.count[column] * p.time_s(row, column)), brief(p.compatibility(row, column))});
    }
  }
  out += '\n' + pairs.text() + '\n';
  const assign::quality& c = found.compatibility;
  out += message("energy         ", brief(found.energy_j), " J\n");
  out += message("time           ", brief(found.time_s), " s (", name_of(s.objective.time), ")\n");
  out += message("compatibility  mean ", brief(c.mean), ", least ", brief(c.min), ", sum ", brief(c.sum),
                 ", product ", brief(c.product), "\n");
  out += message("objective      ", brief(found.objective));
  if (std::isfinite(found.bound)) out += ", no plan is below " + brief(found.bound);
  out += '\n';
  return out;
}

status run(const options& given) {
  const json::swarm s = read_json_with(given.file, [](const nlohmann::json& document) {
    static_cast<void>(json::cursor(document).at("subtasks"));  // a fleet alone leaves nothing to assign
    return json::read_swarm(document);
  });
  const assign::solution found = solve(given.solving, s.problem, s.objective);
  if (given.json) {
    print_json(json::write_solution(s.problem, found));
  } else {
    print(in_words(s, found));
  }
  return status_of(s, found);
}

}  // namespace

verb assign_verb(CLI::App& command) {
  auto given = std::make_shared<options>();
  CLI::App* app = command.add_subcommand(
      "assign", "Give each subtask to the models that do it well enough for the least energy and time");
  app->add_option("SWARM", given->file, "Swarm file (JSON)")->required();
  add_options(*app, given->solving);
  app->add_flag("--json", given->json, "Print JSON");
  app->footer(
      "Examples:\n"
      "  shoal assign swarm.json\n"
      "  shoal assign swarm.json --solver glpk --time-limit 10 --json");
  return {app, [given] { return run(*given); }};
}

}  // namespace shoal::tools
