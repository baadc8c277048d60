// SPDX-License-Identifier: BSL-1.0
/// @file The fault tree of a plan: models, their hosts and regions, nested, and the causes that models share.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/survive/common_cause.hpp"
#include "shoal/survive/fault_tree.hpp"
#include "shoal/survive/redundancy.hpp"
#include "shoal/survive/swarm.hpp"

namespace shoal::survive {

/// Models that fail alike (the same weights, the same software): `members` are indices in the swarm, all with
/// the same failure probability, which is what is shared out.
struct shared_cause {
  std::string name{};
  survive::sharing sharing = survive::sharing::beta;
  std::vector<double> factors{};
  std::vector<std::size_t> members{};
};

/// What ties the parts of a swarm together beyond its groups.
struct dependence {
  std::vector<std::size_t> parent{};  ///< of group g: the group it lies in, or `no_group`; empty: none lie in
                                      ///< another. A host's parent is its region
  std::vector<shared_cause> causes{};  ///< a model is a member of one at most
};

/// The tree whose top event is that the plan fails: some subtask has fewer models left than it needs. A model
/// is down when it fails, or its group, or a group around that. Events are the models in their order, then
/// the groups; members of a shared cause have an event for each set of members in place of their own, which
/// come last.
/// @throws invalid_argument  when the swarm or plan is not valid, groups lie in each other in a circle, or a
///                           shared cause names a model twice or models that differ in failure probability.
/// @complexity O(pairs of model and subtask + models x depth of the groups).
template <class = when_used>
fault_tree make_fault_tree(const swarm& s, std::span<const redundant_subtask> plan, const dependence& d = {});

/// The tree whose top event is that fewer than `k` models are up.
template <class = when_used>
fault_tree make_fault_tree(std::size_t k, const swarm& s, const dependence& d = {});

namespace detail {

// A vertex for each model: it is down.
template <class = when_used>
std::vector<node> add_models(fault_tree& t, const swarm& s, const dependence& d) {
  validate(s);
  if (!d.parent.empty() && d.parent.size() != s.groups.size()) {
    throw invalid_argument(
        message("dependence: parent has ", d.parent.size(), " entries for ", s.groups.size(), " groups"));
  }
  const auto parent = [&](std::size_t g) { return d.parent.empty() ? no_group : d.parent[g]; };
  constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::vector<std::size_t> cause(s.models(), none);
  for (std::size_t c = 0; c < d.causes.size(); ++c) {
    const shared_cause& shared = d.causes[c];
    const auto refuse = [&](const auto&... what) {
      throw invalid_argument(message("common cause ", quoted(shared.name), ": ", what...));
    };
    for (const std::size_t i : shared.members) {
      if (i >= s.models()) refuse("there is no model ", i, " among ", s.models());
      if (cause[i] != none) refuse("model ", quoted(s.name_of(i)), " has a common cause already");
      if (s.failure[i] != s.failure[shared.members.front()])
        refuse("models ", quoted(s.name_of(shared.members.front())), " and ", quoted(s.name_of(i)),
               " fail with ", s.failure[shared.members.front()], " and ", s.failure[i]);
      cause[i] = c;
    }
  }
  std::vector<node> own(s.models());
  for (std::size_t i = 0; i < s.models(); ++i) {
    if (cause[i] == none) own[i] = t.event(s.name_of(i), s.failure[i]);
  }
  std::vector<node> group;
  for (const failure_group& g : s.groups) group.push_back(t.event(g.name, g.failure_probability));
  for (const shared_cause& shared : d.causes) {
    if (shared.members.empty()) continue;
    std::vector<std::string> names;
    for (const std::size_t i : shared.members) names.push_back(s.name_of(i));
    const std::vector<node> members = add_common_cause(
        t, common_cause{shared.name, shared.sharing, s.failure[shared.members.front()], shared.factors},
        names);
    for (std::size_t m = 0; m < members.size(); ++m) own[shared.members[m]] = members[m];
  }
  // A group is down with what is around it.
  for (std::size_t g = 0; g < s.groups.size(); ++g) {
    std::size_t steps = 0;
    for (std::size_t at = parent(g); at != no_group; at = parent(at)) {
      if (at >= s.groups.size())
        throw invalid_argument(message("group ", quoted(s.groups[g].name), ": there is no group ", at));
      if (++steps > s.groups.size())
        throw invalid_argument(message("group ", quoted(s.groups[g].name), " lies in itself"));
    }
  }
  std::vector<node> down;
  for (std::size_t i = 0; i < s.models(); ++i) {
    std::vector<node> inputs{own[i]};
    for (std::size_t g = s.group_of(i); g != no_group; g = parent(g)) inputs.push_back(group[g]);
    down.push_back(inputs.size() == 1 ? own[i] : t.any(std::move(inputs)));
  }
  return down;
}

// Fewer than `needed` of the inputs are up.
template <class = when_used>
node add_shortage(fault_tree& t, std::size_t needed, std::vector<node> down) {
  if (needed == 0) return t.any({});
  if (needed > down.size()) return t.all({});
  const std::size_t fatal = down.size() - needed + 1;
  return t.at_least(fatal, std::move(down));
}

}  // namespace detail

template <class>
fault_tree make_fault_tree(const swarm& s, std::span<const redundant_subtask> plan, const dependence& d) {
  fault_tree t;
  const std::vector<node> down = detail::add_models(t, s, d);
  validate(plan, s);
  std::vector<node> lost;
  for (const redundant_subtask& part : plan) {
    std::vector<node> replicas;
    for (const std::size_t i : part.models) replicas.push_back(down[i]);
    lost.push_back(detail::add_shortage(t, part.needed, std::move(replicas)));
  }
  t.top = t.any(std::move(lost));
  return t;
}

template <class>
fault_tree make_fault_tree(std::size_t k, const swarm& s, const dependence& d) {
  fault_tree t;
  t.top = detail::add_shortage(t, k, detail::add_models(t, s, d));
  return t;
}

}  // namespace shoal::survive
