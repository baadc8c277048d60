// SPDX-License-Identifier: BSL-1.0
#include "shoal/json/read_scenario.hpp"

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/json/parse.hpp"
#include "shoal/json/write_simulation.hpp"
#include "shoal/sim/runs.hpp"

using namespace shoal;
using sim::fault_kind;

namespace {

const std::filesystem::path data = SHOAL_TEST_DATA;

sim::scenario read(std::string_view text) { return json::read_scenario(json::parse(text), data); }

// Three models, two of them in the west; what is given becomes the members of "simulation".
sim::scenario with(const std::string& simulation, const std::string& rest = "") {
  return read(R"({"models": [{"name": "a", "time_s": 2, "energy_j": 7, "group": "west", "concurrency": 3},
                             {"name": "b", "time_s": 3, "failure_probability": 0.5, "group": "west"},
                             {"name": "c", "time_s": 4}], )" +
              rest + "\"simulation\": {" + simulation + "}}");
}

std::string refusal(const std::string& simulation, const std::string& rest = "") {
  try {
    with(simulation, rest);
  } catch (const json::value_error& e) {
    return e.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a simulation without a word takes the swarm's own figures", "[json]") {
  const sim::scenario s = with("\"for_s\": 1000");
  REQUIRE(s.models.size() == 3);
  CHECK(s.behaviours[0].time_s.median == 2);
  CHECK(s.behaviours[0].energy_j.median == 7);
  CHECK(s.behaviours[2].energy_j.median == 0);
  CHECK(s.rules.concurrency == std::vector<std::size_t>{3, 1, 1});
  CHECK(s.routes.empty());
  // b fails within the mission with probability 1/2, and stays down.
  REQUIRE(s.hazards.size() == 1);
  CHECK(s.hazards[0].kind == fault_kind::crash);
  CHECK(s.hazards[0].models == std::vector<std::size_t>{1});
  CHECK(-std::expm1(-1000 / s.hazards[0].every_s) == Approx(0.5));
  CHECK(s.hazards[0].for_s > 100 * 1000);
}

TEST_CASE("a group that may fail brings a crash of all its models", "[json]") {
  const sim::scenario s =
      with("\"for_s\": 100", R"("groups": [{"name": "west", "failure_probability": 0.1}], )");
  REQUIRE(s.hazards.size() == 2);
  CHECK(s.hazards[1].models == std::vector<std::size_t>{0, 1});
  CHECK(-std::expm1(-100 / s.hazards[1].every_s) == Approx(0.1));
}

TEST_CASE("behaviours hold for all, for a group, for a model, the closer the stronger", "[json]") {
  const sim::scenario s = with(R"("behaviour": {"time_s": {"sigma": 0.5}, "stalls": 0.1, "mttf_s": 50},
      "groups": {"west": {"stalls": 0.2, "wrong": 0.3, "_why": "old hardware"}},
      "models": {"b": {"time_s": 9, "stalls": 0.4, "mttf_s": null},
                 "c": {"time_s": {"seen": [1, 2, 3]}, "energy_j": {"median": 5}}})");
  CHECK(s.behaviours[0].time_s.median == 2);
  CHECK(s.behaviours[0].time_s.sigma == 0.5);
  CHECK(s.behaviours[0].stalls == 0.2);
  CHECK(s.behaviours[1].time_s.median == 9);
  CHECK(s.behaviours[1].time_s.sigma == 0);
  CHECK(s.behaviours[1].stalls == 0.4);
  CHECK(s.behaviours[1].wrong == 0.3);
  CHECK(s.behaviours[2].stalls == 0.1);
  CHECK(s.behaviours[2].wrong == 0);
  CHECK(s.behaviours[2].time_s.seen == std::vector<double>{1, 2, 3});
  CHECK(s.behaviours[2].energy_j.median == 5);
  // Crashes become hazards, which a story can name: of a and c, for b never crashes.
  REQUIRE(s.hazards.size() == 2);
  CHECK(s.hazards[0].models == std::vector<std::size_t>{0});
  CHECK(s.hazards[0].every_s == 50);
  CHECK(s.hazards[1].models == std::vector<std::size_t>{2});
  for (const sim::behaviour& b : s.behaviours) CHECK(std::isinf(b.mttf_s));
}

TEST_CASE("figures that were measured come from a column of a file", "[json]") {
  const sim::scenario s =
      with(R"("behaviour": {"time_s": {"file": "outages/some.csv", "column": "severity"}})");
  CHECK(s.behaviours[0].time_s.seen.size() > 100);
  CHECK(s.behaviours[0].time_s.seen[0] == 1.0);
  CHECK(s.behaviours[2].time_s.seen == s.behaviours[0].time_s.seen);
}

TEST_CASE("every rule of the runtime can be set, or turned off", "[json]") {
  const sim::scenario s =
      with(R"("rules": {"concurrency": 5, "at_once": 9, "queue": 7, "tries": 2, "try_timeout_s": 1.5,
      "backoff": {"base_s": 1, "cap_s": 3}, "retries": {"share": 0.1, "floor_per_s": 2, "window_s": 4},
      "hedge": {"quantile": 0.9, "most_extra": 0.2, "least_samples": 6, "least_delay_s": 0.5},
      "breaker": {"window_s": 11, "least_calls": 12, "error_share": 0.25, "in_a_row": 13, "open_s": 14,
                  "most_open_s": 15, "probes": 16}, "patience_s": 8},
      "balance": "two choices", "routes": [["b", "a"], ["c"]], "orders_per_s": 17, "deadline_s": 18,
      "cancelled": 0.5, "heartbeat_s": 0.25, "health": {"slow_start_s": 3, "least_weight": 0.5},
      "orders": [{"name": "chat", "priority": -1}, {"name": "batch", "share": 3}],
      "wanted": {"answered": 0.9, "p50_s": 1, "p99_s": 2, "p999_s": 3, "energy_j": 4})");
  const run::resilience& r = s.rules;
  CHECK(r.concurrency == std::vector<std::size_t>{3, 5, 5});  // the model's own word holds
  CHECK(r.at_once == 9);
  CHECK(r.queue == 7);
  CHECK(r.tries == 2);
  CHECK(r.try_timeout.count() == 1.5);
  CHECK(r.backoff.base_s == 1);
  CHECK(r.backoff.cap_s == 3);
  CHECK(r.retries->share == 0.1);
  CHECK(r.retries->floor_per_s == 2);
  CHECK(r.retries->window_s == 4);
  CHECK(r.hedge->quantile == 0.9);
  CHECK(r.hedge->most_extra == 0.2);
  CHECK(r.hedge->least_samples == 6);
  CHECK(r.hedge->least_delay_s == 0.5);
  CHECK(r.breaker->window_s == 11);
  CHECK(r.breaker->least_calls == 12);
  CHECK(r.breaker->error_share == 0.25);
  CHECK(r.breaker->in_a_row == 13);
  CHECK(r.breaker->open_s == 14);
  CHECK(r.breaker->most_open_s == 15);
  CHECK(r.breaker->probes == 16);
  CHECK(r.patience_s == 8);
  CHECK(std::holds_alternative<run::two_choices>(s.balance.which));
  CHECK(s.routes == std::vector<std::vector<std::size_t>>{{1, 0}, {2}});
  CHECK(s.orders_per_s == 17);
  CHECK(s.deadline_s == 18);
  CHECK(s.cancelled == 0.5);
  CHECK(s.heartbeat_s == 0.25);
  CHECK(s.health.slow_start_s == 3);
  CHECK(s.health.least_weight == 0.5);
  REQUIRE(s.classes.size() == 2);
  CHECK(s.classes[0].priority == -1);
  CHECK(s.classes[1].share == 3);
  CHECK(s.wanted.answered == 0.9);
  CHECK(s.wanted.energy_j == 4);
  const sim::scenario off = with(R"("rules": {"hedge": null, "breaker": null, "retries": null})");
  CHECK_FALSE(off.rules.hedge);
  CHECK_FALSE(off.rules.breaker);
  CHECK_FALSE(off.rules.retries);
}

