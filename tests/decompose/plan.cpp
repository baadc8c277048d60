// SPDX-License-Identifier: BSL-1.0
#include "shoal/decompose/plan.hpp"

#include "shoal/decompose/lines.hpp"
#include "support.hpp"

using namespace shoal;
using namespace shoal::decompose;

namespace {

const task whole{.text = "one\r\n\n two \nthree\n", .instruction = "Translate."};

task_graph accept(const std::vector<drafted_subtask>& subtasks, const task& t = whole,
                  const plan_limits& limits = {}) {
  return graph_of({.subtasks = subtasks}, t, lines{}(t), limits);
}

std::string refused(const std::vector<drafted_subtask>& subtasks, const plan_limits& limits = {}) {
  return refusal<invalid_plan>([&] { accept(subtasks, whole, limits); });
}

// A subtask that takes the pieces from first to last.
drafted_subtask takes(const std::string& name, std::size_t first, std::size_t last,
                      const std::vector<std::string>& needs = {}) {
  return {.name = name, .pieces = piece_range{first, last}, .needs = needs};
}

drafted_subtask says(const std::string& name, const std::string& input) {
  return {.name = name, .input = input};
}

}  // namespace

TEST_CASE("a plan by pieces becomes a graph whose inputs are the text", "[decompose][plan]") {
  const task_graph graph = accept({takes("a", 1, 2),
                                   takes("b", 3, 3, {"a"}),
                                   {.name = "join", .instruction = "Put together.", .needs = {"b", "a"}}});
  CHECK(inputs(graph) == std::vector<std::string>{"one\r\n\n two \n", "three\n", ""});
  CHECK(together(graph) == whole.text);
  CHECK(graph.needs(2) == std::vector<std::size_t>{1, 0});
  CHECK(graph.needs(1) == std::vector<std::size_t>{0});
  CHECK(graph[0].instruction == "Translate.");
  CHECK(graph[2].instruction == "Translate.\n\nPut together.");
}

TEST_CASE("verbatim inputs may leave out white space at their ends", "[decompose][plan]") {
  CHECK(inputs(accept({says("a", "one"), says("b", "two \nthree")})) ==
        std::vector<std::string>{"one\r\n\n ", "two \nthree\n"});
  CHECK(inputs(accept({says("a", " one\r\n"), takes("b", 2, 3)}, {.text = "one\r\ntwo\nthree"})) ==
        std::vector<std::string>{"one\r\n", "two\nthree"});
  CHECK(inputs(accept({says("a", "x"), says("b", "y")}, {.text = " \n x y"})) ==
        std::vector<std::string>{" \n x ", "y"});
  CHECK(inputs(accept({says("a", "one"), takes("b", 2, 2)}, {.text = "one\n  two\n"})) ==
        std::vector<std::string>{"one\n", "  two\n"});
  CHECK(inputs(accept({says("a", "x\ny"), {.name = "join", .needs = {"a"}}, takes("b", 3, 3)},
                      {.text = "x\ny\n z\n"})) == std::vector<std::string>{"x\ny\n", "", " z\n"});
}

TEST_CASE("random groupings of random text are accepted and conserve it, by piece and by word",
          "[decompose][plan]") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    random_engine engine(stream_seed(41, seed));
    const task t{.text = random_text(engine, 1 + uniform_below(engine, 60))};
    const task_graph pieces = lines{}(t);
    std::vector<drafted_subtask> draft;
    for (std::size_t first = 1; first <= pieces.size();) {
      const std::size_t last = first + uniform_below(engine, pieces.size() - first + 1);
      drafted_subtask part = takes("s" + std::to_string(first), first, last);
      if (uniform_below(engine, 2) == 0 && !decompose::detail::is_blank(t.text)) {
        part.pieces.reset();
        part.input.emplace();
        for (std::size_t k = first; k <= last; ++k) *part.input += pieces[k - 1].input;
      }
      draft.push_back(part);
      first = last + 1;
    }
    CHECK(together(accept(draft, t)) == t.text);
  }
}

