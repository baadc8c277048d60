// SPDX-License-Identifier: BSL-1.0
/// @file Survival against replicas and over time, as tables and as a drawing.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "shoal/json/write_swarm.hpp"
#include "shoal/survive/chance.hpp"
#include "shoal/survive/swarm.hpp"

namespace shoal::tools {

/// The two curves of a swarm.
struct survival_curves {
  std::vector<std::pair<double, survive::chance>> replicas{};  ///< that one of so many models survives, the
                                                               ///< most reliable first
  std::vector<std::pair<double, survive::chance>> time{};  ///< of the question, in lengths of the mission
};

/// Both curves. Rates are taken as constant: in t missions a part fails with 1 - (1 - p)^t.
/// @param question  what is asked of a swarm: a plan, or a number of models.
survival_curves curves_of(const survive::swarm& s,
                          const std::function<survive::chance(const survive::swarm&)>& question);

std::string curves_in_words(const survival_curves& c);
json::ordered curves_as_json(const survival_curves& c);

/// Both curves beside each other, failure on a logarithmic axis.
std::string curves_as_svg(const survival_curves& c);

}  // namespace shoal::tools
