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

assign::limits limits_of(const solving& given) {
  assign::limits out{.gap = given.gap};
  if (given.time_limit_s > 0) out.time = std::chrono::duration<double>(given.time_limit_s);
  return out;
}

assign::solution solve_by(const std::string& solver, const assign::problem& p, const assign::objective& o,
                          const assign::limits& l) {
  if (solver == "glpk") return solve_with_glpk(p, o, l);
  if (solver == "greedy") return assign::greedy{}(p, o, l);
  return assign::exact{}(p, o, l);
}

assign::solution solve(const solving& given, const assign::problem& p, const assign::objective& o) {
  const progress shown("solving");
  return solve_by(given.solver, p, o, limits_of(given));
}

}  // namespace shoal::tools
