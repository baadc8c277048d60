// SPDX-License-Identifier: BSL-1.0
/// @file Exact search over a program: bound by relaxation, drop pairs by price, sweep what is left, else
/// branch.
///
/// A node is the program with some pairs closed and some forced. Its bound comes from the relaxation; the gap
/// to the best plan so far then leaves each subtask a short list of sets, and pairs on no list are closed. If
/// a sweep over the lists ends within its budget the node is done; else a pair that the relaxation is in two
/// minds about is forced in one child and closed in the other, depth first. Every plan is therefore swept,
/// or cut off by a bound, or proven not to exist.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "shoal/assign/budget.hpp"
#include "shoal/assign/local_search.hpp"
#include "shoal/assign/program.hpp"
#include "shoal/assign/relaxation.hpp"
#include "shoal/assign/sweep.hpp"

namespace shoal::assign {

/// What a search over a program found.
struct search_result {
  std::optional<plan> chosen{};
  double value = 0;                                         ///< of the plan
  double bound = -std::numeric_limits<double>::infinity();  ///< no plan has a value below it
  bool proven = false;                ///< the plan is the best up to the gap, or there is none
  bool ties_broken = false;           ///< and of those as good the best by a second criterion
  std::vector<double> multipliers{};  ///< of the root's bound
};

/// How a search divides its time; the answer does not depend on it.
struct effort {
  std::size_t first_ascent = 400;      ///< subgradient steps at the root
  std::size_t ascent = 15;             ///< subgradient steps at other nodes
  std::size_t sweep = 50'000;          ///< steps of a sweep, at first
  std::size_t least_sweep = 500;       ///< that many when sweeps do not end
  std::size_t most_sweep = 1'000'000;  ///< that many when they do
};

/// Depth-first branch and bound; see the head of this file. Ties go to the plan that is found first, and the
/// order of the search is fixed: by price, then by the lowest index.
template <class Program = program>
class branch_and_bound {
 public:
  using numbers = typename Program::numbers;
  using indices = typename Program::indices;

  /// Values that differ by less than this share of the plan's cost are not told apart.
  static constexpr double resolution = 1e-10;

  /// @param admits  the last word on a plan that keeps the program's rows.
  /// @param left    nodes of the tree and sets tried in sweeps count as nodes.
  branch_and_bound(const Program& p, budget& left, std::function<bool(const plan&)> admits, effort e = {})
      : p_(p),
        left_(left),
        admits_(std::move(admits)),
        relaxed_(p),
        sweep_(p),
        effort_(e),
        whole_(whole_values(p)) {}

  /// @param start  a plan to begin with; it is checked like any other.
  /// @param hints  points of the dual's range that may bound well.
  search_result run(const std::optional<plan>& start = std::nullopt, std::vector<numbers> hints = {});

 private:
  struct branch {
    std::size_t pair = 0;
    std::size_t trail = 0;  // its length before the pair was forced
    double bound = 0;       // of the node, hence of the child to come
    numbers multipliers{};
  };
  enum class fate { closed, split, stopped };

  fate explore(double& bound, numbers& multipliers);
  bool drop_peaks();
  bool narrow();
  void offer(const plan& chosen);
  void force(std::size_t pair);
  void set(std::size_t pair, pair_state to);
  void undo_to(std::size_t length);
  std::optional<std::size_t> contested_pair() const;
  std::vector<numbers> around(const numbers& multipliers) const;
  static bool whole_values(const Program& p);

