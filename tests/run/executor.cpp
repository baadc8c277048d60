// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/executor.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "run/support.hpp"
#include "shoal/infer/deadline.hpp"
#include "shoal/infer/scripted_backend.hpp"
#include "shoal/run/replan.hpp"

using namespace shoal;
using namespace std::chrono_literals;
using support::graph;
using support::job_of;
using support::models;
using support::slow_exact;
using support::story;

namespace {

template <class Refused, class Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const Refused& e) {
    return e.what();
  }
  return "";
}

run::options moving() { return {.replan = run::replan{slow_exact{}}}; }

}  // namespace

TEST_CASE("an answer record is filled in from the model, the problem and the clock", "[run]") {
  fleet<> f{{.name = "phi", .accuracy = 0.4, .relevance = 0.9, .energy_j = 3, .time_s = 1, .group = "west"}};
  task_graph g;
  g.add({.name = "law", .count = 5});
  const run::job j = job_of(f, g);
  support::with_both([&](auto execute) {
    const auto out = execute(j, infer::backends<>{infer::function_backend{[](const auto&) { return "B"; }}});
    REQUIRE(out.complete());
    const answer<>& a = out.subtasks[0].answers.at(0);
    CHECK(a.value == "B");
    CHECK(a.source == "phi");
    CHECK(a.accuracy == 0.4);
    CHECK(a.relevance == 0.9);
    CHECK(a.group == "west");
    CHECK(a.used.energy_j == 15);
    CHECK(a.used.time_s > 0);
    CHECK((a.at_s > 0 && a.at_s <= out.seconds));
    CHECK(out.used == a.used);
    CHECK(out.calls == 1);
  });
}

TEST_CASE("what the backend measured itself is kept", "[run]") {
  const run::job j = job_of(models(1), graph(1));
  support::with_both([&](auto execute) {
    const answer<> own{.value = "B",
                       .source = "an impostor",
                       .confidence = 0.5,
                       .used = {.input_tokens = 3, .output_tokens = 4, .time_s = 9, .energy_j = 8}};
    const auto out = execute(j, infer::backends<>{infer::function_backend{[&](const auto&) { return own; }}});
    const answer<>& a = out.subtasks.at(0).answers.at(0);
    CHECK(a.used == own.used);
    CHECK(a.confidence == 0.5);
    CHECK(a.source == "m0");
  });
}

TEST_CASE("a request says everything that there is to say", "[run]") {
  fleet<> f = models(2);
  task_graph g;
  g.add({.name = "first", .input = "text", .instruction = "Translate."});
  g.add({.name = "second", .count = 3});
  g.connect(0, 1);
  const run::job j = job_of(f, g);
  support::with_both([&](auto execute) {
    std::vector<infer::request<>> seen;
    const auto out = execute(j, support::all_models(2, [&](const infer::request<>& r) {
                               seen.push_back(r);
                               return "<" + r.subtask + ">";
                             }));
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].subtask == "first");
    CHECK(seen[0].input == "text");
    CHECK(seen[0].instruction == "Translate.");
    CHECK(seen[0].needs.empty());
    CHECK(seen[0].model == "m0");
    CHECK(seen[0].attempt == 1);
    CHECK(seen[0].deadline == std::chrono::steady_clock::time_point::max());
    CHECK(seen[1].count == 3);
    REQUIRE(seen[1].needs.size() == 1);
    CHECK(seen[1].needs[0].subtask == "first");
    CHECK(seen[1].needs[0].value == "<first>");
    CHECK(out.subtasks[1].value == "<second>");
  });
}

