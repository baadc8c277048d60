// SPDX-License-Identifier: BSL-1.0
/// @file The knapsack of one model: which of the subtasks that pay are worth its capacity, and what it costs
/// to have it otherwise.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include <Eigen/Core>

namespace shoal::assign {

/// The 0-1 knapsack problem over whole cells of capacity, by forward and backward dynamic programmes.
/// Profits are rounded up to a fixed point on which every sum in a `Real` is exact, so neither the maximum
/// nor what is left of it after a change is ever below the true one.
/// @source Martello & Toth 1990, Knapsack Problems; Posta, Ferland & Michelon 2012, Comput. Optim. Appl. 52,
/// for the changes.
template <class Real = double>
class profit_knapsack {
 public:
  struct item {
    std::size_t name = 0;  ///< whose it is; the caller's
    double profit = 0;     ///< > 0
    std::uint32_t cells = 0;
    bool taken = false;
    double change = 0;  ///< what the maximum loses at least when the item is taken if it is not, or not if it
                        ///< is; infinity where it cannot be
  };

  /// Empty, with room for so many cells.
  void reset(std::uint32_t room) {
    room_ = room;
    items_.clear();
  }
  void add(std::size_t name, double profit, std::uint32_t cells) {
    if (cells <= room_) items_.push_back({name, profit, cells});
  }

  const std::vector<item>& items() const { return items_; }

  /// The greatest sum of profits, rounded up, and `taken` of each item.
  /// @complexity O(items x room), vectorised; much less where the room is large, since items whose profit by
  /// cell is far from that of the last one to fit are settled first.
  double solve() {
    set_scale();
    return room_ < 1024 ? programme(take_all()) : solve_core();
  }

  /// The same with all items in the programme, as the changes need it.
  /// @complexity O(items x room), vectorised.
  double solve_whole() {
    set_scale();
    return programme(take_all());
  }

  /// After `solve_whole`: fills `change` of each item.
  /// @complexity O(items x room), vectorised.
  void find_changes() {
    const std::size_t width = room_ + std::size_t{1};
    // What the items behind can add to each use of the room by those before.
    behind_.assign(width, Real{0});
    const Real most = row(items_.size())[room_];
    for (std::size_t t = items_.size(); t-- > 0;) {
      const std::size_t cells = items_[t].cells;
      const auto head = view(row(t), width - cells);
      const auto tail = view(behind_.data() + cells, width - cells);
      const Real other = items_[t].taken ? (view(row(t), width) + view(behind_.data(), width)).maxCoeff()
                                         : (head + tail).maxCoeff() + fixed_[t];
      items_[t].change = std::max(0.0, worth(most - other));
      auto rest = mapped(behind_.data(), width - cells);
      rest = rest.max(tail + fixed_[t]);
    }
  }

  /// After `solve_whole`: what the maximum loses when so many cells are gone; infinity where there are not so
  /// many.
  double loss_without(std::uint32_t cells) const {
    if (cells > room_) return std::numeric_limits<double>::infinity();
    const Real* last = row(items_.size());
    return worth(last[room_] - last[room_ - cells]);
  }

 private:
  using column = Eigen::Array<Real, Eigen::Dynamic, 1>;
  static Eigen::Map<column> mapped(Real* at, std::size_t size) {
    return {at, static_cast<Eigen::Index>(size)};
  }
  static Eigen::Map<const column> view(const Real* at, std::size_t size) {
    return {at, static_cast<Eigen::Index>(size)};
  }
  /// All items, in the order in which they came.
  double take_all() {
    core_.resize(items_.size());
    std::iota(core_.begin(), core_.end(), std::uint32_t{0});
    core_room_ = room_;
    return 0;
  }
  double programme(double settled);
  double solve_core();
  std::size_t split_by_worth(std::uint32_t& free);
  const Real* row(std::size_t t) const { return rows_.data() + t * (core_room_ + std::size_t{1}); }
  double worth(Real fixed) const { return std::ldexp(static_cast<double>(fixed), -exponent_); }

  /// The finest fixed point on which the sum of all profits is exact.
  void set_scale() {
    double sum = 0;
    for (const item& each : items_) sum += each.profit;
    int exponent = 0;
    std::frexp(sum, &exponent);
    // Rounding up adds at most one unit for each item, for which one bit has room.
    exponent_ = std::numeric_limits<Real>::digits - exponent - 1;
    fixed_.clear();
    for (const item& each : items_)
      fixed_.push_back(static_cast<Real>(std::ceil(std::ldexp(each.profit, exponent_))));
  }

