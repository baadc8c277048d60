// SPDX-License-Identifier: BSL-1.0
/// @file Confidence from log-probabilities: policies.
///
/// A language model's own probabilities say how sure it was of its words, which is not how likely it is to be
/// right: measure before you weigh by them.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>

#include "shoal/openai/completion.hpp"

namespace shoal::openai {

/// A confidence in [0, 1] made of the tokens of an answer; nothing where they do not tell.
template <class C>
concept confidence_policy = std::copy_constructible<C> &&
    requires(const C& c, std::span<const token_figure> tokens) {
  { c(tokens) } -> std::same_as<std::optional<double>>;
};

/// exp of the mean log-probability of the tokens: their geometric mean probability.
struct mean_logprob {
  std::optional<double> operator()(std::span<const token_figure> tokens) const {
    if (tokens.empty()) return std::nullopt;
    double sum = 0;
    for (const token_figure& t : tokens) sum += t.logprob;
    return std::clamp(std::exp(sum / static_cast<double>(tokens.size())), 0.0, 1.0);
  }
};

/// Mean over the tokens of the gap between the probabilities of the likeliest and of the second one. Needs at
/// least two likeliest tokens for each (`options::top_logprobs` >= 2); tokens without are passed over.
struct margin {
  std::optional<double> operator()(std::span<const token_figure> tokens) const {
    double sum = 0;
    std::size_t counted = 0;
    for (const token_figure& t : tokens) {
      if (t.likeliest.size() < 2) continue;
      sum += std::exp(t.likeliest[0]) - std::exp(t.likeliest[1]);
      ++counted;
    }
    if (counted == 0) return std::nullopt;
    return std::clamp(sum / static_cast<double>(counted), 0.0, 1.0);
  }
};

/// 1 less the mean entropy of the likeliest tokens, as a share of the entropy of as many equally likely ones.
/// The likeliest are taken for all there are: their probabilities are scaled to add up to 1. Needs at least
/// two for each token; tokens without are passed over.
struct entropy {
  std::optional<double> operator()(std::span<const token_figure> tokens) const {
    double sum = 0;
    std::size_t counted = 0;
    for (const token_figure& t : tokens) {
      if (t.likeliest.size() < 2) continue;
      double whole = 0;
      for (const double l : t.likeliest) whole += std::exp(l);
      if (!(whole > 0)) continue;
      double nats = 0;
      for (const double l : t.likeliest) {
        const double p = std::exp(l) / whole;
        if (p > 0) nats -= p * std::log(p);
      }
      sum += nats / std::log(static_cast<double>(t.likeliest.size()));
      ++counted;
    }
    if (counted == 0) return std::nullopt;
    return std::clamp(1 - sum / static_cast<double>(counted), 0.0, 1.0);
  }
};

static_assert(confidence_policy<mean_logprob> && confidence_policy<margin> && confidence_policy<entropy>);

}  // namespace shoal::openai
