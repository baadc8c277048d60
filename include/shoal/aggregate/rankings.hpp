// SPDX-License-Identifier: BSL-1.0
/// @file One ranking of several: Borda, Copeland, Schulze, ranked pairs, reciprocal rank fusion.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/aggregate/answer_weights.hpp"
#include "shoal/aggregate/ranking.hpp"
#include "shoal/aggregate/weigh.hpp"
#include "shoal/aggregate/weights.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"

namespace shoal::aggregate {

namespace detail {

/// Weighs rankings, and has `rule` rank what the ballots name. `confidence` is the mean share of the
/// preferences between two neighbouring levels that has them this way round, `margin` the least such share
/// less its opposite.
template <class Value, class Weight, class Rule>
result<Value> rank_by(std::span<const answer<Value>> answers, const Weight& weight, double rank_constant,
                      const Rule& rule) {
  const auto w = weigh(answers, weight);
  auto out = counts_of<Value>(w);
  const ballots b = count_ballots(w, rank_constant);
  if (b.size() == 0) return out;
  const ranking made = rule(b);
  const auto number = [&](const std::string& name) {
    return static_cast<std::size_t>(std::lower_bound(b.names.begin(), b.names.end(), name) - b.names.begin());
  };
  double sum = 0;
  double pairs = 0;
  out.margin = 1;
  for (std::size_t l = 0; l < made.size(); ++l) {
    out.tie = out.tie || made[l].size() > 1;
    if (l + 1 == made.size()) break;
    for (const auto& better : made[l])
      for (const auto& worse : made[l + 1]) {
        const double yes = b.over(number(better), number(worse));
        const double no = b.over(number(worse), number(better));
        if (yes + no > 0) {
          sum += yes / (yes + no);
          ++pairs;
        }
        out.margin = std::min(out.margin, std::max(0.0, yes - no));
      }
  }
  if (out.tie) out.margin = 0;
  out.confidence = pairs > 0 ? sum / pairs : 1;
  out.value = made;
  out.why = reason::decided;
  return out;
}

/// The ranking that a transitive relation makes: those that nothing left is before are the next level.
/// @complexity O(names^3) at worst.
template <class Before>
ranking by_levels(const std::vector<std::string>& names, const Before& before) {
  std::vector<std::size_t> left(names.size());
  for (std::size_t i = 0; i < left.size(); ++i) left[i] = i;
  ranking out;
  while (!left.empty()) {
    std::vector<std::size_t> level;
    std::vector<std::size_t> rest;
    for (const std::size_t i : left) {
      bool behind = false;
      for (const std::size_t j : left) behind = behind || (i != j && before(j, i));
      (behind ? rest : level).push_back(i);
    }
    if (level.empty()) level.swap(rest);  // a circle within rounding
    out.emplace_back();
    for (const std::size_t i : level) out.back().push_back(names[i]);
    left.swap(rest);
  }
  return out;
}

template <class Value>
concept ranking_value = std::same_as<Value, ranking>;

}  // namespace detail

/// Borda's count: an alternative gets a point for each other that a ballot has behind it, half of one for
/// each on the same level. Of alternatives that a ballot does not name nothing is said, for or against.
/// @complexity O(ballots x alternatives^2).
/// @source Borda 1784, "Memoire sur les elections au scrutin".
template <class Weight = equal_weight>
struct borda {
  [[no_unique_address]] Weight weight{};

  template <detail::ranking_value Value>
  requires answer_weight<Weight, Value> result<Value>
  operator()(std::span<const answer<Value>> answers) const {
    return detail::rank_by(answers, weight, 60,
                           [](const detail::ballots& b) { return detail::by_score(b.names, b.points); });
  }
};
borda()->borda<equal_weight>;

/// Copeland: by duels won, ties in a duel counting half.
/// @complexity O(ballots x alternatives^2).
/// @source Copeland 1951, "A reasonable social welfare function".
template <class Weight = equal_weight>
struct copeland {
  [[no_unique_address]] Weight weight{};

  template <detail::ranking_value Value>
  requires answer_weight<Weight, Value> result<Value>
  operator()(std::span<const answer<Value>> answers) const {
    return detail::rank_by(answers, weight, 60, [](const detail::ballots& b) {
      std::vector<double> won(b.size(), 0.0);
      for (std::size_t i = 0; i < b.size(); ++i)
        for (std::size_t j = 0; j < b.size(); ++j) {
          if (i == j) continue;
          const double margin = b.margin(i, j);
          won[i] += margin > 1e-12 ? 1 : margin < -1e-12 ? 0 : 0.5;
        }
      return detail::by_score(b.names, won);
    });
  }
};
copeland()->copeland<equal_weight>;

/// Schulze's beatpath rule, on winning votes: one alternative is before another where its strongest chain of
/// duels to it is stronger than the one back. Alternatives that no chain parts are on one level.
/// @complexity O(alternatives^3 + ballots x alternatives^2).
/// @source Schulze 2011, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent
/// single-winner election method", Soc. Choice Welf. 36.
template <class Weight = equal_weight>
struct schulze {
  [[no_unique_address]] Weight weight{};

