// SPDX-License-Identifier: BSL-1.0
#include "shoal/hybrid/cost_model.hpp"

#include <vector>

#include "catch.hpp"
#include "shoal/core/error.hpp"

using namespace shoal;
using namespace shoal::hybrid;

namespace {

const transformer_shape large{128, 512, 400, 4, 4};
const transformer_shape small{64, 256, 400, 1, 1};

}  // namespace

TEST_CASE("work is counted as the shapes say", "[hybrid]") {
  // One layer: query, key, value, output, and two of the feed-forward part, a multiplication and an addition
  // each.
  CHECK(encode_work(small, 10).batch_operations == 10 * 2 * (4 * 64 * 64 + 2 * 64 * 256));
  CHECK(encode_work(large, 1).batch_operations == 4 * encode_work({128, 512, 400, 1, 0}, 1).batch_operations);
  // A step reads each weight once: self-attention 4 d^2, query and output of cross-attention 2 d^2,
  // feed-forward, output.
  CHECK(decode_work(small, 7, 1).near_bytes == 4 * (6 * 64 * 64 + 2 * 64 * 256 + 64 * 400));
  CHECK(decode_work(small, 7, 3).near_bytes == 3 * decode_work(small, 7, 1).near_bytes);
  // The large decoder's weights do not fit in a core's own cache.
  CHECK(decode_work(large, 7, 1).near_bytes == 0);
  CHECK(decode_work(large, 7, 1).far_bytes == decode_work(large, 7, 1, 1e9).near_bytes);
  // Scores and sums over the prompt, and over the 1 + 2 + 3 tokens that are there.
  CHECK(decode_work(small, 7, 3).attention_operations == 4 * 64 * (3 * 7 + 6));
}

TEST_CASE("a machine is found again from times that it would take", "[hybrid]") {
  const machine truth{2e-11, 2e-11, 1e-10, 0, 3e-7, 5e-7};
  std::vector<timed_work> measured;
  for (const double n : {8.0, 64.0, 512.0}) {
    for (const double m : {8.0, 256.0}) {
      for (const auto& s : {large, small}) {
        measured.push_back({alone_work(s, n, m), seconds(alone_work(s, n, m), truth)});
        measured.push_back({encode_work(s, n), seconds(encode_work(s, n), truth)});
      }
    }
  }
  const machine found = fit_machine(measured);
  CHECK(found.batch_operation_s == Approx(truth.batch_operation_s).epsilon(1e-6));
  CHECK(found.near_byte_s == Approx(truth.near_byte_s).epsilon(1e-6));
  CHECK(found.far_byte_s == Approx(truth.far_byte_s).epsilon(1e-6));
  CHECK(found.attention_operation_s == Approx(0).margin(1e-15));
  CHECK(found.layer_pass_s == Approx(truth.layer_pass_s).epsilon(1e-6));
  CHECK(found.step_s == Approx(truth.step_s).epsilon(1e-5));
}

TEST_CASE("joining pays for long answers and not for long prompts", "[hybrid]") {
  const machine m{2e-11, 2e-11, 1e-10, 5e-11, 3e-7, 5e-7};
  CHECK(speed_up(large, small, 128, 16, 256, m) > speed_up(large, small, 128, 16, 8, m));
  CHECK(speed_up(large, small, 128, 16, 64, m) > speed_up(large, small, 128, 512, 64, m));
  // The work of both encoders and of a decoder of the same size is more than the large model's own.
  CHECK(speed_up(large, large, 128, 64, 64, m) < 1);
}

TEST_CASE("a machine is not fitted to too little or to times that are none", "[hybrid]") {
  CHECK_THROWS_AS(fit_machine(std::vector<timed_work>(4, {encode_work(small, 4), 1})), invalid_argument);
  CHECK_THROWS_AS(fit_machine(std::vector<timed_work>(9, {encode_work(small, 4), 0})), invalid_argument);
}
