// SPDX-License-Identifier: BSL-1.0
/// @file What a class of a multiple-choice knapsack problem takes when its use has a price.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include <Eigen/Core>

#include "shoal/assign/choice_table.hpp"

namespace shoal::assign {

/// The choice of a class that is cheapest at a multiplier.
template <class Real>
struct priced_choice {
  Real price = std::numeric_limits<Real>::infinity();  ///< cost + u use
  std::size_t place = 0;                               ///< in the class
};

/// The cheapest choice of a class at multiplier `u`; of equal ones, the first.
/// @param size  places, a multiple of the table's lanes.
/// @complexity O(size), four at a time.
template <class Real>
priced_choice<Real> cheapest_choice(const Real* cost, const Real* use, std::size_t size, Real u) {
  constexpr std::size_t lanes = choice_table<Real>::lanes;
  using lane = Eigen::Array<Real, static_cast<int>(lanes), 1>;
  using view = Eigen::Map<const lane>;
  constexpr std::size_t block = 4 * lanes;
  priced_choice<Real> out;
  std::size_t begin = 0;  // of the block that holds the cheapest
  if (size > block) {
    Real least = std::numeric_limits<Real>::infinity();
    for (std::size_t b = 0; b < size; b += block) {
      lane price = view(cost + b) + u * view(use + b);
      const std::size_t end = std::min(b + block, size);
      for (std::size_t j = b + lanes; j < end; j += lanes)
        price = price.min(view(cost + j) + u * view(use + j));
      const Real at = price.minCoeff();
      begin = at < least ? b : begin;
      least = at < least ? at : least;
    }
    size = std::min(begin + block, size);
  }
  for (std::size_t j = begin; j < size; ++j) {
    const Real at = cost[j] + u * use[j];
    out.place = at < out.price ? j : out.place;
    out.price = at < out.price ? at : out.price;
  }
  return out;
}

/// The choice of least use; of equal ones, the first of least cost.
template <class Real>
std::size_t lightest_choice(const Real* cost, const Real* use, std::size_t size) {
  std::size_t best = size;
  for (std::size_t j = 0; j < size; ++j) {
    if (std::isinf(cost[j])) continue;
    if (best == size || use[j] < use[best] || (use[j] == use[best] && cost[j] < cost[best])) best = j;
  }
  return best;
}

/// What the second cheapest choice of a class costs more, at multiplier `u`, than the one that is taken,
/// which is the cheapest up to rounding: infinite where there is no second.
/// @complexity O(size), four at a time.
template <class Real>
Real second_price(const Real* cost, const Real* use, std::size_t size, Real u, std::size_t taken) {
  constexpr std::size_t lanes = choice_table<Real>::lanes;
  using lane = Eigen::Array<Real, static_cast<int>(lanes), 1>;
  using view = Eigen::Map<const lane>;
  lane first = lane::Constant(std::numeric_limits<Real>::infinity());
  lane second = first;
  for (std::size_t j = 0; j < size; j += lanes) {
    const lane at = view(cost + j) + u * view(use + j);
    second = second.min(first.max(at));
    first = first.min(at);
  }
  Real least = std::numeric_limits<Real>::infinity();
  Real next = least;
  for (std::size_t l = 0; l < lanes; ++l) {
    const Real at = first[static_cast<Eigen::Index>(l)];
    next = std::min(std::min(next, std::max(least, at)), second[static_cast<Eigen::Index>(l)]);
    least = std::min(least, at);
  }
  return next - (cost[taken] + u * use[taken]);
}

}  // namespace shoal::assign
