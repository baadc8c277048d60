// SPDX-License-Identifier: BSL-1.0
/// @file A plan under edit: moves that mend the rows that it breaks, and moves that make it cheaper.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <queue>
#include <tuple>
#include <utility>
#include <vector>

#include "shoal/assign/budget.hpp"
#include "shoal/assign/construct.hpp"
#include "shoal/assign/program.hpp"

namespace shoal::assign {

/// A plan whose sets meet their demands all along, while its rows may be broken on the way. The use of every
/// row is at hand, so a move is judged without a look at the rest of the plan.
template <class Program = program>
class plan_editor {
 public:
  using numbers = typename Program::numbers;
  using indices = typename Program::indices;

  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  /// In subtask k, model `out` makes way for model `in`; either is `none` where a set shrinks or grows.
  struct move {
    std::size_t k = 0;
    std::size_t out = none;
    std::size_t in = none;
    double excess = 0;  ///< change of what rows are over their bounds, each in its coupling's scale
    double value = 0;   ///< change of the program's value

    /// Value that a unit of mended excess costs.
    double price() const { return value / -excess; }
  };

  /// @pre every set of `chosen` meets its demand with open pairs.
  plan_editor(const Program& p, plan chosen, const budget& left);

  const plan& chosen() const { return chosen_; }

  /// Moves of the least price, until no row is broken. False when no move mends any more, or the budget is
  /// spent.
  /// @complexity about O(moves x (models + log subtasks)).
  bool repair();

  /// Moves and exchanges that lower the value and break no row, subtask after subtask, until there is none or
  /// the budget is spent.
  /// @complexity O(models x subtasks) a pass, and O(subtasks^2) where rows belong to models; passes are few.
  void improve();

 private:
  static double figure(const matrix& a, std::size_t pair) { return a.data()[pair]; }
  double over(const coupling& c, std::size_t row, double used) const {
    return std::max(0.0, used - p_.bound[row]) / c.scale;
  }
  double excess() const;
  void judge(move& m) const;
  void apply(const move& m);
  template <class Visit>
  void each_move(std::size_t k, Visit visit) const;
  bool set_allows(std::size_t k, std::size_t out, std::size_t in) const;
  std::optional<move> mending(std::size_t k) const;
  bool exchange(std::size_t k, std::size_t l);
  void find_peak();

