// SPDX-License-Identifier: BSL-1.0
/// @file The kinds of backend that the command knows beside `table` and `command`.
#pragma once

#include "shoal/json/backend.hpp"

namespace shoal::tools {

/// `{"kind": "tiny", "model": "translate-small.safetensors"}`: the built-in CPU runner, in this process. A
/// model that was trained on another one's encoder names that too: `"encoder":
/// "translate-large.safetensors"`. `tokens`: the most tokens of an answer.
json::backend_kinds backend_kinds();

}  // namespace shoal::tools
