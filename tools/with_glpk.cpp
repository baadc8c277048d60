// SPDX-License-Identifier: BSL-1.0
#include "shoal/glpk/solver.hpp"

#include <glpk.h>

#include "solvers.hpp"

namespace shoal::tools {

assign::solution solve_with_glpk(const assign::problem& p, const assign::objective& o,
                                 const assign::limits& l) {
  return glpk::solver{}(p, o, l);
}

std::string glpk_note() {
  return std::string(" with GLPK ") + glp_version() + ", which binds this program by the GPL 3";
}

}  // namespace shoal::tools
