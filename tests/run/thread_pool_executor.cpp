// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/thread_pool_executor.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "run/support.hpp"
#include "shoal/infer/deadline.hpp"
#include "shoal/infer/scripted_backend.hpp"
#include "shoal/infer/unreliable.hpp"
#include "shoal/run/replan.hpp"

using namespace shoal;
using namespace std::chrono_literals;
using support::graph;
using support::job_in_turn;
using support::job_of;
using support::models;
using support::story;

namespace {

// Lets callers in and holds them until `size` of them are there at once, again and again.
class gate {
 public:
  explicit gate(std::size_t size) : size_(size) {}
  void pass() {
    std::unique_lock lock(guard_);
    const std::size_t round = round_;
    if (++waiting_ == size_) {
      waiting_ = 0;
      ++round_;
      opened_.notify_all();
    } else {
      opened_.wait(lock, [&] { return round_ != round; });
    }
  }

 private:
  std::mutex guard_{};
  std::condition_variable opened_{};
  std::size_t size_;
  std::size_t waiting_ = 0;
  std::size_t round_ = 0;
};

run::options moving() { return {.replan = run::replan{support::slow_exact{}}}; }

}  // namespace

TEST_CASE("as many calls run at once as a model bears, and never more", "[run]") {
  const run::job j = job_of(models(2), graph(12));
  gate three(3);
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  const infer::backends<> backends = support::all_models(2, [&](const infer::request<>& r) {
    const int now = ++inside;
    int seen = most;
    while (seen < now && !most.compare_exchange_weak(seen, now)) {
    }
    three.pass();  // returns only when three calls are inside
    --inside;
    return r.subtask;
  });
  const auto out = run::thread_pool_executor{.concurrency = {3, 1}}(j, backends);
  CHECK(out.complete());
  CHECK(most == 3);
}

TEST_CASE("a model bears one call at once unless told otherwise", "[run]") {
  const run::job j = job_in_turn(models(3), graph(300));
  std::vector<std::atomic<int>> inside(3);
  std::atomic<bool> crowded = false;
  infer::backends<> backends;
  for (std::size_t i = 0; i < 3; ++i) {
    backends.push_back(infer::function_backend{[&, i](const infer::request<>& r) {
      if (++inside[i] > 1) crowded = true;
      std::this_thread::yield();
      --inside[i];
      return r.subtask;
    }});
  }
  CHECK(run::thread_pool_executor{}(j, backends).complete());
  CHECK_FALSE(crowded);
}

TEST_CASE("concurrency limits hold while calls fail and move", "[run]") {
  constexpr std::size_t n = 4;
  const run::job j = job_in_turn(models(n), graph(120));
  const std::vector<std::size_t> limit{1, 2, 3, 4};
  std::vector<std::atomic<std::size_t>> inside(n);
  std::atomic<bool> crowded = false;
  infer::backends<> backends;
  for (std::size_t i = 0; i < n; ++i) {
    backends.push_back(infer::unreliable{infer::function_backend{[&, i](const infer::request<>& r) {
                                           if (++inside[i] > limit[i]) crowded = true;
                                           std::this_thread::yield();
                                           --inside[i];
                                           return r.subtask;
                                         }},
                                         0.3, 5});
  }
  // Whatever failed goes to the next model in turn: cheap, and it moves work between busy lanes.
  const auto next_in_turn = [](const run::job& all, const run::progress& now) {
    run::reassignment out{.chosen = assign::plan(all.graph.size())};
    for (std::size_t k = 0; k < all.graph.size(); ++k) {
      if (!now.stuck[k]) continue;
      for (std::size_t i = 0; i < n; ++i) {
        if (!now.failed(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k))) out.chosen[k] = {i};
      }
    }
    return out;
  };
  story seen;
  const auto out = run::thread_pool_executor{.concurrency = limit}(
      j, backends, run::options{.attempts = n, .replan = next_in_turn}, seen);
  CHECK_FALSE(crowded);
  CHECK(out.reassigned > 0);
  CHECK(seen.flaw(j, out) == "");
}

TEST_CASE("replicas of a subtask run side by side", "[run]") {
  task_graph g;
  g.add({.name = "law", .replicas = 3});
  const run::job j = job_of(models(3), g);
  gate all(3);
  const auto out = run::thread_pool_executor{}(j, support::all_models(3, [&](const infer::request<>& r) {
                                                 all.pass();
                                                 return r.model;
                                               }));
  REQUIRE(out.subtasks[0].answers.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(out.subtasks[0].answers[i].source == j.models[i].name);
}

TEST_CASE("the number of threads is bounded", "[run]") {
  const run::job j = job_in_turn(models(8), graph(64));
  std::mutex guard;
  std::vector<std::thread::id> threads;
  const auto out = run::thread_pool_executor{.threads = 3}(
      j, support::all_models(8, [&](const auto& r) {
        const std::scoped_lock lock(guard);
        if (std::find(threads.begin(), threads.end(), std::this_thread::get_id()) == threads.end())
          threads.push_back(std::this_thread::get_id());
        return r.subtask;
      }));
  CHECK(out.complete());
  CHECK(threads.size() <= 3);
}

TEST_CASE("a stop request from another thread reaches running calls and ends the run", "[run]") {
  const run::job j = job_in_turn(models(3), graph(9));
  std::stop_source source;
  std::latch running(3);
  const infer::backends<> backends(3, infer::function_backend<infer::any_backend<>>{
                                          [&](const infer::request<>& r, std::stop_token stop) -> answer<> {
                                            running.count_down();
                                            infer::stall(r, stop);
                                          }});
  std::jthread other([&] {
    running.wait();
    source.request_stop();
  });
  story seen;
  const auto out = run::thread_pool_executor{}(j, backends, run::options{.stop = source.get_token()}, seen);
  CHECK(out.calls == 3);
  for (const auto& o : out.subtasks) CHECK(o.end == run::ending::cancelled);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(out.subtasks[k].failures.at(0).kind == infer::failure_kind::cancelled);
  }
  CHECK(seen.flaw(j, out) == "");
}

