// SPDX-License-Identifier: BSL-1.0
#include "shoal/sim/shrink.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace shoal;
using namespace shoal::sim;

TEST_CASE("the fewest faults are found among many", "[sim]") {
  random_engine engine(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<int> all(1 + uniform_below(engine, 40));
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int>(i);
    std::vector<int> guilty;
    for (const int x : all)
      if (uniform_below(engine, 8) == 0) guilty.push_back(x);
    std::size_t calls = 0;
    const auto fails = [&](const std::vector<int>& with) {
      ++calls;
      return std::all_of(guilty.begin(), guilty.end(),
                         [&](int g) { return std::find(with.begin(), with.end(), g) != with.end(); });
    };
    CHECK(fewest(all, fails) == guilty);
    CHECK(calls <= 2 * all.size() * all.size() + 10);
  }
}

TEST_CASE("where any of several faults is enough, one is left", "[sim]") {
  const std::vector<int> all{1, 2, 3, 4, 5, 6, 7, 8};
  const auto found = fewest(all, [](const std::vector<int>& with) {
    return std::any_of(with.begin(), with.end(), [](int x) { return x % 3 == 0; });
  });
  CHECK((found == std::vector<int>{3} || found == std::vector<int>{6}));
}

TEST_CASE("a failing simulation shrinks to a short story", "[sim]") {
  scenario s;
  for (const char* name : {"a", "b", "c"}) {
    model m;
    m.name = name;
    s.models.push_back(m);
    s.behaviours.emplace_back();
  }
  s.deadline_s = 10;
  for (std::size_t i = 0; i < 3; ++i) s.hazards.push_back({fault_kind::slow, {i}, 300, 30, 2});
  std::vector<fault> faults = draw_faults(s.hazards, s.for_s, 1);
  faults.push_back({fault_kind::crash, {0, 1, 2}, 200, 60, 1});
  REQUIRE(faults.size() > 10);
  // The rule that is broken here: no order fails.
  const auto play = [](const scenario& one, const std::vector<fault>& with) {
    virtual_time on;
    const simulation_record r = simulate_on(on, one, with, 1);
    return r.given_up > 0 ? std::vector<std::string>{"an order failed"} : std::vector<std::string>{};
  };
  REQUIRE_FALSE(play(s, faults).empty());
  const failing_story story = shrink(s, faults, 1, play);
  REQUIRE(story.faults.size() == 1);
  CHECK(story.faults[0].kind == fault_kind::crash);
  CHECK(story.what.for_s < 500);
  CHECK(story.text().find("for 60 s: crash of a, b, c\nan order failed\n") != std::string::npos);
}
