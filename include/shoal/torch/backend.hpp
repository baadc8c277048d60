// SPDX-License-Identifier: BSL-1.0
/// @file A TorchScript module as an inference backend.
#pragma once

#include <concepts>
#include <stop_token>
#include <utility>

#include "shoal/core/clock.hpp"
#include "shoal/infer/backend.hpp"
#include "shoal/infer/deadline.hpp"
#include "shoal/infer/request.hpp"
#include "shoal/task/answer.hpp"
#include "shoal/torch/module.hpp"

namespace shoal::torch {

/// A module between two functions: `read(request)` makes the input, one column for each sample, and
/// `write(result)` a value or a whole answer of the output. Stop token and deadline are looked at before and
/// after the call; a call that runs is not broken off.
template <class Read, class Write, class Value = std::string>
struct backend {
  module run;
  Read read{};
  Write write{};

  answer<Value> operator()(const infer::request<Value>& r, std::stop_token stop) {
    const auto began = std::chrono::steady_clock::now();
    infer::check(r, stop);
    const columns result = run(read(r));
    infer::check(r, stop);
    answer<Value> out;
    if constexpr (std::same_as<decltype(write(result)), answer<Value>>) {
      out = write(result);
    } else {
      out.value = write(result);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    out.used.time_s = took.count();
    return out;
  }
};

}  // namespace shoal::torch
