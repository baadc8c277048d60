// SPDX-License-Identifier: BSL-1.0
/// @file Task file: a swarm file with a backend on each model and a task, read into what a pipeline needs.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/decompose/equal_chunks.hpp"
#include "shoal/decompose/lines.hpp"
#include "shoal/decompose/map_reduce.hpp"
#include "shoal/decompose/paragraphs.hpp"
#include "shoal/decompose/planner.hpp"
#include "shoal/decompose/records.hpp"
#include "shoal/decompose/sentences.hpp"
#include "shoal/infer/backend.hpp"
#include "shoal/json/backend.hpp"
#include "shoal/json/cursor.hpp"
#include "shoal/json/parse.hpp"
#include "shoal/json/plan.hpp"
#include "shoal/json/read_swarm.hpp"
#include "shoal/json/swarm.hpp"
#include "shoal/json/text_policies.hpp"
#include "shoal/pipeline.hpp"
#include "shoal/run/thread_pool_executor.hpp"
#include "shoal/task/task.hpp"

namespace shoal::json {

/// Any decomposer, its type forgotten.
using any_decomposer = std::function<task_graph(const task&)>;

/// Any solver, its type forgotten.
using any_solver =
    std::function<assign::solution(const assign::problem&, const assign::objective&, const assign::limits&)>;

/// What a task file holds.
struct task_file {
  json::swarm swarm{};                      ///< its graph and problem are empty where the task is split
  infer::backends<std::string> backends{};  ///< one for each model
  std::vector<std::size_t> concurrency{};   ///< calls at once on each model
  task whole{};
  any_decomposer decompose{};  ///< empty where the file lists its subtasks
  std::size_t replicas = 1;    ///< of each part of a task that is split
  std::optional<double> survival{};
  bool separate_groups = false;
  combine_texts combine{};
  join_texts join{};
  std::size_t threads = 0;             ///< at most so many; 0: as `run::thread_pool_executor`
  std::optional<double> deadline_s{};  ///< of the whole run, from its start
  run::options run{};                  ///< its deadline is set when the run starts
};

/// What came of a task file.
using task_report = report<std::string, std::string>;

namespace detail {

// The one part of a task that is not split.
struct undivided {
  task_graph operator()(const task& whole) const {
    decompose::require_utf8(whole.text);
    task_graph out;
    out.add({.name = "task", .input = whole.text, .instruction = whole.instruction});
    return out;
  }
};

inline any_decomposer read_decomposer(const cursor& at, const task_file& file) {
  if (at.value().is_string()) {
    switch (at.one_of({"whole", "paragraphs", "sentences", "lines"})) {
      case 1:
        return decompose::paragraphs{};
      case 2:
        return decompose::sentences{};
      case 3:
        return decompose::lines{};
      default:
        return undivided{};
    }
  }
  at.only({"chunks", "lines", "separator", "planner"});
  if (at.value().size() != 1) at.refuse("one of chunks, lines, separator, planner is needed");
  if (const auto chunks = at.find("chunks")) return decompose::equal_chunks{.count = chunks->whole(1)};
  if (const auto lines = at.find("lines")) return decompose::lines{.per_part = lines->whole(1)};
  if (const auto separator = at.find("separator")) return decompose::records{.separator = separator->name()};
  const cursor planner = at.at("planner");
  const auto model = file.swarm.models.find(planner.name());
  if (!model) planner.refuse_not("the name of a model");
  decompose::planner<plan_reader> out;
  out.backend = file.backends[*model];
  out.model = planner.text();
  return out;
}

inline void read_join(const cursor& at, task_file& file) {
  if (at.value().is_string()) {
    file.join.how = at.one_of({"concatenate", "combine"}) == 0 ? joining::concatenate : joining::combine;
    return;
  }
  at.only({"instruction", "separator"});
  if (at.value().size() != 1) at.refuse("one of instruction, separator is needed");
  if (const auto separator = at.find("separator")) {
    file.join.together.separator = separator->text();
    return;
  }
  const cursor instruction = at.at("instruction");
  if (!file.decompose) instruction.refuse("a file that lists its subtasks gives its joins by \"needs\"");
  file.decompose =
      decompose::map_reduce<any_decomposer>{.inner = file.decompose, .instruction = instruction.text()};
}

// A number of seconds > 0.
inline double read_wait(const cursor& at) {
  const double seconds = at.amount();
  if (seconds == 0) at.refuse_not("> 0");
  return seconds;
}

inline void read_task(const cursor& at, const std::filesystem::path& folder, bool subtasks_listed,
                      task_file& file) {
  at.only({"text", "file", "instruction", "decompose", "replicas", "survival", "separate_groups", "combine",
           "join", "deadline_s", "try_timeout_s", "attempts", "threads"});
  const auto text = at.find("text");
  const auto named = at.find("file");
  if (subtasks_listed) {
    for (const char* key : {"text", "file", "decompose", "replicas", "survival", "separate_groups"}) {
      if (const auto extra = at.find(key))
        extra->refuse("the file lists its subtasks, which have this themselves");
    }
  } else {
    if (text.has_value() == named.has_value())
      at.refuse("either \"text\" or \"file\" is needed, or a list of subtasks");
    file.whole.text = text ? text->text() : read_named_file(*named, folder);
    if (const std::size_t bad = utf8_error(file.whole.text); bad < file.whole.text.size()) {
      named->refuse(message(shown(named->value()), ": byte ", bad, " is not UTF-8"));
    }
    const auto how = at.find("decompose");
    file.decompose = how ? read_decomposer(*how, file) : undivided{};
    if (const auto replicas = at.find("replicas")) file.replicas = replicas->whole(1);
    if (const auto survival = at.find("survival")) {
      file.survival = survival->share();
      if (*file.survival == 1) survival->refuse_not("in [0, 1)");
    }
    if (const auto separate = at.find("separate_groups")) file.separate_groups = separate->boolean();
  }
  if (const auto instruction = at.find("instruction")) file.whole.instruction = instruction->text();
  if (const auto combine = at.find("combine")) {
    constexpr combination ways[] = {combination::plurality, combination::majority, combination::weighted,
                                    combination::max_weight, combination::mean};
    file.combine.how = ways[combine->one_of({"plurality", "majority", "weighted", "max-weight", "mean"})];
  }
  if (const auto join = at.find("join")) read_join(*join, file);
  if (const auto deadline = at.find("deadline_s")) file.deadline_s = read_wait(*deadline);
  if (const auto wait = at.find("try_timeout_s"))
    file.run.try_timeout = std::chrono::duration<double>(read_wait(*wait));
  if (const auto attempts = at.find("attempts")) file.run.attempts = attempts->whole(1);
  if (const auto threads = at.find("threads")) file.threads = threads->whole(1);
}

}  // namespace detail

/// The task file that a document is.
/// @param folder  where relative paths in it start.
/// @param more    kinds of backend beside `table` and `command`.
/// @throws value_error when it is none; one line, the JSON pointer first.
inline task_file read_task_file(const nlohmann::json& document, const std::filesystem::path& folder,
                                const backend_kinds& more = {}) {
  const cursor root(document);
  task_file out;
  out.swarm = read_swarm(document, {.keys = {"task"}, .model_keys = {"backend", "concurrency"}});
  const cursor models = root.at("models");
  for (std::size_t i = 0; i < models.size(); ++i) {
    out.backends.push_back(read_backend(models[i], folder, more));
    const auto concurrency = models[i].find("concurrency");
    out.concurrency.push_back(concurrency ? concurrency->whole(1) : 1);
  }
  const bool subtasks_listed = root.find("subtasks").has_value();
  if (const auto compatibility = root.find("compatibility"); compatibility && !subtasks_listed) {
    compatibility->refuse("the parts of a task that is split are not known before; accuracy stands for it");
  }
  detail::read_task(root.at("task"), folder, subtasks_listed, out);
  return out;
}

/// Does what a task file says: decomposes, assigns, runs, aggregates. How well a model does a part of a task
/// that is split is its `accuracy`.
/// @throws bad_input when the text cannot be split, or a planner's plan is bad.
template <run::observer Observer = run::no_observer>
task_report run_task(const task_file& file, const any_solver& solve, const assign::limits& limits,
                     std::stop_token stop, Observer&& see = {}) {
  const swarm& s = file.swarm;
  pipeline_options how{
      .objective = s.objective, .require = s.problem.require, .limits = limits, .run = file.run};
  how.run.stop = std::move(stop);
  if (file.deadline_s) {
    how.run.deadline =
        run::detail::after(std::chrono::steady_clock::now(), std::chrono::duration<double>(*file.deadline_s));
  }
  const task_graph split = file.decompose ? file.decompose(file.whole) : s.graph;
  task_graph graph;
  for (subtask part : split.subtasks()) {
    if (file.decompose) {
      part.replicas = file.replicas;
      part.survival = file.survival;
      part.separate_groups = file.separate_groups;
    } else if (part.instruction.empty()) {
      part.instruction = file.whole.instruction;
    }
    graph.add(std::move(part));
  }
  for (const data_edge& e : split.edges()) graph.connect(e.from, e.to, e.volume_mb);
  if (!file.decompose) {
    // What the file says of each pair: costs, loads, and who may do what.
    how.adjust = [&s](assign::problem& p) { p = s.problem; };
  }
  const pipeline whole{detail::undivided{}, solve,
                       run::thread_pool_executor{.threads = file.threads, .concurrency = file.concurrency},
                       file.combine, file.join};
  const auto accuracy = [](const model& m, const subtask&) { return m.accuracy; };
  return whole.run(std::move(graph), s.models, accuracy, file.backends, how, std::forward<Observer>(see));
}

}  // namespace shoal::json
