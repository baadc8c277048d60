// SPDX-License-Identifier: BSL-1.0
/// @file Command backend: a child process that reads a request as JSON and answers as JSON.
///
/// Any CPU or GPU runner in any language plugs in so. The request, on standard input, one line:
///
///     {"model": "phi-3", "subtask": "part-1", "input": "...", "instruction": "...", "count": 1,
///      "attempt": 1, "needs": [{"subtask": "part-0", "value": "..."}], "deadline_s": 9.5}
///
/// The answer, on standard output; everything but `value` may be missing:
///
///     {"value": "...", "confidence": 0.9, "abstains": false,
///      "usage": {"input_tokens": 10, "output_tokens": 3, "time_s": 0.2, "energy_j": 1.5}}
///
/// or `{"failure": {"kind": "refused", "text": "..."}}`; a status other than 0 is the failure `crashed`.
#pragma once

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "shoal/infer/backend.hpp"
#include "shoal/infer/child_process.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/infer/request.hpp"
#include "shoal/json/cursor.hpp"
#include "shoal/json/parse.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::json {

/// A request as a child reads it. `deadline_s`, the seconds that are left, is missing when there is no deadline,
/// and `idempotency_key` when the run has no name.
inline nlohmann::json write_request(const infer::request<>& r) {
  nlohmann::json out{{"model", r.model}, {"subtask", r.subtask},
                     {"input", r.input}, {"instruction", r.instruction},
                     {"count", r.count}, {"attempt", r.attempt}};
  nlohmann::json& needs = out["needs"] = nlohmann::json::array();
  for (const auto& need : r.needs) needs.push_back({{"subtask", need.subtask}, {"value", need.value}});
  if (r.deadline != std::chrono::steady_clock::time_point::max()) {
    out["deadline_s"] = std::chrono::duration<double>(r.deadline - std::chrono::steady_clock::now()).count();
  }
  if (!r.idempotency_key.empty()) out["idempotency_key"] = r.idempotency_key;
  return out;
}

/// The value of an answer: a string as it is, a number or a truth value as JSON writes it.
/// @throws value_error for anything else.
inline std::string read_value(const cursor& at) {
  if (at.value().is_string()) return at.text();
  if (!at.value().is_number() && !at.value().is_boolean()) at.refuse_not("a string, a number, true or false");
  return at.value().dump();
}

/// The answer that an object describes: `value`, `confidence`, `abstains`, `usage`.
/// @throws value_error when it describes none.
inline answer<> read_answer(const cursor& at) {
  at.only({"value", "confidence", "abstains", "usage"});
  answer<> out;
  if (const auto abstains = at.find("abstains")) out.abstains = abstains->boolean();
  if (!out.abstains || at.find("value")) out.value = read_value(at.at("value"));
  if (const auto confidence = at.find("confidence")) out.confidence = confidence->share();
  if (const auto used = at.find("usage")) {
    used->only({"input_tokens", "output_tokens", "time_s", "energy_j"});
    if (const auto tokens = used->find("input_tokens")) out.used.input_tokens = tokens->whole(0);
    if (const auto tokens = used->find("output_tokens")) out.used.output_tokens = tokens->whole(0);
    if (const auto time = used->find("time_s")) out.used.time_s = time->amount();
    if (const auto energy = used->find("energy_j")) out.used.energy_j = energy->amount();
  }
  return out;
}

/// Runs a program for each request, found along PATH. Callable from any number of threads at once.
struct command_backend {
  std::vector<std::string> command{};                 ///< program and arguments, not empty
  std::size_t output_bytes = std::size_t{16} << 20U;  ///< longest answer that is taken
  std::string folder{};                               ///< where it runs; empty: where the caller does

  /// @throws infer::failure  as `infer::run_child`; bad_answer: what it wrote is no answer; or what it
  /// reports.
  answer<> operator()(const infer::request<>& r, std::stop_token stop) const {
    // Text that is not UTF-8 reaches the child with its broken bytes replaced; JSON can hold no others.
    const std::string asked =
        write_request(r).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    const std::string said = infer::run_child(
        command, asked, {.deadline = r.deadline, .output_bytes = output_bytes, .folder = folder},
        std::move(stop));
    try {
      const nlohmann::json document = parse(said, {.bytes = output_bytes});
      const cursor root(document);
      if (const auto reported = root.find("failure")) {
        root.only({"failure"});
        reported->only({"kind", "text"});
        constexpr infer::failure_kind kinds[] = {
            infer::failure_kind::timeout, infer::failure_kind::refused, infer::failure_kind::bad_answer,
            infer::failure_kind::cancelled, infer::failure_kind::crashed};
        const auto kind =
            reported->at("kind").one_of({"timeout", "refused", "bad answer", "cancelled", "crashed"});
        const auto text = reported->find("text");
        throw infer::failure(kinds[kind], text ? text->text() : "the command reports it");
      }
      return read_answer(root);
    } catch (const bad_input& e) {
      throw infer::failure(infer::failure_kind::bad_answer,
                           message(quoted(command[0]), " answered: ", e.what()));
    }
  }
};

static_assert(infer::backend<command_backend>);

}  // namespace shoal::json
