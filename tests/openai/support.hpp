// SPDX-License-Identifier: BSL-1.0
/// @file What the tests of servers share.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "catch.hpp"
#include "scripted_server.hpp"
#include "shoal/openai/client.hpp"

namespace shoal::test {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

inline openai::question question(bool stream = false) {
  openai::question out{.model = "tiny", .turns = {{"user", "Is it so?"}}};
  out.how.stream = stream;
  return out;
}

/// The failure that a question to a server comes to.
inline openai::failure failure_at(const std::string& url, const openai::question& q,
                                  openai::server where = {}) {
  where.url = url;
  try {
    openai::client(where).ask(q);
  } catch (const openai::failure& f) {
    return f;
  }
  FAIL("there is an answer");
  throw 0;  // unreachable
}

inline const std::string good_body =
    R"({"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}]})";

}  // namespace shoal::test
