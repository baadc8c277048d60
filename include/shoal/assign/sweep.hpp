// SPDX-License-Identifier: BSL-1.0
/// @file All plans under a cutoff, by depth-first search over the sets that the relaxation leaves each
/// subtask.
///
/// Once multipliers are known, only sets whose price is within the gap of the subtask's cheapest can be part
/// of a plan under the cutoff. Those are listed, and a partial plan is given up as soon as the bound of its
/// completion reaches the cutoff at any of a few multipliers. The sums of a bound grow with the plan, so
/// a step costs a handful of additions.
///
/// Subtasks that differ in nothing, as the parts of a text do, may swap their sets: of all such plans only
/// the one that takes them in the order of the list is tried.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "shoal/assign/budget.hpp"
#include "shoal/assign/program.hpp"
#include "shoal/assign/relaxation.hpp"
#include "shoal/assign/subset.hpp"

namespace shoal::assign {

/// The listing and the search; see the head of this file.
template <class Program = program>
class sweep {
 public:
  using numbers = typename Program::numbers;
  using indices = typename Program::indices;

  explicit sweep(const Program& p) : p_(p), kind_(kinds(p)) {}

  /// Lists the sets of every subtask that a plan under the cutoff may use.
  /// @param r    evaluated at the multipliers that prove the bound.
  /// @param gap  cutoff less bound, > 0.
  /// @return false when a subtask has too many; then only `used` tells something.
  bool list(const relaxation<Program>& r, double gap);

  /// False when no plan under the cutoff uses the pair: no set in the complete list of its subtask does.
  bool used(std::size_t pair) const { return used_[pair]; }

  /// Visits the plans of listed sets that keep every row, but for those whose value cannot be under the
  /// cutoff.
  /// @param multipliers  some points of the dual's range; the first is the one of `list`.
  /// @param visit        called with a plan; returns the cutoff from then on.
  /// @param steps        sets that may be tried; each counts as a node of the budget.
  /// @return false when the steps or the budget ran out first.
  template <class Visit>
  bool run(const std::vector<numbers>& multipliers, double cutoff, Visit visit, std::size_t steps,
           budget& left);

 private:
  struct option {
    double price = 0;
    std::size_t first = 0;  // place of its models in `members_`
    std::size_t count = 0;
  };

  static indices kinds(const Program& p);
  void prepare(const std::vector<numbers>& multipliers);
  bool same_options(std::size_t a, std::size_t b) const;
  bool place(std::size_t depth, std::size_t o, double cutoff);
  void take_back(std::size_t depth);

  const Program& p_;
  indices kind_;  // of each subtask: the first one that differs from it in nothing
  std::vector<char> used_{};
  std::vector<option> options_{};  // by subtask, then price
  indices members_{};
  indices begin_{};  // options of each subtask