  template <detail::ranking_value Value>
  requires answer_weight<Weight, Value> result<Value>
  operator()(std::span<const answer<Value>> answers) const {
    return detail::rank_by(answers, weight, 60, [](const detail::ballots& b) { return order(b); });
  }

 private:
  template <class Ballots>
  static ranking order(const Ballots& b) {
    const std::size_t n = b.size();
    std::vector<double> path(n * n, 0.0);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        if (i != j && b.margin(i, j) > 1e-12) path[i * n + j] = b.over(i, j);
    for (std::size_t k = 0; k < n; ++k)
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
          if (i != j && i != k && j != k)
            path[i * n + j] = std::max(path[i * n + j], std::min(path[i * n + k], path[k * n + j]));
    return detail::by_levels(
        b.names, [&](std::size_t i, std::size_t j) { return path[i * n + j] > path[j * n + i] + 1e-12; });
  }
};
schulze()->schulze<equal_weight>;

/// Ranked pairs: duels are locked in by falling number of votes for the winner, then by rising number
/// against, then by the winner's and the loser's name; one that would close a circle is left out. A ranking
/// without ties, unless no ballot says anything of two alternatives.
/// @complexity O(alternatives^4) at worst.
/// @source Tideman 1987, "Independence of clones as a criterion for voting rules", Soc. Choice Welf. 4.
template <class Weight = equal_weight>
struct ranked_pairs {
  [[no_unique_address]] Weight weight{};

  template <detail::ranking_value Value>
  requires answer_weight<Weight, Value> result<Value>
  operator()(std::span<const answer<Value>> answers) const {
    return detail::rank_by(answers, weight, 60, [](const detail::ballots& b) { return order(b); });
  }

 private:
  template <class Ballots>
  static ranking order(const Ballots& b) {
    struct pair {
      double for_it, against;
      std::size_t winner, loser;
    };
    const std::size_t n = b.size();
    std::vector<pair> duels;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        if (i != j && b.margin(i, j) > 1e-12) duels.push_back({b.over(i, j), b.over(j, i), i, j});
    std::stable_sort(duels.begin(), duels.end(), [](const pair& a, const pair& c) {
      if (std::abs(a.for_it - c.for_it) > 1e-12) return a.for_it > c.for_it;
      if (std::abs(a.against - c.against) > 1e-12) return a.against < c.against;
      return a.winner != c.winner ? a.winner < c.winner : a.loser < c.loser;
    });
    std::vector<bool> before(n * n, false);  // reachable by what is locked in
    for (const pair& d : duels) {
      if (before[d.loser * n + d.winner]) continue;
      for (std::size_t i = 0; i < n; ++i) {
        if (i != d.winner && !before[i * n + d.winner]) continue;
        for (std::size_t j = 0; j < n; ++j)
          if (j == d.loser || before[d.loser * n + j]) before[i * n + j] = true;
      }
    }
    return detail::by_levels(b.names,
                             [&](std::size_t i, std::size_t j) -> bool { return before[i * n + j]; });
  }
};
ranked_pairs()->ranked_pairs<equal_weight>;

/// Reciprocal rank fusion: an alternative scores 1 / (k + place) with each ballot that names it, those on one
/// level at the mean of their places. For search results: a ballot that does not name one says that it is far
/// behind.
/// @complexity O(ballots x alternatives^2).
/// @source Cormack, Clarke & Buettcher 2009, "Reciprocal rank fusion outperforms Condorcet and individual
/// rank learning methods", SIGIR.
template <class Weight = equal_weight>
struct reciprocal_rank {
  double k = 60;  ///< > -1: how little the first places stand out
  [[no_unique_address]] Weight weight{};

  /// @throws invalid_argument  where `k` is not > -1.
  template <detail::ranking_value Value>
  requires answer_weight<Weight, Value> result<Value>
  operator()(std::span<const answer<Value>> answers) const {
    if (!(k > -1)) throw invalid_argument(message("reciprocal_rank: k ", k, " is not > -1"));
    return detail::rank_by(answers, weight, k,
                           [](const detail::ballots& b) { return detail::by_score(b.names, b.reciprocal); });
  }
};
reciprocal_rank()->reciprocal_rank<equal_weight>;
reciprocal_rank(double)->reciprocal_rank<equal_weight>;

static_assert(aggregator<borda<>, ranking> && aggregator<copeland<>, ranking> &&
              aggregator<schulze<>, ranking>);
static_assert(aggregator<ranked_pairs<>, ranking> && aggregator<reciprocal_rank<>, ranking>);

}  // namespace shoal::aggregate
