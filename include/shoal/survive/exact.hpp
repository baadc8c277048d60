// SPDX-License-Identifier: BSL-1.0
/// @file Exact survival of a plan: condition on one part at a time, and solve what falls apart separately.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "shoal/core/when_used.hpp"
#include "shoal/survive/chance.hpp"
#include "shoal/survive/conditioning_order.hpp"
#include "shoal/survive/redundancy.hpp"
#include "shoal/survive/residual.hpp"
#include "shoal/survive/swarm.hpp"

namespace shoal::survive::detail {

// Survival of a plan, and the Birnbaum importance of each model and each group; 0 outside of the plan.
struct exact_result {
  chance whole{};
  std::vector<double> models{};
  std::vector<double> groups{};
};

// Conditions on the parts of a component in the order of `rank`, splits what is left into components that
// share nothing, and remembers every component that it has met, so each is solved once. The result is a
// graph whose nodes are choices between two products; its value runs up, its derivatives run down.
template <class Later = when_used>
class factoring {
 public:
  // @param limit  most numbers that the memory of components may hold.
  factoring(std::span<const redundant_subtask> plan, const swarm& s, std::vector<std::size_t> rank,
            std::size_t limit)
      : swarm_(s), left_(plan, s), rank_(std::move(rank)), limit_(limit) {
    std::vector<std::size_t> all(plan.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    root_.lost = left_.any_lost(all);
    if (root_.lost) return;
    for (component& c : left_.components(all)) {
      if (const auto solved = solve(std::move(c))) root_.nodes.push_back(*solved);
    }
  }

  // Empty when the limit was reached.
  std::optional<exact_result> result() const {
    if (exhausted_) return std::nullopt;
    exact_result out;
    out.whole = product(root_);
    std::vector<double> part(left_.parts(), 0.0);
    std::vector<double> weight(nodes_.size(), 0.0);
    spread(root_, 1, weight);
    for (std::size_t n = nodes_.size(); n-- > 0;) {
      const node& at = nodes_[n];
      const chance holds = product(at.holds);
      const chance fails = product(at.fails);
      const bool rare = holds.failure + fails.failure < 1;
      part[at.part] +=
          weight[n] * std::max(0.0, rare ? fails.failure - holds.failure : holds.survival - fails.survival);
      const double q = failure(at.part);
      spread(at.holds, weight[n] * (1 - q), weight);
      spread(at.fails, weight[n] * q, weight);
    }
    const auto models = static_cast<std::ptrdiff_t>(swarm_.models());
    out.models.assign(part.begin(), part.begin() + models);
    out.groups.assign(part.begin() + models, part.end());
    return out;
  }

 private:
  // A product of nodes: all of them must survive. Lost: a subtask cannot be had any more.
  struct branch {
    bool lost = false;
    std::vector<std::size_t> nodes{};
  };
  struct node {
    std::size_t part = 0;
    branch holds{};
    branch fails{};
    chance value{};
  };
  struct hash {
    std::size_t operator()(const std::vector<std::uint32_t>& key) const {
      std::uint64_t h = 0xCBF29CE484222325U;
      for (const std::uint32_t word : key) {
        h = (h ^ word) * 0x9E3779B97F4A7C15U;
        h ^= h >> 29U;
      }
      return static_cast<std::size_t>(h);
    }
  };

  double failure(std::size_t part) const {
    return part < swarm_.models() ? swarm_.failure[part]
                                  : swarm_.groups[part - swarm_.models()].failure_probability;
  }

  chance product(const branch& b) const {
    if (b.lost) return {0, 1};
    double survival = 1;
    double failure = 0;
    for (const std::size_t n : b.nodes) {
      failure += survival * nodes_[n].value.failure;
      survival *= nodes_[n].value.survival;
    }
    return chance::of(survival, failure);
  }

  // Adds to each node of a product what the product's weight is times all other nodes' survival.
  void spread(const branch& b, double weight, std::vector<double>& to) const {
    if (b.lost) return;
    std::vector<double> behind(b.nodes.size() + 1, 1.0);
    for (std::size_t j = b.nodes.size(); j-- > 0;)
      behind[j] = behind[j + 1] * nodes_[b.nodes[j]].value.survival;
    double before = weight;
    for (std::size_t j = 0; j < b.nodes.size(); ++j) {
      to[b.nodes[j]] += before * behind[j + 1];
      before *= nodes_[b.nodes[j]].value.survival;
    }
  }

  static std::vector<std::uint32_t> name(const residual<Later>& left, const component& c) {
    std::vector<std::uint32_t> key;
    key.reserve(1 + 2 * c.subtasks.size() + c.parts.size());
    key.push_back(static_cast<std::uint32_t>(c.subtasks.size()));
    for (const std::size_t k : c.subtasks) {
      key.push_back(static_cast<std::uint32_t>(k));
      key.push_back(static_cast<std::uint32_t>(left.need(k)));
    }
    for (const std::size_t v : c.parts) key.push_back(static_cast<std::uint32_t>(v));
    return key;
  }

  // A component in work: its node, the branch that is open, and what that branch fell apart into.
  struct frame {
    component at{};
    std::vector<std::uint32_t> key{};
    node fresh{};
    bool holds = true;
    std::size_t mark = 0;
    std::vector<component> todo{};
    std::size_t next = 0;

    branch& open() { return holds ? fresh.holds : fresh.fails; }
  };

  // Counts memory in the words of the keys and of the graph; false when there is no more.
  bool remember(std::size_t words) {
    remembered_ += words;
    if (remembered_ > limit_) exhausted_ = true;
    return !exhausted_;
  }

  void open_branch(frame& f, bool holds) {
    f.holds = holds;
    f.next = 0;
    left_.decide(f.fresh.part, holds);
    f.open().lost = left_.any_lost(f.at.subtasks);
    f.todo = f.open().lost ? std::vector<component>{} : left_.components(f.at.subtasks);
  }

  void push(component c, std::vector<std::uint32_t> key) {
    frame& f = stack_.emplace_back();
    f.at = std::move(c);
    f.key = std::move(key);
    f.fresh.part = *std::min_element(f.at.parts.begin(), f.at.parts.end(),
                                     [&](std::size_t a, std::size_t b) { return rank_[a] < rank_[b]; });
    f.mark = left_.mark();
    open_branch(f, true);
  }

  std::size_t finish(frame& f) {
    const double q = failure(f.fresh.part);
    const chance holds = product(f.fresh.holds);
    const chance fails = product(f.fresh.fails);
    f.fresh.value = chance::of((1 - q) * holds.survival + q * fails.survival,
                               (1 - q) * holds.failure + q * fails.failure);
    nodes_.push_back(std::move(f.fresh));
    known_.emplace(std::move(f.key), nodes_.size() - 1);
    return nodes_.size() - 1;
  }

  // Depth first on a stack of its own, since a long chain of subtasks goes as deep as it has parts.
  std::optional<std::size_t> solve(component whole) {
    if (exhausted_) return std::nullopt;
    auto first = name(left_, whole);
    push(std::move(whole), std::move(first));
    for (;;) {
      frame& f = stack_.back();
      if (f.next < f.todo.size()) {
        component& c = f.todo[f.next++];
        auto key = name(left_, c);
        if (const auto known = known_.find(key); known != known_.end()) {
          f.open().nodes.push_back(known->second);
        } else if (remember(key.size() + 16)) {
          push(std::move(c), std::move(key));
        } else {
          return std::nullopt;
        }
        continue;
      }
      left_.take_back(f.mark);
      if (f.holds) {
        open_branch(f, false);
        continue;
      }
      if (!remember(f.fresh.holds.nodes.size() + f.fresh.fails.nodes.size())) return std::nullopt;
      const std::size_t done = finish(f);
      stack_.pop_back();
      if (stack_.empty()) return done;
      stack_.back().open().nodes.push_back(done);
    }
  }

  const swarm& swarm_;
  residual<Later> left_;
  std::vector<std::size_t> rank_;
  std::size_t limit_;
  std::size_t remembered_ = 0;
  bool exhausted_ = false;
  std::vector<node> nodes_;
  std::vector<frame> stack_;
  std::unordered_map<std::vector<std::uint32_t>, std::size_t, hash> known_;
  branch root_{};
};

// Which order is the good one shows only in the doing, so both are tried, first with a small share of the
// limit. Empty when neither gets through.
template <class Later = when_used>
std::optional<exact_result> solve_exactly(std::span<const redundant_subtask> plan, const swarm& s,
                                          std::size_t limit) {
  const residual<Later> whole(plan, s);
  for (const std::size_t share : {limit / 16, limit}) {
    for (const auto& rank : {hubs_first(whole, s), sweep(whole, s)}) {
      if (auto found = factoring<Later>(plan, s, rank, share).result()) return found;
    }
  }
  return std::nullopt;
}

}  // namespace shoal::survive::detail
