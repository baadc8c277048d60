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

/// How whole a set of figures is, gathered piece by piece.
template <class Real = double>
struct wholeness {
  Real sum = 0;    ///< of the largest |figure| of each piece
  Real worst = 0;  ///< <= 0: all figures are whole, up to the rounding of a product

  /// Looks at further figures times `factor`. @param figures  finite. @complexity O(size), vectorised.
  void look_at(const Real* figures, std::size_t size, Real factor = 1) {
    if (size == 0) return;
    using view = Eigen::Map<const Eigen::Array<Real, Eigen::Dynamic, 1>>;
    constexpr Real shift = 6755399441055744.0;
    // A figure such as 0.1 is off its decimal by half a unit in the last place, and the product by another.
    const Real doubt = factor == 1 ? 0 : 4 * std::numeric_limits<Real>::epsilon();
    const auto x = view(figures, static_cast<Eigen::Index>(size)) * factor;
    sum += x.abs().maxCoeff();
    worst = std::max(worst, ((x - ((x + shift) - shift)).abs() - doubt * x.abs()).maxCoeff());
  }
};

/// The least power of ten, up to a thousand million, that makes all figures whole while sums of `count` of
/// them stay below `most`; where there is none, the largest power of two that keeps the sums there, so that
/// figures are rounded as little as can be.
/// @param figures  finite.
/// @param seen  all of them, looked at piece by piece.
/// @complexity O(size) for each power that is tried; one that fails is left soon after the first figure that
/// shows it.
template <class Real>
whole_scale<Real> scale_to_whole(const Real* figures, std::size_t size, const wholeness<Real>& seen,
                                 Real most) {
  const Real sum = seen.sum;
  if (seen.worst <= 0 && sum <= most / 2) return {};
  for (Real factor = 10; factor <= Real{1e9} && sum * factor <= most / 2; factor *= 10) {
    wholeness<Real> at;
    constexpr std::size_t block = 512;
    for (std::size_t begin = 0; at.worst <= 0 && begin < size; begin += block)
      at.look_at(figures + begin, std::min(block, size - begin), factor);
    if (at.worst <= 0) return {factor, true};
  }
  return {std::exp2(std::floor(std::log2(most / (2 * sum)))), false};
}

}  // namespace shoal::assign
