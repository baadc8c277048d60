// SPDX-License-Identifier: BSL-1.0
#include "shoal/json/event_lines.hpp"
#include "shoal/json/task_report.hpp"

#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/assign/exact.hpp"
#include "shoal/core/utf8.hpp"

using namespace shoal;

TEST_CASE("a report holds the plan, what every call brought, and what it cost", "[json]") {
  const auto file = json::read_task_file(json::parse(R"({"models": [
    {"name": "a", "energy_j": 2, "accuracy": 0.75, "failure_probability": 0.5, "backend":
      {"kind": "table", "answers": {"task": {"value": "yes", "confidence": 0.5,
                                    "usage": {"input_tokens": 3, "output_tokens": 1, "time_s": 4, "energy_j": 8}}}}},
    {"name": "b", "energy_j": 3, "accuracy": 0.5, "backend":
      {"kind": "table", "answers": {"task": {"abstains": true, "usage": {"time_s": 1}}}}}],
    "task": {"text": "?", "replicas": 2, "combine": "weighted"}})"),
                                         "");
  const auto report = json::run_task(file, assign::exact{});
  const auto d = json::write_task_report(file, report);
  CHECK(d["result"] == "yes");
  CHECK_FALSE(d.contains("why"));
  CHECK(d["survived"] == true);
  CHECK(d["survival"] == 1);  // b never fails
  CHECK(d["energy_j"] == 11);
  CHECK(d["time_s"] == 5);
  CHECK(d["input_tokens"] == 3);
  CHECK(d["calls"] == 2);
  CHECK(d["failed_calls"] == 0);
  const auto& part = d["subtasks"]["task"];
  CHECK(part["ended"] == "answered");
  CHECK(part["answers"][0]["model"] == "a");
  CHECK(part["answers"][0]["confidence"] == 0.5);
  CHECK(part["answers"][0]["energy_j"] == 8);
  CHECK(part["answers"][1]["value"].is_null());
  CHECK(part["failures"].empty());
  CHECK(d["plan"]["energy_j"] == 5);
  CHECK(d["plan"]["assignment"]["task"] == std::vector<std::string>{"a", "b"});
  CHECK(d["plan"]["load"]["a"] == 1);
}

TEST_CASE("texts from outside that are not UTF-8 do not keep a report or an event from being written",
          "[json]") {
  json::backend_kinds more;
  more["broken"] = [](const json::cursor&, const std::filesystem::path&) -> infer::any_backend<> {
    return [](const infer::request<>& r, std::stop_token) {
      if (r.input == "fail") throw infer::failure(infer::failure_kind::crashed, "last words: \xE2\x82");
      answer<> a;
      a.value = "caf\xE9";
      return a;
    };
  };
  for (const char* text : {"fail", "answer"}) {
    const auto file = json::read_task_file(
        json::parse(
            std::string(R"({"models": [{"name": "m", "backend": {"kind": "broken"}}], "task": {"text": ")") +
            text + R"("}})"),
        "", more);
    std::vector<std::string> lines;
    const auto report = json::run_task(file, assign::exact{}, {}, {}, [&](const run::event& e) {
      lines.push_back(json::write_event(e).dump());
    });
    const std::string written = json::write_task_report(file, report).dump();
    CHECK(utf8_error(written) == written.size());
    CHECK(written.find("\xEF\xBF\xBD") != std::string::npos);
    CHECK(lines.size() >= 3);
    for (const std::string& line : lines) CHECK(nlohmann::json::parse(line).contains("event"));
  }
}

TEST_CASE("without a plan a report says why, and nothing of a run", "[json]") {
  const auto file = json::read_task_file(
      json::parse(R"({"models": [{"name": "m", "backend": {"kind": "table", "answers": {}}}],
                      "task": {"text": "?", "replicas": 2}})"),
      "");
  const auto d = json::write_task_report(file, json::run_task(file, assign::exact{}));
  CHECK(d["result"].is_null());
  CHECK(d["why"].get<std::string>().rfind("no plan, infeasible", 0) == 0);
  CHECK(d["plan"]["verdict"] == "infeasible");
  CHECK_FALSE(d.contains("subtasks"));
}
