// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/event_executor.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "run/journals.hpp"
#include "run/played_model.hpp"
#include "run/support.hpp"
#include "shoal/assign/exact.hpp"
#include "shoal/run/event_loop.hpp"
#include "shoal/run/job_digest.hpp"
#include "shoal/run/journal_file.hpp"
#include "shoal/run/journal_keeper.hpp"
#include "shoal/run/replan.hpp"
#include "shoal/sim/virtual_time.hpp"

namespace {

using namespace shoal;
using namespace shoal::run;
using played::answers;
using played::deed;
using played::fails;
using played::stalls;
using support::graph;
using support::job_of;
using support::models;
using support::slow_exact;
using support::story;

/// Played models, and an executor on virtual time.
struct stage {
  sim::virtual_time on{};
  std::vector<std::shared_ptr<played::model::state>> played{};
  time_point start = on.now();

  void add(std::function<deed(std::size_t)> script) {
    played.push_back(std::make_shared<played::model::state>(played::model::state{on, std::move(script)}));
  }
  infer::async_backends<> backends() {
    infer::async_backends<> out;
    for (const auto& p : played) out.emplace_back(played::model{p});
    return out;
  }
  auto executor(resilience how = resilience::none()) {
    return event_executor<sim::virtual_time>{&on, std::move(how)};
  }
  double now_s() const { return seconds_between(start, on.now()); }
};

resilience wide(std::size_t models) {
  resilience how = resilience::none();
  how.concurrency.assign(models, 100);
  return how;
}

}  // namespace

TEST_CASE("a chain takes as long as its links, a fan-out as long as its longest", "[run]") {
  stage s;
  s.add([](std::size_t) { return answers(1); });
  s.add([](std::size_t) { return answers(2); });
  const auto chain = s.executor()(job_of(models(2), graph(3, {{0, 1}, {1, 2}})), s.backends());
  CHECK(chain.complete());
  CHECK(chain.seconds == Approx(3));
  job j = job_of(models(2), graph(4, {{0, 3}, {1, 3}, {2, 3}}));
  j.plan = {{0}, {1}, {0}, {0}};
  const auto fan = s.executor(wide(2))(j, s.backends());
  CHECK(fan.complete());
  CHECK(fan.seconds == Approx(3));
}

TEST_CASE("on virtual time a deadline ends a run that would last for ever", "[run]") {
  stage s;
  s.add([](std::size_t) { return stalls(); });
  story seen;
  const job j = job_of(models(1), graph(2, {{0, 1}}));
  const auto out = s.executor()(j, s.backends(), {.deadline = later(s.on.now(), 7)}, seen);
  CHECK(out.subtasks[0].end == ending::deadline);
  CHECK(out.subtasks[1].end == ending::deadline);
  CHECK(out.seconds == Approx(7));
  CHECK(seen.flaw(j, out).empty());
}

TEST_CASE("a stop request ends a run on virtual time", "[run]") {
  stage s;
  s.add([](std::size_t) { return stalls(); });
  std::stop_source stop;
  s.on.at(later(s.on.now(), 3), [&] { stop.request_stop(); });
  const auto out = s.executor()(job_of(models(1), graph(1)), s.backends(), {.stop = stop.get_token()});
  CHECK(out.subtasks[0].end == ending::cancelled);
  CHECK(out.seconds == Approx(3));
  CHECK(s.played[0]->cancelled == 1);
}

TEST_CASE("a model that stands in answers in place of the plan's, and is named", "[run]") {
  stage s;
  s.add([](std::size_t) { return fails(1); });
  s.add([](std::size_t) { return answers(1); });
  s.add([](std::size_t) { return answers(1); });
  resilience how = resilience::none();
  how.tries = 2;
  story seen;
  const job j = job_of(models(3), graph(1));
  const auto out = s.executor(how)(j, s.backends(), {.stand_ins = true}, seen);
  REQUIRE(out.complete());
  CHECK(out.subtasks[0].answers.at(0).source == "m1");  // the next best
  CHECK(out.subtasks[0].answers.at(0).used.energy_j == 2);
  CHECK(out.subtasks[0].failures.size() == 1);
  CHECK(out.reassigned == 0);
  CHECK(out.spent.energy_j == Approx(1 + 2));
  CHECK(seen.flaw(j, out).empty());
}

