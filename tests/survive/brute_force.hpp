// SPDX-License-Identifier: BSL-1.0
/// @file Oracle: the chance of anything about a swarm, by all 2^(models + groups) states.
#pragma once

#include <cstddef>
#include <vector>

#include "shoal/core/random.hpp"
#include "shoal/survive/redundancy.hpp"
#include "shoal/survive/swarm.hpp"

namespace brute_force {

struct part {
  double birnbaum = 0;
  double failed_given_loss = 0;
};

struct figures {
  double survival = 0;
  double failure = 0;
  std::vector<part> models;
  std::vector<part> groups;
};

/// `survives(up)` says whether the whole survives when the models with up[i] are up.
template <class Survives>
figures enumerate(const shoal::survive::swarm& s, const Survives& survives) {
  const std::size_t n = s.models();
  const std::size_t parts = n + s.groups.size();
  long double lives = 0;
  long double dies = 0;
  // By part: [0] when it holds, [1] when it failed.
  std::vector<std::vector<long double>> dead(parts, std::vector<long double>(2, 0.0L));
  std::vector<long double> joint(parts, 0.0L);
  const auto q = [&](std::size_t v) {
    return static_cast<long double>(v < n ? s.failure[v] : s.groups[v - n].failure_probability);
  };
  for (std::size_t state = 0; state < std::size_t{1} << parts; ++state) {
    const auto failed = [&](std::size_t v) { return (state >> v & 1U) != 0; };
    std::vector<bool> up(n);
    for (std::size_t i = 0; i < n; ++i)
      up[i] = !failed(i) && (s.group_of(i) == shoal::survive::no_group || !failed(n + s.group_of(i)));
    long double weight = 1;
    for (std::size_t v = 0; v < parts; ++v) weight *= failed(v) ? q(v) : 1 - q(v);
    if (survives(up)) {
      lives += weight;
      continue;
    }
    dies += weight;
    for (std::size_t v = 0; v < parts; ++v) {
      long double others = 1;
      for (std::size_t w = 0; w < parts; ++w) {
        if (w != v) others *= failed(w) ? q(w) : 1 - q(w);
      }
      dead[v][failed(v) ? 1 : 0] += others;
      if (failed(v)) joint[v] += weight;
    }
  }
  figures out;
  out.survival = static_cast<double>(lives);
  out.failure = static_cast<double>(dies);
  for (std::size_t v = 0; v < parts; ++v) {
    const part p{static_cast<double>(dead[v][1] - dead[v][0]),
                 dies > 0 ? static_cast<double>(joint[v] / dies) : 0};
    (v < n ? out.models : out.groups).push_back(p);
  }
  return out;
}

inline bool survives(const std::vector<shoal::survive::redundant_subtask>& plan,
                     const std::vector<bool>& up) {
  for (const auto& part : plan) {
    std::size_t alive = 0;
    for (const std::size_t i : part.models) alive += up[i] ? 1U : 0U;
    if (alive < part.needed) return false;
  }
  return true;
}

/// A swarm with up to `models` models and `groups` groups; some figures are 0 and some are 1.
inline shoal::survive::swarm random_swarm(shoal::random_engine& engine, std::size_t models,
                                          std::size_t groups) {
  const auto probability = [&] {
    const auto kind = shoal::uniform_below(engine, 10);
    return kind == 0 ? 0.0 : kind == 1 ? 1.0 : shoal::uniform_01(engine) * (kind < 5 ? 1e-6 : 1.0);
  };
  shoal::survive::swarm s;
  const std::size_t n = 1 + shoal::uniform_below(engine, models);
  const std::size_t g = shoal::uniform_below(engine, groups + 1);
  for (std::size_t i = 0; i < g; ++i) s.groups.push_back({"g" + std::to_string(i), probability()});
  for (std::size_t i = 0; i < n; ++i) {
    s.failure.push_back(probability());
    const auto at = shoal::uniform_below(engine, g + 1);
    s.group.push_back(at == g ? shoal::survive::no_group : at);
  }
  return s;
}

inline std::vector<shoal::survive::redundant_subtask> random_plan(shoal::random_engine& engine,
                                                                  std::size_t models, std::size_t subtasks) {
  std::vector<shoal::survive::redundant_subtask> plan(1 + shoal::uniform_below(engine, subtasks));
  for (auto& part : plan) {
    for (std::size_t i = 0; i < models; ++i) {
      if (shoal::uniform_below(engine, 3) == 0) part.models.push_back(i);
    }
    const auto kind = shoal::uniform_below(engine, 12);
    part.needed = kind == 0 ? 0 : kind < 8 ? 1 : shoal::uniform_below(engine, part.models.size() + 2);
    if (part.models.empty() && kind != 1) part.needed = 0;
  }
  return plan;
}

/// Three regions of three models: p = .05 each, regions .01.
inline shoal::survive::swarm three_regions() {
  shoal::survive::swarm s;
  for (std::size_t g = 0; g < 3; ++g) {
    s.groups.push_back({"region " + std::to_string(g), 0.01});
    for (int i = 0; i < 3; ++i) {
      s.failure.push_back(0.05);
      s.group.push_back(g);
    }
  }
  return s;
}

}  // namespace brute_force
