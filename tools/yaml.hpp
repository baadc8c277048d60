// SPDX-License-Identifier: BSL-1.0
/// @file YAML as the JSON that it stands for.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace shoal::tools {

/// The first document of a YAML text. A command that was built without yaml-cpp refuses any and says so.
/// @throws bad_input  when it is none, or stands for more than a configuration ever does.
nlohmann::json read_yaml(const std::string& text);

}  // namespace shoal::tools
