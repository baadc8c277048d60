// SPDX-License-Identifier: BSL-1.0
// What the runtime itself costs: no model does anything here.
//
//     benchmark_run
//
// Each figure is of one thread. "CPU" is processor time. Taskflow and oneTBB are beside it where they are
// found.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <new>
#include <semaphore>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <malloc.h>

#include "shoal/assign/exact.hpp"
#include "shoal/core/random.hpp"
#include "shoal/infer/deadline.hpp"
#include "shoal/infer/function_backend.hpp"
#include "shoal/run/dispatcher.hpp"
#include "shoal/run/event_executor.hpp"
#include "shoal/run/event_loop.hpp"
#include "shoal/run/inline_executor.hpp"
#include "shoal/run/replan.hpp"
#include "shoal/run/thread_pool_executor.hpp"
#include "shoal/sim/virtual_time.hpp"
#ifdef SHOAL_BENCHMARK_TASKFLOW
#include <taskflow/taskflow.hpp>
#endif
#ifdef SHOAL_BENCHMARK_TBB
#include <tbb/flow_graph.h>
#include <tbb/global_control.h>
#endif

namespace {
std::size_t allocations = 0;
}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* const block = std::malloc(size)) return block;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* at) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete(void* at, std::size_t) noexcept { std::free(at); }

namespace {

using namespace shoal;
using namespace shoal::run;

double processor_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}
double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Answers before `start` returns.
struct at_once {
  void start(const infer::request<int>&, infer::call_id, infer::completion<int> done) { done(answer<int>{}); }
  void cancel(infer::call_id) {}
};

/// Keeps its calls until it is told to answer them.
struct keeps {
  std::vector<infer::completion<int>>* held;
  void start(const infer::request<int>&, infer::call_id, infer::completion<int> done) {
    held->push_back(std::move(done));
  }
  void cancel(infer::call_id) {}
};

std::vector<model> fleet_of(std::size_t n) {
  std::vector<model> out(n);
  for (std::size_t i = 0; i < n; ++i) {
    out[i].name = "model-" + std::to_string(i);
    out[i].time_s = 1e-6;
  }
  return out;
}

void calls(std::size_t models) {
  event_loop loop;
  infer::async_backends<int> backends;
  for (std::size_t i = 0; i < models; ++i) backends.emplace_back(at_once{});
  resilience how;
  how.concurrency.assign(models, 4);
  dispatcher<int, event_loop, least_expected_finish> d(loop, fleet_of(models), std::move(backends), how);
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < models; ++i) all.push_back(i);
  d.add_route(all);
  bool done = false;
  const auto one = [&] {
    done = false;
    order<int> o;
    o.deadline = loop.now() + std::chrono::seconds(10);
    d.submit(std::move(o), [&](dispatched<int>&&) { done = true; });
    loop.run_until([&] { return done; });
  };
  for (int i = 0; i < 20000; ++i) one();
  constexpr std::size_t n = 200000;
  std::vector<double> took(n);
  const std::size_t before = allocations;
  for (std::size_t i = 0; i < n; ++i) {
    const double from = seconds();
    one();
    took[i] = seconds() - from;
  }
  const std::size_t asked = allocations - before;
  std::sort(took.begin(), took.end());
  std::printf("one call, %4zu models: p50 %.2f us, p99 %.2f us, p99.9 %.2f us; %.3f allocations a call\n",
              models, 1e6 * took[n / 2], 1e6 * took[n * 99 / 100], 1e6 * took[n * 999 / 1000],
              static_cast<double>(asked) / static_cast<double>(n));
}

void in_flight(std::size_t n) {
  event_loop loop;
  std::vector<infer::completion<int>> held;
  held.reserve(n);
  constexpr std::size_t models = 10;
  infer::async_backends<int> backends;
  for (std::size_t i = 0; i < models; ++i) backends.emplace_back(keeps{&held});
  resilience how;
  how.concurrency.assign(models, n);
  dispatcher<int, event_loop, least_in_flight> d(loop, fleet_of(models), std::move(backends), how);
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < models; ++i) all.push_back(i);
  d.add_route(all);
  std::size_t ended = 0;
  const auto round = [&] {
    ended = 0;
    for (std::size_t i = 0; i < n; ++i) {
      order<int> o;
      o.deadline = loop.now() + std::chrono::seconds(1000);
      d.submit(std::move(o), [&](dispatched<int>&&) { ++ended; });
    }
  };
  const auto answer_all = [&] {
    for (auto& h : held) h(answer<int>{});
    held.clear();
    loop.run_until([&] { return ended == n; });
  };
  const std::size_t empty = mallinfo2().uordblks + mallinfo2().hblkhd;
  round();
  answer_all();  // from here on it is known how long calls take, and each gets a hedge timer
  round();
  const std::size_t full = mallinfo2().uordblks + mallinfo2().hblkhd;
  answer_all();
  double best = 1e9;
  for (int r = 0; r < 5; ++r) {
    const double from = processor_seconds();
    round();
    answer_all();
    best = std::min(best, processor_seconds() - from);
  }
  std::printf("%zu calls in flight, a deadline and a hedge timer each: %.2f us CPU and %zu bytes each\n", n,
              1e6 * best / static_cast<double>(n), (full - empty) / n);
}