  const Program& p_;
  budget& left_;
  std::function<bool(const plan&)> admits_;
  relaxation<Program> relaxed_;
  sweep<Program> sweep_;
  std::vector<pair_state> states_{};
  std::vector<std::pair<std::size_t, pair_state>> trail_{};  // pairs and what they were before
  std::optional<std::size_t> contested_{};                   // where the last node is to be split
  std::vector<numbers> hints_{};
  search_result best_{};
  effort effort_;
  std::size_t explored_ = 0;  // nodes of the tree
  bool whole_ = false;        // values are whole numbers, so a better plan is better by one
  double cutoff_ = 0;         // plans of this value or more are of no interest
  double least_cost_ = 0;     // no plan costs less, its peak aside
};

template <class Program>
search_result branch_and_bound<Program>::run(const std::optional<plan>& start, std::vector<numbers> hints) {
  best_ = {};
  hints_ = std::move(hints);
  cutoff_ = p_.ceiling();
  states_ = open_states(p_);
  trail_.clear();
  least_cost_ = relaxed_.evaluate(numbers(p_.rows(), 0));
  // A plan, however poor, tells the ascent how far to reach.
  if (start) {
    offer(*start);
  } else if (const auto by_hand = greedy_plan(p_, p_.cost, left_)) {
    offer(*by_hand);
  }

  std::vector<branch> stack;
  double bound = -std::numeric_limits<double>::infinity();
  numbers multipliers = relaxed_.first_multipliers();
  double root_bound = bound;
  for (;;) {
    const fate f = explore(bound, multipliers);
    if (explored_ <= 1) {
      root_bound = bound;
      left_.bounded(bound);
      best_.multipliers = multipliers;
    }
    if (f == fate::stopped) break;
    if (f == fate::split) {
      stack.push_back({*contested_, trail_.size(), bound, multipliers});
      force(*contested_);
      continue;
    }
    if (stack.empty()) {
      best_.proven = true;
      break;
    }
    branch b = std::move(stack.back());
    stack.pop_back();
    undo_to(b.trail);
    set(b.pair, pair_state::closed);
    bound = b.bound;
    multipliers = std::move(b.multipliers);
  }
  // Every plan is either in an open node or was given up at a cutoff no lower than the last one.
  double least = best_.proven ? std::numeric_limits<double>::infinity() : bound;
  for (const branch& b : stack) least = std::min(least, b.bound);
  least = std::max(root_bound, std::min(least, cutoff_));
  if (best_.chosen) least = best_.proven && !(left_.gap() > 0) ? best_.value : std::min(least, best_.value);
  best_.bound = least;
  return best_;
}

/// Bounds, narrows and sweeps the node of `states_`. `bound` and `multipliers` are the parent's, then its
/// own.
template <class Program>
typename branch_and_bound<Program>::fate branch_and_bound<Program>::explore(double& bound,
                                                                            numbers& multipliers) {
  if (bound >= cutoff_) return fate::closed;
  if (left_.spent()) return fate::stopped;
  left_.use_nodes(1);
  const bool root = explored_++ == 0;
  if (!drop_peaks()) return fate::closed;
  relaxed_.restrict_to(states_);
  const double own =
      relaxed_.maximise(multipliers, root ? effort_.first_ascent : effort_.ascent, cutoff_, [&] {
        if (left_.spent()) return -std::numeric_limits<double>::infinity();
        if (relaxed_.keeps_rows()) offer(relaxed_.choice());
        return cutoff_;
      });
  bound = std::max(bound, own);
  if (bound >= cutoff_) return fate::closed;
  if (left_.spent()) return fate::stopped;
  if (explored_ % 8 == 1 || !best_.chosen) {
    if (const auto by_hand = greedy_plan(p_, p_.priced(multipliers), left_)) offer(*by_hand);
  }
  if (bound >= cutoff_) return fate::closed;

  const bool complete = sweep_.list(relaxed_, cutoff_ - own);
  if (!narrow()) return fate::closed;
  contested_ = contested_pair();
  if (complete) {
    // A node that cannot be split is settled, and its one plan must be looked at.
    const std::size_t steps = contested_ ? std::min(left_.nodes_left(), effort_.sweep) : left_.nodes_left();
    const bool swept = sweep_.run(
        around(multipliers), cutoff_,
        [&](const plan& found) {
          offer(found);
          return cutoff_;
        },
        steps, left_);
    // Long sweeps pay where they end, and are lost time where they do not.
    effort_.sweep = swept ? std::min(effort_.sweep + effort_.sweep / 2, effort_.most_sweep)
                          : std::max(effort_.sweep - effort_.sweep / 3, effort_.least_sweep);
    if (swept) return fate::closed;
  }
  return left_.spent() || !contested_ ? fate::stopped : fate::split;
}

/// Closes the pairs that lift the peak over the cutoff by themselves, which the relaxation would use in
/// parts; false when one of them is forced.
/// @source Lenstra, Shmoys & Tardos 1990, Mathematical Programming 46.
template <class Program>
bool branch_and_bound<Program>::drop_peaks() {
  for (const coupling& c : p_.couplings) {
    if (!c.peak || !c.each_model) continue;
    for (std::size_t pair = 0; pair < states_.size(); ++pair) {
      if (states_[pair] == pair_state::closed) continue;
      if (least_cost_ + p_.peak_weight * c.use.data()[pair] < cutoff_) continue;
      if (states_[pair] == pair_state::forced) return false;
      set(pair, pair_state::closed);
    }
  }
  return true;
}

/// Closes the pairs that no plan under the cutoff uses; false when that leaves no plan.
template <class Program>
bool branch_and_bound<Program>::narrow() {
  for (std::size_t pair = 0; pair < states_.size(); ++pair) {
    if (states_[pair] == pair_state::closed || sweep_.used(pair)) continue;
    if (states_[pair] == pair_state::forced) return false;
    set(pair, pair_state::closed);
  }
  return true;
}

/// Takes a plan of open pairs that is better than the best, keeps every row and is admitted.
template <class Program>
void branch_and_bound<Program>::offer(const plan& chosen) {
  const double value = p_.value(chosen);
  if (!(value < (best_.chosen ? best_.value : cutoff_))) return;
  double size = p_.peak_weight > 0 ? std::abs(value) : 0;
  for (std::size_t k = 0; k < chosen.size(); ++k) {
    for (const std::size_t i : chosen[k]) {
      if (!p_.open.data()[p_.pair(i, k)]) return;
      size += std::abs(p_.cost.data()[p_.pair(i, k)]);
    }
  }
  if (!p_.keeps_rows(chosen) || !admits_(chosen)) return;
  best_.chosen = chosen;
  best_.value = value;
  left_.found(value);
  const double rounding = resolution * size;
  cutoff_ = value - std::max(rounding, left_.gap() * std::abs(value));
  if (whole_ && rounding < 0.25) cutoff_ = std::min(cutoff_, value - 1 + std::max(rounding, 1e-6));
}

template <class Program>
void branch_and_bound<Program>::force(std::size_t pair) {
  set(pair, pair_state::forced);
  const std::size_t k = pair / p_.models();
  if (!p_.demands[k].single()) return;
  for (std::size_t i = 0; i < p_.models(); ++i)
    if (p_.pair(i, k) != pair) set(p_.pair(i, k), pair_state::closed);
}

template <class Program>
void branch_and_bound<Program>::set(std::size_t pair, pair_state to) {
  if (states_[pair] == to) return;
  trail_.emplace_back(pair, states_[pair]);
  states_[pair] = to;
}

template <class Program>
void branch_and_bound<Program>::undo_to(std::size_t length) {
  while (trail_.size() > length) {
    states_[trail_.back().first] = trail_.back().second;
    trail_.pop_back();
  }
}

/// The open pair whose share is nearest to one half, of the subtasks that still have a choice.
template <class Program>
std::optional<std::size_t> branch_and_bound<Program>::contested_pair() const {
  std::optional<std::size_t> best;
  double best_score = -1;
  for (std::size_t k = 0; k < p_.subtasks(); ++k) {
    std::size_t left = 0;
    for (std::size_t j = relaxed_.begin(k); j < relaxed_.end(k); ++j)
      left += states_[p_.pair(relaxed_.items()[j].model, k)] != pair_state::closed ? 1U : 0U;
    if (!p_.demands[k].or_more && left <= p_.demands[k].replicas && std::isinf(p_.demands[k].skip)) continue;
    for (std::size_t j = relaxed_.begin(k); j < relaxed_.end(k); ++j) {
      const std::size_t pair = p_.pair(relaxed_.items()[j].model, k);
      const double score = 0.5 - std::abs(relaxed_.items()[j].share - 0.5);
      if (states_[pair] != pair_state::open || !(score > best_score)) continue;
      best_score = score;
      best = pair;
    }
  }
  return best;
}

/// The multipliers, others near them and none at all: what is left of a plan is bounded best by one of them.
template <class Program>
std::vector<typename branch_and_bound<Program>::numbers> branch_and_bound<Program>::around(
    const numbers& multipliers) const {
  std::vector<numbers> out{multipliers};
  for (const coupling& c : p_.couplings) {
    if (c.peak || c.each_model) continue;
    for (const double factor : {0.8, 1.25, 0.5, 2.0}) {
      out.push_back(multipliers);
      out.back()[c.first_row] *= factor;
    }
  }
  if (p_.rows() > 0) out.push_back(relaxed_.first_multipliers());
  out.insert(out.end(), hints_.begin(), hints_.end());
  return out;
}

template <class Program>
bool branch_and_bound<Program>::whole_values(const Program& p) {
  const auto whole = [](const auto& a) { return (a == a.floor()).all(); };
  if (!whole(p.cost) || p.peak_weight != std::floor(p.peak_weight)) return false;
  for (const demand& d : p.demands)
    if (d.skip != std::floor(d.skip)) return false;
  for (const coupling& c : p.couplings)
    if (c.peak && !whole(c.use)) return false;
  return true;
}

}  // namespace shoal::assign
