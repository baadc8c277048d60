// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/ledger.hpp"

#include <string>
#include <vector>

#include "catch.hpp"
#include "run/support.hpp"

using namespace shoal;
using run::action;
using run::call;
using support::graph;
using support::job_in_turn;
using support::job_of;
using support::models;

namespace {

struct silent {
  void operator()(const run::event&) const {}
};

using ledger = run::ledger<std::string, silent>;

ledger open(const run::job& j, const run::options& o) { return {j, o, silent{}}; }

// "s1@m0" for a call, "combine s1", "move", or "-".
std::string take(ledger& book, std::vector<call>* calls = nullptr) {
  const action next = book.take();
  const call& c = next.what;
  switch (next.todo) {
    case action::kind::ask:
      book.began(c);
      if (calls != nullptr) calls->push_back(c);
      return "s" + std::to_string(c.subtask) + "@m" + std::to_string(c.model);
    case action::kind::combine:
      return "combine s" + std::to_string(c.subtask);
    case action::kind::move:
      return "move";
    case action::kind::withdraw:
      return "withdraw";
    case action::kind::nothing:
      break;
  }
  return "-";
}

void answer_it(ledger& book, const call& c) { book.answered(c, c.model, {.value = "fine"}, 0, 0); }
void refuse(ledger& book, const call& c) {
  book.missed(c.subtask, {c.model, "", c.attempt, infer::failure_kind::refused, "busy", 0});
  book.failed(c, 0);
}

}  // namespace

TEST_CASE("the lowest ready subtask comes first, then the lowest of its models", "[run]") {
  task_graph g;
  g.add({.name = "s0"});
  g.add({.name = "s1", .replicas = 2});
  g.add({.name = "s2"});
  const run::job j = job_of(models(2), g);
  const run::options o{};
  ledger book = open(j, o);
  std::vector<call> calls;
  CHECK(take(book, &calls) == "s0@m0");
  CHECK(take(book, &calls) == "s1@m0");
  CHECK(take(book, &calls) == "s1@m1");
  answer_it(book, calls[0]);
  CHECK(take(book) == "combine s0");
  CHECK(take(book) == "s2@m0");
  CHECK(take(book) == "-");
}

TEST_CASE("a call that has not begun is taken back when its subtask moves", "[run]") {
  const run::job j = job_of(models(3), graph(3));
  const run::options o{.replan = run::no_replan{}};
  ledger book = open(j, o);
  std::vector<call> calls;
  take(book, &calls);  // s0, begun
  const action handed = book.take();
  REQUIRE(handed.todo == action::kind::ask);
  refuse(book, calls[0]);
  REQUIRE(take(book) == "move");
  const run::progress& now = book.to_move();
  CHECK(now.open == std::vector<bool>{true, true, true});
  CHECK(now.planned == assign::plan{{}, {0}, {0}});
  book.move({.chosen = {{1}, {2}, {0}}}, 0);
  const action back = book.take();
  CHECK(back.todo == action::kind::withdraw);
  CHECK(back.what == handed.what);
  CHECK(take(book) == "s0@m1");
  CHECK(take(book) == "s1@m2");
  CHECK(take(book) == "s2@m0");
  book.failed(handed.what, 0);  // whatever comes of it now
  CHECK(take(book) == "-");
}

TEST_CASE("a subtask with needs waits until they have values", "[run]") {
  const run::job j = job_in_turn(models(3), graph(3, {{0, 2}, {1, 2}}));
  const run::options o{};
  ledger book = open(j, o);
  std::vector<call> calls;
  take(book, &calls);
  take(book, &calls);
  for (const call& c : calls) answer_it(book, c);
  CHECK(take(book) == "combine s0");
  CHECK(take(book) == "combine s1");
  CHECK(take(book) == "-");
  book.settle(0, "zero", "", 0);
  CHECK(take(book) == "-");
  book.settle(1, "one", "", 0);
  CHECK(take(book, &calls) == "s2@m2");
  const auto r = book.request_for(calls[2]);
  CHECK(r.needs.at(0).value == "zero");
  CHECK(r.needs.at(1).value == "one");
  CHECK_FALSE(book.done());
  answer_it(book, calls[2]);
  take(book);
  book.settle(2, "two", "", 0);
  CHECK(book.done());
}

