// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/membership.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "run/played_model.hpp"
#include "run/support.hpp"
#include "shoal/core/random.hpp"
#include "shoal/infer/deadline.hpp"
#include "shoal/run/event_executor.hpp"
#include "shoal/run/replan.hpp"
#include "shoal/run/thread_pool_executor.hpp"
#include "shoal/sim/virtual_time.hpp"

namespace {

using namespace shoal;
using namespace shoal::run;
using played::answers;
using played::deed;
using played::stalls;
using support::graph;
using support::job_in_turn;
using support::job_of;
using support::models;
using support::slow_exact;
using support::story;

/// Played models on virtual time whose fleet is watched.
struct watched {
  sim::virtual_time on{};
  membership fleet;
  std::vector<std::shared_ptr<played::model::state>> played{};
  time_point start = on.now();
  story seen{};

  explicit watched(const health_options& o = {}) : fleet(o) {}

  void add(std::function<deed(std::size_t)> script) {
    played.push_back(std::make_shared<played::model::state>(played::model::state{on, std::move(script)}));
  }
  time_point at(double s) const { return later(start, s); }
  /// The model is heard every 250 ms.
  void beats(std::size_t i, double from_s, double until_s, std::size_t observer = 0) {
    for (double s = from_s; s < until_s; s += 0.25) {
      on.at(at(s), [this, i, observer] { fleet.beat(i, observer); });
    }
  }
  outcomes<std::string> run(const job& j, options o = {}, resilience how = resilience::none()) {
    infer::async_backends<> backends;
    for (const auto& p : played) backends.emplace_back(played::model{p});
    return event_executor<sim::virtual_time>{&on, std::move(how), {}, &fleet}(j, std::move(backends), o, seen);
  }
  /// When the first event of its kind at a model came, seconds since the start.
  std::optional<double> when(event_kind kind, std::size_t model) const {
    for (const event& e : seen.events) {
      if (e.kind == kind && e.model == model) return e.at_s;
    }
    return std::nullopt;
  }
  std::size_t begun_after(std::size_t model, double s) const {
    std::size_t out = 0;
    for (const event& e : seen.events) {
      out += e.kind == event_kind::started && e.model == model && e.at_s > s;
    }
    return out;
  }
};

}  // namespace

TEST_CASE("a model that falls silent in the middle of a run is dead within a second, and its work is planned anew",
          "[run]") {
  watched w;
  w.add([](std::size_t n) { return n < 2 ? answers(1) : stalls(); });
  w.add([](std::size_t) { return answers(1); });
  w.add([](std::size_t) { return answers(1); });
  for (std::size_t i = 0; i < 3; ++i) w.fleet.join(i);
  w.beats(0, 0.25, 2.1);  // it hangs from second 2 on
  w.beats(1, 0.25, 100);
  w.beats(2, 0.25, 100);
  const job j = job_of(models(3), graph(6));  // all on the first, which is the best
  const auto out = w.run(j, {.replan = replan{slow_exact{}}});
  CHECK(out.complete());
  const auto dead = w.when(event_kind::model_dead, 0);
  REQUIRE(dead);
  CHECK(*dead > 2.0);
  CHECK(*dead < 3.0);  // its last beat came at 2
  CHECK(w.begun_after(0, *dead) == 0);
  CHECK(w.played[0]->cancelled == 1);
  CHECK(out.subtasks[2].failures.size() == 1);
  for (std::size_t k = 3; k < 6; ++k) CHECK(out.subtasks[k].failures.empty());  // they moved, unasked
  // Solved anew as one: the second model is the best of what is left.
  for (std::size_t k = 2; k < 6; ++k) CHECK(out.subtasks[k].answers.at(0).source == "m1");
  CHECK(out.seconds == Approx(*dead + 4));
  CHECK(w.seen.flaw(j, out) == "");
}

TEST_CASE("a model that nobody said anything of is taken as it is", "[run]") {
  watched w;
  w.add([](std::size_t) { return answers(50); });
  w.add([](std::size_t) { return answers(1); });
  w.fleet.join(1);
  w.beats(1, 0.25, 100);
  const job j = job_of(models(2), graph(2));
  const auto out = w.run(j, {.replan = replan{slow_exact{}}});
  CHECK(out.complete());
  CHECK(w.played[0]->calls == 2);
  CHECK(w.seen.count(event_kind::model_dead) == 0);
  CHECK(out.seconds == Approx(100));
}