  const Program& p_;
  const budget& left_;
  plan chosen_;
  numbers used_{};  // of each row
  std::vector<std::pair<typename numbers::value_type, std::size_t>>
      busiest_{};  // the three highest peak rows of single models
  double peak_ = 0;
  double least_gain_ = 0;  // changes of the value under it are rounding
  bool by_model_ = false;  // some rows belong to models
};

template <class Program>
plan_editor<Program>::plan_editor(const Program& p, plan chosen, const budget& left)
    : p_(p), left_(left), chosen_(std::move(chosen)), used_(p.uses(chosen_)) {
  double largest = p.cost.size() > 0 ? p.cost.abs().maxCoeff() : 0;
  for (const coupling& c : p.couplings) {
    by_model_ = by_model_ || c.each_model;
    if (c.peak) largest = std::max(largest, p.peak_weight * c.scale);
  }
  least_gain_ = 1e-10 * largest;
  find_peak();
}

template <class Program>
void plan_editor<Program>::find_peak() {
  if (!(p_.peak_weight > 0)) return;
  busiest_.clear();
  peak_ = 0;
  for (const coupling& c : p_.couplings) {
    if (!c.peak) continue;
    for (std::size_t i = 0; i < (c.each_model ? p_.models() : 1); ++i) {
      const std::size_t row = c.first_row + i;
      peak_ = std::max(peak_, used_[row]);
      if (!c.each_model) continue;
      busiest_.emplace_back(used_[row], row);
      std::sort(busiest_.begin(), busiest_.end(), std::greater<>());
      if (busiest_.size() > 3) busiest_.pop_back();
    }
  }
}

template <class Program>
double plan_editor<Program>::excess() const {
  double out = 0;
  for (const coupling& c : p_.couplings) {
    if (c.peak) continue;
    for (std::size_t i = 0; i < (c.each_model ? p_.models() : 1); ++i)
      out += over(c, c.first_row + i, used_[c.first_row + i]);
  }
  return out;
}

template <class Program>
void plan_editor<Program>::judge(move& m) const {
  const auto of = [&](const matrix& a, std::size_t i) { return i == none ? 0 : figure(a, p_.pair(i, m.k)); };
  m.value = of(p_.cost, m.in) - of(p_.cost, m.out);
  m.excess = 0;
  double peak = 0;
  for (const coupling& c : p_.couplings) {
    const auto change = [&](std::size_t row, double by) {
      const double after = used_[row] + by;
      if (c.peak) {
        peak = std::max(peak, after);
      } else {
        m.excess += over(c, row, after) - over(c, row, used_[row]);
      }
    };
    if (!c.each_model) {
      change(c.first_row, of(c.use, m.in) - of(c.use, m.out));
      continue;
    }
    if (m.out != none) change(c.first_row + m.out, -of(c.use, m.out));
    if (m.in != none) change(c.first_row + m.in, of(c.use, m.in));
    if (!c.peak) continue;
    for (const auto& [used, row] : busiest_) {
      const std::size_t i = row - c.first_row;
      if (i != m.out && i != m.in) peak = std::max(peak, used);
    }
  }
  if (p_.peak_weight > 0) m.value += p_.peak_weight * (peak - peak_);
}

template <class Program>
void plan_editor<Program>::apply(const move& m) {
  auto& set = chosen_[m.k];
  if (m.out != none) set.erase(std::find(set.begin(), set.end(), m.out));
  if (m.in != none) set.insert(std::lower_bound(set.begin(), set.end(), m.in), m.in);
  for (const coupling& c : p_.couplings) {
    if (m.out != none) used_[Program::row(c, m.out)] -= figure(c.use, p_.pair(m.out, m.k));
    if (m.in != none) used_[Program::row(c, m.in)] += figure(c.use, p_.pair(m.in, m.k));
  }
  find_peak();
}

/// The set of subtask k meets its demand after the move.
template <class Program>
bool plan_editor<Program>::set_allows(std::size_t k, std::size_t out, std::size_t in) const {
  const demand& d = p_.demands[k];
  if (d.single()) return true;
  std::size_t size = 0;
  double strength = 0;
  const auto keep = [&](std::size_t i) {
    ++size;
    strength += p_.strength[i];
  };
  for (const std::size_t i : chosen_[k]) {
    if (i == out) continue;
    if (i == in || (in != none && d.separate && p_.group[i] == p_.group[in])) return false;
    keep(i);
  }
  if (in != none) keep(in);
  return strength >= d.strength && (d.or_more ? size >= d.replicas : size == d.replicas);
}

template <class Program>
template <class Visit>
void plan_editor<Program>::each_move(std::size_t k, Visit visit) const {
  const auto each_in = [&](std::size_t out) {
    for (std::size_t i = 0; i < p_.models(); ++i) {
      if (i == out || !p_.open.data()[p_.pair(i, k)] || !set_allows(k, out, i)) continue;
      move m{k, out, i};
      judge(m);
      visit(m);
    }
    if (out != none && p_.demands[k].or_more && set_allows(k, out, none)) {
      move m{k, out, none};
      judge(m);
      visit(m);
    }
  };
  for (const std::size_t out : chosen_[k]) each_in(out);
  if (p_.demands[k].or_more) each_in(none);
}

template <class Program>
std::optional<typename plan_editor<Program>::move> plan_editor<Program>::mending(std::size_t k) const {
  std::optional<move> best;
  each_move(k, [&](const move& m) {
    if (m.excess < 0 && (!best || m.price() < best->price())) best = m;
  });
  return best;
}

/// Two subtasks of one model each exchange their models, where that mends rows, or breaks none and is
/// cheaper.
template <class Program>
bool plan_editor<Program>::exchange(std::size_t k, std::size_t l) {
  const std::size_t i = chosen_[k].front();
  const std::size_t j = chosen_[l].front();
  if (i == j || !p_.open.data()[p_.pair(j, k)] || !p_.open.data()[p_.pair(i, l)]) return false;
  move there{k, i, j};
  judge(there);
  apply(there);
  move back{l, j, i};
  judge(back);
  const double excess = there.excess + back.excess;
  if (excess <= 0 && there.value + back.value < -least_gain_) {
    apply(back);
    return true;
  }
  apply({k, j, i});
  return false;
}

template <class Program>
bool plan_editor<Program>::repair() {
  using entry = std::tuple<typename numbers::value_type, std::size_t>;  // price, subtask
  std::priority_queue<entry, std::vector<entry>, std::greater<>> queue;
  std::size_t left = 10 * p_.subtasks() + 100;
  for (bool moved = true; moved && left > 0;) {
    moved = false;
    for (std::size_t k = 0; k < p_.subtasks(); ++k)
      if (const auto m = mending(k)) queue.emplace(m->price(), k);
    // A price grows stale when other moves come before it, so it is asked again before it is believed.
    while (!queue.empty() && left > 0) {
      if (excess() <= 0) return true;
      if (left_.spent()) return false;
      const std::size_t k = std::get<1>(queue.top());
      queue.pop();
      const auto m = mending(k);
      if (!m) continue;
      if (queue.empty() || entry(m->price(), k) <= queue.top()) {
        apply(*m);
        moved = true;
        --left;
        if (const auto next = mending(k)) queue.emplace(next->price(), k);
      } else {
        queue.emplace(m->price(), k);
      }
    }
  }
  return excess() <= 0;
}

template <class Program>
void plan_editor<Program>::improve() {
  bool better = true;
  for (int pass = 0; better && pass < 20; ++pass) {
    better = false;
    for (std::size_t k = 0; k < p_.subtasks(); ++k) {
      if (left_.spent()) return;
      std::optional<move> best;
      each_move(k, [&](const move& m) {
        if (m.excess <= 0 && m.value < -least_gain_ && (!best || m.value < best->value)) best = m;
      });
      if (!best) continue;
      apply(*best);
      better = true;
    }
    for (std::size_t k = 0; by_model_ && k < p_.subtasks(); ++k) {
      if (left_.spent()) return;
      if (!p_.demands[k].single() || chosen_[k].empty()) continue;
      for (std::size_t l = k + 1; l < p_.subtasks(); ++l) {
        if (!p_.demands[l].single() || chosen_[l].empty()) continue;
        const std::size_t i = chosen_[k].front();
        const std::size_t j = chosen_[l].front();
        const double cost = figure(p_.cost, p_.pair(j, k)) + figure(p_.cost, p_.pair(i, l)) -
                            figure(p_.cost, p_.pair(i, k)) - figure(p_.cost, p_.pair(j, l));
        // Without a peak the cost is the whole value, and most pairs need no closer look.
        if (p_.peak_weight > 0 || cost < -least_gain_) better = exchange(k, l) || better;
      }
    }
  }
}

/// A plan built by `construct` at the given prices, repaired and improved; empty when that does not end in a
/// plan that keeps every row within the budget.
template <class Program>
std::optional<plan> greedy_plan(const Program& p, const matrix& price, const budget& left) {
  const std::optional<plan> built = construct(p, price);
  if (!built) return std::nullopt;
  plan_editor editor(p, *built, left);
  if (!editor.repair()) return std::nullopt;
  editor.improve();
  return editor.chosen();
}

}  // namespace shoal::assign