TEST_CASE("nothing is handed out while the replanner thinks, and late news are not lost", "[run]") {
  const run::job j = job_in_turn(models(3), graph(4));
  const run::options o{.replan = run::no_replan{}};
  ledger book = open(j, o);
  std::vector<call> calls;
  for (int k = 0; k < 3; ++k) take(book, &calls);
  refuse(book, calls[0]);
  CHECK(take(book) == "move");
  CHECK(take(book) == "-");
  // While the replanner works on s0, s1 fails too: it is for the next round.
  refuse(book, calls[1]);
  CHECK(take(book) == "-");
  book.move({.chosen = {{2}, {2}, {}, {}}}, 0);
  CHECK(take(book) == "move");
  book.move({.chosen = {{}, {0}, {}, {}}}, 0);
  CHECK(take(book, &calls) == "s0@m2");
  CHECK(calls.back().attempt == 2);
  CHECK(take(book) == "s1@m0");
  answer_it(book, calls[2]);
  CHECK(take(book) == "combine s2");
}

TEST_CASE("the replanner sees what is committed, what is open and who keeps failing", "[run]") {
  run::job j = job_in_turn(models(2), graph(4));
  const run::options o{.replan = run::no_replan{}};
  ledger book = open(j, o);
  std::vector<call> calls;
  take(book, &calls);  // s0 on m0
  take(book, &calls);  // s1 on m1
  refuse(book, calls[0]);
  REQUIRE(take(book) == "move");
  const run::progress& now = book.to_move();
  CHECK(now.stuck == std::vector<bool>{true, false, false, false});
  CHECK(now.open == std::vector<bool>{true, false, true, true});
  CHECK(now.committed == assign::plan{{}, {1}, {}, {}});
  CHECK(now.planned == assign::plan{{}, {}, {0}, {1}});
  CHECK(now.failed(0, 0));
  CHECK(now.failed.count() == 1);
  CHECK(now.failures_in_a_row == std::vector<std::size_t>{1, 0});
}

TEST_CASE("an answer ends a row of failures, and bad answers make none", "[run]") {
  const run::job j = job_of(models(1), graph(4));
  std::vector<std::size_t> rows;
  const run::options o{.replan = run::no_replan{}};
  ledger book = open(j, o);
  const auto next_fails = [&](infer::failure_kind kind) {
    std::vector<call> calls;
    while (calls.empty()) take(book, &calls);
    book.missed(calls[0].subtask, {calls[0].model, "", 1, kind, "", 0});
    book.failed(calls[0], 0);
    REQUIRE(take(book) == "move");
    rows.push_back(book.to_move().failures_in_a_row[0]);
    book.move({}, 0);
  };
  next_fails(infer::failure_kind::timeout);
  next_fails(infer::failure_kind::bad_answer);
  std::vector<call> calls;
  while (calls.empty()) take(book, &calls);
  answer_it(book, calls[0]);
  next_fails(infer::failure_kind::crashed);
  CHECK(rows == std::vector<std::size_t>{1, 1, 1});
}

TEST_CASE("work that has not started may be moved, work that has may not", "[run]") {
  const run::job j = job_of(models(3), graph(3));
  const run::options o{.replan = run::no_replan{}};
  ledger book = open(j, o);
  std::vector<call> calls;
  take(book, &calls);  // s0 on m0
  take(book, &calls);  // s1 on m0
  refuse(book, calls[0]);
  take(book);
  book.move({.chosen = {{1}, {2}, {2}}}, 0);
  CHECK(take(book, &calls) == "s0@m1");
  CHECK(take(book, &calls) == "s2@m2");
  CHECK(take(book) == "-");
  CHECK(calls[2].attempt == 2);
  CHECK(calls[3].attempt == 1);
}

TEST_CASE("a closed run hands out nothing but answers to combine", "[run]") {
  task_graph g;
  g.add({.name = "s0", .replicas = 2});
  g.add({.name = "s1"});
  g.add({.name = "s2"});
  g.connect(0, 1);
  const run::job j = job_of(models(2), g);
  const run::options o{.replan = run::no_replan{}};
  ledger book = open(j, o);
  std::vector<call> calls;
  take(book, &calls);
  take(book, &calls);
  answer_it(book, calls[1]);
  book.close(run::ending::deadline, "over", 0);
  CHECK(take(book) == "combine s0");
  CHECK(take(book) == "-");
  CHECK_FALSE(book.done());
  book.settle(0, "fine", "", 0);
  CHECK(book.done());
  const run::outcomes<> out = book.finish(1);
  CHECK(out.subtasks[0].end == run::ending::answered);
  CHECK(out.subtasks[1].end == run::ending::deadline);
  CHECK(out.subtasks[2].end == run::ending::deadline);
  CHECK(out.seconds == 1);
}
