// SPDX-License-Identifier: BSL-1.0
/// @file What is left of a plan when some of its models and groups are decided.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "shoal/core/when_used.hpp"
#include "shoal/survive/redundancy.hpp"
#include "shoal/survive/swarm.hpp"

namespace shoal::survive::detail {

// A set of subtasks that share undecided parts with no other, and those parts; both sorted.
struct component {
  std::vector<std::size_t> subtasks{};
  std::vector<std::size_t> parts{};
};

// What is undecided of a plan, as a graph: subtasks that still need `need` of their undecided models, and the
// groups that tie models together. A group is decided before its models. Deciding a part can be taken back.
template <class = when_used>
class residual {
 public:
  residual(std::span<const redundant_subtask> subtasks, const swarm& s)
      : models_(s.models()),
        members_(subtasks.size()),
        serves_(s.models() + s.groups.size()),
        tied_(s.groups.size()),
        group_(s.models(), no_group),
        need_(subtasks.size()),
        open_(subtasks.size()),
        decided_(s.models() + s.groups.size(), false),
        part_seen_(s.models() + s.groups.size(), 0),
        subtask_seen_(subtasks.size(), 0) {
    for (std::size_t k = 0; k < subtasks.size(); ++k) {
      need_[k] = static_cast<std::ptrdiff_t>(std::min(subtasks[k].needed, subtasks[k].models.size() + 1));
      open_[k] = static_cast<std::ptrdiff_t>(subtasks[k].models.size());
      members_[k] = subtasks[k].models;
      for (const std::size_t i : subtasks[k].models) serves_[i].push_back(k);
    }
    for (std::size_t i = 0; i < s.models(); ++i) {
      if (serves_[i].empty() || s.group_of(i) == no_group) continue;
      group_[i] = s.group_of(i);
      tied_[group_[i]].push_back(i);
      auto& all = serves_[models_ + group_[i]];
      all.insert(all.end(), serves_[i].begin(), serves_[i].end());
    }
  }

  // Parts are numbered: models first, groups behind them. serves(v): subtasks that it touches, for a group
  // once for each of its models there.
  std::size_t parts() const { return serves_.size(); }
  std::span<const std::size_t> serves(std::size_t part) const { return serves_[part]; }
  std::span<const std::size_t> members(std::size_t k) const { return members_[k]; }
  std::size_t subtasks() const { return members_.size(); }
  std::ptrdiff_t need(std::size_t k) const { return need_[k]; }

  // True when one of them needs more models than are left to it.
  bool any_lost(std::span<const std::size_t> subtasks) const {
    return std::any_of(subtasks.begin(), subtasks.end(), [&](std::size_t k) { return need_[k] > open_[k]; });
  }

  std::size_t mark() const { return trail_.size(); }

  void decide(std::size_t part, bool holds) {
    decided_[part] = true;
    trail_.push_back({part, holds});
    if (part < models_) {
      for (const std::size_t k : serves_[part]) {
        --open_[k];
        if (holds) --need_[k];
      }
    } else if (!holds) {
      for (const std::size_t i : tied_[part - models_]) {
        if (!decided_[i]) decide(i, false);
      }
    }
  }

  void take_back(std::size_t mark) {
    while (trail_.size() > mark) {
      const auto [part, holds] = trail_.back();
      trail_.pop_back();
      decided_[part] = false;
      if (part >= models_) continue;
      for (const std::size_t k : serves_[part]) {
        ++open_[k];
        if (holds) ++need_[k];
      }
    }
  }

  // The components of those of `subtasks` that are still in need.
  std::vector<component> components(std::span<const std::size_t> subtasks) {
    ++now_;
    std::vector<component> out;
    for (const std::size_t first : subtasks) {
      if (need_[first] <= 0 || subtask_seen_[first] == now_) continue;
      component& c = out.emplace_back();
      see_subtask(c, first);
      for (std::size_t next = 0; next < c.subtasks.size(); ++next) {
        for (const std::size_t i : members_[c.subtasks[next]]) see_model(c, i);
      }
      std::sort(c.subtasks.begin(), c.subtasks.end());
      std::sort(c.parts.begin(), c.parts.end());
    }
    return out;
  }

 private:
  struct decision {
    std::size_t part = 0;
    bool holds = false;
  };

  void see_subtask(component& c, std::size_t k) {
    if (need_[k] <= 0 || subtask_seen_[k] == now_) return;
    subtask_seen_[k] = now_;
    c.subtasks.push_back(k);
  }

  void see_model(component& c, std::size_t i) {
    if (decided_[i] || part_seen_[i] == now_) return;
    part_seen_[i] = now_;
    c.parts.push_back(i);
    for (const std::size_t k : serves_[i]) see_subtask(c, k);
    if (group_[i] == no_group) return;
    const std::size_t group = models_ + group_[i];
    if (decided_[group] || part_seen_[group] == now_) return;
    part_seen_[group] = now_;
    c.parts.push_back(group);
    for (const std::size_t sibling : tied_[group_[i]]) {
      if (decided_[sibling]) continue;
      for (const std::size_t k : serves_[sibling]) see_subtask(c, k);
    }
  }

  std::size_t models_;
  std::vector<std::vector<std::size_t>> members_;
  std::vector<std::vector<std::size_t>> serves_;
  std::vector<std::vector<std::size_t>> tied_;
  std::vector<std::size_t> group_;
  std::vector<std::ptrdiff_t> need_;
  std::vector<std::ptrdiff_t> open_;
  std::vector<bool> decided_;
  std::vector<std::size_t> part_seen_;
  std::vector<std::size_t> subtask_seen_;
  std::vector<decision> trail_;
  std::size_t now_ = 0;
};

}  // namespace shoal::survive::detail
