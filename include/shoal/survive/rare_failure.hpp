// SPDX-License-Identifier: BSL-1.0
/// @file Rare failures of a plan by conditional sampling: as good at 1e-12 as at 1e-1.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <thread>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/random.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/survive/redundancy.hpp"
#include "shoal/survive/swarm.hpp"

namespace shoal::survive {

/// How much to sample.
struct rare_effort {
  std::size_t samples = 100'000;  ///< >= 1
  std::uint64_t seed = 0;         ///< equal seeds give equal figures, bit for bit, on any number of threads
  unsigned threads = 1;           ///< >= 1
};

/// A plan's chance of failing.
struct rare_estimate {
  double failure = 0;
  double standard_error = 0;  ///< 0 only where the figure is exact: one subtask at most can fail
  double union_bound = 0;     ///< sum of the subtasks' chances; the plan fails no more often
  std::size_t samples = 0;
  std::vector<double> models{};  ///< chance that model i by itself has failed, given that the plan has
  std::vector<double> groups{};  ///< likewise of each group
};

/// Estimates how often a plan fails. Every sample is a failure: a subtask is drawn by its exact chance of
/// failing, then a state of the swarm in which it has failed, and the plan's chance is the sum over subtasks
/// times the mean of 1 / (subtasks that have failed in that state). So the relative error does not grow as
/// failures become rare; with m subtasks it is at most sqrt((m - 1) / samples), and near 0 where failures
/// seldom come together.
/// @throws invalid_argument  when the swarm or plan is not valid, `threads` is 0, or `samples` is not 1 to
/// 2^31.
/// @complexity O(samples x (models + pairs of model and failed model's subtask)), shared by the threads.
/// @source Karp, Luby & Madras 1989, "Monte-Carlo approximation algorithms for enumeration problems",
/// J. Algorithms 10.
template <class Real = double>
rare_estimate estimate_failure(const swarm& s, std::span<const redundant_subtask> plan,
                               const rare_effort& effort = {});

namespace detail {

// States of the swarm given that one subtask has failed. Its models are taken group by group; `left[i][c]` is
// the chance that it fails after all, c of its models before step i being up.
template <class Real>
class failed_subtask {
 public:
  failed_subtask(const redundant_subtask& part, const swarm& s) : needed_(part.needed) {
    std::vector<std::size_t> models = part.models;
    std::stable_sort(models.begin(), models.end(),
                     [&](std::size_t a, std::size_t b) { return s.group_of(a) < s.group_of(b); });
    for (const std::size_t i : models) {
      const std::size_t g = s.group_of(i);
      if (g != no_group && (fates_.empty() || fates_.back().group != g))
        fates_.push_back({g, s.groups[g].failure_probability, {}, {}, {}});
      if (g == no_group) fates_.push_back({no_group, 0, {}, {}, {}});
      fates_.back().models.push_back(i);
      fates_.back().failure.push_back(s.failure[i]);
    }
    if (needed_ > models.size()) {
      chance_ = 1;
      return;
    }
    left_.assign(fates_.size() + 1, std::vector<Real>(needed_ + 1, 1));
    left_.back()[needed_] = 0;
    for (std::size_t f = fates_.size(); f-- > 0;) {
      fate& at = fates_[f];
      at.left.assign(at.models.size() + 1, left_[f + 1]);
      for (std::size_t m = at.models.size(); m-- > 0;) {
        for (std::size_t c = 0; c <= needed_; ++c) {
          const std::size_t more = std::min(c + 1, needed_);
          at.left[m][c] = at.failure[m] * at.left[m + 1][c] + (1 - at.failure[m]) * at.left[m + 1][more];
        }
      }
      for (std::size_t c = 0; c <= needed_; ++c)
        left_[f][c] = at.shared * left_[f + 1][c] + (1 - at.shared) * at.left[0][c];
    }
    chance_ = left_[0][0];
  }

