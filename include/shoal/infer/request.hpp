// SPDX-License-Identifier: BSL-1.0
/// @file Request: what a backend is asked to do.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "shoal/core/clock.hpp"

namespace shoal::infer {

/// The answer to an earlier subtask that this one uses.
template <class Value = std::string>
struct received {
  std::string subtask{};  ///< whose answer it is
  Value value{};
};

/// One call of a model for one subtask.
template <class Value = std::string>
struct request {
  std::string subtask{};                 ///< name of the subtask
  std::string input{};                   ///< its part of the task's text
  std::string instruction{};             ///< what to do with it
  std::vector<received<Value>> needs{};  ///< answers that it uses, in the order of the graph's edges
  double count = 1;                      ///< requests of its kind that this call stands for
  std::string model{};                   ///< name of the model that is asked
  std::size_t attempt = 1;               ///< 1 for the first try of this subtask on any model
  std::chrono::steady_clock::time_point deadline =
      std::chrono::steady_clock::time_point::max();  ///< give up then
  std::string idempotency_key{};  ///< the same for every try of one piece of work: a server that knows it
                                  ///< need not do, or bill, the work twice; empty: none
};

}  // namespace shoal::infer
