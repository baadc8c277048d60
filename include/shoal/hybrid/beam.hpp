// SPDX-License-Identifier: BSL-1.0
/// @file Beam search: the likeliest answers, several kept at each step.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/hybrid/generate.hpp"
#include "shoal/hybrid/model.hpp"

namespace shoal::hybrid {

/// How a beam searches.
struct beam {
  std::size_t width = 4;      ///< answers kept at each step, >= 1; 1 is greedy decoding
  double length_penalty = 1;  ///< an answer of n tokens (its close counts) scores log P / n^penalty; >= 0
  std::size_t tokens = 256;   ///< the most tokens of an answer, >= 1
};

/// An answer that a beam found.
struct beam_answer {
  generated text{};
  double log_probability = 0;  ///< of the whole answer, its close included
  double score = 0;            ///< what it was ranked by
};

/// Searches until `width` answers are closed, no open one can beat them by its score now, or the length is
/// reached.
/// Open answers at the length count as they are.
/// @return at most `width` answers, best first; of equal scores the one that was found first.
/// @throws invalid_argument  where `how` is out of range.
/// @complexity `width` states of the decoder, `width` steps of it for each token.
/// @source Wu et al. 2016, "Google's neural machine translation system", for normalisation by length.
template <decoder D>
std::vector<beam_answer> beam_search(const D& model, begun<typename D::state> at, const beam& how) {
  if (how.width == 0 || how.tokens == 0) throw invalid_argument("beam: width and tokens must be >= 1");
  if (!(how.length_penalty >= 0))
    throw invalid_argument(message("beam: length_penalty ", how.length_penalty, " is not >= 0"));
  struct line {
    begun<typename D::state> at;
    generated text;
    double log_probability = 0;
  };
  struct step {
    std::size_t from = 0;
    token next = 0;
    double log_probability = 0;
  };
  const auto score = [&](double log_probability, std::size_t figures) {
    return log_probability / std::pow(static_cast<double>(figures), how.length_penalty);
  };
  std::vector<line> open;
  open.push_back({std::move(at), {}, 0});
  std::vector<beam_answer> closed;
  const auto close = [&](generated text, double log_probability, ending why) {
    text.end = why;
    const double s = score(log_probability, std::max<std::size_t>(1, text.figures.size()));
    const auto place =
        std::find_if(closed.begin(), closed.end(), [&](const beam_answer& b) { return b.score < s; });
    closed.insert(place, {std::move(text), log_probability, s});
    if (closed.size() > how.width) closed.pop_back();
  };
  for (std::size_t length = 0; length < how.tokens && !open.empty(); ++length) {
    std::vector<step> steps;
    std::vector<columns> logits(open.size());
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (model.room(open[i].at.state) == 0) continue;
      logits[i] = model.advance(open[i].at.state, std::span<const token>(&open[i].at.next, 1));
      const Eigen::VectorXd p = chances(logits[i].col(0));
      for (Eigen::Index t = 0; t < p.size(); ++t) {
        if (p[t] > 0) steps.push_back({i, static_cast<token>(t), open[i].log_probability + std::log(p[t])});
      }
    }
    std::stable_sort(steps.begin(), steps.end(),
                     [](const step& a, const step& b) { return a.log_probability > b.log_probability; });
    std::vector<line> next;
    // Twice the width is enough: at most `width` of them close an answer.
    for (std::size_t k = 0; k < steps.size() && k < 2 * how.width && next.size() < how.width; ++k) {
      const step& s = steps[k];
      generated text = open[s.from].text;
      text.figures.push_back(detail::figures_of(logits[s.from].col(0), s.next));
      if (model.ends(s.next)) {
        if (k < how.width) close(std::move(text), s.log_probability, ending::complete);
        continue;
      }
      text.tokens.push_back(s.next);
      next.push_back({{open[s.from].at.state, s.next}, std::move(text), s.log_probability});
    }
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (logits[i].size() == 0) close(std::move(open[i].text), open[i].log_probability, ending::length);
    }
    open = std::move(next);
    if (closed.size() < how.width) continue;
    const bool beaten = std::all_of(open.begin(), open.end(), [&](const line& l) {
      return score(l.log_probability, l.text.figures.size()) <= closed.back().score;
    });
    if (beaten) {
      open.clear();
    }
  }
  for (line& l : open) close(std::move(l.text), l.log_probability, ending::length);
  return closed;
}

}  // namespace shoal::hybrid