  Real failure() const { return chance_; }

  // Draws the state of the subtask's groups and models anew, over a state drawn freely.
  void draw(random_engine& engine, std::vector<char>& group_down, std::vector<char>& model_down) const {
    if (left_.empty()) return;  // it fails in any state
    std::size_t up = 0;
    for (std::size_t f = 0; f < fates_.size(); ++f) {
      const fate& at = fates_[f];
      const Real u = uniform_01(engine) * left_[f][up];
      const bool down = u < at.shared * left_[f + 1][up];
      if (at.group != no_group) group_down[at.group] = down ? 1 : 0;
      if (down) continue;  // its models by themselves are as they were drawn
      for (std::size_t m = 0; m < at.models.size(); ++m) {
        const Real v = uniform_01(engine) * at.left[m][up];
        const bool fails = v < at.failure[m] * at.left[m + 1][up];
        model_down[at.models[m]] = fails ? 1 : 0;
        if (!fails) up = std::min(up + 1, needed_);
      }
    }
  }

 private:
  struct fate {
    std::size_t group = no_group;
    double shared = 0;
    std::vector<std::size_t> models{};
    std::vector<double> failure{};
    std::vector<std::vector<Real>> left{};  // given that the group holds, before each of its models
  };

  std::size_t needed_;
  std::vector<fate> fates_;
  std::vector<std::vector<Real>> left_;
  Real chance_ = 0;
};

// What the samples of one thread add up to. Whole numbers, so that it does not matter who drew what.
template <class Count>
struct failure_counts {
  static constexpr Count one = Count{1} << 32U;

