// SPDX-License-Identifier: BSL-1.0
/// @file What GLPK cannot take, refused before it sees it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <variant>

#include "shoal/assign/problem.hpp"

namespace shoal::glpk::detail {

/// GLPK counts in `int` and aborts beyond its limits.
/// @throws invalid_problem  `100000 models x 1000 subtasks are more pairs than ...`.
inline void check_size(std::size_t models, std::size_t subtasks) {
  constexpr double most = 5e7;
  if (static_cast<double>(models) * static_cast<double>(subtasks) > most) {
    throw invalid_problem(message(models, " models x ", subtasks, " subtasks are more pairs than the ", most,
                                  " that shoal/glpk takes"));
  }
}

/// Sums of figures times counts, and times the objective's factors, must stay within the range of doubles.
/// @throws invalid_problem  naming the pair at which a sum leaves it.
/// @pre `p` and `o` are valid.
inline void check_sums(const assign::problem& p, const assign::objective& o) {
  double energy_factor = 1;
  double time_factor = 1;
  if (const auto* w = std::get_if<assign::weighted>(&o.rule)) {
    energy_factor = std::max(1.0, w->energy);
    time_factor = std::max(1.0, w->time);
  } else if (const auto* c = std::get_if<assign::chebyshev>(&o.rule)) {
    energy_factor = std::max(1.0, c->energy);
    time_factor = std::max(1.0, c->time);
  }
  const bool product = p.require && p.require->rule == assign::quality_rule::product;
  const double wanted = p.require ? std::abs(p.require->at_least) : 0;
  double cost = 0;
  double quality = 0;
  double load = 0;
  for (Eigen::Index k = 0; k < p.allowed.cols(); ++k) {
    for (Eigen::Index i = 0; i < p.allowed.rows(); ++i) {
      if (!p.allowed(i, k)) continue;
      const double count = p.count[k];
      const double c = p.compatibility(i, k);
      cost += count * (energy_factor * p.energy_j(i, k) + time_factor * p.time_s(i, k));
      quality += count * (product ? -std::log(c) : std::abs(c) + wanted);
      load += count * p.load(i, k);
      const char* beyond = !std::isfinite(cost)      ? "energy_j and time_s"
                           : !std::isfinite(quality) ? "compatibility"
                           : !std::isfinite(load)    ? "load"
                                                     : nullptr;
      if (beyond != nullptr) {
        throw invalid_problem(
            message(beyond, " of model ", p.model_label(static_cast<std::size_t>(i)), " at subtask ",
                    p.subtask_label(static_cast<std::size_t>(k)),
                    ": the sum of such figures times their counts and factors is not finite"));
      }
    }
  }
}

}  // namespace shoal::glpk::detail
