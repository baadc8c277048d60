// SPDX-License-Identifier: BSL-1.0
#include "shoal/hybrid/beam.hpp"

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "chain.hpp"
#include "shoal/core/error.hpp"

using namespace shoal;
using namespace shoal::hybrid;
using hybrid_test::chain;
using hybrid_test::random_chain;

namespace {

const std::vector<token> prompt{1, 2};

struct best {
  std::vector<token> tokens{};
  double score = -1e300;
};

// Every closed answer of at most `most` tokens.
void every(const chain& model, std::vector<token> taken, std::vector<token> answer, double log_probability,
           double penalty, std::size_t most, best& out) {
  const auto row = model.chances.row(taken[taken.size() - 2] * model.tokens() + taken.back());
  const double closed =
      (log_probability + std::log(row[0])) / std::pow(static_cast<double>(answer.size() + 1), penalty);
  if (closed > out.score) out = {answer, closed};
  if (answer.size() == most) return;
  for (token t = 1; t < model.tokens(); ++t) {
    auto further = taken;
    further.push_back(t);
    auto longer = answer;
    longer.push_back(t);
    every(model, further, longer, log_probability + std::log(row[t]), penalty, most, out);
  }
}

}  // namespace

TEST_CASE("a wide beam finds the best of all answers", "[hybrid]") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const chain model = random_chain(seed, 4, 0.3);
    for (const double penalty : {0.0, 0.6}) {
      best expected;
      every(model, prompt, {}, 0, penalty, 4, expected);
      // Wide enough for all open answers of four tokens; an answer of five tokens is at its limit and not
      // closed.
      const auto found =
          beam_search(model, model.start(prompt), {.width = 400, .length_penalty = penalty, .tokens = 5});
      double top = -1e300;
      const beam_answer* first = nullptr;
      for (const auto& a : found) {
        if (a.text.end == ending::complete && a.score > top) {
          top = a.score;
          first = &a;
        }
      }
      REQUIRE(first != nullptr);
      CHECK(first->text.tokens == expected.tokens);
      CHECK(first->score == Approx(expected.score).epsilon(1e-5));
    }
  }
}

TEST_CASE("a beam of one is greedy decoding, and a wider one is never less likely", "[hybrid]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const chain model = random_chain(seed, 6, 0.1);
    const generated greedy = generate(model, model.start(prompt), {.tokens = 12});
    const auto one = beam_search(model, model.start(prompt), {.width = 1, .length_penalty = 0, .tokens = 12});
    REQUIRE(one.size() == 1);
    if (greedy.end == ending::complete) CHECK(one[0].text.tokens == greedy.tokens);
    const auto wide =
        beam_search(model, model.start(prompt), {.width = 50, .length_penalty = 0, .tokens = 12});
    CHECK(wide[0].log_probability >= one[0].log_probability - 1e-9);
    for (std::size_t i = 1; i < wide.size(); ++i) CHECK(wide[i - 1].score >= wide[i].score);
  }
}

TEST_CASE("a beam refuses a width of 0", "[hybrid]") {
  const chain model = random_chain(1, 3, 0.2);
  CHECK_THROWS_AS(beam_search(model, model.start(prompt), {.width = 0}), invalid_argument);
}
