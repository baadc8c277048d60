// SPDX-License-Identifier: BSL-1.0
#include "shoal/json/read_swarm.hpp"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "shoal/assign/exact.hpp"

using namespace shoal;
using dom = nlohmann::json;

namespace {

dom two_by_two() {
  return dom::parse(R"({
    "models": [{"name": "a", "energy_j": 1, "time_s": 2}, {"name": "b"}],
    "subtasks": ["x", {"name": "y"}],
    "compatibility": [[0.5, 0.25], [null, 1]]
  })");
}

std::string refusal(const dom& document) {
  try {
    static_cast<void>(json::read_swarm(document));
  } catch (const json::value_error& e) {
    return e.what();
  }
  return "";
}

// The refusal of the document `two_by_two` with `value` put at `pointer`.
std::string refusal_with(const std::string& pointer, const dom& value) {
  dom document = two_by_two();
  document[dom::json_pointer(pointer)] = value;
  return refusal(document);
}

}  // namespace

TEST_CASE("a swarm file is read as formats.md describes it", "[json]") {
  const json::swarm s = json::read_swarm(R"({
    "_comment": "anything",
    "models": [
      {"name": "phi-3-mini", "energy_j": 9.5, "time_s": 0.8, "accuracy": 0.41, "relevance": 0.9,
       "capacity": 4, "failure_probability": 0.02, "group": "eu-west", "_note": [1]},
      {"name": "big"}
    ],
    "subtasks": [{"name": "biology", "replicas": 2, "survival": 0.99, "needs": ["law"], "count": 3,
                  "separate_groups": true, "input": "cells", "instruction": "explain"}, "law"],
    "compatibility": [[0.63, null], [0.5, 7]],
    "energy_j": [[9.5, null], [1, 2]], "time_s": [[1, 2], [3, 4]], "load": [[1, 0.5], [2, 3]],
    "groups": [{"name": "eu-west", "failure_probability": 0.001}],
    "distance_s": [[0, 1], [2, 0]], "volume_mb": [[0, null], [8, 0]],
    "require": {"rule": "mean", "at_least": 0.5},
    "objective": {"rule": "epsilon", "minimise": "time", "at_most": 12, "time_rule": "makespan"}
  })");
  REQUIRE(s.models.size() == 2);
  CHECK(s.models[0].name == "phi-3-mini");
  CHECK(s.models[0].energy_j == 9.5);
  CHECK(s.models[0].time_s == 0.8);
  CHECK(s.models[0].accuracy == 0.41);
  CHECK(s.models[0].relevance == 0.9);
  CHECK(s.models[0].capacity == 4);
  CHECK(s.models[0].failure_probability == 0.02);
  CHECK(s.models[0].group == "eu-west");
  REQUIRE(s.groups.size() == 1);
  CHECK(s.groups[0].failure_probability == 0.001);
  REQUIRE(s.graph.size() == 2);
  CHECK(s.graph[0].count == 3);
  CHECK(s.graph[0].replicas == 2);
  CHECK(s.graph[0].survival == 0.99);
  CHECK(s.graph[0].separate_groups);
  CHECK(s.graph[0].input == "cells");
  CHECK(s.graph[0].instruction == "explain");
  REQUIRE(s.graph.edges().size() == 1);
  CHECK(s.graph.edges()[0] == data_edge{1, 0, 8});
  CHECK(s.problem.compatibility(1, 1) == 7);
  CHECK_FALSE(s.problem.allowed(0, 1));
  CHECK(s.problem.allowed(0, 0));
  CHECK(s.problem.energy_j(1, 1) == 2);
  CHECK(s.problem.time_s(1, 0) == 3);
  CHECK(s.problem.load(0, 1) == 0.5);
  CHECK(s.problem.capacity[0] == 4);
  CHECK(s.problem.survival[0] == 0.99);
  CHECK(s.problem.replicas[0] == 2);
  CHECK(s.distance_s(1, 0) == 2);
  REQUIRE(s.problem.require);
  CHECK(s.problem.require->rule == assign::quality_rule::mean);
  CHECK(s.problem.require->at_least == 0.5);
  const auto* rule = std::get_if<assign::epsilon>(&s.objective.rule);
  REQUIRE(rule != nullptr);
  CHECK(rule->minimise == assign::criterion::time);
  CHECK(rule->at_most == 12);
  CHECK(s.objective.time == assign::time_rule::makespan);
  validate(s.problem);
  validate(s.objective);
}

