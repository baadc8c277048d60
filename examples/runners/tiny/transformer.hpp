// SPDX-License-Identifier: BSL-1.0
/// @file A transformer: encoder, decoder with its key-value cache, classifier; normalisation first, learnt
/// positions, the output tied to the token embeddings.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tiny/bpe.hpp"
#include "tiny/dense.hpp"
#include "tiny/safetensors.hpp"

namespace tiny {

/// One column for each token.
using columns = Eigen::MatrixXf;

/// How features of a larger encoder enter.
enum class condition_mode {
  added,          ///< to the model's own prompt embeddings, before its encoder
  replacing,      ///< in place of them (positions stay)
  cross_attended  ///< in place of its encoder's result
};

/// How large a transformer is and which parts it has; read from a file's metadata.
struct form {
  std::size_t vocabulary = 0;
  std::size_t width = 0;
  std::size_t heads = 0;
  std::size_t hidden = 0;
  std::size_t encoder_layers = 0;
  std::size_t decoder_layers = 0;
  std::size_t positions = 0;  ///< the most tokens that a side can have
  std::size_t labels = 0;     ///< classes; 0: it classifies nothing
  std::size_t features = 0;   ///< width of the larger encoder that it is joined to; 0: none
  std::size_t projected = 0;  ///< middle width of the projector
  condition_mode condition = condition_mode::added;  ///< how it was trained to take features
  bool relu = true;                                  ///< otherwise GELU in its tanh form
};

/// Normalisation over a column.
struct layer_norm {
  Eigen::VectorXf scale{};
  Eigen::VectorXf shift{};
  void operator()(const columns& x, columns& y) const;
};

struct attention {
  dense query{};
  dense memory{};  ///< keys, then values
  dense out{};
};

struct layer {
  layer_norm attend_norm{};
  attention attend{};
  layer_norm cross_norm{};
  attention cross{};
  layer_norm feed_norm{};
  dense up{};
  dense down{};
};

struct stack {
  Eigen::MatrixXf positions{};  ///< width x positions
  std::vector<layer> layers{};
  layer_norm norm{};
};

/// Where a decoder stands: the keys and values of the tokens that it has taken, and of the prompt. Copies
/// share the prompt's, which never change.
struct decoder_state {
  struct keys_and_values {
    columns keys{};
    columns values{};
  };
  std::vector<keys_and_values> taken{};  ///< one a layer; `length` columns count
  std::shared_ptr<const std::vector<keys_and_values>> prompt{};
  std::size_t length = 0;
};

/// A frozen transformer. All members are const and may be called from several threads.
class transformer {
 public:
  transformer() = default;
  /// @throws bad_weights  where a tensor is missing, misshapen or not finite, or the form makes no sense.
  explicit transformer(const tensor_file& file);

  const form& shape() const { return form_; }

  /// What the encoder makes of the tokens: width x tokens.
  /// @param features  projected features, width x tokens, or null.
  /// @throws shoal::invalid_argument  where there is no encoder, no token, too many tokens, or a token out of
  /// range.
  columns encode(std::span<const token> tokens, const columns* features = nullptr,
                 condition_mode mode = condition_mode::added) const;
  /// A larger encoder's features brought to this model's width: linear, ReLU, linear.
  columns project(const columns& features) const;
  /// One number for each class.
  Eigen::VectorXf classify(std::span<const token> tokens) const;

  /// A decoder at its beginning; with an encoder, over what that made of the prompt.
  decoder_state start() const;
  decoder_state start(const columns& encoded) const;
  /// Takes the tokens and gives the logits after each: vocabulary x tokens.
  /// @throws shoal::invalid_argument  where there is no room left or a token is out of range.
  columns advance(decoder_state& state, std::span<const token> tokens) const;
  /// Takes one token for each state and gives the logits after it: vocabulary x states. The weights are read
  /// once for all; the numbers are, to the bit, those of `advance` for each alone. No state may be there
  /// twice.
  /// @throws shoal::invalid_argument  as `advance`, or where there is not one token for each state.
  columns advance_each(std::span<decoder_state* const> states, std::span<const token> tokens) const;

 private:
  columns embed(std::span<const token> tokens, const stack& side, std::size_t first) const;
  /// `each` columns of x belong to each state.
  columns decode(std::span<decoder_state* const> states, columns x, std::size_t each) const;
  void feed(const layer& l, columns& x, columns& y, columns& z) const;

  form form_{};
  Eigen::MatrixXf tokens_;  // width x vocabulary
  dense output_;
  stack encoder_;
  stack decoder_;
  dense classify_;
  dense project_up_;
  dense project_down_;
};

}  // namespace tiny
