// SPDX-License-Identifier: BSL-1.0
#include "shoal/json/solution.hpp"

#include <string>

#include "catch.hpp"
#include "shoal/assign/evaluate.hpp"
#include "shoal/json/read_swarm.hpp"

using namespace shoal;

namespace {

json::swarm two_by_two() {
  return json::read_swarm(R"({
    "models": [{"name": "a", "energy_j": 1, "time_s": 2}, {"name": "b", "energy_j": 4}],
    "subtasks": [{"name": "x", "replicas": 2}, "y"],
    "compatibility": [[0.5, 0.25], [0.25, 1]]
  })");
}

std::string refusal(const char* document) {
  try {
    static_cast<void>(json::read_plan(nlohmann::json::parse(document), two_by_two()));
  } catch (const json::value_error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a solution is written as formats.md describes it", "[json]") {
  const json::swarm s = two_by_two();
  assign::solution found = assign::evaluate(s.problem, s.objective, {{0, 1}, {1}});
  found.solver = "by hand";
  found.compatibility.product = 0.125;  // evaluate takes it through logarithms, whose last digit may differ
  CHECK(
      json::write_solution(s.problem, found).dump() ==
      R"({"verdict":"feasible","solver":"by hand","objective":11.0,"bound":null,"energy_j":9.0,"time_s":2.0,)"
      R"("compatibility":{"sum":1.75,"mean":0.5833333333333334,"min":0.25,"product":0.125},)"
      R"("assignment":{"x":["a","b"],"y":["b"]},"load":{"a":1.0,"b":2.0},"seconds":0.0,"nodes":0})");
}

TEST_CASE("an infeasible solution says why, and what can be reached", "[json]") {
  assign::solution none;
  none.verdict = assign::verdict::infeasible;
  none.solver = "exact";
  none.because = "too much is asked";
  none.best = 0.5;
  CHECK(json::write_solution(two_by_two().problem, none).dump() ==
        R"({"verdict":"infeasible","solver":"exact","because":"too much is asked","best":0.5,)"
        R"("seconds":0.0,"nodes":0})");
}

TEST_CASE("a plan reads back from the document of its solution", "[json]") {
  const json::swarm s = two_by_two();
  const assign::plan chosen = {{0, 1}, {1}};
  const json::ordered written =
      json::write_solution(s.problem, assign::evaluate(s.problem, s.objective, chosen));
  CHECK(json::read_plan(nlohmann::json::parse(written.dump()), s) == chosen);
  CHECK(json::read_plan(nlohmann::json::parse(R"({"assignment": {"y": ["b"], "x": ["b", "a"]}})"), s) ==
        chosen);
}

TEST_CASE("a plan for another swarm is refused", "[json]") {
  CHECK(refusal(R"({"verdict": "limit"})") == "/assignment: missing");
  CHECK(refusal(R"({"assignment": []})") == "/assignment: an array is not an object");
  CHECK(refusal(R"({"assignment": {"x": ["a"]}})") == "/assignment/y: missing");
  CHECK(refusal(R"({"assignment": {"x": [], "y": [], "z": []}})") ==
        "/assignment/z: there is no such subtask");
  CHECK(refusal(R"({"assignment": {"x": ["a", "c"], "y": []}})") ==
        "/assignment/x/1: \"c\" is not the name of a model");
  CHECK(refusal(R"({"assignment": {"x": ["a", "a"], "y": []}})") == "/assignment/x/1: \"a\" is there twice");
}
