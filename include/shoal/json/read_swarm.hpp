// SPDX-License-Identifier: BSL-1.0
/// @file Reading a swarm file; whatever is wrong with it is refused with its place.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/json/cursor.hpp"
#include "shoal/json/parse.hpp"
#include "shoal/json/read_graph.hpp"
#include "shoal/json/swarm.hpp"

namespace shoal::json {

/// Keys that a larger format adds to a swarm file and reads by itself; `read_swarm` lets them pass.
struct swarm_extras {
  std::vector<std::string_view> keys{};        ///< of the document
  std::vector<std::string_view> model_keys{};  ///< of each model
};

namespace detail {

inline std::vector<failure_group> read_groups(const cursor& groups, name_book& names) {
  std::vector<failure_group> out;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const cursor group = groups[g];
    group.only({"name", "failure_probability"});
    const cursor name = group.at("name");
    names.add(name);
    out.push_back({name.text(), group.at("failure_probability").share()});
  }
  return out;
}

// `groups` is null where the file lists no groups: then any name will do.
inline model read_model(const cursor& at, const name_book* groups, const swarm_extras& extras) {
  at.only({"name", "energy_j", "time_s", "accuracy", "relevance", "capacity", "failure_probability", "group",
           "cost"},
          extras.model_keys);
  model out;
  out.name = at.at("name").name();
  if (const auto energy = at.find("energy_j")) out.energy_j = energy->amount();
  if (const auto time = at.find("time_s")) out.time_s = time->amount();
  if (const auto accuracy = at.find("accuracy")) out.accuracy = accuracy->share();
  if (const auto relevance = at.find("relevance")) out.relevance = relevance->share();
  if (const auto capacity = at.find("capacity")) out.capacity = capacity->amount();
  if (const auto p = at.find("failure_probability")) out.failure_probability = p->share();
  if (const auto group = at.find("group")) {
    out.group = group->name();
    if (groups != nullptr && !groups->has(out.group)) group->refuse_not("among the names in /groups");
  }
  return out;
}

inline std::optional<cost::power_law> read_growth(const cursor& model) {
  const auto law = model.find("cost");
  if (!law) return std::nullopt;
  law->only({"law", "a", "b"});
  law->at("law").one_of({"power"});
  return cost::power_law{law->at("a").amount(), law->at("b").number()};
}

inline void read_compatibility(const cursor& rows, assign::problem& p) {
  check_shape(rows, p.models(), "models", p.subtasks(), "subtasks");
  const bool product = p.require && p.require->rule == assign::quality_rule::product;
  for (std::size_t i = 0; i < p.models(); ++i) {
    const nlohmann::json& row = rows.value()[i];
    for (std::size_t k = 0; k < p.subtasks(); ++k) {
      const auto at = std::pair(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k));
      p.allowed(at.first, at.second) = !row[k].is_null();
      const bool fine = row[k].is_number() && std::isfinite(row[k].get<double>());
      const double score = fine ? row[k].get<double>() : 0;
      p.compatibility(at.first, at.second) = score;
      if (row[k].is_null()) continue;
      if (!fine) rows[i][k].refuse_not("a finite number or null");
      if (product && !(score > 0 && score <= 1)) {
        rows[i][k].refuse_not("in (0, 1], as the rule product needs");
      }
    }
  }
}

// Numbers >= 0. null stands only where `allowed` says that nobody will look.
inline void read_amounts(const cursor& rows, const mask& allowed, matrix& out) {
  check_shape(rows, static_cast<std::size_t>(out.rows()), "models", static_cast<std::size_t>(out.cols()),
              "subtasks");
  for (Eigen::Index i = 0; i < out.rows(); ++i) {
    const nlohmann::json& row = rows.value()[static_cast<std::size_t>(i)];
    for (Eigen::Index k = 0; k < out.cols(); ++k) {
      const nlohmann::json& entry = row[static_cast<std::size_t>(k)];
      if (entry.is_null() && !allowed(i, k)) {
        out(i, k) = 0;
      } else if (entry.is_number() && entry.get<double>() >= 0 && std::isfinite(entry.get<double>())) {
        out(i, k) = entry.get<double>();
      } else {
        rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(k)].refuse_not("a finite number >= 0");
      }
    }
  }
}