  std::vector<Count> failed{};  // samples in which so many subtasks had failed
  std::vector<Count> models{};  // sum of one / (subtasks that had failed) over samples in which a model had
  std::vector<Count> groups{};
};

template <class Count, class Real>
void sample_failures(const swarm& s, std::span<const redundant_subtask> plan,
                     const std::vector<failed_subtask<Real>>& parts, const std::vector<double>& running,
                     const std::vector<std::vector<std::size_t>>& serves, const rare_effort& effort,
                     std::atomic<Count>& next_block, failure_counts<Count>& found) {
  constexpr std::size_t block = 1024;
  std::vector<char> group_down(s.groups.size());
  std::vector<char> model_down(s.models());
  std::vector<std::size_t> down(plan.size(), 0);
  std::vector<std::size_t> touched;
  for (;;) {
    const std::size_t b = next_block++;
    if (b * block >= effort.samples) return;
    random_engine engine(stream_seed(effort.seed, b));
    for (std::size_t i = b * block; i < std::min(effort.samples, (b + 1) * block); ++i) {
      for (std::size_t g = 0; g < group_down.size(); ++g)
        group_down[g] = uniform_01(engine) < s.groups[g].failure_probability ? 1 : 0;
      for (std::size_t m = 0; m < model_down.size(); ++m)
        model_down[m] = uniform_01(engine) < s.failure[m] ? 1 : 0;
      const double u = uniform_01(engine) * running.back();
      const auto drawn =
          static_cast<std::size_t>(std::upper_bound(running.begin(), running.end(), u) - running.begin());
      parts[std::min(drawn, parts.size() - 1)].draw(engine, group_down, model_down);
      for (std::size_t m = 0; m < model_down.size(); ++m) {
        const std::size_t g = s.group_of(m);
        if (model_down[m] == 0 && (g == no_group || group_down[g] == 0)) continue;
        for (const std::size_t k : serves[m]) {
          if (down[k]++ == 0) touched.push_back(k);
        }
      }
      std::size_t failed = 0;
      for (const std::size_t k : touched) {
        if (plan[k].models.size() < plan[k].needed + down[k]) ++failed;
        down[k] = 0;
      }
      touched.clear();
      ++found.failed[failed];
      const Count weight = failure_counts<Count>::one / std::max<Count>(failed, 1);
      for (std::size_t m = 0; m < model_down.size(); ++m) {
        if (model_down[m] != 0) found.models[m] += weight;
      }
      for (std::size_t g = 0; g < group_down.size(); ++g) {
        if (group_down[g] != 0) found.groups[g] += weight;
      }
    }
  }
}

}  // namespace detail

template <class Real>
rare_estimate estimate_failure(const swarm& s, std::span<const redundant_subtask> plan,
                               const rare_effort& effort) {
  validate(s);
  validate(plan, s);
  if (effort.samples == 0 || effort.samples > std::size_t{1} << 31U)
    throw invalid_argument(message("samples ", effort.samples, " is not 1 to 2^31"));
  if (effort.threads == 0) throw invalid_argument("threads 0 is not >= 1");
  rare_estimate out;
  std::vector<detail::failed_subtask<Real>> parts;
  std::vector<double> running;  // sums of the subtasks' chances
  std::size_t fallible = 0;
  for (const redundant_subtask& part : plan) {
    parts.emplace_back(part, s);
    out.union_bound += parts.back().failure();
    running.push_back(out.union_bound);
    if (parts.back().failure() > 0) ++fallible;
    if (parts.back().failure() >= 1) {
      out.failure = 1;
      out.models = s.failure;
      for (const failure_group& g : s.groups) out.groups.push_back(g.failure_probability);
      return out;
    }
  }
  if (fallible == 0) {
    out.models.assign(s.models(), 0.0);
    out.groups.assign(s.groups.size(), 0.0);
    return out;
  }
  std::vector<std::vector<std::size_t>> serves(s.models());
  for (std::size_t k = 0; k < plan.size(); ++k) {
    for (const std::size_t i : plan[k].models) serves[i].push_back(k);
  }
  // Dependent, so that it is instantiated where it is called.
  using counts = detail::failure_counts<typename when_used_with<std::size_t, Real>::type>;
  std::vector<counts> found(effort.threads);
  for (counts& f : found) {
    f.failed.assign(plan.size() + 1, 0);
    f.models.assign(s.models(), 0);
    f.groups.assign(s.groups.size(), 0);
  }
  {
    std::atomic<std::size_t> next_block{0};
    const auto work = [&](std::size_t t) {
      detail::sample_failures<std::size_t>(s, plan, parts, running, serves, effort, next_block, found[t]);
    };
    std::vector<std::jthread> others;
    for (std::size_t t = 1; t < effort.threads; ++t) others.emplace_back(work, t);
    work(0);
  }
  out.samples = effort.samples;
  double mean = 0;
  double square = 0;
  for (std::size_t n = plan.size(); n > 0; --n) {
    std::size_t times = 0;
    for (const counts& f : found) times += f.failed[n];
    const double value = 1 / static_cast<double>(n);
    mean += static_cast<double>(times) * value;
    square += static_cast<double>(times) * value * value;
  }
  const auto total = static_cast<double>(effort.samples);
  out.failure = std::min(1.0, out.union_bound * mean / total);
  // One sample more in which just two had failed, so that none seen does not pass for none.
  const double shifted = (mean + 0.5) / (total + 1);
  const double variance = std::max(0.0, (square + 0.25) / (total + 1) - shifted * shifted);
  if (fallible > 1) out.standard_error = out.union_bound * std::sqrt(variance / total);
  const auto share = [&](std::vector<std::size_t> counts::*which, std::size_t part) {
    std::size_t sum = 0;
    for (const counts& f : found) sum += (f.*which)[part];
    return std::min(1.0, static_cast<double>(sum) / static_cast<double>(counts::one) / mean);
  };
  for (std::size_t m = 0; m < s.models(); ++m) out.models.push_back(share(&counts::models, m));
  for (std::size_t g = 0; g < s.groups.size(); ++g) out.groups.push_back(share(&counts::groups, g));
  return out;
}

}  // namespace shoal::survive
