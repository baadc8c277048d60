// SPDX-License-Identifier: BSL-1.0
/// @file `shoal run`: the whole way from a task to its result.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backend_kinds.hpp"
#include "cancel_on_signal.hpp"
#include "files.hpp"
#include "run_watch.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/utf8.hpp"
#include "shoal/decompose/plan.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/json/run_task.hpp"
#include "shoal/json/task_file.hpp"
#include "shoal/json/task_report.hpp"
#include "solvers.hpp"
#include "table.hpp"
#include "verbs.hpp"

namespace shoal::tools {

namespace {

struct options {
  std::string file{};
  tools::solving solving{.time_limit_s = 2};  // a plan without proof is run as it is
  std::string journal{};
  std::string resume{};
  bool json = false;
  tools::watch_files watched{};
};

// The beginning of a value, as much as a table has room for.
std::string glimpse(std::string_view value) {
  constexpr std::size_t longest = 40;
  std::string out = one_line(value.substr(0, utf8_floor(value, longest)));
  if (value.size() > longest) out += "...";
  return out;
}

// How often each model failed in which way, and what it said the first time.
std::string failures_of(const json::task_report& r) {
  struct fault {
    std::string what{};
    std::string first{};
    std::size_t times = 0;
  };
  std::vector<fault> faults;
  for (const auto& o : r.outcomes.subtasks) {
    for (const run::failed_try& f : o.failures) {
      const std::string what = message(f.name, " (", name_of(f.kind), ")");
      auto at = std::find_if(faults.begin(), faults.end(), [&](const fault& x) { return x.what == what; });
      if (at == faults.end()) at = faults.insert(at, {what, f.text, 0});
      ++at->times;
    }
  }
  std::string out;
  for (const fault& f : faults) {
    const std::string line =
        message(f.what, ", ", f.times, f.times == 1 ? " time: " : " times; the first: ", f.first);
    out += message(out.empty() ? "failed    " : "          ", one_line(utf8_mended(line)), "\n");
  }
  return out;
}

std::string in_words(const json::task_file& file, const json::task_report& r) {
  std::string out = r ? *r.result.value : one_line(utf8_mended(r.why()));
  if (out.empty() || out.back() != '\n') out += '\n';
  if (!r.assignment) return out;
  table rows({"subtask", "ended", "value", "answered by", "failed"});
  for (std::size_t k = 0; k < r.graph.size(); ++k) {
    const auto& o = r.outcomes.subtasks[k];
    std::string by;
    std::string failed;
    for (const answer<>& a : o.answers) by += (by.empty() ? "" : ", ") + a.source;
    for (const run::failed_try& f : o.failures) {
      failed += message(failed.empty() ? "" : ", ", f.name, " (", name_of(f.kind), ")");
    }
    rows.add({r.graph[k].name, std::string(name_of(o.end)), o.value ? glimpse(*o.value) : "", by, failed});
  }
  out += '\n' + rows.text() + '\n';
  const run::outcomes<std::string>& ran = r.outcomes;
  out += message("energy    ", brief(ran.used.energy_j), " J (planned ", brief(r.assignment.energy_j), ")\n");
  out += message("time      ", brief(ran.seconds), " s on the clock, ", brief(ran.used.time_s),
                 " s of the models' (planned ", brief(r.assignment.time_s), ")\n");
  out += failures_of(r);
  out += message("calls     ", ran.calls, ", subtasks given to other models ", ran.reassigned, "\n");
  out += message("survival  ", brief(json::survival_of(file, r).whole.survival),
                 ", the plan's chance before it ran\n");
  if (ran.degraded) out += "degraded  " + one_line(ran.note) + '\n';
  return out;
}

// What a report says below its title.
std::vector<std::pair<std::string, std::string>> facts_of(const json::task_file& file,
                                                          const json::task_report& r) {
  std::vector<std::pair<std::string, std::string>> out;
  out.emplace_back("plan", name_of(r.assignment.verdict));
  if (!r.assignment) {
    out.emplace_back("because", r.why());
    return out;
  }
  out.emplace_back("models", std::to_string(file.swarm.models.size()));
  out.emplace_back("planned energy", brief(r.assignment.energy_j, 4) + " J");
  out.emplace_back("planned chance of survival", brief(json::survival_of(file, r).whole.survival, 4));
  if (r.outcomes.degraded) out.emplace_back("degraded", r.outcomes.note);
  if (!r) out.emplace_back("no result", r.why());
  return out;
}

// A result from which subtasks are missing is not what was asked for.
status status_of(const json::task_report& r) {
  if (r && r.survived) return status::answered;
  if (r.assignment.verdict == assign::verdict::limit) return status::limit;
  for (const auto& o : r.outcomes.subtasks) {
    if (o.end == run::ending::deadline || o.end == run::ending::cancelled || o.end == run::ending::budget) {
      return status::limit;
    }
  }
  return status::no_answer;
}

void print_why(const std::string& why, bool as_json) {
  if (as_json) {
    print_json({{"result", nullptr}, {"why", why}});
  } else {
    print(one_line(utf8_mended(why)) + '\n');
  }
}

// Where the run is written down. A new run is named by the moment at which it began.
json::kept_run journal_of(const options& given) {
  if (!given.resume.empty()) return {.path = given.resume, .run_id = {}, .resume = true};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {.path = given.journal,
          .run_id = message("shoal-", std::chrono::duration_cast<std::chrono::microseconds>(now).count())};
}

status run(const options& given) {
  const std::filesystem::path folder =
      given.file == "-" ? std::filesystem::path() : std::filesystem::path(given.file).parent_path();
  const json::task_file file = read_json_with(given.file, [&](const nlohmann::json& document) {
    return json::read_task_file(document, folder, backend_kinds());
  });
  const auto solve = [&](const assign::problem& p, const assign::objective& o, const assign::limits& l) {
    return solve_by(given.solving.solver, p, o, l);
  };
  json::task_report done;
  run_watch watch(given.watched, name_of_file(given.file));
  const auto without = [&](const std::string& why, status ended) {
    print_why(why, given.json);
    watch.finish({{"no result", why}});
    return ended;
  };
  try {
    const cancel_on_signal cancel;
    done = json::run_task(
        file, solve, limits_of(given.solving), cancel.token(), std::ref(watch),
        [&](const task_graph& graph) { watch.expect(graph.size()); }, journal_of(given));
  } catch (const run::journal_error& e) {
    throw refusal(e.what());
  } catch (const decompose::invalid_plan& e) {  // the model's fault, not the file's
    return without(e.what(), status::no_answer);
  } catch (const infer::failure& e) {
    const bool by_limit = e.kind == infer::failure_kind::timeout || e.kind == infer::failure_kind::cancelled;
    return without(message("the planner failed: ", name_of(e.kind), ": ", e.what()),
                   by_limit ? status::limit : status::no_answer);
  } catch (const bad_input& e) {
    throw refusal(name_of_file(given.file) + ": " + e.what());
  }
  // What was paid for is printed before anything that may fail.
  if (given.json) {
    print_json(json::write_task_report(file, done));
  } else {
    print(in_words(file, done));
  }
  watch.finish(facts_of(file, done));
  return status_of(done);
}

}  // namespace

verb run_verb(CLI::App& command) {
  auto given = std::make_shared<options>();
  CLI::App* app = command.add_subcommand(
      "run", "Do a task: split it, assign its parts, run them on their models, combine the answers");
  app->add_option("TASK", given->file, "Task file (JSON): a swarm file with backends and a task")->required();
  add_options(*app, given->solving);
  app->add_option("--report", given->watched.report, "Write the story of the run to an HTML page");
  app->add_option("--metrics", given->watched.metrics,
                  "Write metrics for Prometheus, every 2 seconds and at the end");
  app->add_option("--otlp", given->watched.otlp,
                  "Write spans for OpenTelemetry (OTLP), one JSON object a line");
  app->add_flag("--events", given->watched.events,
                "Write each event to standard error, one JSON object a line");
  CLI::Option* fresh =
      app->add_option("--journal", given->journal, "Write down what the run reaches, in a new file");
  app->add_option("--resume", given->resume,
                  "Go on from a journal, and write on in it: what it holds is not asked again")
      ->check(CLI::ExistingFile)
      ->excludes(fresh);
  app->add_flag("--json", given->json, "Print JSON");
  app->footer(
      "Examples:\n"
      "  shoal run task.json\n"
      "  shoal run task.json --report report.html --metrics shoal.prom\n"
      "  shoal run task.json --journal run.journal      # killed in the middle?\n"
      "  shoal run task.json --resume run.journal\n"
      "  shoal run task.json --json --events 2> events.jsonl");
  return {app, [given] { return run(*given); }};
}

}  // namespace shoal::tools
