// SPDX-License-Identifier: BSL-1.0
#include "shoal/sim/runs.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "catch.hpp"

namespace {

using namespace shoal;
using namespace shoal::sim;

scenario some_models(std::size_t n) {
  scenario s;
  for (std::size_t i = 0; i < n; ++i) {
    model m;
    m.name = std::string(1, static_cast<char>('a' + i));
    s.models.push_back(m);
    s.behaviours.emplace_back();
    s.behaviours.back().time_s = {1, 0.3, {}};
    s.behaviours.back().energy_j = {3, 0, {}};
  }
  s.for_s = 300;
  return s;
}

}  // namespace

TEST_CASE("runs are the same on any number of threads", "[sim]") {
  scenario s = some_models(3);
  s.behaviours[0].stalls = 0.05;
  std::size_t told = 0;
  const auto alone = simulate_runs(s, 7, 12, 1, [&](std::size_t done) { CHECK(done == ++told); });
  CHECK(told == 12);
  const auto together = simulate_runs(s, 7, 12, 4);
  REQUIRE(together.size() == 12);
  for (std::size_t r = 0; r < 12; ++r) {
    CHECK(together[r].digest == alone[r].digest);
    CHECK(together[r].spent_j == alone[r].spent_j);
    CHECK(together[r].digest == simulate(s, 7 + r).digest);
  }
  CHECK(digest_of(alone) == digest_of(together));
  CHECK(digest_of(alone) != digest_of(simulate_runs(s, 8, 12)));
  s.orders_per_s = -1;
  CHECK_THROWS_AS(simulate_runs(s, 1, 2), invalid_argument);
}

TEST_CASE("where nothing fails, what is spent is what the answers cost", "[sim]") {
  scenario s = some_models(2);
  s.orders_per_s = 0.2;
  s.rules.hedge.reset();
  const simulation_record r = simulate(s, 1);
  REQUIRE(r.answered == r.orders);
  CHECK(r.spent_j == Approx(3.0 * static_cast<double>(r.answered)));
  CHECK(r.energy_j == Approx(r.spent_j));
}

TEST_CASE("calls that are given up are paid as far as they had come", "[sim]") {
  scenario s = some_models(1);
  s.behaviours[0].time_s = {10, 0, {}};
  s.deadline_s = 5;
  s.orders_per_s = 0.05;
  s.rules = run::resilience::none();
  const simulation_record r = simulate(s, 2);
  REQUIRE(r.calls > 5);
  CHECK(r.answered == 0);
  CHECK(r.energy_j == 0);
  // Each call is stopped by its order's deadline, at most half way.
  CHECK(r.spent_j <= 1.5 * static_cast<double>(r.calls) + 1e-6);
  CHECK(r.spent_j > 0.5 * static_cast<double>(r.calls));
}

TEST_CASE("urgent orders are answered where the others are shed", "[sim]") {
  scenario s = some_models(2);
  s.orders_per_s = 4;  // twice what two models bear
  s.rules.queue = 8;
  s.rules.hedge.reset();
  s.rules.breaker.reset();
  s.classes = {{"chat", 1, 1}, {"batch", 3, 0}};
  const simulation_record r = simulate(s, 3);
  REQUIRE(r.classes.size() == 2);
  const class_record& chat = r.classes[0];
  const class_record& batch = r.classes[1];
  CHECK(chat.orders + batch.orders == r.orders);
  CHECK(chat.answered + batch.answered == r.answered);
  CHECK(static_cast<double>(chat.orders) == Approx(0.25 * static_cast<double>(r.orders)).epsilon(0.15));
  CHECK(r.shed > 0);
  CHECK(chat.given_up == 0);
  CHECK(batch.given_up > 100);
  CHECK(chat.p99_s < batch.p50_s);
}

TEST_CASE("faults at set times come beside those of hazards, by time", "[sim]") {
  scenario s = some_models(2);
  s.hazards = {{fault_kind::stall, {0}, 50, 5}};
  s.faults = {{fault_kind::crash, {1}, 120, 10, 1}};
  const std::vector<fault> all = faults_of(s, 4);
  const std::vector<fault> drawn = draw_faults(s.hazards, s.for_s, stream_seed(4, 4));
  CHECK(all.size() == drawn.size() + 1);
  for (std::size_t at = 1; at < all.size(); ++at) CHECK(all[at - 1].at_s <= all[at].at_s);
  s.faults[0].models = {9};
  CHECK_THROWS_WITH(simulate(s, 4), "scenario: a fault names model 9");
}

TEST_CASE("what is wanted and not reached is found, and told in short", "[sim]") {
  scenario s = some_models(2);
  s.hazards = {{fault_kind::slow, {0}, 60, 5, 2}, {fault_kind::stall, {0, 1}, 100, 40}};
  s.deadline_s = 8;
  s.wanted.answered = 1;
  const simulation_record r = simulate(s, 1);
  REQUIRE(r.given_up > 0);
  REQUIRE(r.findings.size() == 1);
  CHECK(r.findings[0].substr(0, 9) == "answered ");
  const failing_story story = shortest_story(s, 1);
  REQUIRE(story.faults.size() == 1);
  CHECK(story.faults[0].kind == fault_kind::stall);
  CHECK(story.faults.size() < faults_of(s, 1).size());

  simulation_record found;
  found.answered = 3;
  found.given_up = 1;
  found.p50_s = 2;
  found.p99_s = 3;
  found.p999_s = 4;
  found.spent_j = 30;
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(unmet({0.75, 2, 3, 4, 10}, found).empty());
  CHECK(unmet({0.76, infinity, infinity, infinity, infinity}, found) ==
        std::vector<std::string>{"answered 75 % of the orders, wanted 76 %"});
  CHECK(unmet({0, 1, 2, 3, 9}, found) ==
        std::vector<std::string>{"p50 2 s, wanted at most 1 s", "p99 3 s, wanted at most 2 s",
                                 "p99.9 4 s, wanted at most 3 s",
                                 "energy for an answer 10 J, wanted at most 9 J"});
  CHECK(unmet({1, 1, 1, 1, 1}, {}).empty());  // nothing was asked
}
