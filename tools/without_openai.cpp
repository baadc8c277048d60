// SPDX-License-Identifier: BSL-1.0
#include "backend_kinds.hpp"
#include "files.hpp"
#include "shoal/core/message.hpp"
#include "verbs.hpp"

namespace shoal::tools {

namespace {

constexpr const char* missing = "this shoal was built without libcurl; build it with -DSHOAL_WITH_OPENAI=ON";

verb refused(CLI::App& command, const char* name) {
  CLI::App* app = command.add_subcommand(name, missing);
  app->allow_extras();
  return {app, [name]() -> status { throw refusal(message("shoal ", name, ": ", missing)); }};
}

}  // namespace

infer::any_backend<> read_openai(const json::cursor& at, const std::filesystem::path&) {
  at.at("kind").refuse(missing);
}

verb probe_verb(CLI::App& command) { return refused(command, "probe"); }

verb import_verb(CLI::App& command) { return refused(command, "import"); }

}  // namespace shoal::tools
