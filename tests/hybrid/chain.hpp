// SPDX-License-Identifier: BSL-1.0
/// @file A decoder whose every number is known: a Markov chain over a few tokens, which counts its steps.
#pragma once

#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/random.hpp"
#include "shoal/hybrid/model.hpp"

namespace hybrid_test {

using shoal::hybrid::columns;
using shoal::hybrid::token;

/// Token 0 ends. The next token's chances are the row of the last two tokens, so that a lost token is
/// noticed.
struct chain {
  Eigen::MatrixXd chances{};  ///< (last but one x last) rows, next token columns
  std::size_t most = 64;
  std::shared_ptr<std::size_t> steps = std::make_shared<std::size_t>(0);

  struct state {
    std::vector<token> taken{};
  };

  Eigen::Index tokens() const { return chances.cols(); }
  shoal::hybrid::begun<state> start(std::span<const token> prompt) const {
    shoal::hybrid::begun<state> out;
    out.state.taken.assign(prompt.begin(), prompt.end() - 1);
    out.next = prompt.back();
    return out;
  }
  columns advance(state& s, std::span<const token> fed) const {
    ++*steps;
    columns out(tokens(), static_cast<Eigen::Index>(fed.size()));
    for (std::size_t i = 0; i < fed.size(); ++i) {
      if (s.taken.size() >= most) throw std::logic_error("no room");
      s.taken.push_back(fed[i]);
      const Eigen::Index before = s.taken.size() < 2 ? 0 : s.taken[s.taken.size() - 2];
      out.col(static_cast<Eigen::Index>(i)) =
          chances.row(before * tokens() + fed[i]).transpose().array().log().cast<float>();
    }
    return out;
  }
  std::size_t length(const state& s) const { return s.taken.size(); }
  std::size_t room(const state& s) const { return most - s.taken.size(); }
  bool ends(token t) const { return t == 0; }
  void truncate(state& s, std::size_t length) const {
    if (length > s.taken.size()) throw std::logic_error("truncated to more than there is");
    s.taken.resize(length);
  }
};
static_assert(shoal::hybrid::decoder<chain>);

/// Random chances, none below 1 in some hundred; `end` is the chance of token 0 everywhere.
inline chain random_chain(std::uint64_t seed, Eigen::Index tokens, double end) {
  shoal::random_engine engine(seed);
  chain out;
  out.chances.resize(tokens * tokens, tokens);
  for (Eigen::Index r = 0; r < out.chances.rows(); ++r) {
    for (Eigen::Index c = 0; c < tokens; ++c)
      out.chances(r, c) = 0.02 + std::pow(shoal::uniform_01(engine), 3);
    out.chances(r, 0) = 0;
    out.chances.row(r) *= (1 - end) / out.chances.row(r).sum();
    out.chances(r, 0) = end;
  }
  return out;
}

/// `a` with its chances mixed with others: a draft that is often right.
inline chain blurred(const chain& a, std::uint64_t seed, double share) {
  chain out = random_chain(seed, a.tokens(), 0.1);
  out.chances = (1 - share) * a.chances + share * out.chances;
  out.most = a.most;
  return out;
}

}  // namespace hybrid_test
