// SPDX-License-Identifier: BSL-1.0
/// @file Observers of the event-driven runtime, on virtual time, against models that fail in every way.
#include <cstdint>
#include <string>
#include <vector>

#include "catch.hpp"
#include "run/support.hpp"
#include "shoal/assign/greedy.hpp"
#include "shoal/core/xml.hpp"
#include "shoal/run/call_tracker.hpp"
#include "shoal/run/event_executor.hpp"
#include "shoal/run/prometheus.hpp"
#include "shoal/run/recorder.hpp"
#include "shoal/run/replan.hpp"
#include "shoal/run/report_page.hpp"
#include "shoal/sim/fleet.hpp"
#include "shoal/sim/virtual_time.hpp"

using namespace shoal;
using run::event_kind;

TEST_CASE("observers of the runtime see every call begin, wait and end as it did", "[run]") {
  std::uint64_t hedges = 0;
  std::uint64_t retries = 0;
  std::uint64_t late = 0;
  std::uint64_t opened = 0;
  std::size_t waited = 0;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    INFO("seed " << seed);
    const auto f = support::models(4);
    const run::job j = support::job_in_turn(f, support::graph(60, {{0, 30}, {1, 30}, {30, 59}}));
    sim::virtual_time on;
    sim::simulated_fleet<std::string, sim::virtual_time> fleet(
        on,
        {{.time_s = {.median = 0.3, .sigma = 0.4}, .stalls = 0.05, .deaf = 0.5},
         {.time_s = {.median = 0.3, .sigma = 0.4}, .refuses = 0.3},
         {.time_s = {.median = 0.3, .sigma = 0.4}, .drags = 0.1, .drag = 12, .deaf = 1},
         {.time_s = {.median = 0.3, .sigma = 0.4}}},
        seed, "yes", "no");
    fleet.play({{sim::fault_kind::crash, {3}, 1, 1.5, 1}});
    run::resilience how;
    how.hedge = run::hedging{.quantile = 0.8, .most_extra = 0.2, .least_samples = 3};
    how.breaker = run::breaker_options{.in_a_row = 3, .open_s = 0.5};

    run::call_tracker calls;
    run::recorder story;
    run::metrics metrics;
    auto to_metrics = metrics.observe();
    const auto see = [&](const run::event& e) {
      const bool begins = e.kind == event_kind::started;
      const bool ends =
          e.kind == event_kind::answered || e.kind == event_kind::failed || e.kind == event_kind::cancelled;
      const std::size_t running = calls.running();
      const auto call = calls(e);
      if (begins) CHECK(call);
      if (call && ends) CHECK(calls.running() + 1 == running);
      story(e);
      to_metrics(e);
    };
    const run::event_executor<sim::virtual_time> execute{&on, how};
    const auto out = execute(j, fleet.backends(),
                             {.try_timeout = std::chrono::seconds(2),
                              .stand_ins = seed % 2 == 0,
                              .replan = run::replan{assign::greedy{}}},
                             see);
    CHECK(!out.observer_error);
    CHECK(calls.begun() == out.calls);
    CHECK(calls.running() == 0);
    CHECK(calls.waiting() == 0);
    CHECK(story.calls().size() == out.calls);
    CHECK(story.counts().finished + story.counts().gave_up == j.graph.size());
    CHECK(story.counts().used.energy_j == Approx(out.used.energy_j));
    std::uint64_t kept_late = 0;
    for (const run::recorded_call& c : story.calls()) {
      CHECK(c.end != run::call_end::running);
      kept_late += c.late_at_s >= 0 ? 1U : 0U;
      waited += c.started_at_s > c.queued_at_s ? 1U : 0U;
    }
    CHECK(kept_late == story.counts().late);
    const std::string page = run::report_page(story);
    static_cast<void>(parse_xml(std::string_view(page).substr(page.find('\n') + 1)));
    hedges += story.counts().hedged;
    retries += story.counts().retried;
    late += story.counts().late;
    opened += story.counts().breaker_opened;
  }
  // All of it was there to be seen.
  CHECK(hedges > 0);
  CHECK(retries > 0);
  CHECK(late > 0);
  CHECK(opened > 0);
  CHECK(waited > 0);
}
