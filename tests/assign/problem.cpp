// SPDX-License-Identifier: BSL-1.0
#include "shoal/assign/problem.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "catch.hpp"
#include "shoal/assign/limits.hpp"

using namespace shoal::assign;
using shoal::invalid_problem;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

/// Two models, three subtasks, the second of each with a name that messages use.
problem sound() {
  problem p(2, 3);
  p.model_names = {"tiny", "phi-3"};
  p.subtask_names = {"biology", "law", "math"};
  return p;
}

/// The text with which `validate` refuses what `spoil` makes of a sound problem.
std::string refusal(const std::function<void(problem&)>& spoil) {
  problem p = sound();
  spoil(p);
  try {
    validate(p);
  } catch (const invalid_problem& e) {
    return e.what();
  }
  return "accepted";
}

std::string refusal(const objective& o) {
  try {
    validate(o);
  } catch (const invalid_problem& e) {
    return e.what();
  }
  return "accepted";
}

std::string refusal(const limits& l) {
  try {
    validate(l);
  } catch (const invalid_problem& e) {
    return e.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("a problem starts where every model may do every subtask once, free and perfectly", "[assign]") {
  const problem p(2, 3);
  CHECK(p.models() == 2);
  CHECK(p.subtasks() == 3);
  CHECK((p.compatibility == 1).all());
  CHECK((p.energy_j == 0).all());
  CHECK((p.time_s == 0).all());
  CHECK((p.load == 1).all());
  CHECK((p.capacity == infinity).all());
  CHECK(p.allowed.all());
  CHECK(p.group == std::vector<std::size_t>{0, 1});
  CHECK((p.count == 1).all());
  CHECK(p.replicas == std::vector<std::size_t>{1, 1, 1});
  CHECK_FALSE(p.require);
  CHECK_NOTHROW(validate(p));
  CHECK_NOTHROW(validate(sound()));
  CHECK_NOTHROW(validate(problem(0, 0)));
  CHECK_NOTHROW(validate(problem()));
  CHECK_NOTHROW(validate(problem(0, 2)));
  CHECK_NOTHROW(validate(problem(2, 0)));
}

TEST_CASE("labels are names where there are some, else numbers", "[assign]") {
  CHECK(sound().model_label(1) == "\"phi-3\"");
  CHECK(sound().subtask_label(2) == "\"math\"");
  CHECK(problem(2, 3).model_label(1) == "1");
  CHECK(problem(2, 3).subtask_label(2) == "2");
}

TEST_CASE("shapes that disagree are refused by name and size", "[assign]") {
  using shoal::mask;
  using shoal::matrix;
  using shoal::vector;
  const auto sized = [](const char* what) {
    return std::string(what) + " is 3 x 2, but there are 2 models and 3 subtasks";
  };
  CHECK(refusal([](problem& p) { p.energy_j = matrix::Zero(3, 2); }) == sized("energy_j"));
  CHECK(refusal([](problem& p) { p.time_s = matrix::Zero(3, 2); }) == sized("time_s"));
  CHECK(refusal([](problem& p) { p.load = matrix::Zero(3, 2); }) == sized("load"));
  CHECK(refusal([](problem& p) { p.allowed = mask::Constant(3, 2, true); }) == sized("allowed"));
  CHECK(refusal([](problem& p) { p.energy_j = matrix(); }) ==
        "energy_j is 0 x 0, but there are 2 models and 3 subtasks");
  CHECK(refusal([](problem& p) { p.capacity = vector::Ones(3); }) ==
        "capacity has 3 entries, but there are 2 models");
  CHECK(refusal([](problem& p) { p.failure_probability = vector::Zero(1); }) ==
        "failure_probability has 1 entries, but there are 2 models");
  CHECK(refusal([](problem& p) { p.group = {0}; }) == "group has 1 entries, but there are 2 models");
  CHECK(refusal([](problem& p) { p.count = vector::Ones(2); }) ==
        "count has 2 entries, but there are 3 subtasks");
  CHECK(refusal([](problem& p) { p.replicas = {1}; }) == "replicas has 1 entries, but there are 3 subtasks");
  CHECK(refusal([](problem& p) { p.survival = vector::Zero(4); }) ==
        "survival has 4 entries, but there are 3 subtasks");
  CHECK(refusal([](problem& p) { p.separate_groups = {}; }) ==
        "separate_groups has 0 entries, but there are 3 subtasks");
  CHECK(refusal([](problem& p) { p.model_names = {"tiny"}; }) ==
        "model_names has 1 entries, but there are 2 models");
  CHECK(refusal([](problem& p) { p.subtask_names = {"law"}; }) ==
        "subtask_names has 1 entries, but there are 3 subtasks");
}

TEST_CASE("figures of a model or a subtask that are out of range are refused with their value", "[assign]") {
  CHECK(refusal([](problem& p) { p.capacity[1] = -1; }) == "capacity of model \"phi-3\": -1 is not >= 0");
  CHECK(refusal([](problem& p) { p.capacity[0] = no_number; }) ==
        "capacity of model \"tiny\": nan is not >= 0");
  CHECK(refusal([](problem& p) { p.failure_probability[1] = 1.5; }) ==
        "failure_probability of model \"phi-3\": 1.5 is not in [0, 1]");
  CHECK(refusal([](problem& p) { p.failure_probability[1] = no_number; }) ==
        "failure_probability of model \"phi-3\": nan is not in [0, 1]");
  for (const double bad : {0.0, -2.0, infinity, no_number}) {
    CHECK(refusal([&](problem& p) { p.count[1] = bad; }) ==
          "count of subtask \"law\": " + shoal::to_text(bad) + " is not a finite number > 0");
  }
  CHECK(refusal([](problem& p) { p.replicas[2] = 0; }) == "replicas of subtask \"math\": 0 is not >= 1");
  for (const double bad : {1.0, -0.5, no_number}) {
    CHECK(refusal([&](problem& p) { p.survival[0] = bad; }) ==
          "survival of subtask \"biology\": " + shoal::to_text(bad) + " is not in [0, 1)");
  }
  CHECK(refusal([](problem& p) { p.failure_probability << 0, 1; }) == "accepted");
  CHECK(refusal([](problem& p) { p.capacity << 0, infinity; }) == "accepted");
}

TEST_CASE("figures of a pair that are out of range are refused with model, subtask and value", "[assign]") {
  const std::string pair = " of model \"phi-3\" at subtask \"law\": ";
  for (const double bad : {infinity, -infinity, no_number}) {
    CHECK(refusal([&](problem& p) { p.compatibility(1, 1) = bad; }) ==
          "compatibility" + pair + shoal::to_text(bad) + " is not finite");
  }
  for (const double bad : {-1.0, infinity, no_number}) {
    const std::string ending = shoal::to_text(bad) + " is not a finite number >= 0";
    CHECK(refusal([&](problem& p) { p.energy_j(1, 1) = bad; }) == "energy_j" + pair + ending);
    CHECK(refusal([&](problem& p) { p.time_s(1, 1) = bad; }) == "time_s" + pair + ending);
    CHECK(refusal([&](problem& p) { p.load(1, 1) = bad; }) == "load" + pair + ending);
  }
  const auto of_product = [](double c) {
    return [c](problem& p) {
      p.require = requirement{quality_rule::product, 0.5};
      p.compatibility(1, 1) = c;
    };
  };
  CHECK(refusal(of_product(0)) == "compatibility" + pair + "0 is not in (0, 1], as the rule product needs");
  CHECK(refusal(of_product(1.5)) ==
        "compatibility" + pair + "1.5 is not in (0, 1], as the rule product needs");
  CHECK(refusal(of_product(1)) == "accepted");
  CHECK(refusal([](problem& p) { p.compatibility(1, 1) = -7; }) == "accepted");
}

TEST_CASE("figures of a pair that is not allowed are not looked at", "[assign]") {
  CHECK(refusal([](problem& p) {
          p.require = requirement{quality_rule::product, 0.5};
          p.allowed(1, 1) = false;
          p.compatibility(1, 1) = no_number;
          p.energy_j(1, 1) = -1;
          p.time_s(1, 1) = infinity;
          p.load(1, 1) = no_number;
        }) == "accepted");
}

TEST_CASE("a requirement that is not finite is refused", "[assign]") {
  for (const double bad : {infinity, no_number}) {
    CHECK(refusal([&](problem& p) {
            p.require = requirement{quality_rule::mean, bad};
          }) == "required compatibility " + shoal::to_text(bad) + " is not finite");
  }
}

TEST_CASE("factors and bounds of an objective are finite and not negative", "[assign]") {
  CHECK(refusal(objective(weighted{-1, 1})) == "objective weighted: energy -1 is not a finite number >= 0");
  CHECK(refusal(objective(weighted{1, no_number})) ==
        "objective weighted: time nan is not a finite number >= 0");
  CHECK(refusal(objective(epsilon{criterion::energy, -1})) ==
        "objective epsilon: at_most -1 is not a finite number >= 0");
  CHECK(refusal(objective(chebyshev{infinity, 1})) ==
        "objective chebyshev: energy inf is not a finite number >= 0");
  CHECK(refusal(objective(chebyshev{1, -3})) == "objective chebyshev: time -3 is not a finite number >= 0");
  CHECK(refusal(objective()) == "accepted");
  CHECK(refusal(objective(lexicographic{criterion::time}, time_rule::makespan)) == "accepted");
  CHECK(refusal(objective(weighted{0, 0})) == "accepted");
}

TEST_CASE("limits are a time over zero and a gap that is not negative", "[assign]") {
  using seconds = std::chrono::duration<double>;
  CHECK(refusal(limits{.time = seconds(0)}) == "limits: time 0 is not > 0");
  CHECK(refusal(limits{.time = seconds(no_number)}) == "limits: time nan is not > 0");
  CHECK(refusal(limits{.gap = -0.5}) == "limits: gap -0.5 is not >= 0");
  CHECK(refusal(limits{.gap = no_number}) == "limits: gap nan is not >= 0");
  CHECK(refusal(limits{}) == "accepted");
  CHECK(refusal(limits{.time = seconds(1), .gap = 0.1, .nodes = 0}) == "accepted");
}

TEST_CASE("a fleet and a task graph make a problem", "[assign]") {
  shoal::fleet<shoal::model> models;
  models.add(
      {.name = "a", .energy_j = 2, .time_s = 3, .capacity = 4, .failure_probability = 0.5, .group = "x"});
  models.add({.name = "b", .energy_j = 5, .time_s = 6});
  models.add({.name = "c", .group = "x"});
  models.add({.name = "d"});
  shoal::task_graph graph;
  graph.add({.name = "first", .count = 7, .replicas = 2, .survival = 0.75, .separate_groups = true});
  graph.add({.name = "second"});

  const problem p = make_problem(models, graph);
  CHECK_NOTHROW(validate(p));
  REQUIRE((p.models() == 4 && p.subtasks() == 2));
  CHECK(p.model_names == std::vector<std::string>{"a", "b", "c", "d"});
  CHECK(p.subtask_names == std::vector<std::string>{"first", "second"});
  CHECK((p.energy_j(0, 0) == 2 && p.energy_j(0, 1) == 2 && p.energy_j(1, 1) == 5));
  CHECK((p.time_s(0, 0) == 3 && p.time_s(1, 1) == 6));
  CHECK((p.capacity[0] == 4 && p.capacity[1] == infinity));
  CHECK((p.failure_probability[0] == 0.5 && p.failure_probability[1] == 0));
  CHECK((p.count[0] == 7 && p.count[1] == 1));
  CHECK(p.replicas == std::vector<std::size_t>{2, 1});
  CHECK((p.survival[0] == 0.75 && p.survival[1] == 0));
  CHECK((p.separate_groups[0] && !p.separate_groups[1]));
  // Models of the same group share it; those without a group are alone, also among themselves.
  CHECK(p.group[0] == p.group[2]);
  CHECK(p.group[1] != p.group[0]);
  CHECK(p.group[3] != p.group[0]);
  CHECK(p.group[3] != p.group[1]);
}
