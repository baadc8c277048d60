// SPDX-License-Identifier: BSL-1.0
/// @file Failures of servers: the cause by class, whether it may pass, and what had arrived.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "shoal/infer/failure.hpp"

namespace shoal::openai {

/// Why a server gave no answer.
enum class cause {
  unreachable,         ///< no connection: nobody listens, no such host, no route
  tls,                 ///< no secure connection: certificate, handshake
  connection_lost,     ///< the connection broke before an answer began
  cut_stream,          ///< the answer broke off; `partial` is what had arrived
  timed_out,           ///< the deadline passed, or the server's own time was up (HTTP 408, 504)
  cancelled,           ///< a stop was requested
  bad_request,         ///< HTTP 400, 422 and other statuses that say that the request is wrong
  context_overflow,    ///< the prompt is longer than what the model takes
  unauthorized,        ///< HTTP 401, 403
  not_found,           ///< HTTP 404: no such model, or no such path
  conflict,            ///< HTTP 409
  request_too_large,   ///< HTTP 413
  rate_limited,        ///< HTTP 429
  out_of_quota,        ///< HTTP 429 that waiting does not mend
  server_error,        ///< HTTP 500 and other statuses that say that the server is broken
  unavailable,         ///< HTTP 502, 503, 529: loading, overloaded, restarting
  malformed,           ///< what came is no JSON, or no stream of events
  wrong_schema,        ///< JSON, but no answer of this interface
  no_choices,          ///< an answer without a choice
  content_filter,      ///< a filter withheld the answer
  response_too_large,  ///< the answer is longer than what is taken
};

/// The cause's name, for reports.
constexpr std::string_view name_of(cause why) {
  constexpr std::string_view names[] = {
      "unreachable",      "tls",         "connection lost",  "cut stream",   "timed out",
      "cancelled",        "bad request", "context overflow", "unauthorized", "not found",
      "conflict",         "too large",   "rate limited",     "out of quota", "server error",
      "unavailable",      "malformed",   "wrong schema",     "no choices",   "content filter",
      "answer too large",
  };
  return names[static_cast<std::size_t>(why)];
}

/// The class that a runtime decides by.
constexpr infer::failure_kind kind_of(cause why) {
  switch (why) {
    case cause::timed_out:
      return infer::failure_kind::timeout;
    case cause::cancelled:
      return infer::failure_kind::cancelled;
    case cause::connection_lost:
    case cause::cut_stream:
      return infer::failure_kind::crashed;
    case cause::malformed:
    case cause::wrong_schema:
    case cause::no_choices:
    case cause::response_too_large:
      return infer::failure_kind::bad_answer;
    default:
      return infer::failure_kind::refused;
  }
}

/// Whether the same request to the same server may be answered another time. A server error may not: some
/// servers answer a request that they cannot read with HTTP 500.
constexpr bool may_pass(cause why) {
  switch (why) {
    case cause::unreachable:
    case cause::connection_lost:
    case cause::cut_stream:
    case cause::timed_out:
    case cause::conflict:
    case cause::rate_limited:
    case cause::unavailable:
    case cause::malformed:
    case cause::no_choices:
      return true;
    default:
      return false;
  }
}

/// Why a server gave no answer; its text is one line without the key.
struct failure : infer::failure {
  failure(cause because, const std::string& text, long http_status = 0)
      : infer::failure(kind_of(because), text), why(because), status(http_status) {
    retryable = may_pass(because);
  }
  cause why;
  long status;            ///< of HTTP; 0: none came
  std::string partial{};  ///< text that had arrived when a stream broke off
};

}  // namespace shoal::openai
