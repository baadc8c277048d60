// SPDX-License-Identifier: BSL-1.0
#include "shoal/infer/failure.hpp"

#include "catch.hpp"

using shoal::infer::failure;
using shoal::infer::failure_kind;

TEST_CASE("every failure but a cancellation may pass, unless its backend knows better", "[infer]") {
  CHECK(failure(failure_kind::timeout, "slow").retryable);
  CHECK(failure(failure_kind::refused, "busy").retryable);
  CHECK(failure(failure_kind::bad_answer, "no JSON").retryable);
  CHECK(failure(failure_kind::crashed, "gone").retryable);
  CHECK_FALSE(failure(failure_kind::cancelled, "stopped").retryable);
  CHECK(failure(failure_kind::refused, "busy").retry_after_s == 0);
}
