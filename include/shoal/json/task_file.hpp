// SPDX-License-Identifier: BSL-1.0
/// @file Task file: a swarm file with a backend on each model and a task, read into what a pipeline needs.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "shoal/assign/requirement.hpp"
#include "shoal/core/utf8.hpp"
#include "shoal/infer/backend.hpp"
#include "shoal/json/backend.hpp"
#include "shoal/json/cursor.hpp"
#include "shoal/json/read_swarm.hpp"
#include "shoal/json/swarm.hpp"
#include "shoal/json/text_policies.hpp"
#include "shoal/run/command_meter.hpp"
#include "shoal/run/energy_meter.hpp"
#include "shoal/run/options.hpp"
#include "shoal/run/rapl.hpp"
#include "shoal/run/resilience.hpp"
#include "shoal/task/task.hpp"

namespace shoal::json {

/// What a task file holds.
struct task_file {
  json::swarm swarm{};                      ///< its graph and problem are empty where the task is split
  infer::backends<std::string> backends{};  ///< one for each model
  std::vector<std::size_t> concurrency{};   ///< calls at once on each model
  task whole{};                             ///< its text is empty where the file lists its subtasks
  std::optional<split_text> split{};        ///< empty where the file lists its subtasks
  std::size_t replicas = 1;                 ///< of each part of a task that is split, as are the next two
  std::optional<double> survival{};
  bool separate_groups = false;
  combine_texts combine{};
  join_texts join{};
  std::size_t threads = 0;             ///< at most so many; 0: as `run::thread_pool_executor`
  std::optional<double> deadline_s{};  ///< of the whole run, from its start
  run::options run{};                  ///< its deadline and stop token are set when the run starts
  run::resilience calls = run::resilience::none();
  std::optional<run::any_meter> meter{};  ///< counts the joules of all calls
};

namespace detail {

inline split_text read_split(const cursor& at, const task_file& file) {
  if (at.value().is_string()) {
    constexpr splitting ways[] = {splitting::whole, splitting::paragraphs, splitting::sentences,
                                  splitting::lines};
    return {.how = ways[at.one_of({"whole", "paragraphs", "sentences", "lines"})]};
  }
  at.only({"lines", "chunks", "separator", "planner"});
  const auto lines = at.find("lines");
  const auto chunks = at.find("chunks");
  const auto separator = at.find("separator");
  const auto planner = at.find("planner");
  if (lines.has_value() + chunks.has_value() + separator.has_value() + planner.has_value() != 1) {
    at.refuse("one of lines, chunks, separator, planner is needed");
  }
  if (lines) return {.how = splitting::lines, .size = lines->whole(1)};
  if (chunks) return {.how = splitting::chunks, .size = chunks->whole(1)};
  if (separator) return {.how = splitting::separator, .separator = separator->name()};
  const auto model = file.swarm.models.find(planner->name());
  if (!model) planner->refuse_not("the name of a model");
  split_text out{.how = splitting::planned};
  out.plan.backend = file.backends[*model];
  out.plan.model = planner->text();
  return out;
}

inline void read_join(const cursor& at, task_file& file) {
  if (at.value().is_string()) {
    file.join.how = at.one_of({"concatenate", "combine"}) == 0 ? joining::concatenate : joining::combine;
    return;
  }
  at.only({"instruction", "separator"});
  const auto instruction = at.find("instruction");
  const auto separator = at.find("separator");
  if (instruction.has_value() == separator.has_value()) {
    at.refuse("either \"instruction\" or \"separator\" is needed");
  }
  if (separator) {
    file.join.together.separator = separator->text();
    return;
  }
  if (!file.split) instruction->refuse("the file lists its subtasks: one of them may need all others");
  file.split->join = instruction->text();
}

// A number of seconds > 0.
inline double read_wait(const cursor& at) {
  const double seconds = at.amount();
  if (seconds == 0) at.refuse_not("> 0");
  return seconds;
}

// What is to be split, and into what.
inline void read_text(const cursor& at, const std::filesystem::path& folder, task_file& file) {
  const auto text = at.find("text");
  const auto named = at.find("file");
  if (text.has_value() == named.has_value()) {
    at.refuse("either \"text\" or \"file\" is needed, or a list of subtasks");
  }
  file.whole.text = text ? text->text() : read_named_file(*named, folder);
  if (const std::size_t bad = utf8_error(file.whole.text); bad < file.whole.text.size()) {
    (named ? named : text)->refuse(message("byte ", bad, " of the text is not UTF-8"));
  }
  const auto how = at.find("decompose");
  file.split = how ? read_split(*how, file) : split_text{};
  if (const auto replicas = at.find("replicas")) file.replicas = replicas->whole(1);
  if (const auto survival = at.find("survival")) {
    file.survival = survival->share();
    if (*file.survival == 1) survival->refuse_not("in [0, 1)");
  }
  if (const auto separate = at.find("separate_groups")) file.separate_groups = separate->boolean();
}

// What is done about calls that fail or are slow, and what all of them may cost.
inline void read_resilience(const cursor& at, task_file& file) {
  if (const auto tries = at.find("tries")) {
    file.calls.tries = tries->whole(1);
    if (file.calls.tries > 1) {
      file.calls.retries.emplace();
      file.calls.breaker.emplace();
    }
  }
  if (const auto hedge = at.find("hedge"); hedge && hedge->boolean()) file.calls.hedge.emplace();
  if (const auto others = at.find("stand_ins")) file.run.stand_ins = others->boolean();
  if (const auto adapt = at.find("adapt")) file.run.adapt = adapt->boolean();
  if (const auto limits = at.find("budget")) {
    limits->only({"energy_j", "time_s", "then"});
    if (const auto most = limits->find("energy_j")) file.run.spend.energy_j = most->amount();
    if (const auto most = limits->find("time_s")) file.run.spend.time_s = most->amount();
    if (const auto then = limits->find("then")) {
      constexpr run::over_budget ways[] = {run::over_budget::stop, run::over_budget::degrade};
      file.run.spend.then = ways[then->one_of({"stop", "degrade"})];
    }
  }
}

// When the answers of a part's models are enough.
inline void read_enough(const cursor& at, combine_texts& combine) {
  const bool by_text = at.value().is_string();
  if (by_text) {
    at.one_of({"exact"});
    combine.exactly_enough = true;
  } else {
    at.only({"risk", "answers"});
    const auto risk = at.find("risk");
    const auto answers = at.find("answers");
    if (risk.has_value() == answers.has_value()) at.refuse("either \"risk\" or \"answers\" is needed");
    if (answers) combine.count = answers->whole(1);
    if (risk) {
      combine.risk = risk->amount();
      if (!(*combine.risk > 0 && *combine.risk < 1)) risk->refuse_not("in (0, 1)");
    }
  }
  const bool votes = combine.how == combination::plurality || combine.how == combination::weighted;
  if (!votes && !combine.count) at.refuse("that is told of a plurality or a weighted vote only");
}

// What counts the joules of the calls.
inline run::any_meter read_meter(const cursor& at, const std::filesystem::path& folder) {
  if (at.value().is_object()) {
    at.only({"command"});
    return run::command_meter(read_program(at.at("command")), folder.string());
  }
  at.one_of({"rapl"});
  run::rapl_meter rapl;
  if (!rapl.available()) at.refuse("the processors' counters of joules (RAPL) cannot be read here");
  return rapl;
}

inline void read_task(const cursor& at, const std::filesystem::path& folder, bool subtasks_listed,
                      task_file& file) {
  at.only({"text", "file", "instruction", "decompose", "replicas", "survival", "separate_groups", "combine",
           "join", "deadline_s", "try_timeout_s", "attempts", "replace_lost_replicas", "threads", "tries",
           "hedge", "stand_ins", "adapt", "budget", "meter", "enough"});
  if (subtasks_listed) {
    for (const char* key : {"text", "file", "decompose", "replicas", "survival", "separate_groups"}) {
      if (const auto extra = at.find(key))
        extra->refuse("the file lists its subtasks, which have this themselves");
    }
  } else {
    read_text(at, folder, file);
  }
  if (const auto instruction = at.find("instruction")) file.whole.instruction = instruction->text();
  if (const auto combine = at.find("combine")) {
    constexpr combination ways[] = {combination::plurality, combination::majority, combination::weighted,
                                    combination::max_weight, combination::mean};
    file.combine.how = ways[combine->one_of({"plurality", "majority", "weighted", "max-weight", "mean"})];
  }
  if (const auto enough = at.find("enough")) read_enough(*enough, file.combine);
  if (const auto join = at.find("join")) read_join(*join, file);
  if (const auto deadline = at.find("deadline_s")) file.deadline_s = read_wait(*deadline);
  if (const auto wait = at.find("try_timeout_s")) {
    file.run.try_timeout = std::chrono::duration<double>(read_wait(*wait));
  }
  if (const auto attempts = at.find("attempts")) file.run.attempts = attempts->whole(1);
  if (const auto replace = at.find("replace_lost_replicas")) {
    file.run.replace_lost_replicas = replace->boolean();
  }
  if (const auto threads = at.find("threads")) file.threads = threads->whole(1);
  if (const auto meter = at.find("meter")) file.meter = read_meter(*meter, folder);
  read_resilience(at, file);
}

// Figures of parts that nobody knows yet.
inline void refuse_figures_of_parts(const cursor& root) {
  for (const char* key : {"compatibility", "energy_j", "time_s", "load", "volume_mb"}) {
    if (const auto figures = root.find(key)) {
      figures->refuse("the parts of a task that is split are not known before; list the subtasks instead");
    }
  }
}

// How well a model does a part is its accuracy then, which a product of scores must be able to take.
inline void check_accuracies(const cursor& models, const swarm& s) {
  if (!s.problem.require || s.problem.require->rule != assign::quality_rule::product) return;
  for (std::size_t i = 0; i < s.models.size(); ++i) {
    if (s.models[i].accuracy > 0) continue;
    models[i].at("accuracy").refuse_not("in (0, 1], as the rule product needs");
  }
}

}  // namespace detail

/// The task file that a document is.
/// @param folder  where relative paths in it start, and commands run.
/// @param more    kinds of backend beside `table` and `command`, or in their place.
/// @throws value_error when it is none; one line, the JSON pointer first.
inline task_file read_task_file(const nlohmann::json& document, const std::filesystem::path& folder,
                                const backend_kinds& more = {}) {
  const cursor root(document);
  const bool subtasks_listed = root.find("subtasks").has_value();
  if (!subtasks_listed) detail::refuse_figures_of_parts(root);
  task_file out;
  out.swarm =
      read_swarm(document, {.keys = {"task", "simulation"}, .model_keys = {"backend", "concurrency"}});
  const cursor models = root.at("models");
  if (!subtasks_listed) detail::check_accuracies(models, out.swarm);
  recorded_files files(folder);
  for (std::size_t i = 0; i < models.size(); ++i) {
    out.backends.push_back(read_backend(models[i], folder, more, files));
    const auto concurrency = models[i].find("concurrency");
    out.concurrency.push_back(concurrency ? concurrency->whole(1) : 1);
  }
  detail::read_task(root.at("task"), folder, subtasks_listed, out);
  return out;
}

}  // namespace shoal::json
