// SPDX-License-Identifier: BSL-1.0
#include "shoal/asio/scheduler.hpp"

#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "shoal/assign/problem.hpp"
#include "shoal/infer/async_backend.hpp"
#include "shoal/run/dispatcher.hpp"
#include "shoal/run/event_executor.hpp"

using namespace shoal;
using namespace std::chrono_literals;

static_assert(run::driven_scheduler<shoal::asio::scheduler>);

namespace {

/// Answers a millisecond later, by the loop's own timer.
struct on_the_loop {
  ::asio::io_context* io;
  void start(const infer::request<int>&, infer::call_id, infer::completion<int> done) {
    auto wait = std::make_shared<::asio::steady_timer>(*io, 1ms);
    wait->async_wait(
        [wait, done = std::move(done)](const ::asio::error_code&) mutable { done(answer<int>{.value = 7}); });
  }
  void cancel(infer::call_id) {}
};

}  // namespace

TEST_CASE("Asio's loop runs work in order, and timers by their time", "[asio]") {
  ::asio::io_context io;
  shoal::asio::scheduler on(io);
  std::vector<int> seen;
  const run::time_point now = on.now();
  on.at(now + 3ms, [&] { seen.push_back(5); });
  on.at(now + 1ms, [&] { seen.push_back(3); });
  const run::timer gone = on.at(now + 2ms, [&] { seen.push_back(99); });
  on.at(now + 2ms, [&] { seen.push_back(4); });
  on.post([&] { seen.push_back(1); });
  on.post([&] { seen.push_back(2); });
  CHECK(on.cancel(gone));
  CHECK_FALSE(on.cancel(gone));
  on.run_until([&] { return seen.size() == 5; });
  CHECK(seen == std::vector<int>{1, 2, 3, 4, 5});
}

TEST_CASE("other threads may post to Asio's loop", "[asio]") {
  ::asio::io_context io;
  shoal::asio::scheduler on(io);
  std::size_t seen = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) on.post([&] { ++seen; });
    });
  }
  on.run_until([&] { return seen == 2000; });
  for (std::thread& t : threads) t.join();
  CHECK(seen == 2000);
}

TEST_CASE("a job runs on the I/O loop that a program has already", "[asio]") {
  ::asio::io_context io;
  shoal::asio::scheduler on(io);
  fleet<> models{{.name = "a"}};
  task_graph g;
  for (const char* name : {"x", "y", "z"}) g.add({.name = name});
  g.connect(0, 1);
  g.connect(1, 2);
  assign::problem p = assign::make_problem(models, g);
  const run::job j = run::make_job(models, std::move(g), std::move(p), assign::weighted{}, {{0}, {0}, {0}});
  infer::async_backends<int> backends;
  backends.emplace_back(on_the_loop{&io});
  const auto out = run::event_executor<shoal::asio::scheduler>{&on}(j, std::move(backends));
  CHECK(out.complete());
  CHECK(out.subtasks[2].value == 7);
}

TEST_CASE("thousands of calls are in flight on one thread, each with a deadline", "[asio]") {
  ::asio::io_context io;
  shoal::asio::scheduler on(io);
  model m;
  m.name = "a";
  infer::async_backends<int> backends;
  backends.emplace_back(on_the_loop{&io});
  run::resilience how;
  how.concurrency = {5000};
  run::dispatcher<int, shoal::asio::scheduler> d(on, {m}, std::move(backends), how);
  d.add_route({0});
  std::size_t answered = 0;
  for (int i = 0; i < 5000; ++i) {
    run::order<int> o;
    o.deadline = on.now() + 1000s;
    d.submit(std::move(o), [&](run::dispatched<int>&& out) { answered += out.what.index() == 0; });
  }
  CHECK(d.outstanding() == 5000);
  on.run_until([&] { return d.open() == 0; });
  CHECK(answered == 5000);
}
