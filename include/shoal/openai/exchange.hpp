// SPDX-License-Identifier: BSL-1.0
/// @file One HTTP exchange: what is sent, what came, and the failure that it is when nothing good came.
#pragma once

#include <array>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/core/clock.hpp"
#include "shoal/core/message.hpp"
#include "shoal/openai/curl.hpp"
#include "shoal/openai/failure.hpp"
#include "shoal/openai/fault.hpp"
#include "shoal/openai/server.hpp"

namespace shoal::openai::detail {

// An exchange belongs to the loop that drives it until `done` is called, on that loop's thread.
struct exchange {
  using time_point = std::chrono::steady_clock::time_point;

  std::shared_ptr<const address> where{};
  std::string url{};
  std::string sent{};  // body of a POST; an exchange without one is a GET
  bool post = false;
  std::string header{};  // one of this request's own; empty: none
  time_point deadline = time_point::max();
  std::function<void(std::string_view)> stream{};  // takes the body of an answer that is a stream; may throw
  std::function<void(exchange&)> done{};

  CURLcode code = CURLE_OK;
  long status = 0;
  double retry_after_s = 0;
  bool streamed = false;  // the body went to `stream`
  bool cancelled = false;
  bool too_long = false;
  std::size_t bytes = 0;
  std::string body{};           // where it was not streamed
  std::exception_ptr thrown{};  // by `stream`
  time_point begun{};
  std::array<char, CURL_ERROR_SIZE> text{};

  CURL* easy = nullptr;   // while it is driven
  std::size_t shard = 0;  // of the loop, while it is driven
  std::size_t uses = 0;   // of the handle since it was set up, before this one
  bool connected = true;  // a connection was made for it, as far as one knows
  curl_slist own_header{};

  // This request's own header before the ones that all requests to the server share.
  curl_slist* headers() {
    if (header.empty()) return where->headers.get();
    own_header = {header.data(), where->headers.get()};
    return &own_header;
  }

  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  }
};

// libcurl's words, in which a URL may stand but never a header.
inline failure transport_failure(const exchange& e) {
  const std::string words = e.text[0] != '\0' ? std::string(e.text.data()) : curl_easy_strerror(e.code);
  switch (e.code) {
    case CURLE_OPERATION_TIMEDOUT:
      // A connection that nobody takes up in time is a server that is not there, unless time was up anyway.
      if (e.status == 0 && std::chrono::steady_clock::now() < e.deadline && e.bytes == 0) {
        return failure(cause::unreachable, words);
      }
      return failure(cause::timed_out,
                     message("the deadline passed after ", e.bytes, " bytes of the answer"));
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
      return failure(cause::unreachable, words);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_USE_SSL_FAILED:
      return failure(cause::tls, words);
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return failure(cause::malformed, words);
    default:
      return failure(e.status == 200 ? cause::cut_stream : cause::connection_lost, words, e.status);
  }
}

// The failure that an exchange is; only for one that brought no whole answer with status 200.
inline failure failure_of(const exchange& e) {
  if (e.cancelled) return failure(cause::cancelled, "a stop was requested", e.status);
  if (e.too_long) {
    return failure(cause::response_too_large,
                   message("the response is longer than ", e.where->response_bytes, " bytes"), e.status);
  }
  const bool whole_error = e.status != 0 && e.status != 200;
  if (e.code != CURLE_OK && !whole_error) return transport_failure(e);
  constexpr std::size_t enough = std::size_t{1} << 16U;
  server_error said = error_of(std::string_view(e.body).substr(0, enough));
  for (std::string* part : {&said.text, &said.type, &said.code}) {
    *part = e.where->key.removed_from(std::string_view(*part).substr(0, 4096));
  }
  failure out = openai::failure_of(e.status, said);
  if (e.status >= 300 && e.status < 400) {
    out = failure(cause::bad_request,
                  message("HTTP ", e.status, ": the server redirects, which is not followed"), e.status);
  }
  out.retry_after_s = e.retry_after_s;
  return out;
}

// The same failure as the caller sees it: whose it is, and without the key.
inline failure named(const failure& f, const std::string& url, const secret& key) {
  failure out(f.why, key.removed_from(message(url, ": ", f.what())), f.status);
  out.retry_after_s = f.retry_after_s;
  out.retryable = f.retryable;
  out.partial = f.partial;
  return out;
}

}  // namespace shoal::openai::detail
