// SPDX-License-Identifier: BSL-1.0
#include "shoal/json/task_file.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include "catch.hpp"
#include "shoal/assign/exact.hpp"
#include "shoal/json/task_report.hpp"

using namespace shoal;

namespace {

json::task_file read(const std::string& text, const json::backend_kinds& more = {}) {
  return json::read_task_file(json::parse(text), SHOAL_TEST_DATA, more);
}

std::string refusal(const std::string& text) {
  try {
    read(text);
  } catch (const bad_input& e) {
    return e.what();
  }
  return "";
}

json::task_report carry_out(const json::task_file& file) {
  return json::run_task(file, assign::exact{}, {}, {});
}

// A fleet of two whose backends say who was asked for what.
const std::string fleet_of_two = R"("models": [
  {"name": "small", "energy_j": 1, "accuracy": 0.6, "failure_probability": 0.1,
   "backend": {"kind": "table", "answers": {"part-1": "ONE ", "part-2": "TWO ", "join": "small joins"}}},
  {"name": "large", "energy_j": 9, "accuracy": 0.9, "failure_probability": 0.1, "concurrency": 2,
   "backend": {"kind": "table", "answers": {"part-1": "Eins ", "part-2": "Zwei ", "part-3": "Drei", "join": "large joins"}}}])";

}  // namespace

TEST_CASE("a task is split, assigned, run and put together", "[json]") {
  const auto file = read("{" + fleet_of_two + R"(, "task": {"text": "one\ntwo\n", "decompose": "lines"}})");
  const auto report = carry_out(file);
  REQUIRE(report);
  CHECK(*report.result.value == "ONE TWO ");
  CHECK(report.outcomes.used.energy_j == 2);
  CHECK(json::survival_of(file, report).whole.survival == Approx(0.9));
}

TEST_CASE("what the cheap model has no answer for goes to the other one", "[json]") {
  const auto file =
      read("{" + fleet_of_two + R"(, "task": {"text": "one\ntwo\nthree\n", "decompose": "lines"}})");
  const auto report = carry_out(file);
  REQUIRE(report);
  CHECK(*report.result.value == "ONE TWO Drei");
  CHECK(report.outcomes.reassigned == 1);
  const auto document = json::write_task_report(file, report);
  CHECK(document["subtasks"]["part-3"]["failures"][0]["model"] == "small");
  CHECK(document["subtasks"]["part-3"]["failures"][0]["kind"] == "refused");
  CHECK(document["failures"] == 1);
  CHECK(document["survived"] == true);
}

TEST_CASE("a required accuracy moves the parts to the model that has it", "[json]") {
  const auto report = carry_out(read("{" + fleet_of_two + R"(, "require": {"rule": "each", "at_least": 0.8},
                               "task": {"text": "one\ntwo\nthree\n", "decompose": {"lines": 1}}})"));
  REQUIRE(report);
  CHECK(*report.result.value == "Eins Zwei Drei");
}

TEST_CASE("replicas are combined, and a join works on the parts' answers", "[json]") {
  const auto report = carry_out(
      read("{" + fleet_of_two + R"(, "task": {"text": "one\ntwo\n", "decompose": "lines", "replicas": 2,
                               "combine": "max-weight", "join": {"instruction": "Put together."}}})"));
  REQUIRE(report);
  CHECK(report.graph.size() == 3);
  CHECK(report.outcomes.subtasks[0].value == "Eins ");
  CHECK(*report.result.value == "large joins");
}

TEST_CASE("subtasks that the file lists have their own inputs, costs and quality", "[json]") {
  const auto report = carry_out(read(R"({"models": [
    {"name": "a", "accuracy": 0.5, "backend": {"kind": "table", "answers": {"north": 0.7, "south": 0.1}}},
    {"name": "b", "accuracy": 1, "backend": {"kind": "table", "answers": {"north": 0.4, "south": 0.2}}}],
    "subtasks": [{"name": "north", "replicas": 2}, {"name": "south"}],
    "compatibility": [[1, null], [1, 0.5]], "energy_j": [[1, 0], [2, 3]],
    "task": {"combine": "mean", "join": {"separator": " / "}}})"));
  REQUIRE(report);
  CHECK(*report.result.value == "0.5 / 0.2");  // (0.5 x 0.7 + 1 x 0.4) / 1.5, and b alone
  CHECK(report.assignment.energy_j == 6);
}

