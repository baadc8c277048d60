// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/until.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "run/played_model.hpp"
#include "run/support.hpp"
#include "shoal/aggregate/vote.hpp"
#include "shoal/core/random.hpp"
#include "shoal/infer/deadline.hpp"
#include "shoal/pipeline.hpp"
#include "shoal/run/combine.hpp"
#include "shoal/run/event_executor.hpp"
#include "shoal/run/inline_executor.hpp"
#include "shoal/run/replan.hpp"
#include "shoal/run/thread_pool_executor.hpp"
#include "shoal/sim/virtual_time.hpp"

namespace {

using namespace shoal;
using namespace shoal::run;
using aggregate::count_stop;
using aggregate::exact_stop;
using aggregate::plurality;
using aggregate::until;
using support::job_of;
using support::models;
using support::slow_exact;
using support::story;

task_graph one_of(std::size_t replicas) {
  task_graph out;
  out.add({.name = "s", .replicas = replicas});
  return out;
}

/// Each model answers what it is told to, after so many seconds.
struct says {
  std::string value{};
  double after_s = 1;
};

outcomes<std::string> on_virtual_time(const job& j, const std::vector<says>& script, auto combine, story& seen,
                                      const options& o = {}) {
  sim::virtual_time on;
  struct backend {
    sim::virtual_time* on;
    says s;
    std::shared_ptr<infer::completion<>> open{};
    timer at{};
    void start(const infer::request<>&, infer::call_id, infer::completion<> done) {
      open = std::make_shared<infer::completion<>>(std::move(done));
      at = on->at(later(on->now(), s.after_s), [open = open, v = s.value] { (*open)(answer<>{.value = v}); });
    }
    void cancel(infer::call_id) {
      if (on->cancel(at)) {
        on->post([open = open] {
          (*open)(infer::failed_call{infer::failure_kind::cancelled, "told to stop", false, 0});
        });
      }
    }
  };
  infer::async_backends<> backends;
  for (const says& s : script) backends.emplace_back(backend{&on, s});
  return event_executor<sim::virtual_time>{&on, resilience::none()}(j, std::move(backends), o, seen, combine);
}

}  // namespace

TEST_CASE("an aggregator that has heard enough ends the calls that are still running", "[run]") {
  story seen;
  const job j = job_of(models(5), one_of(5));
  const auto out = on_virtual_time(j, {{"a", 1}, {"b", 2}, {"a", 3}, {"a", 4}, {"b", 100}},
                                   consensus{until{exact_stop{}}}, seen);
  REQUIRE(out.complete());
  CHECK(out.subtasks[0].value == "a");  // three to one, and one to come
  CHECK(out.subtasks[0].answers.size() == 4);
  CHECK(out.seconds == Approx(4));
  CHECK(seen.count(event_kind::cancelled) == 1);
  CHECK(seen.count(event_kind::failed) == 0);
  CHECK(seen.flaw(j, out) == "");
}

TEST_CASE("the first of several answers will do where one is asked for", "[run]") {
  story seen;
  const job j = job_of(models(3), one_of(3));
  const auto out = on_virtual_time(j, {{"slow", 9}, {"quick", 1}, {"slower", 20}},
                                   consensus{until{count_stop{1}}}, seen);
  CHECK(out.subtasks[0].value == "quick");
  CHECK(out.seconds == Approx(1));
  CHECK(seen.count(event_kind::cancelled) == 2);
}

TEST_CASE("one by one, models are asked until enough have answered", "[run]") {
  std::size_t asked = 0;
  const job j = job_of(models(7), one_of(7));
  story seen;
  const auto out = inline_executor{}(j, support::all_models(7, [&](const infer::request<>&) {
                                       ++asked;
                                       return std::string("yes");
                                     }),
                                     {}, seen, consensus{until{exact_stop{}}});
  CHECK(out.subtasks[0].value == "yes");
  CHECK(asked == 4);  // four to none, three to come
  CHECK(seen.flaw(j, out) == "");
}

