// SPDX-License-Identifier: BSL-1.0
/// @file What a large and a small model must offer to work together: tokenizer, prompt encoder, projector,
/// decoder.
#pragma once

#include <Eigen/Core>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::hybrid {

/// A token's number in its model's vocabulary.
using token = std::int32_t;

/// One column for each token: features of a prompt (width x tokens), or logits (vocabulary x tokens).
using columns = Eigen::MatrixXf;

/// Text to the tokens of a prompt, with whatever marks the model wants around it, and tokens back to text.
template <class T>
concept tokenizer = requires(const T& t, std::string_view text, std::span<const token> tokens) {
  { t.encode(text) } -> std::same_as<std::vector<token>>;
  { t.decode(tokens) } -> std::convertible_to<std::string>;
};

/// Reads a prompt in one parallel pass: one column of features for each token.
template <class E>
concept prompt_encoder = requires(const E& e, std::span<const token> prompt) {
  { e.encode(prompt) } -> std::convertible_to<columns>;
};

/// Brings features of the large model's width to the small one's; columns stay columns.
template <class P>
concept projector = requires(const P& p, const columns& features) {
  { p(features) } -> std::convertible_to<columns>;
};

/// A decoder that has read its prompt: where it stands, and the token to feed first.
template <class State>
struct begun {
  State state{};
  token next = 0;
};

/// Writes token by token. A state holds what was fed (the key-value cache); copies of it go their own ways.
/// - `start(prompt)` reads a prompt; the first token of the answer comes from advancing by `begun::next`.
/// - `advance(state, tokens)` feeds tokens and gives the logits after each, one column each. The numbers of
///   a column do not depend on how many tokens were fed at once.
/// - `truncate(state, length)` forgets the tokens from `length` on; `length` counts what was fed after start.
/// - `room(state)` tokens can still be fed; `ends(t)` says that `t` closes an answer.
/// All are const: one decoder may serve several threads, each with states of its own.
template <class D>
concept decoder = std::copyable<typename D::state> &&
    requires(const D& d, typename D::state& s, const typename D::state& c, std::span<const token> tokens,
             std::size_t length, token t) {
  { d.start(tokens) } -> std::same_as<begun<typename D::state>>;
  { d.advance(s, tokens) } -> std::convertible_to<columns>;
  { d.length(c) } -> std::convertible_to<std::size_t>;
  { d.room(c) } -> std::convertible_to<std::size_t>;
  { d.ends(t) } -> std::convertible_to<bool>;
  d.truncate(s, length);
};

/// A decoder that can be conditioned on features of its own width, one column for each token of the prompt.
/// How they enter is its own affair: added to its prompt embeddings, in their place, or by cross-attention.
template <class D>
concept conditioned_decoder = decoder<D> &&
    requires(const D& d, std::span<const token> prompt, const columns& condition) {
  { d.start(prompt, condition) } -> std::same_as<begun<typename D::state>>;
};

/// A decoder that takes a step of several answers at once: `advance_each(states, tokens)` feeds token i to
/// state i and gives the logits after it as column i, the same numbers as `advance` gives for each alone. The
/// weights are then read once for all. No state is there twice.
template <class D>
concept batch_decoder = decoder<D> &&
    requires(const D& d, std::span<typename D::state* const> states, std::span<const token> tokens) {
  { d.advance_each(states, tokens) } -> std::convertible_to<columns>;
};

}  // namespace shoal::hybrid
