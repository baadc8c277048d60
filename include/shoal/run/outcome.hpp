// SPDX-License-Identifier: BSL-1.0
/// @file Outcomes: how each subtask of a run ended.
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/infer/failure.hpp"
#include "shoal/run/accounting.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::run {

/// How a subtask ended.
enum class ending {
  answered,    ///< at least one of its models answered
  exhausted,   ///< every model that was asked failed, and no further one may be asked
  unmet_need,  ///< a subtask that it needs has no value
  deadline,    ///< the run's deadline passed
  cancelled,   ///< the run was cancelled
  budget,      ///< what the run may cost was used up
};

/// The ending's name, for reports.
constexpr std::string_view name_of(ending e) {
  switch (e) {
    case ending::answered:
      return "answered";
    case ending::exhausted:
      return "exhausted";
    case ending::unmet_need:
      return "unmet need";
    case ending::deadline:
      return "deadline";
    case ending::cancelled:
      return "cancelled";
    case ending::budget:
      return "budget";
  }
  return "";
}

/// A call that brought no answer.
struct failed_try {
  std::size_t model = 0;    ///< index in the fleet
  std::string name{};       ///< of the model
  std::size_t attempt = 1;  ///< 1 for the models of the plan, 2 for those after the first re-assignment, ...
  infer::failure_kind kind = infer::failure_kind::refused;
  std::string text{};
  double at_s = 0;  ///< seconds since the run began
};

/// How one subtask ended, and everything that was tried on the way.
template <class Value = std::string>
struct outcome {
  ending end = ending::cancelled;
  std::string why{};                     ///< a sentence where there is no value
  std::vector<answer<Value>> answers{};  ///< one for each replica that survived, in the fleet's order
  std::optional<Value> value{};          ///< what the answers combine to: what flows to dependents
  std::vector<failed_try> failures{};    ///< in the order in which they came
  double at_s = 0;                       ///< when it ended: seconds since the run began
  bool stopped_early = false;            ///< its other models were not needed: enough had answered

  /// True when at least one model answered.
  explicit operator bool() const { return end == ending::answered; }
};

/// How a run ended: one outcome for each subtask, in the graph's order, whatever happened.
template <class Value = std::string>
struct outcomes {
  std::vector<outcome<Value>> subtasks{};
  double seconds = 0;          ///< wall clock
  usage used{};                ///< sum over all answers
  charge spent{};              ///< of all calls, those that failed or lost a race included
  std::size_t calls = 0;       ///< calls of backends, failed ones included
  std::size_t reassigned = 0;  ///< times that a failed subtask went to other models
  bool degraded = false;       ///< a re-assignment had to give up a requirement; `note` says which
  std::string note{};
  std::exception_ptr observer_error{};  ///< what the observer threw; null when nothing

  /// True when every subtask was answered.
  bool complete() const {
    return std::all_of(subtasks.begin(), subtasks.end(), [](const auto& o) { return static_cast<bool>(o); });
  }
};

}  // namespace shoal::run
