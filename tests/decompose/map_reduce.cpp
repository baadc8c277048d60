// SPDX-License-Identifier: BSL-1.0
#include "shoal/decompose/map_reduce.hpp"

#include "shoal/decompose/given.hpp"
#include "shoal/decompose/lines.hpp"
#include "shoal/decompose/sentences.hpp"
#include "support.hpp"

using namespace shoal;
using namespace shoal::decompose;

static_assert(std::same_as<decltype(map_reduce{lines{}}), map_reduce<lines>>);
static_assert(std::same_as<decltype(map_reduce{lines{}, "summary"}), map_reduce<lines>>);
static_assert(decomposer<map_reduce<map_reduce<sentences>>>);

TEST_CASE("a join uses the answers of all parts", "[decompose]") {
  const task_graph graph = map_reduce{lines{}}({.text = "a\nb\nc\n", .instruction = "Count."});
  REQUIRE(graph.size() == 4);
  CHECK(graph[3].name == "join");
  CHECK(graph[3].input.empty());
  CHECK(graph[3].instruction.find("The task was: Count.") != std::string::npos);
  CHECK(graph[0].instruction == "Count.");
  CHECK(graph.needs(3) == std::vector<std::size_t>{0, 1, 2});
  CHECK(graph.topological_order() == std::vector<std::size_t>{0, 1, 2, 3});
  CHECK(together(graph) == "a\nb\nc\n");
}

TEST_CASE("a join says and moves what it is told", "[decompose]") {
  const map_reduce<lines> policy{
      .inner = {.per_part = 2}, .name = "summary", .instruction = "Sum up.", .volume_mb = 0.25};
  const task_graph graph = policy({.text = "a\nb\nc\n"});
  REQUIRE(graph.size() == 3);
  CHECK(graph[2].name == "summary");
  CHECK(graph[2].instruction == "Sum up.");
  CHECK(graph.edges()[1] == data_edge{1, 2, 0.25});
}

TEST_CASE("an empty text needs no join, a single part has one", "[decompose]") {
  CHECK(map_reduce{}(task{}).empty());
  CHECK(map_reduce{}(task{.text = "a"}).size() == 2);
}

TEST_CASE("a join of a graph uses the answers that no other part uses", "[decompose]") {
  const given chain{
      .parts = {{.name = "a", .input = "x"}, {.name = "b", .input = "y"}, {.name = "c", .input = "z"}},
      .edges = {{0, 1}}};
  const task_graph graph = map_reduce{chain}({.text = "xyz"});
  CHECK(graph.needs(3) == std::vector<std::size_t>{1, 2});
}

TEST_CASE("a join whose name is taken is refused", "[decompose]") {
  const map_reduce<lines> policy{.inner = {.prefix = "j"}, .name = "j1"};
  CHECK(refusal<invalid_graph>([&] { policy({.text = "a"}); }) ==
        "subtask 1: the name \"j1\" is subtask 0's");
  const map_reduce<map_reduce<lines>> twice{};
  CHECK(refusal<invalid_graph>([&] { twice({.text = "a"}); }) ==
        "subtask 2: the name \"join\" is subtask 1's");
}

TEST_CASE("the parts of random text under a join give it back", "[decompose]") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    random_engine engine(stream_seed(21, seed));
    const std::string text = random_text(engine, uniform_below(engine, 60));
    CHECK(together(map_reduce{sentences{}}({.text = text})) == text);
  }
}
