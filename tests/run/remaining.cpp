// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/remaining.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "assign/random_instance.hpp"
#include "catch.hpp"
#include "run/support.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using run::strictness;

namespace {

run::job job_of(const assign::problem& p, const assign::objective& o) {
  run::job out{.problem = p, .objective = o};
  for (std::size_t k = 0; k < p.subtasks(); ++k) out.graph.add({.name = "s" + std::to_string(k)});
  return out;
}

mask none_failed(const assign::problem& p) {
  return mask::Constant(p.compatibility.rows(), p.compatibility.cols(), false);
}

// The whole problem with the pairs of `settled` fixed: what the remaining problem must agree with.
assign::problem with_fixed(assign::problem p, const assign::plan& settled) {
  for (std::size_t k = 0; k < settled.size(); ++k) {
    if (settled[k].empty()) continue;
    const auto column = static_cast<Eigen::Index>(k);
    p.allowed.col(column).setConstant(false);
    for (const std::size_t i : settled[k]) p.allowed(static_cast<Eigen::Index>(i), column) = true;
    p.replicas[k] = settled[k].size();
    p.survival[column] = 0;
  }
  return p;
}

}  // namespace

TEST_CASE("what is left has the whole problem's answer when the settled part is fixed", "[run]") {
  std::size_t feasible = 0;
  std::size_t infeasible = 0;
  for (std::size_t at = 0; at < 4000; ++at) {
    // Steps that share no factor with the number of combinations visit all of them evenly.
    oracle::instance made = oracle::random_instance(at * 977, at);
    // Neither the maximum of two sums nor that of several models' times can be split into a done and a left
    // part.
    if (std::holds_alternative<assign::chebyshev>(made.o.rule)) made.o.rule = assign::weighted{1, 2};
    made.o.time = assign::time_rule::total;
    random_engine engine(stream_seed(7, at));

    const oracle::answer any =
        oracle::brute_force(made.p, assign::weighted{uniform_01(engine), uniform_01(engine)});
    if (!any.feasible()) continue;
    assign::plan settled(made.p.subtasks());
    std::vector<std::size_t> wanted;
    for (std::size_t k = 0; k < made.p.subtasks(); ++k) {
      if (uniform_below(engine, 2) == 0) {
        settled[k] = any.chosen[k];
      } else {
        wanted.push_back(k);
      }
    }
    if (wanted.empty()) continue;

    const run::job j = job_of(made.p, made.o);
    const run::remaining left = run::remaining_problem(j, wanted, settled, none_failed(made.p),
                                                       std::vector<bool>(made.p.models()), strictness::full);
    INFO(made.name << ", instance " << at);
    REQUIRE_NOTHROW(assign::validate(left.problem));
    REQUIRE(left.subtasks == wanted);
    CHECK(left.lowered == "");
    const oracle::answer whole = oracle::brute_force(with_fixed(made.p, settled), made.o);
    const oracle::answer part = oracle::brute_force(left.problem, left.objective);
    REQUIRE((part.feasible() && !left.overspent) == whole.feasible());
    (whole.feasible() ? feasible : infeasible) += 1;
    if (!whole.feasible()) continue;
    assign::plan joined = settled;
    for (std::size_t c = 0; c < wanted.size(); ++c) joined[wanted[c]] = part.chosen[c];
    CHECK_FALSE(assign::violation(made.p, made.o, joined));
    CHECK(assign::evaluate(made.p, made.o, joined).objective == Approx(whole.objective));
  }
  CHECK(feasible > 500);
  CHECK(infeasible > 20);
}

TEST_CASE("pairs that failed are gone, and lost models serve only those that have no other", "[run]") {
  const run::job j = job_of(assign::problem(3, 2), assign::weighted{});
  mask failed = none_failed(j.problem);
  failed(0, 0) = true;
  failed(1, 1) = failed(2, 1) = true;
  const run::remaining left =
      run::remaining_problem(j, {0, 1}, assign::plan(2), failed, {true, false, false}, strictness::full);
  CHECK((!left.problem.allowed(0, 0) && left.problem.allowed(1, 0) && left.problem.allowed(2, 0)));
  CHECK((left.problem.allowed(0, 1) && !left.problem.allowed(1, 1) && !left.problem.allowed(2, 1)));
}

TEST_CASE("a subtask that nobody may do is unserved", "[run]") {
  const run::job j = job_of(assign::problem(2, 3), assign::weighted{});
  mask failed = none_failed(j.problem);
  failed.col(1).setConstant(true);
  const run::remaining left =
      run::remaining_problem(j, {0, 1, 2}, assign::plan(3), failed, {false, false}, strictness::full);
  CHECK(left.unserved == std::vector<std::size_t>{1});
  CHECK(left.subtasks == std::vector<std::size_t>{0, 2});
  CHECK(left.problem.subtask_names == std::vector<std::string>{"s0", "s2"});
}

