// SPDX-License-Identifier: BSL-1.0
/// @file Decoding, token by token: what was written, how likely each token was, and why it ended.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/random.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/hybrid/choice.hpp"
#include "shoal/hybrid/model.hpp"

namespace shoal::hybrid {

/// Why an answer ended.
enum class ending {
  complete,  ///< the model closed it
  stopped,   ///< a stop token came, or the caller wanted no more
  length     ///< the limit on tokens, or the model's room
};

/// How an answer is written.
struct decoding {
  choice pick{};
  std::size_t tokens = 256;   ///< the most tokens, >= 1
  std::vector<token> stop{};  ///< tokens that end the answer and do not belong to it
};

/// One token of an answer and what the model thought of it, before temperature, top-k and top-p.
struct written_token {
  token number = 0;
  double log_probability = 0;  ///< natural logarithm, <= 0
  double margin = 1;           ///< chance of the likeliest token less that of the next, [0, 1]
  double entropy = 0;          ///< of the whole distribution, nats, >= 0
};

/// An answer. The closing token is not in `tokens`, but its figures stand in `close`, as the decision to end
/// is one too.
struct generated {
  std::vector<token> tokens{};
  std::vector<written_token> figures{};  ///< one for each token, and the closing one where it came
  ending end = ending::length;
};

namespace detail {

template <class = when_used>
written_token figures_of(const Eigen::Ref<const Eigen::VectorXf>& logits, token chosen) {
  // log p = x - log(sum of e^x), so one exponential a token of the vocabulary is all that is needed.
  Eigen::ArrayXd x = logits.cast<double>().array();
  x -= x.maxCoeff();
  const Eigen::ArrayXd power = x.exp();
  const double sum = power.sum();
  Eigen::Index best = 0;
  const double first = power.maxCoeff(&best);
  double second = 0;
  if (best > 0) second = power.head(best).maxCoeff();
  if (best + 1 < power.size()) second = std::max(second, power.tail(power.size() - best - 1).maxCoeff());
  // Where a chance is 0, so is its part of the entropy.
  const double mean = (power > 0).select(power * x, 0.0).sum() / sum;
  return {chosen, x[chosen] - std::log(sum), (first - second) / sum, std::max(0.0, std::log(sum) - mean)};
}

/// Takes a token into an answer. @return whether the answer goes on.
template <class D, class Watch>
bool take(const D& model, token t, const written_token& figures, const decoding& how, Watch& watch,
          generated& out) {
  out.figures.push_back(figures);
  if (model.ends(t)) return out.end = ending::complete, false;
  if (std::find(how.stop.begin(), how.stop.end(), t) != how.stop.end())
    return out.end = ending::stopped, false;
  out.tokens.push_back(t);
  if (!watch(t)) return out.end = ending::stopped, false;
  return out.tokens.size() < how.tokens;
}

}  // namespace detail

/// What watches nothing.
struct unwatched {
  bool operator()(token) const { return true; }
};

/// Writes an answer.
/// @param watch  called with each token as it comes (streaming); it returns false to end the answer, and may
/// throw.
/// @throws invalid_argument  where `how` is out of range.
/// @complexity one `advance` by one token for each token.
template <decoder D, class Watch = unwatched>
generated generate(const D& model, begun<typename D::state> at, const decoding& how, Watch watch = {}) {
  validate(how.pick);
  if (how.tokens == 0) throw invalid_argument("decoding: tokens 0 is not >= 1");
  generated out;
  random_engine engine(how.pick.seed);
  token next = at.next;
  while (model.room(at.state) > 0) {
    const columns logits = model.advance(at.state, std::span<const token>(&next, 1));
    next = how.pick.temperature == 0 ? likeliest(logits.col(0))
                                     : draw(distribution(logits.col(0), how.pick), engine);
    if (!detail::take(model, next, detail::figures_of(logits.col(0), next), how, watch, out)) break;
  }
  return out;
}

}  // namespace shoal::hybrid
