// SPDX-License-Identifier: BSL-1.0
/// @file A user's own solver beside the library's: the same problem, the same referee, one table.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <shoal/shoal.hpp>
#include <utility>

namespace assign = shoal::assign;

//! [plug]
// Throws dice: every subtask takes any models, and the best plan that breaks nothing is kept.
struct random_restart {
  std::uint64_t seed = 1;

  assign::solution operator()(const assign::problem& p, const assign::objective& o = {},
                              const assign::limits& l = {}) const {
    assign::validate(p);
    assign::validate(o);
    assign::validate(l);
    const auto start = std::chrono::steady_clock::now();
    const auto elapsed = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - start);
    };
    shoal::random_engine dice(seed);
    assign::solution best;  // its verdict is `limit` until there is a plan
    for (std::size_t tries = 0; tries < std::min<std::size_t>(l.nodes, 20'000); ++tries) {
      if (l.stop.stop_requested() || elapsed() >= l.time) break;
      assign::plan thrown(p.subtasks());
      for (std::size_t k = 0; k < p.subtasks(); ++k)
        for (std::size_t i = 0; i < p.models(); ++i)
          if (shoal::uniform_below(dice, p.models()) < p.replicas[k]) thrown[k].push_back(i);
      ++best.nodes;
      if (assign::violation(p, o, thrown)) continue;
      assign::solution found = assign::evaluate(p, o, std::move(thrown));
      found.nodes = best.nodes;
      if (!best || found.objective < best.objective) best = std::move(found);
    }
    best.solver = "dice";
    best.seconds = elapsed().count();
    return best;
  }
};
static_assert(assign::solver<random_restart>);
//! [plug]

namespace {

template <assign::solver Solver>
assign::solution report(const Solver& solve, const assign::problem& p, const assign::objective& o) {
  const assign::solution s = solve(p, o);
  std::printf("%-8s %-9s %8.1f %8.1f %8.3f %8.1f\n", s.solver.c_str(), assign::name_of(s.verdict).data(),
              s.energy_j, s.time_s, s.compatibility.mean, 1e3 * s.seconds);
  return s;
}

}  // namespace

int main() {
  shoal::fleet<shoal::model> models;
  models.add({.name = "tiny-1b", .energy_j = 2.1, .time_s = 0.4, .capacity = 300});
  models.add({.name = "small-3b", .energy_j = 9.5, .time_s = 0.8, .capacity = 300});
  models.add({.name = "maths-7b", .energy_j = 14, .time_s = 1.3, .capacity = 200});
  models.add({.name = "large-70b", .energy_j = 76, .time_s = 5.5});
  shoal::task_graph graph;
  for (const char* name : {"biology", "history", "law", "maths", "physics"})
    graph.add({.name = name, .count = 100});

  assign::problem p = assign::make_problem(models, graph);
  p.compatibility << 0.41, 0.38, 0.25, 0.22, 0.24,  //
      0.63, 0.44, 0.30, 0.45, 0.42,                 //
      0.60, 0.35, 0.28, 0.68, 0.60,                 //
      0.81, 0.65, 0.47, 0.70, 0.66;
  p.require = assign::requirement{assign::quality_rule::mean, 0.52};
  const assign::objective least_energy = assign::weighted{.energy = 1, .time = 0};

  std::printf("%-8s %-9s %8s %8s %8s %8s\n", "solver", "verdict", "J", "s", "quality", "ms");
  const auto own = report(random_restart{}, p, least_energy);
  const auto quick = report(assign::greedy{}, p, least_energy);
  const auto best = report(assign::exact{}, p, least_energy);
  for (std::size_t k = 0; k < p.subtasks(); ++k)
    std::printf("  %s: %s\n", p.subtask_names[k].c_str(), p.model_names[best.chosen[k].front()].c_str());

  // What a solver says can be checked: exact claims that no plan is better, and none of the others is.
  const bool sound = best.verdict == assign::verdict::optimal && own && quick &&
                     best.objective <= own.objective && best.objective <= quick.objective;
  return sound ? 0 : 1;
}
