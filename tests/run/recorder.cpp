// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/recorder.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "run/support.hpp"
#include "run/told.hpp"

using namespace shoal;
using run::call_end;
using run::call_origin;
using run::event_kind;

namespace {

run::recorder recorded(const told::story& s, run::recorder_limits limits = {}) {
  run::recorder out(limits);
  s.tell(out);
  return out;
}

}  // namespace

TEST_CASE("a recorder keeps each call with what became of it", "[run]") {
  told::story s{{"phi", "qwen"}, {"law", "art"}, {}};
  s.add({.kind = event_kind::queued, .subtask = 0, .model = 0, .attempt = 1, .at_s = 0});
  s.add({.kind = event_kind::started, .subtask = 0, .model = 0, .attempt = 1, .at_s = 1});
  s.add({.kind = event_kind::failed,
         .subtask = 0,
         .model = 0,
         .attempt = 1,
         .at_s = 2,
         .failure = infer::failure_kind::timeout,
         .text = "no answer within 1 s"});
  s.add({.kind = event_kind::reassigned, .subtask = 0, .model = 1, .attempt = 2, .at_s = 2});
  s.add({.kind = event_kind::started, .subtask = 0, .model = 1, .attempt = 2, .at_s = 2.5});
  s.add({.kind = event_kind::late, .subtask = 0, .model = 0, .attempt = 1, .at_s = 3});
  s.add({.kind = event_kind::answered,
         .subtask = 0,
         .model = 1,
         .attempt = 2,
         .at_s = 4,
         .used = {7, 2, 1.5, 3}});
  s.add({.kind = event_kind::finished, .subtask = 0, .at_s = 4});
  s.add({.kind = event_kind::started, .subtask = 1, .model = 1, .attempt = 1, .at_s = 5});
  s.add({.kind = event_kind::gave_up, .subtask = 1, .at_s = 6, .text = "the run was cancelled"});
  const run::recorder r = recorded(s);
  REQUIRE(r.calls().size() == 3);
  const run::recorded_call& first = r.calls()[0];
  CHECK(first.queued_at_s == 0);
  CHECK(first.started_at_s == 1);
  CHECK(first.ended_at_s == 2);
  CHECK(first.late_at_s == 3);
  CHECK(first.end == call_end::failed);
  CHECK(first.failure == infer::failure_kind::timeout);
  CHECK(first.text == "no answer within 1 s");
  const run::recorded_call& second = r.calls()[1];
  CHECK(second.origin == call_origin::reassigned);
  CHECK(second.end == call_end::answered);
  CHECK(second.used.energy_j == 3);
  CHECK(second.late_at_s < 0);
  CHECK(second.before == 0);
  CHECK(r.calls()[2].end == call_end::running);
  CHECK(r.seconds() == 6);
  CHECK(r.models()[0].first[0].text == "no answer within 1 s");
  CHECK(r.models()[0].first[0].subtask == "law");
  CHECK(r.models()[1].counts.answered == 1);
  CHECK(r.counts().started == 3);
  CHECK(r.subtasks()[0].how == run::recorded_subtask::state::answered);
  CHECK(r.subtasks()[1].how == run::recorded_subtask::state::given_up);
  CHECK(r.subtasks()[1].why == "the run was cancelled");
}

TEST_CASE("an outage lasts from its beginning to its end, however often it is told", "[run]") {
  told::story s{{"phi"}, {}, {}};
  const auto about = [&](event_kind kind, double at_s) {
    s.add({.kind = kind, .subtask = run::no_subtask, .model = 0, .at_s = at_s});
  };
  about(event_kind::breaker_closed, 0.5);
  about(event_kind::breaker_opened, 1);
  about(event_kind::breaker_opened, 2);
  about(event_kind::model_dead, 3);
  about(event_kind::breaker_closed, 4);
  about(event_kind::breaker_closed, 5);
  about(event_kind::breaker_opened, 6);
  const run::recorder r = recorded(s);
  const auto& outages = r.models()[0].outages;
  REQUIRE(outages.size() == 3);
  CHECK(outages[0].from_s == 1);
  CHECK(outages[0].to_s == 4);
  CHECK(outages[1].why == run::recorded_outage::cause::dead);
  CHECK(std::isinf(outages[1].to_s));
  CHECK(outages[2].from_s == 6);
  CHECK(std::isinf(outages[2].to_s));
}

TEST_CASE("a recorder keeps no more than its limits, counts all the same, and says what is missing",
          "[run]") {
  const told::story s = told::made_up(3, 4, 200);
  const run::recorder all = recorded(s);
  const run::recorder some = recorded(s, {.calls = 20, .subtasks = 30, .models = 2, .text = 4});
  CHECK(all.dropped_calls() == 0);
  CHECK(some.calls().size() == 20);
  CHECK(some.dropped_calls() == all.calls().size() - 20);
  CHECK(some.subtasks().size() == 30);
  CHECK(some.dropped_subtask_ends() == 170);
  CHECK(some.models().size() == 2);
  CHECK(some.counts().started == all.counts().started);
  CHECK(some.counts().used == all.counts().used);
  CHECK(some.models()[0].counts.started == all.models()[0].counts.started);
  CHECK(some.subtasks()[9].name == "part...");
  for (std::size_t c = 0; c < 20; ++c) {
    CHECK(some.calls()[c].started_at_s == all.calls()[c].started_at_s);
    CHECK(some.calls()[c].ended_at_s == all.calls()[c].ended_at_s);
  }
}

TEST_CASE("a recorder's times are finite and in order, whatever events come", "[run]") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const run::recorder r = recorded(told::nonsense(seed, 400), {.calls = 100});
    CHECK(std::isfinite(r.seconds()));
    for (const run::recorded_call& c : r.calls()) {
      CHECK(c.queued_at_s >= 0);
      CHECK(c.started_at_s >= c.queued_at_s);
      CHECK(c.ended_at_s >= c.started_at_s);
      CHECK(c.ended_at_s <= r.seconds());
      if (c.late_at_s >= 0) CHECK(c.late_at_s >= c.ended_at_s);
    }
  }
}

TEST_CASE("a recorded run has the calls and the failures of its outcomes", "[run]") {
  const auto f = support::models(3);
  const run::job j = support::job_in_turn(f, support::graph(12, {{0, 5}, {1, 5}, {5, 9}}));
  const auto backends = support::all_models(3, [](const infer::request<>& r) -> std::string {
    if (r.model == "m1") throw infer::failure(infer::failure_kind::bad_answer, "nonsense");
    return "yes";
  });
  support::with_both([&](const auto& executor) {
    run::recorder r;
    const auto out = executor(j, backends, {}, r);
    REQUIRE(r.calls().size() == out.calls);
    std::vector<std::size_t> failed(j.graph.size());
    for (const run::recorded_call& c : r.calls()) {
      CHECK(c.end != call_end::running);
      if (c.end == call_end::failed) ++failed[c.subtask];
    }
    for (std::size_t k = 0; k < j.graph.size(); ++k) {
      CHECK(r.subtasks()[k].name == j.graph[k].name);
      CHECK(failed[k] == out.subtasks[k].failures.size());
      CHECK((r.subtasks()[k].how == run::recorded_subtask::state::answered) ==
            static_cast<bool>(out.subtasks[k]));
    }
    CHECK(r.counts().used.energy_j == Approx(out.used.energy_j));
  });
}
