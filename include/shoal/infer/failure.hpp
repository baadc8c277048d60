// SPDX-License-Identifier: BSL-1.0
/// @file Failure: how a backend says that it has no answer, and why.
#pragma once

#include <string>
#include <string_view>

#include "shoal/core/error.hpp"

namespace shoal::infer {

/// Classes of failure: what a runtime decides by.
enum class failure_kind {
  timeout,     ///< the deadline passed
  refused,     ///< the model could not be reached, was overloaded, or declined
  bad_answer,  ///< an answer came that makes no sense
  cancelled,   ///< a stop was requested
  crashed,     ///< the backend broke: its process died, or it threw something that is not a failure
};

/// The failure's name as files spell it.
constexpr std::string_view name_of(failure_kind kind) {
  switch (kind) {
    case failure_kind::timeout:
      return "timeout";
    case failure_kind::refused:
      return "refused";
    case failure_kind::bad_answer:
      return "bad answer";
    case failure_kind::cancelled:
      return "cancelled";
    case failure_kind::crashed:
      return "crashed";
  }
  return "";
}

/// Thrown by a backend that has no answer. It is caught by executors and never leaves them.
struct failure : error {
  failure(failure_kind what_kind, const std::string& text)
      : error(text), kind(what_kind), retryable(what_kind != failure_kind::cancelled) {}
  failure_kind kind;
  bool retryable;            ///< the same request to the same model may be answered another time
  double retry_after_s = 0;  ///< seconds that the model asked to be left alone; 0: it did not say
};

}  // namespace shoal::infer