TEST_CASE("stand-ins keep the quality that the plan was made for", "[run]") {
  stage s;
  s.add([](std::size_t) { return fails(1); });
  s.add([](std::size_t) { return answers(1); });
  s.add([](std::size_t) { return answers(1); });
  job j = job_of(models(3), graph(1));
  j.problem.compatibility.col(0) << 0.8, 0.5, 0.9;
  j.problem.require = {assign::quality_rule::mean, 0.7};
  resilience how = resilience::none();
  how.tries = 3;
  const auto out = s.executor(how)(j, s.backends(), {.stand_ins = true});
  REQUIRE(out.complete());
  CHECK(out.subtasks[0].answers.at(0).source == "m2");
  CHECK(s.played[1]->calls == 0);
}

TEST_CASE("replicas never share a model, whoever stands in", "[run]") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    random_engine engine(seed);
    stage s;
    for (int i = 0; i < 4; ++i) {
      s.add([&](std::size_t) {
        return uniform_01(engine) < 0.4 ? fails(uniform_01(engine)) : answers(uniform_01(engine));
      });
    }
    task_graph g;
    for (int k = 0; k < 5; ++k) {
      g.add({.name = "s" + std::to_string(k), .replicas = 1 + uniform_below(engine, 3)});
      if (k > 0 && uniform_below(engine, 2) == 0)
        g.connect(static_cast<std::size_t>(k) - 1, static_cast<std::size_t>(k));
    }
    const job j = job_of(models(4), g);
    resilience how;
    how.seed = seed;
    how.tries = 1 + uniform_below(engine, 4);
    how.concurrency.assign(4, 1 + uniform_below(engine, 3));
    story seen;
    const auto out =
        s.executor(how)(j, s.backends(), {.stand_ins = true, .replan = replan{slow_exact{}}}, seen);
    REQUIRE(seen.flaw(j, out) == "");
    for (const auto& o : out.subtasks) {
      std::set<std::string> sources;
      for (const answer<>& a : o.answers) REQUIRE(sources.insert(a.source).second);
    }
  }
}

TEST_CASE("a run stops where its budget ends", "[run]") {
  stage s;
  s.add([](std::size_t) { return answers(1); });
  const job j = job_of(models(1), graph(10));  // one joule each
  const auto out = s.executor(wide(1))(j, s.backends(), {.spend = {.energy_j = 4}});
  CHECK(out.spent.energy_j == Approx(4));
  CHECK(s.played[0]->calls == 4);
  for (std::size_t k = 0; k < 10; ++k) {
    CHECK(out.subtasks[k].end == (k < 4 ? ending::answered : ending::budget));
    if (k >= 4) CHECK(out.subtasks[k].why == "the budget is used up");
  }
}

TEST_CASE("a run that may degrade goes on with the model that needs the least energy", "[run]") {
  stage s;
  s.add([](std::size_t) { return answers(1); });
  s.add([](std::size_t) { return answers(1); });
  job j = job_of(models(2), graph(6));
  for (auto& p : j.plan) p = {1};  // the dear one
  const auto out = s.executor()(j, s.backends(), {.spend = {.energy_j = 5, .then = over_budget::degrade}});
  CHECK(out.complete());
  CHECK(s.played[0]->calls > 0);
}

TEST_CASE("money is counted by the user's prices", "[run]") {
  stage s;
  s.add([](std::size_t) { return answers(1); });
  const auto out = s.executor()(job_of(models(1), graph(3)), s.backends(),
                                {.price = [](std::size_t, const usage&) { return 0.25; }});
  CHECK(out.spent.money == Approx(0.75));
}

TEST_CASE("what has not started moves away from a model that turns out to be slow", "[run]") {
  stage s;
  s.add([](std::size_t) { return answers(30); });  // the plan took it for one second
  s.add([](std::size_t) { return answers(2); });
  const job j = job_of(models(2), graph(40));
  const auto out = s.executor()(j, s.backends(), {.adapt = true, .replan = replan{assign::exact{}}});
  CHECK(out.complete());
  CHECK(s.played[0]->calls <= 10);
  CHECK(s.played[1]->calls >= 30);
  CHECK(out.reassigned == 0);  // nothing failed
}

