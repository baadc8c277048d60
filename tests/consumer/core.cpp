// SPDX-License-Identifier: BSL-1.0
#include <shoal/shoal.hpp>

int main() {
  const shoal::fleet<> models{{.name = "small", .energy_j = 1}, {.name = "large", .energy_j = 9}};
  shoal::task_graph graph;
  graph.add({.name = "only"});
  const auto plan = shoal::assign::exact{}(shoal::assign::make_problem(models, graph), {}, {});
  return plan.verdict == shoal::assign::verdict::optimal && plan.energy_j == 1 ? 0 : 1;
}