TEST_CASE("subtasks go to the models that may do them", "[json]") {
  const sim::scenario s = read(R"({"models": [{"name": "a"}, {"name": "b"}], "subtasks": ["x", "y"],
      "compatibility": [[1, null], [1, 1]], "time_s": [[2, null], [3, 5]], "simulation": {}})");
  CHECK(s.routes == std::vector<std::vector<std::size_t>>{{0, 1}, {1}});
  CHECK(s.behaviours[0].time_s.median == 2);  // the mean of what it may do
  CHECK(s.behaviours[1].time_s.median == 4);
}

TEST_CASE("hazards and faults name models or a group", "[json]") {
  const sim::scenario s = with(
      R"("hazards": [{"kind": "slow", "models": ["c", "a"], "every_s": 5, "for_s": 6, "factor": 7}],
         "faults": [{"kind": "cut off", "group": "west", "at_s": 8, "for_s": 9}])");
  REQUIRE(s.hazards.size() == 2);
  CHECK(s.hazards[1].kind == fault_kind::slow);
  CHECK(s.hazards[1].models == std::vector<std::size_t>{0, 2});
  CHECK(s.hazards[1].factor == 7);
  REQUIRE(s.faults.size() == 1);
  CHECK(s.faults[0].kind == fault_kind::cut_off);
  CHECK(s.faults[0].models == std::vector<std::size_t>{0, 1});
  CHECK(s.faults[0].at_s == 8);
  CHECK(s.faults[0].for_s == 9);
}

