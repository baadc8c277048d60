// SPDX-License-Identifier: BSL-1.0
#include "shoal/json/run_task.hpp"

#include <chrono>
#include <stop_token>
#include <string>
#include <thread>

#include "catch.hpp"
#include "scratch.hpp"
#include "shoal/assign/exact.hpp"
#include "shoal/json/task_report.hpp"

using namespace shoal;
using namespace std::chrono_literals;

namespace {

json::task_file read(const std::string& text, const json::backend_kinds& more = {}) {
  return json::read_task_file(json::parse(text), SHOAL_TEST_DATA, more);
}

json::task_report carry_out(const json::task_file& file, std::stop_token stop = {}) {
  return json::run_task(file, assign::exact{}, {}, std::move(stop));
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
  CHECK(document["failed_calls"] == 1);
  CHECK(document["survived"] == true);
}

TEST_CASE("models whose answers cannot change the vote are not waited for", "[json]") {
  const auto run = [](const std::string& more) {
    std::string models;
    for (const char* name : {"a", "b", "c"}) {
      models += (models.empty() ? "" : ", ") + std::string("{\"name\": \"") + name +
                R"(", "energy_j": 1, "backend": {"kind": "table", "answers": {"task": "yes"}}})";
    }
    models += R"(, {"name": "hangs", "energy_j": 1, "backend": {"kind": "command", "command": ["sleep", "100"]}})";
    return carry_out(read("{\"models\": [" + models + R"(], "task": {"text": "Is it?", "replicas": 4, )" + more + "}}"));
  };
  for (const char* enough : {R"("enough": "exact")", R"("enough": {"risk": 0.2})", R"("enough": {"answers": 2})",
                             R"("combine": "weighted", "enough": "exact")"}) {
    INFO(enough);
    const auto report = run(enough);
    REQUIRE(report);
    CHECK(*report.result.value == "yes");
    CHECK(report.outcomes.seconds < 50);
  }
  CHECK_THROWS_AS(run(R"("combine": "majority", "enough": "exact")"), json::value_error);
  CHECK_THROWS_AS(run(R"("enough": {"risk": 1})"), json::value_error);
  CHECK_THROWS_AS(run(R"("enough": {"answers": 0})"), json::value_error);
  CHECK_THROWS_AS(run(R"("enough": {})"), json::value_error);
}

TEST_CASE("joules are those of the task's meter, and of the descriptor where it counts none", "[json]") {
  // Each reading of the counter is 3 J more.
  const test::scratch folder;
  folder.write("joules", "0\n");
  const auto run = [&](const std::string& meter) {
    const std::string text = "{" + fleet_of_two + R"(, "task": {"text": "one\ntwo\n", "decompose": "lines", "meter": )" +
                             meter + "}}";
    return carry_out(json::read_task_file(json::parse(text), folder.path().string()));
  };
  const auto metered = run(R"({"command": ["sh", "-c", "read n < joules; echo $((n + 3)) | tee joules"]})");
  REQUIRE(metered);
  CHECK(metered.outcomes.used.energy_j == 6);
  CHECK(metered.outcomes.spent.energy_j == 6);
  const auto broken = run(R"({"command": ["false"]})");
  REQUIRE(broken);
  CHECK(broken.outcomes.used.energy_j == 2);
  CHECK_THROWS_AS(run(R"({"command": []})"), json::value_error);
  CHECK_THROWS_AS(run(R"("plug")"), json::value_error);
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

TEST_CASE("a text of one part is done as a whole, even an empty one", "[json]") {
  const std::string writer =
      R"({"models": [{"name": "m", "backend": {"kind": "table", "answers": {"task": "a haiku"}}}],
                                 "task": {"text": ")";
  CHECK(*carry_out(read(writer + R"(", "instruction": "Write a haiku."}})")).result.value == "a haiku");
  CHECK(*carry_out(read(writer + R"(about fish", "decompose": "whole"}})")).result.value == "a haiku");
  const auto nothing = carry_out(read(writer + R"(", "decompose": "lines"}})"));
  CHECK_FALSE(nothing);
  CHECK(nothing.graph.empty());
}

TEST_CASE("every way to split a text loses nothing of it", "[json]") {
  const std::string text = "One. Two!\\n\\nThree;four? F\u00fcnf.\\nSix.";
  for (const std::string how : {R"("whole")", R"("paragraphs")", R"("sentences")", R"("lines")",
                                R"({"lines": 2})", R"({"chunks": 3})", R"({"separator": ";"})"}) {
    INFO(how);
    json::backend_kinds more;
    more["echo"] = [](const json::cursor&, const std::filesystem::path&) -> infer::any_backend<> {
      return [](const infer::request<>& r, std::stop_token) {
        answer<> a;
        a.value = r.input;
        return a;
      };
    };
    const auto file = read(R"({"models": [{"name": "m", "backend": {"kind": "echo"}}], "task": {"text": ")" +
                               text + R"(", "decompose": )" + how + "}}",
                           more);
    const auto report = carry_out(file);
    REQUIRE(report);
    CHECK(*report.result.value == file.whole.text);
    CHECK((how == R"("whole")") == (report.graph.size() == 1));
  }
}

