// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/retry_budget.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "moments.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::run;

namespace {

/// Which tenth of the window a moment lies in.
long long slot_of(time_point t, double window_s) {
  const long long ticks = (later(time_point{}, window_s) - time_point{}).count() / 10;
  return t.time_since_epoch().count() / ticks;
}

}  // namespace

TEST_CASE("sliding counts are those of the events whose slot is among the last ten", "[run]") {
  random_engine engine(1);
  for (const double window_s : {10.0, 1.0, 0.003, 7.77}) {
    sliding_counts counts(window_s);
    std::vector<std::pair<time_point, bool>> all;
    double now_s = 0;
    for (int step = 0; step < 3000; ++step) {
      // Mostly within a slot, at times over several, at times beyond the whole window.
      const double u = uniform_01(engine);
      now_s += window_s * (u < 0.9 ? 0.05 * u : u < 0.99 ? u : 3 * u);
      const time_point now = at(now_s);
      if (uniform_01(engine) < 0.7) {
        const bool first = uniform_01(engine) < 0.5;
        first ? counts.add_first(now) : counts.add_second(now);
        all.emplace_back(now, first);
      }
      std::size_t first = 0;
      std::size_t second = 0;
      for (const auto& [t, is_first] : all) {
        if (slot_of(t, window_s) > slot_of(now, window_s) - 10) ++(is_first ? first : second);
      }
      const auto seen = counts.at(now);
      REQUIRE(seen.first == first);
      REQUIRE(seen.second == second);
    }
  }
}

TEST_CASE("what comes out of order counts as the latest", "[run]") {
  sliding_counts counts(10);
  counts.add_first(at(100));
  counts.add_first(at(50));
  CHECK(counts.at(at(0)).first == 2);
  CHECK(counts.at(at(108)).first == 2);
  CHECK(counts.at(at(111)).first == 0);
  counts.add_second(at(111));
  counts.clear();
  CHECK(counts.at(at(111)).second == 0);
}

TEST_CASE("a retry budget grants a share of the requests and a floor", "[run]") {
  retry_budget budget({.share = 0.2, .floor_per_s = 0, .window_s = 10});
  CHECK_FALSE(budget.take(at(0)));
  for (int i = 0; i < 100; ++i) budget.request(at(0));
  int granted = 0;
  while (budget.take(at(1))) ++granted;
  CHECK(granted == 20);

  retry_budget floor({.share = 0.2, .floor_per_s = 1, .window_s = 10});
  granted = 0;
  while (floor.take(at(0))) ++granted;
  CHECK(granted == 10);
  CHECK_FALSE(floor.take(at(8)));
  CHECK(floor.take(at(11)));
}

TEST_CASE("a share is the decimal that was meant: 29 of 100 are 29", "[run]") {
  retry_budget budget({.share = 0.29, .floor_per_s = 0});  // 0.29 x 100 is a little less than 29
  for (int i = 0; i < 100; ++i) budget.request(at(0));
  int granted = 0;
  while (budget.take(at(0))) ++granted;
  CHECK(granted == 29);
}

TEST_CASE("over any window retries stay within the budget, whatever is asked", "[run]") {
  random_engine engine(5);
  for (int round = 0; round < 20; ++round) {
    const retry_limits limits{
        .share = uniform_01(engine), .floor_per_s = 3 * uniform_01(engine), .window_s = 2};
    retry_budget budget(limits);
    std::vector<time_point> requests;
    std::vector<time_point> retries;
    double now_s = 0;
    for (int step = 0; step < 2000; ++step) {
      now_s += 0.02 * uniform_01(engine);
      const time_point now = at(now_s);
      if (uniform_01(engine) < 0.5) {
        budget.request(now);
        requests.push_back(now);
      } else if (budget.take(now)) {
        retries.push_back(now);
        // The window that ends here, a tenth shorter: that much is always counted.
        std::size_t asked = 0;
        std::size_t again = 0;
        for (const time_point t : requests) asked += seconds_between(t, now) < limits.window_s;
        for (const time_point t : retries) again += seconds_between(t, now) < 0.9 * limits.window_s;
        REQUIRE(static_cast<double>(again) <=
                limits.share * static_cast<double>(asked) + limits.floor_per_s * limits.window_s + 1e-9);
      }
    }
    const double most =
        limits.share * static_cast<double>(requests.size()) + limits.floor_per_s * (now_s + 2);
    CHECK(static_cast<double>(retries.size()) <= most);
    CHECK(static_cast<double>(retries.size()) >= 0.7 * std::min(most, 1000.0) - 10);
  }
}

TEST_CASE("a retry budget out of range is refused with its value", "[run]") {
  const auto refused = [](const retry_limits& l) {
    try {
      retry_budget budget(l);
    } catch (const invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(refused({}).empty());
  CHECK(refused({.share = -1}) == "retry budget: share -1 is not a finite number >= 0");
  CHECK(refused({.window_s = 0}) == "retry budget: window_s 0 is not a finite number > 0");
  CHECK_FALSE(refused({.window_s = std::nan("")}).empty());
  CHECK_FALSE(refused({.floor_per_s = INFINITY}).empty());
}
