// SPDX-License-Identifier: BSL-1.0
/// @file Solution: a plan with its verdict, its figures and the bound that proves it.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/assign/problem.hpp"

namespace shoal::assign {

/// What a solver can say of a problem.
enum class verdict {
  optimal,     ///< proven within the stated gap
  feasible,    ///< a plan that meets every requirement, without proof that none is better
  infeasible,  ///< proven that no plan meets every requirement
  limit,       ///< a limit was reached before any plan was found
};

/// The verdict's name as files spell it.
constexpr std::string_view name_of(verdict v) {
  switch (v) {
    case verdict::optimal:
      return "optimal";
    case verdict::feasible:
      return "feasible";
    case verdict::infeasible:
      return "infeasible";
    case verdict::limit:
      return "limit";
  }
  return "";
}

/// Quality of a plan by each rule; see `quality_rule`. `product` is 0 when a compatibility is outside (0, 1].
struct quality {
  double sum = 0;
  double mean = 0;
  double min = 0;
  double product = 0;
};

/// A solver's answer. Without a plan (`infeasible`, `limit`) the plan's figures are zero and empty.
struct solution {
  assign::verdict verdict = assign::verdict::limit;
  std::string solver{};  ///< who found it
  std::string
      engine{};   ///< by which of its methods, where the solver chooses by the structure of the problem
  plan chosen{};  ///< for each subtask, indices of its models, growing
  double objective = 0;  ///< weighted: a E + b T; epsilon, lexicographic: the criterion minimised first;
                         ///< chebyshev: max(a E, b T)
  double bound = -std::numeric_limits<double>::infinity();  ///< no plan has an objective below it
  double energy_j = 0;                                      ///< E of the plan
  double time_s = 0;                                        ///< T of the plan, by the objective's time rule
  quality compatibility{};                                  ///< of the plan
  vector load{};                                            ///< of each model, in the unit of its capacity
  std::vector<double> multipliers{};  ///< prices of the limits that bound it at the root; empty: none binds
  double seconds = 0;                 ///< wall clock that the solver took
  std::size_t nodes = 0;              ///< search nodes
  std::string because{};         ///< infeasible: a sentence that names the requirement that cannot be met
  std::optional<double> best{};  ///< infeasible: the best value of that requirement that can be reached

  /// True when there is a plan.
  explicit operator bool() const { return verdict == verdict::optimal || verdict == verdict::feasible; }
};

}  // namespace shoal::assign
