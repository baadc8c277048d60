// SPDX-License-Identifier: BSL-1.0
/// @file Bucket elimination: the least sum of costs of single choices and of pairs of them, or a bound on it.
///
/// Each variable takes one of its labels. Variables are eliminated one after the other; what is left of a
/// variable is a table over those that it met, its message: the least that it and all before it can cost. On
/// chains and trees every message is of one variable, and the sum of the last ones is the least cost. Where a
/// table would be too large, its bucket is split: each part minimises for itself, and the sum of the minima
/// is a lower bound.
/// @source Dechter 1999, "Bucket elimination", Artificial Intelligence 113; Dechter & Rish 2003,
///     "Mini-buckets", JACM 50; the search that follows the messages back: Kask & Dechter 2001, "A general
///     scheme for automatic generation of search heuristics", Artificial Intelligence 129.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

namespace shoal::assign {

/// Costs of pairs: `costs.add(edge, end, label of the other end, into)` adds to `into[l]` what the edge costs
/// when its `end` (0 or 1) takes label l, for each label of that end.
///
/// @tparam Costs  of pairs, as said.
template <class Costs>
class bucket_elimination {
 public:
  /// @param labels   of each variable, how many, >= 1.
  /// @param edges    pairs of variables; several of the same pair add up.
  /// @param entries  most entries of a table, >= the largest number of labels.
  bucket_elimination(std::vector<std::size_t> labels, std::vector<std::pair<std::size_t, std::size_t>> edges,
                     std::size_t entries)
      : labels_(std::move(labels)), edges_(std::move(edges)), entries_(entries) {
    order();
    divide();
  }

  /// Variables in the order of their elimination; a search goes the other way.
  const std::vector<std::size_t>& order_of_elimination() const { return order_; }
  /// No bucket was split: `bound` is the least cost itself.
  bool exact() const { return exact_; }
  /// Sums that one call of `bound` makes.
  double work() const {
    double out = 0;
    for (std::size_t v = 0; v < buckets_.size(); ++v) {
      for (const part& b : buckets_[v]) {
        out += static_cast<double>(b.out.table.size() * labels_[v] * (1 + b.edges.size() + b.messages.size()));
      }
    }
    return out;
  }

  /// The least cost, or a lower bound on it.
  /// @param single  of each variable, the cost of each label.
  /// @complexity sum over the buckets of the entries of their tables x labels.
  double bound(const std::vector<std::vector<double>>& single, const Costs& costs) {
    double out = 0;
    for (const std::size_t v : order_) {
      for (part& b : buckets_[v]) {
        fill(v, b, single[v], costs);
        if (b.out.scope.empty()) out += b.out.table[0];
      }
    }
    return out;
  }

  /// What each label of `v` adds to the bound, those after it in the order being settled.
  /// @param at  labels; looked at for variables that are eliminated after `v`.
  /// @pre `bound` was called with these costs.
  void extend(std::size_t v, const std::vector<std::size_t>& at, const std::vector<double>& single,
              const Costs& costs, std::vector<double>& out) const {
    out = single;
    double taken_back = 0;
    for (const part& b : buckets_[v]) {
      taken_back += b.out.table[place(b.out, at)];
      add(v, b, at, costs, out);
    }
    for (double& x : out) x -= taken_back;
  }

 private:
  struct message {
    std::vector<std::size_t> scope{};   // variables
    std::vector<std::size_t> stride{};  // of each
    std::vector<double> table{};
  };
  // A bucket, or a part of it, and its message.
  struct part {
    bool with_single = false;
    std::vector<std::pair<std::size_t, unsigned>> edges{};         // and which end the variable is
    std::vector<std::pair<std::size_t, std::size_t>> messages{};  // variable and part that sent them
    message out{};
  };

  static std::size_t place(const message& m, const std::vector<std::size_t>& at) {
    std::size_t out = 0;
    for (std::size_t s = 0; s < m.scope.size(); ++s) out += m.stride[s] * at[m.scope[s]];
    return out;
  }

  // The variable that meets the fewest others goes next; they meet each other from then on.
  void order() {
    const std::size_t n = labels_.size();
    std::vector<std::vector<std::size_t>> near(n);
    for (const auto& [a, b] : edges_) {
      near[a].push_back(b);
      near[b].push_back(a);
    }
    const auto tidy = [](std::vector<std::size_t>& some) {
      std::sort(some.begin(), some.end());
      some.erase(std::unique(some.begin(), some.end()), some.end());
    };
    // Variables by how many they meet; entries that are out of date are passed over.
    std::vector<std::vector<std::size_t>> waiting(1);
    const auto wait = [&](std::size_t v) {
      if (near[v].size() >= waiting.size()) waiting.resize(near[v].size() + 1);
      waiting[near[v].size()].push_back(v);
    };
    for (std::size_t v = n; v-- > 0;) {
      tidy(near[v]);
      wait(v);
    }
    position_.assign(n, n);
    // Wide buckets are split anyway: where they begin, the order that was given will do.
    constexpr std::size_t widest = 64;
    for (std::size_t least = 0; least < waiting.size() && order_.size() < n;) {
      if (waiting[least].empty()) {
        ++least;
        continue;
      }
      const std::size_t v = waiting[least].back();
      waiting[least].pop_back();
      if (position_[v] < n || near[v].size() != least) continue;
      position_[v] = order_.size();
      order_.push_back(v);
      for (const std::size_t u : near[v]) {
        std::erase(near[u], v);
        if (near[v].size() <= widest) {
          for (const std::size_t w : near[v])
            if (w != u) near[u].push_back(w);
          tidy(near[u]);
        }
        wait(u);
        least = std::min(least, near[u].size());
      }
    }
  }

