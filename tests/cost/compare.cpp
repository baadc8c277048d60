// SPDX-License-Identifier: BSL-1.0
#include "shoal/cost/compare.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "catch.hpp"

using namespace shoal;
using namespace shoal::cost;

TEST_CASE("a swarm that is cheaper and worse is told so", "[cost]") {
  const auto c = compare({"the swarm", 16, 9, 0.5}, {"llama-70b", 80, 12, 0.625});
  CHECK(c.energy == winner::swarm);
  CHECK(c.time == winner::swarm);
  CHECK(c.quality == winner::llm);
  CHECK(c.overall() == winner::tie);
  REQUIRE(c.energy_ratio);
  CHECK(*c.energy_ratio == 0.2);
  CHECK(*c.time_ratio == 0.75);
  CHECK(*c.quality_ratio == 0.8);
  CHECK_FALSE(c.growth);
  CHECK(c.sentence ==
        "the swarm beside llama-70b: 16 J against 80 J (5 times less), 9 s against 12 s (1.333 times less), "
        "quality 0.5 against 0.625 (0.125 lower). The swarm wins on energy and time and loses on quality.");
}

TEST_CASE("the overall winner loses at nothing", "[cost]") {
  const auto all = compare({"s", 1, 1, 1}, {"l", 2, 2, 0});
  CHECK(all.overall() == winner::swarm);
  CHECK_FALSE(all.quality_ratio);
  CHECK(all.sentence.find("The swarm wins on energy, time and quality.") != std::string::npos);
  const auto even = compare({"s", 2, 2, 1}, {"l", 1, 2, 1});
  CHECK(even.overall() == winner::llm);
  CHECK(even.sentence.find("The swarm loses on energy; time and quality are equal.") != std::string::npos);
  const auto same = compare({"s", 2, 2, 1}, {"l", 2 * (1 + 1e-12), 2, 1});
  CHECK(same.energy == winner::tie);
  CHECK(same.overall() == winner::tie);
  CHECK(same.sentence.find("Neither is better at anything.") != std::string::npos);
}

TEST_CASE("a large model that costs nothing leaves no ratio", "[cost]") {
  const auto c = compare({"s", 1, 0, 1}, {"l", 0, 0, 1});
  CHECK_FALSE(c.energy_ratio);
  CHECK_FALSE(c.time_ratio);
  CHECK(c.energy == winner::llm);
  CHECK(c.time == winner::tie);
  CHECK(c.sentence.find("1 J against 0 J (more), quality 1 against 1.") != std::string::npos);
  CHECK(c.sentence.find("The swarm loses on energy; quality is equal.") != std::string::npos);
}

TEST_CASE("with a growth law the comparison says where they cross", "[cost]") {
  // n^1.5 = 40 / 10 n at n = 16.
  const auto c = compare({"the swarm", 40, 1, 1}, {"big", 50, 1, 1},
                         llm_growth{.law = power_law{.a = 1, .b = 1.5}, .subtasks = 10});
  REQUIRE(c.growth);
  REQUIRE(c.growth->points.size() == 1);
  CHECK(c.growth->points[0].at == Approx(16).epsilon(1e-13));
  CHECK(c.growth->at_start == cheaper::first);
  CHECK(c.sentence.find("By the growth law big is cheaper up to 16 subtasks, then the swarm is cheaper.") !=
        std::string::npos);

  const auto never = compare({"the swarm", 40, 1, 1}, {"big", 50, 1, 1},
                             llm_growth{.law = linear_law{.fixed = 1, .each = 5}, .subtasks = 10});
  CHECK(never.growth->points.empty());
  CHECK(never.sentence.find(
            "By the growth law the swarm is cheaper at every number of subtasks from 1 to 1e+09.") !=
        std::string::npos);

  const auto same = compare({"the swarm", 40, 1, 1}, {"big", 50, 1, 1},
                            llm_growth{.law = linear_law{.each = 4}, .subtasks = 10});
  CHECK(same.sentence.find("By the growth law both cost the same at every number") != std::string::npos);
}

TEST_CASE("figures that make no sense are refused by side, name and value", "[cost]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refused = [](const estimate& swarm, const estimate& llm,
                          const std::optional<llm_growth>& grows = std::nullopt) -> std::string {
    try {
      compare(swarm, llm, grows);
    } catch (const invalid_argument& e) {
      return e.what();
    }
    return "accepted";
  };
  const estimate fine{"fine", 1, 1, 1};
  CHECK(refused(fine, fine) == "accepted");
  CHECK(refused({"", 1, 1, 1}, fine) == "swarm: its name is empty");
  CHECK(refused(fine, {"big", nan, 1, 1}) == "large model \"big\": energy_j nan is not a finite number >= 0");
  CHECK(refused({"s", 1, -1, 1}, fine) == "swarm \"s\": time_s -1 is not a finite number >= 0");
  CHECK(refused({"s", 1, 1, nan}, fine) == "swarm \"s\": quality nan is not finite");
  CHECK(refused(fine, fine, llm_growth{}) == "large model \"fine\": growth law is empty");
  CHECK(refused(fine, fine, llm_growth{.law = power_law{}, .subtasks = 0}) ==
        "subtasks 0 is not a finite number > 0");
  CHECK(refused(fine, fine, llm_growth{.law = [](double) { return std::nan(""); }}) ==
        "first growth law at n = 1: nan is not finite");
}
