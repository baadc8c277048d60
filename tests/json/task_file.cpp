// SPDX-License-Identifier: BSL-1.0
#include "shoal/json/task_file.hpp"

#include <cstddef>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace shoal;

namespace {

json::task_file read(const std::string& text) {
  return json::read_task_file(json::parse(text), SHOAL_TEST_DATA);
}

std::string refusal(const std::string& text) {
  try {
    read(text);
  } catch (const bad_input& e) {
    return e.what();
  }
  return "";
}

// A fleet of two.
const std::string fleet_of_two = R"("models": [
  {"name": "small", "energy_j": 1, "accuracy": 0.6, "failure_probability": 0.1,
   "backend": {"kind": "table", "answers": {"part-1": "ONE ", "part-2": "TWO ", "join": "small joins"}}},
  {"name": "large", "energy_j": 9, "accuracy": 0.9, "failure_probability": 0.1, "concurrency": 2,
   "backend": {"kind": "table", "answers": {"part-1": "Eins ", "part-2": "Zwei ", "part-3": "Drei", "join": "large joins"}}}])";

}  // namespace

TEST_CASE("what is wrong with a task file is refused with its place", "[json]") {
  const auto with_task = [](const std::string& task) {
    return "{" + fleet_of_two + ", \"task\": " + task + "}";
  };
  CHECK(refusal("{" + fleet_of_two + "}") == "/task: missing");
  CHECK(refusal(with_task("{}")) == "/task: either \"text\" or \"file\" is needed, or a list of subtasks");
  CHECK(refusal(with_task(R"({"text": "x", "file": "y"})")) ==
        "/task: either \"text\" or \"file\" is needed, or a list of subtasks");
  CHECK(refusal(with_task(R"({"file": "not-there.txt"})")) ==
        "/task/file: \"not-there.txt\": No such file or directory");
  CHECK(refusal(with_task(R"({"text": "x", "colour": 1})")).rfind("/task/colour: unknown key", 0) == 0);
  CHECK(refusal(with_task(R"({"text": "x", "decompose": "words"})")) ==
        "/task/decompose: \"words\" is not one of whole, paragraphs, sentences, lines");
  CHECK(refusal(with_task(R"({"text": "x", "decompose": {"chunks": 0}})")) ==
        "/task/decompose/chunks: 0 is not a whole number >= 1");
  CHECK(refusal(with_task(R"({"text": "x", "decompose": {}})")) ==
        "/task/decompose: one of lines, chunks, separator, planner is needed");
  CHECK(refusal(with_task(R"({"text": "x", "decompose": {"planner": "tiny"}})")) ==
        "/task/decompose/planner: \"tiny\" is not the name of a model");
  CHECK(refusal(with_task(R"({"text": "x", "survival": 1})")) == "/task/survival: 1 is not in [0, 1)");
  CHECK(refusal(with_task(R"({"text": "x", "deadline_s": 0})")) == "/task/deadline_s: 0 is not > 0");
  CHECK(refusal(with_task(R"({"text": "x", "combine": "best"})")) ==
        "/task/combine: \"best\" is not one of plurality, majority, weighted, max-weight, mean");
  CHECK(refusal(R"({"models": [{"name": "m"}], "task": {"text": "x"}})") == "/models/0/backend: missing");
  CHECK(refusal(R"({"models": [{"name": "m", "backend": {"kind": "abacus"}}], "task": {"text": "x"}})") ==
        "/models/0/backend/kind: \"abacus\" is not one of table, command");
  CHECK(
      refusal(
          R"({"models": [{"name": "m", "backend": {"kind": "command", "command": []}}], "task": {"text": "x"}})") ==
      "/models/0/backend/command: the command is empty");
  CHECK(refusal(R"({"models": [{"name": "m", "backend": {"kind": "table"}}], "task": {"text": "x"}})") ==
        "/models/0/backend: a table needs either \"file\" or \"answers\"");
  CHECK(refusal(R"({"models": [{"name": "m", "concurrency": 0, "backend": {"kind": "table", "answers": {}}}],
                    "task": {"text": "x"}})") == "/models/0/concurrency: 0 is not a whole number >= 1");
  CHECK(refusal(R"({"models": [{"name": "m", "backend": {"kind": "table", "answers": {}}}], "subtasks": ["a"],
                    "compatibility": [[1]], "task": {"text": "x"}})") ==
        "/task/text: the file lists its subtasks, which have this themselves");
  CHECK(refusal(with_task(R"({"text": "x", "decompose": {"lines": 1, "chunks": 2}})")) ==
        "/task/decompose: one of lines, chunks, separator, planner is needed");
  CHECK(refusal(with_task(R"({"text": "x", "join": {}})")) ==
        "/task/join: either \"instruction\" or \"separator\" is needed");
  CHECK(refusal(with_task(R"({"text": "x", "join": "glue"})")) ==
        "/task/join: \"glue\" is not one of concatenate, combine");
  CHECK(refusal(with_task(R"({"text": "x", "attempts": 0})")) ==
        "/task/attempts: 0 is not a whole number >= 1");
  CHECK(refusal(with_task(R"({"text": "x", "replace_lost_replicas": 1})")) ==
        "/task/replace_lost_replicas: 1 is not true or false");
  CHECK(refusal(R"({"models": [], "subtasks": [], "task": {"join": {"instruction": "all"}}})") ==
        "/task/join/instruction: the file lists its subtasks: one of them may need all others");
  for (const std::string key : {"compatibility", "energy_j", "time_s", "load", "volume_mb"}) {
    CHECK(refusal("{" + fleet_of_two + ", \"" + key + "\": [], \"task\": {\"text\": \"x\"}}") ==
          "/" + key + ": the parts of a task that is split are not known before; list the subtasks instead");
  }
  CHECK(refusal(R"({"models": [{"name": "m", "accuracy": 0, "backend": {"kind": "table", "answers": {}}}],
                    "require": {"rule": "product", "at_least": 0.5}, "task": {"text": "x"}})") ==
        "/models/0/accuracy: 0 is not in (0, 1], as the rule product needs");
}

TEST_CASE("a task file is read whole", "[json]") {
  const auto file = read("{" + fleet_of_two + R"(, "task": {"text": "x", "instruction": "Do.", "replicas": 2,
    "survival": 0.9, "separate_groups": true, "decompose": {"separator": ";"}, "combine": "mean",
    "join": {"separator": ", "}, "deadline_s": 2.5, "try_timeout_s": 0.5, "attempts": 7,
    "replace_lost_replicas": true, "threads": 3}})");
  CHECK(file.whole.text == "x");
  CHECK(file.whole.instruction == "Do.");
  REQUIRE(file.split);
  CHECK((file.split->how == json::splitting::separator && file.split->separator == ";"));
  CHECK((file.replicas == 2 && file.survival == 0.9 && file.separate_groups));
  CHECK(file.combine.how == json::combination::mean);
  CHECK(file.join.together.separator == ", ");
  CHECK((file.deadline_s == 2.5 && file.run.try_timeout.count() == 0.5 && file.run.attempts == 7));
  CHECK((file.run.replace_lost_replicas && file.threads == 3));
  CHECK(file.concurrency == std::vector<std::size_t>{1, 2});
  CHECK(file.backends.size() == 2);

  const auto listed = read(R"({"models": [{"name": "m", "backend": {"kind": "table", "answers": {}}}],
                               "subtasks": ["a"], "compatibility": [[1]], "task": {}})");
  CHECK_FALSE(listed.split);
  CHECK(listed.swarm.graph.size() == 1);
}
