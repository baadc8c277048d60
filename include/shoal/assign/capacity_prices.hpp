// SPDX-License-Identifier: BSL-1.0
/// @file Prices of capacities and rows, near those of the linear relaxation: cheap, few, and worth keeping
/// from one problem to the next.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "shoal/assign/capacity_form.hpp"

namespace shoal::assign {

/// With a price w_i >= 0 on each capacity and u_r >= 0 on each row, each subtask takes the models that are
/// cheapest for it at those prices; the sum, less the prices of the limits, is a bound on every plan.
/// @source Barahona & Anbil 2000, The volume algorithm, Math. Programming 87.
template <class Real = double>
class capacity_prices {
 public:
  explicit capacity_prices(const capacity_form<Real>& form)
      : form_(form),
        at_(form.models + form.rows.size(), 0),
        unit_(at_.size(), 1),
        cheapest_(form.subtasks, 0) {
    Real sum = 0;
    for (const Real load : form.load) sum += load;
    const Real mean = sum > 0 ? sum / static_cast<Real>(form.pairs()) : 1;
    for (std::size_t i = 0; i < form.models; ++i) unit_[i] = std::isinf(form.capacity[i]) ? 0 : mean;
    for (std::size_t r = 0; r < form.rows.size(); ++r) unit_[form.models + r] = form.rows[r].size;
  }

  /// Prices to start from: of each model's capacity, then of each row. @pre start.size() fits, >= 0.
  void start_from(const std::vector<Real>& start) {
    for (std::size_t d = 0; d < at_.size(); ++d) at_[d] = unit_[d] > 0 ? start[d] * unit_[d] : 0;
  }

  /// Raises the bound for so many steps at most, each over all pairs. @return the best bound.
  /// @param enough  a bound that is.
  /// @param stop    called before each step; true ends the search.
  /// @complexity O(steps x pairs), vectorised.
  template <class Stop>
  Real ascend(std::size_t steps, Real enough, Stop stop);

  /// Price of a unit of model i's capacity, or of the row i - models.
  Real operator[](std::size_t d) const { return unit_[d] > 0 ? at_[d] / unit_[d] : 0; }
  /// Of each subtask, what its last model costs at these prices.
  const std::vector<Real>& cheapest() const { return cheapest_; }
  /// Cost of a pair at these prices.
  Real priced(std::size_t pair) const {
    const std::size_t i = pair % form_.models;
    Real out = form_.cost[pair] + (*this)[i] * form_.load[pair];
    for (std::size_t r = 0; r < form_.rows.size(); ++r)
      out += (*this)[form_.models + r] * form_.rows[r].use[pair];
    return out;
  }

 private:
  Real evaluate(const std::vector<Real>& at);