TEST_CASE("a model that drains in the middle of a run finishes what it runs and gets nothing new", "[run]") {
  watched w;
  w.add([](std::size_t) { return answers(2); });
  w.add([](std::size_t) { return answers(2); });
  w.on.at(w.at(3), [&] { w.fleet.drain(0); });
  const job j = job_of(models(2), graph(4));
  const auto out = w.run(j, {.replan = replan{slow_exact{}}});
  CHECK(out.complete());
  CHECK(w.played[0]->calls == 2);
  CHECK(w.played[0]->cancelled == 0);
  CHECK(out.subtasks[1].answers.at(0).source == "m0");
  CHECK(out.subtasks[2].answers.at(0).source == "m1");
  CHECK(out.subtasks[3].answers.at(0).source == "m1");
  CHECK(w.seen.count(event_kind::failed) == 0);
  CHECK(out.seconds == Approx(7));  // the second begins at 3
}

TEST_CASE("a model that joins in the middle of a run takes what it is best for", "[run]") {
  watched w;
  w.add([](std::size_t) { return answers(1); });
  w.add([](std::size_t) { return answers(1); });
  w.fleet.leave(0);
  w.on.at(w.at(2.5), [&] { w.fleet.join(0); });
  w.beats(0, 2.75, 100);
  const job j = job_of(models(2), graph(6));  // planned for the one that is not there
  const auto out = w.run(j, {.replan = replan{slow_exact{}}});
  CHECK(out.complete());
  CHECK(w.played[1]->calls == 3);
  CHECK(w.played[0]->calls == 3);
  CHECK(w.when(event_kind::model_dead, 0) == 0.0);
  CHECK(w.when(event_kind::model_back, 0) == 2.5);
  for (const auto& s : out.subtasks) CHECK(s.failures.empty());
  CHECK(w.seen.flaw(j, out) == "");
}

TEST_CASE("a model that is heard again works again, in the same run", "[run]") {
  watched w;
  w.add([](std::size_t) { return answers(1); });
  w.add([](std::size_t) { return answers(1); });
  for (std::size_t i = 0; i < 2; ++i) w.fleet.join(i);
  w.beats(0, 0.25, 2.1);
  w.beats(0, 6, 100);
  w.beats(1, 0.25, 100);
  const auto out = w.run(job_of(models(2), graph(12)), {.replan = replan{slow_exact{}}});
  CHECK(out.complete());
  CHECK(w.when(event_kind::model_back, 0) == 6.0);
  CHECK(w.begun_after(0, 6) > 0);
}

TEST_CASE("one of two observers that goes deaf buries no model of a run", "[run]") {
  watched w({.observers = 2});
  w.add([](std::size_t) { return answers(1); });
  w.add([](std::size_t) { return answers(1); });
  for (std::size_t i = 0; i < 2; ++i) {
    w.fleet.join(i);
    w.beats(i, 0.25, 100, 0);
    w.beats(i, 0.25, 2, 1);
  }
  const auto out = w.run(job_in_turn(models(2), graph(10)));
  CHECK(out.complete());
  CHECK(w.seen.count(event_kind::model_dead) == 0);
}

TEST_CASE("when the whole fleet leaves, every subtask ends with a reason", "[run]") {
  for (const bool replans : {false, true}) {
    watched w;
    w.add([](std::size_t) { return answers(1); });
    w.add([](std::size_t) { return answers(1); });
    w.on.at(w.at(1.5), [&] {
      w.fleet.leave(0);
      w.fleet.leave(1);
    });
    const job j = job_in_turn(models(2), graph(8));
    options o;
    if (replans) o.replan = replan{slow_exact{}};
    const auto out = w.run(j, o);
    CHECK_FALSE(out.complete());
    for (const auto& s : out.subtasks) CHECK((s || !s.why.empty()));
  }
}

