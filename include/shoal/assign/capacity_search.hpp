// SPDX-License-Identifier: BSL-1.0
/// @file Exact search under capacities: passes at rising cutoffs, each proving that no plan is below it or
/// finding one.
///
/// A pass is a depth-first branch and bound for a plan of value under the cutoff. The relaxation bounds a
/// node, and what the bound rises by when a pair must be in or must be out closes pairs, or takes them. A low
/// cutoff closes most; so the passes begin near the bound and rise, and the last one, at the best plan, is
/// the only long one.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "shoal/assign/branch_and_bound.hpp"
#include "shoal/assign/budget.hpp"
#include "shoal/assign/capacity_form.hpp"
#include "shoal/assign/capacity_prices.hpp"
#include "shoal/assign/capacity_relaxation.hpp"
#include "shoal/assign/capacity_repair.hpp"
#include "shoal/assign/capacity_state.hpp"
#include "shoal/assign/program.hpp"

namespace shoal::assign {

/// The search; see the head of this file. Values inside are those of the form, `factor` times the program's.
/// @source Posta, Ferland & Michelon 2012, Comput. Optim. Appl. 52: a sequence of decision problems with
/// fixing of variables.
template <class Number, class Program = program>
class capacity_search {
 public:
  using numbers = typename Program::numbers;

  /// @param admits  the last word on a plan that keeps the program's rows.
  capacity_search(const Program& p, const capacity_form<double>& form, budget& left,
                  std::function<bool(const plan&)> admits)
      : p_(p), form_(form), left_(left), admits_(std::move(admits)), relaxed_(form), prices_(form) {}

  /// @param start  a plan to begin with, which need not keep anything.
  /// @param prices  of the program's rows, to begin with; empty: none.
  search_result run(const std::optional<plan>& start = std::nullopt, const numbers& prices = {});

 private:
  using state = capacity_state<double>;
  struct child {
    double bound = 0;
    std::size_t pair = 0;
  };
  struct branch {
    state at{};
    std::vector<child> children{};
    std::size_t next = 0;
  };
  enum class fate { closed, split, stopped };

  static constexpr double infinity = std::numeric_limits<double>::infinity();

  bool stopped() const { return left_.spent(); }
  void take_prices(const numbers& prices);
  double raise_prices(std::size_t steps);
  void drop_dear(state& root, double bound);
  double raise_root(state& root, double bound);
  bool climb(const state& root, double bound);
  bool pass(const state& root);
  fate explore(state& at, std::vector<child>& children);
  std::optional<std::size_t> settle(state& at, double bound);
  std::vector<child> split(const state& at, double bound) const;
  void lift_prices(numbers& out) const;
  template <class Pairs>
  void offer(const Pairs& pairs, const Pairs& more);
  void offer(const plan& chosen);
  void improve(const std::vector<std::uint32_t>& pairs, const std::vector<std::uint32_t>& more);
  double below(double value, double size) const;