TEST_CASE("answers flow along the edges, in the order in which they were connected", "[run]") {
  // 0 -> 2 <- 1, 2 -> 4 <- 0, 3 alone; 4 lists 2 before 0.
  const run::job j = job_of(models(3), graph(5, {{0, 2}, {1, 2}, {2, 4}, {0, 4}}));
  const auto spell = [](const infer::request<>& r) {
    std::string out = r.input;
    for (const auto& need : r.needs) out += "(" + need.value + ")";
    return out;
  };
  support::with_both([&](auto execute) {
    story seen;
    const auto out = execute(j, support::all_models(3, spell), {}, seen);
    CHECK(out.subtasks[2].value == "in2(in0)(in1)");
    CHECK(out.subtasks[3].value == "in3");
    CHECK(out.subtasks[4].value == "in4(in2(in0)(in1))(in0)");
    CHECK(seen.flaw(j, out) == "");
  });
}

TEST_CASE("a chain of ten thousand runs and fails without a deep stack", "[run]") {
  constexpr std::size_t length = 10000;
  task_graph g = graph(length);
  for (std::size_t k = 1; k < length; ++k) g.connect(k - 1, k);
  assign::problem p = assign::make_problem(models(1), g);
  const run::job j =
      run::make_job(models(1), g, p, assign::weighted{}, assign::plan(length, std::vector<std::size_t>{0}));
  support::with_both([&](auto execute) {
    const auto fine = execute(j, support::all_models(1, [](const auto& r) { return r.subtask; }));
    CHECK(fine.complete());
    const auto broken = execute(j, support::all_models(1, [](const infer::request<>&) -> std::string {
                                  throw infer::failure(infer::failure_kind::refused, "closed");
                                }));
    CHECK(broken.calls == 1);
    CHECK(broken.subtasks[0].end == run::ending::exhausted);
    CHECK(broken.subtasks[length - 1].end == run::ending::unmet_need);
  });
}

TEST_CASE("an empty graph is a run without subtasks", "[run]") {
  const run::job j = job_of(models(1), {});
  support::with_both([&](auto execute) {
    const auto out = execute(j, support::all_models(1, [](const auto&) { return "never"; }));
    CHECK(out.complete());
    CHECK(out.subtasks.empty());
    CHECK(out.calls == 0);
  });
}

TEST_CASE("values may be of any type", "[run]") {
  const run::job j = job_of(models(2), graph(3, {{0, 2}, {1, 2}}));
  const infer::function_backend sum{[](const infer::request<double>& r) {
    double out = 1;
    for (const auto& need : r.needs) out += need.value;
    return out;
  }};
  support::with_both([&](auto execute) {
    static_assert(run::executor<decltype(execute), double>);
    const auto out = execute(j, infer::backends<double>{sum, sum});
    CHECK(out.subtasks[2].value == 3.0);
  });
}

TEST_CASE("whatever a backend throws is a named failure", "[run]") {
  const run::job j = job_of(models(1), graph(4));
  const infer::backends<> backends{infer::function_backend{[](const infer::request<>& r) -> std::string {
    if (r.subtask == "s0") throw infer::failure(infer::failure_kind::bad_answer, "not a letter");
    if (r.subtask == "s1") throw std::runtime_error("out of paper");
    if (r.subtask == "s2") throw 42;  // NOLINT(hicpp-exception-baseclass)
    return "B";
  }}};
  support::with_both([&](auto execute) {
    story seen;
    const auto out = execute(j, backends, {}, seen);
    CHECK_FALSE(out.complete());
    const auto failure = [&](std::size_t k) {
      const run::failed_try& f = out.subtasks[k].failures.at(0);
      CHECK(f.model == 0);
      CHECK(f.name == "m0");
      CHECK(f.attempt == 1);
      return std::string(infer::name_of(f.kind)) + ": " + f.text;
    };
    CHECK(failure(0) == "bad answer: not a letter");
    CHECK(failure(1) == "crashed: out of paper");
    CHECK(failure(2) == "crashed: it threw something that is not a std::exception");
    CHECK(out.subtasks[0].end == run::ending::exhausted);
    CHECK(out.subtasks[0].why == "its models failed; the last: m0, bad answer, not a letter");
    CHECK(out.subtasks[3].value == "B");
    CHECK(seen.flaw(j, out) == "");
  });
}

