// SPDX-License-Identifier: BSL-1.0
/// @file Table backend: recorded answers, by subtask or by input.
#pragma once

#include <stop_token>
#include <string>
#include <unordered_map>

#include "shoal/core/message.hpp"
#include "shoal/infer/backend.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/infer/request.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::infer {

/// Answers as they were recorded: the one for the request's subtask, else the one for its input, else the
/// failure `refused`. Thread-safe as long as nobody changes the tables.
template <class Value = std::string>
struct table_backend {
  std::unordered_map<std::string, answer<Value>> by_subtask{};
  std::unordered_map<std::string, answer<Value>> by_input{};

  answer<Value> operator()(const request<Value>& r, const std::stop_token&) const {
    if (const auto at = by_subtask.find(r.subtask); at != by_subtask.end()) return at->second;
    if (const auto at = by_input.find(r.input); at != by_input.end()) return at->second;
    throw failure(failure_kind::refused, message("no answer is recorded for subtask ", quoted(r.subtask)));
  }
};

}  // namespace shoal::infer