  const Program& p_;
  const capacity_form<double>& form_;
  budget& left_;
  std::function<bool(const plan&)> admits_;
  capacity_relaxation<Number> relaxed_;
  capacity_prices<> prices_;
  std::optional<capacity_repair<>> repair_{};
  std::vector<std::uint32_t> pairs_{};
  search_result best_{};
  double last_cutoff_ = infinity;  // plans of this value or more are of no interest
  double cutoff_ = infinity;       // of the pass
  double root_bound_ = -infinity;
  double proven_ = -infinity;  // no plan is below it
  double rounding_ = 0;        // what bounds may be off by
  std::size_t explored_ = 0;
};

/// The cutoff that a plan of a value sets: plans are told apart by one, or by a share of their size.
template <class Number, class Program>
double capacity_search<Number, Program>::below(double value, double size) const {
  const double rounding = branch_and_bound<Program>::resolution * size;
  double out = value - std::max(rounding, left_.gap() * std::abs(value));
  if (form_.whole && rounding < 0.25) out = std::min(out, value - 1 + std::max(rounding, 1e-6));
  return out;
}

template <class Number, class Program>
void capacity_search<Number, Program>::offer(const plan& chosen) {
  double value = 0;
  double size = 0;
  for (std::size_t k = 0; k < chosen.size(); ++k) {
    const auto count = [&](std::size_t i) {
      value += form_.cost[k * form_.models + i];
      size += std::abs(form_.cost[k * form_.models + i]);
    };
    for (const std::size_t i : chosen[k]) {
      if (!p_.open.data()[p_.pair(i, k)]) return;
      count(i);
    }
    if (chosen[k].empty()) {
      if (!form_.has_nobody) return;
      count(form_.models - 1);
    }
  }
  if (best_.chosen && !(value < best_.value)) return;
  if (!p_.keeps_rows(chosen) || !admits_(chosen)) return;
  best_.chosen = chosen;
  best_.value = value;
  left_.found(value / form_.factor);
  last_cutoff_ = below(value, size);
  cutoff_ = std::min(cutoff_, last_cutoff_);
}

template <class Number, class Program>
template <class Pairs>
void capacity_search<Number, Program>::offer(const Pairs& pairs, const Pairs& more) {
  plan chosen(form_.subtasks);
  for (const Pairs* some : {&pairs, &more}) {
    for (const std::uint32_t pair : *some) {
      const std::size_t i = pair % form_.models;
      if (i < p_.models()) chosen[pair / form_.models].push_back(i);
    }
  }
  for (auto& set : chosen) std::sort(set.begin(), set.end());
  offer(chosen);
}

/// Makes a plan of pairs that may be too few or too many, and offers it.
template <class Number, class Program>
void capacity_search<Number, Program>::improve(const std::vector<std::uint32_t>& pairs,
                                               const std::vector<std::uint32_t>& more) {
  if (!repair_) {
    repair_.emplace(
        form_, [&](std::size_t pair) { return prices_.priced(pair); },
        [&](std::size_t d) { return prices_[d]; });
  }
  pairs_ = pairs;
  pairs_.insert(pairs_.end(), more.begin(), more.end());
  const std::vector<std::uint32_t> nothing;
  if (repair_->run(pairs_, [&] { return left_.out_of_time(); })) {
    offer(repair_->plan(), nothing);
  } else if (!best_.chosen && explored_ == 0) {
    if (const auto by_hand = greedy_plan(p_, p_.priced(best_.multipliers), left_)) offer(*by_hand);
  }
}

/// Prices of the program's rows, to begin with.
template <class Number, class Program>
void capacity_search<Number, Program>::take_prices(const numbers& prices) {
  std::vector<double> start(form_.models + form_.rows.size(), 0);
  std::size_t row = form_.models;
  for (const coupling& c : p_.couplings) {
    if (!c.each_model) start[row++] = std::max(0.0, prices[c.first_row]) * form_.factor;
    for (std::size_t i = 0; c.each_model && i < p_.models(); ++i)
      start[i] = std::max(0.0, prices[c.first_row + i]) * form_.factor / form_.load_factor;
  }
  prices_.start_from(start);
}

/// The bound that prices of capacities and rows alone give.
template <class Number, class Program>
double capacity_search<Number, Program>::raise_prices(std::size_t steps) {
  return prices_.ascend(steps, p_.ceiling() * form_.factor, [&] { return left_.out_of_time(); });
}

template <class Number, class Program>
void capacity_search<Number, Program>::lift_prices(numbers& out) const {
  out.assign(p_.rows(), 0);
  std::size_t row = form_.models;
  for (const coupling& c : p_.couplings) {
    if (!c.each_model) out[c.first_row] = prices_[row++] / form_.factor;
    for (std::size_t i = 0; c.each_model && i < p_.models(); ++i)
      out[c.first_row + i] = prices_[i] * form_.load_factor / form_.factor;
  }
}

/// Closes the pairs that no plan under the last cutoff takes, by the prices of capacities and rows.
template <class Number, class Program>
void capacity_search<Number, Program>::drop_dear(state& root, double bound) {
  for (std::size_t pair = 0; pair < form_.pairs(); ++pair) {
    if (root.open[pair] &&
        bound + prices_.priced(pair) - prices_.cheapest()[pair / form_.models] >= last_cutoff_)
      root.open[pair] = 0;
  }
}

/// Raises the root's bound by the knapsacks until that hardly helps.
template <class Number, class Program>
double capacity_search<Number, Program>::raise_root(state& root, double bound) {
  relaxed_.look_at(root);
  const auto look = [&] {
    if (left_.out_of_time()) return -infinity;
    if (relaxed_.keeps_all()) offer(root.taken, relaxed_.picked());
    return last_cutoff_;
  };
  double reach = 0.01 * std::abs(bound) + 1;
  for (int round = 0; round < 8 && bound < last_cutoff_ && !stopped(); ++round) {
    const double before = bound;
    const double raised = relaxed_.ascend(root, last_cutoff_, bound + reach,
                                          {.steps = 60, .first = 0.1, .least_gain = 0}, look);
    bound = std::max(bound, raised);
    if (round == 1) improve(root.taken, relaxed_.picked());
    if (bound - before < 0.1 * reach) reach = std::max(0.25 * reach, 2 * (bound - before));
    if (bound - before < 1e-5 * std::abs(bound)) break;
  }
  return bound;
}

template <class Number, class Program>
search_result capacity_search<Number, Program>::run(const std::optional<plan>& start, const numbers& prices) {
  best_ = {};
  explored_ = 0;
  cutoff_ = last_cutoff_ = p_.ceiling() * form_.factor;
  rounding_ = 0;
  for (std::size_t k = 0; k < form_.subtasks; ++k) {
    double most = 0;
    for (std::size_t pair = k * form_.models; pair < (k + 1) * form_.models; ++pair)
      if (form_.open[pair]) most = std::max(most, std::abs(form_.cost[pair]));
    rounding_ += 1e-11 * static_cast<double>(form_.takes[k]) * most;
  }
  state root(form_);
  const auto finish = [&] {
    best_.proven = proven_ >= last_cutoff_;
    if (best_.chosen) {
      best_.bound = best_.proven && !(left_.gap() > 0) ? best_.value : std::min(proven_, best_.value);
      best_.value = p_.value(*best_.chosen);
    } else {
      best_.bound = proven_;
    }
    best_.bound /= form_.factor;
    if (best_.chosen) best_.bound = std::min(best_.bound, best_.value);
    return best_;
  };
  if (stopped()) return finish();
  if (!root.narrow(form_)) {
    proven_ = infinity;
    return finish();
  }
  pairs_.clear();
  if (start) {
    for (std::size_t k = 0; k < start->size(); ++k)
      for (const std::size_t i : (*start)[k])
        if (i < p_.models()) pairs_.push_back(static_cast<std::uint32_t>(k * form_.models + i));
  }
  const std::vector<std::uint32_t> given = pairs_;
  if (prices.size() == p_.rows()) {
    // Where little has changed since those prices, they are nearly enough.
    take_prices(prices);
    proven_ = raise_prices(20);
    lift_prices(best_.multipliers);
    improve(given, {});
    if (proven_ >= last_cutoff_ || stopped()) return finish();
    repair_.reset();
  }
  const double first = raise_prices(3000);
  proven_ = std::max(proven_, first);
  lift_prices(best_.multipliers);
  improve(given, {});
  if (proven_ >= last_cutoff_ || stopped()) return finish();
  drop_dear(root, first);
  if (!root.narrow(form_)) {
    proven_ = last_cutoff_;
    return finish();
  }
  root.price = prices_.cheapest();
  for (std::size_t r = 0; r < form_.rows.size(); ++r) root.row_price[r] = prices_[form_.models + r];
  root_bound_ = proven_ = raise_root(root, first);
  left_.bounded(std::min(proven_, last_cutoff_) / form_.factor);
  if (proven_ < last_cutoff_ && !stopped()) climb(root, first);
  return finish();
}

/// Passes from the root's bound up to the best plan. @param first  a weaker bound: tells how far apart bounds
/// and plans are.
template <class Number, class Program>
bool capacity_search<Number, Program>::climb(const state& root, double first) {
  double step = std::max({(root_bound_ - first) / 20, 1e-6 * std::abs(root_bound_), form_.whole ? 1.0 : 0.0});
  double next = root_bound_ + step / 2;
  std::size_t before = 0;
  for (;;) {
    // Whole values up to a whole number are asked for, so bounds over it are enough, rounding aside.
    if (form_.whole && rounding_ < 0.25) next = std::floor(next) + std::max(rounding_, 1e-6);
    if (next + step / 2 >= last_cutoff_) next = last_cutoff_;
    cutoff_ = next;
    const std::size_t at_first = explored_;
    if (!pass(root)) return false;
    proven_ = std::max(proven_, cutoff_);
    if (form_.whole && rounding_ < 0.25)
      proven_ = std::max(proven_, std::min(last_cutoff_, std::ceil(cutoff_)));
    if (proven_ >= last_cutoff_) return true;
    left_.bounded(proven_ / form_.factor);
    const std::size_t nodes = explored_ - at_first;
    // The tree grows with the cutoff like a power; the next pass is to be three times as long.
    const double growth = std::log(static_cast<double>(nodes + 1) / static_cast<double>(before + 1));
    step *= nodes < 20 ? 2 : std::clamp(std::log(3.0) / std::max(growth, 0.1), 0.5, 2.0);
    if (form_.whole) step = std::max(1.0, std::round(step));
    before = nodes;
    next = cutoff_ + step;
  }
}

/// Depth first through all plans under the cutoff; false when a limit ends it.
template <class Number, class Program>
bool capacity_search<Number, Program>::pass(const state& root) {
  std::vector<branch> stack;
  state at = root;
  for (;;) {
    std::vector<child> children;
    const fate f = explore(at, children);
    if (f == fate::stopped) return false;
    if (f == fate::split) stack.push_back({std::move(at), std::move(children), 0});
    while (!stack.empty() && (stack.back().next == stack.back().children.size() ||
                              stack.back().children[stack.back().next].bound >= cutoff_))
      stack.pop_back();
    if (stack.empty()) return true;
    branch& top = stack.back();
    const std::size_t pair = top.children[top.next++].pair;
    at = top.at;
    at.take(form_, pair);
    top.at.open[pair] = 0;
  }
}

template <class Number, class Program>
typename capacity_search<Number, Program>::fate capacity_search<Number, Program>::explore(
    state& at, std::vector<child>& children) {
  if (stopped()) return fate::stopped;
  left_.use_nodes(1);
  ++explored_;
  const auto look = [&] {
    if (left_.out_of_time()) return -infinity;
    if (relaxed_.keeps_all()) offer(at.taken, relaxed_.picked());
    return cutoff_;
  };
  const std::vector<std::uint32_t> nothing;
  for (std::size_t round = 0;; ++round) {
    if (!at.narrow(form_)) return fate::closed;
    if (at.complete()) {
      offer(at.taken, nothing);
      return fate::closed;
    }
    relaxed_.look_at(at);
    const double target = cutoff_ + std::max(0.5 * (cutoff_ - root_bound_), 1e-6 * std::abs(cutoff_));
    if (relaxed_.ascend(at, cutoff_, target, {.steps = round == 0 ? 24U : 12U}, look) >= cutoff_)
      return fate::closed;
    if (left_.out_of_time()) return fate::stopped;
    if (round == 0 && (explored_ % 256 == 0 || (!best_.chosen && explored_ % 32 == 0)))
      improve(at.taken, relaxed_.picked());
    const double bound = relaxed_.find_rises(at);
    const auto settled = settle(at, bound);
    if (!settled) return fate::closed;
    const auto open = static_cast<std::size_t>(std::count(at.open.begin(), at.open.end(), 1));
    if (*settled > 0 && 10 * *settled >= open) continue;
    if (*settled > 0 && !at.narrow(form_)) return fate::closed;
    if (at.complete()) {
      offer(at.taken, nothing);
      return fate::closed;
    }
    children = split(at, bound);
    return fate::split;
  }
}

/// Closes the pairs that no plan under the cutoff takes, and takes those that every one does; how many, or
/// nothing where there is no such plan. Of a subtask's pairs as many must be in as it needs, each in or out
/// in a knapsack of its own, so their rises add up.
template <class Number, class Program>
std::optional<std::size_t> capacity_search<Number, Program>::settle(state& at, double bound) {
  std::size_t settled = 0;
  std::vector<child> more;  // what a pair in costs over the pair out
  for (std::size_t k = 0; k < form_.subtasks; ++k) {
    const std::size_t needs = at.left[k];
    if (needs == 0) continue;
    double all_out = bound;
    more.clear();
    for (std::size_t pair = k * form_.models; pair < (k + 1) * form_.models; ++pair) {
      if (!at.open[pair]) continue;
      all_out += relaxed_.rise_out(pair);
      more.push_back({relaxed_.rise_in(pair) - relaxed_.rise_out(pair), pair});
    }
    std::sort(more.begin(), more.end(), [](const child& a, const child& b) {
      return a.bound != b.bound ? a.bound < b.bound : a.pair < b.pair;
    });
    double least = all_out;
    for (std::size_t c = 0; c < needs; ++c) least += more[c].bound;
    if (least >= cutoff_) return std::nullopt;
    const double last = more[needs - 1].bound;
    for (std::size_t c = 0; c < more.size() && at.left[k] > 0; ++c) {
      if (c >= needs && least - last + more[c].bound >= cutoff_) {
        at.open[more[c].pair] = 0;
        ++settled;
      }
    }
    for (std::size_t c = 0; needs > 1 && c < needs && more.size() > needs; ++c) {
      if (least - more[c].bound + more[needs].bound < cutoff_) continue;
      at.take(form_, more[c].pair);
      ++settled;
    }
  }
  return settled;
}

/// The subtask whose best child rises most, the fewest children where they are alike.
template <class Number, class Program>
std::vector<typename capacity_search<Number, Program>::child> capacity_search<Number, Program>::split(
    const state& at, double bound) const {
  std::vector<child> best;
  double best_score = infinity;
  std::vector<child> children;
  for (std::size_t k = 0; k < form_.subtasks; ++k) {
    if (at.left[k] == 0) continue;
    double all_out = bound;
    children.clear();
    for (std::size_t pair = k * form_.models; pair < (k + 1) * form_.models; ++pair) {
      if (!at.open[pair]) continue;
      all_out += relaxed_.rise_out(pair);
      children.push_back({relaxed_.rise_in(pair) - relaxed_.rise_out(pair), pair});
    }
    double score = 0;
    for (child& c : children) {
      // With more models to come, the others may stay in.
      c.bound = at.left[k] == 1 ? all_out + c.bound : bound + relaxed_.rise_in(c.pair);
      score += std::exp(-50 * (c.bound - bound) / (cutoff_ - bound));
    }
    if (score < best_score) {
      best_score = score;
      best = children;
    }
  }
  std::sort(best.begin(), best.end(), [](const child& a, const child& b) {
    return a.bound != b.bound ? a.bound < b.bound : a.pair < b.pair;
  });
  return best;
}

/// The best plan of a program with capacities, by `capacity_search`; empty where the program is another.
/// Costs that are whole numbers of a moderate size are counted in floats, which processors do faster.
template <class Program, class Admits>
std::optional<search_result> try_capacity(const Program& p, budget& left, Admits admits,
                                          const std::optional<plan>& start = std::nullopt,
                                          const std::vector<double>& prices = {}) {
  const auto form = capacity_form_of(p);
  if (!form) return std::nullopt;
  double largest = 0;
  for (const double cost : form->cost) largest = std::max(largest, std::abs(cost));
  constexpr double moderate = 4096;
  if (form->whole && largest <= moderate)
    return capacity_search<float, Program>(p, *form, left, admits).run(start, prices);
  return capacity_search<double, Program>(p, *form, left, admits).run(start, prices);
}

}  // namespace shoal::assign
