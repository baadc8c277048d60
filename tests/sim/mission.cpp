// SPDX-License-Identifier: BSL-1.0
#include "shoal/sim/mission.hpp"

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/assign/problem.hpp"
#include "shoal/survive/assess.hpp"
#include "shoal/survive/plan_tree.hpp"
#include "shoal/survive/swarm.hpp"

using namespace shoal;

TEST_CASE("plans survive as often as is computed, groups that fail as a whole included", "[sim]") {
  std::size_t outside = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    random_engine engine(seed);
    CAPTURE(seed);
    const std::size_t n = 3 + uniform_below(engine, 5);
    fleet<> models;
    std::vector<failure_group> groups(2);
    std::vector<sim::doomed_group> doomed(2);
    for (std::size_t g = 0; g < 2; ++g) {
      groups[g].name = g == 0 ? "east" : "west";
      groups[g].failure_probability = doomed[g].failure_probability = 0.2 * uniform_01(engine);
    }
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t g = uniform_below(engine, 3);
      model m;
      m.name = "m" + std::to_string(i);
      m.failure_probability = 0.4 * uniform_01(engine);
      if (g < 2) {
        m.group = groups[g].name;
        doomed[g].models.push_back(i);
      }
      models.add(m);
    }
    const std::size_t parts = 1 + uniform_below(engine, 4);
    task_graph graph;
    assign::plan plan(parts);
    std::vector<std::string> names;
    for (std::size_t k = 0; k < parts; ++k) {
      graph.add({.name = "s" + std::to_string(k)});
      names.push_back("s" + std::to_string(k));
      for (std::size_t i = 0; i < n; ++i)
        if (uniform_below(engine, 2) == 0) plan[k].push_back(i);
      if (plan[k].empty()) plan[k].push_back(uniform_below(engine, n));
    }
    const double chance =
        survive::assess(survive::make_swarm(models, groups), survive::make_plan(plan, names)).whole.survival;
    assign::problem p = assign::make_problem(models, graph);
    const run::job j = run::make_job(models, graph, p, assign::weighted{}, plan);
    const sim::mission_record flown = sim::fly(j, doomed, 1500, seed);
    // A 99 % interval: of 20 swarms more than two outside would be a finding.
    const double width = 2.576 * std::sqrt(std::max(chance * (1 - chance), 1e-4) / 1500.0);
    CAPTURE(chance, flown.frequency());
    CHECK(std::abs(flown.frequency() - chance) < 2 * width);
    if (std::abs(flown.frequency() - chance) > width) ++outside;
  }
  CHECK(outside <= 2);
}
