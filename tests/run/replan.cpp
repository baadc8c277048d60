// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/replan.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "catch.hpp"
#include "run/support.hpp"

using namespace shoal;
using support::graph;
using support::job_of;
using support::models;
using support::slow_exact;

namespace {

// A run in which nothing has been asked yet and the plan stands.
run::progress fresh(const run::job& j) {
  const std::size_t m = j.graph.size();
  return {.open = std::vector<bool>(m, true),
          .stuck = std::vector<bool>(m, false),
          .committed = assign::plan(m),
          .planned = j.plan,
          .failed = mask::Constant(j.problem.compatibility.rows(), j.problem.compatibility.cols(), false),
          .failures_in_a_row = std::vector<std::size_t>(j.models.size())};
}

// Subtask k failed on model i and waits for another one.
void fail(run::progress& now, std::size_t k, std::size_t i) {
  now.stuck[k] = true;
  now.planned[k].clear();
  now.failed(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) = true;
  ++now.failures_in_a_row[i];
}

// Subtask k is running on its models, or answered.
void commit(run::progress& now, const run::job& j, std::size_t k) {
  now.open[k] = false;
  now.planned[k].clear();
  now.committed[k] = j.plan[k];
}

const run::replan solve_again{slow_exact{}};

}  // namespace

TEST_CASE("what failed goes to the best model that has not failed it", "[run]") {
  const run::job j = job_of(models(3), graph(2));
  run::progress now = fresh(j);
  fail(now, 0, 0);
  run::reassignment r = solve_again(j, now);
  CHECK(r.chosen == assign::plan{{1}, {0}});
  CHECK_FALSE(r.degraded);
  fail(now, 0, 1);
  CHECK(solve_again(j, now).chosen[0] == std::vector<std::size_t>{2});
  fail(now, 0, 2);
  CHECK(solve_again(j, now).chosen[0].empty());
}

TEST_CASE("what has not started makes room for what failed", "[run]") {
  // m0 and m1 hold one subtask each; s0 may go to either, s1 to m1 and m2.
  run::job j = job_of(models(3), graph(2));
  j.problem.capacity << 1, 1, 1;
  j.problem.allowed(2, 0) = false;
  j.problem.allowed(0, 1) = false;
  j.plan = {{0}, {1}};
  run::progress now = fresh(j);
  fail(now, 0, 0);
  CHECK(solve_again(j, now).chosen == assign::plan{{1}, {2}});

  // Once s1 is running it stays, and m1 is full.
  commit(now, j, 1);
  CHECK(solve_again(j, now).chosen[0].empty());
}

TEST_CASE("what is achieved counts towards the required quality", "[run]") {
  run::job j = job_of(models(3), graph(2));
  j.problem.compatibility << 0.9, 0.9, 0.3, 0.3, 0.6, 0.6;
  j.problem.require = assign::requirement{assign::quality_rule::mean, 0.6};
  run::progress now = fresh(j);
  commit(now, j, 0);
  fail(now, 1, 0);
  // (0.9 + 0.3) / 2 is just enough, so the cheaper m1 will do; alone it would not.
  run::reassignment r = solve_again(j, now);
  CHECK(r.chosen[1] == std::vector<std::size_t>{1});
  CHECK_FALSE(r.degraded);
  j.problem.require->at_least = 0.7;
  r = solve_again(j, now);
  CHECK(r.chosen[1] == std::vector<std::size_t>{2});
  CHECK_FALSE(r.degraded);
}

TEST_CASE("quality that cannot be reached any more is given up, and that is said", "[run]") {
  run::job j = job_of(models(2), graph(1));
  j.problem.compatibility << 0.9, 0.3;
  j.problem.require = assign::requirement{assign::quality_rule::each, 0.5};
  run::progress now = fresh(j);
  fail(now, 0, 0);
  const run::reassignment r = solve_again(j, now);
  CHECK(r.chosen[0] == std::vector<std::size_t>{1});
  CHECK(r.degraded);
  CHECK(r.note == "the oracle found no plan");
}