TEST_CASE("each outage of a log crashes its models, moved and scaled", "[json]") {
  // The log's outages: 0 to 4800, 296400 to 298800, 301200 to 302400, 307200 to 308400, ...
  const sim::scenario s = with(R"("for_s": 100, "outages": [{"file": "outages/some.csv",
      "trace": "Github_user_reported", "group": "west", "from_s": 297400, "scale": 0.01}])");
  REQUIRE(s.faults.size() == 3);
  CHECK(s.faults[0].kind == fault_kind::crash);
  CHECK(s.faults[0].models == std::vector<std::size_t>{0, 1});
  CHECK(s.faults[0].at_s == 0);  // it was under way
  CHECK(s.faults[0].for_s == Approx(14));
  CHECK(s.faults[1].at_s == Approx(38));
  CHECK(s.faults[1].for_s == Approx(12));
  CHECK(s.faults[2].at_s == Approx(98));
  const sim::scenario severe =
      with(R"("for_s": 1e6, "orders_per_s": 0.1, "outages": [{"file": "outages/some.csv",
      "trace": "Github_user_reported", "models": ["c"], "least_severity": 0.5}])");
  REQUIRE(severe.faults.size() == 1);
  CHECK(severe.faults[0].for_s == 4800);
}

TEST_CASE("what is no simulation is refused with its place", "[json]") {
  CHECK(refusal("\"for\": 3").substr(0, 33) == "/simulation/for: unknown key; kno");
  CHECK(refusal("\"orders_per_s\": 0") == "/simulation/orders_per_s: 0 is not a number > 0");
  CHECK(refusal("\"for_s\": 2e8") == "/simulation: 1 orders/s for 2e+08 s are more than 1e+08 orders");
  CHECK(refusal("\"heartbeat_s\": 1e-9") == "/simulation/heartbeat_s: more than 1e+08 heartbeats");
  CHECK(refusal("\"balance\": \"random\"")
            .find("/simulation/balance: \"random\" is not one of least expected") == 0);
  CHECK(refusal("\"routes\": [[\"a\", \"x\"]]") ==
        "/simulation/routes/0/1: \"x\" is not the name of a model");
  CHECK(refusal("\"routes\": [[\"a\", \"a\"]]") == "/simulation/routes/0/1: this model is there twice");
  CHECK(refusal("\"behaviour\": {\"stalls\": 2}") == "/simulation/behaviour/stalls: 2 is not in [0, 1]");
  CHECK(refusal("\"behaviour\": {\"time_s\": 0}") == "/simulation/behaviour/time_s: 0 is not a number > 0");
  CHECK(refusal("\"behaviour\": {\"time_s\": {\"seen\": []}}") ==
        "/simulation/behaviour/time_s/seen: nothing was seen");
  CHECK(refusal("\"behaviour\": {\"time_s\": {\"file\": \"no.csv\", \"column\": \"x\"}}") ==
        "/simulation/behaviour/time_s/file: \"no.csv\": No such file or directory");
  CHECK(refusal("\"behaviour\": {\"time_s\": {\"file\": \"outages/some.csv\", \"column\": \"x\"}}") ==
        "/simulation/behaviour/time_s/file: \"outages/some.csv\": line 1: the header has no column \"x\"");
  CHECK(refusal("\"groups\": {\"east\": {}}") == "/simulation/groups/east: there is no such group");
  CHECK(refusal("\"models\": {\"d\": {}}") == "/simulation/models/d: there is no such model");
  CHECK(refusal("\"rules\": {\"tries\": 0}") == "/simulation/rules/tries: 0 is not a whole number >= 1");
  CHECK(refusal("\"rules\": {\"hedge\": {\"quantile\": 1}}") ==
        "/simulation/rules/hedge/quantile: 1 is not in (0, 1)");
  CHECK(refusal("\"rules\": {\"backoff\": {\"cap_s\": 0.01}}") ==
        "/simulation/rules/backoff: cap_s 0.01 is below base_s 0.05");
  CHECK(refusal(R"("hazards": [{"kind": "flood", "models": ["a"], "every_s": 1, "for_s": 1}])") ==
        "/simulation/hazards/0/kind: \"flood\" is not one of crash, stall, slow, wrong, cut off");
  CHECK(refusal(R"("hazards": [{"kind": "crash", "every_s": 1, "for_s": 1}])") ==
        "/simulation/hazards/0: one of models, group is needed");
  CHECK(refusal(R"("hazards": [{"kind": "crash", "group": "east", "every_s": 1, "for_s": 1}])") ==
        "/simulation/hazards/0/group: \"east\" is not the group of any model");
  CHECK(refusal(R"("hazards": [{"kind": "crash", "group": "west", "every_s": 1e-9, "for_s": 1}])") ==
        "/simulation/hazards/0/every_s: more than 1e+06 faults");
  CHECK(
      refusal(R"("hazards": [{"kind": "crash", "group": "west", "every_s": 9, "for_s": 1, "factor": 2}])") ==
      "/simulation/hazards/0/factor: only slow has a factor");
  CHECK(refusal(R"("outages": [{"file": "outages/some.csv", "group": "west"}])") ==
        "/simulation/outages/0: trace is missing: \"outages/some.csv\" has 3 of them");
  CHECK(refusal(R"("outages": [{"file": "outages/some.csv", "group": "west", "trace": "x"}])") ==
        "/simulation/outages/0/trace: no such trace in \"outages/some.csv\"");
  CHECK(refusal(R"("orders": [{"name": "x", "priority": 0.5}])") ==
        "/simulation/orders/0/priority: 0.5 is not a whole number");
  CHECK_THROWS_WITH(read(R"({"models": [{"name": "a", "time_s": 1}]})"), "/simulation: missing");
  CHECK_THROWS_WITH(read(R"({"models": [], "simulation": {}})"), "/models: a simulation needs a model");
  CHECK_THROWS_WITH(read(R"({"models": [{"name": "a"}], "simulation": {}})"),
                    "/models/0/time_s: missing, here and in its behaviour: a simulation needs the seconds of "
                    "a request");
}

