// SPDX-License-Identifier: BSL-1.0
#include "shoal/decompose/given.hpp"

#include "support.hpp"

using namespace shoal;
using decompose::given;

TEST_CASE("given parts keep what they have and get name and instruction where they lack them",
          "[decompose]") {
  const given policy{.parts = {{.name = "head", .input = "ab", .replicas = 2},
                               {.input = "c", .instruction = "own", .count = 3},
                               {.name = "join"}},
                     .edges = {{0, 2, 0.5}, {1, 2}}};
  const task_graph graph = policy({.text = "abc", .instruction = "do"});
  REQUIRE(graph.size() == 3);
  CHECK(graph[0].name == "head");
  CHECK(graph[0].instruction == "do");
  CHECK(graph[0].replicas == 2);
  CHECK(graph[1].name == "part-2");
  CHECK(graph[1].instruction == "own");
  CHECK(graph[1].count == 3);
  CHECK(graph.needs(2) == std::vector<std::size_t>{0, 1});
  CHECK(graph.edges()[0].volume_mb == 0.5);
  CHECK(together(graph) == "abc");
}

TEST_CASE("without a text given parts bring their own inputs", "[decompose]") {
  const task_graph graph =
      given{.parts = {{.name = "biology", .count = 120}, {.name = "law", .input = "x"}}}({});
  CHECK(graph.size() == 2);
  CHECK(graph[1].input == "x");
  CHECK(given{}(task{}).empty());
}

TEST_CASE("given parts that are not the text are refused, with the place", "[decompose]") {
  const auto said = [](const std::vector<subtask>& parts) {
    return refusal<invalid_task>([&] { given{.parts = parts}(task{.text = "abcdef"}); });
  };
  CHECK(said({}) == "the text from byte 0 on, \"abcdef\", is in no part");
  CHECK(said({{.input = "ab"}, {.input = "cd"}}) == "the text from byte 4 on, \"ef\", is in no part");
  CHECK(said({{.input = "cdef"}, {.input = "ab"}}) ==
        "part 0 \"part-1\": its input \"cdef\" is not the text from byte 0 on, \"abcdef\"");
  CHECK(said({{.input = "abc"}, {.name = "x", .input = "cdef"}}) ==
        "part 1 \"x\": its input \"cdef\" is not the text from byte 3 on, \"def\"");
  CHECK(said({{.input = "abcdef"}, {.input = "g"}}) ==
        "part 1 \"part-2\": its input \"g\" is not the text from byte 6 on, \"\"");
  CHECK(said({{.input = "ab"}, {.input = "\xFF"}}) == "part 1 \"part-2\": its input is not UTF-8 at byte 0");
}

TEST_CASE("given parts never cut a character", "[decompose]") {
  CHECK(refusal<invalid_task>([] {
          given{.parts = {{.input = "\xC3"}, {.input = "\xA9"}}}(task{.text = "\xC3\xA9"});
        }) == "part 0 \"part-1\": its input is not UTF-8 at byte 0");
}

TEST_CASE("given names and edges are checked as every graph's are", "[decompose]") {
  const auto said = [](const given& policy) { return refusal<invalid_graph>([&] { policy(task{}); }); };
  CHECK(said({.parts = {{.name = "a"}, {.name = "a"}}}) == "subtask 1: the name \"a\" is subtask 0's");
  CHECK(said({.parts = {{.name = "a"}, {.name = "b"}}, .edges = {{0, 1}, {1, 0}}}) == "cycle: a -> b -> a");
  CHECK(said({.parts = {{.name = "a"}}, .edges = {{0, 7}}}) == "edge 0 -> 7: there are 1 subtasks");
  CHECK(refusal<invalid_task>([] { given{.parts = {{.count = 0}}}(task{}); }) ==
        "subtask 0 \"part-1\": count 0 is not a finite number > 0");
}
