// SPDX-License-Identifier: BSL-1.0
/// @file Aggregation within groups, then across them.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/aggregate/aggregator.hpp"
#include "shoal/aggregate/intake.hpp"
#include "shoal/aggregate/vote.hpp"

namespace shoal::aggregate {

namespace detail {

/// Members of each group, copied so that they lie side by side; in order of group name.
template <class Value>
std::vector<std::pair<std::string, std::vector<answer<Value>>>> by_group(const intake<Value>& in) {
  std::vector<std::pair<std::string, std::vector<answer<Value>>>> groups;
  std::map<std::string_view, std::vector<answer<Value>>> named;
  for (const auto* a : in.counted) {
    const std::string& name = a->group.empty() ? a->source : a->group;
    if (name.empty())
      groups.push_back({name, {*a}});
    else
      named[name].push_back(*a);
  }
  for (auto& [name, members] : named) groups.emplace_back(std::string(name), std::move(members));
  return groups;
}

/// What a group says: `value` as given by its members.
template <class To, class Value>
answer<To> voice_of(std::string name, const std::vector<answer<Value>>& members, result<To> said) {
  answer<To> voice;
  voice.source = std::move(name);
  voice.value = *std::move(said.value);
  voice.confidence = said.confidence;
  voice.accuracy = voice.relevance = 0;
  voice.at_s = members.front().at_s;
  for (const auto& m : members) {
    voice.accuracy += m.accuracy;
    voice.relevance += m.relevance;
    if (known_time(m.at_s) > known_time(voice.at_s)) voice.at_s = m.at_s;
    voice.used += m.used;
  }
  const auto n = static_cast<double>(members.size());
  voice.accuracy /= n;
  voice.relevance /= n;
  return voice;
}

}  // namespace detail

/// `inner` within each group of sources, then `outer` across what the groups say, so that models that share
/// their training or their host speak with one voice.
/// - A source without a group is a group of its own name; without a name either, of its own.
/// - Of several answers of one source the newest counts, whatever its group.
/// - A group's answer has the group's name as its source, the plain mean of its members' accuracy and of
/// their
///   relevance, the inner result's confidence, and the newest member's time: a large group weighs no more
///   than a small one. A group without a value is silent.
/// - `used` counts the members of groups that spoke, each as its inner result does. `tie` is set by a tie
///   within a group that spoke, or across them.
/// @complexity that of `inner` over all answers and of `outer` over the groups, and one copy of each answer.
template <class Inner = plurality, class Outer = Inner>
struct hierarchical {
  Inner inner{};
  Outer outer{};

  template <class Value>
  requires aggregator<Inner, Value> && aggregator<Outer, aggregated_t<Inner, Value>>
      result<aggregated_t<Outer, aggregated_t<Inner, Value>>>
  operator()(std::span<const answer<Value>> answers) const {
    using inner_value = aggregated_t<Inner, Value>;
    const auto in = take_in(answers);
    std::vector<answer<inner_value>> voices;
    std::size_t used = 0;
    bool tie = false;
    for (auto& [name, members] : detail::by_group(in)) {
      auto said = inner(std::span<const answer<Value>>(members));
      if (!said) continue;
      used += said.used;
      tie = tie || said.tie;
      voices.push_back(detail::voice_of(std::move(name), members, std::move(said)));
    }
    auto out = outer(std::span<const answer<inner_value>>(voices));
    out.tie = out.tie || tie;
    out.used = used;
    out.abstained = in.abstained;
    out.discarded = answers.size() - used - in.abstained;
    return out;
  }
};
hierarchical()->hierarchical<plurality, plurality>;
template <class Inner>
hierarchical(Inner) -> hierarchical<Inner, Inner>;
template <class Inner, class Outer>
hierarchical(Inner, Outer) -> hierarchical<Inner, Outer>;

}  // namespace shoal::aggregate