TEST_CASE("a task that cannot be done well enough says so and runs nothing", "[json]") {
  const auto file = read("{" + fleet_of_two +
                         R"(, "require": {"rule": "mean", "at_least": 0.95}, "task": {"text": "one"}})");
  const auto report = carry_out(file);
  CHECK_FALSE(report);
  CHECK(report.assignment.verdict == assign::verdict::infeasible);
  const auto document = json::write_task_report(file, report);
  CHECK(document["result"].is_null());
  CHECK(document["plan"]["best"] == Approx(0.9));
  CHECK_FALSE(document.contains("calls"));
}

TEST_CASE("a planner's model splits the task", "[json]") {
  const auto report =
      carry_out(read(R"({"models": [{"name": "p", "backend": {"kind": "command", "command": ["sh", "-c",
    "if grep -q '\"subtask\":\"plan\"'; then echo '{\"value\": \"{\\\"subtasks\\\": [{\\\"name\\\": \\\"all\\\", \\\"pieces\\\": [1, 2]}]}\"}'; else echo '{\"value\": \"done\"}'; fi"]}}],
    "task": {"text": "First. Second.", "decompose": {"planner": "p"}}})"));
  REQUIRE(report);
  CHECK(report.graph.size() == 1);
  CHECK(report.graph[0].name == "all");
  CHECK(*report.result.value == "done");
}

TEST_CASE("further kinds of backend plug in by name", "[json]") {
  json::backend_kinds more;
  more["echo"] = [](const json::cursor&, const std::filesystem::path&) -> infer::any_backend<> {
    return [](const infer::request<>& r, std::stop_token) {
      answer<> a;
      a.value = r.input;
      return a;
    };
  };
  const auto report = carry_out(read(
      R"({"models": [{"name": "m", "backend": {"kind": "echo"}}], "task": {"text": "as it is"}})", more));
  REQUIRE(report);
  CHECK(*report.result.value == "as it is");
}

TEST_CASE("a file of recorded answers is read by subtask, input and model", "[json]") {
  const auto folder = std::filesystem::temp_directory_path() / "shoal-task-file-test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "answers.csv") << "model,subtask,input,value,confidence,energy_j\n"
                                           "a,part-1,,from a,0.5,2\n"
                                           "b,part-1,,from b,1,3\n"
                                           "b,,two,by input,1,4\n";
  const std::string text = R"({"models": [{"name": "b", "backend": {"kind": "table", "file": "answers.csv"}}],
                               "task": {"text": "one\ntwo", "decompose": "lines"}})";
  const auto report = carry_out(json::read_task_file(json::parse(text), folder));
  REQUIRE(report);
  CHECK(*report.result.value == "from bby input");
  CHECK(report.outcomes.used.energy_j == 7);
  std::filesystem::remove_all(folder);
}

TEST_CASE("what is wrong with a task file is refused with its place", "[json]") {
  const auto with_task = [](const std::string& task) {
    return "{" + fleet_of_two + ", \"task\": " + task + "}";
  };
  CHECK(refusal("{" + fleet_of_two + "}") == "/task: missing");
  CHECK(refusal(with_task("{}")) == "/task: either \"text\" or \"file\" is needed, or a list of subtasks");
  CHECK(refusal(with_task(R"({"text": "x", "file": "y"})")) ==
        "/task: either \"text\" or \"file\" is needed, or a list of subtasks");
  CHECK(refusal(with_task(R"({"file": "not-there.txt"})")) == "/task/file: \"not-there.txt\" cannot be read");
  CHECK(refusal(with_task(R"({"text": "x", "colour": 1})")).rfind("/task/colour: unknown key", 0) == 0);
  CHECK(refusal(with_task(R"({"text": "x", "decompose": "words"})")) ==
        "/task/decompose: \"words\" is not one of whole, paragraphs, sentences, lines");
  CHECK(refusal(with_task(R"({"text": "x", "decompose": {"chunks": 0}})")) ==
        "/task/decompose/chunks: 0 is not a whole number >= 1");
  CHECK(refusal(with_task(R"({"text": "x", "decompose": {}})")) ==
        "/task/decompose: one of chunks, lines, separator, planner is needed");
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
}
