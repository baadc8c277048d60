// SPDX-License-Identifier: BSL-1.0
/// @file Server: where it is, how it is reached, and the key that it wants.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/openai/curl.hpp"
#include "shoal/openai/secret.hpp"
#include "shoal/version.hpp"

namespace shoal::openai {

/// A server of the OpenAI interface.
struct server {
  std::string url{};      ///< `http://127.0.0.1:8080`; `/v1` is added where the URL has no path of its own
  std::string key_env{};  ///< name of the environment variable that holds the API key; empty: no key is sent
  std::string ca_file{};  ///< certificates to trust, in place of the system's (PEM); empty: the system's
  double connect_s = 10;  ///< longest wait for a connection, seconds, > 0
  std::size_t response_bytes = std::size_t{16} << 20U;  ///< longest response that is taken, bytes
};

namespace detail {

// A server as it is called: addresses, and headers, which all its calls share.
struct address {
  std::string api{};   // the interface's own: http://host:port/v1
  std::string root{};  // of /health, /slots, /metrics and /api: http://host:port
  std::string ca_file{};
  std::string no_proxy{};
  secret key{};
  header_list headers{};
  long connect_ms = 10'000;
  std::size_t response_bytes = 0;
};

inline std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string out(text);
  curl_free(text);
  return out;
}

inline void read_url(const std::string& text, address& out) {
  // The URL itself is not shown where it may hold a password.
  const url_handle url(curl_url());
  if (!url) throw std::bad_alloc();
  const CURLUcode read = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0);
  if (read != CURLUE_OK || part_of(url.get(), CURLUPART_HOST).empty()) {
    throw invalid_argument(message("url: ", quoted(text.substr(0, text.find('@'))), " is no URL"));
  }
  if (!part_of(url.get(), CURLUPART_USER).empty() || !part_of(url.get(), CURLUPART_PASSWORD).empty()) {
    throw invalid_argument("url: it holds a user or a password; name a variable with the key in key_env");
  }
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") {
    throw invalid_argument(message("url: ", quoted(text), " is not http:// or https://"));
  }
  if (!part_of(url.get(), CURLUPART_QUERY).empty() || !part_of(url.get(), CURLUPART_FRAGMENT).empty()) {
    throw invalid_argument("url: it holds a query or a fragment");
  }
  std::string path = part_of(url.get(), CURLUPART_PATH);
  while (path.ends_with('/')) path.pop_back();
  const std::string port = part_of(url.get(), CURLUPART_PORT);
  const std::string host =
      scheme + "://" + part_of(url.get(), CURLUPART_HOST) + (port.empty() ? "" : ":" + port);
  constexpr std::string_view v1 = "/v1";
  out.api = host + (path.empty() ? std::string(v1) : path);
  out.root = host + (path.ends_with(v1) ? path.substr(0, path.size() - v1.size()) : path);
}

// Who asks for a model on this machine does not mean a proxy.
inline std::string hosts_without_proxy() {
  std::string out = "localhost,127.0.0.1,::1";
  for (const char* name : {"no_proxy", "NO_PROXY"}) {
    const char* more = std::getenv(name);
    if (more != nullptr && *more != '\0') return std::string_view(more) == "*" ? more : out + "," + more;
  }
  return out;
}

/// @throws invalid_argument  when a figure of `where` makes no sense, or its key is not there.
inline address address_of(const server& where) {
  start_curl();
  address out;
  read_url(where.url, out);
  if (!(where.connect_s > 0 && where.connect_s <= 1e6)) {
    throw invalid_argument(message("connect_s ", where.connect_s, " is not in (0, 1e6]"));
  }
  if (where.response_bytes == 0) throw invalid_argument("response_bytes 0 is not >= 1");
  out.key = secret::from_environment(where.key_env);
  out.ca_file = where.ca_file;
  out.no_proxy = hosts_without_proxy();
  out.connect_ms = static_cast<long>(std::ceil(where.connect_s * 1000));
  out.response_bytes = where.response_bytes;
  append(out.headers, "Content-Type: application/json");
  append(out.headers, "Expect:");  // else a long body waits a second for a server that does not know it
  append(out.headers, std::string("User-Agent: shoal/") + version);
  if (!out.key.empty()) append(out.headers, out.key.header());
  return out;
}

}  // namespace detail

}  // namespace shoal::openai
