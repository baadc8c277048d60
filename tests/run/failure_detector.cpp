// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/failure_detector.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <string>

#include "catch.hpp"
#include "moments.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::run;

namespace {

/// The formula of the paper, with Akka's additions, in long double.
struct paper {
  phi_options o{};
  std::deque<long double> intervals{0.75L * o.expected_s, 1.25L * o.expected_s};
  long double last = 0;
  bool beaten = false;

  long double phi(long double t) const {
    if (!beaten) return 0;
    long double sum = 0;
    for (const long double s : intervals) sum += s;
    const long double mean = sum / static_cast<long double>(intervals.size());
    long double squares = 0;
    for (const long double s : intervals) squares += (s - mean) * (s - mean);
    const long double deviation = std::max(static_cast<long double>(o.least_deviation_s),
                                           std::sqrt(squares / static_cast<long double>(intervals.size())));
    const long double z = (t - last - mean - o.acceptable_pause_s) / deviation;
    return -std::log10(0.5L * std::erfc(z / std::sqrt(2.0L)));
  }
  void beat(long double t) {
    if (beaten && phi(t) < o.threshold) {
      intervals.push_back(t - last);
      if (intervals.size() > o.window) intervals.pop_front();
    }
    last = t;
    beaten = true;
  }
};

}  // namespace

TEST_CASE("phi is the formula, near and far", "[run]") {
  for (double z = -8; z < 140; z += 0.37) {
    const long double exact = -std::log10(0.5L * std::erfc(static_cast<long double>(z) / std::sqrt(2.0L)));
    REQUIRE(run::detail::surprise(z) == Approx(static_cast<double>(exact)).epsilon(1e-10).margin(1e-15));
  }
  CHECK(std::isfinite(run::detail::surprise(1e9)));
}

TEST_CASE("phi follows the paper over random heartbeats", "[run]") {
  random_engine engine(1);
  for (int round = 0; round < 30; ++round) {
    phi_options o;
    o.threshold = 1 + 11 * uniform_01(engine);
    o.window = 2 + uniform_below(engine, 40);
    o.acceptable_pause_s = uniform_01(engine);
    o.least_deviation_s = 0.01 + 0.1 * uniform_01(engine);
    o.expected_s = 0.1 + uniform_01(engine);
    phi_accrual d(o);
    paper exact{.o = o};
    CHECK(d.suspects_at() == time_point::max());
    CHECK(d.phi(at(1)) == 0);
    double now_s = 0;
    for (int beat = 0; beat < 200; ++beat) {
      now_s += o.expected_s * (0.5 + uniform_01(engine)) * (uniform_01(engine) < 0.03 ? 20 : 1);
      // The moment itself is rounded to a nanosecond.
      const double rounded_s = seconds_between(at(0), at(now_s));
      d.beat(at(now_s));
      exact.beat(rounded_s);
      for (int look = 0; look < 5; ++look) {
        const double t = now_s + 3 * uniform_01(engine);
        const auto wanted = static_cast<double>(exact.phi(seconds_between(at(0), at(t))));
        REQUIRE(d.phi(at(t)) == Approx(wanted).epsilon(1e-5).margin(1e-9));
      }
      // Suspicion begins where phi reaches the threshold.
      const time_point when = d.suspects_at();
      REQUIRE(d.suspects(when));
      REQUIRE_FALSE(d.suspects(when - std::chrono::nanoseconds(1)));
      REQUIRE(d.phi(when) == Approx(o.threshold).margin(1e-5));
    }
  }
}

TEST_CASE("a member that beats every 250 ms is suspected within a second of its death", "[run]") {
  phi_accrual d;
  d.beat(at(0));
  CHECK(seconds_between(at(0), d.suspects_at()) < 1);
  for (int i = 1; i <= 400; ++i) {
    CHECK_FALSE(d.suspects(at(0.25 * i)));
    d.beat(at(0.25 * i));
    CHECK(seconds_between(at(0.25 * i), d.suspects_at()) < 1);
  }
  CHECK(seconds_between(at(100), d.suspects_at()) == Approx(0.25 + 0.25 + 5.612 * 0.05).epsilon(1e-3));
}

TEST_CASE("a single lost beat and a little jitter raise no suspicion", "[run]") {
  random_engine engine(2);
  phi_accrual d;
  int suspicions = 0;
  double now_s = 0;
  for (int i = 0; i < 20000; ++i) {
    now_s += 0.25 + 0.04 * (uniform_01(engine) - 0.5);
    if (i % 50 == 49) continue;  // lost on the way
    suspicions += d.suspects(at(now_s));
    d.beat(at(now_s));
  }
  CHECK(suspicions == 0);
}

TEST_CASE("a pause that raised suspicion is not learnt from", "[run]") {
  phi_accrual d;
  for (int i = 0; i <= 10; ++i) d.beat(at(0.25 * i));
  const double before_s = seconds_between(at(2.5), d.suspects_at());
  d.beat(at(600));
  CHECK(seconds_between(at(600), d.suspects_at()) == Approx(before_s).epsilon(1e-6));
}

TEST_CASE("beats out of order change nothing", "[run]") {
  phi_accrual d;
  d.beat(at(5));
  d.beat(at(5.2));
  const time_point before = d.suspects_at();
  d.beat(at(4));
  CHECK(d.suspects_at() == before);
  fixed_timeout f(2);
  CHECK_FALSE(f.suspects(at(1e6)));
  f.beat(at(5));
  f.beat(at(4));
  CHECK(f.suspects_at() == at(7));
  CHECK_FALSE(f.suspects(at(6.9)));
  CHECK(f.suspects(at(7)));
}

TEST_CASE("detector options out of range are refused with their value", "[run]") {
  const auto refused = [](const phi_options& o) {
    try {
      phi_accrual d(o);
    } catch (const invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(refused({}).empty());
  CHECK(refused({.threshold = 0}) == "phi accrual: threshold 0 is not in [1, 300]");
  CHECK(refused({.window = 1}) == "phi accrual: window 1 is not >= 2");
  CHECK(refused({.least_deviation_s = 0}) == "phi accrual: least_deviation_s 0 is not a finite number > 0");
  CHECK_FALSE(refused({.acceptable_pause_s = -1}).empty());
  CHECK_FALSE(refused({.expected_s = std::nan("")}).empty());
  CHECK_THROWS_AS(fixed_timeout(0), invalid_argument);
  CHECK_THROWS_AS(fixed_timeout(INFINITY), invalid_argument);
}
