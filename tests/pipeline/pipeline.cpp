// SPDX-License-Identifier: BSL-1.0
#include "shoal/pipeline.hpp"

#include <cctype>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "shoal/aggregate/max_weight.hpp"
#include "shoal/aggregate/quorum.hpp"
#include "shoal/aggregate/threshold.hpp"
#include "shoal/aggregate/vote.hpp"
#include "shoal/aggregate/weighted_sum.hpp"
#include "shoal/assign/exact.hpp"
#include "shoal/decompose/equal_chunks.hpp"
#include "shoal/decompose/lines.hpp"
#include "shoal/decompose/map_reduce.hpp"
#include "shoal/infer/function_backend.hpp"
#include "shoal/infer/scripted_backend.hpp"
#include "shoal/run/inline_executor.hpp"
#include "shoal/run/thread_pool_executor.hpp"

using namespace shoal;

namespace {

fleet<> three() {
  return {{.name = "small", .accuracy = 0.6, .energy_j = 1, .time_s = 1},
          {.name = "medium", .accuracy = 0.8, .energy_j = 3, .time_s = 1},
          {.name = "large", .accuracy = 0.9, .energy_j = 9, .time_s = 1}};
}

double by_accuracy(const model& m, const subtask&) { return m.accuracy; }

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

infer::backends<> shouting(std::size_t models) {
  return infer::backends<>(models, infer::function_backend{[](const infer::request<>& r) {
                             std::string out = upper(r.input);
                             for (const auto& need : r.needs) out += need.value;
                             return out;
                           }});
}

template <class Test>
void with_both(Test test) {
  {
    INFO("in line");
    test(run::inline_executor{});
  }
  {
    INFO("on threads");
    test(run::thread_pool_executor{});
  }
}

// Every model is asked the same, once each: a subtask that only it may do.
task_graph one_question_each(const fleet<>& models) {
  task_graph out;
  for (const model& m : models) out.add({.name = m.name, .input = "?"});
  return out;
}
std::optional<double> only_its_own(const model& m, const subtask& s) {
  if (m.name == s.name) return 1.0;
  return std::nullopt;
}

}  // namespace

TEST_CASE("a text is split, done by the cheapest models that are good enough, and put together",
          "[pipeline]") {
  with_both([](auto execute) {
    const pipeline way{decompose::lines{}, assign::exact{}, execute, aggregate::plurality{},
                       run::concatenate{}};
    std::size_t seen = 0;
    const auto report = way.run(task{"one\ntwo\nthree\n", "Shout."}, three(), by_accuracy, shouting(3),
                                {.objective = assign::weighted{1, 0},
                                 .require = assign::requirement{assign::quality_rule::mean, 0.66}},
                                [&](const run::event&) { ++seen; });
    REQUIRE(report);
    CHECK(report.result.value == "ONE\nTWO\nTHREE\n");
    CHECK(report.assignment.verdict == assign::verdict::optimal);
    // Mean 0.66 of three: two small and one medium make 2.0 / 3 for 5 J; nothing cheaper reaches it.
    CHECK(report.assignment.energy_j == 5);
    CHECK(report.outcomes.used.energy_j == 5);
    CHECK(report.graph.size() == 3);
    CHECK(report.consensus.size() == 3);
    CHECK(report.consensus[1].value == "TWO\n");
    CHECK(report.survived);
    CHECK(report.events == seen);
    CHECK(report.events >= 9);  // on threads some may be queued
    CHECK(report.why() == "");
  });
}

TEST_CASE("no plan is a value that says why, and nothing is run", "[pipeline]") {
  const pipeline way{decompose::lines{}, assign::exact{}, run::inline_executor{}, aggregate::plurality{}};
  const infer::backends<> never(3, infer::function_backend{[](const infer::request<>&) -> std::string {
                                  FAIL("a backend was called");
                                  return {};
                                }});
  const auto report = way.run(task{"one\ntwo\n", ""}, three(), by_accuracy, never,
                              {.require = assign::requirement{assign::quality_rule::mean, 0.95}});
  CHECK_FALSE(report);
  CHECK_FALSE(report.survived);
  CHECK(report.assignment.verdict == assign::verdict::infeasible);
  CHECK(report.assignment.best == Approx(0.9));
  CHECK(report.graph.size() == 2);
  CHECK(report.outcomes.subtasks.empty());
  CHECK(report.events == 0);
  CHECK(report.why().find("no plan, infeasible: ") == 0);
}

