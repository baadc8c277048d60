// SPDX-License-Identifier: BSL-1.0
/// @file Backend concept: what runs a model. CPU and GPU runners are user code that models it.
#pragma once

#include <concepts>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "shoal/infer/request.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::infer {

/// A backend answers a request or throws `infer::failure`; whatever else it throws counts as `crashed`. It
/// ends soon after a stop is requested or the request's deadline passes. It fills in `value`, and
/// `confidence`, `abstains` and `used` where it knows them; the executor fills in the rest of the answer. It
/// may be called from several threads at once only as often as the executor's concurrency for its model says
/// (one, unless told otherwise), so a backend that is not thread-safe works as it is.
/// @snippet examples/my_backend.cpp plug
template <class B, class Value = std::string>
concept backend = std::move_constructible<B> &&
    requires(B& b, const request<Value>& r, std::stop_token stop) {
  { b(r, stop) } -> std::same_as<answer<Value>>;
};

/// Any backend, its type forgotten: what executors hold.
template <class Value = std::string>
using any_backend = std::function<answer<Value>(const request<Value>&, std::stop_token)>;

/// The backends of a fleet: one for each model, in the fleet's order.
template <class Value = std::string>
using backends = std::vector<any_backend<Value>>;

}  // namespace shoal::infer
