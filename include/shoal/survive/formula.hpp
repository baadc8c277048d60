// SPDX-License-Identifier: BSL-1.0
/// @file Simplified fault trees: no constants, no negation gates, no gate within a like gate; and their
/// modules.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "shoal/survive/fault_tree.hpp"

namespace shoal::survive::detail {

// A formula of the same truth as a fault tree. A reference is an index times two, plus one where it stands
// for the complement; indices below `events` are basic events, gate g is index `events + g`. Gates stand in
// an order in which inputs come first. A module is a gate whose events occur nowhere outside of it; it is
// marked only where it has no complement inside, so that its cut sets can be found by themselves.
template <class Index>
struct formula {
  static constexpr Index certain = static_cast<Index>(-2);
  static constexpr Index never = static_cast<Index>(-1);

  struct gate {
    connective kind = connective::all;
    std::size_t needed = 0;  // of `at_least`
    bool coherent = true;    // no complement anywhere below
    bool module = false;
    std::vector<Index> inputs{};
  };

  std::size_t events = 0;
  std::vector<gate> gates{};
  Index top = never;

  bool is_event(Index reference) const { return (reference >> 1U) < events; }
  const gate& gate_of(Index reference) const { return gates[(reference >> 1U) - events]; }
};

template <class Index>
class simplifier {
 public:
  explicit simplifier(const fault_tree& t) : tree_(t) {
    out_.events = t.events.size();
    last_.assign(2 * (t.events.size() + t.vertices.size()), 0);
    mark_used();
    std::vector<Index> meaning(t.vertices.size(), formula<Index>::never);
    for (std::size_t v = 0; v < t.vertices.size(); ++v) {
      if (used_[v] > 0) meaning[v] = translate(v, meaning);
    }
    out_.top = meaning[t.top.index];
    drop_unreachable();
    find_modules();
  }

  formula<Index> result() && { return std::move(out_); }

 private:
  static constexpr Index certain = formula<Index>::certain;
  static constexpr Index never = formula<Index>::never;

  // How often each vertex is an input, counted from the top.
  void mark_used() {
    used_.assign(tree_.vertices.size(), Index{0});
    used_[tree_.top.index] = 1;
    for (std::size_t v = tree_.vertices.size(); v-- > 0;) {
      if (used_[v] == 0) continue;
      for (const node input : tree_.vertices[v].inputs) ++used_[input.index];
    }
  }

  Index translate(std::size_t v, const std::vector<Index>& meaning) {
    const fault_tree::vertex& from = tree_.vertices[v];
    switch (from.kind) {
      case connective::event:
        return static_cast<Index>(from.event << 1U);
      case connective::negation:
        return meaning[from.inputs.front().index] ^ 1U;
      case connective::at_least:
        return count(from, meaning);
      default:
        return join(from.kind == connective::all, gathered(from, from.kind, meaning));
    }
  }

  // The inputs of an AND or OR, with those of like gates that serve it alone in their place.
  std::vector<Index> gathered(const fault_tree::vertex& from, connective kind,
                              const std::vector<Index>& meaning) {
    std::vector<Index> inputs;
    for (const node input : from.inputs) {
      const Index reference = meaning[input.index];
      if (reference < 2 * (out_.events + out_.gates.size()) && !out_.is_event(reference) && alone(input)) {
        const auto& inner = out_.gate_of(reference);
        const Index flip = reference & 1U;
        const bool like =
            flip == 0 ? inner.kind == kind : inner.kind != connective::at_least && inner.kind != kind;
        if (like) {
          for (const Index i : inner.inputs) inputs.push_back(i ^ flip);
          continue;
        }
      }
      inputs.push_back(reference);
    }
    return inputs;
  }

  // Whether a vertex, and what it negates, is an input just once.
  bool alone(node at) const {
    while (tree_.vertices[at.index].kind == connective::negation && used_[at.index] == 1)
      at = tree_.vertices[at.index].inputs.front();
    return used_[at.index] == 1;
  }

  // The AND (conjunction) or OR of references.
  Index join(bool conjunction, const std::vector<Index>& from) {
    const Index neutral = conjunction ? certain : never;
    const Index absorbing = neutral ^ 1U;
    std::vector<Index> kept;
    ++round_;
    for (const Index reference : from) {
      if (reference == absorbing) return absorbing;
      if (reference == neutral || last_[reference] == round_) continue;
      if (last_[reference ^ 1U] == round_) return absorbing;
      last_[reference] = round_;
      kept.push_back(reference);
    }
    if (kept.empty()) return neutral;
    if (kept.size() == 1) return kept.front();
    return append(conjunction ? connective::all : connective::any, 0, std::move(kept));
  }

