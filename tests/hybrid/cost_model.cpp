// SPDX-License-Identifier: BSL-1.0
#include "shoal/hybrid/cost_model.hpp"

#include <vector>

#include "catch.hpp"
#include "shoal/core/error.hpp"

using namespace shoal;
using namespace shoal::hybrid;

namespace {

const transformer_shape large{128, 512, 400, 4, 4, 4};
const transformer_shape small{64, 256, 400, 1, 1, 4};

// Kinds as `kinds_of_work` orders them; memory as it stands.
const machine some_machine{{8e-12, 8e-12, 3e-11, 4e-11, 3e-9, 5e-8, 1e-10, 4e-11, 1e-6}, {}};

}  // namespace

TEST_CASE("work is counted as the shapes say", "[hybrid]") {
  // One layer: query, key, value, output, and two of the feed-forward part, a multiplication and an addition
  // each.
  CHECK(encode_work(small, 10).batch_operations == 10 * 2 * (4 * 64 * 64 + 2 * 64 * 256));
  CHECK(encode_work(large, 10).batch_operations ==
        4 * encode_work({128, 512, 400, 1, 0, 4}, 10).batch_operations);
  // A step reads each weight once: self-attention 4 d^2, query and output of cross-attention 2 d^2,
  // feed-forward, output.
  CHECK(decoder_bytes(small) == 4 * (6 * 64 * 64 + 2 * 64 * 256 + 64 * 400));
  CHECK(decode_work(small, 7, 1).near_bytes == decoder_bytes(small));
  CHECK(decode_work(small, 7, 3).near_bytes == 3 * decoder_bytes(small));
  // Scores and sums over the prompt, and over the 1 + 2 + 3 tokens that are there; one exponential for each
  // and each head.
  CHECK(decode_work(small, 7, 3).attention_operations == 4 * 64 * (3 * 7 + 6));
  CHECK(decode_work(small, 7, 3).attention_pairs == 4 * (3 * 7 + 6));
  CHECK(decode_work(small, 7, 3).attention_calls == 4 * 2 * 3);
  CHECK(encode_work(large, 10).attention_pairs == 4 * 4 * 10 * 10);
  // A key and a value of 64 numbers for each of the ten tokens.
  CHECK(decode_work(small, 7, 3).stored_bytes == 10 * 2 * 64 * 4);
}

TEST_CASE("what does not fit in a core's own cache is read from afar, keys and values too", "[hybrid]") {
  // Twice the cache: nothing is found there. Less than all of it: everything. Between, a share.
  const double bytes = decoder_bytes(large) + cache_bytes(large, 7 + 1);
  CHECK(decode_work(large, 7, 1, {.cache = bytes}).far_bytes == 0);
  CHECK(decode_work(large, 7, 1, {.cache = bytes}).near_bytes == decoder_bytes(large));
  CHECK(decode_work(large, 7, 1, {.cache = bytes / 2}).near_bytes == 0);
  CHECK(decode_work(large, 7, 1, {.cache = bytes / 2}).far_bytes == Approx(bytes));
  CHECK(decode_work(large, 7, 1, {.cache = bytes / 1.5}).far_bytes == Approx(bytes / 2));
  // A long prompt's keys and values push a decoder out that fits by itself.
  CHECK(decode_work(large, 512, 4, {.cache = decoder_bytes(large) * 1.01}).far_bytes > 0);
  // What fits is read from afar once, where something else was read in between.
  const work cold = decode_work(small, 7, 5, {}, 1e9);
  CHECK(cold.far_bytes == decoder_bytes(small));
  CHECK(cold.near_bytes == 4 * decoder_bytes(small));
  CHECK(joined_work(large, small, 128, 64, 5).far_bytes == decoder_bytes(small));
}

TEST_CASE("few tokens at once take what reading takes, many what arithmetic takes", "[hybrid]") {
  const memory has{.cache = 1e5, .balance = 8};
  CHECK(encode_work(large, 4, has).far_bytes == encoder_bytes(large));
  CHECK(encode_work(large, 4, has).batch_operations == 0);
  CHECK(encode_work(large, 8, has).far_bytes == 0);
  CHECK(encode_work(large, 8, has).batch_operations == 8 * 2 * encoder_bytes(large) / 4);
}

TEST_CASE("a machine is found again from times that it would take", "[hybrid]") {
  machine truth = some_machine;
  truth.unit_s[6] = 0;  // a kind of work that costs nothing stays at nothing
  std::vector<timed_work> measured;
  for (const double n : {4.0, 8.0, 64.0, 512.0}) {
    for (const double m : {8.0, 60.0, 256.0}) {
      for (const auto& s : {large, small, transformer_shape{96, 200, 400, 2, 3, 2}}) {
        measured.push_back({alone_work(s, n, m), seconds(alone_work(s, n, m), truth)});
        measured.push_back({encode_work(s, n), seconds(encode_work(s, n), truth)});
      }
    }
  }
  const machine found = fit_machine(measured);
  for (std::size_t k = 0; k < kinds_of_work.size(); ++k) {
    INFO(k);
    CHECK(found.unit_s[k] == Approx(truth.unit_s[k]).epsilon(1e-4).margin(1e-14));
  }
}

TEST_CASE("joining pays for long answers and not for long prompts", "[hybrid]") {
  const machine& m = some_machine;
  CHECK(speed_up(large, small, 128, 16, 256, m) > speed_up(large, small, 128, 16, 8, m));
  CHECK(speed_up(large, small, 128, 16, 64, m) > speed_up(large, small, 128, 512, 64, m));
  // The work of both encoders and of a decoder of the same size is more than the large model's own.
  CHECK(speed_up(large, large, 128, 64, 64, m) < 1);
}

TEST_CASE("a machine is not fitted to too little or to times that are none", "[hybrid]") {
  CHECK_THROWS_AS(fit_machine(std::vector<timed_work>(8, {encode_work(small, 4), 1})), invalid_argument);
  CHECK_THROWS_AS(fit_machine(std::vector<timed_work>(9, {encode_work(small, 4), 0})), invalid_argument);
}
