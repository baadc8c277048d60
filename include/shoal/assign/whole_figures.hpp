// SPDX-License-Identifier: BSL-1.0
/// @file Whole figures: a scale on which figures are whole numbers, exactly or as nearly as can be.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include <Eigen/Core>

namespace shoal::assign {

/// Figures times `factor` are taken for whole numbers.
template <class Real = double>
struct whole_scale {
  Real factor = 1;
  bool exact = true;  ///< they are, up to the rounding of a decimal fraction in binary
};

/// The nearest whole number of a number, halves to the even one. @pre |x| < 2^51.
template <class Real>
Real nearest_whole(Real x) {
  constexpr Real shift = 6755399441055744.0;  // 1.5 x 2^52: its unit in the last place is 1
  return (x + shift) - shift;
}

/// The least power of ten, up to a thousand million, that makes all figures whole while sums of `count` of
/// them stay below `most`; where there is none, the largest power of two that keeps the sums there, so that
/// figures are rounded as little as can be.
/// @param figures  finite.
/// @complexity O(size) for each power that is tried; one that fails is left soon after the first figure that
/// shows it.
template <class Real>
whole_scale<Real> scale_to_whole(const Real* figures, std::size_t size, std::size_t count, Real most) {
  using view = Eigen::Map<const Eigen::Array<Real, Eigen::Dynamic, 1>>;
  if (size == 0) return {};
  const Real largest = view(figures, static_cast<Eigen::Index>(size)).abs().maxCoeff();
  const Real sum = largest * static_cast<Real>(count);
  // A figure such as 0.1 is off its decimal by half a unit in the last place, and the product by another.
  constexpr Real doubt = 4 * std::numeric_limits<Real>::epsilon();
  constexpr Real shift = 6755399441055744.0;
  constexpr std::size_t block = 512;
  for (Real factor = 1; factor <= Real{1e9} && sum * factor <= most / 2; factor *= 10) {
    bool whole = true;
    for (std::size_t begin = 0; whole && begin < size; begin += block) {
      const auto x = view(figures + begin, static_cast<Eigen::Index>(std::min(block, size - begin))) * factor;
      whole = ((x - ((x + shift) - shift)).abs() - doubt * x.abs()).maxCoeff() <= 0;
    }
    if (whole) return {factor, true};
  }
  return {std::exp2(std::floor(std::log2(most / (2 * sum)))), false};
}

}  // namespace shoal::assign