  Index count(const fault_tree::vertex& from, const std::vector<Index>& meaning) {
    std::size_t needed = from.needed;
    std::vector<Index> kept;
    for (const node input : from.inputs) {
      const Index reference = meaning[input.index];
      if (reference == certain) {
        if (needed > 0) --needed;
      } else if (reference != never) {
        kept.push_back(reference);
      }
    }
    if (needed == 0) return certain;
    if (needed > kept.size()) return never;
    if (needed == 1) return join(false, kept);
    if (needed == kept.size()) return join(true, kept);
    return append(connective::at_least, needed, std::move(kept));
  }

  Index append(connective kind, std::size_t needed, std::vector<Index> inputs) {
    typename formula<Index>::gate g;
    g.kind = kind;
    g.needed = needed;
    for (const Index i : inputs)
      g.coherent = g.coherent && (i & 1U) == 0 && (out_.is_event(i) || out_.gate_of(i).coherent);
    g.inputs = std::move(inputs);
    out_.gates.push_back(std::move(g));
    return static_cast<Index>((out_.events + out_.gates.size() - 1) << 1U);
  }

  // Gates whose inputs went into a like gate are of no use any more.
  void drop_unreachable() {
    if (out_.top >= certain) {
      out_.gates.clear();
      return;
    }
    std::vector<Index> renamed(out_.gates.size(), never);
    const auto mark = [&](Index reference) {
      if (!out_.is_event(reference)) renamed[(reference >> 1U) - out_.events] = 0;
    };
    mark(out_.top);
    for (std::size_t g = out_.gates.size(); g-- > 0;) {
      if (renamed[g] == 0) {
        for (const Index i : out_.gates[g].inputs) mark(i);
      }
    }
    std::vector<typename formula<Index>::gate> kept;
    const auto rename = [&](Index reference) {
      if (out_.is_event(reference)) return reference;
      return static_cast<Index>(2 * (out_.events + renamed[(reference >> 1U) - out_.events]) +
                                (reference & 1U));
    };
    for (std::size_t g = 0; g < out_.gates.size(); ++g) {
      if (renamed[g] != 0) continue;
      for (Index& i : out_.gates[g].inputs) i = rename(i);
      renamed[g] = static_cast<Index>(kept.size());
      kept.push_back(std::move(out_.gates[g]));
    }
    out_.top = rename(out_.top);
    out_.gates = std::move(kept);
  }

  // Walks depth first and dates each visit: a gate is a module when all that lies below it is first and last
  // visited between its own arrival and departure.
  // Source: Dutuit & Rauzy 1996, "A linear-time algorithm to find modules of fault trees", IEEE Trans.
  // Rel. 45.
  void find_modules() {
    if (out_.gates.empty()) return;
    const std::size_t all = out_.events + out_.gates.size();
    std::vector<std::size_t> first(all, 0);
    std::vector<std::size_t> last(all, 0);
    std::vector<std::size_t> left(out_.gates.size(), 0);
    std::size_t now = 0;
    std::vector<std::pair<Index, std::size_t>> path{{out_.top >> 1U, 0}};
    first[out_.top >> 1U] = last[out_.top >> 1U] = ++now;
    while (!path.empty()) {
      auto& [at, next] = path.back();
      const auto& g = out_.gates[at - out_.events];
      if (next == g.inputs.size()) {
        left[at - out_.events] = last[at] = ++now;
        path.pop_back();
        continue;
      }
      const Index below = g.inputs[next++] >> 1U;
      ++now;
      last[below] = now;
      if (first[below] != 0) continue;
      first[below] = now;
      if (below >= out_.events) path.emplace_back(below, 0);
    }
    std::vector<std::size_t> earliest(out_.gates.size());
    std::vector<std::size_t> latest(out_.gates.size());
    for (std::size_t g = 0; g < out_.gates.size(); ++g) {
      std::size_t low = static_cast<std::size_t>(-1);
      std::size_t high = 0;
      for (const Index i : out_.gates[g].inputs) {
        const std::size_t below = i >> 1U;
        low = std::min(low, first[below]);
        high = std::max(high, last[below]);
        if (below >= out_.events) {
          low = std::min(low, earliest[below - out_.events]);
          high = std::max(high, latest[below - out_.events]);
        }
      }
      earliest[g] = low;
      latest[g] = high;
      auto& gate = out_.gates[g];
      gate.module = gate.coherent && low > first[out_.events + g] && high < left[g];
    }
  }

  const fault_tree& tree_;
  formula<Index> out_;
  std::vector<Index> used_;
  std::vector<Index> last_;  // round in which a reference was last seen
  Index round_ = 0;
};

}  // namespace shoal::survive::detail