TEST_CASE("weights of those to come are those of their models", "[run]") {
  fleet<> f;
  for (const double accuracy : {0.9, 0.2, 0.2}) f.add({.name = "m" + std::to_string(f.size()), .accuracy = accuracy});
  std::size_t asked = 0;
  const auto out = inline_executor{}(
      job_of(f, one_of(3)), support::all_models(3, [&](const infer::request<>&) {
        ++asked;
        return std::string("yes");
      }),
      {}, no_observer{},
      consensus{until{exact_stop{aggregate::accuracy_weight{}}, aggregate::weighted_vote{aggregate::accuracy_weight{}}}});
  CHECK(out.complete());
  CHECK(asked == 1);  // .9 against .4 to come
}

TEST_CASE("stopping exactly never changes what a vote elects, whoever fails and in whatever order they answer",
          "[run]") {
  std::size_t fewer = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    random_engine engine(seed);
    const std::size_t n = 2 + uniform_below(engine, 6);
    std::vector<says> script;
    for (std::size_t i = 0; i < n; ++i) {
      script.push_back({std::string(1, static_cast<char>('a' + uniform_below(engine, 3))), 0.1 + uniform_01(engine)});
    }
    const job j = job_of(models(n), one_of(n));
    story patient;
    story seen;
    const auto all = on_virtual_time(j, script, consensus{plurality{}}, patient);
    const auto some = on_virtual_time(j, script, consensus{until{exact_stop{}}}, seen);
    CHECK(all.subtasks[0].value == some.subtasks[0].value);
    CHECK(some.seconds <= all.seconds);
    CHECK(seen.flaw(j, some) == "");
    CHECK(some.subtasks[0].stopped_early == (some.subtasks[0].answers.size() < n));
    CHECK_FALSE(all.subtasks[0].stopped_early);
    fewer += some.subtasks[0].stopped_early;
  }
  CHECK(fewer > 50);
}

TEST_CASE("a pool lets go of a model that hangs once the others are enough", "[run]") {
  infer::backends<> backends;
  for (int i = 0; i < 3; ++i) {
    backends.emplace_back([i](const infer::request<>& r, std::stop_token stop) -> answer<> {
      if (i == 0) infer::stall(r, stop);
      return {.value = "yes"};
    });
  }
  story seen;
  const job j = job_of(models(3), one_of(3));
  const auto out = thread_pool_executor{}(j, backends, {}, seen, consensus{until{exact_stop{}}});
  CHECK(out.subtasks[0].value == "yes");
  CHECK(seen.count(event_kind::cancelled) == 1);
  CHECK(seen.flaw(j, out) == "");
}

TEST_CASE("an aggregator that cannot say whether it is enough hears everyone", "[run]") {
  struct unsure : plurality {
    bool enough(std::span<const answer<std::string>>, std::span<const answer<std::string>>) const {
      throw std::runtime_error("who knows");
    }
  };
  story seen;
  const job j = job_of(models(3), one_of(3));
  const auto out = on_virtual_time(j, {{"a", 1}, {"a", 2}, {"a", 3}}, consensus<unsure>{}, seen);
  CHECK(out.subtasks[0].answers.size() == 3);
}

TEST_CASE("subtasks that wait for one that has heard enough go on at once", "[run]") {
  task_graph g;
  g.add({.name = "vote", .replicas = 3});
  g.add({.name = "next"});
  g.connect(0, 1);
  story seen;
  const job j = job_of(models(3), std::move(g));
  const auto out =
      on_virtual_time(j, {{"a", 1}, {"a", 2}, {"b", 50}}, consensus{until{exact_stop{}}}, seen,
                      {.replace_lost_replicas = true, .replan = replan{slow_exact{}}});
  CHECK(out.complete());
  CHECK(out.seconds == Approx(3));
  CHECK(seen.flaw(j, out) == "");
}