TEST_CASE("what needs a failed subtask is not run, and says which need it was", "[run]") {
  const run::job j = job_of(models(1), graph(4, {{0, 1}, {1, 2}}));
  support::with_both([&](auto execute) {
    story seen;
    const auto out = execute(
        j, infer::backends<>{infer::scripted_backend<>{{{"s0", {infer::fails{}}}}, {"fine"}}}, {}, seen);
    CHECK(out.subtasks[0].end == run::ending::exhausted);
    CHECK(out.subtasks[1].end == run::ending::unmet_need);
    CHECK(out.subtasks[1].why == "it needs \"s0\", which has no value");
    CHECK(out.subtasks[1].failures.empty());
    CHECK(out.subtasks[2].why == "it needs \"s1\", which has no value");
    CHECK(out.subtasks[3].value == "fine");
    CHECK(out.calls == 2);
    CHECK(seen.flaw(j, out) == "");
  });
}

TEST_CASE("a subtask survives as long as one of its replicas does", "[run]") {
  task_graph g;
  g.add({.name = "law", .replicas = 3});
  const run::job j = job_of(models(4), g);
  REQUIRE(j.plan == assign::plan{{0, 1, 2}});
  support::with_both([&](auto execute) {
    story seen;
    const auto out =
        execute(j,
                infer::backends<>{
                    infer::scripted_backend<>{{}, {infer::fails{}}}, infer::scripted_backend<>{{}, {"one"}},
                    infer::scripted_backend<>{{}, {"two"}}, infer::scripted_backend<>{{}, {"never asked"}}},
                moving(), seen);
    REQUIRE(out.complete());
    REQUIRE(out.subtasks[0].answers.size() == 2);
    CHECK(out.subtasks[0].answers[0].value == "one");
    CHECK(out.subtasks[0].answers[1].value == "two");
    CHECK(out.subtasks[0].value == "one");
    CHECK(out.subtasks[0].failures.size() == 1);
    CHECK(out.calls == 3);
    CHECK(out.reassigned == 0);
    CHECK(seen.flaw(j, out) == "");
  });
}

TEST_CASE("a lost replica is replaced when the options say so", "[run]") {
  task_graph g;
  g.add({.name = "law", .replicas = 2});
  const run::job j = job_of(models(4), g);
  run::options o = moving();
  o.replace_lost_replicas = true;
  support::with_both([&](auto execute) {
    story seen;
    const auto out =
        execute(j,
                infer::backends<>{
                    infer::scripted_backend<>{{}, {infer::fails{}}}, infer::scripted_backend<>{{}, {"one"}},
                    infer::scripted_backend<>{{}, {"two"}}, infer::scripted_backend<>{{}, {"never asked"}}},
                o, seen);
    REQUIRE(out.subtasks[0].answers.size() == 2);
    CHECK(out.subtasks[0].answers[0].source == "m1");
    CHECK(out.subtasks[0].answers[1].source == "m2");
    CHECK(out.reassigned == 1);
    CHECK(seen.flaw(j, out) == "");
  });
}

TEST_CASE("a lost replica that nobody can replace leaves the others' answers", "[run]") {
  task_graph g;
  g.add({.name = "law", .replicas = 2});
  const run::job j = job_of(models(2), g);
  run::options o = moving();
  o.replace_lost_replicas = true;
  support::with_both([&](auto execute) {
    const auto out = execute(j,
                             infer::backends<>{infer::scripted_backend<>{{}, {"zero"}},
                                               infer::scripted_backend<>{{}, {infer::fails{}}}},
                             o);
    CHECK(out.complete());
    CHECK(out.subtasks[0].value == "zero");
    CHECK(out.reassigned == 0);
  });
}