  std::uint32_t room_ = 0;
  int exponent_ = 0;
  std::vector<item> items_{};
  std::vector<Real> fixed_{};  // profits in the fixed point
  std::vector<Real> rows_{};   // greatest profit of the first t items, by room
  std::vector<Real> behind_{};
  std::vector<std::uint32_t> core_{};  // items in the programme
  std::uint32_t core_room_ = 0;
  std::vector<std::uint32_t> order_{};
  std::vector<unsigned char> at_hand_{};  // taken by a filling found at once
  std::vector<double> worth_{};           // of each item, profit by cell
};

/// The items of `core_` over `core_room_` cells; the others are settled, and worth so much.
template <class Real>
double profit_knapsack<Real>::programme(double settled) {
  const std::size_t width = core_room_ + std::size_t{1};
  if (rows_.size() < (core_.size() + 1) * width) rows_.resize((core_.size() + 1) * width);
  std::fill_n(rows_.data(), width, Real{0});
  for (std::size_t t = 0; t < core_.size(); ++t) {
    const Real* before = row(t);
    Real* after = rows_.data() + (t + 1) * width;
    const std::size_t cells = std::min<std::size_t>(items_[core_[t]].cells, width);
    std::copy_n(before, cells, after);
    mapped(after + cells, width - cells) =
        view(before + cells, width - cells).max(view(before, width - cells) + fixed_[core_[t]]);
  }
  std::size_t at = core_room_;
  for (std::size_t t = core_.size(); t-- > 0;) {
    item& each = items_[core_[t]];
    each.taken = row(t + 1)[at] != row(t)[at];
    if (each.taken) at -= each.cells;
  }
  return worth(static_cast<Real>(settled) + row(core_.size())[core_room_]);
}

/// Orders items so that those of the highest profit by cell come first, as many as fit; returns how many.
/// @param free  cells that those leave.
/// @complexity O(items) on average: only what lies around the last one is told apart further.
template <class Real>
std::size_t profit_knapsack<Real>::split_by_worth(std::uint32_t& free) {
  const std::size_t count = items_.size();
  order_.resize(count);
  std::iota(order_.begin(), order_.end(), std::uint32_t{0});
  worth_.resize(count);
  for (std::size_t t = 0; t < count; ++t)
    worth_[t] = items_[t].cells > 0 ? static_cast<double>(fixed_[t]) / items_[t].cells
                                    : std::numeric_limits<double>::infinity();
  free = room_;
  std::size_t begin = 0;
  std::size_t end = count;
  while (begin < end) {
    const double a = worth_[order_[begin]];
    const double b = worth_[order_[begin + (end - begin) / 2]];
    const double c = worth_[order_[end - 1]];
    const double pivot = std::max(std::min(a, b), std::min(std::max(a, b), c));
    std::size_t high = begin;  // the first one that is not above the pivot
    std::size_t low = end;     // the first one below it
    std::uint64_t above = 0;
    for (std::size_t at = begin; at < low;) {
      const std::uint32_t t = order_[at];
      if (worth_[t] > pivot) {
        above += items_[t].cells;
        std::swap(order_[at++], order_[high++]);
      } else if (worth_[t] < pivot) {
        std::swap(order_[at], order_[--low]);
      } else {
        ++at;
      }
    }
    if (above > free) {
      end = high;
      continue;
    }
    free -= static_cast<std::uint32_t>(above);
    begin = high;
    while (begin < low && items_[order_[begin]].cells <= free) free -= items_[order_[begin++]].cells;
    if (begin < low) return begin;
  }
  return begin;
}

/// Settles the items that cannot be otherwise in a filling better than one found at once.
/// @source Dembo & Hammer 1980, Methods of Operations Research 36.
template <class Real>
double profit_knapsack<Real>::solve_core() {
  std::uint32_t free = 0;
  const std::size_t last = split_by_worth(free);
  for (item& each : items_) each.taken = false;
  double first = 0;  // of the items that come before the last one
  for (std::size_t at = 0; at < last; ++at) {
    items_[order_[at]].taken = true;
    first += static_cast<double>(fixed_[order_[at]]);
  }
  if (last == items_.size()) return worth(static_cast<Real>(first));
  const double by_cell = worth_[order_[last]];
  double least = first;  // of a filling that is at hand
  std::uint32_t rest = free;
  for (std::size_t at = last; at < items_.size(); ++at) {
    item& each = items_[order_[at]];
    if (each.cells > rest) continue;
    rest -= each.cells;
    least += static_cast<double>(fixed_[order_[at]]);
    each.taken = true;
  }
  at_hand_.clear();
  for (const item& each : items_) at_hand_.push_back(each.taken ? 1 : 0);
  core_.clear();
  core_room_ = room_;
  double settled = 0;
  const double most = first + static_cast<double>(free) * by_cell;
  for (std::size_t at = 0; at < items_.size(); ++at) {
    item& each = items_[order_[at]];
    const double surplus =
        static_cast<double>(fixed_[order_[at]]) - static_cast<double>(each.cells) * by_cell;
    each.taken = at < last;
    if (most - std::abs(surplus) >= least) {
      core_.push_back(order_[at]);
    } else if (each.taken) {
      settled += static_cast<double>(fixed_[order_[at]]);
      core_room_ -= each.cells;
    }
  }
  const double filled = programme(settled);
  const double found = worth(static_cast<Real>(least));
  if (filled >= found) return filled;
  for (std::size_t t = 0; t < items_.size(); ++t) items_[t].taken = at_hand_[t] != 0;
  return found;
}

}  // namespace shoal::assign
