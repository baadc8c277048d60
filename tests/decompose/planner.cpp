// SPDX-License-Identifier: BSL-1.0
#include "shoal/decompose/planner.hpp"

#include <cmath>
#include <functional>
#include <memory>
#include <thread>

#include "shoal/decompose/lines.hpp"
#include "support.hpp"

using namespace shoal;
using namespace shoal::decompose;

namespace {

// A reply is the names of the subtasks, one letter each, for the pieces in order; '!' is no plan at all.
struct letters {
  plan_draft operator()(std::string_view reply) const {
    plan_draft draft;
    for (std::size_t k = 0; k < reply.size(); ++k) {
      if (reply[k] == '!') throw invalid_argument(message("byte ", k, ": '!' is no letter"));
      draft.subtasks.push_back({.name = std::string(1, reply[k]), .pieces = piece_range{k + 1, k + 1}});
    }
    return draft;
  }
};

// Says one reply after the other, and keeps what it was asked.
struct script {
  std::vector<std::string> replies{};
  std::shared_ptr<std::vector<infer::request<>>> asked = std::make_shared<std::vector<infer::request<>>>();

  answer<> operator()(const infer::request<>& request, std::stop_token) const {
    asked->push_back(request);
    return {.value = replies.at(asked->size() - 1)};
  }
};

struct no_reader {
  std::string operator()(std::string_view) const { return {}; }
};

using letter_planner = planner<letters, lines>;

const task whole{.text = "one\ntwo\n", .instruction = "Translate."};

}  // namespace

static_assert(plan_reader<letters>);
static_assert(!plan_reader<no_reader>);
static_assert(!plan_reader<int>);
static_assert(decomposer<letter_planner>);
static_assert(std::same_as<decltype(planner{script{}, letters{}}), planner<letters, sentences>>);

TEST_CASE("a good plan is taken at once", "[decompose][planner]") {
  const script model{.replies = {"ab"}};
  const task_graph graph = letter_planner{.backend = model, .model = "phi"}(whole);
  CHECK(inputs(graph) == std::vector<std::string>{"one\n", "two\n"});
  CHECK(graph[1].name == "b");
  REQUIRE(model.asked->size() == 1);
  const infer::request<>& request = model.asked->front();
  CHECK(request.subtask == "plan");
  CHECK(request.model == "phi");
  CHECK(request.attempt == 1);
  CHECK(request.input == "[1] one\n[2] two\n");
  CHECK(request.instruction == plan_prompt(whole));
  CHECK(request.instruction.find("The task's instruction: Translate.") != std::string::npos);
  CHECK(request.needs.empty());
  CHECK(request.deadline == std::chrono::steady_clock::time_point::max());
}

TEST_CASE("a bad plan is asked for again, with the reply and the reason", "[decompose][planner]") {
  const script model{.replies = {"a", "aa!", "xy"}};
  const task_graph graph = letter_planner{.backend = model}(whole);
  CHECK(graph[0].name == "x");
  REQUIRE(model.asked->size() == 3);
  const infer::request<>& second = (*model.asked)[1];
  CHECK(second.attempt == 2);
  CHECK(second.instruction.find("the text from byte 4 on, \"two?\", is in no subtask") != std::string::npos);
  REQUIRE(second.needs.size() == 1);
  CHECK(second.needs[0].value == "a");
  const infer::request<>& third = (*model.asked)[2];
  CHECK(third.attempt == 3);
  CHECK(third.needs[0].value == "aa!");
  CHECK(third.instruction.find("byte 2: '!' is no letter") != std::string::npos);
  CHECK(third.instruction.find("is in no subtask") == std::string::npos);
}

TEST_CASE("after the last attempt the planner says what was wrong with it", "[decompose][planner]") {
  const script model{.replies = {"!", "a"}};
  CHECK(refusal<invalid_plan>([&] { letter_planner{.backend = model, .attempts = 2}(whole); }) ==
        "planner: attempt 2 of 2: the text from byte 4 on, \"two?\", is in no subtask");
  const script once{.replies = {"!"}};
  CHECK(refusal<invalid_plan>([&] { letter_planner{.backend = once, .attempts = 1}(whole); }) ==
        "planner: attempt 1 of 1: byte 0: '!' is no letter");
}

TEST_CASE("a reply over the limit is refused and not sent back", "[decompose][planner]") {
  const script model{.replies = {std::string(101, 'a'), "ab"}};
  CHECK(letter_planner{.backend = model, .limits = {.reply_bytes = 100}}(whole).size() == 2);
  CHECK((*model.asked)[1].needs[0].value.empty());
  CHECK((*model.asked)[1].instruction.find("a reply of 101 bytes is over the limit of 100") !=
        std::string::npos);
}

