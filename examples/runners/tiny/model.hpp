// SPDX-License-Identifier: BSL-1.0
/// @file A model's file in use: weights, tokenizer, and what it was made for, behind the library's concepts.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/hybrid/model.hpp"
#include "tiny/bpe.hpp"
#include "tiny/transformer.hpp"

namespace tiny {

/// A model as its file has it. Nobody writes to it, so copies of what is below share one.
struct model {
  transformer weights{};
  bpe words{};
  std::string task{};                ///< "translate", "classify" or "score"
  std::vector<std::string> names{};  ///< of the classes
  double slope = 1;                  ///< score = logistic(slope x surprise + offset)
  double offset = 0;

  bool has_encoder() const { return weights.shape().encoder_layers > 0; }
};

/// @throws bad_weights  naming what is wrong with the file's bytes.
std::shared_ptr<const model> read_model(std::string_view bytes);

/// Reads a file.
/// @throws bad_weights  naming the file.
std::shared_ptr<const model> load_model(const std::string& path);

/// The text without white space around it: a part of a task ends with its line break, a model's sentences do
/// not.
std::string_view trimmed(std::string_view text);

/// Text to prompt and back: models `hybrid::tokenizer`. An encoder reads the text and its end; a decoder
/// without one reads the beginning, the text and a new line.
struct codec {
  std::shared_ptr<const model> of{};

  std::vector<token> encode(std::string_view text) const;
  std::string decode(std::span<const token> tokens) const { return of->words.decode(tokens); }
};
static_assert(shoal::hybrid::tokenizer<codec>);

/// The model writing: models `hybrid::conditioned_decoder`; with an encoder also `hybrid::prompt_encoder`.
struct writer {
  std::shared_ptr<const model> of{};
  std::optional<condition_mode> mode{};  ///< how a condition enters; none: as the model was trained

  using state = decoder_state;

  columns encode(std::span<const token> prompt) const { return of->weights.encode(prompt); }
  shoal::hybrid::begun<state> start(std::span<const token> prompt) const;
  shoal::hybrid::begun<state> start(std::span<const token> prompt, const columns& condition) const;
  /// Over what its own encoder has already made of the prompt.
  shoal::hybrid::begun<state> over(const columns& encoded) const {
    return {of->weights.start(encoded), bpe::begin};
  }
  columns advance(state& s, std::span<const token> tokens) const { return of->weights.advance(s, tokens); }
  columns advance_each(std::span<state* const> states, std::span<const token> tokens) const {
    return of->weights.advance_each(states, tokens);
  }
  std::size_t length(const state& s) const { return s.length; }
  std::size_t room(const state& s) const { return of->weights.shape().positions - s.length; }
  bool ends(token t) const { return t == bpe::end; }
  void truncate(state& s, std::size_t length) const { s.length = length; }
};
static_assert(shoal::hybrid::conditioned_decoder<writer> && shoal::hybrid::prompt_encoder<writer>);
static_assert(shoal::hybrid::batch_decoder<writer>);

/// The projector in a joined model's file: models `hybrid::projector`.
struct bridge {
  std::shared_ptr<const model> of{};
  columns operator()(const columns& features) const { return of->weights.project(features); }
};
static_assert(shoal::hybrid::projector<bridge>);

/// The chance of each class.
Eigen::VectorXd class_chances(const model& m, std::string_view text);

/// How unlike normal lines a line is, [0, 1]: a logistic curve over the mean of its three least expected
/// tokens' surprises.
double oddness(const model& m, std::string_view line);

}  // namespace tiny