TEST_CASE("what a swarm's subtasks hand on counts as time of its plan", "[json]") {
  // Each model is the better one for a subtask; ten megabytes at half a second each are dearer than that.
  const auto plan = [](const std::string& distance) {
    const json::swarm s = json::read_swarm(R"({"models": [{"name": "a"}, {"name": "b"}], "subtasks": ["x", {"name": "y", "needs": ["x"]}],
        "compatibility": [[1, 1], [1, 1]], "time_s": [[1, 4], [4, 1]], "volume_mb": [[0, 10], [0, 0]])" +
                                           distance + "}");
    return assign::exact{}(s.problem, s.objective);
  };
  CHECK(plan("").chosen == assign::plan{{0}, {1}});
  CHECK(plan("").time_s == 2);
  const auto near = plan(R"(, "distance_s": [[0, 0.5], [0.5, 0]])");
  CHECK(near.time_s == 5);
  CHECK(near.chosen[0] == near.chosen[1]);
  const auto one_way = plan(R"(, "distance_s": [[0, 0.1], [0.5, 0]])");
  CHECK(one_way.time_s == 3);
  CHECK(one_way.chosen == assign::plan{{0}, {1}});
}

TEST_CASE("what a swarm file leaves out has the stated default", "[json]") {
  const json::swarm s = json::read_swarm(two_by_two());
  CHECK(s.models[1].energy_j == 0);
  CHECK(s.models[1].accuracy == 1);
  CHECK(s.models[1].capacity == std::numeric_limits<double>::infinity());
  CHECK(s.problem.energy_j(0, 1) == 1);
  CHECK(s.problem.time_s(0, 0) == 2);
  CHECK(s.problem.load(1, 1) == 1);
  CHECK(s.graph[1].count == 1);
  CHECK_FALSE(s.problem.require);
  const auto* rule = std::get_if<assign::weighted>(&s.objective.rule);
  REQUIRE(rule != nullptr);
  CHECK(rule->energy == 1);
  CHECK(rule->time == 1);
  CHECK(s.objective.time == assign::time_rule::total);
  CHECK(s.distance_s.size() == 0);
  CHECK(s.groups.empty());
}

TEST_CASE("a swarm file may describe a fleet alone", "[json]") {
  const json::swarm s = json::read_swarm(R"({"models": [{"name": "a"}]})");
  CHECK(s.models.size() == 1);
  CHECK(s.graph.empty());
  CHECK(s.problem.models() == 1);
  CHECK(s.problem.subtasks() == 0);
}

TEST_CASE("a model's growth law is read", "[json]") {
  dom document = two_by_two();
  document["models"][1]["cost"] = {{"law", "power"}, {"a", 2}, {"b", 1.5}};
  const json::swarm s = json::read_swarm(document);
  CHECK_FALSE(s.growth[0]);
  REQUIRE(s.growth[1]);
  CHECK((*s.growth[1])(4) == Approx(16));
}

TEST_CASE("models share a group by its name, listed or not", "[json]") {
  dom document = two_by_two();
  document["models"][0]["group"] = "eu";
  document["models"][1]["group"] = "eu";
  CHECK(json::read_swarm(document).problem.group == std::vector<std::size_t>{0, 0});
  document["groups"] = dom::array({{{"name", "us"}, {"failure_probability", 0.1}}});
  CHECK(refusal(document) == "/models/0/group: \"eu\" is not among the names in /groups");
}

