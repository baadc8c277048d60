// SPDX-License-Identifier: BSL-1.0
/// @file Survival of a plan by seeded simulation, for plans that the exact method cannot finish.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "shoal/core/random.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/survive/redundancy.hpp"
#include "shoal/survive/swarm.hpp"

namespace shoal::survive::detail {

// Counts of a simulation: missions that the plan failed, and those in which a part decided the outcome (it
// survives with the part up and fails with it down). Counts of several runs add up in any order.
struct mission_counts {
  std::size_t samples = 0;
  std::size_t failed = 0;
  std::vector<std::size_t> models{};
  std::vector<std::size_t> groups{};
};

// One mission at a time: draws what fails, counts the models that are up in each subtask, and sees who was
// decisive. Nothing is allocated between missions.
template <class = when_used>
class simulation {
 public:
  simulation(std::span<const redundant_subtask> subtasks, const swarm& s)
      : swarm_(s),
        plan_(subtasks),
        need_(subtasks.size()),
        all_(subtasks.size()),
        widest_(subtasks.size(), 0),
        serves_(s.models()),
        tied_(s.groups.size()),
        fine_(s.models()),
        standing_(s.groups.size()),
        up_(subtasks.size()),
        change_(subtasks.size(), 0),
        seen_(s.models() + s.groups.size(), 0) {
    std::vector<std::ptrdiff_t> here(s.groups.size());
    for (std::size_t k = 0; k < subtasks.size(); ++k) {
      need_[k] = static_cast<std::ptrdiff_t>(std::min(subtasks[k].needed, subtasks[k].models.size() + 1));
      all_[k] = static_cast<std::ptrdiff_t>(subtasks[k].models.size());
      std::fill(here.begin(), here.end(), 0);
      for (const std::size_t i : subtasks[k].models) {
        serves_[i].push_back(k);
        const std::size_t g = s.group_of(i);
        widest_[k] = std::max(widest_[k], g == no_group ? 1 : ++here[g]);
      }
    }
    for (std::size_t i = 0; i < s.models(); ++i) {
      if (serves_[i].empty()) continue;
      used_.push_back(i);
      if (s.group_of(i) != no_group) tied_[s.group_of(i)].push_back(i);
    }
    counts_.models.assign(s.models(), 0);
    counts_.groups.assign(s.groups.size(), 0);
  }

  // Missions in blocks; each block has a stream of its own, so that they may run anywhere in any order.
  void run(std::size_t samples, std::uint64_t seed) {
    constexpr std::size_t block = 4096;
    for (std::size_t b = 0; b * block < samples; ++b) {
      random_engine engine(stream_seed(seed, b));
      const std::size_t end = std::min(samples, (b + 1) * block);
      for (std::size_t at = b * block; at < end; ++at) mission(engine);
    }
  }

  const mission_counts& counts() const { return counts_; }

 private:
  bool group_holds(std::size_t i) const {
    const std::size_t g = swarm_.group_of(i);
    return g == no_group || standing_[g] != 0;
  }

  void mission(random_engine& engine) {
    for (std::size_t g = 0; g < standing_.size(); ++g)
      standing_[g] = uniform_01(engine) < swarm_.groups[g].failure_probability ? 0 : 1;
    up_ = all_;  // less those that are down, which are few
    for (const std::size_t i : used_) {
      fine_[i] = uniform_01(engine) < swarm_.failure[i] ? 0 : 1;
      if (fine_[i] != 0 && group_holds(i)) continue;
      for (const std::size_t k : serves_[i]) --up_[k];
    }
    std::ptrdiff_t lost = 0;
    std::size_t first_lost = 0;
    for (std::size_t k = up_.size(); k-- > 0;) {
      if (up_[k] >= need_[k]) continue;
      ++lost;
      first_lost = k;
    }
    ++counts_.samples;
    ++mission_;
    if (lost > 0) {
      // Who could have saved the mission was missing in every subtask that was lost, so in the first.
      ++counts_.failed;
      try_parts(first_lost, lost);
      return;
    }
    for (std::size_t k = 0; k < up_.size(); ++k) {
      if (up_[k] - need_[k] < widest_[k]) try_parts(k, lost);
    }
  }

  // Counts the parts of a subtask that decided this mission, each once.
  void try_parts(std::size_t k, std::ptrdiff_t lost) {
    const char suspect = lost > 0 ? 0 : 1;  // one that failed lost the mission, one that holds saved it
    for (const std::size_t i : plan_[k].models) {
      if (fine_[i] == suspect && group_holds(i) && fresh(i) && decisive(serves_[i], lost))
        ++counts_.models[i];
      const std::size_t g = swarm_.group_of(i);
      if (g == no_group || standing_[g] != suspect || !fresh(fine_.size() + g)) continue;
      touched_.clear();
      for (const std::size_t member : tied_[g]) {
        if (fine_[member] != 0)
          touched_.insert(touched_.end(), serves_[member].begin(), serves_[member].end());
      }
      if (decisive(touched_, lost)) ++counts_.groups[g];
    }
  }

  // True once in a mission for each part.
  bool fresh(std::size_t part) {
    if (seen_[part] == mission_) return false;
    seen_[part] = mission_;
    return true;
  }

  // Would the mission have ended the other way with one model more (it was lost) or fewer (it was not) for
  // each time that a subtask stands in `touched`?
  bool decisive(std::span<const std::size_t> touched, std::ptrdiff_t lost) {
    for (const std::size_t k : touched) ++change_[k];
    bool broken = false;
    std::ptrdiff_t saved = 0;
    for (const std::size_t k : touched) {
      if (change_[k] == 0) continue;
      broken = broken || up_[k] - change_[k] < need_[k];
      if (up_[k] < need_[k] && up_[k] + change_[k] >= need_[k]) ++saved;
      change_[k] = 0;
    }
    return lost > 0 ? saved == lost : broken;
  }

  const swarm& swarm_;
  std::span<const redundant_subtask> plan_;
  std::vector<std::ptrdiff_t> need_;
  std::vector<std::ptrdiff_t> all_;               // of each subtask: its models
  std::vector<std::ptrdiff_t> widest_;            // of each subtask: most of its models in one group
  std::vector<std::vector<std::size_t>> serves_;  // of each model: its subtasks
  std::vector<std::vector<std::size_t>> tied_;    // of each group: its models in the plan
  std::vector<char> fine_;                        // model has not failed by itself
  std::vector<char> standing_;                    // group has not failed
  std::vector<std::ptrdiff_t> up_;                // of each subtask: models that are up
  std::vector<std::ptrdiff_t> change_;            // all zero between calls of `decisive`
  std::vector<std::size_t> seen_;                 // last mission in which a part was tried
  std::vector<std::size_t> used_;                 // models in the plan
  std::vector<std::size_t> touched_;
  std::size_t mission_ = 0;
  mission_counts counts_;
};

}  // namespace shoal::survive::detail
