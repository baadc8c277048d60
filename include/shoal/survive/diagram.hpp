// SPDX-License-Identifier: BSL-1.0
/// @file The decision diagram of a fault tree: compiled once, evaluated as often as probabilities change.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/survive/chance.hpp"
#include "shoal/survive/decision_diagram.hpp"
#include "shoal/survive/event_order.hpp"
#include "shoal/survive/fault_tree.hpp"
#include "shoal/survive/formula.hpp"
#include "shoal/survive/limit_reached.hpp"

namespace shoal::survive {

/// How large a diagram may get.
struct diagram_limits {
  std::size_t cells = std::size_t{1} << 23U;  ///< at once, >= 2; about 50 bytes each while it is built
};

/// A reduced ordered binary decision diagram with complement edges, in modules: a part of the tree whose
/// events occur nowhere else has a diagram of its own, and is one variable of the diagram around it. An edge
/// is a cell's place times two, plus one where it stands for the complement; cell 0 is the truth.
template <class Index>
struct basic_diagram {
  struct cell {
    Index variable = 0;  ///< an event, or `events` plus a module
    Index high = 0;      ///< edge where the variable occurs
    Index low = 0;       ///< edge where it does not
  };

  std::size_t events = 0;
  std::vector<cell> cells{cell{}};  ///< inputs first
  std::vector<Index> roots{};       ///< edge of each module, inner ones first; the last is the whole
  std::vector<Index> level{};       ///< of each variable: its rank in the diagram that it stands in
};

/// The diagram of `compile`.
using diagram = basic_diagram<std::uint32_t>;

/// Compiles a fault tree. Modules are found first and compiled one by one; for each of them several orders of
/// its events are tried, with a bound that grows, and the first that gets through is kept.
/// @throws invalid_argument  as `validate(fault_tree)` does, and for more than 20,000 events in one module.
/// @throws limit_reached     when a module needs more than `limits.cells` in every order.
/// @complexity exponential at worst, bounded by `limits`.
/// @source Rauzy 1993, "New algorithms for fault trees analysis", Reliab. Eng. Syst. Saf. 40.
template <class = when_used>
diagram compile(const fault_tree& t, const diagram_limits& limits = {});

namespace detail {

template <class Index>
class compiler {
 public:
  using engine = decision_diagram<Index>;
  using edge = typename engine::edge;

  compiler(const formula<Index>& f, std::size_t limit)
      : f_(f), limit_(limit), engine_(limit), weight_(weights_of(f)) {
    out_.events = f.events;
    module_.assign(f.gates.size(), 0);
    for (std::size_t g = 0; g < f.gates.size(); ++g) {
      const bool whole = !f.is_event(f.top) && (f.top >> 1U) == f.events + g;
      if (!f.gates[g].module && !whole) continue;
      const edge root = solve(static_cast<Index>(f.events + g));
      module_[g] = static_cast<Index>(out_.roots.size());
      out_.roots.push_back(whole ? root ^ (f.top & 1U) : root);
    }
    if (f.top >= formula<Index>::certain) {
      out_.roots.push_back(f.top == formula<Index>::certain ? engine::certain : engine::never);
    } else if (f.is_event(f.top)) {
      out_.cells.push_back({f.top >> 1U, engine::certain, engine::never});
      out_.roots.push_back(static_cast<Index>(2 | (f.top & 1U)));
    }
    out_.level.resize(out_.events + out_.roots.size(), 0);
  }

  basic_diagram<Index> result() && { return std::move(out_); }

 private:
  edge solve(Index root) {
    std::size_t budget = std::min(limit_, std::size_t{1} << 13U);
    for (;;) {
      for (int which = 0; which < event_orders; ++which) {
        const std::vector<Index> leaves = order_of(f_, root, weight_, which);
        if (leaves.size() > deepest) {
          throw invalid_argument(message("fault tree: a module with ", leaves.size(), " events; more than ",
                                         deepest, " would need too deep a recursion"));
        }
        const edge found = build(root, leaves, budget);
        if (!engine_.exhausted()) return keep(found, leaves);
      }
      if (budget == limit_) break;
      budget = std::min(limit_, budget * 16);
    }
    throw limit_reached(message("decision diagram of a fault tree with ", f_.events, " events and ",
                                f_.gates.size(), " gates: more than ", limit_,
                                " cells; raise diagram_limits.cells, or simulate"));
  }