TEST_CASE("keys of a larger format pass where the caller says so", "[json]") {
  dom document = two_by_two();
  document["task"] = {{"text", "hello"}};
  document["models"][0]["backend"] = "table";
  CHECK(refusal(document).find("/task: unknown key; known are models, ") == 0);
  CHECK(json::read_swarm(document, {.keys = {"task"}, .model_keys = {"backend"}}).models.size() == 2);
}

TEST_CASE("a figure out of range is refused with its place and value", "[json]") {
  const double not_a_number = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::pair<std::string, dom>> cases = {
      {"/models/0/accuracy", 1.5},
      {"/models/0/relevance", -0.1},
      {"/models/0/energy_j", -1},
      {"/models/0/time_s", "1"},
      {"/models/0/capacity", -4},
      {"/models/1/failure_probability", 1.01},
      {"/models/1/failure_probability", not_a_number},
      {"/models/0/capacity", nullptr},
      {"/models/0/name", 7},
      {"/subtasks/1/count", 0},
      {"/subtasks/1/replicas", 0},
      {"/subtasks/1/replicas", 1.5},
      {"/subtasks/1/replicas", 1e17},
      {"/subtasks/1/survival", 1},
      {"/subtasks/1/separate_groups", 1},
      {"/subtasks/0", 3},
      {"/subtasks/1/needs", "x"},
      {"/subtasks/1/needs", dom::array({1})},
      {"/models", dom::object()},
      {"/models/0", dom::array()},
      {"/compatibility/0/0", "high"},
      {"/compatibility/1/1", not_a_number},
      {"/compatibility/0", 3},
      {"/energy_j", dom::array({{1, 2}, {-1, 4}})},
      {"/require", 0.5},
      {"/require", {{"rule", "men"}, {"at_least", 1}}},
      {"/require", {{"rule", "mean"}, {"at_least", nullptr}}},
      {"/objective", {{"rule", "fast"}}},
      {"/objective", {{"energy", -1}}},
      {"/objective", {{"time_rule", "sum"}}},
      {"/groups", dom::array({{{"name", "g"}, {"failure_probability", 2}}})},
      {"/distance_s", dom::array({{0, -1}, {1, 0}})}};
  for (const auto& [pointer, value] : cases) {
    const std::string text = refusal_with(pointer, value);
    INFO(pointer << " = " << value.dump() << " gives: " << text);
    CHECK(text.find(pointer) == 0);
    CHECK(text.find(" is not ") != std::string::npos);
    CHECK(text.find('\n') == std::string::npos);
  }
  CHECK(refusal_with("/models/1/failure_probability", 1.5) ==
        "/models/1/failure_probability: 1.5 is not in [0, 1]");
}

TEST_CASE("rows and columns must be as many as models and subtasks", "[json]") {
  CHECK(refusal_with("/compatibility", dom::array({{1, 2}})) ==
        "/compatibility: 1 row, but there are 2 models");
  CHECK(refusal_with("/compatibility/1", dom::array({1, 2, 3})) ==
        "/compatibility/1: 3 entries, but there are 2 subtasks");
  CHECK(refusal_with("/load", dom::array({{1, 2}, {3}})) == "/load/1: 1 entry, but there are 2 subtasks");
  CHECK(refusal_with("/distance_s", dom::array({{0}})) == "/distance_s: 1 row, but there are 2 models");
  CHECK(refusal_with("/volume_mb", dom::array({{0, 0}})) == "/volume_mb: 1 row, but there are 2 subtasks");
}

