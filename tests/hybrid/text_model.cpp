// SPDX-License-Identifier: BSL-1.0
#include "shoal/hybrid/text_model.hpp"

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "catch.hpp"
#include "chain.hpp"
#include "shoal/core/error.hpp"
#include "shoal/hybrid/llm_to_slm.hpp"
#include "shoal/hybrid/projector.hpp"
#include "shoal/infer/backend.hpp"

using namespace shoal;
using namespace shoal::hybrid;
using hybrid_test::chain;
using hybrid_test::random_chain;

namespace {

// Letters a, b, c ... are tokens 1, 2, 3 ...
struct letters {
  std::vector<token> encode(std::string_view text) const {
    if (text.empty()) throw invalid_argument("letters: no text");
    std::vector<token> out;
    for (const char c : text) out.push_back(c - 'a' + 1);
    return out;
  }
  std::string decode(std::span<const token> tokens) const {
    std::string out;
    for (const token t : tokens) out += static_cast<char>('a' + t - 1);
    return out;
  }
};

// Features: the token's number, and one.
struct numbers {
  columns encode(std::span<const token> prompt) const {
    columns out(2, static_cast<Eigen::Index>(prompt.size()));
    for (std::size_t i = 0; i < prompt.size(); ++i)
      out.col(static_cast<Eigen::Index>(i)) << static_cast<float>(prompt[i]), 1;
    return out;
  }
};

// Writes what it is conditioned on, one token for each column.
struct parrot {
  struct state {
    std::vector<token> plan{};
    std::size_t taken = 0;
  };
  begun<state> start(std::span<const token>) const { return {}; }
  begun<state> start(std::span<const token> prompt, const columns& condition) const {
    begun<state> out;
    CHECK(condition.cols() == static_cast<Eigen::Index>(prompt.size()));
    for (Eigen::Index j = 0; j < condition.cols(); ++j)
      out.state.plan.push_back(static_cast<token>(condition(0, j)));
    return out;
  }
  columns advance(state& s, std::span<const token> tokens) const {
    columns out = columns::Zero(8, static_cast<Eigen::Index>(tokens.size()));
    for (Eigen::Index i = 0; i < out.cols(); ++i) {
      out(s.taken < s.plan.size() ? s.plan[s.taken] : 0, i) = 9;
      ++s.taken;
    }
    return out;
  }
  std::size_t length(const state& s) const { return s.taken; }
  std::size_t room(const state&) const { return 100; }
  bool ends(token t) const { return t == 0; }
  void truncate(state& s, std::size_t length) const { s.taken = length; }
};

static_assert(tokenizer<letters> && prompt_encoder<numbers> && conditioned_decoder<parrot>);
static_assert(projector<linear_projector> && projector<two_layer_projector>);
static_assert(decoder<chain> && !conditioned_decoder<chain>);
static_assert(infer::backend<text_model<letters, chain>>);
static_assert(infer::backend<llm_to_slm<letters, numbers, two_layer_projector, parrot>>);

}  // namespace

TEST_CASE("a decoder with its tokenizer is a backend that streams", "[hybrid]") {
  text_model model{letters{}, random_chain(3, 5, 0.1), decoding{.tokens = 12}};
  std::string streamed;
  model.on_token = [&](std::string_view bytes) { streamed += bytes; };
  const auto a = model(infer::request<>{.input = "ab"}, {});
  CHECK(a.value == streamed);
  CHECK(a.used.input_tokens == 2);
  CHECK(a.used.output_tokens == a.value.size());
  CHECK(a.used.time_s > 0);
  const generated g = generate(model.model, model.model.start(letters{}.encode("ab")), model.how);
  CHECK(a.confidence == Approx(mean_probability{}(g)));
}

TEST_CASE("a stop request or a deadline ends the writing, and a prompt that does not fit is refused",
          "[hybrid]") {
  text_model model{letters{}, random_chain(3, 5, 0.001), decoding{.tokens = 60}};
  std::stop_source stop;
  int seen = 0;
  model.on_token = [&](std::string_view) {
    if (++seen == 3) stop.request_stop();
  };
  const auto kind = [&](const infer::request<>& r) {
    try {
      model(r, stop.get_token());
    } catch (const infer::failure& f) {
      return std::string(name_of(f.kind));
    }
    return std::string("none");
  };
  CHECK(kind({.input = "ab"}) == "cancelled");
  CHECK(seen == 3);
  stop = {};
  CHECK(kind({.input = "ab", .deadline = std::chrono::steady_clock::now()}) == "timeout");
  CHECK(kind({.input = ""}) == "refused");
}

TEST_CASE("the large model reads, the projector brings it over, the small one writes", "[hybrid]") {
  // Token t becomes 2 t - 1, by way of a middle layer of two.
  two_layer_projector between;
  between.up = {Eigen::MatrixXf::Identity(2, 2), Eigen::VectorXf::Zero(2)};
  between.down.weights.resize(1, 2);
  between.down.weights << 2, -1;
  between.down.bias = Eigen::VectorXf::Zero(1);
  llm_to_slm<letters, numbers, two_layer_projector, parrot> both{{}, {{}, between, {}}};
  CHECK(both(infer::request<>{.input = "abc"}, {}).value == "ace");
  both.how.tokens = 2;
  CHECK(both(infer::request<>{.input = "abc"}, {}).value == "ac");
}

TEST_CASE("projectors compute their formula, and refuse other widths", "[hybrid]") {
  two_layer_projector p;
  p.up.weights = Eigen::MatrixXf::Constant(3, 2, -1);
  p.up.bias = Eigen::VectorXf::Constant(3, 0.5F);
  p.down.weights = Eigen::MatrixXf::Constant(1, 3, 2);
  p.down.bias = Eigen::VectorXf::Constant(1, 10);
  columns x(2, 2);
  x << 1, -1, 1, -1;
  const columns y = p(x);
  CHECK(y(0, 0) == 10);  // relu(-2 + 0.5) = 0
  CHECK(y(0, 1) == 10 + 2 * 3 * 2.5F);
  CHECK_THROWS_AS(p(columns(3, 1)), invalid_argument);
  p.down.bias = Eigen::VectorXf(2);
  CHECK_THROWS_AS(p(x), invalid_argument);
}