inline matrix read_distances(const cursor& rows, std::size_t models) {
  check_shape(rows, models, "models", models, "models");
  const auto n = static_cast<Eigen::Index>(models);
  matrix out(n, n);
  for (std::size_t i = 0; i < models; ++i) {
    for (std::size_t j = 0; j < models; ++j) {
      out(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = rows[i][j].amount();
    }
  }
  return out;
}

inline std::optional<assign::requirement> read_requirement(const cursor& at) {
  using assign::quality_rule;
  at.only({"rule", "at_least"});
  if (!at.find("rule") && !at.find("at_least")) return std::nullopt;
  constexpr quality_rule rules[] = {quality_rule::sum, quality_rule::mean, quality_rule::each,
                                    quality_rule::product};
  const std::size_t rule = at.at("rule").one_of({"sum", "mean", "each", "product"});
  return assign::requirement{rules[rule], at.at("at_least").number()};
}

inline assign::objective read_objective(const cursor& at) {
  const auto rule = at.find("rule");
  const std::size_t which = rule ? rule->one_of({"weighted", "epsilon", "lexicographic", "chebyshev"}) : 0;
  const auto factor = [&](const char* key) {
    const auto given = at.find(key);
    return given ? given->amount() : 1.0;
  };
  const auto one_criterion = [&](const char* key) {
    return at.at(key).one_of({"energy", "time"}) == 0 ? assign::criterion::energy : assign::criterion::time;
  };
  assign::objective out;
  if (which == 0) {
    at.only({"rule", "energy", "time", "time_rule"});
    out.rule = assign::weighted{factor("energy"), factor("time")};
  } else if (which == 1) {
    at.only({"rule", "minimise", "at_most", "time_rule"});
    out.rule = assign::epsilon{one_criterion("minimise"), at.at("at_most").amount()};
  } else if (which == 2) {
    at.only({"rule", "first", "time_rule"});
    out.rule = assign::lexicographic{one_criterion("first")};
  } else {
    at.only({"rule", "energy", "time", "time_rule"});
    out.rule = assign::chebyshev{factor("energy"), factor("time")};
  }
  if (const auto time = at.find("time_rule")) {
    out.time =
        time->one_of({"total", "makespan"}) == 0 ? assign::time_rule::total : assign::time_rule::makespan;
  }
  return out;
}

}  // namespace detail

/// The swarm that a document describes.
/// @throws value_error when it describes none; one line, the JSON pointer first.
/// @complexity O(document).
template <std::same_as<nlohmann::json> Json>
swarm read_swarm(const Json& document, const swarm_extras& extras = {}) {
  const cursor root(document);
  root.only({"models", "subtasks", "compatibility", "energy_j", "time_s", "load", "groups", "distance_s",
             "volume_mb", "require", "objective"},
            extras.keys);
  swarm out;
  detail::name_book groups;
  const auto listed = root.find("groups");
  if (listed) out.groups = detail::read_groups(*listed, groups);
  const cursor models = root.at("models");
  detail::name_book names;
  for (std::size_t i = 0; i < models.size(); ++i) {
    const cursor at = models[i];
    model one = detail::read_model(at, listed ? &groups : nullptr, extras);
    names.add(at.at("name"));
    out.models.add(std::move(one));
    out.growth.push_back(detail::read_growth(at));
  }
  if (const auto subtasks = root.find("subtasks")) out.graph = detail::read_graph(root, *subtasks);
  if (const auto volume = root.find("volume_mb")) detail::check_volumes(*volume, out.graph);

  const std::size_t n = out.models.size();
  const std::size_t m = out.graph.size();
  const auto compatibility = m > 0 ? root.at("compatibility") : root.find("compatibility");
  if (compatibility) detail::check_shape(*compatibility, n, "models", m, "subtasks");
  out.problem = assign::make_problem(out.models, out.graph);
  if (const auto require = root.find("require")) out.problem.require = detail::read_requirement(*require);
  if (const auto objective = root.find("objective")) out.objective = detail::read_objective(*objective);
  if (compatibility) detail::read_compatibility(*compatibility, out.problem);
  const auto amounts = [&](const char* key, matrix& into) {
    if (const auto given = root.find(key)) detail::read_amounts(*given, out.problem.allowed, into);
  };
  amounts("energy_j", out.problem.energy_j);
  amounts("time_s", out.problem.time_s);
  amounts("load", out.problem.load);
  if (const auto distance = root.find("distance_s")) out.distance_s = detail::read_distances(*distance, n);
  out.problem.distance = out.distance_s;
  return out;
}

/// The swarm that a text describes.
/// @throws parse_error when the text is no JSON, value_error when it describes no swarm.
inline swarm read_swarm(std::string_view text, const parse_limits& limits = {}) {
  return read_swarm(parse(text, limits));
}
}  // namespace shoal::json