TEST_CASE("the combiner makes the value that flows, and without one the needs are unmet", "[run]") {
  task_graph g;
  g.add({.name = "vote", .replicas = 3});
  g.add({.name = "next"});
  g.connect(0, 1);
  const run::job j = job_of(models(3), g);
  const infer::backends<> backends = support::all_models(
      3, [](const infer::request<>& r) { return r.needs.empty() ? r.model : "after " + r.needs[0].value; });
  support::with_both([&](auto execute) {
    const auto last = [](std::span<const answer<>> a) { return std::optional(a.back().value); };
    CHECK(execute(j, backends, {}, run::no_observer{}, last).subtasks[1].value == "after m2");

    const auto none = [](std::span<const answer<>>) { return std::optional<std::string>(); };
    const auto out = execute(j, backends, {}, run::no_observer{}, none);
    CHECK(out.subtasks[0].end == run::ending::answered);
    CHECK(out.subtasks[0].answers.size() == 3);
    CHECK(out.subtasks[0].why == "its answers make no value");
    CHECK(out.subtasks[1].end == run::ending::unmet_need);

    const auto broken = [](std::span<const answer<>>) -> std::optional<std::string> {
      throw std::logic_error("no idea");
    };
    CHECK(execute(j, backends, {}, run::no_observer{}, broken).subtasks[0].why ==
          "its answers could not be combined: no idea");
  });
}

TEST_CASE("the first answer that does not abstain flows by default", "[run]") {
  task_graph g;
  g.add({.name = "law", .replicas = 2});
  const run::job j = job_of(models(2), g);
  support::with_both([&](auto execute) {
    const auto out =
        execute(j, infer::backends<>{infer::function_backend{[](const infer::request<>&) {
                                       return answer<>{.value = "?", .abstains = true};
                                     }},
                                     infer::function_backend{[](const infer::request<>&) { return "B"; }}});
    CHECK(out.subtasks[0].answers.size() == 2);
    CHECK(out.subtasks[0].value == "B");
  });
}

TEST_CASE("a failed subtask goes to the next best model", "[run]") {
  const run::job j = job_of(models(3), graph(1));
  support::with_both([&](auto execute) {
    story seen;
    std::vector<std::size_t> attempts;
    const auto out = execute(j,
                             support::all_models(3,
                                                 [&](const infer::request<>& r) -> std::string {
                                                   attempts.push_back(r.attempt);
                                                   if (r.model == "m2") return "at last";
                                                   throw infer::failure(infer::failure_kind::refused, "busy");
                                                 }),
                             moving(), seen);
    CHECK(out.subtasks[0].value == "at last");
    CHECK(attempts == std::vector<std::size_t>{1, 2, 3});
    REQUIRE(out.subtasks[0].failures.size() == 2);
    CHECK(out.subtasks[0].failures[0].name == "m0");
    CHECK(out.subtasks[0].failures[1].name == "m1");
    CHECK(out.subtasks[0].failures[1].attempt == 2);
    CHECK(out.reassigned == 2);
    CHECK_FALSE(out.degraded);
    CHECK(seen.count(run::event_kind::reassigned) == 2);
    CHECK(seen.flaw(j, out) == "");
  });
}

TEST_CASE("attempts are bounded, and the end of the road is named", "[run]") {
  const run::job j = job_of(models(3), graph(1));
  const auto refuse = [](const infer::request<>&) -> std::string {
    throw infer::failure(infer::failure_kind::refused, "busy");
  };
  support::with_both([&](auto execute) {
    run::options o = moving();
    o.attempts = 2;
    auto out = execute(j, support::all_models(3, refuse), o);
    CHECK(out.calls == 2);
    CHECK(out.subtasks[0].why == "every attempt failed; the last: m1, refused, busy");

    o.attempts = 9;
    out = execute(j, support::all_models(3, refuse), o);
    CHECK(out.calls == 3);
    CHECK(out.subtasks[0].end == run::ending::exhausted);
    CHECK(out.subtasks[0].why == "no model is left for it; the last: m2, refused, busy");

    o.replan = run::no_replan{};
    out = execute(j, support::all_models(3, refuse), o);
    CHECK(out.calls == 1);
  });
}

