// SPDX-License-Identifier: BSL-1.0
/// @file Writing a swarm file, so that it reads back as the same swarm.
#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "shoal/json/swarm.hpp"

namespace shoal::json {

/// A document whose members keep the order in which they were written.
using ordered = nlohmann::ordered_json;

namespace detail {

// Appends a member whose key is known to be new: nlohmann's own operator[] looks through all members first.
inline void append(ordered& object, std::string key, ordered value) {
  object.get_ref<ordered::object_t&>().push_back({std::move(key), std::move(value)});
}

inline ordered rows_of(const matrix& values) {
  ordered rows = ordered::array();
  for (Eigen::Index i = 0; i < values.rows(); ++i) {
    ordered row = ordered::array();
    for (Eigen::Index k = 0; k < values.cols(); ++k) row.push_back(values(i, k));
    rows.push_back(std::move(row));
  }
  return rows;
}

inline ordered write_model(const model& m, const std::optional<cost::power_law>& growth) {
  ordered out{{"name", m.name},
              {"energy_j", m.energy_j},
              {"time_s", m.time_s},
              {"accuracy", m.accuracy},
              {"relevance", m.relevance}};
  if (std::isfinite(m.capacity)) out["capacity"] = m.capacity;
  out["failure_probability"] = m.failure_probability;
  if (!m.group.empty()) out["group"] = m.group;
  if (growth) out["cost"] = {{"law", "power"}, {"a", growth->a}, {"b", growth->b}};
  return out;
}

inline ordered write_subtask(const task_graph& graph, std::size_t k) {
  const subtask& part = graph[k];
  ordered out{{"name", part.name}};
  if (part.count != 1) out["count"] = part.count;
  if (part.replicas != 1) out["replicas"] = part.replicas;
  if (part.survival) out["survival"] = *part.survival;
  if (part.separate_groups) out["separate_groups"] = true;
  for (const std::size_t from : graph.needs(k)) out["needs"].push_back(graph[from].name);
  if (!part.input.empty()) out["input"] = part.input;
  if (!part.instruction.empty()) out["instruction"] = part.instruction;
  return out;
}

inline ordered write_compatibility(const assign::problem& p) {
  ordered rows = rows_of(p.compatibility);
  for (std::size_t i = 0; i < p.models(); ++i) {
    for (std::size_t k = 0; k < p.subtasks(); ++k) {
      if (!p.allowed(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k))) rows[i][k] = nullptr;
    }
  }
  return rows;
}

inline ordered write_objective(const assign::objective& o) {
  ordered out;
  if (const auto* w = std::get_if<assign::weighted>(&o.rule)) {
    out = {{"rule", "weighted"}, {"energy", w->energy}, {"time", w->time}};
  } else if (const auto* e = std::get_if<assign::epsilon>(&o.rule)) {
    out = {{"rule", "epsilon"}, {"minimise", name_of(e->minimise)}, {"at_most", e->at_most}};
  } else if (const auto* l = std::get_if<assign::lexicographic>(&o.rule)) {
    out = {{"rule", "lexicographic"}, {"first", name_of(l->first)}};
  } else if (const auto* c = std::get_if<assign::chebyshev>(&o.rule)) {
    out = {{"rule", "chebyshev"}, {"energy", c->energy}, {"time", c->time}};
  }
  out["time_rule"] = name_of(o.time);
  return out;
}

}  // namespace detail

/// The document of a swarm; `read_swarm` reads it back the same. A matrix of figures is written only where it
/// says more than the models' own.
/// @complexity O(models x subtasks + subtasks^2 where data moves between subtasks).
inline ordered write_swarm(const swarm& s) {
  const assign::problem& p = s.problem;
  ordered out{{"models", ordered::array()}, {"subtasks", ordered::array()}};
  for (std::size_t i = 0; i < s.models.size(); ++i) {
    out["models"].push_back(
        detail::write_model(s.models[i], i < s.growth.size() ? s.growth[i] : std::nullopt));
  }
  for (std::size_t k = 0; k < s.graph.size(); ++k) {
    out["subtasks"].push_back(detail::write_subtask(s.graph, k));
  }
  out["compatibility"] = detail::write_compatibility(p);
  const assign::problem plain = assign::make_problem(s.models, s.graph);
  const auto figures = [&](const char* key, const matrix& given, const matrix& usual) {
    if ((given != usual).any()) out[key] = detail::rows_of(given);
  };
  figures("energy_j", p.energy_j, plain.energy_j);
  figures("time_s", p.time_s, plain.time_s);
  figures("load", p.load, plain.load);
  for (const failure_group& g : s.groups) {
    out["groups"].push_back({{"name", g.name}, {"failure_probability", g.failure_probability}});
  }
  if (s.distance_s.size() > 0) out["distance_s"] = detail::rows_of(s.distance_s);
  const auto m = static_cast<Eigen::Index>(s.graph.size());
  matrix volume_mb;
  for (const data_edge& e : s.graph.edges()) {
    if (e.volume_mb == 0) continue;
    if (volume_mb.size() == 0) volume_mb = matrix::Zero(m, m);
    volume_mb(static_cast<Eigen::Index>(e.from), static_cast<Eigen::Index>(e.to)) = e.volume_mb;
  }
  if (volume_mb.size() > 0) out["volume_mb"] = detail::rows_of(volume_mb);
  if (p.require) out["require"] = {{"rule", name_of(p.require->rule)}, {"at_least", p.require->at_least}};
  out["objective"] = detail::write_objective(s.objective);
  return out;
}

}  // namespace shoal::json
