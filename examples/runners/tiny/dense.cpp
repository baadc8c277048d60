// SPDX-License-Identifier: BSL-1.0
#include "tiny/dense.hpp"

#include <algorithm>
#include <cstring>

namespace tiny {

namespace {

constexpr std::size_t lanes = 16;

// 16 floats; the compiler makes of it what the processor has.
typedef float lane __attribute__((vector_size(64)));

struct work {
  const float* weights;  // blocks: [row block][column][16]
  const float* bias;     // [row block][16]
  std::size_t blocks;
  std::size_t columns;
  const float* x;
  std::size_t x_stride;
  float* y;
  std::size_t y_stride;
  std::size_t rows;
};

// `Blocks` row blocks times `N` columns of x.
template <std::size_t Blocks, std::size_t N>
inline __attribute__((always_inline)) void tile(const work& w, std::size_t block, std::size_t column) {
  lane sum[Blocks][N];
  for (std::size_t b = 0; b < Blocks; ++b) {
    for (std::size_t n = 0; n < N; ++n) std::memcpy(&sum[b][n], w.bias + (block + b) * lanes, sizeof(lane));
  }
  const float* x[N];
  for (std::size_t n = 0; n < N; ++n) x[n] = w.x + (column + n) * w.x_stride;
  const float* from[Blocks];
  for (std::size_t b = 0; b < Blocks; ++b) from[b] = w.weights + (block + b) * w.columns * lanes;
  for (std::size_t i = 0; i < w.columns; ++i) {
    for (std::size_t b = 0; b < Blocks; ++b) {
      lane weight;
      std::memcpy(&weight, from[b] + i * lanes, sizeof(lane));
      for (std::size_t n = 0; n < N; ++n) sum[b][n] += weight * x[n][i];
    }
  }
  for (std::size_t b = 0; b < Blocks; ++b) {
    const std::size_t row = (block + b) * lanes;
    const std::size_t kept = std::min(lanes, w.rows - row);
    for (std::size_t n = 0; n < N; ++n) {
      float* const to = w.y + (column + n) * w.y_stride + row;
      if (kept == lanes) {
        std::memcpy(to, &sum[b][n], sizeof(lane));
      } else {
        std::memcpy(to, &sum[b][n], kept * sizeof(float));
      }
    }
  }
}

template <std::size_t N>
inline __attribute__((always_inline)) void columns_of(const work& w, std::size_t column) {
  // A sum is a chain of additions, each waiting for the last; several chains side by side keep the units
  // busy.
  constexpr std::size_t together = N == 1 ? 4 : (N == 2 ? 2 : 1);
  std::size_t block = 0;
  for (; block + together <= w.blocks; block += together) tile<together, N>(w, block, column);
  for (; block < w.blocks; ++block) tile<1, N>(w, block, column);
}

// `Most`: as many columns at once as there are registers for. What is left over goes in one pass too, since
// reading the weights is what takes the time.
template <std::size_t Most>
inline __attribute__((always_inline)) void all(const work& w, std::size_t n) {
  std::size_t column = 0;
  for (; column + Most <= n; column += Most) columns_of<Most>(w, column);
  const std::size_t left = n - column;
  if constexpr (Most > 7) {
    if (left == 7) columns_of<7>(w, column);
  }
  if constexpr (Most > 6) {
    if (left == 6) columns_of<6>(w, column);
  }
  if constexpr (Most > 5) {
    if (left == 5) columns_of<5>(w, column);
  }
  if constexpr (Most > 4) {
    if (left == 4) columns_of<4>(w, column);
  }
  if constexpr (Most > 3) {
    if (left == 3) columns_of<3>(w, column);
  }
  if constexpr (Most > 2) {
    if (left == 2) columns_of<2>(w, column);
  }
  if (left == 1) columns_of<1>(w, column);
}

using engine = void (*)(const work&, std::size_t);

void plain(const work& w, std::size_t n) { all<2>(w, n); }

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) void with_avx2(const work& w, std::size_t n) { all<6>(w, n); }
__attribute__((target("avx512f,fma"))) void with_avx512(const work& w, std::size_t n) { all<8>(w, n); }

engine widest() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return with_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return with_avx2;
  return plain;
}
#else
engine widest() { return plain; }
#endif

}  // namespace

dense::dense(std::size_t rows, std::size_t columns, std::span<const float> weights,
             std::span<const float> bias)
    : rows_(rows),
      columns_(columns),
      weights_((rows + lanes - 1) / lanes * columns),
      bias_((rows + lanes - 1) / lanes) {
  for (block& b : weights_) std::fill(b.v, b.v + lanes, 0.0F);
  for (block& b : bias_) std::fill(b.v, b.v + lanes, 0.0F);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c)
      weights_[r / lanes * columns + c].v[r % lanes] = weights[r * columns + c];
    if (!bias.empty()) bias_[r / lanes].v[r % lanes] = bias[r];
  }
}

void dense::operator()(const Eigen::MatrixXf& x, Eigen::MatrixXf& y) const {
  eigen_assert(static_cast<std::size_t>(x.rows()) == columns_);
  static const engine run = widest();
  y.resize(static_cast<Eigen::Index>(rows_), x.cols());
  if (weights_.empty() || x.cols() == 0) return;
  run({weights_.front().v, bias_.front().v, bias_.size(), columns_, x.data(),
       static_cast<std::size_t>(x.rows()), y.data(), rows_, rows_},
      static_cast<std::size_t>(x.cols()));
}

}  // namespace tiny
