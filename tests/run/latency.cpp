// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/latency.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "catch.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::run;

namespace {

constexpr double stated = 1.0 / 33 + 1e-12;
constexpr double shares[] = {0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.999, 1};

double nearest_rank(const std::vector<double>& sorted, double q) {
  const auto n = static_cast<double>(sorted.size());
  const auto rank = static_cast<std::size_t>(std::max(1.0, std::ceil(q * n)));
  return sorted[rank - 1];
}

}  // namespace

TEST_CASE("a record of nothing knows nothing", "[run]") {
  const latency_record r;
  CHECK(r.count() == 0);
  CHECK(r.quantile(0.5) == 0);
  CHECK(r.mean_s() == 0);
}

TEST_CASE("any single duration from a microsecond to a day is kept within the stated error", "[run]") {
  for (double s = 1e-6; s < 1e5; s *= 1.00173) {
    latency_record r;
    r.add(s);
    REQUIRE(std::abs(r.quantile(0.5) - s) <= stated * s);
    REQUIRE(r.mean_s() == s);
  }
  for (int power = -19; power <= 16; ++power) {  // the borders of the buckets themselves
    const double border = std::ldexp(1.0, power);
    for (const double s : {border, std::nextafter(border, 0.0), std::nextafter(border, 1e9)}) {
      latency_record r;
      r.add(s);
      REQUIRE(std::abs(r.quantile(1) - s) <= stated * s);
    }
  }
}

TEST_CASE("quantiles differ from those of the sorted samples by the stated error at most", "[run]") {
  random_engine engine(1);
  for (int round = 0; round < 200; ++round) {
    latency_record r;
    std::vector<double> all(1 + uniform_below(engine, latency_record::half_life - 1));
    const double spread = 11 * uniform_01(engine);
    for (double& s : all) {
      s = 1e-6 * std::pow(10, spread * uniform_01(engine));
      if (uniform_01(engine) < 0.1) s = all.front();  // repeats
      s = std::clamp(s, 1e-6, 1e5);
      r.add(s);
    }
    CHECK(r.count() == all.size());
    CHECK(r.mean_s() ==
          Approx(std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size())));
    std::sort(all.begin(), all.end());
    for (const double q : shares) {
      const double exact = nearest_rank(all, q);
      REQUIRE(std::abs(r.quantile(q) - exact) <= stated * exact);
    }
  }
}

TEST_CASE("durations out of range count as the nearest bucket's", "[run]") {
  latency_record r;
  r.add(0);
  CHECK(r.quantile(0.5) == Approx(1e-6).epsilon(0.1));
  latency_record slow;
  slow.add(1e9);
  CHECK(slow.quantile(0.5) == Approx(131072).epsilon(0.05));
}

TEST_CASE("forgetting keeps the quantiles of a steady stream", "[run]") {
  // Samples at ranks spread evenly: every thousand of them has the same quantiles.
  latency_record r;
  for (int i = 0; i < 100000; ++i) {
    const int rank = (i * 617) % 1000;
    r.add(0.01 * std::pow(1000, rank / 999.0));
    if (i % 1000 != 999) continue;
    CHECK((r.count() >= 500 && r.count() <= 2000));
    for (const double q : shares) {
      const double low = 0.01 * std::pow(1000, std::max(0.0, q * 1000 - 4) / 999);
      const double high = 0.01 * std::pow(1000, std::min(999.0, q * 1000 + 4) / 999);
      REQUIRE(r.quantile(q) >= low * (1 - stated));
      REQUIRE(r.quantile(q) <= high * (1 + stated));
    }
  }
}

TEST_CASE("what was long ago is forgotten, a lone slow call included", "[run]") {
  latency_record r;
  for (int i = 0; i < 50000; ++i) r.add(i == 0 ? 1000 : 0.1);
  CHECK(r.quantile(1) == Approx(0.1).epsilon(stated));
  CHECK(r.mean_s() == Approx(0.1).epsilon(1e-6));
  for (int i = 0; i < 3000; ++i) r.add(2);  // the model became slow
  CHECK(r.quantile(0.5) == Approx(2).epsilon(stated));
  for (int i = 0; i < 20000; ++i) r.add(2);
  CHECK(r.quantile(0.01) == Approx(2).epsilon(stated));
}

TEST_CASE("a steady share of slow calls is neither lost nor multiplied by forgetting", "[run]") {
  random_engine engine(3);
  latency_record r;
  double above = 0;
  double looks = 0;
  for (int i = 0; i < 400000; ++i) {
    r.add(uniform_01(engine) < 0.01 ? 10 : 0.1);
    if (i < 10000 || i % 100 != 0) continue;
    ++looks;
    for (double q = 0.97; q < 1; q += 0.001) above += r.quantile(q) > 1 ? 0.001 : 0;
  }
  CHECK(above / looks == Approx(0.01).margin(0.0015));
}
