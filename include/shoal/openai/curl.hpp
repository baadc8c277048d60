// SPDX-License-Identifier: BSL-1.0
/// @file libcurl's handles, each with one owner.
#pragma once

#if !__has_include(<curl/curl.h>)
#error \
    "shoal/openai needs libcurl 7.85 or newer: link shoal::openai (Debian and Ubuntu: libcurl4-openssl-dev)."
#endif
#include <curl/curl.h>

#include <memory>
#include <new>
#include <string>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"

namespace shoal::openai::detail {

struct free_easy {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct free_multi {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
struct free_list {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct free_url {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

using easy_handle = std::unique_ptr<CURL, free_easy>;
using multi_handle = std::unique_ptr<CURLM, free_multi>;
using header_list = std::unique_ptr<curl_slist, free_list>;
using url_handle = std::unique_ptr<CURLU, free_url>;

// libcurl's own first step, once in a process; it is thread-safe where libcurl says so, and a static's
// initialisation is in any case. It is never undone: other users of libcurl may outlive us.
inline void start_curl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw error(message("libcurl does not start: ", curl_easy_strerror(started)));
}

inline void append(header_list& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  (void)list.release();  // the same list, or the head that there was not before
  list.reset(longer);
}

}  // namespace shoal::openai::detail
