// SPDX-License-Identifier: BSL-1.0
#include <shoal/json/read_swarm.hpp>

int main() {
  const auto swarm =
      shoal::json::read_swarm(R"({"models": [{"name": "a"}], "subtasks": ["only"], "compatibility": [[1]]})");
  return swarm.models.size() == 1 ? 0 : 1;
}
