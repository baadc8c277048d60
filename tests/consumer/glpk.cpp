// SPDX-License-Identifier: BSL-1.0
#include <shoal/glpk/solver.hpp>

int main() {
  shoal::assign::problem problem(2, 1);
  problem.energy_j << 3, 2;
  const auto plan = shoal::glpk::solver{}(problem, {}, {});
  return plan.verdict == shoal::assign::verdict::optimal && plan.energy_j == 2 ? 0 : 1;
}
