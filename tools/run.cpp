// SPDX-License-Identifier: BSL-1.0
/// @file `shoal run`: the whole way from a task to its result.
#include <signal.h>

#include <chrono>
#include <cstddef>
#include <ctime>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "files.hpp"
#include "progress.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/json/task_file.hpp"
#include "shoal/json/task_report.hpp"
#include "solvers.hpp"
#include "table.hpp"
#include "verbs.hpp"

namespace shoal::tools {

namespace {

struct options {
  std::string file{};
  std::string solver = "exact";
  double time_limit_s = 0;  // 0: none
  bool json = false;
  bool events = false;
};

// Ctrl-C and kill cancel the run, so that no child process is left behind. The signals are taken by a thread
// of their own: a stop may not be requested inside a signal handler.
class cancel_on_signal {
 public:
  cancel_on_signal() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGINT);
    ::sigaddset(&signals, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // threads that are started from here on inherit it
    waiter_ = std::jthread([this, signals](const std::stop_token& over) {
      constexpr timespec look{0, 50'000'000};
      while (!over.stop_requested()) {
        if (::sigtimedwait(&signals, nullptr, &look) > 0) source_.request_stop();
      }
    });
  }
  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::jthread waiter_;
};

std::string in_words(const json::task_file& file, const json::task_report& r) {
  std::string out;
  if (r) {
    out += *r.result.value;
    if (out.empty() || out.back() != '\n') out += '\n';
  } else {
    out += r.why() + '\n';
  }
  if (!r.assignment) return out;
  table rows({"subtask", "ended", "answered by", "failed"});
  for (std::size_t k = 0; k < r.graph.size(); ++k) {
    const auto& o = r.outcomes.subtasks[k];
    std::string by;
    std::string failed;
    for (const answer<>& a : o.answers) by += (by.empty() ? "" : ", ") + a.source;
    for (const run::failed_try& f : o.failures) {
      failed += message(failed.empty() ? "" : ", ", f.name, " (", name_of(f.kind), ")");
    }
    rows.add({r.graph[k].name, std::string(name_of(o.end)), by, failed});
  }
  const auto survival = json::survival_of(file, r);
  out += '\n' + rows.text() + '\n';
  out += message("energy    ", brief(r.outcomes.used.energy_j), " J (planned ", brief(r.assignment.energy_j),
                 ")\n");
  out += message("time      ", brief(r.outcomes.seconds), " s on the clock, ", brief(r.outcomes.used.time_s),
                 " s of the models' (planned ", brief(r.assignment.time_s), ")\n");
  out += message("calls     ", r.outcomes.calls, ", re-assigned ", r.outcomes.reassigned, "\n");
  out += message("survival  ", brief(survival.whole.survival), " was the plan's chance\n");
  if (r.outcomes.degraded) out += "degraded  " + r.outcomes.note + '\n';
  return out;
}

status status_of(const json::task_report& r) {
  if (r) return r.survived ? status::answered : status::no_answer;
  if (r.assignment.verdict == assign::verdict::limit) return status::limit;
  bool answered = false;
  bool out_of_time = false;
  for (const auto& o : r.outcomes.subtasks) {
    answered = answered || o;
    out_of_time = out_of_time || o.end == run::ending::deadline || o.end == run::ending::cancelled;
  }
  return out_of_time && !answered ? status::limit : status::no_answer;
}

status run(const options& given) {
  const cancel_on_signal cancel;
  const std::filesystem::path folder =
      given.file == "-" ? "." : std::filesystem::path(given.file).parent_path();
  const json::task_file file = read_json_with(
      given.file, [&](const nlohmann::json& document) { return json::read_task_file(document, folder); });
  assign::limits limits;
  if (given.time_limit_s > 0) limits.time = std::chrono::duration<double>(given.time_limit_s);
  const auto log = [&](const run::event& e) {
    if (given.events)
      complain(json::write_event(e).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  };
  json::task_report done;
  try {
    const progress shown("run: models are working");
    done = json::run_task(file, solver_of(given.solver), limits, cancel.token(), log);
  } catch (const bad_input& e) {  // text that its decomposer cannot split, a planner's bad plan
    throw refusal(name_of_file(given.file) + ": /task: " + e.what());
  } catch (const infer::failure& e) {  // the model that was to plan the task
    complain(
        message(name_of_file(given.file), ": /task/decompose/planner: ", name_of(e.kind), ": ", e.what()));
    return status::no_answer;
  }
  if (given.json) {
    print(json::write_task_report(file, done));
  } else {
    print(in_words(file, done));
  }
  return status_of(done);
}

}  // namespace

verb run_verb(CLI::App& command) {
  auto given = std::make_shared<options>();
  CLI::App* app =
      command.add_subcommand("run", "Do a task: split it, assign its parts, run them, combine the answers");
  app->add_option("TASK", given->file, "Task file (JSON): a swarm file with backends and a task")->required();
  add_solver_option(*app, given->solver);
  app->add_option("--time-limit", given->time_limit_s, "Take the best plan found after so many seconds")
      ->check(positive_number())
      ->type_name("SECONDS");
  app->add_flag("--events", given->events, "Write each event to standard error, one JSON object a line");
  app->add_flag("--json", given->json, "Print JSON");
  app->footer(
      "Examples:\n"
      "  shoal run task.json\n"
      "  shoal run task.json --json --events 2> events.jsonl");
  return {app, [given] { return run(*given); }};
}

}  // namespace shoal::tools