TEST_CASE("what has not failed is not moved to a model whose last call has, if that can be helped", "[run]") {
  // m1 does s0 and s1 well enough beside m0; when it fails s0, swapping the two would only fail again.
  run::job j = job_of(models(3), graph(2));
  j.problem.compatibility << 0.5, 0.5, 0.8, 0.8, 0.9, 0.9;
  j.problem.require = assign::requirement{assign::quality_rule::mean, 0.65};
  j.plan = {{1}, {0}};
  run::progress now = fresh(j);
  fail(now, 0, 1);
  const assign::plan kept = solve_again(j, now).chosen;
  CHECK(((kept == assign::plan{{2}, {0}}) || (kept == assign::plan{{0}, {2}})));  // both cost the same
  now.failures_in_a_row[1] = 0;
  CHECK(solve_again(j, now).chosen == assign::plan{{0}, {1}});

  now.failures_in_a_row[1] = 1;
  j.problem.allowed.row(2).setConstant(false);  // nothing but the swap is good enough
  CHECK(solve_again(j, now).chosen == assign::plan{{0}, {1}});
  CHECK_FALSE(solve_again(j, now).degraded);
}

TEST_CASE("a model that failed several times in a row gets work only where nothing else is left", "[run]") {
  run::job j = job_of(models(2), graph(3));
  j.problem.allowed(1, 2) = false;
  run::progress now = fresh(j);
  fail(now, 0, 0);
  now.failures_in_a_row[0] = 2;
  CHECK(solve_again(j, now).chosen == assign::plan{{1}, {0}, {0}});
  now.failures_in_a_row[0] = 3;
  CHECK(solve_again(j, now).chosen == assign::plan{{1}, {1}, {0}});
}

TEST_CASE("when not everything fits, what has not failed keeps its place", "[run]") {
  // Three subtasks, two places: s2 cannot be moved anywhere, s1 stays where it is.
  run::job j = job_of(models(2), graph(3));
  j.problem.capacity << 1, 1;
  j.plan = {{0}, {1}, {0}};
  run::progress now = fresh(j);
  fail(now, 0, 0);
  fail(now, 2, 0);
  const run::reassignment r = solve_again(j, now);
  CHECK(r.chosen[0].empty());
  CHECK(r.chosen[1].empty());
  CHECK(r.chosen[2].empty());

  // With a third place, of the two that failed the first gets it; s1 is running.
  j.problem.capacity[1] = 2;
  commit(now, j, 1);
  const run::reassignment with_room = solve_again(j, now);
  CHECK(with_room.chosen[0] == std::vector<std::size_t>{1});
  CHECK(with_room.chosen[2].empty());
  CHECK(with_room.degraded);
}

TEST_CASE("a subtask whose replicas all failed gets as many as are left", "[run]") {
  task_graph g;
  g.add({.name = "law", .replicas = 2});
  const run::job j = job_of(models(3), g);
  run::progress now = fresh(j);
  fail(now, 0, 0);
  fail(now, 0, 1);
  const run::reassignment r = solve_again(j, now);
  CHECK(r.chosen[0] == std::vector<std::size_t>{2});
  CHECK(r.degraded);
  CHECK(r.note == "subtask \"law\": 1 models are left where 2 are asked for");
}

TEST_CASE("the solver is given the run's stop token and no more than the run's time", "[run]") {
  struct looks_at_limits {
    assign::limits* seen = nullptr;
    assign::solution operator()(const assign::problem&, const assign::objective&,
                                const assign::limits& l) const {
      *seen = l;
      return {};
    }
  };
  const run::job j = job_of(models(2), graph(1));
  run::progress now = fresh(j);
  fail(now, 0, 0);
  std::stop_source source;
  now.stop = source.get_token();
  assign::limits seen;
  const run::replan look{looks_at_limits{&seen}};
  look(j, now);
  CHECK(seen.time == std::chrono::seconds(1));
  CHECK(seen.stop == now.stop);
  now.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
  look(j, now);
  CHECK((seen.time > seen.time.zero() && seen.time <= std::chrono::milliseconds(100)));
  now.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  look(j, now);
  CHECK(seen.time > seen.time.zero());
}
