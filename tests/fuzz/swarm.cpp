// SPDX-License-Identifier: BSL-1.0
/// @file Any bytes as a swarm file: a swarm that solvers take and that reads back the same, or one line.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "shoal/json/read_swarm.hpp"
#include "shoal/json/solution.hpp"
#include "shoal/json/write_swarm.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  shoal::json::swarm first;
  try {
    first = shoal::json::read_swarm(text);
  } catch (const shoal::bad_input& refusal) {
    const std::string_view why(refusal.what());
    // A cycle is told with all of its names, which the command puts on one line.
    require(why.find('\n') == std::string_view::npos || why.find("cycle: ") != std::string_view::npos);
    return 0;
  }
  validate(first.problem);
  validate(first.objective);
  require(first.graph.topological_order().size() == first.graph.size());
  require(first.problem.models() == first.models.size() && first.problem.subtasks() == first.graph.size());
  const std::string written = shoal::json::write_swarm(first).dump();
  require(shoal::json::write_swarm(shoal::json::read_swarm(written)).dump() == written);
  return 0;
}
