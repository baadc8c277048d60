// SPDX-License-Identifier: BSL-1.0
/// @file A front as a drawing.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "shoal/assign/front.hpp"

namespace shoal::tools {

/// Energy against time: the points of `kept`, the supported ones joined, the knee and the plan that the
/// swarm's objective chooses marked.
/// @param chosen  index of that plan among the front's points.
std::string front_as_svg(const assign::front& f, const std::vector<std::size_t>& kept, std::size_t knee,
                         std::size_t chosen);

}  // namespace shoal::tools
