// SPDX-License-Identifier: BSL-1.0
/// @file Actions: what a ledger asks of its executor.
#pragma once

#include <cstddef>
#include <variant>

#include "shoal/run/replanner.hpp"

namespace shoal::run {

/// A call to make: subtask `subtask` on model `model`. Then `began`, and `answered` or `failed`.
struct call {
  std::size_t subtask = 0;
  std::size_t model = 0;
  std::size_t attempt = 1;
  friend bool operator==(const call&, const call&) = default;
};

/// A call that was handed out, has not begun, and is not wanted any more.
struct withdraw {
  call what{};
};

/// Answers to combine into the value of a subtask. Then `settle`.
struct combine_answers {
  std::size_t subtask = 0;
};

/// Subtasks to move to other models. Then `move`; until then no call is handed out.
struct move_stuck {
  progress now{};
};

/// What an executor has to do next. Nothing, for now: `std::monostate`.
using action = std::variant<std::monostate, combine_answers, withdraw, move_stuck, call>;

}  // namespace shoal::run
