// SPDX-License-Identifier: BSL-1.0
/// @file Random numbers that are the same on every compiler: an engine, seeds for parallel streams, and
/// draws.
///
/// The standard leaves its distributions to the library, so the draws that results depend on are made here;
/// so is the engine, since `<random>` costs each program that includes it more compile time than this file.
#pragma once

#include <bit>
#include <cstdint>

#include "shoal/core/when_used.hpp"

namespace shoal {

/// Seed of stream `stream` of the family `seed`: neighbouring numbers give unrelated streams.
/// @source Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators" (SplitMix64's
/// finaliser).
inline std::uint64_t stream_seed(std::uint64_t seed, std::uint64_t stream) {
  std::uint64_t z = seed + (stream + 1) * 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

/// The engine behind everything random in shoal: xoshiro256++, period 2^256 - 1. It models
/// `std::uniform_random_bit_generator`, so the standard's shuffles and distributions take it too.
/// @source Blackman & Vigna 2021, "Scrambled linear pseudorandom number generators", ACM TOMS 47.
class random_engine {
 public:
  using result_type = std::uint64_t;

  explicit random_engine(std::uint64_t seed = 0) {
    for (std::uint64_t i = 0; i < 4; ++i) state_[i] = stream_seed(seed, i);
  }

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }

  result_type operator()() {
    const std::uint64_t out = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return out;
  }

 private:
  std::uint64_t state_[4]{};
};

/// A double in [0, 1), 53 random bits.
inline double uniform_01(random_engine& engine) { return static_cast<double>(engine() >> 11U) * 0x1p-53; }

/// A whole number in [0, bound); bound >= 1. Unbiased.
template <class = when_used>
std::uint64_t uniform_below(random_engine& engine, std::uint64_t bound) {
  const std::uint64_t reject_below = (0 - bound) % bound;
  for (;;) {
    const std::uint64_t draw = engine();
    if (draw >= reject_below) return draw % bound;
  }
}

}  // namespace shoal