  // Of the search: everything below is by depth, and the order is of subtasks.
  indices order_{};
  std::vector<char> twin_{};  // differs in nothing from the subtask before it, options included
  std::size_t points_ = 0;    // of multipliers
  numbers prices_{};          // options x points
  numbers least_prices_{};    // of the subtasks from a depth on, depths x points
  indices totals_{};          // couplings of one row
  numbers uses_{};            // options x totals
  numbers least_uses_{};      // of the subtasks from a depth on, depths x totals
  numbers costs_{};           // of options
  numbers least_costs_{};     // of the subtasks from a depth on
  numbers price_{};           // of the sets so far, depths x points, less what bounds pay back
  numbers use_{};             // of the sets so far, depths x totals
  numbers cost_{};            // of the sets so far
  numbers peak_{};            // of the rows of single models, by the sets so far
  numbers load_{};            // of the rows of single models
  std::vector<std::pair<std::size_t, typename numbers::value_type>>
      undo_{};           // rows and what they were before
  indices undo_from_{};  // by depth
};

template <class Program>
bool sweep<Program>::list(const relaxation<Program>& r, double gap) {
  constexpr std::size_t most_options = 4096;
  constexpr std::size_t most_steps = 20'000;
  used_.assign(p_.models() * p_.subtasks(), false);
  options_.clear();
  members_.clear();
  begin_.assign(1, 0);
  bool complete = true;
  for (std::size_t k = 0; k < p_.subtasks(); ++k) {
    const demand& d = p_.demands[k];
    const double threshold = r.least(k) + gap;
    const std::size_t first = options_.size();
    bool forced = false;
    bool all = true;
    for (std::size_t j = r.begin(k); j < r.end(k); ++j) {
      const auto& it = r.items()[j];
      forced = forced || it.forced;
      if (!d.single() || !(it.price < threshold)) continue;
      options_.push_back({it.price, members_.size(), 1});
      members_.push_back(it.model);
    }
    if (!d.single()) {
      all = subset_search(d, r.candidates(k))
                .each_below(
                    threshold,
                    [&](double price, const indices& models) {
                      options_.push_back({price, members_.size(), models.size()});
                      members_.insert(members_.end(), models.begin(), models.end());
                      const bool full = options_.size() - first >= most_options;
                      return full ? -std::numeric_limits<double>::infinity() : threshold;
                    },
                    most_steps) &&
            options_.size() - first < most_options;
    }
    if (d.skip < threshold && !forced) options_.push_back({d.skip, members_.size(), 0});
    complete = complete && all;
    for (std::size_t o = first; all && o < options_.size(); ++o) {
      for (std::size_t at = 0; at < options_[o].count; ++at)
        used_[p_.pair(members_[options_[o].first + at], k)] = true;
    }
    for (std::size_t j = r.begin(k); !all && j < r.end(k); ++j) used_[p_.pair(r.items()[j].model, k)] = true;
    std::stable_sort(options_.begin() + static_cast<std::ptrdiff_t>(first), options_.end(),
                     [](const option& a, const option& b) { return a.price < b.price; });
    begin_.push_back(options_.size());
  }
  return complete;
}

// Subtasks with few sets come first, so that the tree is narrow at its top.
template <class Program>
void sweep<Program>::prepare(const std::vector<numbers>& multipliers) {
  const std::size_t m = p_.subtasks();
  order_.resize(m);
  for (std::size_t k = 0; k < m; ++k) order_[k] = k;
  std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
    const std::size_t options_a = begin_[a + 1] - begin_[a];
    const std::size_t options_b = begin_[b + 1] - begin_[b];
    return options_a != options_b ? options_a < options_b : kind_[a] < kind_[b];
  });
  twin_.assign(m, false);
  for (std::size_t depth = 1; depth < m; ++depth)
    twin_[depth] = same_options(order_[depth - 1], order_[depth]);
  totals_.clear();
  for (std::size_t c = 0; c < p_.couplings.size(); ++c)
    if (!p_.couplings[c].each_model) totals_.push_back(c);
  points_ = multipliers.size();
  const std::size_t rows = totals_.size();
  prices_.assign(options_.size() * points_, 0);
  uses_.assign(options_.size() * rows, 0);
  costs_.assign(options_.size(), 0);
  for (std::size_t k = 0; k < m; ++k) {
    for (std::size_t o = begin_[k]; o < begin_[k + 1]; ++o) {
      if (options_[o].count == 0) costs_[o] = p_.demands[k].skip;
      for (std::size_t at = 0; at < options_[o].count; ++at) {
        const std::size_t i = members_[options_[o].first + at];
        const std::size_t pair = p_.pair(i, k);
        costs_[o] += p_.cost.data()[pair];
        for (std::size_t r = 0; r < rows; ++r)
          uses_[o * rows + r] += p_.couplings[totals_[r]].use.data()[pair];
        for (std::size_t t = 0; t < points_; ++t) {
          for (const coupling& c : p_.couplings)
            prices_[o * points_ + t] += multipliers[t][Program::row(c, i)] * c.use.data()[pair];
        }
      }
      for (std::size_t t = 0; t < points_; ++t) prices_[o * points_ + t] += costs_[o];
    }
  }
  // Least sums over the subtasks from each depth on.
  const auto from_behind = [&](const numbers& of_option, std::size_t width) {
    numbers out((m + 1) * width, 0);
    for (std::size_t depth = m; depth-- > 0;) {
      for (std::size_t t = 0; t < width; ++t) {
        double least = std::numeric_limits<double>::infinity();
        for (std::size_t o = begin_[order_[depth]]; o < begin_[order_[depth] + 1]; ++o)
          least = std::min(least, of_option[o * width + t]);
        out[depth * width + t] = out[(depth + 1) * width + t] + least;
      }
    }
    return out;
  };
  least_prices_ = from_behind(prices_, points_);
  least_uses_ = from_behind(uses_, rows);
  least_costs_ = from_behind(costs_, 1);
  price_.assign((m + 1) * points_, 0);
  for (std::size_t t = 0; t < points_; ++t) {
    for (std::size_t r = 0; r < p_.rows(); ++r) price_[t] -= multipliers[t][r] * p_.bound[r];
  }
  use_.assign((m + 1) * rows, 0);
  cost_.assign(m + 1, 0);
  peak_.assign(m + 1, 0);
  load_.assign(p_.rows(), 0);
  undo_.clear();
  undo_from_.assign(m + 1, 0);
}

