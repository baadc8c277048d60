// SPDX-License-Identifier: BSL-1.0
#include "shoal/assign/explain.hpp"

#include "assign/brute_force.hpp"
#include "assign/random_instance.hpp"
#include "catch.hpp"

using namespace shoal::assign;

TEST_CASE("a subtask that cannot be served alone is found as by brute force", "[assign]") {
  std::size_t found = 0;
  for (std::size_t c = 0; c < oracle::combinations; ++c) {
    const oracle::instance t = oracle::random_instance(c, 3);
    const oracle::answer expected = oracle::brute_force(t.p, t.o);
    const auto obstacle = subtask_obstacle(t.p);
    INFO(t.name);
    REQUIRE(obstacle.has_value() ==
            (expected.what == oracle::obstacle::models || expected.what == oracle::obstacle::survival));
    if (!obstacle) continue;
    ++found;
    CHECK(obstacle->best == Approx(expected.best));
    CHECK(obstacle->because.find(shoal::message("subtask ", expected.subtask)) == 0);
  }
  CHECK(found > 500);
}

TEST_CASE("an obstacle is a sentence that names the subtask and the figures", "[assign]") {
  problem p(2, 2);
  p.subtask_names = {"biology", "law"};
  p.replicas[1] = 3;
  CHECK(subtask_obstacle(p)->because == "subtask \"law\" asks for 3 models, but only 2 can be had");
  p.replicas[1] = 2;
  p.separate_groups[1] = true;
  p.group = {4, 4};
  CHECK(subtask_obstacle(p)->because ==
        "subtask \"law\" asks for 2 models of different groups, but only 1 can be had");
  p.replicas[1] = 1;
  p.failure_probability << 0.5, 0.25;
  p.survival << 0.75, 0.875;
  CHECK(subtask_obstacle(p)->because ==
        "subtask \"law\" asks for survival 0.875, but all its models together reach 0.75");
  CHECK(subtask_obstacle(p)->best == 0.75);
  p.separate_groups[1] = false;
  CHECK(!subtask_obstacle(p));
  p.require = requirement{quality_rule::mean, 2};
  CHECK(quality_obstacle(p, 0.5).because ==
        "quality by the rule mean must be at least 2, but no plan that fits reaches more than 0.5");
  CHECK(capacity_obstacle(p, 1).because == "the capacities hold only 1 of the 2 subtasks at once");
  CHECK(bound_obstacle(epsilon{criterion::energy, 3}, 4.5).because ==
        "time must be at most 3, but no plan that is good enough needs less than 4.5");
}
