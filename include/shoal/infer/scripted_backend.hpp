// SPDX-License-Identifier: BSL-1.0
/// @file Scripted backend: what each call does is written down beforehand, failures included. For tests.
#pragma once

#include <concepts>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "shoal/core/message.hpp"
#include "shoal/infer/backend.hpp"
#include "shoal/infer/deadline.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/infer/request.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::infer {

/// A call that throws `failure`.
struct fails {
  failure_kind kind = failure_kind::refused;
  std::string text = "as scripted";
};

/// A call that throws a std::runtime_error, as a broken backend would.
struct crashes {
  std::string text = "as scripted";
};

/// A call that never answers: it ends when a stop is requested or its deadline passes.
struct stalls {};

/// What one call does: an answer (or just its value), `fails`, `crashes` or `stalls`.
template <class Value = std::string>
struct step {
  std::variant<answer<Value>, fails, crashes, stalls> what{};

  step() = default;
  template <class What>
  requires std::constructible_from<decltype(what), What>  //
  step(What w)                                            // NOLINT(google-explicit-constructor)
      : what(std::move(w)) {}
  template <std::convertible_to<Value> What>
  requires(!std::constructible_from<decltype(what), What>)  //
      step(What value)                                      // NOLINT(google-explicit-constructor)
      : what(answer<Value>{.value = std::move(value)}) {}
};

/// For each subtask, what its first, second, ... call on this backend does; the last step goes on for ever.
/// Subtasks without a script follow `otherwise`, and with neither the failure is `refused`. Copies share one
/// count of calls. Thread-safe.
///
///     scripted_backend<>{{{"law", {fails{}, stalls{}, "B"}}}, {"A"}}
template <class Value = std::string>
class scripted_backend {
 public:
  using script = std::vector<step<Value>>;

  explicit scripted_backend(std::map<std::string, script> by_subtask, script otherwise = {})
      : shared_(std::make_shared<state>()) {
    shared_->by_subtask = std::move(by_subtask);
    shared_->otherwise = std::move(otherwise);
  }

  answer<Value> operator()(const request<Value>& r, const std::stop_token& stop) const {
    const step<Value>* next = take(r.subtask);
    if (next == nullptr) {
      throw failure(failure_kind::refused, message("nothing is scripted for subtask ", quoted(r.subtask)));
    }
    if (const auto* f = std::get_if<fails>(&next->what)) throw failure(f->kind, f->text);
    if (const auto* c = std::get_if<crashes>(&next->what)) throw std::runtime_error(c->text);
    if (std::holds_alternative<stalls>(next->what)) stall(r, stop);
    return std::get<answer<Value>>(next->what);
  }

  /// Calls for that subtask so far.
  std::size_t calls(const std::string& subtask) const {
    const std::scoped_lock lock(shared_->guard);
    const auto at = shared_->calls.find(subtask);
    return at == shared_->calls.end() ? 0 : at->second;
  }

 private:
  struct state {
    std::map<std::string, script> by_subtask{};
    script otherwise{};
    std::mutex guard{};
    std::map<std::string, std::size_t> calls{};
  };

  // The scripts never change after construction, so a step outlives the lock under which it was chosen.
  const step<Value>* take(const std::string& subtask) const {
    const std::scoped_lock lock(shared_->guard);
    const std::size_t call = shared_->calls[subtask]++;
    const auto at = shared_->by_subtask.find(subtask);
    const script& steps = at == shared_->by_subtask.end() ? shared_->otherwise : at->second;
    if (steps.empty()) return nullptr;
    return &steps[call < steps.size() ? call : steps.size() - 1];
  }

  std::shared_ptr<state> shared_;
};

}  // namespace shoal::infer
