// SPDX-License-Identifier: BSL-1.0
/// @file Orders in which the exact method conditions on the parts of a plan.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include "shoal/core/when_used.hpp"
#include "shoal/survive/residual.hpp"
#include "shoal/survive/swarm.hpp"

namespace shoal::survive::detail {

// Both give the rank of each part in the order of conditioning, and rank a group before its models: a model
// counts as up only when its group is known to hold.

// Hubs first: parts that touch most subtasks, so that regions and shared models fall early and the rest falls
// apart.
template <class Later>
std::vector<std::size_t> hubs_first(const residual<Later>& r, const swarm& s) {
  std::vector<std::size_t> order(r.parts());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // A group touches at least what each of its models does; this puts it first where they tie.
  std::rotate(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(s.models()), order.end());
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return r.serves(a).size() > r.serves(b).size(); });
  std::vector<std::size_t> rank(r.parts());
  for (std::size_t at = 0; at < order.size(); ++at) rank[order[at]] = at;
  return rank;
}

// Sweep: breadth first from the least connected model, so that in chains and grids the border between what is
// decided and what is not stays short. A group comes just before its first model.
template <class Later>
std::vector<std::size_t> sweep(const residual<Later>& r, const swarm& s) {
  std::vector<std::size_t> starts(s.models());
  std::iota(starts.begin(), starts.end(), std::size_t{0});
  std::stable_sort(starts.begin(), starts.end(),
                   [&](std::size_t a, std::size_t b) { return r.serves(a).size() < r.serves(b).size(); });
  constexpr std::size_t unranked = no_group;
  std::vector<std::size_t> rank(r.parts(), unranked);
  std::size_t ranked = 0;
  std::vector<std::size_t> queue;
  const auto reach = [&](std::size_t i) {
    if (rank[i] != unranked) return;
    const std::size_t g = s.group_of(i);
    if (g != no_group && rank[s.models() + g] == unranked) rank[s.models() + g] = ranked++;
    rank[i] = ranked++;
    queue.push_back(i);
  };
  std::vector<bool> seen(r.subtasks(), false);
  for (const std::size_t start : starts) {
    reach(start);
    for (std::size_t next = 0; next < queue.size(); ++next) {
      for (const std::size_t k : r.serves(queue[next])) {
        if (seen[k]) continue;
        seen[k] = true;
        for (const std::size_t i : r.members(k)) reach(i);
      }
    }
    queue.clear();
  }
  for (std::size_t& at : rank) {
    if (at == unranked) at = ranked++;
  }
  return rank;
}

}  // namespace shoal::survive::detail
