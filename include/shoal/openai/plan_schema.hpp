// SPDX-License-Identifier: BSL-1.0
/// @file The schema of a plan, for servers that hold a planner's answer to it.
#pragma once

#include <nlohmann/json.hpp>

namespace shoal::openai {

/// JSON schema of the plans that `json::plan_reader` reads: `options::schema` of a model that plans.
inline nlohmann::json plan_schema() {
  return nlohmann::json::parse(R"({
    "type": "object", "additionalProperties": false, "required": ["subtasks"],
    "properties": {"subtasks": {"type": "array", "items": {
      "type": "object", "additionalProperties": false, "required": ["name", "instruction", "pieces", "needs"],
      "properties": {
        "name": {"type": "string"},
        "instruction": {"type": "string"},
        "pieces": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
        "needs": {"type": "array", "items": {"type": "string"}}
      }
    }}}
  })");
}

}  // namespace shoal::openai
