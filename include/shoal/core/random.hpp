// SPDX-License-Identifier: BSL-1.0
/// @file Random numbers that are the same on every compiler: an engine, seeds for parallel streams, and
/// draws.
///
/// The standard fixes std::mt19937_64 bit for bit but leaves its distributions to the library, so the draws
/// that results depend on are made here.
#pragma once

#include <cstdint>
#include <random>

namespace shoal {

/// The engine behind everything random in shoal.
using random_engine = std::mt19937_64;

/// Seed of stream `stream` of the family `seed`: neighbouring numbers give unrelated streams.
/// @source Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators" (SplitMix64's
/// finaliser).
inline std::uint64_t stream_seed(std::uint64_t seed, std::uint64_t stream) {
  std::uint64_t z = seed + (stream + 1) * 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

/// A double in [0, 1), 53 random bits.
inline double uniform_01(random_engine& engine) { return static_cast<double>(engine() >> 11U) * 0x1p-53; }

/// A whole number in [0, bound); bound >= 1. Unbiased.
inline std::uint64_t uniform_below(random_engine& engine, std::uint64_t bound) {
  const std::uint64_t reject_below = (0 - bound) % bound;
  for (;;) {
    const std::uint64_t draw = engine();
    if (draw >= reject_below) return draw % bound;
  }
}

}  // namespace shoal
