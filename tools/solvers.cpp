// SPDX-License-Identifier: BSL-1.0
#include "solvers.hpp"

#include <chrono>

#include "progress.hpp"
#include "shoal/assign/exact.hpp"
#include "shoal/assign/greedy.hpp"
#include "verbs.hpp"

namespace shoal::tools {

void add_options(CLI::App& verb, solving& given) {
  verb.add_option("--solver", given.solver,
                  "exact: proven optimal; glpk: the same by GLPK; greedy: a quick plan without proof")
      ->check(CLI::IsMember({"exact", "glpk", "greedy"}))
      ->capture_default_str();
  verb.add_option("--time-limit", given.time_limit_s, "Stop after so many seconds with the best plan found")
      ->check(positive_number())
      ->type_name("SECONDS");
  verb.add_option("--gap", given.gap, "A plan this close to the bound, relative to it, is good enough")
      ->check(number_at_least_0())
      ->type_name("SHARE")
      ->capture_default_str();
}

assign::solution solve(const solving& given, const assign::problem& p, const assign::objective& o) {
  assign::limits limits{.gap = given.gap};
  if (given.time_limit_s > 0) limits.time = std::chrono::duration<double>(given.time_limit_s);
  const progress shown("solving");
  if (given.solver == "glpk") return solve_with_glpk(p, o, limits);
  if (given.solver == "greedy") return assign::greedy{}(p, o, limits);
  return assign::exact{}(p, o, limits);
}

}  // namespace shoal::tools
