// SPDX-License-Identifier: BSL-1.0
/// @file The kinds of backend that the command knows beside `table` and `command`.
#pragma once

#include "shoal/json/backend.hpp"

namespace shoal::tools {

/// `{"kind": "tiny", "model": "translate-small.safetensors"}`: the built-in CPU runner, in this process. A
/// model that was trained on another one's encoder names that too: `"encoder":
/// "translate-large.safetensors"`. `tokens`: the most tokens of an answer.
/// `{"kind": "openai", "url": "http://127.0.0.1:8080"}`: a model behind a server; docs/servers.md.
json::backend_kinds backend_kinds();

/// Reads the kind "openai". A command that was built without libcurl refuses it and says so.
infer::any_backend<> read_openai(const json::cursor& at, const std::filesystem::path& folder);

}  // namespace shoal::tools
