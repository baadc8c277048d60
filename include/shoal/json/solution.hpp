// SPDX-License-Identifier: BSL-1.0
/// @file A solver's answer as a document, and the plan in such a document read back.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "shoal/assign/problem.hpp"
#include "shoal/assign/solution.hpp"
#include "shoal/json/cursor.hpp"
#include "shoal/json/swarm.hpp"
#include "shoal/json/write_swarm.hpp"

namespace shoal::json {

/// The models of each subtask by name: `{"biology": ["phi-3-mini"]}`.
inline ordered write_plan(const assign::problem& p, const assign::plan& chosen) {
  ordered out = ordered::object();
  for (std::size_t k = 0; k < chosen.size(); ++k) {
    ordered names = ordered::array();
    for (const std::size_t i : chosen[k]) names.push_back(p.model_names[i]);
    detail::append(out, p.subtask_names[k], std::move(names));
  }
  return out;
}

/// What `shoal assign --json` prints. A bound of minus infinity is null.
/// @pre `p` has names, and `s` is a solver's answer to it.
inline ordered write_solution(const assign::problem& p, const assign::solution& s) {
  ordered out{{"verdict", name_of(s.verdict)}, {"solver", s.solver}};
  if (s) {
    out["objective"] = s.objective;
    out["bound"] = std::isfinite(s.bound) ? ordered(s.bound) : ordered(nullptr);
    out["energy_j"] = s.energy_j;
    out["time_s"] = s.time_s;
    out["compatibility"] = {{"sum", s.compatibility.sum},
                            {"mean", s.compatibility.mean},
                            {"min", s.compatibility.min},
                            {"product", s.compatibility.product}};
    out["assignment"] = write_plan(p, s.chosen);
    ordered load = ordered::object();
    for (std::size_t i = 0; i < p.models(); ++i) {
      detail::append(load, p.model_names[i], s.load[static_cast<Eigen::Index>(i)]);
    }
    out["load"] = std::move(load);
  }
  if (s.verdict == assign::verdict::infeasible) {
    out["because"] = s.because;
    if (s.best) out["best"] = *s.best;
  }
  out["seconds"] = s.seconds;
  out["nodes"] = s.nodes;
  return out;
}

/// The plan in a document that `write_solution` made, for the swarm that it was made for. Only its member
/// `assignment` is read.
/// @throws value_error when a subtask is missing, or a name is not in the swarm, or a model is there twice.
inline assign::plan read_plan(const nlohmann::json& document, const swarm& s) {
  const cursor assignment = cursor(document).at("assignment");
  if (!assignment.value().is_object()) assignment.refuse_not("an object");
  for (const auto& [name, models] : assignment.value().items()) {
    if (!s.graph.find(name)) {
      throw value_error(child(assignment.pointer(), name), "there is no such subtask");
    }
  }
  assign::plan out;
  for (std::size_t k = 0; k < s.graph.size(); ++k) {
    const cursor models = assignment.at(s.graph[k].name);
    std::vector<std::size_t>& chosen = out.emplace_back();
    for (std::size_t r = 0; r < models.size(); ++r) {
      const auto i = s.models.find(models[r].text());
      if (!i) models[r].refuse_not("the name of a model");
      if (std::find(chosen.begin(), chosen.end(), *i) != chosen.end()) {
        models[r].refuse(shown(models[r].value()) + " is there twice");
      }
      chosen.push_back(*i);
    }
    std::sort(chosen.begin(), chosen.end());
  }
  return out;
}

}  // namespace shoal::json
