// SPDX-License-Identifier: BSL-1.0
/// @file A swarm beside one large model, as a document.
#pragma once

#include <optional>
#include <utility>

#include "shoal/cost/compare.hpp"
#include "shoal/json/write_swarm.hpp"

namespace shoal::json {

namespace detail {

inline ordered or_null(const std::optional<double>& value) {
  return value ? ordered(*value) : ordered(nullptr);
}

inline ordered write_estimate(const cost::estimate& e) {
  return {{"name", e.name}, {"energy_j", e.energy_j}, {"time_s", e.time_s}, {"quality", e.quality}};
}

// The large model's law is the first of the two.
constexpr const char* name_of(cost::cheaper who) {
  return who == cost::cheaper::first ? "llm" : who == cost::cheaper::second ? "swarm" : "tie";
}

}  // namespace detail

/// What `shoal compare --json` prints of a comparison. Ratios are the swarm's figure over the large model's,
/// null where the latter is 0; `crossings` is there where the large model has a growth law.
inline ordered write_comparison(const cost::comparison& c) {
  ordered out{{"swarm", detail::write_estimate(c.swarm)},
              {"llm", detail::write_estimate(c.llm)},
              {"ratio",
               {{"energy", detail::or_null(c.energy_ratio)},
                {"time", detail::or_null(c.time_ratio)},
                {"quality", detail::or_null(c.quality_ratio)}}},
              {"winner",
               {{"energy", cost::name_of(c.energy)},
                {"time", cost::name_of(c.time)},
                {"quality", cost::name_of(c.quality)},
                {"overall", cost::name_of(c.overall())}}}};
  if (c.growth) {
    ordered points = ordered::array();
    for (const cost::crossing& p : c.growth->points) {
      points.push_back(ordered{{"subtasks", p.at}, {"cheaper", detail::name_of(p.after)}});
    }
    out["crossings"] = {{"cheaper_at_one", detail::name_of(c.growth->at_start)},
                        {"points", std::move(points)}};
  }
  out["sentence"] = c.sentence;
  return out;
}

}  // namespace shoal::json