TEST_CASE("a model that abstains has no plan", "[decompose][planner]") {
  const auto model = [](const infer::request<>&, std::stop_token) { return answer<>{.abstains = true}; };
  CHECK(refusal<invalid_plan>([&] { letter_planner{.backend = model, .attempts = 1}(whole); }) ==
        "planner: attempt 1 of 1: the model abstained");
}

TEST_CASE("an empty text needs no model", "[decompose][planner]") {
  const script model{};
  CHECK(letter_planner{.backend = model}(task{}).empty());
  CHECK(model.asked->empty());
}

TEST_CASE("a backend's failure leaves the planner as it is", "[decompose][planner]") {
  std::size_t calls = 0;
  const auto model = [&](const infer::request<>&, std::stop_token) -> answer<> {
    ++calls;
    throw infer::failure(infer::failure_kind::refused, "busy");
  };
  CHECK(refusal<infer::failure>([&] { letter_planner{.backend = model}(whole); }) == "busy");
  CHECK(calls == 1);
}

TEST_CASE("a stop request ends the planner before the next attempt, and reaches the backend",
          "[decompose][planner]") {
  std::stop_source source;
  std::size_t calls = 0;
  const auto model = [&](const infer::request<>&, std::stop_token stop) {
    ++calls;
    CHECK_FALSE(stop.stop_requested());
    source.request_stop();
    CHECK(stop.stop_requested());
    return answer<>{.value = "!"};
  };
  const letter_planner policy{.backend = model, .stop = source.get_token()};
  try {
    policy(whole);
    FAIL("not stopped");
  } catch (const infer::failure& failure) {
    CHECK(failure.kind == infer::failure_kind::cancelled);
    CHECK(std::string(failure.what()) == "planner: stopped before attempt 2");
  }
  CHECK(calls == 1);
}

TEST_CASE("the deadline is in the request and ends the planner before the next attempt",
          "[decompose][planner]") {
  std::size_t calls = 0;
  const auto model = [&](const infer::request<>& request, std::stop_token) {
    ++calls;
    std::this_thread::sleep_until(request.deadline);
    return answer<>{.value = "!"};
  };
  const letter_planner policy{.backend = model, .time = std::chrono::milliseconds(5)};
  try {
    policy(whole);
    FAIL("not ended");
  } catch (const infer::failure& failure) {
    CHECK(failure.kind == infer::failure_kind::timeout);
  }
  CHECK(calls == 1);
}

TEST_CASE("a backend that cannot be copied is handed over by reference", "[decompose][planner]") {
  struct alone {
    std::unique_ptr<int> state = std::make_unique<int>(0);
    answer<> operator()(const infer::request<>&, std::stop_token) {
      ++*state;
      return {.value = "ab"};
    }
  };
  alone model;
  const letter_planner policy{.backend = std::ref(model)};
  CHECK(policy(whole).size() == 2);
  CHECK(policy(whole).size() == 2);
  CHECK(*model.state == 2);
}

TEST_CASE("a planner that makes no sense is refused before anything is asked", "[decompose][planner]") {
  const script model{};
  const auto said = [](const letter_planner& policy) {
    return refusal<invalid_argument>([&] { policy(whole); });
  };
  CHECK(said({}) == "planner: it has no backend");
  CHECK(said({.backend = model, .attempts = 0}) == "planner: attempts 0 is not >= 1");
  CHECK(said({.backend = model, .time = std::chrono::seconds(0)}) == "planner: time 0 s is not > 0");
  CHECK(said({.backend = model, .time = std::chrono::duration<double>(std::nan(""))}) ==
        "planner: time nan s is not > 0");
  CHECK(refusal<invalid_task>([&] { letter_planner{.backend = model}(task{.text = "a\xFF"}); }) ==
        "task: its text is not UTF-8 at byte 1");
  const auto no_text = [](const task&) {
    task_graph graph;
    graph.add({.name = "x", .input = "?"});
    return graph;
  };
  const planner<letters, decltype(std::function<task_graph(const task&)>(no_text))> lossy{.backend = model,
                                                                                          .pieces = no_text};
  CHECK(refusal<invalid_argument>([&] { lossy(whole); }) == "plan: the pieces are 1 bytes, the text is 8");
  CHECK(model.asked->empty());
}
