// SPDX-License-Identifier: BSL-1.0
/// @file Random swarm files that use every part of the format, for tests that write and read back.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "shoal/core/random.hpp"

namespace shoal::test {

/// A valid swarm document; each optional part is there half of the time.
inline nlohmann::json random_swarm(random_engine& engine) {
  using dom = nlohmann::json;
  const auto maybe = [&] { return uniform_below(engine, 2) == 0; };
  const auto amount = [&] {
    return uniform_below(engine, 3) == 0 ? static_cast<double>(uniform_below(engine, 9))
                                         : uniform_01(engine) / 3;
  };
  const std::size_t n = uniform_below(engine, 4);
  const std::size_t m = uniform_below(engine, 4);
  const auto matrix = [&](std::size_t rows, std::size_t columns, auto&& entry) {
    dom out = dom::array();
    for (std::size_t i = 0; i < rows; ++i) {
      out.push_back(dom::array());
      for (std::size_t k = 0; k < columns; ++k) out[i].push_back(entry(i, k));
    }
    return out;
  };

  dom out{{"models", dom::array()}, {"subtasks", dom::array()}};
  const std::vector<std::string> groups = {"eu", "us \"x\"", "\xE2\x82\xAC"};
  const bool listed = maybe();
  for (std::size_t g = 0; listed && g < groups.size(); ++g) {
    out["groups"].push_back(dom{{"name", groups[g]}, {"failure_probability", uniform_01(engine)}});
  }
  for (std::size_t i = 0; i < n; ++i) {
    dom one{{"name", "model/" + std::to_string(i)}};
    if (maybe()) one["energy_j"] = amount();
    if (maybe()) one["time_s"] = amount();
    if (maybe()) one["accuracy"] = uniform_01(engine);
    if (maybe()) one["relevance"] = uniform_01(engine);
    if (maybe()) one["capacity"] = amount();
    if (maybe()) one["failure_probability"] = uniform_01(engine);
    if (maybe()) one["group"] = groups[uniform_below(engine, groups.size())];
    if (maybe()) one["cost"] = {{"law", "power"}, {"a", amount()}, {"b", 2 * uniform_01(engine)}};
    out["models"].push_back(one);
  }
  std::vector<std::vector<bool>> edge(m, std::vector<bool>(m, false));
  for (std::size_t k = 0; k < m; ++k) {
    if (uniform_below(engine, 3) == 0) {
      out["subtasks"].push_back("part " + std::to_string(k));
      continue;
    }
    dom one{{"name", "part " + std::to_string(k)}};
    if (maybe()) one["count"] = 1 + amount();
    if (maybe()) one["replicas"] = 1 + uniform_below(engine, 3);
    if (maybe()) one["survival"] = uniform_01(engine);
    if (maybe()) one["separate_groups"] = maybe();
    if (maybe()) one["input"] = "line\none\t\xF0\x9F\x90\x9F";
    if (maybe()) one["instruction"] = "do it";
    // Half of the needs stand behind what needs them: only ever one way, so that no cycle comes about.
    for (std::size_t other = 0; other < m; ++other) {
      if ((k % 2 == 0 ? other % 2 == 1 : false) && maybe()) {
        one["needs"].push_back("part " + std::to_string(other));
        edge[other][k] = true;
      }
    }
    out["subtasks"].push_back(one);
  }
  const bool product = maybe();
  const dom compatibility = matrix(n, m, [&](std::size_t, std::size_t) {
    if (uniform_below(engine, 4) == 0) return dom(nullptr);
    return dom(product ? 1 - uniform_01(engine) : uniform_01(engine) * 4 - 2);
  });
  out["compatibility"] = compatibility;
  for (const char* key : {"energy_j", "time_s", "load"}) {
    if (maybe()) continue;
    out[key] = matrix(n, m, [&](std::size_t i, std::size_t k) {
      return compatibility[i][k].is_null() && maybe() ? dom(nullptr) : dom(amount());
    });
  }
  if (maybe()) out["distance_s"] = matrix(n, n, [&](std::size_t, std::size_t) { return dom(amount()); });
  if (maybe()) {
    out["volume_mb"] = matrix(m, m, [&](std::size_t from, std::size_t to) {
      return edge[from][to] ? dom(amount()) : maybe() ? dom(0) : dom(nullptr);
    });
  }
  const char* const rules[] = {"sum", "mean", "each"};
  if (product || maybe()) {
    out["require"] = {{"rule", product ? "product" : rules[uniform_below(engine, 3)]},
                      {"at_least", uniform_01(engine)}};
  }
  if (maybe()) {
    dom& objective = out["objective"] = dom::object();
    const std::uint64_t rule = uniform_below(engine, 4);
    const char* const one_of_two = maybe() ? "energy" : "time";
    if (rule == 0 && maybe()) objective["rule"] = "weighted";
    if (rule == 1) objective = {{"rule", "epsilon"}, {"minimise", one_of_two}, {"at_most", amount()}};
    if (rule == 2) objective = {{"rule", "lexicographic"}, {"first", one_of_two}};
    if (rule == 3) objective["rule"] = "chebyshev";
    if (rule % 3 == 0 && maybe()) objective["energy"] = amount();
    if (rule % 3 == 0 && maybe()) objective["time"] = amount();
    if (maybe()) objective["time_rule"] = maybe() ? "total" : "makespan";
  }
  return out;
}

}  // namespace shoal::test
