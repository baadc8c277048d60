// SPDX-License-Identifier: BSL-1.0
#include "shoal/assign/evaluate.hpp"

#include <limits>
#include <string>

#include "catch.hpp"

using namespace shoal::assign;

namespace {

/// Three models, two subtasks, with figures that are easy to add by hand.
problem three_by_two() {
  problem p(3, 2);
  p.model_names = {"a", "b", "c"};
  p.subtask_names = {"x", "y"};
  p.compatibility << 0.5, 0.25,  //
      1, 0.5,                    //
      0.25, 0.125;
  p.energy_j << 1, 2,  //
      3, 4,            //
      5, 6;
  p.time_s << 10, 20,  //
      30, 40,          //
      50, 60;
  p.load << 2, 3,  //
      1, 1,        //
      4, 5;
  p.count << 2, 3;
  return p;
}

std::string broken(const problem& p, const plan& chosen, const objective& o = {}) {
  return violation(p, o, chosen).value_or("nothing");
}

}  // namespace

TEST_CASE("figures of a plan are sums over its pairs, times their counts", "[assign]") {
  problem p = three_by_two();
  p.replicas = {2, 1};
  const solution s = evaluate(p, weighted{2, 0.5}, {{0, 1}, {1}});
  CHECK(s.verdict == verdict::feasible);
  CHECK(bool(s));
  CHECK(s.energy_j == 2 * 1 + 2 * 3 + 3 * 4);
  CHECK(s.time_s == 2 * 10 + 2 * 30 + 3 * 40);
  CHECK(s.objective == 2 * 20 + 0.5 * 200);
  CHECK(s.compatibility.sum == 2 * 0.5 + 2 * 1 + 3 * 0.5);
  CHECK(s.compatibility.mean == Approx(4.5 / 7));
  CHECK(s.compatibility.min == 0.5);
  CHECK(s.compatibility.product == Approx(0.25 * 1 * 0.125));  // .5^2 x 1^2 x .5^3
  CHECK(s.load[0] == 2 * 2);
  CHECK(s.load[1] == 2 * 1 + 3 * 1);
  CHECK(s.load[2] == 0);
  CHECK(s.bound == -std::numeric_limits<double>::infinity());
  CHECK(s.chosen == plan{{0, 1}, {1}});
}

TEST_CASE("the makespan is the busiest model's time", "[assign]") {
  const problem p = three_by_two();
  const plan together{{0}, {0}};
  const plan apart{{0}, {1}};
  CHECK(evaluate(p, {weighted{0, 1}, time_rule::makespan}, together).time_s == 2 * 10 + 3 * 20);
  CHECK(evaluate(p, {weighted{0, 1}, time_rule::makespan}, apart).time_s == 3 * 40);
  CHECK(evaluate(p, weighted{0, 1}, apart).time_s == 2 * 10 + 3 * 40);
}

TEST_CASE("the objective is what its rule says", "[assign]") {
  const problem p = three_by_two();
  const plan chosen{{0}, {1}};  // 14 J, 140 s, makespan 120 s
  CHECK(evaluate(p, {}, chosen).objective == 14 + 140);
  CHECK(evaluate(p, epsilon{criterion::energy, 1000}, chosen).objective == 14);
  CHECK(evaluate(p, epsilon{criterion::time, 1000}, chosen).objective == 140);
  CHECK(evaluate(p, lexicographic{criterion::energy}, chosen).objective == 14);
  CHECK(evaluate(p, {lexicographic{criterion::time}, time_rule::makespan}, chosen).objective == 120);
  CHECK(evaluate(p, chebyshev{100, 1}, chosen).objective == 1400);
  CHECK(evaluate(p, chebyshev{1, 1}, chosen).objective == 140);
}

TEST_CASE("a plan of nothing has no figures", "[assign]") {
  const solution s = evaluate(problem(2, 0), {}, {});
  CHECK(s.energy_j == 0);
  CHECK(s.time_s == 0);
  CHECK(s.compatibility.sum == 0);
  CHECK(s.compatibility.mean == 0);
  CHECK(s.compatibility.min == 0);
  CHECK(s.compatibility.product == 1);
  CHECK(evaluate(problem(0, 0), {weighted{}, time_rule::makespan}, {}).time_s == 0);
  problem p(2, 0);
  p.require = requirement{quality_rule::sum, 5};
  CHECK(broken(p, {}) == "nothing");
}

TEST_CASE("the product is zero where a compatibility is not above 0 or is above 1", "[assign]") {
  problem p = three_by_two();
  p.compatibility(0, 0) = 1.5;
  CHECK(evaluate(p, {}, {{0}, {1}}).compatibility.product == 0);
  p.compatibility(0, 0) = 0;
  CHECK(evaluate(p, {}, {{0}, {1}}).compatibility.product == 0);
}

TEST_CASE("a plan that meets everything breaks nothing", "[assign]") {
  problem p = three_by_two();
  p.capacity << 4, 3, 0;
  p.require = requirement{quality_rule::mean, 0.5};
  CHECK(broken(p, {{0}, {1}}, epsilon{criterion::energy, 140}) == "nothing");
}

TEST_CASE("a plan of the wrong form is refused by the referee", "[assign]") {
  const problem p = three_by_two();
  CHECK(broken(p, {{0}}) == "the plan has 1 subtasks of 2");
  CHECK(broken(p, {{0}, {3}}) == "subtask \"y\": there is no model 3");
  CHECK(broken(p, {{1, 0}, {0}}) == "subtask \"x\": its models do not grow");
  CHECK(broken(p, {{0, 0}, {0}}) == "subtask \"x\": its models do not grow");
}

