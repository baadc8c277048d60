// SPDX-License-Identifier: BSL-1.0
/// @file Fault trees as Open-PSA model exchange format, which fault-tree programs read.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/core/xml.hpp"
#include "shoal/survive/fault_tree.hpp"
#include "shoal/survive/formula.hpp"

namespace shoal::survive {

/// The tree as an Open-PSA document of one fault tree with its basic events. Gates are written simplified, as
/// the exact method sees them: the same function, with constants and repeated inputs folded away, named g0,
/// g1, ...; the top gate is "top". A basic event keeps its name where that is a plain identifier and no other
/// bears it, and is e<place> otherwise, its name beside it as a label.
/// @param name  of the fault tree; made an identifier.
/// @throws invalid_argument  as `validate(fault_tree)` does.
/// @complexity O(inputs of all gates + n log n events).
/// @source Open-PSA Model Exchange Format, version 2.0d.
template <class = when_used>
std::string write_open_psa(const fault_tree& t, std::string_view name = "plan");

namespace detail {

template <class Index>
class open_psa_writer {
 public:
  open_psa_writer(const fault_tree& t, std::string_view name)
      : tree_(t), formula_(simplifier<Index>(t).result()) {
    name_events();
    out_ = message("<?xml version=\"1.0\"?>\n<opsa-mef>\n  <define-fault-tree name=\"",
                   plain(name) ? std::string(name) : std::string("plan"), "\">\n");
    out_ += "    <define-gate name=\"top\">\n";
    if (formula_.top >= formula<Index>::certain) {
      out_ += message("      <constant value=\"", formula_.top == formula<Index>::certain ? "true" : "false",
                      "\"/>\n");
    } else {
      literal(formula_.top, "      ");
    }
    out_ += "    </define-gate>\n";
    for (std::size_t g = formula_.gates.size(); g-- > 0;) gate(g);
    out_ += "  </define-fault-tree>\n  <model-data>\n";
    for (std::size_t e = 0; e < t.events.size(); ++e) {
      out_ += message("    <define-basic-event name=\"", names_[e], "\">\n");
      if (names_[e] != t.events[e].name && !t.events[e].name.empty())
        out_ += message("      <label>", xml_escaped(t.events[e].name), "</label>\n");
      out_ += message("      <float value=\"", t.events[e].probability, "\"/>\n    </define-basic-event>\n");
    }
    out_ += "  </model-data>\n</opsa-mef>\n";
  }

  std::string result() && { return std::move(out_); }

 private:
  // What every reader of the format takes for a name; g0 and top are gates, e0 an event without one.
  static bool plain(std::string_view name) {
    if (name.empty() || name == "top") return false;
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!letter(name.front())) return false;
    if ((name.front() == 'g' || name.front() == 'e') && std::all_of(name.begin() + 1, name.end(), digit))
      return false;
    return std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || digit(c); });
  }

  void name_events() {
    std::vector<std::string_view> sorted;
    for (const basic_event& e : tree_.events) sorted.push_back(e.name);
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t e = 0; e < tree_.events.size(); ++e) {
      const std::string& name = tree_.events[e].name;
      const auto same = std::equal_range(sorted.begin(), sorted.end(), std::string_view(name));
      names_.push_back(plain(name) && same.second - same.first == 1 ? name : message("e", e));
    }
  }

  void literal(Index reference, std::string_view indent) {
    const bool complement = (reference & 1U) != 0;
    const std::size_t index = reference >> 1U;
    out_ += message(indent, complement ? "<not>" : "");
    out_ += index < formula_.events ? message("<basic-event name=\"", names_[index], "\"/>")
                                    : message("<gate name=\"g", index - formula_.events, "\"/>");
    out_ += complement ? "</not>\n" : "\n";
  }

  void gate(std::size_t g) {
    const auto& at = formula_.gates[g];
    const std::string_view word = at.kind == connective::all   ? "and"
                                  : at.kind == connective::any ? "or"
                                                               : "atleast";
    out_ += message("    <define-gate name=\"g", g, "\">\n      <", word);
    if (at.kind == connective::at_least) out_ += message(" min=\"", at.needed, "\"");
    out_ += ">\n";
    // An input that counts twice stands in a gate of its own the second time.
    std::string again;
    std::vector<Index> sorted = at.inputs;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 0; i < at.inputs.size(); ++i) {
      const Index reference = at.inputs[i];
      const auto same = std::equal_range(sorted.begin(), sorted.end(), reference);
      const bool repeated = same.second - same.first > 1;
      if (!repeated) {
        literal(reference, "        ");
        continue;
      }
      out_ += message("        <gate name=\"g", g, "_", i, "\"/>\n");
      std::string before = std::move(out_);
      out_ = message("    <define-gate name=\"g", g, "_", i, "\">\n");
      literal(reference, "      ");
      out_ += "    </define-gate>\n";
      again += out_;
      out_ = std::move(before);
    }
    out_ += message("      </", word, ">\n    </define-gate>\n", again);
  }

  const fault_tree& tree_;
  formula<Index> formula_;
  std::vector<std::string> names_;
  std::string out_;
};

}  // namespace detail

template <class>
std::string write_open_psa(const fault_tree& t, std::string_view name) {
  validate(t);
  return detail::open_psa_writer<std::uint32_t>(t, name).result();
}

}  // namespace shoal::survive
