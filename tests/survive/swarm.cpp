// SPDX-License-Identifier: BSL-1.0
#include "shoal/survive/swarm.hpp"

#include <string>
#include <vector>

#include "catch.hpp"

using namespace shoal;
using survive::make_swarm;
using survive::no_group;

TEST_CASE("a fleet and its failing groups make a swarm", "[survive]") {
  const fleet<> models{{.name = "a", .failure_probability = 0.1, .group = "west"},
                       {.name = "b", .failure_probability = 0.2},
                       {.name = "c", .failure_probability = 0.3, .group = "nowhere in the list"},
                       {.name = "d", .failure_probability = 0.4, .group = "east"}};
  const std::vector<failure_group> groups{{"east", 0.01}, {"unused", 0.5}, {"west", 0.02}};
  const auto s = make_swarm(models, groups);
  CHECK(s.failure == std::vector<double>{0.1, 0.2, 0.3, 0.4});
  CHECK(s.group == std::vector<std::size_t>{2, no_group, no_group, 0});
  CHECK(s.names == std::vector<std::string>{"a", "b", "c", "d"});
  REQUIRE(s.groups.size() == 3);
  CHECK(s.groups[2].failure_probability == 0.02);
  CHECK(make_swarm(models).group == std::vector<std::size_t>(4, no_group));
}

TEST_CASE("groups without a name, with a name used twice or out of range are refused", "[survive]") {
  const fleet<> models{{.name = "a", .group = "west"}};
  const auto refused = [&](const std::vector<failure_group>& groups) -> std::string {
    try {
      make_swarm(models, groups);
    } catch (const invalid_argument& e) {
      return e.what();
    }
    return "accepted";
  };
  CHECK(refused({{"west", 0.1}, {"", 0.1}}) == "group 1: its name is empty");
  CHECK(refused({{"west", 0.1}, {"west", 0.1}}) == "group 1: the name \"west\" is group 0's");
  CHECK(refused({{"west", 1.5}}) == "group 0 \"west\": failure_probability 1.5 is not in [0, 1]");
}
