// SPDX-License-Identifier: BSL-1.0
/// @file Verbs of the command: each adds itself to the command line and says what it does when called.
#pragma once

#include <cstdint>
#include <functional>

#include <CLI/CLI.hpp>

namespace shoal::tools {

/// What the command ends with.
enum class status {
  answered = 0,   ///< an answer was found
  no_answer = 1,  ///< the question has none
  refused = 2,    ///< bad usage or bad input
  limit = 3,      ///< a limit was reached before any answer
};

/// A verb on the command line.
struct verb {
  CLI::App* app = nullptr;
  std::function<status()> run{};
};

verb aggregate_verb(CLI::App& command);
verb assign_verb(CLI::App& command);
verb compare_verb(CLI::App& command);
verb import_verb(CLI::App& command);
verb pareto_verb(CLI::App& command);
verb probe_verb(CLI::App& command);
verb run_verb(CLI::App& command);
verb simulate_verb(CLI::App& command);
verb survive_verb(CLI::App& command);

/// Check of an option's value: a finite number > 0.
CLI::Validator positive_number();

/// Check of an option's value: a finite number >= 0.
CLI::Validator number_at_least_0();

/// Check of an option's value: digits that make up a number from `least` to 2^64 - 1.
CLI::Validator whole_number(std::uint64_t least);

}  // namespace shoal::tools
