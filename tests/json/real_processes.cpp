// SPDX-License-Identifier: BSL-1.0
/// @file Real processes that are killed and stopped while they work. SHOAL_CHAOS_SUBTASKS sets how many
/// subtasks there are; in the suite it is a thousand.
#include <cstddef>
#include <cstdlib>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/assign/problem.hpp"
#include "shoal/json/command_backend.hpp"
#include "shoal/run/event.hpp"
#include "shoal/run/job.hpp"
#include "shoal/run/thread_pool_executor.hpp"

using namespace shoal;

TEST_CASE("half of 64 real models are killed or stopped at random, and every subtask is answered once",
          "[json]") {
  const char* asked_for = std::getenv("SHOAL_CHAOS_SUBTASKS");
  const std::size_t subtasks = asked_for != nullptr ? std::strtoul(asked_for, nullptr, 10) : 1000;
  constexpr std::size_t models = 64;
  // Each answers with the name of its subtask. Those of the bad half are killed, or stopped, every other
  // time.
  const std::string answers = "sed 's/.*\"subtask\": *\"\\([^\"]*\\)\".*/{\"value\": \"\\1\"}/'";
  const std::string dies = "case $(( $$ % 4 )) in 0) kill -9 $$;; 1) kill -STOP $$;; esac; " + answers;
  fleet<> fleet_of_64;
  infer::backends<> backends;
  for (std::size_t i = 0; i < models; ++i) {
    fleet_of_64.add({.name = "m" + std::to_string(i), .energy_j = 1, .time_s = 0.01});
    json::command_backend b;
    b.command = {"sh", "-c", i % 2 == 0 ? dies : answers};
    backends.emplace_back(b);
  }
  task_graph graph;
  assign::plan plan;
  for (std::size_t k = 0; k < subtasks; ++k) {
    graph.add({.name = "part " + std::to_string(k)});
    plan.push_back({k % models});
  }
  assign::problem problem = assign::make_problem(fleet_of_64, graph);
  const run::job job =
      run::make_job(fleet_of_64, std::move(graph), std::move(problem), assign::weighted{}, std::move(plan));

  run::thread_pool_executor execute;
  execute.threads = 16;
  execute.how = run::resilience{};
  execute.how.tries = 50;
  std::vector<std::size_t> finished(subtasks);
  std::size_t failed = 0;
  std::size_t hedged = 0;
  std::size_t opened = 0;
  const auto out =
      execute(job, backends, {.try_timeout = std::chrono::duration<double>(0.5), .stand_ins = true},
              [&](const run::event& e) {
                if (e.kind == run::event_kind::finished) ++finished[e.subtask];
                failed += e.kind == run::event_kind::failed;
                hedged += e.kind == run::event_kind::hedged;
                opened += e.kind == run::event_kind::breaker_opened;
              });
  CHECK(out.complete());
  for (std::size_t k = 0; k < subtasks; ++k) {
    if (finished[k] != 1 || out.subtasks[k].value != job.graph[k].name) {
      FAIL_CHECK("subtask " << k << " finished " << finished[k] << " times, with "
                            << out.subtasks[k].value.value_or("nothing"));
    }
    REQUIRE(out.subtasks[k].answers.size() == 1);
  }
  CHECK(failed > subtasks / 100);
  if (asked_for != nullptr) {
    WARN(subtasks << " subtasks in " << out.seconds << " s, " << out.calls << " calls, " << failed
                  << " failed, " << hedged << " hedged, breakers opened " << opened << " times");
  }
}
