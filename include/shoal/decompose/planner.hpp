// SPDX-License-Identifier: BSL-1.0
/// @file Decomposition planned by a model: ask a backend for a plan, check it, ask again when it is bad.
#pragma once

#include <concepts>
#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/core/clock.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/decompose/cut.hpp"
#include "shoal/decompose/decomposer.hpp"
#include "shoal/decompose/plan.hpp"
#include "shoal/decompose/sentences.hpp"
#include "shoal/infer/backend.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/infer/request.hpp"

namespace shoal::decompose {

/// Reads a model's reply as a plan, or throws something derived from `bad_input` whose text names the place
/// and the value. It checks the form alone; what the plan means is checked by `graph_of`.
/// `shoal::json::plan_reader` is one.
template <class R>
concept plan_reader = std::copy_constructible<R> && requires(const R& r, std::string_view reply) {
  { r(reply) } -> std::same_as<plan_draft>;
};

/// What a model is told: the form of the plan, its limits, and the task's instruction.
template <class = when_used>
std::string plan_prompt(const task& whole, const plan_limits& limits = {}) {
  std::string prompt = message(
      "Plan how to split a task into subtasks that several small language models can work on side by side. "
      "The task's text is given in numbered pieces. Answer with one JSON object of this form and nothing "
      "else:\n"
      R"({"subtasks": [{"name": "first", "instruction": "...", "pieces": [1, 3], "needs": []},)"
      R"( {"name": "join", "instruction": "...", "needs": ["first"]}]})"
      "\n"
      "- name: short, unique, at most ",
      limits.name_bytes,
      " bytes.\n"
      "- instruction: what to do with these pieces, in addition to the task's instruction; may be left out.\n"
      "- pieces: numbers of the first and the last piece that it works on. Every piece belongs to exactly "
      "one "
      "subtask, and the subtasks stand in the order of their pieces. Instead of \"pieces\", \"input\" may "
      "hold "
      "the text itself, word for word. A subtask that only joins answers has neither.\n"
      "- needs: names of the subtasks whose answers it uses; no cycles.\n"
      "At most ",
      limits.subtasks, " subtasks; no other keys.");
  if (!whole.instruction.empty()) prompt += message("\nThe task's instruction: ", whole.instruction);
  return prompt;
}

/// Asks `backend` for a plan, reads the reply with `read` and checks it with `graph_of`. A bad plan is asked
/// for again, with the refused reply and the reason beside the request, until `attempts` are used up. The
/// request's `input` is the text in numbered pieces, its `needs` hold the refused reply.
///
/// It may be called from several threads at once when its backend may. `planner{my_backend, my_reader{}}`;
/// `shoal::json::planner` is the one that reads JSON. A backend that cannot be copied is handed over as
/// `std::ref(backend)`.
/// @throws invalid_plan when the last attempt was bad too, naming the place in it; infer::failure as the
/// backend throws it, or of kind `cancelled` or `timeout` when stop was requested or the time was over before
/// an attempt; invalid_task when the text is not UTF-8; invalid_argument when there is no backend, or a
/// figure is out of range.
template <plan_reader Reader, decomposer Pieces = sentences>
struct planner {
  infer::any_backend<> backend{};
  Reader read{};
  Pieces pieces{};           ///< splits the text into the pieces that a plan refers to by number
  std::string model{};       ///< name of the model to ask, as the backend knows it
  std::size_t attempts = 3;  ///< >= 1
  plan_limits limits{};
  std::chrono::duration<double> time = std::chrono::duration<double>::max();  ///< for all attempts, > 0
  std::stop_token stop{};

  task_graph operator()(const task& whole) const {
    if (!backend) throw invalid_argument("planner: it has no backend");
    if (attempts == 0) throw invalid_argument("planner: attempts 0 is not >= 1");
    if (!(time.count() > 0)) throw invalid_argument(message("planner: time ", time.count(), " s is not > 0"));
    require_utf8(whole.text);
    if (whole.text.empty()) return {};
    const task_graph numbered = pieces(whole);
    detail::text_taker(whole.text, numbered);  // a policy that loses text is no fault of the model
    infer::request<> request{.subtask = "plan",
                             .input = listing(numbered),
                             .instruction = plan_prompt(whole, limits),
                             .model = model,
                             .deadline = deadline()};
    for (;; ++request.attempt) {
      check_time(request);
      answer<> reply = backend(request, stop);
      try {
        return accepted(reply, whole, numbered);
      } catch (const bad_input& refusal) {
        if (request.attempt == attempts) {
          throw invalid_plan(
              message("planner: attempt ", request.attempt, " of ", attempts, ": ", refusal.what()));
        }
        request.instruction =
            message(plan_prompt(whole, limits), "\nYour last plan was refused: ", refusal.what(),
                    "\nAnswer with a plan that is right.");
        if (reply.value.size() > limits.reply_bytes) reply.value.clear();
        request.needs = {{.subtask = "plan", .value = std::move(reply.value)}};
      }
    }
  }

 private:
  task_graph accepted(const answer<>& reply, const task& whole, const task_graph& numbered) const {
    if (reply.abstains) throw invalid_plan("the model abstained");
    if (reply.value.size() > limits.reply_bytes) {
      throw invalid_plan(
          message("a reply of ", reply.value.size(), " bytes is over the limit of ", limits.reply_bytes));
    }
    return graph_of(read(reply.value), whole, numbered, limits);
  }

  static std::string listing(const task_graph& numbered) {
    std::string out;
    for (std::size_t k = 0; k < numbered.size(); ++k) {
      out += message("[", k + 1, "] ", numbered[k].input);
      if (out.back() != '\n') out += '\n';
    }
    return out;
  }

  std::chrono::steady_clock::time_point deadline() const {
    const auto now = std::chrono::steady_clock::now();
    const auto latest = std::chrono::steady_clock::time_point::max();
    if (time >= latest - now) return latest;
    return now + std::chrono::duration_cast<std::chrono::steady_clock::duration>(time);
  }

  void check_time(const infer::request<>& request) const {
    using infer::failure_kind;
    if (stop.stop_requested()) {
      throw infer::failure(failure_kind::cancelled,
                           message("planner: stopped before attempt ", request.attempt));
    }
    if (std::chrono::steady_clock::now() >= request.deadline) {
      throw infer::failure(failure_kind::timeout, message("planner: ", time.count(),
                                                          " s were over before attempt ", request.attempt));
    }
  }
};
template <class Reader, class... Rest>
planner(infer::any_backend<>, Reader, Rest...) -> planner<Reader>;

}  // namespace shoal::decompose
