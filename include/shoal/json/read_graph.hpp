// SPDX-License-Identifier: BSL-1.0
/// @file Reading the subtasks of a swarm file, and the data that moves between them.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "shoal/json/cursor.hpp"
#include "shoal/task/graph.hpp"

namespace shoal::json {
namespace detail {

// A name together with where it was first given: duplicates name both places.
class name_book {
 public:
  void add(const cursor& name) {
    const auto [at, fresh] = places_.try_emplace(name.name(), name.pointer());
    if (!fresh) name.refuse(message(shown(name.value()), " is the name at ", at->second, " already"));
  }
  bool has(const std::string& name) const { return places_.contains(name); }

 private:
  std::unordered_map<std::string, std::string> places_;
};

// Every row is checked before anything of the matrix's size is made.
inline void check_shape(const cursor& rows, std::size_t n, const char* of_rows, std::size_t m,
                        const char* of_columns) {
  const std::size_t found = rows.size();
  if (found != n)
    rows.refuse(message(found, found == 1 ? " row" : " rows", ", but there are ", n, " ", of_rows));
  for (std::size_t i = 0; i < n; ++i) {
    const cursor row = rows[i];
    const std::size_t entries = row.size();
    if (entries == m) continue;
    row.refuse(
        message(entries, entries == 1 ? " entry" : " entries", ", but there are ", m, " ", of_columns));
  }
}

inline subtask read_subtask(const cursor& at) {
  if (at.value().is_string()) return {.name = at.name()};
  if (!at.value().is_object()) at.refuse_not("a subtask: an object, or just its name");
  at.only({"name", "count", "replicas", "survival", "separate_groups", "needs", "input", "instruction"});
  subtask out{.name = at.at("name").name()};
  if (const auto count = at.find("count")) {
    out.count = count->amount();
    if (out.count == 0) count->refuse_not("> 0");
  }
  if (const auto replicas = at.find("replicas")) out.replicas = replicas->whole(1);
  if (const auto survival = at.find("survival")) {
    out.survival = survival->share();
    if (*out.survival == 1) survival->refuse_not("in [0, 1)");
  }
  if (const auto separate = at.find("separate_groups")) out.separate_groups = separate->boolean();
  if (const auto input = at.find("input")) out.input = input->text();
  if (const auto instruction = at.find("instruction")) out.instruction = instruction->text();
  return out;
}

// Subtasks first, then what they need of each other: a subtask may need one that stands behind it.
inline task_graph read_graph(const cursor& root, const cursor& subtasks) {
  task_graph out;
  name_book names;
  for (std::size_t k = 0; k < subtasks.size(); ++k) {
    const cursor at = subtasks[k];
    subtask part = read_subtask(at);
    names.add(at.value().is_string() ? at : at.at("name"));
    out.add(std::move(part));
  }
  const auto volume = root.find("volume_mb");
  if (volume) check_shape(*volume, out.size(), "subtasks", out.size(), "subtasks");
  std::vector<std::size_t> needed_by(out.size(), out.size());
  for (std::size_t k = 0; k < out.size(); ++k) {
    if (!subtasks[k].value().is_object()) continue;
    const auto needs = subtasks[k].find("needs");
    for (std::size_t e = 0; needs && e < needs->size(); ++e) {
      const cursor need = (*needs)[e];
      const auto from = out.find(need.text());
      if (!from) need.refuse_not("the name of a subtask");
      if (*from == k) need.refuse(message("cycle: ", out[k].name, " -> ", out[k].name));
      if (std::exchange(needed_by[*from], k) == k) need.refuse(shown(need.value()) + " is there twice");
      const bool moves = volume && !(*volume)[*from][k].value().is_null();
      out.connect(*from, k, moves ? (*volume)[*from][k].amount() : 0);
    }
  }
  try {
    static_cast<void>(out.topological_order());
  } catch (const invalid_graph& e) {
    subtasks.refuse(e.what());
  }
  return out;
}

// Data can only move along an edge.
inline void check_volumes(const cursor& volume, const task_graph& graph) {
  for (std::size_t from = 0; from < graph.size(); ++from) {
    std::vector<bool> edge(graph.size(), false);
    for (const std::size_t to : graph.feeds(from)) edge[to] = true;
    const nlohmann::json& row = volume.value()[from];
    for (std::size_t to = 0; to < graph.size(); ++to) {
      if (edge[to] || row[to].is_null()) continue;
      const cursor entry = volume[from][to];
      if (entry.amount() != 0) {
        entry.refuse(message(shown(entry.value()), ", but ", quoted(graph[to].name), " does not need ",
                             quoted(graph[from].name)));
      }
    }
  }
}

}  // namespace detail
}  // namespace shoal::json
