// SPDX-License-Identifier: BSL-1.0
#include "shoal/core/error.hpp"
#include "yaml.hpp"

namespace shoal::tools {

nlohmann::json read_yaml(const std::string&) {
  throw bad_input(
      "it is no JSON, and this shoal was built without yaml-cpp; build it with -DSHOAL_WITH_YAML=ON, or turn "
      "the file into JSON");
}

}  // namespace shoal::tools
