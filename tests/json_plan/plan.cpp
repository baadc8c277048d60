// SPDX-License-Identifier: BSL-1.0
#include "shoal/json/plan.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "shoal/decompose/lines.hpp"
#include "shoal/decompose/map_reduce.hpp"

using namespace shoal;

namespace {

using line_planner = decompose::planner<json::plan_reader, decompose::lines>;

const task whole{.text = "one\ntwo\nthree\n", .instruction = "Translate."};

infer::any_backend<> says(const std::string& reply) {
  return [reply](const infer::request<>&, std::stop_token) { return answer<>{.value = reply}; };
}

task_graph plan(const std::string& reply) {
  return line_planner{.backend = says(reply), .attempts = 1}(whole);
}

std::string refusal(const std::string& reply) {
  try {
    plan(reply);
  } catch (const decompose::invalid_plan& error) {
    return error.what();
  }
  return "(not refused)";
}

std::string plan_of(const std::string& subtask) { return "{\"subtasks\": [" + subtask + "]}"; }

}  // namespace

static_assert(decompose::plan_reader<json::plan_reader>);
static_assert(decompose::decomposer<json::planner>);
static_assert(decompose::decomposer<decompose::map_reduce<json::planner>>);

TEST_CASE("a plan in JSON becomes a graph", "[json][plan]") {
  const task_graph graph = plan(R"({"subtasks": [
    {"name": "a", "pieces": [1, 1]},
    {"name": "b", "instruction": "Briefly.", "input": "two\nthree", "needs": []},
    {"name": "join", "instruction": "Put together.", "needs": ["a", "b"]}]})");
  REQUIRE(graph.size() == 3);
  CHECK(graph[0].input == "one\n");
  CHECK(graph[0].instruction == "Translate.");
  CHECK(graph[1].input == "two\nthree\n");
  CHECK(graph[1].instruction == "Translate.\n\nBriefly.");
  CHECK(graph[2].input.empty());
  CHECK(graph.needs(2) == std::vector<std::size_t>{0, 1});
}

TEST_CASE("the example in the prompt is a plan of the form that is read", "[json][plan]") {
  const std::string prompt = decompose::plan_prompt(whole);
  const std::size_t begin = prompt.find('{');
  const std::size_t end = prompt.find('\n', begin);
  const decompose::plan_draft draft = json::plan_reader{}(prompt.substr(begin, end - begin));
  REQUIRE(draft.subtasks.size() == 2);
  CHECK(draft.subtasks[0].name == "first");
  CHECK(draft.subtasks[0].pieces->last == 3);
  CHECK(draft.subtasks[1].needs == std::vector<std::string>{"first"});
  CHECK(plan(prompt.substr(begin, end - begin)).size() == 2);
}

TEST_CASE("a plan may stand in a Markdown code fence", "[json][plan]") {
  const std::string good = R"({"subtasks": [{"name": "a", "pieces": [1, 3]}]})";
  for (const std::string& reply :
       {"```json\n" + good + "\n```", "\n ```\n" + good + "```\n", good + "\n\n"}) {
    CHECK(plan(reply).size() == 1);
  }
  CHECK(refusal("```" + good + "```") != "(not refused)");
  CHECK(refusal("```json\n" + good) != "(not refused)");
  CHECK(refusal("```") != "(not refused)");
  CHECK(refusal("```\n```") != "(not refused)");
}