TEST_CASE("a killed run goes on where its journal ends", "[run]") {
  const std::string path = "event_executor_resume.journal";
  const job j = job_of(models(2), graph(6, {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}}));
  const std::uint64_t digest = job_digest(j.graph, j.models);
  for (std::size_t stop_after = 0; stop_after <= 6; ++stop_after) {
    CAPTURE(stop_after);
    std::remove(path.c_str());
    std::map<std::string, std::size_t> asked;  // subtask, by both runs
    std::vector<std::string> keys;
    {
      stage s;
      s.add([](std::size_t) { return answers(1); });
      s.add([](std::size_t) { return answers(1); });
      journal_keeper keep(journal_writer(journal_file(path), digest, "run-7", sync_policy::never()),
                          j.graph.size(), 2);
      std::stop_source stop;
      s.on.at(later(s.on.now(), 0.5 + static_cast<double>(stop_after)), [&] { stop.request_stop(); });
      s.executor()(j, s.backends(), {.run_id = keep.run_id(), .stop = stop.get_token()}, no_observer{},
                   first_answer{}, keep);
      for (const auto& r : s.played[0]->asked) {
        ++asked[r.subtask];
        keys.push_back(r.idempotency_key);
      }
    }
    stage s;
    s.add([](std::size_t) { return answers(1); });
    s.add([](std::size_t) { return answers(1); });
    journal_keeper keep(journal_writer(journal_file(path), digest, "another", sync_policy::never()),
                        j.graph.size(), 2);
    CHECK(keep.run_id() == "run-7");
    const auto out =
        s.executor()(j, s.backends(), {.run_id = keep.run_id()}, no_observer{}, first_answer{}, keep);
    CHECK(out.complete());
    for (std::size_t k = 0; k < 6; ++k) CHECK(out.subtasks[k].value == "m0");
    CHECK(s.played[0]->calls == 6 - stop_after);
    if (stop_after < 6) {
      // What had begun is asked again with the key that it had.
      CHECK(s.played[0]->asked[0].idempotency_key == keys.back());
      CHECK(s.played[0]->asked[0].needs.size() == (stop_after > 0 ? 1 : 0));
    }
  }
  std::remove(path.c_str());
}

TEST_CASE("a journal is synced in time while nothing is written to it", "[run]") {
  stage s;
  s.add([](std::size_t) { return answers(100); });
  const auto disk = std::make_shared<platter>();
  const job j = job_of(models(1), graph(2, {{0, 1}}));
  journal_keeper keep(basic_journal_writer<memory_disk>(memory_disk(disk), 7, "run", sync_policy::every(2)),
                      j.graph.size(), j.models.size());
  std::vector<std::size_t> unsynced;
  for (const double at_s : {1.0, 2.5, 99.0, 101.0, 102.5}) {
    s.on.at(later(s.start, at_s), [&] { unsynced.push_back(disk->bytes.size() - disk->synced.size()); });
  }
  CHECK(s.executor()(j, s.backends(), {}, no_observer{}, first_answer{}, keep).complete());
  REQUIRE(unsynced.size() == 5);
  CHECK(unsynced[0] > 0);
  CHECK(unsynced[1] == 0);
  CHECK(unsynced[2] == 0);
  CHECK(unsynced[3] > 0);
  CHECK(unsynced[4] == 0);
}

TEST_CASE("what a keeper throws ends the run", "[run]") {
  struct full_disk : no_keeper {
    std::vector<kept_answer<>> past(std::size_t) const { return {}; }
    bool done(std::size_t) const { return false; }
    void answered(std::size_t, std::size_t, std::size_t, const answer<>&, time_point) const {
      throw journal_error("no space left");
    }
  };
  stage s;
  s.add([](std::size_t) { return answers(1); });
  full_disk keep;
  CHECK_THROWS_AS(
      s.executor()(job_of(models(1), graph(1)), s.backends(), {}, no_observer{}, first_answer{}, keep),
      journal_error);
}

TEST_CASE("an event loop runs asynchronous backends without a thread", "[run]") {
  struct at_once {
    void start(const infer::request<>& r, infer::call_id, infer::completion<> done) {
      done(answer<>{.value = r.subtask});
    }
    void cancel(infer::call_id) {}
  };
  event_loop loop;
  infer::async_backends<> backends;
  backends.emplace_back(at_once{});
  const auto out =
      event_executor<event_loop>{&loop}(job_of(models(1), graph(3, {{0, 1}, {1, 2}})), std::move(backends));
  CHECK(out.complete());
  CHECK(out.subtasks[2].value == "s2");
}

TEST_CASE("a backend that drops its call is found out", "[run]") {
  struct forgetful {
    void start(const infer::request<>&, infer::call_id, infer::completion<>) {}
    void cancel(infer::call_id) {}
  };
  event_loop loop;
  infer::async_backends<> backends;
  backends.emplace_back(forgetful{});
  const auto out =
      event_executor<event_loop>{&loop, resilience::none()}(job_of(models(1), graph(1)), std::move(backends));
  CHECK(out.subtasks[0].failures.at(0).text == "the backend dropped the call");
}
