// SPDX-License-Identifier: BSL-1.0
/// @file The `shoal` command.
#include <algorithm>
#include <exception>
#include <iterator>
#include <new>
#include <string>

#include "files.hpp"
#include "shoal/core/message.hpp"
#include "shoal/version.hpp"
#include "solvers.hpp"
#include "verbs.hpp"

namespace {

using namespace shoal::tools;

status run(int argc, char** argv) {
  CLI::App command(
      "Splits tasks among small language models: least energy and time for the quality that is asked,\n"
      "answers combined, and the chance that the swarm survives.",
      "shoal");
  command.set_version_flag("--version", std::string("shoal ") + shoal::version + glpk_note());
  command.footer(
      "A file named - is standard input. Exit status: 0 an answer was found, 1 there is none, 2 bad usage "
      "or\n"
      "bad input, 3 a limit was reached before any answer.\n\n"
      "Example:\n  shoal assign swarm.json");
  const verb verbs[] = {assign_verb(command),   pareto_verb(command),  aggregate_verb(command),
                        survive_verb(command),  compare_verb(command), run_verb(command),
                        simulate_verb(command), probe_verb(command),   import_verb(command)};
  const auto is_named = [&](const verb& v) { return v.app->get_name() == argv[1]; };
  if (argc > 1 && argv[1][0] != '-' && std::none_of(std::begin(verbs), std::end(verbs), is_named)) {
    throw refusal("shoal: there is no verb " + shoal::quoted(argv[1]) + " (see shoal --help)");
  }
  try {
    command.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() != static_cast<int>(CLI::ExitCodes::Success)) {
      throw refusal(std::string("shoal: ") + e.what() + " (see shoal --help)");
    }
    command.exit(e);
    return status::answered;
  }
  for (const verb& v : verbs) {
    if (v.app->parsed()) return v.run();
  }
  throw refusal("shoal: a verb is missing (see shoal --help)");
}

}  // namespace

int main(int argc, char** argv) {
  status ended = status::refused;
  try {
    ended = run(argc, argv);
    flush_output();
  } catch (const std::bad_alloc&) {
    complain("shoal: out of memory");
    ended = status::refused;
  } catch (const std::exception& e) {
    complain(e.what());
    ended = status::refused;
  }
  return static_cast<int>(ended);
}
