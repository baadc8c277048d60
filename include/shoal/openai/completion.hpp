// SPDX-License-Identifier: BSL-1.0
/// @file Completion: what a server answered, with its figures.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace shoal::openai {

/// A token of the answer and how likely the model took it to be.
struct token_figure {
  std::string token{};              ///< its text as the server shows it; may be part of a character
  double logprob = 0;               ///< natural logarithm of its probability, <= 0
  std::vector<double> likeliest{};  ///< of the likeliest tokens in its place, from the likeliest down
};

/// What the server says about its own work; 0 where it does not.
struct server_timings {
  double prompt_s = 0;    ///< reading the prompt, seconds
  double generate_s = 0;  ///< writing the answer, seconds
};

/// What a server answered.
struct completion {
  std::string text{};
  std::string model{};              ///< as the server names it; empty: it does not
  std::string finish{};             ///< why it ended: "stop", "length", ...; empty: the server does not say
  std::uint64_t input_tokens = 0;   ///< 0: the server does not say
  std::uint64_t output_tokens = 0;  ///< 0: the server does not say
  std::vector<token_figure> tokens{};  ///< empty: not asked for, or the server has none
  server_timings server{};
  double first_text_s = 0;  ///< from the request to the first text; 0: not streamed, or no text
  double seconds = 0;       ///< from the request to the end of the answer
};

}  // namespace shoal::openai
