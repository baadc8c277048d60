// SPDX-License-Identifier: BSL-1.0
/// @file Decoding of many prompts at once: each step is one pass over the weights for a whole batch.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/random.hpp"
#include "shoal/hybrid/choice.hpp"
#include "shoal/hybrid/generate.hpp"
#include "shoal/hybrid/model.hpp"

namespace shoal::hybrid {

/// What watches no answer of a batch.
struct unwatched_batch {
  bool operator()(std::size_t, token) const { return true; }
};

namespace detail {

/// An answer of a batch that is being written.
template <class State>
struct batch_place {
  std::size_t prompt = 0;
  begun<State> at{};
  random_engine engine;
  bool ended = false;
};

/// One step of several answers; one after the other where the decoder knows no better.
template <decoder D>
columns advance_each(const D& model, std::span<typename D::state* const> states,
                     std::span<const token> tokens) {
  if constexpr (batch_decoder<D>) {
    return model.advance_each(states, tokens);
  } else {
    columns out;
    for (std::size_t i = 0; i < states.size(); ++i) {
      const columns one = model.advance(*states[i], tokens.subspan(i, 1));
      if (i == 0) out.resize(one.rows(), static_cast<Eigen::Index>(states.size()));
      out.col(static_cast<Eigen::Index>(i)) = one.col(0);
    }
    return out;
  }
}

}  // namespace detail

/// Writes the answers to many prompts, up to `at_once` side by side. A prompt whose answer has ended makes
/// room for the next one, so that the batch stays full. Answer i is what `generate` writes for prompt i alone,
/// drawn with the seed `how.pick.seed + i`, whatever `at_once` is.
/// @param at_once  >= 1; more is faster (the weights are read once a step) and takes more memory.
/// @param watch  called with the prompt's number and each of its tokens as it comes; it returns false to end
/// that answer, and may throw.
/// @throws invalid_argument  where `how` or `at_once` is out of range.
/// @complexity one `start` a prompt, and one `advance_each` for each token of the longest answers.
template <decoder D, class Watch = unwatched_batch>
std::vector<generated> generate_batch(const D& model, std::span<const std::vector<token>> prompts,
                                      const decoding& how, std::size_t at_once = 16, Watch watch = {}) {
  validate(how.pick);
  if (how.tokens == 0) throw invalid_argument("decoding: tokens 0 is not >= 1");
  if (at_once == 0) throw invalid_argument("generate_batch: at_once 0 is not >= 1");
  std::vector<generated> out(prompts.size());
  std::vector<detail::batch_place<typename D::state>> batch;
  std::vector<typename D::state*> states;
  std::vector<token> fed;
  std::size_t next_prompt = 0;
  while (true) {
    while (batch.size() < at_once && next_prompt < prompts.size()) {
      const std::size_t i = next_prompt++;
      auto at = model.start(prompts[i]);
      if (model.room(at.state) > 0)
        batch.push_back({i, std::move(at), random_engine(how.pick.seed + i), false});
    }
    if (batch.empty()) return out;
    states.clear();
    fed.clear();
    for (auto& b : batch) {
      states.push_back(&b.at.state);
      fed.push_back(b.at.next);
    }
    const columns logits = detail::advance_each(model, std::span<typename D::state* const>(states), fed);
    for (std::size_t j = 0; j < batch.size(); ++j) {
      auto& b = batch[j];
      const auto seen = logits.col(static_cast<Eigen::Index>(j));
      b.at.next = how.pick.temperature == 0 ? likeliest(seen) : draw(distribution(seen, how.pick), b.engine);
      auto watch_own = [&](token t) { return watch(b.prompt, t); };
      b.ended = !detail::take(model, b.at.next, detail::figures_of(seen, b.at.next), how, watch_own,
                              out[b.prompt]) ||
                model.room(b.at.state) == 0;
    }
    std::erase_if(batch, [](const auto& b) { return b.ended; });
  }
}

}  // namespace shoal::hybrid