TEST_CASE("a missing key and an unknown key are named", "[json]") {
  CHECK(refusal(dom::object()) == "/models: missing");
  CHECK(refusal(dom::array()) == "an array is not an object");
  dom document = two_by_two();
  document.erase("compatibility");
  CHECK(refusal(document) == "/compatibility: missing");
  CHECK(refusal_with("/models/0", {{"energy_j", 1}}) == "/models/0/name: missing");
  CHECK(refusal_with("/require", {{"at_least", 1}}) == "/require/rule: missing");
  CHECK(refusal_with("/require", {{"rule", "sum"}}) == "/require/at_least: missing");
  CHECK(refusal_with("/require", dom::object()) == "");
  CHECK(refusal_with("/objective", {{"rule", "epsilon"}, {"minimise", "time"}}) ==
        "/objective/at_most: missing");
  CHECK(refusal_with("/objective", {{"rule", "lexicographic"}}) == "/objective/first: missing");
  CHECK(refusal_with("/models/0/failure_probabilty", 0.1)
            .find("/models/0/failure_probabilty: unknown key; known are name, ") == 0);
  CHECK(refusal_with("/subtasks/1/need", 0.1).find("/subtasks/1/need: unknown key") == 0);
  CHECK(refusal_with("/objective", {{"rule", "weighted"}, {"at_most", 1}})
            .find("/objective/at_most: unknown key; known are rule, energy, time, time_rule") == 0);
  CHECK(refusal_with("/a~1b", 1).find("/a~1b: unknown key") == 0);
}

TEST_CASE("names that are empty or taken are refused with both places", "[json]") {
  CHECK(refusal_with("/models/1/name", "a") == "/models/1/name: \"a\" is the name at /models/0/name already");
  CHECK(refusal_with("/subtasks/1/name", "x") ==
        "/subtasks/1/name: \"x\" is the name at /subtasks/0 already");
  CHECK(refusal_with("/models/1/name", "") == "/models/1/name: the name is empty");
  const dom group{{"name", "g"}, {"failure_probability", 0}};
  CHECK(refusal_with("/groups", dom::array({group, group})) ==
        "/groups/1/name: \"g\" is the name at /groups/0/name already");
}

TEST_CASE("cycles, unknown needs and data without an edge are refused", "[json]") {
  CHECK(refusal_with("/subtasks/1/needs", dom::array({"z"})) ==
        "/subtasks/1/needs/0: \"z\" is not the name of a subtask");
  CHECK(refusal_with("/subtasks/1/needs", dom::array({"y"})) == "/subtasks/1/needs/0: cycle: y -> y");
  CHECK(refusal_with("/subtasks/1/needs", dom::array({"x", "x"})) ==
        "/subtasks/1/needs/1: \"x\" is there twice");
  dom document = two_by_two();
  document["subtasks"] = dom::parse(R"([{"name": "x", "needs": ["y"]}, {"name": "y", "needs": ["x"]}])");
  CHECK(refusal(document) == "/subtasks: cycle: x -> y -> x");
  CHECK(refusal_with("/volume_mb", dom::array({{0, 3}, {0, 0}})) ==
        "/volume_mb/0/1: 3, but \"y\" does not need \"x\"");
}

TEST_CASE("the rule product asks for compatibilities above 0 and at most 1 where a pair is allowed", "[json]") {
  dom document = two_by_two();
  document["require"] = {{"rule", "product"}, {"at_least", 0.1}};
  CHECK(refusal(document) == "");
  document["compatibility"][0][1] = 0;
  CHECK(refusal(document) == "/compatibility/0/1: 0 is not in (0, 1], as the rule product needs");
}

TEST_CASE("null stands among costs only where the pair is not allowed", "[json]") {
  CHECK(refusal_with("/energy_j", dom::array({{1, 2}, {nullptr, 4}})) == "");
  CHECK(refusal_with("/energy_j", dom::array({{1, nullptr}, {3, 4}})) ==
        "/energy_j/0/1: null is not a finite number >= 0");
}

TEST_CASE("text that is no JSON is refused with its line and column", "[json]") {
  const auto refuse = [](const std::string& text) -> std::string {
    try {
      json::read_swarm(text);
    } catch (const json::parse_error& e) {
      return e.what();
    }
    return "";
  };
  CHECK(refuse("{\"models\": [\n").find("line 2, column 1: ") == 0);
  CHECK(refuse("{\"models\":\n [NaN]}").find("line 2, column 3: ") == 0);
  CHECK(refuse(std::string(1000, '[')).find("line 1, column 65: ") == 0);
}
