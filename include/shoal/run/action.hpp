// SPDX-License-Identifier: BSL-1.0
/// @file Actions: what a ledger asks of its executor.
#pragma once

#include <cstddef>

namespace shoal::run {

/// A call: subtask `subtask` on model `model`.
struct call {
  std::size_t subtask = 0;
  std::size_t model = 0;
  std::size_t attempt = 1;
  friend bool operator==(const call&, const call&) = default;
};

/// What an executor has to do next.
struct action {
  enum class kind : unsigned char {
    nothing,   ///< for now
    ask,       ///< make the call; then `began`, and `answered` or `failed`
    withdraw,  ///< a call that was handed out and is not wanted any more: it went elsewhere before it began,
               ///< or its subtask has answers enough
    combine,   ///< the answers of `what.subtask` into its value; then `settle`
    move,      ///< subtasks to other models, as `ledger::to_move` says; then `move`, and no call until then
  };
  kind todo = kind::nothing;
  call what{};
};

}  // namespace shoal::run