run::job job_of(std::size_t subtasks, const std::vector<std::pair<std::size_t, std::size_t>>& edges) {
  fleet<> models;
  for (const model& m : fleet_of(2)) models.add(m);
  task_graph g;
  for (std::size_t k = 0; k < subtasks; ++k) g.add({.name = "s" + std::to_string(k)});
  for (const auto& [from, to] : edges) g.connect(from, to);
  assign::problem p = assign::make_problem(models, g);
  assign::plan plan(subtasks, {0});
  return make_job(models, std::move(g), std::move(p), assign::weighted{}, std::move(plan));
}

template <class Work>
double median_us(Work work) {
  std::vector<double> all;
  for (int r = 0; r < 2000; ++r) {
    const double from = seconds();
    work();
    all.push_back(seconds() - from);
  }
  std::nth_element(all.begin(), all.begin() + 1000, all.end());
  return 1e6 * all[1000];
}

void graphs() {
  const run::job chain = job_of(3, {{0, 1}, {1, 2}});
  const run::job fan = job_of(6, {{0, 5}, {1, 5}, {2, 5}, {3, 5}, {4, 5}});
  const infer::backends<int> backends(2,
                                      infer::function_backend{[](const infer::request<int>&) { return 1; }});
  const auto in_line = [&](const run::job& j) {
    if (!inline_executor{}(j, backends).complete()) std::abort();
  };
  event_loop loop;
  const event_executor<event_loop> execute{&loop, resilience::none()};
  const auto on_events = [&](const run::job& j) {
    infer::async_backends<int> all;
    for (int i = 0; i < 2; ++i) all.emplace_back(at_once{});
    if (!execute(j, std::move(all)).complete()) std::abort();
  };
  std::printf("a whole run, its checks and its record included: chain of 3 | fan-out of 5 and join\n");
  std::printf("  in line            %6.2f us | %6.2f us\n", median_us([&] { in_line(chain); }),
              median_us([&] { in_line(fan); }));
  std::printf("  on an event loop   %6.2f us | %6.2f us\n", median_us([&] { on_events(chain); }),
              median_us([&] { on_events(fan); }));
#ifdef SHOAL_BENCHMARK_TASKFLOW
  {
    tf::Executor executor(1);
    int sum = 0;
    tf::Taskflow line;
    tf::Task last = line.emplace([&] { ++sum; });
    for (int i = 0; i < 2; ++i) {
      tf::Task next = line.emplace([&] { ++sum; });
      last.precede(next);
      last = next;
    }
    tf::Taskflow out;
    tf::Task join = out.emplace([&] { ++sum; });
    for (int i = 0; i < 5; ++i) out.emplace([&] { ++sum; }).precede(join);
    std::printf("  Taskflow, graph made before  %.2f us | %.2f us\n",
                median_us([&] { executor.run(line).wait(); }), median_us([&] { executor.run(out).wait(); }));
  }
#endif
#ifdef SHOAL_BENCHMARK_TBB
  {
    namespace fg = tbb::flow;
    const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
    int sum = 0;
    using node = fg::continue_node<fg::continue_msg>;
    const auto work = [&](const fg::continue_msg&) { ++sum; };
    fg::graph line;
    node a(line, work);
    node b(line, work);
    node c(line, work);
    fg::make_edge(a, b);
    fg::make_edge(b, c);
    fg::graph out;
    fg::broadcast_node<fg::continue_msg> begin(out);
    std::vector<node> all;
    for (int i = 0; i < 5; ++i) all.emplace_back(out, work);
    node join(out, work);
    for (node& n : all) {
      fg::make_edge(begin, n);
      fg::make_edge(n, join);
    }
    std::printf("  oneTBB, graph made before  %.2f us | %.2f us\n", median_us([&] {
                  a.try_put(fg::continue_msg{});
                  line.wait_for_all();
                }),
                median_us([&] {
                  begin.try_put(fg::continue_msg{});
                  out.wait_for_all();
                }));
  }
#endif
}