TEST_CASE("a replanner that throws loses nothing", "[run]") {
  const run::job j = job_of(models(2), graph(2));
  const run::options o{.replan = [](const run::job&, const run::progress&) -> run::reassignment {
    throw std::runtime_error("no licence");
  }};
  support::with_both([&](auto execute) {
    const auto out =
        execute(j, infer::backends<>(2, infer::scripted_backend<>{{{"s0", {infer::fails{}}}}, {"fine"}}), o);
    CHECK(out.subtasks[0].why == "re-assignment failed: no licence; the last: m0, refused, as scripted");
    CHECK(out.subtasks[1].value == "fine");
  });
}

TEST_CASE("an observer that throws does not harm the run", "[run]") {
  const run::job j = support::job_in_turn(models(2), graph(5));
  support::with_both([&](auto execute) {
    std::size_t calls = 0;
    const auto out = execute(j, support::all_models(2, [](const auto& r) { return r.subtask; }), {},
                             [&](const run::event&) {
                               if (++calls == 3) throw std::runtime_error("disk full");
                             });
    CHECK(out.complete());
    CHECK(calls == 3);
    REQUIRE(out.observer_error);
    CHECK_THROWS_AS(std::rethrow_exception(out.observer_error), std::runtime_error);
  });
}

TEST_CASE("the observer is called on the caller's thread", "[run]") {
  const run::job j = support::job_in_turn(models(4), graph(40));
  support::with_both([&](auto execute) {
    bool elsewhere = false;
    const auto here = std::this_thread::get_id();
    execute(j, support::all_models(4, [](const auto& r) { return r.subtask; }), {},
            [&](const run::event&) { elsewhere = elsewhere || std::this_thread::get_id() != here; });
    CHECK_FALSE(elsewhere);
  });
}

TEST_CASE("a run that was stopped before it began asks nobody", "[run]") {
  const run::job j = job_of(models(2), graph(3, {{0, 1}}));
  std::stop_source source;
  source.request_stop();
  const auto fine = support::all_models(2, [](const auto&) { return "never"; });
  support::with_both([&](auto execute) {
    story seen;
    auto out = execute(j, fine, run::options{.stop = source.get_token()}, seen);
    CHECK(out.calls == 0);
    for (const auto& o : out.subtasks) {
      CHECK(o.end == run::ending::cancelled);
      CHECK(o.why == "the run was cancelled");
    }
    CHECK(seen.flaw(j, out) == "");
    out = execute(j, fine, run::options{.deadline = std::chrono::steady_clock::now()});
    CHECK(out.calls == 0);
    for (const auto& o : out.subtasks) CHECK(o.end == run::ending::deadline);
  });
}

TEST_CASE("an observer may stop the run, and what was answered by then is kept", "[run]") {
  const run::job j = job_of(models(1), graph(3));
  support::with_both([&](auto execute) {
    std::stop_source source;
    story seen;
    const auto out = execute(
        j, infer::backends<>{infer::scripted_backend<>{{{"s0", {"zero"}}, {"s1", {infer::stalls{}}}}}},
        run::options{.stop = source.get_token()}, [&](const run::event& e) {
          seen(e);
          if (e.kind == run::event_kind::started && e.subtask == 1) source.request_stop();
        });
    CHECK(out.subtasks[0].value == "zero");
    CHECK(out.subtasks[1].end == run::ending::cancelled);
    REQUIRE(out.subtasks[1].failures.size() == 1);
    CHECK(out.subtasks[1].failures[0].kind == infer::failure_kind::cancelled);
    CHECK(out.subtasks[2].end == run::ending::cancelled);
    CHECK(out.subtasks[2].failures.empty());
    CHECK(seen.flaw(j, out) == "");
  });
}

TEST_CASE("the deadline ends a stalled call, and answers of other replicas count", "[run]") {
  task_graph g;
  g.add({.name = "law", .replicas = 2});
  g.add({.name = "next"});
  g.connect(0, 1);
  const run::job j = job_of(models(2), g);
  support::with_both([&](auto execute) {
    story seen;
    run::options o = moving();
    o.deadline = std::chrono::steady_clock::now() + 20ms;
    const auto out = execute(j,
                             infer::backends<>{infer::scripted_backend<>{{}, {"B"}},
                                               infer::scripted_backend<>{{}, {infer::stalls{}}}},
                             o, seen);
    CHECK(out.subtasks[0].end == run::ending::answered);
    CHECK(out.subtasks[0].value == "B");
    CHECK(out.subtasks[0].failures.at(0).kind == infer::failure_kind::timeout);
    CHECK(out.subtasks[1].end == run::ending::deadline);
    CHECK(seen.flaw(j, out) == "");
  });
}

