// SPDX-License-Identifier: BSL-1.0
/// @file A decoder with its tokenizer as an inference backend.
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/core/clock.hpp"
#include "shoal/core/error.hpp"
#include "shoal/hybrid/confidence.hpp"
#include "shoal/hybrid/generate.hpp"
#include "shoal/hybrid/model.hpp"
#include "shoal/infer/deadline.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/infer/request.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::hybrid {

/// Reads a request's input, writes the answer: an `infer::backend`. Stop token and deadline are looked at
/// before each token. The answer's confidence is what `Confidence` makes of its tokens.
/// Thread-safe where tokenizer, decoder and `on_token` are.
template <tokenizer Tokenizer, decoder Decoder, class Confidence = mean_probability>
struct text_model {
  Tokenizer words{};
  Decoder model{};
  decoding how{};
  Confidence sure{};
  /// Streaming: the bytes of each token as they come; they may end within a character.
  std::function<void(std::string_view)> on_token{};

  answer<> operator()(const infer::request<>& r, std::stop_token stop) const {
    const auto began = std::chrono::steady_clock::now();
    infer::check(r, stop);
    answer<> out;
    generated g;
    try {
      const std::vector<token> prompt = words.encode(r.input);
      out.used.input_tokens = prompt.size();
      g = generate(model, model.start(prompt), how, [&](token t) {
        infer::check(r, stop);
        if (on_token) on_token(words.decode(std::span<const token>(&t, 1)));
        return true;
      });
    } catch (const bad_input& e) {
      throw infer::failure(infer::failure_kind::refused, e.what());  // the prompt is not for this model
    }
    out.value = words.decode(g.tokens);
    out.confidence = sure(g);
    out.used.output_tokens = g.tokens.size();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    out.used.time_s = took.count();
    return out;
  }
};

template <class Tokenizer, class Decoder>
text_model(Tokenizer, Decoder) -> text_model<Tokenizer, Decoder>;
template <class Tokenizer, class Decoder>
text_model(Tokenizer, Decoder, decoding) -> text_model<Tokenizer, Decoder>;
template <class Tokenizer, class Decoder, class Confidence>
text_model(Tokenizer, Decoder, decoding, Confidence) -> text_model<Tokenizer, Decoder, Confidence>;

}  // namespace shoal::hybrid
