// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/hedge.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::run;

TEST_CASE("a hedge waits for the quantile that its budget can pay for", "[run]") {
  latency_record r;
  CHECK_FALSE(hedge_delay_s({}, r));
  for (int i = 1; i <= 19; ++i) r.add(0.01 * i);
  CHECK_FALSE(hedge_delay_s({}, r));
  for (int i = 20; i <= 100; ++i) r.add(0.01 * i);
  CHECK(*hedge_delay_s({.quantile = 0.95, .most_extra = 0.2}, r) == Approx(0.95).epsilon(0.031));
  CHECK(*hedge_delay_s({.quantile = 0.95, .most_extra = 0.02}, r) == Approx(0.98).epsilon(0.031));
  CHECK(*hedge_delay_s({.least_delay_s = 5}, r) == 5);
  CHECK_FALSE(hedge_delay_s({.most_extra = 0}, r));
}

TEST_CASE("hedges taken are never more than their share of the calls", "[run]") {
  random_engine engine(1);
  for (const double share : {0.0, 0.02, 0.1, 1.0 / 3, 1.0}) {
    hedge_budget budget(share);
    double calls = 0;
    double taken = 0;
    for (int i = 0; i < 20000; ++i) {
      if (uniform_01(engine) < 0.7) {
        budget.call();
        ++calls;
      } else if (budget.take()) {
        ++taken;
        if (uniform_01(engine) < 0.1) {
          budget.refund();
          --taken;
        }
      }
      REQUIRE(taken <= share * calls * (1 + 1e-12));
    }
    if (share < 0.4) CHECK(taken >= share * calls - 32);  // who asks often gets all but what is saved
  }
}

TEST_CASE("the fiftieth call pays for the first hedge at 2 %, and calm saves up no more than 32", "[run]") {
  hedge_budget budget(0.02);
  for (int i = 0; i < 49; ++i) budget.call();
  CHECK_FALSE(budget.take());
  budget.call();
  CHECK(budget.take());
  CHECK_FALSE(budget.take());
  for (int i = 0; i < 1000000; ++i) budget.call();
  int taken = 0;
  while (budget.take()) ++taken;
  CHECK(taken == 32);
}

TEST_CASE("a hundred calls at 29 % pay for 29 hedges", "[run]") {
  hedge_budget budget(0.29);  // 0.29 x 100 is a little less than 29
  for (int i = 0; i < 100; ++i) budget.call();
  int taken = 0;
  while (budget.take()) ++taken;
  CHECK(taken == 29);
}

TEST_CASE("with hedging at 2 % the slowest of a thousand calls is ten times faster where 1 % stall",
          "[run]") {
  random_engine engine(7);
  const auto draw = [&] {
    // Log-normal by the sum of twelve uniforms; one in a hundred lasts 100 times as long.
    double z = -6;
    for (int i = 0; i < 12; ++i) z += uniform_01(engine);
    return 0.1 * std::exp(0.3 * z) * (uniform_01(engine) < 0.01 ? 100 : 1);
  };
  const hedging how{};
  latency_record seen;
  hedge_budget budget(how.most_extra);
  std::vector<double> plain;
  std::vector<double> hedged;
  int extra = 0;
  constexpr int calls = 100000;
  for (int i = 0; i < calls; ++i) {
    const double first = draw();
    plain.push_back(first);
    budget.call();
    const auto delay = hedge_delay_s(how, seen);
    double took = first;
    if (delay && first > *delay && budget.take()) {
      ++extra;
      const double second = draw();
      took = std::min(first, *delay + second);
      if (took < first) seen.add(second);
    }
    seen.add(took);
    hedged.push_back(took);
  }
  const auto p999 = [](std::vector<double>& v) {
    std::sort(v.begin(), v.end());
    return v[v.size() - v.size() / 1000];
  };
  CHECK(p999(plain) >= 10 * p999(hedged));
  CHECK(extra <= calls / 50);
}

TEST_CASE("hedging out of range is refused with its value", "[run]") {
  const auto refusal = [](const hedging& h) {
    try {
      validate(h);
    } catch (const invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(refusal({}).empty());
  CHECK(refusal({.quantile = 1}) == "hedging: quantile 1 is not in (0, 1)");
  CHECK(refusal({.most_extra = 1.5}) == "hedging: most_extra 1.5 is not in [0, 1]");
  CHECK(refusal({.least_samples = 0}) == "hedging: least_samples 0 is not >= 1");
  CHECK_FALSE(refusal({.least_delay_s = std::nan("")}).empty());
}
