// SPDX-License-Identifier: BSL-1.0
/// @file The kernel: y = W x + b for a few columns x at once, the weights read once from front to back.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <span>
#include <vector>

namespace tiny {

/// A linear layer. The weights lie in blocks of 16 rows, so that one pass over memory serves all columns;
/// each number of the result is summed in the same order whatever the number of columns, so a token gives the
/// same bits alone and among others. The processor's widest vectors (AVX-512, AVX2, or what the compiler was
/// told) are chosen at run time.
class dense {
 public:
  dense() = default;
  /// @param weights  rows x columns, by rows
  /// @param bias  one for each row, or empty for none
  dense(std::size_t rows, std::size_t columns, std::span<const float> weights, std::span<const float> bias);

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }

  /// @param x  columns() x n; `y` becomes rows() x n.
  void operator()(const Eigen::MatrixXf& x, Eigen::MatrixXf& y) const;

 private:
  struct alignas(64) block {
    float v[16];
  };

  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  std::vector<block> weights_;  // for each 16 rows: one block a column
  std::vector<block> bias_;
};

}  // namespace tiny
