// SPDX-License-Identifier: BSL-1.0
#include "backend_kinds.hpp"
#include "shoal/openai/task_kind.hpp"

namespace shoal::tools {

infer::any_backend<> read_openai(const json::cursor& at, const std::filesystem::path& folder) {
  return openai::read_backend(at, folder);
}

}  // namespace shoal::tools