  const capacity_form<Real>& form_;
  std::vector<Real> at_;    // the best prices, times their units
  std::vector<Real> unit_;  // 0: no limit
  std::vector<Real> cheapest_;
  std::vector<Real> costs_{};
  std::vector<Real> gradient_{};
  std::vector<Real> level_{};  // of each subtask at the last evaluation
  std::vector<std::pair<Real, std::size_t>> order_{};
};

template <class Real>
Real capacity_prices<Real>::evaluate(const std::vector<Real>& at) {
  const std::size_t n = form_.models;
  using column = Eigen::Array<Real, Eigen::Dynamic, 1>;
  const auto view = [n](const std::vector<Real>& figures, std::size_t k) {
    return Eigen::Map<const column>(figures.data() + k * n, static_cast<Eigen::Index>(n));
  };
  column price(static_cast<Eigen::Index>(n));
  Real bound = 0;
  gradient_.assign(at.size(), 0);
  for (std::size_t d = 0; d < at.size(); ++d) {
    if (d < n) price[static_cast<Eigen::Index>(d)] = unit_[d] > 0 ? at[d] / unit_[d] : 0;
    if (!(unit_[d] > 0)) continue;
    gradient_[d] = -(d < n ? form_.capacity[d] : form_.rows[d - n].bound) / unit_[d];
    bound += at[d] * gradient_[d];
  }
  level_.resize(form_.subtasks);
  costs_.resize(n);
  Eigen::Map<column> cost(costs_.data(), static_cast<Eigen::Index>(n));
  const auto take = [&](std::size_t pair) {
    if (unit_[pair % n] > 0) gradient_[pair % n] += form_.load[pair] / unit_[pair % n];
    for (std::size_t r = 0; r < form_.rows.size(); ++r)
      gradient_[n + r] += form_.rows[r].use[pair] / unit_[n + r];
  };
  for (std::size_t k = 0; k < form_.subtasks; ++k) {
    cost = view(form_.cost, k) + price * view(form_.load, k);
    for (std::size_t r = 0; r < form_.rows.size(); ++r)
      cost += at[n + r] / unit_[n + r] * view(form_.rows[r].use, k);
    const unsigned char* open = form_.open.data() + k * n;
    for (std::size_t i = 0; i < n; ++i)
      if (!open[i]) costs_[i] = std::numeric_limits<Real>::infinity();
    if (form_.takes[k] == 1) {
      const Real least = cost.minCoeff();
      std::size_t i = 0;
      while (!(costs_[i] <= least)) ++i;
      level_[k] = least;
      bound += least;
      take(k * n + i);
      continue;
    }
    order_.clear();
    for (std::size_t i = 0; i < n; ++i) order_.emplace_back(costs_[i], k * n + i);
    const auto end = order_.begin() + static_cast<std::ptrdiff_t>(form_.takes[k]);
    std::partial_sort(order_.begin(), end, order_.end());
    for (auto each = order_.begin(); each != end; ++each) {
      bound += each->first;
      take(each->second);
    }
    level_[k] = std::prev(end)->first;
  }
  return bound;
}

template <class Real>
template <class Stop>
Real capacity_prices<Real>::ascend(std::size_t steps, Real enough, Stop stop) {
  Real best = evaluate(at_);
  cheapest_ = level_;
  std::vector<Real> direction = gradient_;
  std::vector<Real> trial = at_;
  Real reach = Real{0.05} * std::abs(best) + std::numeric_limits<Real>::min();
  Real round_began = best;
  double share = 0.1;
  constexpr double most = 0.3;
  std::size_t failures = 0;
  for (std::size_t step = 0; step < steps && best < enough && !stop(); ++step) {
    Real norm = 0;
    for (std::size_t d = 0; d < at_.size(); ++d)
      if (at_[d] > 0 || direction[d] > 0) norm += direction[d] * direction[d];
    if (share < 0.01 || !(norm > 1e-12)) {
      // Stuck: anew from the best prices, with an aim that is as far as the last one led.
      if (!(norm > 1e-12) && best <= round_began) break;
      if (reach < Real{1e-7} * std::abs(best)) break;
      reach = std::max(reach / 4, std::min(reach, best - round_began));
      round_began = best;
      evaluate(at_);
      direction = gradient_;
      share = 0.1;
      continue;
    }
    for (std::size_t d = 0; d < at_.size(); ++d)
      trial[d] = std::max(Real{0}, at_[d] + share * reach / norm * direction[d]);
    const Real bound = evaluate(trial);
    Real apart = 0;
    Real dot = 0;
    Real along = 0;
    for (std::size_t d = 0; d < at_.size(); ++d) {
      if (!(at_[d] > 0 || direction[d] > 0 || gradient_[d] > 0)) continue;  // it stays zero
      const Real difference = gradient_[d] - direction[d];
      apart += difference * difference;
      dot += direction[d] * difference;
      along += direction[d] * gradient_[d];
    }
    const double weight = apart > 0 ? -dot / apart : most;
    const double part = weight < 0 ? most / 10 : std::min(weight, most);
    for (std::size_t d = 0; d < at_.size(); ++d) direction[d] += part * (gradient_[d] - direction[d]);
    if (bound > best) {
      best = bound;
      std::swap(at_, trial);
      std::swap(cheapest_, level_);
      failures = 0;
      if (along > 0) share = std::min(2.0, 1.3 * share);
      if (best - round_began > 2 * reach) {  // farther than thought, as where no plan keeps the limits
        reach *= 2;
        round_began = best;
      }
    } else if (++failures >= 4) {
      failures = 0;
      share *= 0.6;
    }
  }
  return best;
}

}  // namespace shoal::assign
