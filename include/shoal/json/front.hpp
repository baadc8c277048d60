// SPDX-License-Identifier: BSL-1.0
/// @file A front as a document.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "shoal/assign/front.hpp"
#include "shoal/assign/problem.hpp"
#include "shoal/json/solution.hpp"
#include "shoal/json/write_swarm.hpp"

namespace shoal::json {

/// What `shoal pareto --json` prints: the points of `kept`, by growing energy.
/// @pre `p` has names, and `f` is the front of it.
inline ordered write_front(const assign::problem& p, const assign::front& f,
                           const std::vector<std::size_t>& kept) {
  ordered points = ordered::array();
  for (const std::size_t i : kept) {
    const assign::front_point& point = f.points[i];
    points.push_back({{"energy_j", point.energy_j},
                      {"time_s", point.time_s},
                      {"assignment", write_plan(p, point.chosen)},
                      {"supported", point.supported}});
  }
  ordered out{{"verdict", name_of(f.verdict)}, {"method", f.method}, {"points", std::move(points)}};
  if (f.verdict == assign::front_verdict::infeasible) out["because"] = f.because;
  out["seconds"] = f.seconds;
  return out;
}

}  // namespace shoal::json
