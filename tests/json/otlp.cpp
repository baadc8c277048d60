// SPDX-License-Identifier: BSL-1.0
/// @file Spans and lines of events, read back and held against OTLP's JSON encoding.
#include "shoal/json/otlp.hpp"

#include <cctype>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "run/told.hpp"
#include "shoal/core/utf8.hpp"
#include "shoal/json/event_lines.hpp"

using namespace shoal;
using dom = nlohmann::json;
using run::event_kind;

namespace {

struct read_span {
  dom whole{};
  std::map<std::string, dom> attributes{};
  double start_ns = 0;
  double end_ns = 0;
};

bool is_id(const dom& id, std::size_t digits) {
  const auto text = id.get<std::string>();
  bool fine = text.size() == digits && text.find_first_not_of('0') != std::string::npos;
  for (const char c : text)
    fine = fine && std::isxdigit(static_cast<unsigned char>(c)) != 0 &&
           std::isupper(static_cast<unsigned char>(c)) == 0;
  return fine;
}

std::map<std::string, dom> attributes_of(const dom& list) {
  std::map<std::string, dom> out;
  for (const dom& a : list) {
    CHECK(a.size() == 2);
    CHECK(a.at("value").size() == 1);
    const auto value = a.at("value").items().begin();
    CHECK((value.key() == "stringValue" || value.key() == "intValue" || value.key() == "doubleValue"));
    if (value.key() == "intValue") CHECK(value.value().is_string());
    if (value.key() == "doubleValue") CHECK(value.value().is_number());
    CHECK(out.emplace(a.at("key"), value.value()).second);
  }
  return out;
}

// What the encoding asks of each line.
read_span span_of(const std::string& line) {
  CHECK(utf8_error(line) == line.size());
  CHECK(line.find('\n') == line.size() - 1);
  const dom d = dom::parse(line);
  const dom& resource = d.at("resourceSpans").at(0);
  CHECK(attributes_of(resource.at("resource").at("attributes")).at("service.name").is_string());
  const dom& scope = resource.at("scopeSpans").at(0);
  CHECK(scope.at("scope").at("name") == "shoal");
  read_span out{scope.at("spans").at(0)};
  const dom& s = out.whole;
  CHECK(is_id(s.at("traceId"), 32));
  CHECK(is_id(s.at("spanId"), 16));
  if (s.contains("parentSpanId")) CHECK(is_id(s["parentSpanId"], 16));
  CHECK(s.at("name").is_string());
  CHECK(s.at("kind").is_number());
  out.attributes = attributes_of(s.at("attributes"));
  out.start_ns = std::stod(s.at("startTimeUnixNano").get<std::string>());
  out.end_ns = std::stod(s.at("endTimeUnixNano").get<std::string>());
  CHECK(out.start_ns <= out.end_ns);
  if (s.contains("status")) CHECK(s["status"].at("code") == 2);
  if (s.contains("events")) {
    CHECK(s["events"].size() <= 128);
    for (const dom& e : s["events"]) {
      CHECK(e.at("name").is_string());
      CHECK(e.at("timeUnixNano").is_string());
      static_cast<void>(attributes_of(e.at("attributes")));
    }
  }
  return out;
}

std::vector<std::string> lines_of(const told::story& s, json::trace_options options = {}) {
  std::vector<std::string> lines;
  json::otlp_spans see(std::move(options), [&](std::string_view line) { lines.emplace_back(line); });
  s.tell(see);
  see.finish();
  return lines;
}

}  // namespace

