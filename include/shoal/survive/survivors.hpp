// SPDX-License-Identifier: BSL-1.0
/// @file How many survive: at least k of n, the whole distribution and its mean, with failing groups.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "shoal/core/when_used.hpp"
#include "shoal/survive/chance.hpp"
#include "shoal/survive/swarm.hpp"
#include "shoal/survive/tally.hpp"

namespace shoal::survive {

/// Chance that at least `k` of n models survive when model i fails with probability `failure[i]`,
/// independently: the upper tail of a Poisson binomial distribution, by dynamic programming over the models.
/// Only sums and products of numbers that are not negative occur, so both figures lie in [0, 1] and keep a
/// relative error of about n roundings down to 1e-280; smaller ones may come out as 0.
/// @param k  survivors needed; 0 gives survival 1, k > n gives 0.
/// @throws invalid_argument  `failure probability of model 3: 1.5 is not in [0, 1]`.
/// @complexity O(n w) time and O(w) memory, w = min(k, n - k + 1, 76 standard deviations of the count).
/// @source Barlow & Heidtmann 1984, "Computing k-out-of-n system reliability", IEEE Trans. Reliability 33.
template <class = when_used>
chance at_least(std::size_t k, std::span<const double> failure);

/// The same with groups that fail as a whole, exactly: the count of a group is a mixture of none (it failed)
/// and its models' own count, and groups add up.
/// @throws invalid_argument  as `validate(swarm)` does.
/// @complexity O(n^2) time, O(n) memory.
template <class = when_used>
chance at_least(std::size_t k, const swarm& s);

/// Chance that exactly j models survive, for j = 0..n; the entries add up to 1.
/// @complexity O(n^2) time at most, O(n) memory.
template <class = when_used>
std::vector<double> survivor_distribution(std::span<const double> failure);

/// The same with groups that fail as a whole.
template <class = when_used>
std::vector<double> survivor_distribution(const swarm& s);

/// Expected number of models that survive: each one's own chance, added up.
template <class = when_used>
double expected_survivors(const swarm& s);

namespace detail {

// What is counted. Few survivors needed: survivors up to k. Nearly all needed: failures up to n - k + 1,
// the number that is fatal. Both answer the same question; the lower cap is the less work.
enum class counted { survivors, failures };

// The models of each group; those without a group stand last, one each.
template <class = when_used>
std::vector<std::vector<std::size_t>> fates(const swarm& s) {
  std::vector<std::vector<std::size_t>> members(s.groups.size());
  for (std::size_t i = 0; i < s.models(); ++i) {
    if (s.group_of(i) == no_group) {
      members.push_back({i});
    } else {
      members[s.group_of(i)].push_back(i);
    }
  }
  return members;
}

template <class = when_used>
void count_model(tally& t, double failure, counted what) {
  if (what == counted::survivors) {
    t.add(1 - failure, failure);
  } else {
    t.add(failure, 1 - failure);
  }
}

// Count of `members` given that what they share holds.
template <class = when_used>
tally count_members(const swarm& s, std::span<const std::size_t> members, counted what, std::size_t cap) {
  tally t(cap);
  for (const std::size_t i : members) count_model(t, s.failure[i], what);
  return t;
}

// Adds fate f of `fates`: a group's models, or a model alone.
template <class = when_used>
void count_fate(tally& t, const swarm& s, std::size_t f, std::span<const std::size_t> members, counted what) {
  if (members.empty()) return;
  if (f >= s.groups.size()) {
    count_model(t, s.failure[members.front()], what);
    return;
  }
  tally group = count_members(s, members, what, t.cap());
  group.overrule(s.groups[f].failure_probability, what == counted::survivors ? 0 : members.size());
  t.add(group);
}

template <class = when_used>
tally count_all(const swarm& s, counted what, std::size_t cap) {
  tally t(cap);
  const auto members = fates(s);
  for (std::size_t f = 0; f < members.size(); ++f) count_fate(t, s, f, members[f], what);
  return t;
}

// At least k of n, by whichever count is the shorter: `count(what, cap)` gives the tally.
template <class Count>
chance at_least(std::size_t k, std::size_t n, const Count& count) {
  if (k == 0) return {1, 0};
  if (k > n) return {0, 1};
  if (k <= n - k + 1) {
    const tally survivors = count(counted::survivors, k);
    return chance::of(survivors.reached(), survivors.below());
  }
  const tally failures = count(counted::failures, n - k + 1);
  return chance::of(failures.below(), failures.reached());
}

template <class = when_used>
std::vector<double> distribution(const tally& t, std::size_t n) {
  std::vector<double> out(n + 1);
  for (std::size_t j = 0; j <= n; ++j) out[j] = std::min(t.at(j), 1.0);
  return out;
}

}  // namespace detail

template <class>
chance at_least(std::size_t k, std::span<const double> failure) {
  detail::check_probabilities(failure);
  return detail::at_least(k, failure.size(), [&](detail::counted what, std::size_t cap) {
    detail::tally t(cap);
    for (const double p : failure) detail::count_model(t, p, what);
    return t;
  });
}

template <class>
chance at_least(std::size_t k, const swarm& s) {
  validate(s);
  return detail::at_least(
      k, s.models(), [&](detail::counted what, std::size_t cap) { return detail::count_all(s, what, cap); });
}

template <class>
std::vector<double> survivor_distribution(std::span<const double> failure) {
  detail::check_probabilities(failure);
  detail::tally t(failure.size() + 1);
  for (const double p : failure) detail::count_model(t, p, detail::counted::survivors);
  return detail::distribution(t, failure.size());
}

template <class>
std::vector<double> survivor_distribution(const swarm& s) {
  validate(s);
  return detail::distribution(detail::count_all(s, detail::counted::survivors, s.models() + 1), s.models());
}

template <class>
double expected_survivors(const swarm& s) {
  validate(s);
  double sum = 0;
  for (std::size_t i = 0; i < s.models(); ++i) {
    const double shared = s.group_of(i) == no_group ? 0 : s.groups[s.group_of(i)].failure_probability;
    sum += (1 - s.failure[i]) * (1 - shared);
  }
  return sum;
}

}  // namespace shoal::survive
