// SPDX-License-Identifier: BSL-1.0
/// @file Times that do not depend on what else the machine does, and what its core can do at best.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <vector>

#include "shoal/hybrid/cost_model.hpp"
#include "tiny/dense.hpp"

namespace benchmark_hybrid {

/// Of this thread.
inline double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// The least processor time of some repetitions, at least 3 and then as many as `budget` seconds allow: what
/// the work takes when nobody disturbs it.
template <class Work>
double least_seconds(double budget, Work work) {
  double best = 1e9;
  double spent = 0;
  for (int i = 0; i < 3 || (spent < budget && i < 300); ++i) {
    const double began = processor_seconds();
    work();
    const double took = processor_seconds() - began;
    best = std::min(best, took);
    spent += took;
  }
  return best;
}

/// Bytes a second that one core reads, again and again, from a block of this size.
inline double read_bytes(std::size_t bytes) {
  std::vector<float> block(bytes / sizeof(float), 1.0F);
  const Eigen::Map<const Eigen::VectorXf> all(block.data(), static_cast<Eigen::Index>(block.size()));
  float sink = 0;
  const double s = least_seconds(0.05, [&] {
    // Eight sums at once, so that additions do not bound it.
    const Eigen::Index part = all.size() / 8;
    Eigen::Array<float, 16, 1> sums[8];
    for (auto& x : sums) x.setZero();
    for (Eigen::Index i = 0; i + 16 <= part; i += 16) {
      for (Eigen::Index p = 0; p < 8; ++p) sums[p] += all.segment<16>(p * part + i).array();
    }
    for (const auto& x : sums) sink += x.sum();
  });
  if (std::isnan(sink)) std::puts("");
  return static_cast<double>(bytes) / s;
}

/// Operations a second of the kernel where its weights stay in the nearest cache and many columns share them.
inline double peak_operations() {
  constexpr std::size_t d = 64;
  const tiny::dense layer(d, d, std::vector<float>(d * d, 0.5F), {});
  const Eigen::MatrixXf x = Eigen::MatrixXf::Constant(d, 64, 0.25F);
  Eigen::MatrixXf y;
  const double s = least_seconds(0.1, [&] {
    for (int i = 0; i < 50; ++i) layer(x, y);
  });
  return 50 * 2.0 * d * d * 64 / s;
}

/// How much a core's own cache holds, by the size of block at which a byte takes as long as the mean of near
/// and far; and how many tokens at once balance reading with arithmetic.
inline shoal::hybrid::memory measured_memory() {
  std::vector<std::size_t> sizes;
  std::vector<double> byte_s;
  for (std::size_t bytes = 256 * 1024; bytes <= 16 * 1024 * 1024; bytes = bytes * 5 / 4) {
    sizes.push_back(bytes);
    byte_s.push_back(1 / read_bytes(bytes));
  }
  const double near = *std::min_element(byte_s.begin(), byte_s.end());
  const double far = byte_s.back();
  std::size_t at = 0;
  while (at + 1 < sizes.size() && byte_s[at] < (near + far) / 2) ++at;
  return {static_cast<double>(sizes[at]) / 1.5, sizeof(float) * far * peak_operations() / 2};
}

}  // namespace benchmark_hybrid