TEST_CASE("a trace has a span for each call in that of its subtask, with the conventions' names", "[json]") {
  told::story s{{"phi", "qwen"}, {"law"}, {}};
  s.add({.kind = event_kind::queued, .subtask = 0, .model = 0, .attempt = 1, .at_s = 0.5});
  s.add({.kind = event_kind::started, .subtask = 0, .model = 0, .attempt = 1, .at_s = 1});
  s.add({.kind = event_kind::failed,
         .subtask = 0,
         .model = 0,
         .attempt = 1,
         .at_s = 2,
         .failure = infer::failure_kind::bad_answer,
         .text = "no JSON in it"});
  s.add({.kind = event_kind::reassigned, .subtask = 0, .model = 1, .attempt = 2, .at_s = 2});
  s.add({.kind = event_kind::started, .subtask = 0, .model = 1, .attempt = 2, .at_s = 2});
  s.add({.kind = event_kind::answered,
         .subtask = 0,
         .model = 1,
         .attempt = 2,
         .at_s = 3,
         .used = {120, 7, 1, 2.5}});
  s.add({.kind = event_kind::finished, .subtask = 0, .at_s = 3});
  s.add({.kind = event_kind::late, .subtask = 0, .model = 0, .attempt = 1, .at_s = 3.5});
  s.add({.kind = event_kind::breaker_opened, .subtask = run::no_subtask, .model = 0, .at_s = 4, .wait_s = 5});
  std::vector<read_span> spans;
  const json::trace_options options{
      .seed = 5, .start_unix_ns = 1'760'000'000'000'000'000, .provider = "vllm"};
  for (const std::string& line : lines_of(s, options)) spans.push_back(span_of(line));
  REQUIRE(spans.size() == 4);
  const auto& [failed, answered, subtask, whole] = std::tie(spans[0], spans[1], spans[2], spans[3]);

  CHECK(failed.whole["name"] == "chat phi");
  CHECK(failed.whole["kind"] == 3);
  CHECK(failed.whole["parentSpanId"] == subtask.whole["spanId"]);
  CHECK(failed.whole["startTimeUnixNano"] == "1760000001000000000");
  CHECK(failed.whole["endTimeUnixNano"] == "1760000002000000000");
  CHECK(failed.attributes.at("gen_ai.operation.name") == "chat");
  CHECK(failed.attributes.at("gen_ai.provider.name") == "vllm");
  CHECK(failed.attributes.at("gen_ai.request.model") == "phi");
  CHECK(failed.attributes.at("error.type") == "bad_answer");
  CHECK(failed.attributes.at("shoal.queue_wait_s") == 0.5);
  CHECK(failed.whole["status"]["message"] == "no JSON in it");

  CHECK(answered.whole["name"] == "chat qwen");
  CHECK(answered.attributes.at("gen_ai.usage.input_tokens") == "120");
  CHECK(answered.attributes.at("gen_ai.usage.output_tokens") == "7");
  CHECK(answered.attributes.at("shoal.energy_j") == 2.5);
  CHECK(answered.attributes.at("shoal.attempt") == "2");
  CHECK(answered.attributes.at("shoal.origin") == "reassigned");
  CHECK(answered.attributes.count("error.type") == 0);
  CHECK(!answered.whole.contains("status"));

  CHECK(subtask.whole["name"] == "subtask");
  CHECK(subtask.attributes.at("shoal.subtask") == "law");
  CHECK(subtask.whole["parentSpanId"] == whole.whole["spanId"]);
  REQUIRE(subtask.whole["events"].size() == 2);
  CHECK(subtask.whole["events"][0]["name"] == "queued");
  CHECK(subtask.whole["events"][1]["name"] == "reassigned");

  CHECK(!whole.whole.contains("parentSpanId"));
  CHECK(whole.attributes.at("shoal.calls") == "2");
  CHECK(whole.attributes.at("shoal.subtasks_answered") == "1");
  REQUIRE(whole.whole["events"].size() == 2);
  CHECK(whole.whole["events"][0]["name"] == "late");
  CHECK(whole.whole["events"][1]["name"] == "breaker opened");
  CHECK(whole.whole["endTimeUnixNano"] == "1760000004000000000");
}

TEST_CASE("a trace has every call and every subtask of a run, once, in one tree", "[json]") {
  const told::story s = told::made_up(11, 4, 300);
  std::size_t calls = 0;
  for (const run::event& e : s.events) calls += e.kind == event_kind::started ? 1U : 0U;
  std::set<std::string> ids;
  std::set<std::string> traces;
  std::map<std::string, std::string> parents;
  std::map<std::string, std::size_t> names;
  for (const std::string& line : lines_of(s, {.seed = 3})) {
    const read_span read = span_of(line);
    const std::string id = read.whole["spanId"];
    CHECK(ids.insert(id).second);
    traces.insert(read.whole["traceId"].get<std::string>());
    if (read.whole.contains("parentSpanId")) parents[id] = read.whole["parentSpanId"];
    ++names[read.whole["name"].get<std::string>().substr(0, 4)];
  }
  CHECK(traces.size() == 1);
  CHECK(names["chat"] == calls);
  CHECK(names["subt"] == 300);
  CHECK(ids.size() == calls + 301);
  for (const auto& [child, parent] : parents) CHECK(ids.count(parent) == 1);
  CHECK(lines_of(s, {.seed = 3}) == lines_of(s, {.seed = 3}));
  CHECK(lines_of(s, {.seed = 3}) != lines_of(s, {.seed = 4}));
}

TEST_CASE("every line of a trace and of a log is whole, whatever events come", "[json]") {
  for (std::uint64_t seed = 0; seed < 25; ++seed) {
    INFO("seed " << seed);
    const told::story s = told::nonsense(seed, 300);
    std::set<std::string> ids;
    for (const std::string& line : lines_of(s, {.seed = seed, .start_unix_ns = 1, .text = 20})) {
      CHECK(ids.insert(span_of(line).whole["spanId"]).second);
    }
    std::size_t lines = 0;
    json::event_lines log([&](std::string_view line) {
      ++lines;
      CHECK(line.find('\n') == line.size() - 1);
      CHECK(dom::parse(line).at("event").is_string());
    });
    s.tell(log);
    CHECK(lines == s.events.size());
  }
}

TEST_CASE("a line of a log says what its event knows, and nothing else", "[json]") {
  const auto line = [](const run::event& e) { return json::write_event(e).dump(); };
  CHECK(line({.kind = event_kind::breaker_opened,
              .subtask = run::no_subtask,
              .model = 1,
              .at_s = 2,
              .wait_s = 5,
              .model_name = "phi"}) == R"({"at_s":2.0,"event":"breaker opened","model":"phi","wait_s":5.0})");
  CHECK(
      line({.kind = event_kind::answered,
            .subtask = 0,
            .model = 1,
            .attempt = 1,
            .at_s = 2,
            .subtask_name = "law",
            .model_name = "phi",
            .used = {12, 3, 1.5, 9}}) ==
      R"({"at_s":2.0,"event":"answered","subtask":"law","model":"phi","attempt":1,"energy_j":9.0,"time_s":1.5,"input_tokens":12,"output_tokens":3})");
}
