// SPDX-License-Identifier: BSL-1.0
/// @file Bucket elimination: the least sum of costs of single choices and of pairs of them, or a bound on it.
///
/// Each variable takes one of its labels. Variables are eliminated one after the other; what is left of a
/// variable is a table over those that it met, its message: the least that it and all before it can cost. On
/// chains and trees every message is of one variable, and the sum of the last ones is the least cost. Where a
/// table would be too large, its bucket is split: each part minimises for itself, and the sum of the minima
/// is a lower bound; costs of the variable's labels are moved between the parts first, so that none of them is
/// tempted by a label that the others would pay for.
/// @source Dechter 1999, "Bucket elimination", Artificial Intelligence 113; Dechter & Rish 2003,
///     "Mini-buckets", JACM 50; moving costs: Ihler, Flerova, Dechter & Otten 2012, "Join-graph based
///     cost-shifting schemes", UAI; the search that follows the messages back: Kask & Dechter 2001, "A general
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
/// @tparam Costs  of pairs, as said; its `indices` and `numbers` are vectors of std::size_t and double.
template <class Costs>
class bucket_elimination {
 public:
  using indices = typename Costs::indices;
  using numbers = typename Costs::numbers;
  struct edge {
    std::size_t ends[2];
  };
  /// @param labels   of each variable, how many, >= 1.
  /// @param edges    pairs of variables; several of the same pair add up.
  /// @param entries  most entries of a table, >= the largest number of labels.
  bucket_elimination(indices labels, std::vector<edge> edges, std::size_t entries)
      : labels_(std::move(labels)), edges_(std::move(edges)), entries_(entries) {
    order();
    divide();
  }

  /// Variables in the order of their elimination; a search goes the other way.
  const indices& order_of_elimination() const { return order_; }
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
  double bound(const std::vector<numbers>& single, const Costs& costs) {
    double out = 0;
    for (const std::size_t v : order_) {
      auto& parts = buckets_[v];
      if (parts.size() > 1) level(v, single[v], costs);
      for (part& b : parts) {
        each_entry(v, b, single[v], costs, [&](double& entry) {
          entry = *std::min_element(sums_.begin(), sums_.end());
        });
        if (b.out.scope.empty()) out += b.out.table[0];
      }
    }
    return out;
  }

  /// What each label of `v` adds to the bound, those after it in the order being settled.
  /// @param at  labels; looked at for variables that are eliminated after `v`.
  /// @pre `bound` was called with these costs.
  void extend(std::size_t v, const indices& at, const numbers& single,
              const Costs& costs, numbers& out) const {
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
    indices scope{};   // variables
    indices stride{};  // of each
    numbers table{};
  };
  // An edge and the end that the variable is, or a variable and the part of its bucket that sent a message.
  struct source {
    std::size_t from = 0;
    std::size_t which = 0;
  };
  // A bucket, or a part of it, and its message.
  struct part {
    bool with_single = false;
    std::vector<source> edges{};
    std::vector<source> messages{};
    numbers moved{};  // to each label of the variable from the other parts; empty: nothing
    message out{};
  };

  static std::size_t place(const message& m, const indices& at) {
    std::size_t out = 0;
    for (std::size_t s = 0; s < m.scope.size(); ++s) out += m.stride[s] * at[m.scope[s]];
    return out;
  }

