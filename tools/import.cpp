// SPDX-License-Identifier: BSL-1.0
/// @file `shoal import`: models that another program's configuration knows, as a swarm file.
#include <memory>
#include <string>
#include <string_view>

#include "files.hpp"
#include "shoal/core/message.hpp"
#include "shoal/json/parse.hpp"
#include "shoal/openai/litellm.hpp"
#include "verbs.hpp"
#include "yaml.hpp"

namespace shoal::tools {

namespace {

constexpr std::size_t longest = std::size_t{4} << 20U;

// JSON is told from YAML by its first character: JSON is YAML too, but our own reader says more about it.
nlohmann::json read_either(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool looks_like_json = first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
  return looks_like_json ? json::parse(text) : read_yaml(std::string(text));
}

status import_litellm(const std::string& file) {
  const openai::litellm_import done =
      read_with(file, longest, [](std::string_view text) { return openai::read_litellm(read_either(text)); });
  for (const std::string& note : done.notes) complain(name_of_file(file) + ": " + note);
  print(done.swarm.dump(2, ' ', false, json::ordered::error_handler_t::replace) + '\n');
  return done.swarm["models"].empty() ? status::no_answer : status::answered;
}

}  // namespace

verb import_verb(CLI::App& command) {
  auto from = std::make_shared<std::string>();
  auto file = std::make_shared<std::string>();
  CLI::App* app = command.add_subcommand("import", "Turn another program's list of models into a swarm file");
  app->add_option("FORMAT", *from, "litellm: the model_list of a LiteLLM configuration")
      ->required()
      ->check(CLI::IsMember({"litellm"}));
  app->add_option("FILE", *file, "YAML or JSON")->required();
  app->footer(
      "Keys are never taken over: a model names the environment variable that holds its key. What cannot be\n"
      "taken over is said on standard error.\n\n"
      "Example:\n"
      "  shoal import litellm config.yaml > swarm.json");
  return {app, [file] { return import_litellm(*file); }};
}

}  // namespace shoal::tools