TEST_CASE("the run's deadline reaches running calls by their stop tokens", "[run]") {
  const run::job j = job_in_turn(models(2), graph(4));
  // These backends do not look at the request's deadline.
  const infer::backends<> backends(2, infer::function_backend<infer::any_backend<>>{
                                          [](infer::request<> r, const std::stop_token& stop) -> answer<> {
                                            r.deadline = std::chrono::steady_clock::time_point::max();
                                            infer::stall(r, stop);
                                          }});
  story seen;
  run::options o = moving();
  o.deadline = std::chrono::steady_clock::now() + 20ms;
  const auto out = run::thread_pool_executor{}(j, backends, o, seen);
  CHECK(std::chrono::steady_clock::now() >= o.deadline);
  for (const auto& each : out.subtasks) {
    CHECK(each.end == run::ending::deadline);
    CHECK(each.why == "the run's deadline passed");
  }
  CHECK(seen.flaw(j, out) == "");
}

TEST_CASE("a call that ignores its stop token holds up neither its subtask nor its answer", "[run]") {
  const run::job j = job_of(models(2), graph(1));
  std::latch other_was_asked(1);
  const infer::backends<> backends{infer::function_backend{[&](const infer::request<>&) {
                                     other_was_asked.wait();  // deaf: returns only after the subtask moved
                                     return "too late";
                                   }},
                                   infer::function_backend{[&](const infer::request<>&) {
                                     other_was_asked.count_down();
                                     return "in time";
                                   }}};
  story seen;
  run::options o = moving();
  o.try_timeout = 250ms;
  const auto out = run::thread_pool_executor{}(j, backends, o, seen);
  CHECK(out.subtasks[0].value == "in time");
  REQUIRE(out.subtasks[0].answers.size() == 1);
  CHECK(out.subtasks[0].failures.at(0).text == "no answer within 0.25 s");
  CHECK(seen.count(run::event_kind::late) == 1);
  CHECK(seen.flaw(j, out) == "");
}

TEST_CASE("a given-up call keeps its model's place until it returns", "[run]") {
  // s0 goes to m0, which is deaf; s1 and s2 wait for m0; s0 moves to m1, and only then m0 comes back.
  const run::job j = job_of(models(2), graph(3));
  std::atomic<int> inside = 0;
  std::atomic<bool> crowded = false;
  std::latch moved(1);
  const infer::backends<> backends{infer::function_backend{[&](const infer::request<>& r) {
                                     if (++inside > 1) crowded = true;
                                     if (r.subtask == "s0") moved.wait();
                                     --inside;
                                     return r.model;
                                   }},
                                   infer::function_backend{[&](const infer::request<>& r) {
                                     if (r.subtask == "s0") moved.count_down();
                                     return r.model;
                                   }}};
  run::options o = moving();
  o.try_timeout = 250ms;
  const auto out = run::thread_pool_executor{}(j, backends, o);
  CHECK_FALSE(crowded);
  CHECK(out.complete());
}

TEST_CASE("many short runs start and stop cleanly", "[run]") {
  const run::job j = job_in_turn(models(4), graph(6, {{0, 4}, {1, 4}, {4, 5}}));
  const auto fine = support::all_models(4, [](const auto& r) { return r.subtask; });
  std::size_t complete = 0;
  for (int round = 0; round < 300; ++round) {
    complete += run::thread_pool_executor{}(j, fine).complete() ? 1U : 0U;
  }
  CHECK(complete == 300);
}

TEST_CASE("an executor may be used from several threads at once", "[run]") {
  const run::job j = job_in_turn(models(2), graph(20));
  const auto fine = support::all_models(2, [](const auto& r) { return r.subtask; });
  const run::thread_pool_executor execute{};
  std::atomic<int> complete = 0;
  {
    std::vector<std::jthread> callers;
    for (int t = 0; t < 4; ++t) {
      callers.emplace_back([&] { complete += execute(j, fine).complete() ? 1 : 0; });
    }
  }
  CHECK(complete == 4);
}

TEST_CASE("limits of the pool that make no sense are refused", "[run]") {
  const run::job j = job_of(models(2), graph(1));
  const auto fine = support::all_models(2, [](const auto& r) { return r.subtask; });
  const auto refusal = [&](const run::thread_pool_executor& execute) -> std::string {
    try {
      execute(j, fine);
    } catch (const invalid_argument& e) {
      return e.what();
    }
    return "";
  };
  CHECK(refusal({.concurrency = {1}}) == "concurrency has 1 entries, but there are 2 models");
  CHECK(refusal({.concurrency = {1, 0}}) == "concurrency of model \"m1\": 0 is not >= 1");
}
