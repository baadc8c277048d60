// SPDX-License-Identifier: BSL-1.0
#include "shoal/hybrid/generate.hpp"

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "chain.hpp"
#include "shoal/core/error.hpp"
#include "shoal/hybrid/confidence.hpp"

using namespace shoal;
using namespace shoal::hybrid;
using hybrid_test::chain;
using hybrid_test::random_chain;

namespace {

const std::vector<token> prompt{1, 2};

}  // namespace

TEST_CASE("greedy decoding takes the likeliest token each time, until the end or the limit", "[hybrid]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const chain model = random_chain(seed, 5, 0.12);
    std::vector<token> expected;
    token before = 1;
    token last = 2;
    ending end = ending::length;
    while (expected.size() < 30) {
      Eigen::Index next = 0;
      model.chances.row(before * 5 + last).maxCoeff(&next);
      if (next == 0) {
        end = ending::complete;
        break;
      }
      expected.push_back(static_cast<token>(next));
      before = last;
      last = static_cast<token>(next);
    }
    const generated g = generate(model, model.start(prompt), {.tokens = 30});
    CHECK(g.tokens == expected);
    CHECK(g.end == end);
    CHECK(g.figures.size() == g.tokens.size() + (g.end == ending::complete ? 1U : 0U));
  }
}

TEST_CASE("the figures of a token are those of its distribution", "[hybrid]") {
  chain model = random_chain(1, 3, 0.2);
  model.chances.row(1 * 3 + 2) << 0.2, 0.7, 0.1;
  const generated g = generate(model, model.start(prompt), {.tokens = 1});
  REQUIRE(g.tokens == std::vector<token>{1});
  CHECK(g.figures[0].log_probability == Approx(std::log(0.7)));
  CHECK(g.figures[0].margin == Approx(0.5));
  CHECK(g.figures[0].entropy == Approx(-0.2 * std::log(0.2) - 0.7 * std::log(0.7) - 0.1 * std::log(0.1)));
  CHECK(mean_probability{}(g) == Approx(0.7));
  CHECK(least_margin{}(g) == Approx(0.5));
  CHECK(entropy_confidence{}(g) == Approx(std::exp(-g.figures[0].entropy)));
}

TEST_CASE("an answer ends at a stop token, at the model's room, and when its watcher wants no more",
          "[hybrid]") {
  chain model = random_chain(3, 4, 0.01);
  model.chances.col(0).setZero();
  const generated all = generate(model, model.start(prompt), {.tokens = 40});
  REQUIRE(all.tokens.size() == 40);
  const token some = all.tokens[5];
  const generated stopped = generate(model, model.start(prompt), {.tokens = 40, .stop = {some}});
  CHECK(stopped.end == ending::stopped);
  CHECK(stopped.tokens.size() < 6);

  std::vector<token> seen;
  const generated watched = generate(model, model.start(prompt), {.tokens = 40}, [&](token t) {
    seen.push_back(t);
    return seen.size() < 3;
  });
  CHECK(watched.tokens == seen);
  CHECK(seen.size() == 3);
  CHECK(watched.end == ending::stopped);

  model.most = 10;
  CHECK(generate(model, model.start(prompt), {.tokens = 40}).tokens.size() == 9);
}

TEST_CASE("temperature, top-k and top-p make the distribution that they promise", "[hybrid]") {
  Eigen::VectorXf logits(4);
  logits << std::log(0.4F), std::log(0.3F), std::log(0.2F), std::log(0.1F);
  const auto close = [](const Eigen::VectorXd& p, std::vector<double> expected) {
    for (Eigen::Index i = 0; i < p.size(); ++i)
      CHECK(p[i] == Approx(expected[static_cast<std::size_t>(i)]).margin(1e-6));
  };
  close(distribution(logits, {.temperature = 1}), {0.4, 0.3, 0.2, 0.1});
  close(distribution(logits, {.temperature = 0}), {1, 0, 0, 0});
  close(distribution(logits, {.temperature = 0.5}), {16.0 / 30, 9.0 / 30, 4.0 / 30, 1.0 / 30});
  close(distribution(logits, {.temperature = 1, .top_k = 2}), {4.0 / 7, 3.0 / 7, 0, 0});
  close(distribution(logits, {.temperature = 1, .top_p = 0.65}), {4.0 / 7, 3.0 / 7, 0, 0});
  close(distribution(logits, {.temperature = 1, .top_p = 0.05}), {1, 0, 0, 0});
  // top-p counts within what top-k left.
  close(distribution(logits, {.temperature = 1, .top_k = 2, .top_p = 0.5}), {1, 0, 0, 0});
}

TEST_CASE("sampling draws by the distribution, and equal seeds give equal answers", "[hybrid]") {
  chain model = random_chain(7, 4, 0.2);
  model.chances.row(1 * 4 + 2) << 0.1, 0.2, 0.3, 0.4;
  std::vector<int> count(4);
  constexpr int runs = 4000;
  for (std::uint64_t seed = 0; seed < runs; ++seed) {
    const decoding how{.pick = {.temperature = 1, .seed = seed}, .tokens = 1};
    const generated g = generate(model, model.start(prompt), how);
    ++count[static_cast<std::size_t>(g.tokens.empty() ? 0 : g.tokens[0])];
  }
  double chi = 0;
  for (std::size_t t = 0; t < 4; ++t) {
    const double expected = runs * model.chances(1 * 4 + 2, static_cast<Eigen::Index>(t));
    chi += (count[t] - expected) * (count[t] - expected) / expected;
  }
  CHECK(chi < 16.3);  // 3 degrees of freedom, 0.1 %
  const decoding how{.pick = {.temperature = 1, .seed = 5}, .tokens = 20};
  CHECK(generate(model, model.start(prompt), how).tokens == generate(model, model.start(prompt), how).tokens);
}

TEST_CASE("decoding refuses figures out of range", "[hybrid]") {
  const chain model = random_chain(1, 3, 0.2);
  CHECK_THROWS_AS(generate(model, model.start(prompt), {.pick = {.temperature = -1}}), invalid_argument);
  CHECK_THROWS_AS(generate(model, model.start(prompt), {.pick = {.temperature = 1, .top_p = 0}}),
                  invalid_argument);
  CHECK_THROWS_AS(generate(model, model.start(prompt), {.tokens = 0}), invalid_argument);
}

TEST_CASE("agreement is the share of equal answers", "[hybrid]") {
  CHECK(agreement("a", std::vector<std::string>{"a", "b", "a", "c"}) == 0.5);
  CHECK(agreement("a", {}) == 0);
}