  edge build(Index root, const std::vector<Index>& leaves, std::size_t budget) {
    engine_.clear(budget);
    level_.resize(f_.events + f_.gates.size());
    value_.resize(level_.size());
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      level_[leaves[i]] = static_cast<Index>(i);
      value_[leaves[i]] = engine_.make(static_cast<Index>(i), engine::certain, engine::never);
    }
    const module_scope<Index> scope = walk(f_, root, [](Index, Index) { return false; });
    for (const Index g : scope.gates) {
      value_[g] = gate(f_.gates[g - f_.events]);
      if (engine_.exhausted()) return engine::certain;
    }
    return value_[root];
  }

  edge gate(const typename formula<Index>::gate& g) {
    std::vector<edge> inputs;
    for (const Index i : g.inputs) inputs.push_back(value_[i >> 1U] ^ (i & 1U));
    // From the last level up, so that most of what is joined stays as it is.
    std::stable_sort(inputs.begin(), inputs.end(),
                     [&](edge a, edge b) { return engine_.level(a) > engine_.level(b); });
    if (g.kind == connective::at_least) return count(inputs, g.needed);
    edge out = g.kind == connective::all ? engine::certain : engine::never;
    for (const edge i : inputs) {
      out = g.kind == connective::all ? engine_.both(out, i) : engine_.either(out, i);
      if (engine_.exhausted()) break;
    }
    return out;
  }

  // row[k]: at least k of the inputs so far.
  edge count(const std::vector<edge>& inputs, std::size_t needed) {
    std::vector<edge> row(needed + 1, edge{engine::never});
    row[0] = engine::certain;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::size_t still = inputs.size() - i - 1;  // lower counts cannot matter any more
      for (std::size_t k = std::min(needed, i + 1); k > 0 && k + still >= needed; --k) {
        row[k] = engine_.choose(inputs[i], row[k - 1], row[k]);
        if (engine_.exhausted()) return engine::certain;
      }
    }
    return row[needed];
  }

  // Copies what is reached from the root; the engine makes inputs first, too.
  edge keep(edge root, const std::vector<Index>& leaves) {
    const std::size_t n = (root >> 1U) + std::size_t{1};
    std::vector<Index> moved(n, 0);
    std::vector<char> wanted(n, 0);
    wanted[root >> 1U] = 1;
    for (std::size_t i = n; i-- > 1;) {
      if (wanted[i] == 0) continue;
      const auto& c = engine_.at(static_cast<edge>(i << 1U));
      wanted[c.high >> 1U] = wanted[c.low >> 1U] = 1;
    }
    for (std::size_t i = 1; i < n; ++i) {
      if (wanted[i] == 0) continue;
      const auto& c = engine_.at(static_cast<edge>(i << 1U));
      const Index leaf = leaves[c.label];
      const Index variable =
          leaf < f_.events ? leaf : static_cast<Index>(f_.events + module_[leaf - f_.events]);
      if (variable >= out_.level.size()) out_.level.resize(variable + std::size_t{1}, 0);
      out_.level[variable] = c.label;
      moved[i] = static_cast<Index>(out_.cells.size());
      out_.cells.push_back({variable, static_cast<Index>(moved[c.high >> 1U] << 1U | (c.high & 1U)),
                            static_cast<Index>(moved[c.low >> 1U] << 1U | (c.low & 1U))});
    }
    return static_cast<edge>(moved[root >> 1U] << 1U | (root & 1U));
  }

  // A recursion of one small frame for each level; threads have stacks of some megabytes.
  static constexpr std::size_t deepest = 20'000;

  const formula<Index>& f_;
  std::size_t limit_;
  engine engine_;
  std::vector<double> weight_;
  std::vector<Index> module_;  // of each gate that is one
  std::vector<Index> level_;
  std::vector<edge> value_;
  basic_diagram<Index> out_;
};

}  // namespace detail

template <class>
diagram compile(const fault_tree& t, const diagram_limits& limits) {
  validate(t);
  if (limits.cells < 2)
    throw invalid_argument(message("diagram_limits.cells ", limits.cells, " is not >= 2"));
  const auto f = detail::simplifier<std::uint32_t>(t).result();
  return detail::compiler<std::uint32_t>(f, limits.cells).result();
}

}  // namespace shoal::survive
