// SPDX-License-Identifier: BSL-1.0
/// @file `shoal survive` for fault trees: read from a file, written to one, taken apart into cut sets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "shoal/json/write_swarm.hpp"
#include "shoal/survive/cut_sets.hpp"
#include "shoal/survive/fault_tree.hpp"

namespace shoal::tools {

/// What is asked of a fault tree.
struct tree_question {
  std::vector<std::string> files{};  ///< Open-PSA documents that make up one model
  std::string top{};                 ///< the gate that is asked for; empty: the only top one
  double mission_time_h = 8760;
  std::optional<std::size_t> cut_sets{};  ///< most that are listed
  std::optional<std::size_t> order{};     ///< most events in a cut set
  std::size_t cells = std::size_t{1} << 23U;
};

/// The tree in the files of a question.
/// @throws refusal, bad_input  naming file and line.
survive::fault_tree read_tree(const tree_question& q);

/// The minimal cut sets that a question asks for.
survive::cut_set_report cut_sets_of(const survive::fault_tree& t, const tree_question& q);

/// Cut sets for people, and as a document.
std::string cut_sets_in_words(const survive::fault_tree& t, const survive::cut_set_report& found);
json::ordered cut_sets_as_json(const survive::fault_tree& t, const survive::cut_set_report& found);

/// Answers a question about the tree in its files: what is printed.
std::string answer_tree(const tree_question& q, bool as_json, const std::string& export_to);

}  // namespace shoal::tools
