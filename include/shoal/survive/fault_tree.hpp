// SPDX-License-Identifier: BSL-1.0
/// @file Fault trees: how failures of parts combine into the failure of the whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::survive {

/// Something that can go wrong by itself, independently of all other basic events.
struct basic_event {
  std::string name{};
  double probability = 0;  ///< [0, 1]
};

/// How a vertex of a fault tree follows from its inputs.
enum class connective {
  event,     ///< a basic event; no inputs
  all,       ///< every input occurs (AND); without inputs it always does
  any,       ///< some input occurs (OR); without inputs it never does
  at_least,  ///< so many of the inputs occur; an input that is given twice counts twice
  negation,  ///< the only input does not occur
};

/// A vertex of a fault tree, as the tree hands it out.
struct node {
  std::uint32_t index = 0;
  friend bool operator==(const node&, const node&) = default;
};

/// A structure function: a directed graph of gates over basic events, built from the leaves up, so that it
/// has no cycle. Gates and events may be inputs of any number of gates.
///
///     fault_tree t;
///     const node region = t.event("region", 0.01);
///     t.top = t.all({t.any({region, t.event("a", 0.05)}), t.any({region, t.event("b", 0.05)})});
struct fault_tree {
  /// What a vertex is; `node::index` is its place in `vertices`.
  struct vertex {
    connective kind = connective::event;
    std::size_t event = 0;   ///< of an event: its place in `events`
    std::size_t needed = 0;  ///< of `at_least`
    std::vector<node> inputs{};
  };

  std::vector<basic_event> events{};
  std::vector<vertex> vertices{};
  node top{};  ///< what is asked for; the tree needs at least one vertex before it is

  /// A new basic event.
  /// @throws invalid_argument  `basic event "pump": probability 1.5 is not in [0, 1]`.
  template <class = when_used>
  node event(std::string name, double probability) {
    if (!(probability >= 0 && probability <= 1)) {
      throw invalid_argument(
          message("basic event ", quoted(name), ": probability ", probability, " is not in [0, 1]"));
    }
    events.push_back({std::move(name), probability});
    return add({connective::event, events.size() - 1, 0, {}});
  }

  /// Every input occurs; of none, always.
  /// @throws invalid_argument  when an input is not a vertex of this tree; likewise below.
  template <class = when_used>
  node all(std::vector<node> inputs) {
    return add({connective::all, 0, 0, std::move(inputs)});
  }

  /// Some input occurs; of none, never.
  template <class = when_used>
  node any(std::vector<node> inputs) {
    return add({connective::any, 0, 0, std::move(inputs)});
  }

  /// At least `needed` of the inputs occur; 0 always, more than there are never.
  template <class = when_used>
  node at_least(std::size_t needed, std::vector<node> inputs) {
    return add({connective::at_least, 0, needed, std::move(inputs)});
  }

  /// The input does not occur.
  template <class = when_used>
  node negation(node input) {
    return add({connective::negation, 0, 0, {input}});
  }

  /// Appends a vertex whose inputs are there already.
  template <class = when_used>
  node add(vertex v) {
    for (const node input : v.inputs) {
      if (input.index >= vertices.size())
        throw invalid_argument(
            message("fault tree: there is no vertex ", input.index, " among ", vertices.size()));
    }
    vertices.push_back(std::move(v));
    return node{static_cast<std::uint32_t>(vertices.size() - 1)};
  }
};

/// Refuses a tree without a top, with a vertex whose inputs do not precede it, or with a probability outside
/// [0, 1]; trees built by their members alone are always fine once they have a vertex.
/// @throws invalid_argument
template <class = when_used>
void validate(const fault_tree& t) {
  if (t.top.index >= t.vertices.size())
    throw invalid_argument(
        message("fault tree: there is no vertex ", t.top.index, " among ", t.vertices.size()));
  for (std::size_t v = 0; v < t.vertices.size(); ++v) {
    const auto& at = t.vertices[v];
    for (const node input : at.inputs) {
      if (input.index >= v)
        throw invalid_argument(message("fault tree: vertex ", v, " has vertex ", input.index,
                                       " for an input, which does not precede it"));
    }
    if (at.kind == connective::event && at.event >= t.events.size())
      throw invalid_argument(message("fault tree: vertex ", v, ": there is no event ", at.event));
    if (at.kind == connective::negation && at.inputs.size() != 1)
      throw invalid_argument(message("fault tree: negation ", v, " has ", at.inputs.size(), " inputs"));
  }
  for (const basic_event& e : t.events) {
    if (!(e.probability >= 0 && e.probability <= 1))
      throw invalid_argument(
          message("basic event ", quoted(e.name), ": probability ", e.probability, " is not in [0, 1]"));
  }
}

}  // namespace shoal::survive
