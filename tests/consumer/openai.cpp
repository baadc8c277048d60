// SPDX-License-Identifier: BSL-1.0
#include <shoal/openai/backend.hpp>

int main() {
  // Nobody listens on port 1: the failure must say so, and may pass.
  const shoal::openai::backend model({.where = {.url = "http://127.0.0.1:1"}, .model = "any"});
  try {
    model({.input = "Is it so?"}, {});
  } catch (const shoal::openai::failure& f) {
    return f.why == shoal::openai::cause::unreachable && f.retryable ? 0 : 1;
  }
  return 1;
}
