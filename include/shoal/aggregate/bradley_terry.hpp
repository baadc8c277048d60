// SPDX-License-Identifier: BSL-1.0
/// @file Bradley-Terry: strengths of alternatives from duels between some of them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"

namespace shoal::aggregate {

/// One duel, alternatives numbered from 0.
struct duel {
  std::uint32_t winner = 0;
  std::uint32_t loser = 0;
  double weight = 1;  ///< how many such duels, finite and > 0
};

/// What duels say of the strengths.
struct strength_estimate {
  std::vector<double> log_strength{};  ///< of each alternative; their mean is 0
  std::size_t iterations = 0;
  bool converged = false;

  /// Chance that `a` wins against `b`.
  double chance(std::size_t a, std::size_t b) const {
    return 1 / (1 + std::exp(log_strength[b] - log_strength[a]));
  }
};

/// Strengths under which a beats b with chance s_a / (s_a + s_b), most probable given the duels; each
/// alternative is taken to have won and lost `before` duels against one of strength 1, so that there is an
/// answer where the duels are few or one alternative never lost. Sparse: time and memory go with the duels,
/// not with the pairs.
/// @complexity O(duels + alternatives) per iteration.
/// @source Bradley & Terry 1952, "Rank analysis of incomplete block designs", Biometrika 39; Hunter 2004, "MM
/// algorithms for generalized Bradley-Terry models", Ann. Stat. 32 (the iteration).
struct bradley_terry {
  double before = 0.1;  ///< > 0
  std::size_t max_iterations = 10'000;
  double tolerance = 1e-10;  ///< largest relative change of a strength that is called standing still

  /// @throws invalid_argument  where a parameter, a number or a weight is out of range, or one duels with
  /// itself.
  template <class Duels>
  strength_estimate operator()(const Duels& duels, std::size_t alternatives) const {
    if (!(before > 0)) throw invalid_argument(message("bradley_terry: before ", before, " is not > 0"));
    std::vector<double> won(alternatives, before);
    for (const duel& d : duels) {
      if (d.winner >= alternatives || d.loser >= alternatives)
        throw invalid_argument(
            message("duel of ", d.winner, " and ", d.loser, ": not both are below ", alternatives));
      if (d.winner == d.loser) throw invalid_argument(message("duel of ", d.winner, " with itself"));
      if (!(d.weight > 0 && std::isfinite(d.weight)))
        throw invalid_argument(
            message("duel of ", d.winner, " and ", d.loser, ": weight ", d.weight, " is not > 0"));
      won[d.winner] += d.weight;
    }
    strength_estimate out;
    std::vector<double> strength(alternatives, 1.0);
    std::vector<double> fought(alternatives);
    for (; out.iterations < max_iterations && !out.converged; ++out.iterations) {
      for (std::size_t i = 0; i < alternatives; ++i) fought[i] = 2 * before / (strength[i] + 1);
      for (const duel& d : duels) {
        const double share = d.weight / (strength[d.winner] + strength[d.loser]);
        fought[d.winner] += share;
        fought[d.loser] += share;
      }
      double change = 0;
      for (std::size_t i = 0; i < alternatives; ++i) {
        const double next = won[i] / fought[i];
        change = std::max(change, std::abs(next / strength[i] - 1));
        strength[i] = next;
      }
      out.converged = change < tolerance;
    }
    double mean = 0;
    for (const double s : strength) mean += std::log(s) / static_cast<double>(alternatives);
    for (const double s : strength) out.log_strength.push_back(std::log(s) - mean);
    return out;
  }
};

}  // namespace shoal::aggregate