TEST_CASE("whoever comes and goes, nothing is lost, and nothing is asked of a model that is not there", "[run]") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    random_engine engine(seed);
    watched w;
    const std::size_t count = 2 + uniform_below(engine, 4);
    for (std::size_t i = 0; i < count; ++i) {
      w.add([&](std::size_t) { return answers(0.1 + uniform_01(engine)); });
    }
    std::vector<bool> there(count, true);
    for (int n = 0; n < 12; ++n) {
      const std::size_t i = uniform_below(engine, count - 1);  // the last one stays
      w.on.at(w.at(6 * uniform_01(engine)), [&, i, what = uniform_below(engine, 3)] {
        if (what == 0) w.fleet.join(i);
        if (what == 1) w.fleet.drain(i);
        if (what == 2) w.fleet.leave(i);
      });
      w.beats(i, 0.25 * uniform_01(engine), 8 * uniform_01(engine));
    }
    task_graph g;
    for (std::size_t k = 0; k < 6; ++k) {
      g.add({.name = "s" + std::to_string(k)});
      if (k > 0 && uniform_below(engine, 2) == 0) g.connect(uniform_below(engine, k), k);
    }
    const job j = job_of(models(count), std::move(g));
    const bool stand_ins = uniform_below(engine, 2) == 0;
    const auto out =
        w.run(j, {.attempts = 50, .stand_ins = stand_ins, .replan = replan{slow_exact{}}},
              uniform_below(engine, 2) == 0 ? resilience{} : resilience::none());
    CHECK(out.complete());
    CHECK(w.seen.flaw(j, out) == "");
    std::vector<bool> dead(count);
    for (const event& e : w.seen.events) {
      if (e.kind == event_kind::model_dead) dead[e.model] = true;
      if (e.kind == event_kind::model_back) dead[e.model] = false;
      if (e.kind == event_kind::started && dead[e.model]) FAIL_CHECK("a dead model was asked");
    }
  }
}

TEST_CASE("heartbeats come from other threads while a pool works", "[run]") {
  // The first model hangs until it is told to stop: it must be found by its silence, nothing else ends it.
  membership fleet({}, fixed_timeout(0.05));
  fleet.join(0);
  infer::backends<> backends;
  backends.emplace_back(infer::function_backend{[](const infer::request<>& r, std::stop_token stop) {
    infer::wait_until(time_point::max(), r, stop);
    return std::string("never");
  }});
  backends.emplace_back(
      infer::function_backend{[](const infer::request<>& r) { return "by " + r.model; }});
  const std::jthread others([&](std::stop_token stop) {
    while (!stop.stop_requested()) fleet.beat(1);
  });
  thread_pool_executor execute;
  execute.members = &fleet;
  story seen;
  const job j = job_of(models(2), graph(4));
  const auto out = execute(j, backends, {.replan = replan{slow_exact{}}}, seen);
  CHECK(out.complete());
  CHECK(seen.count(event_kind::model_dead) == 1);
  for (const auto& s : out.subtasks) CHECK(s.value == "by m1");
  CHECK(seen.flaw(j, out) == "");
}

TEST_CASE("two runs at once hear the same of their fleet", "[run]") {
  membership fleet;
  fleet.leave(0);
  const auto work = [&] {
    thread_pool_executor execute;
    execute.members = &fleet;
    return execute(job_of(models(2), graph(50)),
                   support::all_models(2, [](const infer::request<>& r) { return r.model; }),
                   {.replan = replan{slow_exact{}}});
  };
  outcomes<std::string> other;
  std::jthread second([&] { other = work(); });
  const auto one = work();
  second.join();
  CHECK(one.complete());
  CHECK(other.complete());
  for (std::size_t k = 0; k < 50; ++k) {
    CHECK(one.subtasks[k].value == "m1");
    CHECK(other.subtasks[k].value == "m1");
  }
}

TEST_CASE("a fleet's options are refused at the door", "[run]") {
  CHECK_THROWS_AS(membership({.observers = 0}), invalid_argument);
  membership fleet({.observers = 2});
  try {
    fleet.beat(0, 2);
    FAIL("not refused");
  } catch (const invalid_argument& e) {
    CHECK(e.what() == std::string("membership: observer 2 is not < 2"));
  }
}
