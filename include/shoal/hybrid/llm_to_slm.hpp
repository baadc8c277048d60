// SPDX-License-Identifier: BSL-1.0
/// @file LLM-to-SLM: a large model reads the prompt once, a small one that is conditioned on it writes.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "shoal/hybrid/confidence.hpp"
#include "shoal/hybrid/generate.hpp"
#include "shoal/hybrid/model.hpp"
#include "shoal/hybrid/text_model.hpp"

namespace shoal::hybrid {

/// A decoder made of three: the encoder (frozen, large) runs once in `start`, over all tokens of the prompt
/// in parallel; the projector brings its features to the decoder's width; the decoder writes alone from then
/// on. Encoder and decoder read the same tokens.
/// @source Bergner, Skliar, Royer, Blankevoort, Asano & Bejnordi 2024, "Think Big, Generate Quick: LLM-to-SLM
/// for Fast Autoregressive Decoding", arXiv 2402.16844.
template <prompt_encoder Encoder, projector Projector, conditioned_decoder Decoder>
struct joined {
  Encoder large{};
  Projector between{};
  Decoder small{};

  using state = typename Decoder::state;

  begun<state> start(std::span<const token> prompt) const {
    return small.start(prompt, between(large.encode(prompt)));
  }
  columns advance(state& s, std::span<const token> tokens) const { return small.advance(s, tokens); }
  columns advance_each(std::span<state* const> states, std::span<const token> tokens) const
      requires batch_decoder<Decoder> {
    return small.advance_each(states, tokens);
  }
  std::size_t length(const state& s) const { return small.length(s); }
  std::size_t room(const state& s) const { return small.room(s); }
  bool ends(token t) const { return small.ends(t); }
  void truncate(state& s, std::size_t length) const { small.truncate(s, length); }
};
template <class Encoder, class Projector, class Decoder>
joined(Encoder, Projector, Decoder) -> joined<Encoder, Projector, Decoder>;

/// The method as an inference backend: `llm_to_slm{words, {encoder, projector, decoder}}`.
template <tokenizer Tokenizer, prompt_encoder Encoder, projector Projector, conditioned_decoder Decoder,
          class Confidence = mean_probability>
using llm_to_slm = text_model<Tokenizer, joined<Encoder, Projector, Decoder>, Confidence>;

}  // namespace shoal::hybrid
