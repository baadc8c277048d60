// SPDX-License-Identifier: BSL-1.0
#include "files.hpp"
#include "solvers.hpp"

namespace shoal::tools {

assign::solution solve_with_glpk(const assign::problem&, const assign::objective&, const assign::limits&) {
  throw refusal(
      "shoal: --solver glpk: this shoal was built without GLPK; build it with -DSHOAL_WITH_GLPK=ON, or take "
      "the solver exact");
}

std::string glpk_note() { return ""; }

}  // namespace shoal::tools