TEST_CASE("a call that lasts too long is a timeout, and its subtask goes on elsewhere", "[run]") {
  const run::job j = job_of(models(2), graph(1));
  support::with_both([&](auto execute) {
    story seen;
    run::options o = moving();
    o.try_timeout = 10ms;
    // The second model may be slow on a loaded machine, so what is certain is only how the first one ended.
    const auto out = execute(j,
                             infer::backends<>{infer::scripted_backend<>{{}, {infer::stalls{}}},
                                               infer::scripted_backend<>{{}, {"B"}}},
                             o, seen);
    CHECK(out.calls == 2);
    CHECK(out.subtasks[0].failures.at(0).kind == infer::failure_kind::timeout);
    CHECK(out.subtasks[0].failures.at(0).name == "m0");
    CHECK(seen.flaw(j, out) == "");
  });
}

TEST_CASE("bad input is refused before anything runs", "[run]") {
  const run::job good = job_of(models(2), graph(2));
  const infer::backends<> fine = support::all_models(2, [](const auto&) -> std::string {
    FAIL("a backend was called");
    return {};
  });
  support::with_both([&](auto execute) {
    const auto broken = [&](auto change) {
      run::job j = good;
      change(j);
      return refusal<bad_input>([&] { execute(j, fine); });
    };
    CHECK(broken([](run::job& j) { j.plan.pop_back(); }) ==
          "job: 1 subtasks in the plan, but the problem has 2 subtasks");
    CHECK(broken([](run::job& j) { j.plan[1].clear(); }) == "plan of subtask \"s1\": it has no model");
    CHECK(broken([](run::job& j) { j.plan[1] = {7}; }) == "plan of subtask \"s1\": there is no model 7");
    CHECK(broken([](run::job& j) {
            j.plan[1] = {1, 1};
          }) == "plan of subtask \"s1\": its models do not grow");
    CHECK(broken([](run::job& j) { j.problem.allowed(0, 1) = false; }) ==
          "plan of subtask \"s1\": model \"m0\" is not allowed");
    CHECK(broken([](run::job& j) { j.models.pop_back(); }) == "job: 1 models, but the problem has 2 models");
    CHECK(broken([](run::job& j) { j.graph.add({.name = "s2"}); }) ==
          "job: 3 subtasks in the graph, but the problem has 2 subtasks");
    CHECK(broken([](run::job& j) {
            j.graph.connect(0, 1);
            j.graph.connect(1, 0);
          }) == "cycle: s0 -> s1 -> s0");
    CHECK(broken([](run::job& j) { j.problem.energy_j(0, 0) = -1; }).find("energy_j") == 0);

    const auto refused = [&](const infer::backends<>& b, const run::options& o) {
      return refusal<invalid_argument>([&] { execute(good, b, o); });
    };
    CHECK(refused(infer::backends<>{fine[0]}, {}) == "there are 1 backends, but 2 models");
    CHECK(refused(infer::backends<>{fine[0], {}}, {}) == "the backend of model \"m1\" is empty");
    CHECK(refused(fine, {.attempts = 0}) == "options: attempts 0 is not >= 1");
    CHECK(refused(fine, {.try_timeout = 0s}) == "options: try_timeout 0 s is not > 0");
  });
}

TEST_CASE("what is not an executor, an observer or a combiner is not taken for one", "[run]") {
  static_assert(!run::executor<int>);
  static_assert(!run::observer<int>);
  static_assert(run::observer<story>);
  static_assert(run::combiner<run::first_answer, int>);
  static_assert(!run::combiner<run::no_observer, int>);
}