  // The variable that meets the fewest others goes next; they meet each other from then on.
  void order() {
    const std::size_t n = labels_.size();
    std::vector<indices> near(n);
    for (const edge& e : edges_) {
      near[e.ends[0]].push_back(e.ends[1]);
      near[e.ends[1]].push_back(e.ends[0]);
    }
    const auto tidy = [](indices& some) {
      std::sort(some.begin(), some.end());
      some.erase(std::unique(some.begin(), some.end()), some.end());
    };
    // Variables by how many they meet; entries that are out of date are passed over.
    std::vector<indices> waiting(1);
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
      indices scope;  // without the bucket's variable, by position
      bool is_edge;
      source by;
    };
    std::vector<std::vector<item>> items(labels_.size());
    for (std::size_t e = 0; e < edges_.size(); ++e) {
      const std::size_t a = edges_[e].ends[0];
      const std::size_t b = edges_[e].ends[1];
      const bool first = position_[a] < position_[b];
      items[first ? a : b].push_back({{first ? b : a}, true, {e, first ? 0U : 1U}});
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
        indices scope;
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
        (i.is_edge ? into->edges : into->messages).push_back(i.by);
      }
      exact_ = exact_ && parts.size() == 1;
      for (std::size_t b = 0; b < parts.size(); ++b) {
        message& m = parts[b].out;
        m.stride.assign(m.scope.size(), 1);
        for (std::size_t s = m.scope.size(); s-- > 1;) m.stride[s - 1] = m.stride[s] * labels_[m.scope[s]];
        m.table.resize(size_of(m.scope));
        if (m.scope.empty()) continue;
        const std::size_t next = m.scope.front();
        items[next].push_back({{m.scope.begin() + 1, m.scope.end()}, false, {v, b}});
      }
    }
  }

  std::size_t size_of(const indices& scope) const {
    std::size_t out = 1;
    for (const std::size_t v : scope) {
      if (out > entries_ / labels_[v]) return std::numeric_limits<std::size_t>::max();
      out *= labels_[v];
    }
    return out;
  }

  // Edges and messages of a part, for each label of its variable.
  void add(std::size_t v, const part& b, const indices& at, const Costs& costs,
           numbers& into) const {
    for (const source& e : b.edges) costs.add(e.from, e.which, at[edges_[e.from].ends[1 - e.which]], into.data());
    for (const source& sent : b.messages) {
      const message& m = buckets_[sent.from][sent.which].out;
      // The variable is the first of the message's scope.
      std::size_t rest = 0;
      for (std::size_t s = 1; s < m.scope.size(); ++s) rest += m.stride[s] * at[m.scope[s]];
      const double* const row = m.table.data() + rest;
      const std::size_t step = m.stride[0];
      for (std::size_t l = 0; l < labels_[v]; ++l) into[l] += row[l * step];
    }
  }

  // Calls `see(entry)` for each entry of a part's message, the costs of the variable's labels in `sums_`.
  template <class See>
  void each_entry(std::size_t v, part& b, const numbers& single, const Costs& costs, See see) {
    message& m = b.out;
    at_.resize(labels_.size());
    for (const std::size_t u : m.scope) at_[u] = 0;
    for (double& entry : m.table) {
      if (b.with_single) {
        sums_ = single;
      } else {
        sums_.assign(labels_[v], 0);
      }
      for (std::size_t l = 0; l < b.moved.size(); ++l) sums_[l] += b.moved[l];
      add(v, b, at_, costs, sums_);
      see(entry);
      for (std::size_t s = m.scope.size(); s-- > 0;) {
        if (++at_[m.scope[s]] < labels_[m.scope[s]]) break;
        at_[m.scope[s]] = 0;
      }
    }
  }

  // Each label costs every part of a split bucket the same at the least; what is moved adds up to nothing.
  void level(std::size_t v, const numbers& single, const Costs& costs) {
    auto& parts = buckets_[v];
    numbers mean(labels_[v], 0);
    std::vector<numbers> least;
    for (part& b : parts) {
      b.moved.clear();
      auto& own = least.emplace_back(labels_[v], std::numeric_limits<double>::infinity());
      each_entry(v, b, single, costs, [&](double&) {
        for (std::size_t l = 0; l < own.size(); ++l) own[l] = std::min(own[l], sums_[l]);
      });
      for (std::size_t l = 0; l < own.size(); ++l) mean[l] += own[l] / static_cast<double>(parts.size());
    }
    for (std::size_t b = 0; b < parts.size(); ++b) {
      parts[b].moved = mean;
      for (std::size_t l = 0; l < mean.size(); ++l) parts[b].moved[l] -= least[b][l];
    }
  }

  indices labels_;
  std::vector<edge> edges_;
  std::size_t entries_;
  indices order_{};
  indices position_{};  // of each variable in the order
  std::vector<std::vector<part>> buckets_{};
  bool exact_ = true;
  indices at_{};  // scratch
  numbers sums_{};
};

}  // namespace shoal::assign
