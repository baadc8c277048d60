// SPDX-License-Identifier: BSL-1.0
#include "shoal/task/graph.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;

namespace {

task_graph letters(const std::string& names) {
  task_graph graph;
  for (const char c : names) graph.add({.name = std::string(1, c)});
  return graph;
}

template <class Refused, class Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const Refused& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("the order puts needs first and the lowest index among the ready", "[task]") {
  task_graph graph = letters("abcde");
  graph.connect(4, 0, 2.5);
  graph.connect(0, 2);
  graph.connect(1, 2);
  CHECK(graph.topological_order() == std::vector<std::size_t>{1, 3, 4, 0, 2});
  CHECK(graph.needs(2) == std::vector<std::size_t>{0, 1});
  CHECK(graph.feeds(4) == std::vector<std::size_t>{0});
  CHECK(graph.edges()[0] == data_edge{4, 0, 2.5});
  CHECK(graph.find("c") == 2U);
  CHECK_FALSE(graph.find("z"));
}

TEST_CASE("a cycle is refused with the cycle named", "[task]") {
  task_graph graph = letters("abcd");
  graph.connect(0, 1);
  graph.connect(1, 2);
  graph.connect(2, 1);
  graph.connect(2, 3);
  CHECK(refusal<invalid_graph>([&] { graph.topological_order(); }) == "cycle: b -> c -> b");
  CHECK(refusal<invalid_graph>([&] { graph.connect(3, 3); }) == "cycle: d -> d");
}

TEST_CASE("every cycle named is one, and every order keeps the edges", "[task]") {
  random_engine engine(11);
  for (int round = 0; round < 500; ++round) {
    const std::size_t n = 2 + uniform_below(engine, 8);
    task_graph graph = letters(std::string("abcdefghij").substr(0, n));
    for (std::size_t edge = 0; edge < n; ++edge) {
      const std::size_t from = uniform_below(engine, n);
      const std::size_t to = uniform_below(engine, n);
      const auto& there = graph.feeds(from);
      if (from != to && std::find(there.begin(), there.end(), to) == there.end()) graph.connect(from, to);
    }
    try {
      const auto order = graph.topological_order();
      std::vector<std::size_t> place(n);
      for (std::size_t at = 0; at < n; ++at) place[order[at]] = at;
      for (const data_edge& e : graph.edges()) REQUIRE(place[e.from] < place[e.to]);
    } catch (const invalid_graph& e) {
      const std::string text = std::string(e.what()).substr(7);
      REQUIRE(text.front() == text.back());
      REQUIRE(text.size() >= 6);
      for (std::size_t at = 0; at + 5 < text.size(); at += 5) {
        const auto& next = graph.feeds(*graph.find(text.substr(at, 1)));
        const auto wanted = *graph.find(text.substr(at + 5, 1));
        REQUIRE(std::find(next.begin(), next.end(), wanted) != next.end());
      }
    }
  }
}

TEST_CASE("bad subtasks and edges are refused by name and value", "[task]") {
  task_graph graph = letters("ab");
  graph.connect(0, 1);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(refusal<invalid_graph>([&] { graph.add({.name = "a"}); }) ==
        "subtask 2: the name \"a\" is subtask 0's");
  CHECK(refusal<invalid_graph>([&] { graph.add({}); }) == "subtask 2: its name is empty");
  CHECK(refusal<invalid_task>([&] { graph.add({.name = "c", .count = 0}); }) ==
        "subtask 2 \"c\": count 0 is not a finite number > 0");
  CHECK(refusal<invalid_task>([&] { graph.add({.name = "c", .count = nan}); }) ==
        "subtask 2 \"c\": count nan is not a finite number > 0");
  CHECK(refusal<invalid_task>([&] { graph.add({.name = "c", .replicas = 0}); }) ==
        "subtask 2 \"c\": replicas 0 is not >= 1");
  CHECK(refusal<invalid_task>([&] { graph.add({.name = "c", .survival = 1.0}); }) ==
        "subtask 2 \"c\": survival 1 is not in [0, 1)");
  CHECK(refusal<invalid_graph>([&] { graph.connect(0, 5); }) == "edge 0 -> 5: there are 2 subtasks");
  CHECK(refusal<invalid_graph>([&] { graph.connect(0, 1); }) == "edge \"a\" -> \"b\" is there twice");
  CHECK(refusal<invalid_graph>([&] { graph.connect(1, 0, -1); }) ==
        "edge \"b\" -> \"a\": volume_mb -1 is not a finite number >= 0");
  CHECK(graph.size() == 2);
}
