// SPDX-License-Identifier: BSL-1.0
/// @file Whole figures: a scale on which figures are whole numbers, exactly or as nearly as can be.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "shoal/core/when_used.hpp"

namespace shoal::assign {

/// Figures times `factor` are taken for whole numbers.
struct whole_scale {
  double factor = 1;
  bool exact = true;  ///< they are, up to the rounding of a decimal fraction in binary
};

/// The nearest whole number, halves to the even one. @pre |x| < 2^51.
inline double nearest_whole(double x) {
  constexpr double shift = 6755399441055744.0;  // 1.5 x 2^52: its unit in the last place is 1
  return (x + shift) - shift;
}

/// The least power of ten, up to a thousand million, that makes all figures whole while sums of `count` of
/// them stay below `most`; where there is none, the largest power of two that keeps the sums there, so that
/// figures are rounded as little as can be.
/// @complexity O(size) for each power that is tried; one that fails is left at the first figure that shows
/// it.
template <class Real>
whole_scale scale_to_whole(const Real* figures, std::size_t size, std::size_t count, Real most) {
  Real largest = 0;
  for (std::size_t e = 0; e < size; ++e) largest = std::max(largest, std::abs(figures[e]));
  const Real sum = largest * static_cast<Real>(std::max<std::size_t>(count, 1));
  // A figure such as 0.1 is off its decimal by half a unit in the last place, and the product by another.
  constexpr Real doubt = 4 * std::numeric_limits<Real>::epsilon();
  for (Real factor = 1; factor <= Real{1e9} && sum * factor <= most / 2; factor *= 10) {
    bool whole = true;
    for (std::size_t begin = 0; whole && begin < size; begin += 256) {
      const std::size_t end = std::min(begin + 256, size);
      Real worst = 0;
      for (std::size_t e = begin; e < end; ++e) {
        const Real x = figures[e] * factor;
        worst = std::max(worst, std::abs(x - nearest_whole(x)) - doubt * std::abs(x));
      }
      whole = worst <= 0;
    }
    if (whole) return {factor, true};
  }
  if (!(sum > 0)) return {1, true};
  return {std::exp2(std::floor(std::log2(most / (2 * sum)))), false};
}

}  // namespace shoal::assign
