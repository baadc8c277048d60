// SPDX-License-Identifier: BSL-1.0
/// @file Unreliable backend: a backend that fails now and then, by a seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string_view>
#include <utility>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/random.hpp"
#include "shoal/infer/backend.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/infer/request.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::infer {

/// Calls `inner`, or fails in its place with a chance of `probability`: `unreliable{backend, 0.1, seed}`.
/// Whether a call fails depends on the seed, the subtask, the model and the attempt alone, never on which
/// call came first, so a run on many threads fails as a run on one does. As thread-safe as `inner`.
template <class Inner>
class unreliable {
 public:
  /// @param probability  chance that a call fails, [0, 1].
  /// @throws invalid_argument  when it is out of range.
  unreliable(Inner inner, double probability, std::uint64_t seed, failure_kind kind = failure_kind::refused)
      : inner_(std::move(inner)), probability_(probability), seed_(seed), kind_(kind) {
    if (!(probability >= 0 && probability <= 1)) {
      throw invalid_argument(message("unreliable: probability ", probability, " is not in [0, 1]"));
    }
  }

  template <class Value>
  requires backend<Inner, Value> answer<Value>
  operator()(const request<Value>& r, std::stop_token stop) {
    const std::uint64_t bits = stream_seed(seed_ ^ hash(r.subtask, hash(r.model)), r.attempt);
    if (static_cast<double>(bits >> 11U) * 0x1p-53 < probability_) {
      throw failure(kind_, message("injected, attempt ", r.attempt));
    }
    return inner_(r, std::move(stop));
  }

 private:
  // FNV-1a: std::hash differs between standard libraries, and failures must not.
  static std::uint64_t hash(std::string_view text, std::uint64_t h = 0xCBF29CE484222325U) {
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    return (h ^ text.size()) * 0x100000001B3U;
  }

  Inner inner_;
  double probability_;
  std::uint64_t seed_;
  failure_kind kind_;
};

}  // namespace shoal::infer