TEST_CASE("what fails is assigned anew by the pipeline's own solver, unless told otherwise", "[pipeline]") {
  with_both([](auto execute) {
    const pipeline way{decompose::lines{}, assign::exact{}, execute, aggregate::plurality{},
                       run::concatenate{}};
    infer::backends<> backends = shouting(3);
    backends[0] = infer::scripted_backend<>{{}, {infer::fails{}}};
    auto report = way.run(task{"one\ntwo\n", ""}, three(), by_accuracy, backends);
    CHECK(report.result.value == "ONE\nTWO\n");
    CHECK(report.outcomes.reassigned == 2);
    CHECK(report.outcomes.subtasks[0].answers.at(0).source == "medium");
    CHECK(report.survived);

    report = way.run(task{"one\ntwo\n", ""}, three(), by_accuracy, backends,
                     {.run = {.replan = run::no_replan{}}});
    CHECK_FALSE(report);
    CHECK_FALSE(report.survived);
    CHECK(report.why() ==
          "subtask \"part-1\", exhausted: no model is left for it; the last: small, refused, as scripted");
  });
}

TEST_CASE("one question to every model is aggregated across the parts", "[pipeline]") {
  // R = sum P r / sum P with accuracies 0.6, 0.8, 0.9 and answers 1, -1, 1: 0.7 / 2.3.
  const fleet<> models = three();
  infer::backends<double> backends;
  for (const double r : {1.0, -1.0, 1.0}) backends.push_back(infer::scripted_backend<double>{{}, {r}});
  with_both([&](auto execute) {
    const pipeline way{decompose::lines{}, assign::exact{}, execute, aggregate::weighted_sum{}};
    const auto report = way.run(one_question_each(models), models, only_its_own, backends);
    REQUIRE(report);
    CHECK(*report.result.value == Approx(0.7 / 2.3));
    CHECK(report.result.used == 3);
  });
}

TEST_CASE("replicas of one question are aggregated within the subtask", "[pipeline]") {
  task_graph graph;
  graph.add({.name = "translate", .replicas = 3});
  infer::backends<> backends;
  for (const char* r : {"Hello", "Hi", "Hi"}) backends.push_back(infer::scripted_backend<>{{}, {r}});
  const pipeline most_weight{decompose::lines{}, assign::exact{}, run::thread_pool_executor{},
                             aggregate::weighted_vote{}};
  auto report = most_weight.run(graph, three(), by_accuracy, backends);
  CHECK(report.result.value == "Hi");
  CHECK(report.result.confidence == Approx(1.7 / 2.3));
  CHECK(report.outcomes.calls == 3);

  backends[2] = infer::scripted_backend<>{{}, {infer::crashes{}}};
  report = most_weight.run(graph, three(), by_accuracy, backends);
  CHECK(report.result.value == "Hi");
  CHECK(report.survived);
  CHECK(report.outcomes.subtasks[0].failures.size() == 1);
}

TEST_CASE("an aggregator may make another type of value than the models do", "[pipeline]") {
  const fleet<> models = three();
  task_graph graph = one_question_each(models);
  graph.add({.name = "check"});
  graph.connect(0, 3);
  infer::backends<double> backends;
  for (const double r : {0.2, 0.9, 0.7}) {
    backends.push_back(infer::function_backend{
        [r](const infer::request<double>& q) { return q.needs.empty() ? r : q.needs[0].value; }});
  }
  const auto quality = [](const model& m, const subtask& s) {
    return s.name == "check" ? std::optional(1.0) : only_its_own(m, s);
  };
  const pipeline way{decompose::lines{}, assign::exact{}, run::thread_pool_executor{},
                     aggregate::threshold{0.6}};
  const auto report = way.run(graph, models, quality, backends);
  REQUIRE(report);
  // The last subtasks are medium, large and check, which repeats small's 0.2 by the small model: 1.47 / 2.3.
  CHECK(report.result.value->raised);
  CHECK(report.result.value->score == Approx((0.8 * 0.9 + 0.9 * 0.7 + 0.6 * 0.2) / 2.3));
  CHECK(report.consensus[0].value->raised == false);
}