  // Edges and messages go into the bucket of their first variable, and buckets into parts that fit.
  void divide() {
    struct item {
      std::vector<std::size_t> scope;  // without the bucket's variable, by position
      bool is_edge;
      std::size_t from;  // edge, or variable that sent the message
      std::size_t which;
    };
    std::vector<std::vector<item>> items(labels_.size());
    for (std::size_t e = 0; e < edges_.size(); ++e) {
      const auto [a, b] = edges_[e];
      const bool first = position_[a] < position_[b];
      items[first ? a : b].push_back({{first ? b : a}, true, e, first ? 0U : 1U});
    }
    const auto by_position = [&](std::size_t a, std::size_t b) { return position_[a] < position_[b]; };
    buckets_.resize(labels_.size());
    for (const std::size_t v : order_) {
      std::stable_sort(items[v].begin(), items[v].end(),
                       [](const item& a, const item& b) { return a.scope.size() > b.scope.size(); });
      auto& parts = buckets_[v];
      parts.push_back({.with_single = true});
      for (const item& i : items[v]) {
        part* into = nullptr;
        std::vector<std::size_t> scope;
        for (part& b : parts) {
          scope.clear();
          std::set_union(b.out.scope.begin(), b.out.scope.end(), i.scope.begin(), i.scope.end(),
                         std::back_inserter(scope), by_position);
          if (b.out.scope.empty() || size_of(scope) <= entries_) {
            into = &b;
            break;
          }
        }
        if (into == nullptr) {
          parts.emplace_back();
          into = &parts.back();
          scope = i.scope;
        }
        into->out.scope = scope;
        if (i.is_edge) {
          into->edges.emplace_back(i.from, static_cast<unsigned>(i.which));
        } else {
          into->messages.emplace_back(i.from, i.which);
        }
      }
      exact_ = exact_ && parts.size() == 1;
      for (std::size_t b = 0; b < parts.size(); ++b) {
        message& m = parts[b].out;
        m.stride.assign(m.scope.size(), 1);
        for (std::size_t s = m.scope.size(); s-- > 1;) m.stride[s - 1] = m.stride[s] * labels_[m.scope[s]];
        m.table.resize(size_of(m.scope));
        if (m.scope.empty()) continue;
        const std::size_t next = m.scope.front();
        items[next].push_back({{m.scope.begin() + 1, m.scope.end()}, false, v, b});
      }
    }
  }

  std::size_t size_of(const std::vector<std::size_t>& scope) const {
    std::size_t out = 1;
    for (const std::size_t v : scope) {
      if (out > entries_ / labels_[v]) return std::numeric_limits<std::size_t>::max();
      out *= labels_[v];
    }
    return out;
  }

  // Edges and messages of a part, for each label of its variable.
  void add(std::size_t v, const part& b, const std::vector<std::size_t>& at, const Costs& costs,
           std::vector<double>& into) const {
    for (const auto& [e, end] : b.edges) {
      costs.add(e, end, at[end == 0 ? edges_[e].second : edges_[e].first], into.data());
    }
    for (const auto& [from, which] : b.messages) {
      const message& m = buckets_[from][which].out;
      // The variable is the first of the message's scope.
      std::size_t rest = 0;
      for (std::size_t s = 1; s < m.scope.size(); ++s) rest += m.stride[s] * at[m.scope[s]];
      const double* const row = m.table.data() + rest;
      const std::size_t step = m.stride[0];
      for (std::size_t l = 0; l < labels_[v]; ++l) into[l] += row[l * step];
    }
  }

  void fill(std::size_t v, part& b, const std::vector<double>& single, const Costs& costs) {
    message& m = b.out;
    at_.resize(labels_.size());
    for (const std::size_t u : m.scope) at_[u] = 0;
    for (double& entry : m.table) {
      if (b.with_single) {
        sums_ = single;
      } else {
        sums_.assign(labels_[v], 0);
      }
      add(v, b, at_, costs, sums_);
      entry = *std::min_element(sums_.begin(), sums_.end());
      for (std::size_t s = m.scope.size(); s-- > 0;) {
        if (++at_[m.scope[s]] < labels_[m.scope[s]]) break;
        at_[m.scope[s]] = 0;
      }
    }
  }

  std::vector<std::size_t> labels_;
  std::vector<std::pair<std::size_t, std::size_t>> edges_;
  std::size_t entries_;
  std::vector<std::size_t> order_{};
  std::vector<std::size_t> position_{};  // of each variable in the order
  std::vector<std::vector<part>> buckets_{};
  bool exact_ = true;
  std::vector<std::size_t> at_{};  // scratch
  std::vector<double> sums_{};
};

}  // namespace shoal::assign