/// Numbers the subtasks so that equal ones have the same number, that of the first of them.
template <class Program>
typename sweep<Program>::indices sweep<Program>::kinds(const Program& p) {
  const std::size_t n = p.models();
  const auto compare = [&](const auto* of, std::size_t a, std::size_t b) {
    return std::lexicographical_compare_three_way(of + a * n, of + (a + 1) * n, of + b * n, of + (b + 1) * n);
  };
  const auto order = [&](std::size_t a, std::size_t b) -> std::partial_ordering {
    if (const auto by = compare(p.cost.data(), a, b); by != 0) return by;
    for (const coupling& c : p.couplings) {
      if (const auto by = compare(c.use.data(), a, b); by != 0) return by;
    }
    const auto* open = p.open.data();
    if (const auto by = std::lexicographical_compare_three_way(open + a * n, open + (a + 1) * n, open + b * n,
                                                               open + (b + 1) * n);
        by != 0) {
      return by;
    }
    return p.demands[a] <=> p.demands[b];
  };
  indices sorted(p.subtasks());
  for (std::size_t k = 0; k < sorted.size(); ++k) sorted[k] = k;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](std::size_t a, std::size_t b) { return order(a, b) < 0; });
  indices out(sorted.size());
  for (std::size_t at = 0; at < sorted.size(); ++at) {
    const bool same = at > 0 && order(sorted[at - 1], sorted[at]) == 0;
    out[sorted[at]] = same ? out[sorted[at - 1]] : sorted[at];
  }
  return out;
}

/// True when two subtasks are equal and no branch has told them apart.
template <class Program>
bool sweep<Program>::same_options(std::size_t a, std::size_t b) const {
  if (kind_[a] != kind_[b] || begin_[a + 1] - begin_[a] != begin_[b + 1] - begin_[b]) return false;
  for (std::size_t o = begin_[a], other = begin_[b]; o < begin_[a + 1]; ++o, ++other) {
    const auto members = [&](std::size_t of) {
      return members_.begin() + static_cast<std::ptrdiff_t>(options_[of].first);
    };
    if (options_[o].count != options_[other].count ||
        !std::equal(members(o), members(o) + static_cast<std::ptrdiff_t>(options_[o].count),
                    members(other))) {
      return false;
    }
  }
  return true;
}