TEST_CASE("a subtask gets the replicas that it lacks, and no model twice", "[run]") {
  assign::problem p(4, 1);
  p.replicas[0] = 3;
  const run::job j = job_of(p, assign::weighted{});
  const auto left_with = [&](std::vector<std::size_t> settled, bool second_failed) {
    mask failed = none_failed(p);
    failed(1, 0) = second_failed;
    return run::remaining_problem(j, {0}, {settled}, failed, std::vector<bool>(4), strictness::full);
  };
  const run::remaining one_more = left_with({0, 2}, true);
  CHECK(one_more.problem.replicas[0] == 1);
  CHECK((!one_more.problem.allowed(0, 0) && !one_more.problem.allowed(1, 0)));
  CHECK((!one_more.problem.allowed(2, 0) && one_more.problem.allowed(3, 0)));
  CHECK(one_more.lowered == "");
  const run::remaining too_few = left_with({0}, true);
  CHECK(too_few.problem.replicas[0] == 2);
  CHECK(left_with({}, true).problem.replicas[0] == 3);
  mask failed = none_failed(p);
  failed(1, 0) = failed(2, 0) = true;
  const run::remaining lowered =
      run::remaining_problem(j, {0}, {{}}, failed, std::vector<bool>(4), strictness::full);
  CHECK(lowered.problem.replicas[0] == 2);
  CHECK(lowered.lowered == "subtask \"s0\": 2 models are left where 3 are asked for");
}

TEST_CASE("replicas in separate groups count groups, not models", "[run]") {
  assign::problem p(4, 1);
  p.replicas[0] = 3;
  p.separate_groups[0] = true;
  p.group = {0, 0, 1, 1};
  const run::job j = job_of(p, assign::weighted{});
  const run::remaining left =
      run::remaining_problem(j, {0}, {{}}, none_failed(p), std::vector<bool>(4), strictness::full);
  CHECK(left.problem.replicas[0] == 2);
  const run::remaining other =
      run::remaining_problem(j, {0}, {{0}}, none_failed(p), std::vector<bool>(4), strictness::full);
  CHECK((!other.problem.allowed(1, 0) && other.problem.allowed(2, 0)));
}

TEST_CASE("a survival target counts the replicas that live, and is dropped when out of reach", "[run]") {
  assign::problem p(3, 1);
  p.failure_probability << 0.1, 0.2, 0.2;
  p.survival[0] = 0.99;
  const run::job j = job_of(p, assign::weighted{});
  const auto left_with = [&](std::vector<std::size_t> settled, strictness how) {
    return run::remaining_problem(j, {0}, {settled}, none_failed(p), std::vector<bool>(3), how);
  };
  // 0.1 x p <= 0.01 asks 0.9 of the rest.
  CHECK(left_with({0}, strictness::full).problem.survival[0] == Approx(0.9));
  CHECK(left_with({}, strictness::full).problem.survival[0] == Approx(0.99));
  CHECK(left_with({}, strictness::relaxed).problem.survival[0] == 0);
  const run::remaining short_of = left_with({1}, strictness::full);  // 0.2 x 0.1 x 0.2 = 0.004: in reach
  CHECK(short_of.problem.survival[0] == Approx(0.95));
  mask failed = none_failed(p);
  failed(0, 0) = true;
  const run::remaining dropped =
      run::remaining_problem(j, {0}, {{}}, failed, std::vector<bool>(3), strictness::full);
  CHECK(dropped.problem.survival[0] == 0);
  CHECK(dropped.lowered == "subtask \"s0\": the models that are left do not reach survival 0.99");
}

TEST_CASE("a bound of epsilon that is used up already is said to be", "[run]") {
  assign::problem p(1, 2);
  p.time_s << 5, 0;
  const run::job j = job_of(p, assign::epsilon{assign::criterion::energy, 4});
  const auto left_after = [&](assign::plan settled) {
    return run::remaining_problem(j, {1}, settled, none_failed(p), {false}, strictness::full);
  };
  CHECK(left_after({{0}, {}}).overspent);
  CHECK_FALSE(left_after({{}, {}}).overspent);
}

TEST_CASE("relaxed, the bounded criterion of epsilon becomes the one to minimise", "[run]") {
  const run::job j = job_of(assign::problem(2, 1), assign::epsilon{assign::criterion::energy, 3});
  const run::remaining left =
      run::remaining_problem(j, {0}, {{}}, none_failed(j.problem), {false, false}, strictness::relaxed);
  const auto* goal = std::get_if<assign::lexicographic>(&left.objective.rule);
  REQUIRE(goal != nullptr);
  CHECK(goal->first == assign::criterion::time);
}
