// SPDX-License-Identifier: BSL-1.0
/// @file The runners: a model's file as an inference backend, for texts and for numbers.
#pragma once

#include <memory>
#include <stop_token>

#include "shoal/hybrid/generate.hpp"
#include "shoal/infer/backend.hpp"
#include "tiny/model.hpp"

namespace tiny {

/// Answers by what the model was made for: a translation, the name of a class, a score as text. A translator
/// that was trained on a larger one's encoder needs that one too. Stop token and deadline are looked at
/// before each token. Thread-safe; copies share the weights.
class runner {
 public:
  /// @throws bad_weights  where the large model is missing, superfluous, or of another width or tokenizer.
  explicit runner(std::shared_ptr<const model> own, std::shared_ptr<const model> large = {},
                  shoal::hybrid::decoding how = {.tokens = 100});

  shoal::answer<> operator()(const shoal::infer::request<>& r, std::stop_token stop) const;

 private:
  std::shared_ptr<const model> own_;
  std::shared_ptr<const model> large_;
  shoal::hybrid::decoding how_;
};
static_assert(shoal::infer::backend<runner>);

/// The same for numbers. Two classes give the chance of the second less that of the first, [-1, 1]; a scorer
/// of lines gives its score, [0, 1].
class scorer {
 public:
  /// @throws bad_weights  where the model gives no number.
  explicit scorer(std::shared_ptr<const model> own);

  shoal::answer<double> operator()(const shoal::infer::request<double>& r, std::stop_token stop) const;

 private:
  std::shared_ptr<const model> own_;
};
static_assert(shoal::infer::backend<scorer, double>);

/// Multiplications and additions of one answer, counted by its shapes: what energy is estimated by where it
/// cannot be read. Attention's part grows with the square of the lengths.
double operations(const form& f, std::size_t input_tokens, std::size_t output_tokens);

/// Those of reading alone: the encoder, or a decoder over its prompt.
double reading_operations(const form& f, std::size_t input_tokens);

}  // namespace tiny