TEST_CASE("a map-reduce's join receives the parts and makes the result", "[pipeline]") {
  with_both([](auto execute) {
    const pipeline way{decompose::map_reduce{decompose::lines{}}, assign::exact{}, execute,
                       aggregate::plurality{}};
    const auto report = way.run(task{"one\ntwo\n", ""}, three(), by_accuracy, shouting(3));
    CHECK(report.graph.size() == 3);
    CHECK(report.result.value == "ONE\nTWO\n");
  });
}

TEST_CASE("no quorum is no result, and says so", "[pipeline]") {
  task_graph graph;
  graph.add({.name = "vote", .replicas = 2});
  infer::backends<> backends(3, infer::scripted_backend<>{{}, {"yes"}});
  backends[0] = infer::scripted_backend<>{{}, {infer::fails{}}};
  const pipeline way{decompose::lines{}, assign::exact{}, run::inline_executor{},
                     aggregate::quorum<>{.at_least = 2}};
  const auto report = way.run(graph, three(), by_accuracy, backends);
  CHECK_FALSE(report);
  CHECK(report.survived);
  CHECK(report.why() == "no result: no quorum (subtask \"vote\")");
}

TEST_CASE("quality may be a matrix, and the problem may be adjusted", "[pipeline]") {
  const pipeline way{decompose::lines{}, assign::exact{}, run::inline_executor{}, aggregate::plurality{},
                     run::concatenate{}};
  matrix quality(3, 2);
  quality << 0.1, 0.9, 0.9, 0.1, 0.5, 0.5;
  pipeline_options each{.require = assign::requirement{assign::quality_rule::each, 0.8}};
  auto report = way.run(task{"one\ntwo\n", ""}, three(), quality, shouting(3), each);
  CHECK(report.assignment.chosen == assign::plan{{1}, {0}});

  each.adjust = [](assign::problem& p) { p.allowed(1, 0) = false; };
  report = way.run(task{"one\ntwo\n", ""}, three(), quality, shouting(3), each);
  CHECK(report.assignment.verdict == assign::verdict::infeasible);

  CHECK_THROWS_AS(way.run(task{"one\n", ""}, three(), quality, shouting(3)), invalid_problem);
  CHECK_THROWS_AS(way.run(task{"one\ntwo\n", ""}, three(), quality, shouting(2)), invalid_argument);
}

namespace {

struct card {  // a user's own descriptor
  std::string id{};
  double price = 0;
};

}  // namespace

template <>
struct shoal::model_traits<card> : shoal::model_defaults<card> {
  static std::string_view name(const card& c) { return c.id; }
  static double energy_j(const card& c) { return c.price; }
};

TEST_CASE("a pipeline works on the user's own descriptors", "[pipeline]") {
  const fleet<card> models{{"dear", 9}, {"cheap", 2}};
  const auto quality = [](const card& c, const subtask&) { return c.price; };
  const pipeline way{decompose::lines{}, assign::exact{}, run::inline_executor{}, aggregate::plurality{}};
  const auto report = way.run(task{"one\n", ""}, models, quality, shouting(2));
  CHECK(report.outcomes.subtasks.at(0).answers.at(0).source == "cheap");
}

TEST_CASE("an empty text has no parts and no result", "[pipeline]") {
  const pipeline way{decompose::lines{}, assign::exact{}, run::thread_pool_executor{},
                     aggregate::plurality{}};
  const auto report = way.run(task{}, three(), by_accuracy, shouting(3));
  CHECK_FALSE(report);
  CHECK(report.survived);
  CHECK(report.why() == "no result: no answers");
}

TEST_CASE("a pipeline that was cancelled says so", "[pipeline]") {
  std::stop_source source;
  source.request_stop();
  const pipeline way{decompose::lines{}, assign::exact{}, run::thread_pool_executor{},
                     aggregate::plurality{}};
  const auto report =
      way.run(task{"one\n", ""}, three(), by_accuracy, shouting(3), {.run = {.stop = source.get_token()}});
  CHECK_FALSE(report.survived);
  CHECK(report.why() == "subtask \"part-1\", cancelled: the run was cancelled");
}
