// SPDX-License-Identifier: BSL-1.0
/// @file Any bytes as a task file: it is read whole, and its text splits without loss, or it is refused in
/// one line. No file is opened and no process started: the name of a file of answers is taken for its text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "shoal/json/task_file.hpp"

namespace {

using namespace shoal;

void require(bool holds) {
  if (!holds) std::abort();
}

infer::any_backend<> read_table(const json::cursor& at, const std::filesystem::path& folder) {
  if (const auto file = at.find("file")) {
    try {
      static_cast<void>(infer::read_recorded_answers(file->name()));
    } catch (const csv_error& e) {
      file->refuse(e.what());
    }
    return infer::table_backend<>{};
  }
  json::recorded_files none(folder);
  return json::read_table_backend(at, "model", none);
}

void check(const json::task_file& file) {
  require(file.backends.size() == file.swarm.models.size());
  require(file.concurrency.size() == file.swarm.models.size());
  for (const auto& backend : file.backends) require(static_cast<bool>(backend));
  for (const std::size_t calls : file.concurrency) require(calls >= 1);
  require(file.run.attempts >= 1);
  require(file.run.try_timeout.count() > 0);
  if (!file.split) {
    require(file.swarm.problem.subtasks() == file.swarm.graph.size());
    return;
  }
  if (file.split->how == json::splitting::planned) return;  // it would ask a model
  std::string together;
  const task_graph parts = (*file.split)(file.whole);
  for (const subtask& part : parts.subtasks()) together += part.input;
  require(together == file.whole.text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const json::backend_kinds kinds{{"table", read_table}};
  try {
    nlohmann::json document = json::parse({reinterpret_cast<const char*>(data), size});
    if (document.is_object() && document.contains("task") && document["task"].is_object()) {
      nlohmann::json& task = document["task"];
      if (task.contains("file")) {
        task["text"] = task["file"];
        task.erase("file");
      }
    }
    check(json::read_task_file(document, "", kinds));
  } catch (const bad_input& refusal) {
    const std::string_view why = refusal.what();
    // A cycle is told with all of its names, which the command puts on one line.
    require(why.find('\n') == std::string_view::npos || why.find("cycle: ") != std::string_view::npos);
  }
  return 0;
}