/// Adds an option at a depth; false, and nothing changed, when no plan under the cutoff goes on from there.
template <class Program>
bool sweep<Program>::place(std::size_t depth, std::size_t o, double cutoff) {
  const std::size_t next = depth + 1;
  for (std::size_t t = 0; t < points_; ++t) {
    const double price = price_[depth * points_ + t] + prices_[o * points_ + t];
    if (price + least_prices_[next * points_ + t] >= cutoff) return false;
    price_[next * points_ + t] = price;
  }
  const std::size_t rows = totals_.size();
  double peak = peak_[depth];
  for (std::size_t r = 0; r < rows; ++r) {
    const coupling& c = p_.couplings[totals_[r]];
    const double use = use_[depth * rows + r] + uses_[o * rows + r];
    const double least = use + least_uses_[next * rows + r];
    use_[next * rows + r] = use;
    if (c.peak) {
      peak = std::max(peak, least);
    } else if (least > p_.bound[c.first_row] + 1e-12 * c.scale) {
      return false;
    }
  }
  undo_from_[depth] = undo_.size();
  peak_[next] = peak_[depth];
  bool fits = true;
  const std::size_t k = order_[depth];
  for (const coupling& c : p_.couplings) {
    if (!c.each_model) continue;
    for (std::size_t at = 0; at < options_[o].count; ++at) {
      const std::size_t i = members_[options_[o].first + at];
      const std::size_t row = c.first_row + i;
      undo_.emplace_back(row, load_[row]);
      load_[row] += c.use.data()[p_.pair(i, k)];
      if (c.peak) {
        peak_[next] = std::max(peak_[next], load_[row]);
      } else if (load_[row] > p_.bound[row] + 1e-12 * c.scale) {
        fits = false;
      }
    }
  }
  cost_[next] = cost_[depth] + costs_[o];
  if (p_.peak_weight > 0) {
    peak = std::max(peak, peak_[next]);
    fits = fits && cost_[next] + least_costs_[next] + p_.peak_weight * peak < cutoff;
  }
  if (!fits) take_back(depth);
  return fits;
}

template <class Program>
void sweep<Program>::take_back(std::size_t depth) {
  while (undo_.size() > undo_from_[depth]) {
    load_[undo_.back().first] = undo_.back().second;
    undo_.pop_back();
  }
}

template <class Program>
template <class Visit>
bool sweep<Program>::run(const std::vector<numbers>& multipliers, double cutoff, Visit visit,
                         std::size_t steps, budget& left) {
  prepare(multipliers);
  const std::size_t m = p_.subtasks();
  indices at(m + 1, 0);
  std::size_t depth = 0;
  if (m > 0) at[0] = begin_[order_[0]];
  for (;;) {
    if (depth == m) {
      plan found(m);
      for (std::size_t d = 0; d < m; ++d) {
        const option& o = options_[at[d]];
        auto& set = found[order_[d]];
        set.assign(members_.begin() + static_cast<std::ptrdiff_t>(o.first),
                   members_.begin() + static_cast<std::ptrdiff_t>(o.first + o.count));
        std::sort(set.begin(), set.end());
      }
      cutoff = visit(found);
    } else if (at[depth] < begin_[order_[depth] + 1]) {
      if (steps == 0 || (steps % 1024 == 0 && left.spent())) return false;
      --steps;
      left.use_nodes(1);
      const std::size_t o = at[depth];
      if (price_[depth * points_] + prices_[o * points_] + least_prices_[(depth + 1) * points_] >= cutoff) {
        at[depth] = begin_[order_[depth] + 1];  // the options after it are no cheaper
      } else if (place(depth, o, cutoff)) {
        ++depth;
        if (depth < m) {
          at[depth] = begin_[order_[depth]];
          if (twin_[depth]) at[depth] += at[depth - 1] - begin_[order_[depth - 1]];
        }
      } else {
        ++at[depth];
      }
      continue;
    }
    if (depth == 0) return true;
    --depth;
    take_back(depth);
    ++at[depth];
  }
}

}  // namespace shoal::assign
