// SPDX-License-Identifier: BSL-1.0
/// @file Orders of the events of a fault tree: what decides how large its decision diagram gets.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "shoal/survive/formula.hpp"

namespace shoal::survive::detail {

// What lies in one module: its gates, inputs first, and its leaves (events and inner modules), which are the
// variables of its diagram.
template <class Index>
struct module_scope {
  std::vector<Index> gates{};   // indices; the module's own is the last
  std::vector<Index> leaves{};  // indices, as first met
};

template <class Index>
bool is_leaf(const formula<Index>& f, Index index, Index root) {
  return index < f.events || (index != root && f.gates[index - f.events].module);
}

// Depth first from `root`; `before(a, b)` says which input is entered first, ties as written.
template <class Index, class Before>
module_scope<Index> walk(const formula<Index>& f, Index root, const Before& before) {
  module_scope<Index> scope;
  std::vector<bool> seen(f.events + f.gates.size(), false);
  std::vector<Index> stack{root};
  std::vector<Index> inputs;
  while (!stack.empty()) {
    const Index at = stack.back();
    stack.pop_back();
    if (seen[at]) continue;
    seen[at] = true;
    if (is_leaf(f, at, root)) {
      scope.leaves.push_back(at);
      continue;
    }
    scope.gates.push_back(at);
    inputs.clear();
    for (const Index i : f.gates[at - f.events].inputs) inputs.push_back(i >> 1U);
    std::stable_sort(inputs.begin(), inputs.end(), before);
    for (std::size_t i = inputs.size(); i-- > 0;) {
      if (!seen[inputs[i]]) stack.push_back(inputs[i]);
    }
  }
  std::sort(scope.gates.begin(), scope.gates.end());
  return scope;
}

// Leaves below each gate, counted with repetition (which may overflow to infinity): how heavy an input is.
template <class Index>
std::vector<double> weights_of(const formula<Index>& f) {
  std::vector<double> weight(f.events + f.gates.size(), 1.0);
  for (std::size_t g = 0; g < f.gates.size(); ++g) {
    double sum = 0;
    for (const Index i : f.gates[g].inputs) sum += weight[i >> 1U];
    weight[f.events + g] = sum;
  }
  return weight;
}

// Moves gates and leaves to the middle of what they are tied to, again and again, and keeps the order of the
// leaves in which the ties are shortest.
// Source: Aloul, Markov & Sakallah 2003, "FORCE: a fast and easy-to-implement variable-ordering heuristic".
template <class Index>
std::vector<Index> pulled_together(const formula<Index>& f, const module_scope<Index>& scope,
                                   std::vector<Index> leaves) {
  const std::size_t n = leaves.size();
  std::vector<double> place(f.events + f.gates.size(), 0.0);
  for (std::size_t i = 0; i < n; ++i) place[leaves[i]] = static_cast<double>(i);
  for (const Index g : scope.gates) {  // gates begin in the middle of their inputs
    double sum = 0;
    for (const Index i : f.gates[g - f.events].inputs) sum += place[i >> 1U];
    place[g] = sum / static_cast<double>(f.gates[g - f.events].inputs.size());
  }
  std::vector<double> pull(place.size(), 0.0);
  std::vector<double> ties(place.size(), 0.0);
  std::vector<Index> best = leaves;
  double shortest = -1;
  for (int round = 0; round < 40; ++round) {
    for (const Index v : leaves) pull[v] = ties[v] = 0;
    for (const Index v : scope.gates) pull[v] = ties[v] = 0;
    double length = 0;
    for (const Index g : scope.gates) {
      const auto& inputs = f.gates[g - f.events].inputs;
      double low = place[g];
      double high = place[g];
      double sum = place[g];
      for (const Index i : inputs) {
        const double at = place[i >> 1U];
        low = std::min(low, at);
        high = std::max(high, at);
        sum += at;
      }
      length += high - low;
      const double middle = sum / static_cast<double>(inputs.size() + 1);
      pull[g] += middle;
      ties[g] += 1;
      for (const Index i : inputs) {
        pull[i >> 1U] += middle;
        ties[i >> 1U] += 1;
      }
    }
    if (shortest < 0 || length < shortest) {
      shortest = length;
      best = leaves;
    }
    for (const Index v : leaves) place[v] = pull[v] / std::max(ties[v], 1.0);
    for (const Index v : scope.gates) place[v] = pull[v] / std::max(ties[v], 1.0);
    std::stable_sort(leaves.begin(), leaves.end(), [&](Index a, Index b) { return place[a] < place[b]; });
    // Spread the leaves evenly again, and the gates with them.
    std::vector<std::pair<double, Index>> all;
    for (const Index v : leaves) all.emplace_back(place[v], v);
    for (const Index v : scope.gates) all.emplace_back(place[v], v);
    std::sort(all.begin(), all.end());
    for (std::size_t i = 0; i < all.size(); ++i) place[all[i].second] = static_cast<double>(i);
  }
  return best;
}

inline constexpr int event_orders = 5;

// The leaves of a module in one of several orders, none of which is best for all trees; the ones that do well
// most often come first.
template <class Index>
std::vector<Index> order_of(const formula<Index>& f, Index root, const std::vector<double>& weight,
                            int which) {
  const auto as_written = [](Index, Index) { return false; };
  const auto light_first = [&](Index a, Index b) { return weight[a] < weight[b]; };
  const auto heavy_first = [&](Index a, Index b) { return weight[a] > weight[b]; };
  const auto pulled = [&](const module_scope<Index>& scope) {
    return pulled_together(f, scope, scope.leaves);
  };
  switch (which) {
    case 0:
      return pulled(walk(f, root, light_first));
    case 1:
      return walk(f, root, light_first).leaves;
    case 2:
      return pulled(walk(f, root, as_written));
    case 3:
      return walk(f, root, heavy_first).leaves;
    default:
      return walk(f, root, as_written).leaves;
  }
}

}  // namespace shoal::survive::detail
