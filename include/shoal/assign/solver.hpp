// SPDX-License-Identifier: BSL-1.0
/// @file Solver concept: what finds a plan.
#pragma once

#include <concepts>

#include "shoal/assign/limits.hpp"
#include "shoal/assign/objective.hpp"
#include "shoal/assign/problem.hpp"
#include "shoal/assign/solution.hpp"

namespace shoal::assign {

/// A solver says `optimal` and `infeasible` only with proof, and returns only plans that meet every
/// requirement
/// (`violation` finds nothing). It throws `invalid_problem` for bad input, as `validate` does, and for
/// nothing else: infeasible is an answer. Equal inputs give equal outputs. It may be copied to another
/// thread.
/// @snippet examples/my_solver.cpp plug
template <class S>
concept solver = std::copy_constructible<S> &&
    requires(const S& s, const problem& p, const objective& o, const limits& l) {
  { s(p, o, l) } -> std::same_as<solution>;
};

}  // namespace shoal::assign
