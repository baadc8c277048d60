// SPDX-License-Identifier: BSL-1.0
#include "shoal/hybrid/speculative.hpp"

#include <cmath>
#include <map>
#include <vector>

#include "catch.hpp"
#include "chain.hpp"
#include "shoal/core/error.hpp"

using namespace shoal;
using namespace shoal::hybrid;
using hybrid_test::blurred;
using hybrid_test::chain;
using hybrid_test::random_chain;

namespace {

const std::vector<token> prompt{1, 2};

}  // namespace

TEST_CASE("greedy speculation writes what the large model writes alone, whatever the draft", "[hybrid]") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    chain large = random_chain(seed, 6, 0.08);
    for (const double share : {0.0, 0.3, 1.0}) {
      const chain small = blurred(large, seed + 1000, share);
      for (const std::size_t most : {1U, 3U, 8U}) {
        for (const bool adaptive : {false, true}) {
          *large.steps = 0;
          const decoding how{.tokens = 25, .stop = {5}};
          const generated alone = generate(large, large.start(prompt), how);
          const std::size_t steps = *large.steps;
          *large.steps = 0;
          const speculated both = speculate(small, small.start(prompt), large, large.start(prompt), how,
                                            {.most = most, .adaptive = adaptive});
          REQUIRE(both.text.tokens == alone.tokens);
          REQUIRE(both.text.end == alone.end);
          REQUIRE(both.text.figures.size() == alone.figures.size());
          CHECK(both.drafts.accepted <= both.drafts.drafted);
          CHECK(*large.steps == both.drafts.checks);
          CHECK(*large.steps <= steps);
          if (share == 0)
            CHECK(both.drafts.drafted - both.drafts.accepted <= most);  // what came after the end
        }
      }
    }
  }
}

TEST_CASE("speculation respects the room of both models", "[hybrid]") {
  chain large = random_chain(3, 4, 0.01);
  large.chances.col(0).setZero();
  chain small = large;
  large.most = 20;
  small.most = 9;
  const generated alone = generate(large, large.start(prompt), {.tokens = 50});
  const speculated both = speculate(small, small.start(prompt), large, large.start(prompt), {.tokens = 50});
  CHECK(both.text.tokens == alone.tokens);
}

TEST_CASE("sampled speculation has the large model's distribution", "[hybrid]") {
  // Answers of at most two tokens: 1 + 3 + 9 outcomes with known chances.
  const chain large = random_chain(11, 4, 0.25);
  const chain small = blurred(large, 12, 0.7);
  std::map<std::vector<token>, double> expected;
  const auto row = [&](token a, token b) { return large.chances.row(a * 4 + b); };
  expected[{}] = row(1, 2)[0];
  for (token t = 1; t < 4; ++t) {
    expected[{t}] = row(1, 2)[t] * row(2, t)[0];
    for (token u = 1; u < 4; ++u) expected[{t, u}] = row(1, 2)[t] * row(2, t)[u];
  }
  constexpr int runs = 6000;
  std::map<std::vector<token>, int> count;
  for (std::uint64_t seed = 0; seed < runs; ++seed) {
    const decoding how{.pick = {.temperature = 1, .seed = seed}, .tokens = 2};
    ++count[speculate(small, small.start(prompt), large, large.start(prompt), how, {.most = 4}).text.tokens];
  }
  double chi = 0;
  for (const auto& [tokens, p] : expected) {
    chi += (count[tokens] - runs * p) * (count[tokens] - runs * p) / (runs * p);
  }
  CHECK(expected.size() == 13);
  CHECK(chi < 32.9);  // 12 degrees of freedom, 0.1 %
}

TEST_CASE("the draft length is the best by the published formula", "[hybrid]") {
  const drafting d{.most = 10, .draft_cost = 0.2, .check_cost = 0};
  for (const double a : {0.05, 0.3, 0.6, 0.8, 0.95}) {
    std::size_t best = 1;
    double most = 0;
    for (std::size_t k = 1; k <= 10; ++k) {
      const auto n = static_cast<double>(k);
      const double rate = (1 - std::pow(a, n + 1)) / ((1 - a) * (n * 0.2 + 1));
      if (rate > most + 1e-12) {
        most = rate;
        best = k;
      }
    }
    CHECK(best_draft_length(a, d) == best);
  }
  CHECK(best_draft_length(1, d) == 10);
}

TEST_CASE("speculation refuses models of different vocabularies and figures out of range", "[hybrid]") {
  const chain large = random_chain(1, 5, 0.1);
  const chain small = random_chain(1, 4, 0.1);
  const decoding sampled{.pick = {.temperature = 1}, .tokens = 10};
  CHECK_THROWS_AS(speculate(small, small.start(prompt), large, large.start(prompt), sampled),
                  invalid_argument);
  CHECK_THROWS_AS(speculate(large, large.start(prompt), large, large.start(prompt), {}, {.most = 0}),
                  invalid_argument);
  CHECK_THROWS_AS(speculate(large, large.start(prompt), large, large.start(prompt), {}, {.draft_cost = 0}),
                  invalid_argument);
}
