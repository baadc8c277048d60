// SPDX-License-Identifier: BSL-1.0
#include "shoal/hybrid/batch.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

#include "catch.hpp"
#include "chain.hpp"
#include "shoal/core/error.hpp"
#include "shoal/hybrid/llm_to_slm.hpp"

using namespace shoal;
using namespace shoal::hybrid;
using hybrid_test::chain;
using hybrid_test::random_chain;

namespace {

// A chain that takes steps together, and notes how many states each had.
struct side_by_side : chain {
  explicit side_by_side(chain c) : chain(std::move(c)) {}
  std::shared_ptr<std::vector<std::size_t>> sizes = std::make_shared<std::vector<std::size_t>>();

  columns advance_each(std::span<state* const> states, std::span<const token> fed) const {
    sizes->push_back(states.size());
    columns out(tokens(), static_cast<Eigen::Index>(states.size()));
    for (std::size_t i = 0; i < states.size(); ++i)
      out.col(static_cast<Eigen::Index>(i)) = chain::advance(*states[i], fed.subspan(i, 1));
    return out;
  }
};
static_assert(batch_decoder<side_by_side> && !batch_decoder<chain>);

std::vector<std::vector<token>> prompts_of(std::size_t count) {
  std::vector<std::vector<token>> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back({static_cast<token>(1 + i % 4), static_cast<token>(1 + i / 4 % 4)});
  return out;
}

bool same(const generated& a, const generated& b) {
  if (a.tokens != b.tokens || a.end != b.end || a.figures.size() != b.figures.size()) return false;
  for (std::size_t i = 0; i < a.figures.size(); ++i) {
    const written_token& x = a.figures[i];
    const written_token& y = b.figures[i];
    if (x.number != y.number || x.log_probability != y.log_probability || x.entropy != y.entropy) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("each answer of a batch is what is written for its prompt alone, at any width of the batch",
          "[hybrid]") {
  const auto prompts = prompts_of(11);
  for (const double temperature : {0.0, 0.8}) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const side_by_side model{random_chain(seed, 5, 0.12)};
      decoding how{.pick = {.temperature = temperature, .seed = 40}, .tokens = 30, .stop = {4}};
      std::vector<generated> expected;
      for (std::size_t i = 0; i < prompts.size(); ++i) {
        how.pick.seed = 40 + i;
        expected.push_back(generate(model, model.start(prompts[i]), how));
      }
      how.pick.seed = 40;
      for (const std::size_t at_once : {1U, 3U, 11U, 100U}) {
        const auto together = generate_batch(model, prompts, how, at_once);
        const auto in_turn = generate_batch(static_cast<const chain&>(model), prompts, how, at_once);
        REQUIRE(together.size() == prompts.size());
        for (std::size_t i = 0; i < prompts.size(); ++i) {
          CHECK(same(together[i], expected[i]));
          CHECK(same(in_turn[i], expected[i]));
        }
      }
    }
  }
}

TEST_CASE("a batch stays full while prompts are left", "[hybrid]") {
  const side_by_side model{random_chain(7, 5, 0.2)};
  const auto answers = generate_batch(model, prompts_of(20), {.pick = {.temperature = 1}, .tokens = 40}, 4);
  std::size_t tokens = 0;
  for (const generated& g : answers) tokens += g.figures.size();
  const auto& sizes = *model.sizes;
  CHECK(std::accumulate(sizes.begin(), sizes.end(), std::size_t{0}) == tokens);
  // Nobody joins a batch that is less than full, so it only shrinks once no prompt is left.
  CHECK(sizes.front() == 4);
  CHECK(std::is_sorted(sizes.rbegin(), sizes.rend()));
  std::size_t longest = 0;
  for (const generated& g : answers) longest = std::max(longest, g.figures.size());
  CHECK(sizes.size() <= (tokens + 3) / 4 + longest);
}

TEST_CASE("each answer of a batch is watched, and ended, on its own", "[hybrid]") {
  const side_by_side model{random_chain(2, 5, 0)};
  std::vector<std::vector<token>> seen(3);
  const auto answers = generate_batch(model, prompts_of(3), {.tokens = 9}, 3, [&](std::size_t i, token t) {
    seen[i].push_back(t);
    return i != 1 || seen[i].size() < 4;
  });
  for (std::size_t i = 0; i < 3; ++i) CHECK(answers[i].tokens == seen[i]);
  CHECK(answers[0].tokens.size() == 9);
  CHECK(answers[0].end == ending::length);
  CHECK(answers[1].tokens.size() == 4);
  CHECK(answers[1].end == ending::stopped);
}

TEST_CASE("a batch ends where the model has no room, and takes no figure that makes no sense", "[hybrid]") {
  side_by_side model{random_chain(2, 5, 0)};
  model.most = 4;
  auto prompts = prompts_of(2);
  prompts.push_back({1, 2, 3, 4, 1});  // leaves no room at all
  const auto answers = generate_batch(model, prompts, {.tokens = 9});
  CHECK(answers[0].tokens.size() == 3);
  CHECK(answers[0].end == ending::length);
  CHECK(answers[2].tokens.empty());
  CHECK(generate_batch(model, std::span<const std::vector<token>>{}, {.tokens = 9}).empty());
  CHECK_THROWS_AS(generate_batch(model, prompts, {.tokens = 0}), invalid_argument);
  CHECK_THROWS_AS(generate_batch(model, prompts, {.tokens = 9}, 0), invalid_argument);
  CHECK_THROWS_AS(generate_batch(model, prompts, {.pick = {.top_p = 0}, .tokens = 9}), invalid_argument);
}
