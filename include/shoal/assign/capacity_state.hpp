// SPDX-License-Identifier: BSL-1.0
/// @file What a search with capacities has settled so far, and what follows from it at once.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "shoal/assign/capacity_form.hpp"

namespace shoal::assign {

/// A node of the search: pairs taken, pairs still open, and the prices that bounded its parent best.
template <class Real = double>
struct capacity_state {
  std::vector<unsigned char> open{};   ///< of each pair: not settled yet
  std::vector<std::uint32_t> left{};   ///< of each subtask: how many models it still needs
  std::vector<Real> room{};            ///< of each model
  std::vector<Real> row_room{};        ///< of each row over all pairs
  std::vector<std::uint32_t> taken{};  ///< pairs
  Real spent = 0;                      ///< cost of those
  std::vector<Real> price{};           ///< of each subtask
  std::vector<Real> row_price{};       ///< of each row, >= 0

  capacity_state() = default;
  explicit capacity_state(const capacity_form<Real>& form)
      : open(form.open),
        left(form.takes),
        room(form.capacity),
        price(form.subtasks, 0),
        row_price(form.rows.size(), 0) {
    for (const auto& row : form.rows) row_room.push_back(row.bound);
  }

  bool complete() const {
    return std::all_of(left.begin(), left.end(), [](std::uint32_t l) { return l == 0; });
  }

  /// Settles that the pair is part of the plan; a subtask that has all its models has no open pair any more.
  void take(const capacity_form<Real>& form, std::size_t pair) {
    const std::size_t k = pair / form.models;
    open[pair] = 0;
    taken.push_back(static_cast<std::uint32_t>(pair));
    spent += form.cost[pair];
    room[pair % form.models] -= form.load[pair];
    for (std::size_t r = 0; r < row_room.size(); ++r) row_room[r] -= form.rows[r].use[pair];
    if (--left[k] == 0)
      std::fill_n(open.begin() + static_cast<std::ptrdiff_t>(k * form.models), form.models, 0);
  }

  /// Closes the pairs that do not fit any more or that a row rules out, takes those without which a subtask
  /// has too few, and so on until nothing follows any more. False when there is no plan.
  /// @complexity O(pairs) a round; rounds are few.
  bool narrow(const capacity_form<Real>& form) {
    for (bool again = true; again;) {
      again = false;
      for (const auto& alike : form.alike) narrow_alike(form, alike, again);
      for (std::size_t k = 0; k < form.subtasks; ++k) {
        if (left[k] == 0) continue;
        const std::size_t begin = k * form.models;
        std::uint32_t possible = 0;
        for (std::size_t pair = begin; pair < begin + form.models; ++pair) {
          if (!open[pair]) continue;
          open[pair] = fits(form, pair) ? 1 : 0;
          possible += open[pair];
        }
        if (possible < left[k]) return false;
        if (possible > left[k]) continue;
        for (std::size_t pair = begin; pair < begin + form.models; ++pair)
          if (open[pair]) take(form, pair);
        again = true;
      }
      for (std::size_t r = 0; r < row_room.size(); ++r)
        if (!narrow_by_row(form, r, again)) return false;
    }
    for (std::size_t i = 0; i < form.models; ++i)
      if (room[i] < -slack * form.capacity[i]) return false;
    return true;
  }

 private:
  /// Share of a limit that rounding may add up to; plans are verified without it.
  static constexpr Real slack = 1e-12;

  bool fits(const capacity_form<Real>& form, std::size_t pair) const {
    const std::size_t i = pair % form.models;
    return form.load[pair] <= room[i] || form.load[pair] <= room[i] + slack * form.capacity[i];
  }

  /// Of subtasks that differ in nothing the later take models of no lower number than the earlier.
  void narrow_alike(const capacity_form<Real>& form, const std::vector<std::uint32_t>& alike, bool& again) {
    const auto close = [&](std::size_t pair) {
      again = again || open[pair];
      open[pair] = 0;
    };
    settled_.resize(form.subtasks, none);
    for (const std::uint32_t pair : taken)
      if (form.alike_of[pair / form.models]) settled_[pair / form.models] = pair % form.models;
    const auto range = [&](std::size_t k) {
      if (left[k] == 0) return std::pair(settled_[k], settled_[k]);
      std::pair<std::size_t, std::size_t> out(form.models, 0);
      for (std::size_t i = 0; i < form.models; ++i) {
        if (!open[k * form.models + i]) continue;
        out.first = std::min(out.first, i);
        out.second = i;
      }
      return out;
    };
    std::size_t low = 0;
    for (const std::uint32_t k : alike) {
      if (left[k] > 0)
        for (std::size_t i = 0; i < low; ++i) close(k * form.models + i);
      low = std::max(low, range(k).first);
    }
    std::size_t high = form.models - 1;
    for (std::size_t at = alike.size(); at-- > 0;) {
      const std::uint32_t k = alike[at];
      if (left[k] > 0)
        for (std::size_t i = high + 1; i < form.models; ++i) close(k * form.models + i);
      high = std::min(high, range(k).second);
    }
  }

  bool narrow_by_row(const capacity_form<Real>& form, std::size_t r, bool& again) {
    const auto& use = form.rows[r].use;
    const Real doubt =
        slack * (std::abs(form.rows[r].bound) + form.rows[r].size * static_cast<Real>(form.subtasks));
    least_.resize(form.subtasks);
    last_.resize(form.subtasks);
    Real sum = 0;
    for (std::size_t k = 0; k < form.subtasks; ++k) {
      if (left[k] == 0) continue;
      smallest_.clear();
      for (std::size_t pair = k * form.models; pair < (k + 1) * form.models; ++pair)
        if (open[pair]) smallest_.push_back(use[pair]);
      if (left[k] > 1) {
        std::partial_sort(smallest_.begin(), smallest_.begin() + left[k], smallest_.end());
      } else {
        std::swap(smallest_.front(), *std::min_element(smallest_.begin(), smallest_.end()));
      }
      least_[k] = 0;
      for (std::uint32_t l = 0; l < left[k]; ++l) least_[k] += smallest_[l];
      last_[k] = smallest_[left[k] - 1];
      sum += least_[k];
    }
    if (sum > row_room[r] + doubt) return false;
    for (std::size_t k = 0; k < form.subtasks; ++k) {
      if (left[k] == 0) continue;
      for (std::size_t pair = k * form.models; pair < (k + 1) * form.models; ++pair) {
        if (!open[pair] || sum - last_[k] + use[pair] <= row_room[r] + doubt) continue;
        open[pair] = 0;
        again = true;
      }
    }
    return true;
  }

  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  std::vector<std::size_t> settled_{};  // model of each subtask that is like others
  std::vector<Real> least_{};           // of the row's use by what a subtask still needs
  std::vector<Real> last_{};            // the largest part of it
  std::vector<Real> smallest_{};
};

}  // namespace shoal::assign
