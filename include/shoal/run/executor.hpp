// SPDX-License-Identifier: BSL-1.0
/// @file Executor concept: what carries out a plan on backends.
#pragma once

#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "shoal/core/clock.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/infer/backend.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/infer/reply.hpp"
#include "shoal/run/combine.hpp"
#include "shoal/run/event.hpp"
#include "shoal/run/job.hpp"
#include "shoal/run/moment.hpp"
#include "shoal/run/options.hpp"
#include "shoal/run/outcome.hpp"

namespace shoal::run {

/// An executor carries out a job: it asks the plan's models through their backends and ends every subtask as
/// an answer or a named failure; none is lost, whatever backends throw. A subtask starts when all that it
/// needs has a value, which it receives in `request::needs`. Options hold: after the deadline, or a stop
/// request, it starts nothing more, tells the calls that run, and returns when they have. It throws for bad
/// input, before anything runs, and for nothing that a backend, an observer, a combiner or a replanner does.
template <class E, class Value = std::string>
concept executor = std::copy_constructible<E> &&
    requires(const E& e, const job& j, const infer::backends<Value>& b, const options& o, no_observer see,
             first_answer combine) {
  { e(j, b, o, see, combine) } -> std::same_as<outcomes<Value>>;
};

namespace detail {

/// Refuses a job, backends or options that do not fit together.
template <class Value>
void check_run(const job& j, const infer::backends<Value>& backends, const options& o) {
  validate(j);
  validate(o);
  if (backends.size() != j.models.size()) {
    throw invalid_argument(
        message("there are ", backends.size(), " backends, but ", j.models.size(), " models"));
  }
  for (std::size_t i = 0; i < backends.size(); ++i) {
    if (!backends[i])
      throw invalid_argument(message("the backend of model ", quoted(j.models[i].name), " is empty"));
  }
}

/// Runs something that is the user's and turns whatever it throws into a failure.
template <class Result, class Run>
std::variant<Result, infer::failed_call> guarded(Run run) {
  try {
    return std::variant<Result, infer::failed_call>(std::in_place_index<0>, run());
  } catch (...) {
    return infer::current_failure();
  }
}

/// Whether a subtask's answers are enough already, by a combiner that can say so; one that throws cannot.
template <class Combine, class Ledger>
bool heard_enough([[maybe_unused]] const Combine& combine, [[maybe_unused]] const Ledger& book,
                  [[maybe_unused]] std::size_t k) {
  using value = typename Ledger::value_type;
  if constexpr (early_combiner<Combine, value>) {
    const std::vector<answer<value>> to_come = book.to_come(k);
    if (to_come.empty()) return false;
    const auto said = guarded<bool>([&] {
      return static_cast<bool>(combine.enough(std::span<const answer<value>>(book.answers(k)),
                                              std::span<const answer<value>>(to_come)));
    });
    return said.index() == 0 && std::get<0>(said);
  } else {
    return false;
  }
}

/// The value that answers combine to, or why there is none.
template <class Value, class Combine>
std::pair<std::optional<Value>, std::string> combined(const Combine& combine,
                                                      const std::vector<answer<Value>>& answers) {
  auto result = guarded<std::optional<Value>>(
      [&]() -> std::optional<Value> { return combine(std::span<const answer<Value>>(answers)); });
  if (const auto* thrown = std::get_if<infer::failed_call>(&result)) {
    return {std::nullopt, "its answers could not be combined: " + thrown->text};
  }
  auto& value = std::get<0>(result);
  return {std::move(value), value ? std::string() : std::string("its answers make no value")};
}

/// The replanner's answer; nothing, with the reason, when it throws.
template <class = when_used>
reassignment replanned(const options& o, const job& j, const progress& now) {
  auto result = guarded<reassignment>([&] { return o.replan(j, now); });
  if (const auto* thrown = std::get_if<infer::failed_call>(&result)) {
    return {.chosen = assign::plan(j.graph.size()), .note = "re-assignment failed: " + thrown->text};
  }
  return std::get<0>(std::move(result));
}

/// Why a run is over before its work is, and how that is said.
struct end_of_run {
  ending how = ending::cancelled;
  const char* why = "";
};

/// Empty while the run may go on.
template <class = when_used>
std::optional<end_of_run> over(const options& o, time_point now) {
  if (o.stop.stop_requested()) return end_of_run{ending::cancelled, "the run was cancelled"};
  if (now >= o.deadline) return end_of_run{ending::deadline, "the run's deadline passed"};
  return std::nullopt;
}

/// How calls are said to have failed that were running when the run ended.
constexpr infer::failure_kind kind_of(ending how) {
  return how == ending::deadline ? infer::failure_kind::timeout : infer::failure_kind::cancelled;
}

}  // namespace detail

}  // namespace shoal::run
