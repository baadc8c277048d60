// SPDX-License-Identifier: BSL-1.0
/// @file Solvers that the command knows by name, and their limits.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "shoal/assign/limits.hpp"
#include "shoal/assign/objective.hpp"
#include "shoal/assign/problem.hpp"
#include "shoal/assign/solution.hpp"

namespace shoal::tools {

/// What a user says of solving.
struct solving {
  std::string solver = "exact";
  double time_limit_s = 0;  ///< 0: none
  double gap = 0;
};

/// Adds --solver, --time-limit and --gap.
void add_options(CLI::App& verb, solving& given);

/// The limits among them.
assign::limits limits_of(const solving& given);

/// The answer of the solver of that name.
/// @throws refusal where the command was built without it.
assign::solution solve_by(const std::string& solver, const assign::problem& p, const assign::objective& o,
                          const assign::limits& l);

/// The answer to what was asked for, with progress shown.
/// @throws refusal where the command was built without the solver.
assign::solution solve(const solving& given, const assign::problem& p, const assign::objective& o);

/// The answer of GLPK.
/// @throws refusal where the command was built without it.
assign::solution solve_with_glpk(const assign::problem& p, const assign::objective& o,
                                 const assign::limits& l);

/// What `--version` says of GLPK; empty where the command was built without it.
std::string glpk_note();

}  // namespace shoal::tools
