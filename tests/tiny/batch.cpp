// SPDX-License-Identifier: BSL-1.0
#include <string>
#include <vector>

#include "catch.hpp"
#include "models.hpp"
#include "shoal/core/error.hpp"
#include "shoal/hybrid/batch.hpp"
#include "shoal/hybrid/llm_to_slm.hpp"
#include "tiny/model.hpp"

using namespace tiny;
using tiny_test::shipped;

TEST_CASE("states that advance together have the bits of each alone", "[tiny]") {
  const auto m = shipped("translate-hybrid-4k");
  const writer w{m};
  std::vector<decoder_state> together;
  for (const char* const text : {"the dog sleeps.", "my sister loves the black cat.", "we see no birds."}) {
    together.push_back(w.start(codec{m}.encode(text)).state);
    w.advance(together.back(), std::vector<token>(together.size(), bpe::begin));  // of different lengths
  }
  std::vector<decoder_state> alone = together;
  for (token step = 0; step < 20; ++step) {  // past the first enlargement of the cache
    std::vector<decoder_state*> states;
    std::vector<token> fed;
    for (auto& s : together) {
      states.push_back(&s);
      fed.push_back(10 + 7 * step + static_cast<token>(fed.size()));
    }
    const columns all = w.advance_each(states, fed);
    REQUIRE(all.cols() == 3);
    for (std::size_t i = 0; i < alone.size(); ++i) {
      const columns one = w.advance(alone[i], std::span<const token>(&fed[i], 1));
      REQUIRE((one.col(0).array() == all.col(static_cast<Eigen::Index>(i)).array()).all());
      REQUIRE(alone[i].length == together[i].length);
    }
  }
}

TEST_CASE("a batch of real prompts is answered as one by one, greedy and drawn", "[tiny]") {
  const auto small = shipped("translate-hybrid-4k");
  const shoal::hybrid::joined both{writer{shipped("translate-large")}, bridge{small}, writer{small}};
  std::vector<std::vector<token>> prompts;
  for (const char* const text : {"the dog sleeps.", "my sister loves the black cat.", "we see no birds.",
                                 "the old man gives the child a small dog.", "he waits."}) {
    prompts.push_back(codec{small}.encode(text));
  }
  for (const double temperature : {0.0, 1.0}) {
    shoal::hybrid::decoding how{.pick = {.temperature = temperature, .top_p = 0.95, .seed = 5},
                                .tokens = 40};
    std::vector<shoal::hybrid::generated> expected;
    for (const auto& p : prompts) {
      expected.push_back(shoal::hybrid::generate(both, both.start(p), how));
      ++how.pick.seed;
    }
    how.pick.seed = 5;
    for (const std::size_t at_once : {1U, 2U, 16U}) {
      const auto got = shoal::hybrid::generate_batch(both, prompts, how, at_once);
      REQUIRE(got.size() == prompts.size());
      for (std::size_t i = 0; i < got.size(); ++i) {
        CHECK(got[i].tokens == expected[i].tokens);
        CHECK(got[i].end == expected[i].end);
        CHECK(got[i].figures.back().log_probability == expected[i].figures.back().log_probability);
      }
    }
  }
}

TEST_CASE("states of another model, too few tokens and full states are refused", "[tiny]") {
  const auto m = shipped("translate-tiny");
  const writer w{m};
  using shoal::invalid_argument;
  auto s = w.start(std::vector<token>{5, 6}).state;
  decoder_state* const one = &s;
  CHECK_THROWS_AS(w.advance_each({&one, 1}, {}), invalid_argument);
  CHECK_THROWS_AS(w.advance_each({&one, 1}, std::vector<token>{4000}), invalid_argument);
  decoder_state bare = m->weights.start();
  CHECK_THROWS_AS(w.advance(bare, std::vector<token>{5}), invalid_argument);
  auto other = writer{shipped("translate-large")}.start(std::vector<token>{5, 6}).state;
  decoder_state* const stranger = &other;
  CHECK_THROWS_AS(w.advance_each({&stranger, 1}, std::vector<token>{5}), invalid_argument);
  w.advance(s, std::vector<token>(128, 5));
  CHECK_THROWS_AS(w.advance_each({&one, 1}, std::vector<token>{5}), invalid_argument);
  CHECK(s.length == 128);
}
