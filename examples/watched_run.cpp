// SPDX-License-Identifier: BSL-1.0
/// @file A run that is watched: four simulated models with every kind of trouble, on virtual time, and what
/// the ready observers make of it: a progress bar, metrics, and the page of the run.
///
///     watched_run [report.html [timeline.svg]]
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "shoal/observers.hpp"
#include "shoal/run/event_executor.hpp"
#include "shoal/run/job.hpp"
#include "shoal/shoal.hpp"
#include "shoal/sim/fleet.hpp"
#include "shoal/sim/virtual_time.hpp"

int main(int argc, char** argv) {
  using namespace shoal;

  // 160 subtasks, planned in turn onto four models; each may go to another one where its own fails.
  fleet<> models;
  for (const char* name : {"phi-3-mini", "qwen2-1.5b", "gemma-2b", "llama-3-8b"}) {
    models.add({.name = name, .energy_j = 20, .time_s = 0.8});
  }
  task_graph graph;
  assign::plan plan;
  for (std::size_t k = 0; k < 160; ++k) {
    graph.add({.name = "part-" + std::to_string(k + 1)});
    plan.push_back({k % models.size()});
  }
  assign::problem problem = assign::make_problem(models, graph);
  const run::job job = run::make_job(models, graph, problem, assign::weighted{}, plan);

  // One stalls now and then, one refuses often, one crashes for a while, one is merely slow.
  sim::virtual_time on;
  sim::simulated_fleet<std::string, sim::virtual_time> behind(
      on,
      {{.time_s = {.median = 0.5, .sigma = 0.3}, .energy_j = {.median = 12, .sigma = 0.3}, .stalls = 0.03},
       {.time_s = {.median = 0.4, .sigma = 0.3}, .energy_j = {.median = 9, .sigma = 0.3}, .refuses = 0.12},
       {.time_s = {.median = 0.6, .sigma = 0.4}, .energy_j = {.median = 14, .sigma = 0.3}, .deaf = 0.5},
       {.time_s = {.median = 1.1, .sigma = 0.5},
        .energy_j = {.median = 40, .sigma = 0.3},
        .drags = 0.03,
        .drag = 4}},
      2026, "yes", "no");
  behind.play({{sim::fault_kind::crash, {2}, 6, 7, 1}});

  run::recorder story;
  run::metrics metrics;
  auto to_metrics = metrics.observe();
  run::progress_bar bar(graph.size());
  double next_s = 0;
  const auto see = [&](const run::event& e) {
    story(e);
    to_metrics(e);
    bar(e);
    if (e.at_s < next_s) return;
    std::printf("%s\n", bar.line(100, e.at_s).c_str());
    next_s += 5;
  };

  run::resilience how;
  how.concurrency = {2, 2, 2, 2};
  how.hedge = run::hedging{.most_extra = 0.1, .least_samples = 10};
  const run::event_executor<sim::virtual_time> execute{&on, how};
  const auto outcomes = execute(job, behind.backends(), {.try_timeout = std::chrono::seconds(4), .stand_ins = true, .replan = run::replan{assign::greedy{}}}, see);

  std::printf("%s\n\n", bar.line(100, outcomes.seconds).c_str());
  const std::string text = metrics.text();
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    const std::string line = text.substr(at, text.find('\n', at) - at);
    if (line.rfind("shoal_hedges", 0) == 0 || line.rfind("shoal_subtasks", 0) == 0)
      std::printf("%s\n", line.c_str());
  }
  if (argc > 1) {
    std::ofstream(argv[1]) << run::report_page(
        story, {.title = "160 subtasks on four models that fail", .facts = {{"simulated, seed", "2026"}}});
  }
  if (argc > 2) std::ofstream(argv[2]) << run::timeline_svg(story);
  return outcomes.complete() ? 0 : 1;
}