TEST_CASE("the file of a story plays the story again", "[json]") {
  const auto document = json::parse(
      R"({"models": [{"name": "a", "time_s": 1, "energy_j": 2, "group": "g"}, {"name": "b", "time_s": 1, "group": "g"}],
          "simulation": {"for_s": 3000, "deadline_s": 5, "behaviour": {"mttf_s": 500, "mttr_s": 20},
                         "models": {"b": {"mttf_s": 900}}, "wanted": {"answered": 1},
                         "hazards": [{"kind": "stall", "group": "g", "every_s": 300, "for_s": 60}]}})");
  const sim::scenario s = json::read_scenario(document, data);
  REQUIRE_FALSE(sim::simulate(s, 5).findings.empty());
  const sim::failing_story story = sim::shortest_story(s, 5);
  CHECK(story.what.for_s < 3000);
  const auto written = json::parse(json::write_story_file(document, story).dump());
  const sim::scenario again = json::read_scenario(written, data);
  CHECK(again.hazards.empty());
  CHECK(sim::simulate(again, 5).findings == story.findings);
}

TEST_CASE("a digest is sixteen hexadecimal digits", "[json]") {
  CHECK(json::write_digest(0) == "0000000000000000");
  CHECK(json::write_digest(0x0123456789abcdefU) == "0123456789abcdef");
}

TEST_CASE("a task file can be played too", "[json]") {
  const sim::scenario s = read(R"({"models": [{"name": "a", "time_s": 1, "concurrency": 2,
      "backend": {"kind": "table", "answers": {}}}], "task": {"text": "x"}, "simulation": {"for_s": 9}})");
  CHECK(s.for_s == 9);
  CHECK(s.rules.concurrency == std::vector<std::size_t>{2});
}
