// SPDX-License-Identifier: BSL-1.0
/// @file Choice table: the figures of a multiple-choice knapsack problem, laid out for the processor.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <Eigen/Core>

namespace shoal::assign {

/// The multiple-choice knapsack problem: take one choice of each class,
///
///     least   sum cost      with    sum use <= limit
///
/// Figures are whole numbers of any sign, kept in doubles because the arithmetic of doubles is exact on whole
/// numbers up to 2^53 and is what processors do fastest. The classes lie one after the other, each padded to
/// a whole number of lanes with empty places, whose cost is infinite, so that no inner loop has a rest. The
/// memory is kept when the table takes another shape.
template <class Real = double>
class choice_table {
 public:
  static constexpr std::size_t lanes = 4;
  /// Sums of the largest figures of all classes stay below it, so that every sum is exact.
  static constexpr Real most = 4503599627370496.0;  // 2^52

  /// Gives the table a shape; every place is empty then, and there is no limit.
  void reshape(std::size_t classes, std::size_t choices) {
    resize(classes, choices);
    std::fill(cost_.begin(), cost_.end(), std::numeric_limits<Real>::infinity());
    std::fill(use_.begin(), use_.end(), Real{0});
  }
  /// The same for one who fills every place, those past the last choice too.
  void resize(std::size_t classes, std::size_t choices) {
    classes_ = classes;
    choices_ = choices;
    stride_ = (choices + lanes - 1) / lanes * lanes;
    cost_.resize(classes_ * stride_);
    use_.resize(classes_ * stride_);
    limit = std::numeric_limits<Real>::infinity();
  }

  std::size_t classes() const { return classes_; }
  std::size_t choices() const { return choices_; }  ///< the most that a class has
  std::size_t stride() const { return stride_; }    ///< places of a class, a multiple of `lanes`

  Real* cost(std::size_t k) { return cost_.data() + k * stride_; }
  Real* use(std::size_t k) { return use_.data() + k * stride_; }
  const Real* cost(std::size_t k) const { return cost_.data() + k * stride_; }
  const Real* use(std::size_t k) const { return use_.data() + k * stride_; }

  /// Looks through the figures once they stand: how large they are.
  /// @return false when sums of them may leave the whole numbers that doubles hold exactly.
  bool measure() { return measured(largest(cost_), largest(use_)); }
  /// The same for one who knows how large: the largest |cost| and |use| of a choice.
  bool measured(Real largest_cost, Real largest_use) {
    largest_cost_ = largest_cost;
    largest_use_ = largest_use;
    const Real count = static_cast<Real>(classes_);
    return count * largest_cost_ <= most && count * largest_use_ <= most;
  }
  Real largest_cost() const { return largest_cost_; }  ///< largest |cost| of a choice, after `measure`
  Real largest_use() const { return largest_use_; }    ///< largest |use| of a choice, after `measure`

  /// Bytes that it holds on to.
  std::size_t bytes() const { return (cost_.capacity() + use_.capacity()) * sizeof(Real); }

  Real limit = std::numeric_limits<Real>::infinity();  ///< of the sum of uses

 private:
  /// The largest |figure|; infinite ones do not count.
  static Real largest(const std::vector<Real>& figures) {
    constexpr Real finite = std::numeric_limits<Real>::max();
    using lane = Eigen::Array<Real, static_cast<int>(lanes), 1>;
    using view = Eigen::Map<const lane>;
    lane out = lane::Zero();
    for (std::size_t e = 0; e < figures.size(); e += lanes) {
      const auto size = view(figures.data() + e).abs();
      if (size.maxCoeff() <= finite) {
        out = out.max(size);
      } else {
        for (std::size_t l = 0; l < lanes; ++l)
          if (std::abs(figures[e + l]) <= finite) out[0] = std::max(out[0], std::abs(figures[e + l]));
      }
    }
    return out.maxCoeff();
  }

  std::size_t classes_ = 0;
  std::size_t choices_ = 0;
  std::size_t stride_ = 0;
  std::vector<Real> cost_{};
  std::vector<Real> use_{};
  Real largest_cost_ = 0;
  Real largest_use_ = 0;
};

}  // namespace shoal::assign