// A model of a large plan is lost while nothing has begun: all of it is solved anew.
void re_solve() {
  constexpr std::size_t subtasks = 1000;
  constexpr std::size_t models = 100;
  random_engine engine(1);
  assign::problem p(models, subtasks);
  for (Eigen::Index k = 0; k < p.compatibility.cols(); ++k) {
    for (Eigen::Index i = 0; i < p.compatibility.rows(); ++i) {
      const double quality = uniform_01(engine);
      p.compatibility(i, k) = 0.3 + 0.6 * quality;
      p.energy_j(i, k) = 1 + std::floor(100 * (quality + 0.5 * uniform_01(engine)));
      p.time_s(i, k) = 1 + std::floor(20 * uniform_01(engine));
    }
  }
  p.require = {assign::quality_rule::mean, 0.7};
  task_graph g;
  for (std::size_t k = 0; k < subtasks; ++k) g.add({.name = "s" + std::to_string(k)});
  const assign::plan plan = assign::exact{}(p).chosen;
  const run::job j{.graph = std::move(g), .models = fleet_of(models), .problem = std::move(p), .plan = plan};
  std::vector<double> took;
  for (std::size_t lost = 0; lost < models; lost += 5) {
    progress now;
    now.open.assign(subtasks, true);
    now.stuck.assign(subtasks, false);
    now.committed.resize(subtasks);
    now.planned = plan;
    now.failed = mask::Constant(models, subtasks, false);
    now.failures_in_a_row.assign(models, 0);
    now.failures_in_a_row[lost] = 5;
    for (std::size_t k = 0; k < subtasks; ++k) {
      if (plan[k][0] != lost) continue;
      now.stuck[k] = true;
      now.failed(static_cast<Eigen::Index>(lost), static_cast<Eigen::Index>(k)) = true;
    }
    const double from = processor_seconds();
    const reassignment found = replan{assign::exact{}}(j, now);
    took.push_back(processor_seconds() - from);
    if (found.chosen.size() != subtasks) std::abort();
  }
  std::sort(took.begin(), took.end());
  std::printf("a model of %zu x %zu is lost, all solved anew: median %.2f ms, worst %.2f ms\n", subtasks,
              models, 1e3 * took[took.size() / 2], 1e3 * took.back());
}

double at_share(std::vector<double>& of, double share) {
  std::sort(of.begin(), of.end());
  return of[static_cast<std::size_t>(share * static_cast<double>(of.size() - 1))];
}

// From a model's refusal to the call on the next one.
void moved() {
  struct refuses {
    double* at;
    void start(const infer::request<int>&, infer::call_id, infer::completion<int> done) {
      *at = seconds();
      done(infer::failed_call{infer::failure_kind::refused, "connection refused", true, 0});
    }
    void cancel(infer::call_id) {}
  };
  struct takes {
    double* at;
    void start(const infer::request<int>&, infer::call_id, infer::completion<int> done) {
      *at = seconds();
      done(answer<int>{});
    }
    void cancel(infer::call_id) {}
  };
  event_loop loop;
  double refused = 0;
  double asked = 0;
  infer::async_backends<int> backends;
  backends.emplace_back(refuses{&refused});
  backends.emplace_back(takes{&asked});
  resilience how;
  how.retries.reset();
  how.breaker.reset();
  dispatcher<int, event_loop> d(loop, fleet_of(2), std::move(backends), how);
  d.add_route({0, 1});
  std::vector<double> took;
  for (int n = 0; n < 20000; ++n) {
    bool done = false;
    d.submit({}, [&](dispatched<int>&&) { done = true; });
    loop.run_until([&] { return done; });
    took.push_back(asked - refused);
  }
  const double median = at_share(took, 0.5);
  std::printf("a refused call is made of another model after %.2f us (p99 %.2f us)\n", 1e6 * median,
              1e6 * at_share(took, 0.99));
}

// From a stop request on another thread to the moment at which a blocking backend on the pool hears of it.
void cancelled() {
  std::vector<double> took;
  for (int n = 0; n < 300; ++n) {
    double asked_for = 0;
    double heard = 0;
    std::stop_source stop;
    std::binary_semaphore began{0};
    infer::backends<> backends;
    backends.emplace_back([&](const infer::request<>& r, std::stop_token t) -> answer<> {
      const std::stop_callback note(t, [&] { heard = seconds(); });
      began.release();
      infer::stall(r, t);
    });
    std::jthread other([&] {
      began.acquire();
      asked_for = seconds();
      stop.request_stop();
    });
    fleet<> one;
    one.add({.name = "m"});
    task_graph g;
    g.add({.name = "s"});
    assign::problem p = assign::make_problem(one, g);
    thread_pool_executor{}(make_job(one, std::move(g), std::move(p), assign::weighted{}, {{0}}), backends,
                           {.stop = stop.get_token()});
    took.push_back(heard - asked_for);
  }
  const double median = at_share(took, 0.5);
  std::printf("a stop request reaches a running backend after %.0f us (p99 %.0f us)\n", 1e6 * median,
              1e6 * at_share(took, 0.99));
}

}  // namespace

int main() {
  calls(1);
  calls(10);
  calls(100);
  in_flight(10000);
  graphs();
  re_solve();
  moved();
  cancelled();
}
