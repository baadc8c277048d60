// SPDX-License-Identifier: BSL-1.0
/// @file `shoal pareto`: every plan of which no other is better in both energy and time.
#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "files.hpp"
#include "front_drawing.hpp"
#include "shoal/assign/evaluate.hpp"
#include "shoal/assign/pareto_front.hpp"
#include "shoal/json/front.hpp"
#include "shoal/json/read_swarm.hpp"
#include "table.hpp"
#include "verbs.hpp"

namespace shoal::tools {

namespace {

struct options {
  std::string file{};
  bool supported = false;
  std::size_t most_points = 0;  // 0: all
  double time_limit_s = 0;      // 0: none
  std::string svg{};
  bool json = false;
};

// The point that the swarm's own objective likes best.
std::size_t chosen_by(const assign::problem& p, const assign::objective& o, const assign::front& f) {
  std::size_t best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < f.points.size(); ++i) {
    if (assign::violation(p, o, f.points[i].chosen)) continue;  // over the bound of `epsilon`
    const double value = assign::evaluate(p, o, f.points[i].chosen).objective;
    if (value < least) {
      least = value;
      best = i;
    }
  }
  return best;
}

std::string in_words(const assign::front& f, const assign::thinned_front& shown, std::size_t knee,
                     std::size_t chosen) {
  std::string out =
      message(name_of(f.verdict), ", ", f.points.size(), f.points.size() == 1 ? " point (" : " points (",
              f.method, ", ", brief(f.seconds, 2), " s)\n");
  table points({"energy J", "time s", "supported", "note"});
  for (const std::size_t i : shown.kept) {
    const assign::front_point& point = f.points[i];
    points.add({brief(point.energy_j), brief(point.time_s), point.supported ? "yes" : "no",
                i == chosen ? (i == knee ? "chosen, knee" : "chosen") : (i == knee ? "knee" : "")});
  }
  out += '\n' + points.text();
  if (shown.kept.size() < f.points.size()) {
    out += message("\n", shown.kept.size(), " of ", f.points.size(), " points; ", brief(100 * shown.lost, 2),
                   " % of the hypervolume is lost with the others\n");
  }
  return out;
}

status run(const options& given) {
  const json::swarm s = read_json_with(given.file, [](const nlohmann::json& document) {
    static_cast<void>(json::cursor(document).at("subtasks"));  // a fleet alone leaves nothing to assign
    return json::read_swarm(document);
  });
  assign::limits limits;
  if (given.time_limit_s > 0) limits.time = std::chrono::duration<double>(given.time_limit_s);
  const assign::front f =
      assign::pareto_front(s.problem, {.time = s.objective.time, .supported_only = given.supported}, limits);
  assign::thinned_front shown;
  if (given.most_points > 0) {
    shown = assign::thin(f.points, given.most_points);
  } else {
    shown.kept.resize(f.points.size());
    std::iota(shown.kept.begin(), shown.kept.end(), std::size_t{0});
  }
  const bool any = !f.points.empty();
  const std::size_t knee = any ? assign::knee(f.points) : 0;
  const std::size_t chosen = any ? chosen_by(s.problem, s.objective, f) : 0;
  if (any && !given.svg.empty()) write_file(given.svg, front_as_svg(f, shown.kept, knee, chosen));
  if (given.json) {
    json::ordered document = json::write_front(s.problem, f, shown.kept);
    if (given.most_points > 0) document["lost"] = shown.lost;
    print_json(document);
  } else if (any) {
    print(in_words(f, shown, knee, chosen));
  } else {
    print(f.verdict == assign::front_verdict::infeasible ? "infeasible\n" + one_line(f.because) + '\n'
                                                         : "no plan was found within the limits\n");
  }
  if (f.verdict == assign::front_verdict::infeasible || s.graph.empty()) return status::no_answer;
  return any ? status::answered : status::limit;
}

}  // namespace

verb pareto_verb(CLI::App& command) {
  auto given = std::make_shared<options>();
  CLI::App* app = command.add_subcommand(
      "pareto", "Every plan of which no other is at least as good in both energy and time");
  app->add_option("SWARM", given->file, "Swarm file (JSON)")->required();
  app->add_flag("--supported", given->supported,
                "Only the corners of the lower hull, least energy x E + time x T each: much quicker");
  app->add_option("--max-points", given->most_points,
                  "Print so many points, those that keep most hypervolume")
      ->type_name("N")
      ->check(whole_number(2));
  app->add_option("--time-limit", given->time_limit_s, "Stop after so many seconds with what was found")
      ->type_name("SECONDS")
      ->check(positive_number());
  app->add_option("--svg", given->svg, "Draw the front: supported points, the knee and the chosen plan")
      ->type_name("FILE");
  app->add_flag("--json", given->json, "Print JSON");
  app->footer(
      "Examples:\n"
      "  shoal pareto swarm.json\n"
      "  shoal pareto swarm.json --max-points 20 --svg front.svg --json");
  return {app, [given] { return run(*given); }};
}

}  // namespace shoal::tools
