// SPDX-License-Identifier: BSL-1.0
/// @file Swarm: what can fail. Models, each by itself, and groups that take all of their models with them.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/model/descriptor.hpp"
#include "shoal/model/fleet.hpp"

namespace shoal::survive {

/// The group of a model that shares its fate with nothing.
inline constexpr std::size_t no_group = std::numeric_limits<std::size_t>::max();

/// Models and groups that fail independently of each other. A model is up when neither it nor its group has
/// failed.
struct swarm {
  std::vector<double> failure{};        ///< chance that model i itself fails in the mission, [0, 1]
  std::vector<std::size_t> group{};     ///< of model i: index in `groups` or `no_group`; empty: no groups
  std::vector<failure_group> groups{};  ///< what fails as a whole
  std::vector<std::string> names{};     ///< of models, for reports; empty or one each

  std::size_t models() const { return failure.size(); }

  /// The model's group, or `no_group`.
  std::size_t group_of(std::size_t i) const { return group.empty() ? no_group : group[i]; }

  /// The model's name, or its index as text where models have no names.
  std::string name_of(std::size_t i) const { return names.empty() ? std::to_string(i) : names[i]; }
};

/// Refuses a swarm whose lengths disagree, whose probabilities are not in [0, 1] or whose group indices lead
/// nowhere.
/// @throws invalid_argument  `failure probability of model 3 "phi-3": 1.5 is not in [0, 1]`.
template <class = when_used>
void validate(const swarm& s) {
  const auto length = [&](std::string_view what, std::size_t found) {
    if (found != 0 && found != s.models()) {
      throw invalid_argument(
          message("swarm: ", what, " has ", found, " entries, but there are ", s.models(), " models"));
    }
  };
  length("group", s.group.size());
  length("names", s.names.size());
  const auto refuse = [&](std::size_t i, const auto&... what) {
    throw invalid_argument(
        message("model ", i, s.names.empty() ? "" : " " + quoted(s.names[i]), ": ", what...));
  };
  for (std::size_t i = 0; i < s.models(); ++i) {
    if (!(s.failure[i] >= 0 && s.failure[i] <= 1))
      refuse(i, "failure probability ", s.failure[i], " is not in [0, 1]");
    if (s.group_of(i) != no_group && s.group_of(i) >= s.groups.size())
      refuse(i, "there is no group ", s.group_of(i), " among ", s.groups.size());
  }
  for (std::size_t g = 0; g < s.groups.size(); ++g) {
    const double q = s.groups[g].failure_probability;
    if (!(q >= 0 && q <= 1)) {
      throw invalid_argument(message("group ", g, " ", quoted(s.groups[g].name), ": failure_probability ", q,
                                     " is not in [0, 1]"));
    }
  }
}

/// The swarm of a fleet. A model whose group has no entry in `groups`, or that has no group, shares its fate
/// with nothing; a group that no model names is kept and matters to none.
/// @throws invalid_argument  when a group has no name, a name used twice, or a probability outside [0, 1].
/// @complexity O(models x groups).
template <model_descriptor Model>
swarm make_swarm(const fleet<Model>& models, std::span<const failure_group> groups = {}) {
  using traits = model_traits<Model>;
  swarm out;
  for (const failure_group& g : groups) out.groups.push_back(g);
  const auto find = [&](std::string_view name) {
    for (std::size_t g = 0; g < groups.size(); ++g) {
      if (groups[g].name == name) return g;
    }
    return no_group;
  };
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].name.empty()) throw invalid_argument(message("group ", g, ": its name is empty"));
    if (find(groups[g].name) != g) {
      throw invalid_argument(message("group ", g, ": the name ", quoted(groups[g].name), " is group ",
                                     find(groups[g].name), "'s"));
    }
  }
  for (const Model& m : models) {
    out.failure.push_back(traits::failure_probability(m));
    out.group.push_back(find(traits::group(m)));
    out.names.emplace_back(traits::name(m));
  }
  validate(out);
  return out;
}

}  // namespace shoal::survive