TEST_CASE("a plan that leaves out, repeats or moves text is refused", "[decompose][plan]") {
  CHECK(refused({}) == "the text from byte 0 on, \"one??? two ?three?\", is in no subtask");
  CHECK(refused({takes("a", 1, 2)}) == "the text from byte 12 on, \"three?\", is in no subtask");
  CHECK(
      refused({takes("a", 1, 2), takes("b", 2, 3)}) ==
      "subtask 1 \"b\": piece 2 begins at byte 6 of the text, but what no subtask has yet begins at byte 12");
  CHECK(
      refused({takes("a", 2, 3)}) ==
      "subtask 0 \"a\": piece 2 begins at byte 6 of the text, but what no subtask has yet begins at byte 0");
  CHECK(refused({takes("a", 1, 4)}) == "subtask 0 \"a\": pieces [1, 4] is no range within 1 to 3");
  CHECK(refused({takes("a", 0, 3)}) == "subtask 0 \"a\": pieces [0, 3] is no range within 1 to 3");
  CHECK(refused({takes("a", 3, 1)}) == "subtask 0 \"a\": pieces [3, 1] is no range within 1 to 3");
  CHECK(refused({says("a", "one two three")}) ==
        "subtask 0 \"a\": input \"one two three\" is not the text from byte 0 on, \"one??? two ?three?\"");
  CHECK(refused({says("a", "one"), says("b", "three")}) ==
        "subtask 1 \"b\": input \"three\" is not the text from byte 7 on, \"two ?three?\"");
  CHECK(refused({says("a", "one"), says("b", " \n")}) ==
        "subtask 1 \"b\": input \" ?\" is nothing but white space");
  CHECK(refused({takes("a", 1, 3), says("b", "four")}) ==
        "subtask 1 \"b\": input \"four\" is not the text from byte 18 on, \"\"");
  CHECK(refused({says("a", "one\xFF")}) == "subtask 0 \"a\": input is not UTF-8 at byte 3");
}

TEST_CASE("a plan whose needs make no sense is refused", "[decompose][plan]") {
  CHECK(refused({takes("a", 1, 2, {"b"}), takes("b", 3, 3, {"a"})}) == "cycle: a -> b -> a");
  CHECK(refused({takes("a", 1, 3, {"a"})}) == "cycle: a -> a");
  CHECK(refused({takes("a", 1, 3, {"c"})}) == "subtask 0 \"a\": it needs \"c\", which is no subtask");
  CHECK(refused({takes("a", 1, 3), {.name = "b", .needs = {"a", "a"}}}) ==
        "edge \"a\" -> \"b\" is there twice");
}

TEST_CASE("a plan with a subtask of nothing, or of two things, is refused", "[decompose][plan]") {
  CHECK(refused({takes("a", 1, 3), {.name = "b"}}) == "subtask 1 \"b\": it has neither text nor needs");
  CHECK(refused({takes("a", 1, 3), says("b", "")}) == "subtask 1 \"b\": it has neither text nor needs");
  drafted_subtask both = takes("a", 1, 3);
  both.input = "one";
  CHECK(refused({both}) == "subtask 0 \"a\": it has both pieces and input");
}

TEST_CASE("a plan with bad names is refused", "[decompose][plan]") {
  CHECK(refused({takes("", 1, 3)}) == "subtask 0: its name is empty");
  CHECK(refused({takes("a", 1, 1), takes("a", 2, 3)}) == "subtask 1: the name \"a\" is subtask 0's");
  CHECK(refused({takes("a\nb", 1, 3)}) == "subtask 0 \"a?b\": a name must not hold control characters");
  CHECK(refused({takes("a\xFF", 1, 3)}).find("name is not UTF-8 at byte 1") != std::string::npos);
}

TEST_CASE("a plan over a limit is refused, one at it is not", "[decompose][plan]") {
  const std::vector<drafted_subtask> draft{takes("abc", 1, 1), takes("d", 2, 3)};
  CHECK(accept(draft, whole, {.subtasks = 2, .name_bytes = 3}).size() == 2);
  CHECK(refused(draft, {.subtasks = 1}) == "2 subtasks are over the limit of 1");
  CHECK(refused(draft, {.name_bytes = 2}) == "subtask 0 \"abc\": name of 3 bytes is over the limit of 2");
  CHECK(refused({{.name = "a", .instruction = "long", .pieces = piece_range{1, 3}}},
                {.instruction_bytes = 3}) ==
        "subtask 0 \"a\": instruction of 4 bytes is over the limit of 3");
}

TEST_CASE("an instruction that is not UTF-8 is refused", "[decompose][plan]") {
  CHECK(refused({{.name = "a", .instruction = "x\xFF", .pieces = piece_range{1, 3}}}) ==
        "subtask 0 \"a\": instruction is not UTF-8 at byte 1");
}

TEST_CASE("pieces that are not the text are the caller's mistake", "[decompose][plan]") {
  task_graph pieces;
  pieces.add({.name = "p", .input = "one"});
  CHECK(refusal<invalid_argument>([&] { graph_of({}, whole, pieces); }) ==
        "plan: the pieces are 3 bytes, the text is 18");
}
