// SPDX-License-Identifier: BSL-1.0
/// @file Rankings: what an answer that orders alternatives looks like, and the counts of pairs behind every
/// rule.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/aggregate/weigh.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::aggregate {

/// Alternatives from best to worst; those on one level are equally good. Levels and names are sorted and not
/// empty where it was made by `read_ranking`; alternatives that a ranking does not name are said nothing of.
using ranking = std::vector<std::vector<std::string>>;

/// The ranking that `a>b=c>d` spells. Blanks around names do not count.
/// @throws invalid_argument  where a name is empty or there twice.
template <class = when_used>
ranking read_ranking(std::string_view text) {
  ranking out(1);
  const std::string_view whole = text;
  for (bool more = true; more;) {
    const std::size_t end = text.find_first_of(">=");
    std::string_view name = text.substr(0, end);
    while (!name.empty() && (name.front() == ' ' || name.front() == '\t')) name.remove_prefix(1);
    while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
    if (name.empty()) throw invalid_argument(message("ranking ", quoted(whole), ": a name is empty"));
    for (const auto& level : out)
      for (const auto& other : level)
        if (other == name)
          throw invalid_argument(message("ranking ", quoted(whole), ": ", quoted(name), " is there twice"));
    out.back().emplace_back(name);
    more = end != std::string_view::npos;
    if (more && text[end] == '>') out.emplace_back();
    if (more) text.remove_prefix(end + 1);
  }
  for (auto& level : out) std::sort(level.begin(), level.end());
  return out;
}

/// `a>b=c>d`; nothing for an empty ranking.
template <class Ranking>
std::string spell_ranking(const Ranking& from) {
  std::string out;
  for (const auto& level : from)
    for (std::size_t i = 0; i < level.size(); ++i) {
      if (!out.empty()) out += i == 0 ? '>' : '=';
      out += level[i];
    }
  return out;
}

namespace detail {

/// All alternatives that some ballot names, sorted, and who prefers what.
struct ballots {
  std::vector<std::string> names{};
  std::vector<double> prefers{};  ///< weight that has i before j, at i * names + j, as a share of all weight
  std::vector<double> points{};   ///< Borda's points, as shares; see `borda`
  std::vector<double> reciprocal{};  ///< sum of 1 / (k + place), as shares; see `reciprocal_rank`

  std::size_t size() const { return names.size(); }
  double over(std::size_t i, std::size_t j) const { return prefers[i * size() + j]; }
  double margin(std::size_t i, std::size_t j) const { return over(i, j) - over(j, i); }
};

/// @complexity O(ballots x alternatives^2).
template <class Weighed>
ballots count_ballots(const Weighed& w, double rank_constant) {
  ballots out;
  for (const auto& a : w.answers)
    for (const auto& level : a.from->value)
      for (const auto& name : level) out.names.push_back(name);
  std::sort(out.names.begin(), out.names.end());
  out.names.erase(std::unique(out.names.begin(), out.names.end()), out.names.end());
  const std::size_t n = out.size();
  out.prefers.assign(n * n, 0.0);
  out.points.assign(n, 0.0);
  out.reciprocal.assign(n, 0.0);
  constexpr std::size_t unranked = static_cast<std::size_t>(-1);
  std::vector<std::size_t> level_of(n);
  for (const auto& a : w.answers) {
    const double share = a.relative / w.total;
    for (auto& l : level_of) l = unranked;
    double place = 1;
    for (std::size_t l = 0; l < a.from->value.size(); ++l) {
      const auto& level = a.from->value[l];
      for (const auto& name : level) {
        const auto at = std::lower_bound(out.names.begin(), out.names.end(), name) - out.names.begin();
        level_of[static_cast<std::size_t>(at)] = l;
        // Those on one level share the mean of the places that they take.
        out.reciprocal[static_cast<std::size_t>(at)] +=
            share / (rank_constant + place + (static_cast<double>(level.size()) - 1) / 2);
      }
      place += static_cast<double>(level.size());
    }
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) {
        if (i == j || level_of[i] == unranked || level_of[j] == unranked) continue;
        if (level_of[i] < level_of[j]) {
          out.prefers[i * n + j] += share;
          out.points[i] += share;
        } else if (level_of[i] == level_of[j]) {
          out.points[i] += share / 2;
        }
      }
  }
  return out;
}

/// The ranking by falling score; scores that differ by less than 1e-12 of the largest are one level.
template <class = when_used>
ranking by_score(const std::vector<std::string>& names, const std::vector<double>& score) {
  std::vector<std::size_t> order(names.size());
  double largest = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
    largest = std::max(largest, score[i] < 0 ? -score[i] : score[i]);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return score[a] > score[b]; });
  ranking out;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || score[order[i - 1]] - score[order[i]] > 1e-12 * largest) out.emplace_back();
    out.back().push_back(names[order[i]]);
  }
  for (auto& level : out) std::sort(level.begin(), level.end());
  return out;
}

}  // namespace detail

}  // namespace shoal::aggregate
