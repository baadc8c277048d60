// SPDX-License-Identifier: BSL-1.0
#include "shoal/core/random.hpp"

#include <array>
#include <set>

#include "catch.hpp"

using namespace shoal;

TEST_CASE("the engine is xoshiro256++ seeded by SplitMix64", "[core]") {
  // From a program of the published algorithm in another language, which gives 41943041, 58720359,
  // 3588806011781223 from the state 1, 2, 3, 4, as the reference code does.
  random_engine engine(42);
  CHECK(engine() == 15021278609987233951U);
  CHECK(engine() == 5881210131331364753U);
  CHECK(engine() == 18149643915985481100U);
}

TEST_CASE("stream seeds differ and follow SplitMix64", "[core]") {
  CHECK(stream_seed(0, 0) == 0xE220A8397B1DCDAFU);  // first output of SplitMix64 seeded with 0
  std::set<std::uint64_t> seen;
  for (std::uint64_t stream = 0; stream < 1000; ++stream) seen.insert(stream_seed(42, stream));
  CHECK(seen.size() == 1000);
}

TEST_CASE("draws stay in their range and fill it", "[core]") {
  random_engine engine(7);
  std::array<int, 5> hits{};
  for (int i = 0; i < 10000; ++i) {
    const double u = uniform_01(engine);
    REQUIRE((u >= 0 && u < 1));
    ++hits.at(uniform_below(engine, hits.size()));
  }
  for (const int count : hits) CHECK(std::abs(count - 2000) < 200);
}