TEST_CASE("each kind of requirement is named when a plan breaks it", "[assign]") {
  problem p = three_by_two();
  SECTION("a pair that is not allowed") {
    p.allowed(1, 1) = false;
    CHECK(broken(p, {{0}, {1}}) == "subtask \"y\": model \"b\" is not allowed");
  }
  SECTION("replicas, which are exact without a target") {
    p.replicas = {2, 1};
    CHECK(broken(p, {{0}, {1}}) == "subtask \"x\": 1 models where 2 are asked for");
    CHECK(broken(p, {{0, 1, 2}, {1}}) == "subtask \"x\": 3 models where 2 are asked for");
    CHECK(broken(p, {{0, 1}, {}}) == "subtask \"y\": 0 models where 1 are asked for");
  }
  SECTION("a survival target, with which replicas are the least") {
    p.failure_probability << 0.5, 0.25, 0;
    p.survival[0] = 0.75;
    CHECK(broken(p, {{0}, {1}}) == "subtask \"x\": survival 0.5 is under 0.75");
    CHECK(broken(p, {{1}, {1}}) == "nothing");
    CHECK(broken(p, {{0, 1}, {1}}) == "nothing");
    CHECK(broken(p, {{2}, {1}}) == "nothing");  // a model that never fails
    p.replicas[0] = 2;
    CHECK(broken(p, {{2}, {1}}) == "subtask \"x\": 1 models where 2 are asked for");
  }
  SECTION("groups") {
    p.replicas[0] = 2;
    p.group = {7, 8, 7};
    CHECK(broken(p, {{0, 2}, {1}}) == "nothing");
    p.separate_groups[0] = true;
    CHECK(broken(p, {{0, 2}, {1}}) == "subtask \"x\": two of its models share a group");
    CHECK(broken(p, {{0, 1}, {1}}) == "nothing");
  }
  SECTION("capacity, of the counted load") {
    p.capacity[0] = 3.5;
    CHECK(broken(p, {{0}, {1}}) == "model \"a\": load 4 is over its capacity 3.5");
    p.capacity[0] = 4;
    CHECK(broken(p, {{0}, {1}}) == "nothing");
  }
  SECTION("quality, by each rule") {
    const plan chosen{{0}, {1}};  // sum 2.5, mean 0.5, least 0.5, product 2^-5
    const auto asking = [&](quality_rule rule, double at_least) {
      p.require = requirement{rule, at_least};
      return broken(p, chosen);
    };
    CHECK(asking(quality_rule::sum, 2.5) == "nothing");
    CHECK(asking(quality_rule::sum, 2.6) == "quality by the rule sum is under 2.6");
    CHECK(asking(quality_rule::mean, 0.5) == "nothing");
    CHECK(asking(quality_rule::mean, 0.6) == "quality by the rule mean is under 0.6");
    CHECK(asking(quality_rule::each, 0.5) == "nothing");
    CHECK(asking(quality_rule::each, 0.75) == "quality by the rule each is under 0.75");
    CHECK(asking(quality_rule::product, 0.03125) == "nothing");
    CHECK(asking(quality_rule::product, 0.04) == "quality by the rule product is under 0.04");
    CHECK(asking(quality_rule::product, 0) == "nothing");
    CHECK(asking(quality_rule::product, -1) == "nothing");
  }
  SECTION("the bound of epsilon, on either criterion and by either time rule") {
    const plan chosen{{0}, {1}};  // 14 J, 140 s, makespan 120 s
    CHECK(broken(p, chosen, epsilon{criterion::energy, 140}) == "nothing");
    CHECK(broken(p, chosen, epsilon{criterion::energy, 130}) == "time 140 is over 130");
    CHECK(broken(p, chosen, {epsilon{criterion::energy, 130}, time_rule::makespan}) == "nothing");
    CHECK(broken(p, chosen, epsilon{criterion::time, 13}) == "energy 14 is over 13");
  }
}

TEST_CASE("a long product is judged in logarithms, where it does not vanish", "[assign]") {
  problem p(1, 1);
  p.compatibility(0, 0) = 0.5;
  p.count[0] = 2000;  // 2^-2000 is no double
  p.require = requirement{quality_rule::product, std::numeric_limits<double>::denorm_min()};
  CHECK(evaluate(p, {}, {{0}}).compatibility.product == 0);
  CHECK(broken(p, {{0}}) != "nothing");
  p.count[0] = 1000;
  CHECK(broken(p, {{0}}) == "nothing");
}

TEST_CASE("requirements are compared with a slack that covers rounding and nothing more", "[assign]") {
  CHECK(at_most(1 + 1e-10, 1));
  CHECK_FALSE(at_most(1 + 1e-8, 1));
  CHECK(at_least(1e6 - 1e-4, 1e6));
  CHECK_FALSE(at_least(1e6 - 1e-2, 1e6));
  problem p(1, 3);
  p.compatibility.setConstant(0.1);
  p.require = requirement{quality_rule::sum, 0.3};  // 0.1 + 0.1 + 0.1 is not 0.3 in doubles
  CHECK(broken(p, {{0}, {0}, {0}}) == "nothing");
}
