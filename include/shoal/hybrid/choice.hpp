// SPDX-License-Identifier: BSL-1.0
/// @file Which token comes next: greedy, or drawn with temperature, top-k and top-p.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/random.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/hybrid/model.hpp"

namespace shoal::hybrid {

/// How tokens are chosen. As it stands: greedy.
struct choice {
  double temperature = 0;  ///< >= 0; 0 takes the likeliest token (ties: the lowest)
  std::size_t top_k = 0;   ///< only so many likeliest tokens; 0: all
  double top_p = 1;        ///< only the likeliest tokens that reach this share together, (0, 1]
  std::uint64_t seed = 0;  ///< equal seeds give equal answers
};

/// @throws invalid_argument  naming the figure that is out of range.
template <class = when_used>
void validate(const choice& c) {
  if (!(c.temperature >= 0 && std::isfinite(c.temperature))) {
    throw invalid_argument(message("choice: temperature ", c.temperature, " is not a finite number >= 0"));
  }
  if (!(c.top_p > 0 && c.top_p <= 1))
    throw invalid_argument(message("choice: top_p ", c.top_p, " is not in (0, 1]"));
}

/// The likeliest token; of equal ones the lowest.
template <class = when_used>
token likeliest(const Eigen::Ref<const Eigen::VectorXf>& logits) {
  Eigen::Index best = 0;
  logits.maxCoeff(&best);
  return static_cast<token>(best);
}

/// Softmax in double precision.
template <class = when_used>
Eigen::VectorXd chances(const Eigen::Ref<const Eigen::VectorXf>& logits, double temperature = 1) {
  Eigen::VectorXd out = logits.cast<double>() / temperature;
  out = (out.array() - out.maxCoeff()).exp();
  return out / out.sum();
}

/// The distribution that `c` draws from: temperature first, then top-k, then top-p, then brought to sum 1. Of
/// equally likely tokens at the edge the lowest stay. Temperature 0 gives all to the likeliest token.
/// @complexity O(n log n) where top-k or top-p cut, O(n) otherwise.
template <class = when_used>
Eigen::VectorXd distribution(const Eigen::Ref<const Eigen::VectorXf>& logits, const choice& c) {
  if (c.temperature == 0) {
    Eigen::VectorXd sure = Eigen::VectorXd::Zero(logits.size());
    sure[likeliest(logits)] = 1;
    return sure;
  }
  Eigen::VectorXd p = chances(logits, c.temperature);
  const auto size = static_cast<std::size_t>(p.size());
  if ((c.top_k == 0 || c.top_k >= size) && c.top_p >= 1) return p;
  std::vector<Eigen::Index> order(size);
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Eigen::Index a, Eigen::Index b) { return p[a] > p[b]; });
  const std::size_t most = c.top_k == 0 ? size : std::min(c.top_k, size);
  double within = 0;
  for (std::size_t i = 0; i < most; ++i) within += p[order[i]];
  double reached = 0;
  std::size_t kept = 0;
  while (kept < most && (kept == 0 || reached < c.top_p * within)) reached += p[order[kept++]];
  for (std::size_t i = kept; i < size; ++i) p[order[i]] = 0;
  return p / p.sum();
}

/// A token drawn from a distribution.
template <class = when_used>
token draw(const Eigen::VectorXd& p, random_engine& engine) {
  double left = uniform_01(engine) * p.sum();
  Eigen::Index last = 0;
  for (Eigen::Index i = 0; i < p.size(); ++i) {
    if (!(p[i] > 0)) continue;
    last = i;
    left -= p[i];
    if (left < 0) break;
  }
  return static_cast<token>(last);
}

}  // namespace shoal::hybrid
