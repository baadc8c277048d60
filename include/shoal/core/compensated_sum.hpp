// SPDX-License-Identifier: BSL-1.0
/// @file Compensated summation: a sum of n terms as exact as if it were added in twice the precision.
#pragma once

#include <cmath>
#include <concepts>
#include <utility>

namespace shoal {

/// A running sum that carries along what rounding lost. `T` is a floating-point number, or an Eigen array of
/// them, where every term has the shape of the first. It starts with its first term, which fixes the shape.
/// A sum that overflows is infinite, as a plain one is.
/// @complexity six additions a term.
/// @source Ogita, Rump & Oishi 2005, "Accurate sum and dot product", SIAM J. Sci. Comput. 26(6): Sum2.
template <class T>
class compensated_sum {
 public:
  explicit compensated_sum(T first) : sum_(std::move(first)), lost_(sum_ - sum_) {}

  void add(const T& term) {
    const T next = sum_ + term;
    const T taken = next - sum_;
    lost_ += (sum_ - (next - taken)) + (term - taken);
    sum_ = next;
  }

  T value() const {
    if constexpr (std::floating_point<T>)
      return std::isfinite(lost_) ? sum_ + lost_ : sum_;
    else
      return lost_.isFinite().select(sum_ + lost_, sum_);
  }

 private:
  T sum_;
  T lost_;
};

}  // namespace shoal