TEST_CASE("a bad plan is refused with the place and the value", "[json][plan]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      // no JSON, or JSON that is not accepted
      {"", "line 1, column 1: unexpected end of input"},
      {"I cannot do that.", "line 1, column 1: invalid literal"},
      {R"({"subtasks": [{"name": "a", "pieces": [1, 3]})", "line 1, column 46: unexpected end of input"},
      {R"({"subtasks": [{"name": "a", "pieces": [1, 3]},]})", "line 1, column 47: unexpected ']'"},
      {"{\"subtasks\": [{\"name\": \"\xFF\"}]}", "line 1, column 25: byte 24 is not UTF-8"},
      {R"({"subtasks": [], "subtasks": []})", "/subtasks: this key is there twice"},
      {R"({"subtasks": [{"name": "a", "name": "b"}]})", "/subtasks/0/name: this key is there twice"},
      {R"({"subtasks": [{"name": NaN}]})", "line 1, column 24: invalid literal"},
      {std::string(1'000, '['), "line 1, column 9: arrays and objects are nested deeper than 8"},
      {std::string(2'000'000, ' '), "a reply of 2000000 bytes is over the limit of 1048576"},
      // JSON of another form
      {"[]", "the plan: an array is not an object"},
      {"3", "the plan: 3 is not an object"},
      {"{}", "/subtasks: missing"},
      {R"({"tasks": []})", "/tasks: unknown key; known are subtasks"},
      {R"({"subtasks": {}})", "/subtasks: an object is not an array"},
      {R"({"subtasks": null})", "/subtasks: null is not an array"},
      {plan_of(R"("a")"), "/subtasks/0: \"a\" is not an object"},
      {plan_of(R"({"pieces": [1, 3]})"), "/subtasks/0/name: missing"},
      {plan_of(R"({"name": 7, "pieces": [1, 3]})"), "/subtasks/0/name: 7 is not a string"},
      {plan_of(R"({"name": "a", "piece": 1})"),
       "/subtasks/0/piece: unknown key; known are name, instruction, pieces, input, needs"},
      {plan_of(R"({"name": "a", "x/y": 1})"),
       "/subtasks/0/x~1y: unknown key; known are name, instruction, pieces, input, needs"},
      {plan_of(R"({"name": "a", "instruction": ["x"]})"),
       "/subtasks/0/instruction: an array is not a string"},
      {plan_of(R"({"name": "a", "input": true})"), "/subtasks/0/input: true is not a string"},
      {plan_of(R"({"name": "a", "pieces": 1})"), "/subtasks/0/pieces: 1 is not an array"},
      {plan_of(R"({"name": "a", "pieces": [1]})"),
       "/subtasks/0/pieces: 1 numbers are not the first and the last piece"},
      {plan_of(R"({"name": "a", "pieces": [1, 3.5]})"),
       "/subtasks/0/pieces/1: 3.5 is not a whole number >= 0"},
      {plan_of(R"({"name": "a", "pieces": [-1, 3]})"), "/subtasks/0/pieces/0: -1 is not a whole number >= 0"},
      {plan_of(R"({"name": "a", "pieces": [1, "3"]})"),
       "/subtasks/0/pieces/1: \"3\" is not a whole number >= 0"},
      {plan_of(R"({"name": "a", "pieces": [1, 1e30]})"),
       "/subtasks/0/pieces/1: 1e+30 is not a whole number >= 0"},
      {plan_of(R"({"name": "a", "needs": "b"})"), "/subtasks/0/needs: \"b\" is not an array"},
      {plan_of(R"({"name": "a", "needs": ["b", {}]})"), "/subtasks/0/needs/1: an object is not a string"},
      // a form that is right, and a meaning that is not
      {R"({"subtasks": []})", "the text from byte 0 on, \"one?two?three?\", is in no subtask"},
      {plan_of(R"({"name": "a", "pieces": [1, 2]})"),
       "the text from byte 8 on, \"three?\", is in no subtask"},
      {plan_of(R"({"name": "a", "pieces": [1, 9]})"),
       "subtask 0 \"a\": pieces [1, 9] is no range within 1 to 3"},
      {plan_of(R"({"name": "a", "pieces": [1, 9007199254740992]})"),
       "subtask 0 \"a\": pieces [1, 9007199254740992] is no range within 1 to 3"},
      {plan_of(R"({"name": "a", "input": "one two"})"),
       "subtask 0 \"a\": input \"one two\" is not the text from byte 0 on, \"one?two?three?\""},
      {plan_of(R"({"name": "b", "pieces": [2, 3]}, {"name": "a", "pieces": [1, 1]})"),
       "subtask 0 \"b\": piece 2 begins at byte 4 of the text, but what no subtask has yet begins at byte 0"},
      {plan_of(R"({"name": "a", "pieces": [1, 2]}, {"name": "b", "pieces": [2, 3]})"),
       "subtask 1 \"b\": piece 2 begins at byte 4 of the text, but what no subtask has yet begins at byte 8"},
      {plan_of(R"({"name": "a", "pieces": [1, 3], "input": "one"})"),
       "subtask 0 \"a\": it has both pieces and input"},
      {plan_of(R"({"name": "a", "pieces": [1, 3]}, {"name": "b"})"),
       "subtask 1 \"b\": it has neither text nor needs"},
      {plan_of(R"({"name": "", "pieces": [1, 3]})"), "subtask 0: its name is empty"},
      {plan_of(R"({"name": "a\u0000", "pieces": [1, 3]})"),
       "subtask 0 \"a?\": a name must not hold control characters"},
      {plan_of(R"({"name": "a", "pieces": [1, 1]}, {"name": "a", "pieces": [2, 3]})"),
       "subtask 1: the name \"a\" is subtask 0's"},
      {plan_of(R"({"name": "a", "pieces": [1, 3], "needs": ["z"]})"),
       "subtask 0 \"a\": it needs \"z\", which is no subtask"},
      {plan_of(R"({"name": "a", "pieces": [1, 3], "needs": ["a"]})"), "cycle: a -> a"},
      {plan_of(
           R"({"name": "a", "pieces": [1, 1], "needs": ["b"]}, {"name": "b", "pieces": [2, 3], "needs": ["a"]})"),
       "cycle: a -> b -> a"},
      {plan_of(R"({"name": "a", "pieces": [1, 3]}, {"name": "b", "needs": ["a", "a"]})"),
       "edge \"a\" -> \"b\" is there twice"},
      {plan_of("{\"name\": \"" + std::string(101, 'n') + "\", \"pieces\": [1, 3]}"),
       "subtask 0 \"" + std::string(60, 'n') + "...\": name of 101 bytes is over the limit of 100"},
      {plan_of("{\"name\": \"a\", \"instruction\": \"" + std::string(10'001, 'i') +
               "\", \"pieces\": [1, 3]}"),
       "subtask 0 \"a\": instruction of 10001 bytes is over the limit of 10000"},
  };
  const std::string lead = "planner: attempt 1 of 1: ";
  for (const auto& [reply, expected] : cases) {
    const std::string said = refusal(reply);
    INFO(reply.substr(0, 200));
    CHECK(said.substr(0, lead.size() + expected.size()) == lead + expected);
    CHECK(said.find('\n') == std::string::npos);
  }
}

TEST_CASE("a plan of too many subtasks is refused", "[json][plan]") {
  std::string subtasks = R"({"name": "all", "pieces": [1, 3]})";
  for (std::size_t k = 0; k < 256; ++k) {
    subtasks += R"(, {"name": "join)" + std::to_string(k) + R"(", "needs": ["all"]})";
  }
  CHECK(refusal(plan_of(subtasks)) == "planner: attempt 1 of 1: 257 subtasks are over the limit of 256");
}

TEST_CASE("a planner that reads JSON recovers when the second plan is good", "[json][plan]") {
  std::vector<std::string> replies{"Sure!", R"({"subtasks": [{"name": "a", "pieces": [1, 3]}]})"};
  std::size_t calls = 0;
  const auto model = [&](const infer::request<>& request, std::stop_token) {
    if (calls == 1) {
      CHECK(request.instruction.find("line 1, column 1: invalid literal") != std::string::npos);
      CHECK(request.needs.at(0).value == "Sure!");
    }
    return answer<>{.value = replies.at(calls++)};
  };
  CHECK(line_planner{.backend = model}(whole).size() == 1);
  CHECK(calls == 2);
}

TEST_CASE("every cut and every changed byte of a plan is a plan or is refused", "[json][plan]") {
  const std::string good =
      R"({"subtasks": [{"name": "a", "pieces": [1, 2]}, {"name": "b", "input": "three", "needs": ["a"]}]})";
  const auto survives = [](const std::string& reply) {
    try {
      const task_graph graph = plan(reply);
      std::string together;
      for (const auto& part : graph.subtasks()) together += part.input;
      CHECK(together == whole.text);
    } catch (const decompose::invalid_plan&) {
    }
  };
  for (std::size_t at = 0; at < good.size(); ++at) {
    survives(good.substr(0, at));
    for (const char c : {'"', '{', '[', ']', ',', '0', '-', '\\', '\xFF', '\0', 'b'}) {
      std::string bad = good;
      bad[at] = c;
      survives(bad);
    }
  }
}
