// SPDX-License-Identifier: BSL-1.0
/// @file A user's own model descriptor: a type with other names and figures of its own goes into a fleet.
#include <cstdio>
#include <shoal/shoal.hpp>
#include <string>

//! [plug]
// What a robot already knows of its boards.
struct board {
  std::string id;
  double watts;
  double seconds_per_request;
  double hit_rate;
};

// How shoal reads it. What a board does not have (group, capacity, ...) keeps its default.
template <>
struct shoal::model_traits<board> : shoal::model_defaults<board> {
  static std::string_view name(const board& b) { return b.id; }
  static double energy_j(const board& b) { return b.watts * b.seconds_per_request; }
  static double time_s(const board& b) { return b.seconds_per_request; }
  static double accuracy(const board& b) { return b.hit_rate; }
};
//! [plug]

int main() {
  const shoal::fleet<board> boards{
      {"nano", 5, 1.2, 0.71}, {"xavier", 20, 0.4, 0.78}, {"orin", 30, 0.2, 0.83}};
  shoal::task_graph graph;
  graph.add({.name = "detect"});
  graph.add({.name = "describe"});

  auto problem = shoal::assign::make_problem(boards, graph);
  problem.compatibility << 0.60, 0.55,  // nano at detect, describe
      0.70, 0.72,                       // xavier
      0.85, 0.80;                       // orin
  problem.require = {shoal::assign::quality_rule::each, 0.7};

  const auto plan = shoal::assign::exact{}(problem, shoal::assign::weighted{1, 0}, {});
  for (std::size_t k = 0; k < plan.chosen.size(); ++k) {
    std::printf("%-8s -> %s\n", graph[k].name.c_str(), boards[plan.chosen[k][0]].id.c_str());
  }
  std::printf("energy %.1f J, least compatibility %.2f\n", plan.energy_j, plan.compatibility.min);
  return plan.energy_j == 12 ? 0 : 1;
}