TEST_CASE("lost replicas are replaced where the file asks for it", "[json]") {
  const auto answers = [](const char* replace) {
    const auto report = carry_out(read(std::string(R"({"models": [
      {"name": "dead", "energy_j": 1, "backend": {"kind": "table", "answers": {}}},
      {"name": "a", "energy_j": 2, "backend": {"kind": "table", "answers": {"task": "yes"}}},
      {"name": "b", "energy_j": 3, "backend": {"kind": "table", "answers": {"task": "yes"}}}],
      "task": {"text": "?", "replicas": 2, "replace_lost_replicas": )") +
                                       replace + "}}"));
    REQUIRE(report);
    return report.outcomes.subtasks[0].answers.size();
  };
  CHECK(answers("false") == 1);
  CHECK(answers("true") == 2);
}

TEST_CASE("a planner that hangs is given up by its time-out, the deadline or a stop", "[json]") {
  const auto failed = [](const std::string& limit, std::stop_token stop) -> std::string {
    const auto file =
        read(R"({"models": [{"name": "p", "backend": {"kind": "command", "command": ["sleep", "60"]}}],
                              "task": {"text": "First. Second.", "decompose": {"planner": "p"})" +
             limit + "}}");
    const auto begun = std::chrono::steady_clock::now();
    try {
      carry_out(file, std::move(stop));
    } catch (const infer::failure& f) {
      CHECK(std::chrono::steady_clock::now() - begun < 20s);
      return std::string(name_of(f.kind));
    }
    return "";
  };
  CHECK(failed(R"(, "try_timeout_s": 0.05)", {}) == "timeout");
  CHECK(failed(R"(, "deadline_s": 0.05)", {}) == "timeout");
  std::stop_source source;
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(30ms);
    source.request_stop();
  });
  CHECK(failed("", source.get_token()) == "cancelled");
}

TEST_CASE("a planner's plan that stays bad is refused after as many attempts as the file allows", "[json]") {
  const auto file =
      read(R"({"models": [{"name": "p", "backend": {"kind": "table", "answers": {"plan": "no idea"}}}],
                            "task": {"text": "First. Second.", "decompose": {"planner": "p"}, "attempts": 2}})");
  try {
    carry_out(file);
    FAIL("it was accepted");
  } catch (const bad_input& e) {
    CHECK(std::string(e.what()).rfind("planner: attempt 2 of 2: line 1, column 1: ", 0) == 0);
  }
}

TEST_CASE("the deadline of the file ends the run, and says so", "[json]") {
  const auto file =
      read(R"({"models": [{"name": "m", "backend": {"kind": "command", "command": ["sleep", "60"]}}],
                            "task": {"text": "?", "deadline_s": 0.1}})");
  const auto begun = std::chrono::steady_clock::now();
  const auto report = carry_out(file);
  CHECK(std::chrono::steady_clock::now() - begun < 20s);
  CHECK_FALSE(report);
  CHECK(report.outcomes.subtasks[0].end == run::ending::deadline);
}

TEST_CASE("a stop request ends a run whose commands would not", "[json]") {
  const auto file = read(R"({"models": [{"name": "m", "concurrency": 3,
                                         "backend": {"kind": "command", "command": ["sleep", "60"]}}],
                            "task": {"text": "a\nb\nc\n", "decompose": "lines"}})");
  std::stop_source source;
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(50ms);
    source.request_stop();
  });
  const auto begun = std::chrono::steady_clock::now();
  const auto report = carry_out(file, source.get_token());
  CHECK(std::chrono::steady_clock::now() - begun < 20s);
  for (const auto& o : report.outcomes.subtasks) CHECK(o.end == run::ending::cancelled);
}

TEST_CASE("waits far beyond the clock's range are no limit", "[json]") {
  const auto report = carry_out(read("{" + fleet_of_two + R"(, "task": {"text": "one\n", "decompose": "lines",
                                     "deadline_s": 1e300, "try_timeout_s": 1e300}})"));
  REQUIRE(report);
  CHECK(*report.result.value == "ONE ");
}
