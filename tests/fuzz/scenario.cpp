// SPDX-License-Identifier: BSL-1.0
/// @file Any bytes as a simulation file: a scenario that can be played, or one line.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "shoal/json/parse.hpp"
#include "shoal/json/read_scenario.hpp"
#include "shoal/sim/runs.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  shoal::sim::scenario s;
  try {
    s = shoal::json::read_scenario(shoal::json::parse(text), "/nowhere");
  } catch (const shoal::bad_input& refusal) {
    const std::string_view why(refusal.what());
    require(why.find('\n') == std::string_view::npos || why.find("cycle: ") != std::string_view::npos);
    return 0;
  }
  validate(s);
  // Of those that are short: no rule is broken, and the same again.
  double work = s.orders_per_s * s.for_s;
  if (s.heartbeat_s > 0) work += static_cast<double>(s.models.size()) * s.for_s / s.heartbeat_s;
  for (const auto& h : s.hazards) work += s.for_s / h.every_s;
  if (work > 200 || s.for_s > 1e6 || s.deadline_s > 100 || s.rules.tries > 10) return 0;
  s.wanted = {};
  const auto r = shoal::sim::simulate(s, 1);
  require(r.orders == r.answered + r.given_up + r.cancelled);
  require(shoal::sim::simulate(s, 1).digest == r.digest);
  return 0;
}
