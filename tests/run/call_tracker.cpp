// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/call_tracker.hpp"

#include "catch.hpp"
#include "run/support.hpp"
#include "run/told.hpp"
#include "shoal/run/call_counts.hpp"

using namespace shoal;
using run::call_origin;
using run::event;
using run::event_kind;

TEST_CASE("a call is known by its subtask and its model, and waited since it was queued", "[run]") {
  run::call_tracker calls;
  CHECK(!calls({.kind = event_kind::queued, .subtask = 3, .model = 1, .attempt = 1, .at_s = 1}));
  CHECK(calls.waiting() == 1);
  const auto first = calls({.kind = event_kind::started, .subtask = 3, .model = 1, .attempt = 1, .at_s = 2});
  REQUIRE(first);
  CHECK(first->number == 0);
  CHECK(first->queued_at_s == 1);
  CHECK(first->started_at_s == 2);
  CHECK(first->origin == call_origin::planned);
  CHECK(calls.waiting() == 0);
  const auto beside = calls({.kind = event_kind::started, .subtask = 3, .model = 2, .attempt = 1, .at_s = 2});
  REQUIRE(beside);
  CHECK(beside->number == 1);
  CHECK(beside->queued_at_s == 2);
  CHECK(calls.running() == 2);
  const auto ended = calls({.kind = event_kind::failed, .subtask = 3, .model = 1, .attempt = 2, .at_s = 5});
  REQUIRE(ended);  // whatever its attempt says: no other call of this model runs
  CHECK(ended->number == 0);
  CHECK(!calls({.kind = event_kind::answered, .subtask = 3, .model = 1, .attempt = 1, .at_s = 6}));
  CHECK(!calls({.kind = event_kind::answered, .subtask = 4, .model = 2, .attempt = 1, .at_s = 6}));
  CHECK(calls.running() == 1);
  CHECK(calls.begun() == 2);
}

TEST_CASE("why a call was made is what was announced before it", "[run]") {
  run::call_tracker calls;
  const auto origin = [&](event_kind announced, std::size_t announced_for, std::size_t model) {
    calls({.kind = announced, .model = announced_for});
    const call_origin out = calls({.kind = event_kind::started, .model = model})->origin;
    calls({.kind = event_kind::failed, .model = model});
    return out;
  };
  CHECK(origin(event_kind::retried, 1, 1) == call_origin::retry);
  CHECK(origin(event_kind::hedged, 2, 2) == call_origin::hedge);
  CHECK(origin(event_kind::reassigned, 3, 3) == call_origin::reassigned);
  CHECK(origin(event_kind::started, 4, 5) == call_origin::planned);
  CHECK(origin(event_kind::retried, 6, 7) == call_origin::retry);  // the model was busy: another one
  CHECK(origin(event_kind::hedged, run::no_model, 8) == call_origin::hedge);
  CHECK(calls({.kind = event_kind::started, .subtask = 5, .model = 1, .attempt = 1})->origin ==
        call_origin::planned);
  CHECK(calls({.kind = event_kind::started, .subtask = 5, .model = 2, .attempt = 2})->origin ==
        call_origin::reassigned);
  // Announced, then queued: it is what was announced, and waits from when it was queued.
  calls({.kind = event_kind::hedged, .model = 9, .at_s = 1});
  calls({.kind = event_kind::queued, .model = 9, .at_s = 2});
  CHECK(calls.waiting() == 1);
  const auto call = calls({.kind = event_kind::started, .model = 9, .at_s = 4});
  CHECK(call->origin == call_origin::hedge);
  CHECK(call->queued_at_s == 2);
}

TEST_CASE("who leaves a queue without a call waits no longer", "[run]") {
  for (const event_kind leaves : {event_kind::shed, event_kind::cancelled, event_kind::failed,
                                  event_kind::finished, event_kind::gave_up}) {
    INFO(name_of(leaves));
    run::call_tracker calls;
    calls({.kind = event_kind::queued, .subtask = 1, .model = 2});
    calls({.kind = event_kind::queued, .subtask = 1, .model = 2});  // told twice
    calls({.kind = event_kind::queued, .subtask = 2, .model = 2});
    CHECK(calls.waiting() == 2);
    CHECK(!calls({.kind = leaves, .subtask = 1, .model = 2}));
    CHECK(calls.waiting() == 1);
    CHECK(calls.running() == 0);
  }
}

TEST_CASE("a new plan of a subtask takes it out of the queues of the old one", "[run]") {
  run::call_tracker calls;
  calls({.kind = event_kind::queued, .subtask = 1, .model = 1, .at_s = 1});
  calls({.kind = event_kind::queued, .subtask = 1, .model = 2, .at_s = 1});
  calls({.kind = event_kind::queued, .subtask = 2, .model = 1, .at_s = 1});
  calls({.kind = event_kind::reassigned, .subtask = 1, .model = 3, .at_s = 2});
  calls({.kind = event_kind::reassigned, .subtask = 1, .model = 4, .at_s = 2});
  CHECK(calls.waiting() == 1);
  calls({.kind = event_kind::queued, .subtask = 1, .model = 3, .at_s = 2});
  calls({.kind = event_kind::queued, .subtask = 1, .model = 4, .at_s = 2});
  CHECK(calls.waiting() == 3);
  const auto third = calls({.kind = event_kind::started, .subtask = 1, .model = 3, .at_s = 5});
  CHECK(third->origin == call_origin::reassigned);
  CHECK(third->queued_at_s == 2);
  CHECK(calls({.kind = event_kind::started, .subtask = 1, .model = 4, .at_s = 5})->origin ==
        call_origin::reassigned);
  CHECK(calls.waiting() == 1);
}

TEST_CASE("any sequence of events leaves as many calls as began and did not end", "[run]") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const told::story s = told::nonsense(seed, 300);
    run::call_tracker calls;
    run::call_counts counts;
    std::size_t began = 0;
    std::size_t ended = 0;
    for (const event& e : s.events) {
      const auto call = calls(e);
      counts(e);
      if (e.kind == event_kind::started) {
        REQUIRE(call);
        CHECK(call->number == began);
        CHECK(call->model == e.model);
        ++began;
      } else if (call) {
        CHECK(call->model == e.model);
        ++ended;
      }
      REQUIRE(calls.running() == began - ended);
      REQUIRE(calls.waiting() <= counts.queued);
    }
    CHECK(counts.started == began);
    CHECK(ended <= counts.answered + counts.failed() + counts.cancelled);
    CHECK(counts.used.energy_j >= 0);
  }
}

TEST_CASE("in real runs every call ends, and nothing waits at the end", "[run]") {
  const auto f = support::models(3);
  const run::job j = support::job_in_turn(f, support::graph(12, {{0, 5}, {1, 5}, {5, 9}}));
  const auto backends = support::all_models(3, [](const infer::request<>& r) -> std::string {
    if (r.model == "m1" && r.attempt == 1) throw infer::failure(infer::failure_kind::refused, "no");
    return "yes";
  });
  support::with_both([&](const auto& executor) {
    run::call_tracker calls;
    run::call_counts counts;
    const auto out = executor(j, backends, {}, [&](const event& e) {
      calls(e);
      counts(e);
    });
    CHECK(calls.begun() == out.calls);
    CHECK(calls.running() == 0);
    CHECK(calls.waiting() == 0);
    CHECK(counts.started == out.calls);
    CHECK(counts.answered + counts.failed() == out.calls);
    CHECK(counts.finished + counts.gave_up == j.graph.size());
    CHECK(counts.used.energy_j == Approx(out.used.energy_j));
  });
}
