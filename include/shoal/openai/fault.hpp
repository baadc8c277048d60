// SPDX-License-Identifier: BSL-1.0
/// @file What a server says when it has no answer: error objects in all their shapes, and statuses.
#pragma once

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "shoal/core/message.hpp"
#include "shoal/core/utf8.hpp"
#include "shoal/openai/bytes.hpp"
#include "shoal/openai/failure.hpp"
#include "shoal/openai/reply.hpp"

namespace shoal::openai {

/// An error as a server words it.
struct server_error {
  std::string text{};
  std::string type{};
  std::string code{};  ///< as text, whether it came as a number or as a string
};

namespace detail {

inline std::string code_of(const nlohmann::json& object) {
  const nlohmann::json* code = given(object, "code");
  if (code == nullptr) return {};
  return code->is_string() ? code->get<std::string>() : code->is_number() ? code->dump() : std::string();
}

inline server_error error_object(const nlohmann::json& object) {
  return {text_of(object, "message"), text_of(object, "type"), code_of(object)};
}

// {"detail": "..."} or {"detail": [{"msg": "...", "loc": [...]}]}, of FastAPI, on which gateways stand.
inline std::string detail_of(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array() && !value.empty()) return text_of(value[0], "msg");
  return value.is_object() ? text_of(value, "error") : std::string();
}

inline bool says(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Control characters would make a second line of it, or move a terminal's cursor.
inline std::string one_short_line(std::string_view text) {
  constexpr std::size_t longest = 300;
  std::string out = utf8_mended(text.substr(0, utf8_floor(text, longest)));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) c = ' ';
  }
  if (text.size() > longest) out += "...";
  return out;
}

}  // namespace detail

/// The error that a document tells of; nothing when it tells of none. Known shapes: an object in `error`, a
/// string in `error`, a flat `{"object": "error", "message": ...}`, and `detail`.
inline bool find_error(const nlohmann::json& document, server_error& out) {
  if (const nlohmann::json* error = detail::given(document, "error")) {
    out = error->is_object() ? detail::error_object(*error) : server_error{};
    if (error->is_string()) out.text = error->get<std::string>();
    return true;
  }
  if (detail::text_of(document, "object") == "error" ||
      (detail::given(document, "message") != nullptr && detail::given(document, "code") != nullptr)) {
    out = detail::error_object(document);
    return true;
  }
  if (const nlohmann::json* why = detail::given(document, "detail")) {
    out = {.text = detail::detail_of(*why)};
    return true;
  }
  return false;
}

/// The error that a body tells of; a body that is no JSON is its text.
inline server_error error_of(std::string_view body) {
  server_error out;
  try {
    const auto document = parse_loose(body, {.bytes = std::size_t{1} << 20U, .depth = 32});
    if (find_error(document.root, out)) return out;
  } catch (const bad_input&) {  // a gateway's page, perhaps
  }
  out.text = body;
  return out;
}

/// The cause that a status and an error make up.
inline cause cause_of(long status, const server_error& e) {
  using detail::says;
  if (says(e.type, "exceed_context_size") || says(e.code, "context_length_exceeded") ||
      says(e.text, "ContextWindowExceeded") || says(e.text, "maximum context length") ||
      says(e.text, "exceeds the available context size")) {
    return cause::context_overflow;
  }
  if (says(e.code, "content_filter") || says(e.type, "content_filter") || says(e.code, "content_policy") ||
      says(e.text, "ContentPolicyViolation")) {
    return cause::content_filter;
  }
  switch (status) {
    case 401:
    case 403:
      return cause::unauthorized;
    case 404:
      return cause::not_found;
    case 408:
    case 504:
      return cause::timed_out;
    case 409:
      return cause::conflict;
    case 413:
      return cause::request_too_large;
    case 429:
      return says(e.code, "insufficient_quota") || says(e.type, "insufficient_quota") ? cause::out_of_quota
                                                                                      : cause::rate_limited;
    case 502:
    case 503:
    case 529:
      return cause::unavailable;
    default:
      return status >= 500 ? cause::server_error : cause::bad_request;
  }
}

/// The failure that a reply with an error is.
/// @param status  of HTTP; 200 for an error in the middle of a stream, whose code is taken for the status
///     where it is one.
inline failure failure_of(long status, const server_error& e) {
  if (status == 200) {
    long code = 0;
    const auto read = std::from_chars(e.code.data(), e.code.data() + e.code.size(), code);
    const bool is_status = read.ec == std::errc() && code >= 400 && code < 600;
    const failure meant = failure_of(is_status ? code : 500, e);
    return failure(meant.why, message("an error in the stream: ", meant.what()), 200);
  }
  std::string text = message("HTTP ", status);
  for (const std::string* part : {&e.type, &e.text}) {
    if (!part->empty()) text += ": " + detail::one_short_line(*part);
  }
  return failure(cause_of(status, e), text, status);
}

}  // namespace shoal::openai
