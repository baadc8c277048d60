// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/circuit_breaker.hpp"

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
using state = circuit_breaker::state;

namespace {

void fail(circuit_breaker& b, double s, int times = 1) {
  for (int i = 0; i < times; ++i) b.failed(b.began(at(s)), at(s));
}
void succeed(circuit_breaker& b, double s, int times = 1) {
  for (int i = 0; i < times; ++i) b.succeeded(b.began(at(s)), at(s));
}

/// The same rules over the list of all that ever happened.
class naive_breaker {
 public:
  explicit naive_breaker(const breaker_options& o) : o_(o) {}

  state now(time_point t) const {
    return !opened_ ? state::closed : t < until_ ? state::open : state::half_open;
  }
  bool allows(time_point t) const {
    if (now(t) == state::closed) return true;
    return now(t) == state::half_open && probes() < o_.probes;
  }
  std::size_t began(time_point) {
    calls_.push_back({period_, opened_, true});
    return calls_.size() - 1;
  }
  void abandoned(std::size_t c) { calls_[c].runs = false; }
  void succeeded(std::size_t c, time_point t) {
    calls_[c].runs = false;
    if (calls_[c].period != period_) return;
    if (opened_) {
      opened_ = false;
      wait_s_ = 0;
      ++period_;
      history_.clear();
    } else {
      history_.emplace_back(t, true);
    }
  }
  void failed(std::size_t c, time_point t) {
    calls_[c].runs = false;
    if (calls_[c].period != period_) return;
    bool trip = opened_;
    if (!opened_) {
      history_.emplace_back(t, false);
      std::size_t row = 0;
      for (auto h = history_.rbegin(); h != history_.rend() && !h->second; ++h) ++row;
      const long long slot = (later(time_point{}, o_.window_s) - time_point{}).count() / 10;
      std::size_t all = 0;
      std::size_t bad = 0;
      for (const auto& [when, good] : history_) {
        if (when.time_since_epoch().count() / slot <= t.time_since_epoch().count() / slot - 10) continue;
        ++all;
        bad += !good;
      }
      trip = row >= o_.in_a_row ||
             (all >= o_.least_calls && static_cast<double>(bad) >= o_.error_share * static_cast<double>(all));
    }
    if (!trip) return;
    wait_s_ = opened_ ? std::min(o_.most_open_s, 2 * wait_s_) : o_.open_s;
    opened_ = true;
    until_ = later(t, wait_s_);
    ++period_;
    history_.clear();
  }

 private:
  struct one_call {
    int period;
    bool probe;
    bool runs;
  };
  std::size_t probes() const {
    return static_cast<std::size_t>(std::count_if(calls_.begin(), calls_.end(), [&](const one_call& c) {
      return c.probe && c.runs && c.period == period_;
    }));
  }
  breaker_options o_;
  std::vector<one_call> calls_{};
  std::vector<std::pair<time_point, bool>> history_{};
  time_point until_{};
  double wait_s_ = 0;
  int period_ = 0;
  bool opened_ = false;
};

}  // namespace

TEST_CASE("failures in a row open a breaker, and its probe closes it", "[run]") {
  circuit_breaker b;
  CHECK(b.now(at(0)) == state::closed);
  CHECK(b.retry_at() == time_point::min());
  fail(b, 1, 4);
  succeed(b, 1);
  fail(b, 1, 4);
  CHECK(b.allows(at(1)));
  CHECK(b.failed(b.began(at(2)), at(2)));
  CHECK(b.now(at(2)) == state::open);
  CHECK_FALSE(b.allows(at(6.9)));
  CHECK(b.retry_at() == at(7));
  CHECK(b.now(at(7)) == state::half_open);
  REQUIRE(b.allows(at(7)));
  const auto probe = b.began(at(7));
  CHECK_FALSE(b.allows(at(7)));
  CHECK(b.succeeded(probe, at(8)));
  CHECK(b.now(at(8)) == state::closed);
  fail(b, 8, 4);  // what happened before counts no more
  CHECK(b.now(at(8)) == state::closed);
}

TEST_CASE("a share of failures opens a breaker, once there are calls enough to judge by", "[run]") {
  circuit_breaker b({.least_calls = 10, .error_share = 0.5, .in_a_row = 100});
  for (int i = 0; i < 4; ++i) {
    succeed(b, i);
    fail(b, i);
  }
  succeed(b, 4);
  CHECK(b.now(at(4)) == state::closed);
  fail(b, 4);
  CHECK(b.now(at(4)) == state::open);

  circuit_breaker old({.least_calls = 10, .error_share = 0.5, .in_a_row = 100});
  fail(old, 0, 9);
  fail(old, 10.5);  // the nine have left the window
  CHECK(old.now(at(10.5)) == state::closed);
}

TEST_CASE("a share of failures is the decimal that was meant: 7 of 100 are 7 %", "[run]") {
  circuit_breaker b({.least_calls = 100, .error_share = 0.07, .in_a_row = 100});  // 0.07 x 100 > 7 in doubles
  succeed(b, 0, 93);
  fail(b, 0, 6);
  CHECK(b.now(at(0)) == state::closed);
  fail(b, 0);
  CHECK(b.now(at(0)) == state::open);
}

TEST_CASE("failed probes double the time that a breaker stays open, up to the cap", "[run]") {
  circuit_breaker b({.in_a_row = 1, .open_s = 5, .most_open_s = 30});
  fail(b, 0);
  double t = 0;
  for (const double wait_s : {5.0, 10.0, 20.0, 30.0, 30.0}) {
    CHECK(b.retry_at() == at(t + wait_s));
    t += wait_s;
    REQUIRE(b.allows(at(t)));
    CHECK(b.failed(b.began(at(t)), at(t)));
  }
  t += 30;
  succeed(b, t);
  fail(b, t);
  CHECK(b.retry_at() == at(t + 5));
}

TEST_CASE("an abandoned probe gives its place back", "[run]") {
  circuit_breaker b({.in_a_row = 1, .probes = 2});
  fail(b, 0);
  const auto one = b.began(at(5));
  const auto two = b.began(at(5));
  CHECK_FALSE(b.allows(at(5)));
  b.abandoned(one, at(6));
  CHECK(b.allows(at(6)));
  const auto three = b.began(at(6));
  CHECK_FALSE(b.allows(at(6)));
  CHECK(b.succeeded(two, at(7)));
  CHECK_FALSE(b.failed(three, at(7)));
  CHECK(b.now(at(7)) == state::closed);
}

TEST_CASE("calls from before a breaker opened neither fail its probe nor take its place", "[run]") {
  circuit_breaker b({.in_a_row = 2});
  const auto slow = b.began(at(0));
  const auto lost = b.began(at(0));
  const auto good = b.began(at(0));
  fail(b, 1, 2);
  CHECK_FALSE(b.succeeded(good, at(2)));
  CHECK(b.now(at(2)) == state::open);
  const auto probe = b.began(at(6));
  CHECK_FALSE(b.failed(slow, at(6)));
  b.abandoned(lost, at(6));
  CHECK(b.now(at(6)) == state::half_open);
  CHECK_FALSE(b.allows(at(6)));
  CHECK(b.succeeded(probe, at(7)));
}

TEST_CASE("a breaker agrees with a naive one over random histories", "[run]") {
  random_engine engine(6);
  for (int round = 0; round < 300; ++round) {
    breaker_options o;
    o.window_s = 1 + 5 * uniform_01(engine);
    o.least_calls = 1 + uniform_below(engine, 8);
    o.error_share = 0.1 + 0.9 * uniform_01(engine);
    o.in_a_row = 1 + uniform_below(engine, 8);
    o.open_s = 0.1 + uniform_01(engine);
    o.most_open_s = o.open_s * (1 + 8 * uniform_01(engine));
    o.probes = 1 + uniform_below(engine, 3);
    circuit_breaker b(o);
    naive_breaker naive(o);
    std::vector<std::pair<circuit_breaker::ticket, std::size_t>> running;
    const double healthy = uniform_01(engine);
    double now_s = 0;
    for (int step = 0; step < 400; ++step) {
      now_s += 0.1 * o.window_s * uniform_01(engine) * (uniform_01(engine) < 0.05 ? 30 : 1);
      const time_point t = at(now_s);
      REQUIRE(b.now(t) == naive.now(t));
      REQUIRE(b.allows(t) == naive.allows(t));
      // At times a call is made all the same, for want of another model.
      if (running.empty() || uniform_01(engine) < 0.5) {
        if (b.allows(t) || uniform_01(engine) < 0.05) running.emplace_back(b.began(t), naive.began(t));
        continue;
      }
      const auto which = static_cast<std::ptrdiff_t>(uniform_below(engine, running.size()));
      const auto [ours, theirs] = running[static_cast<std::size_t>(which)];
      running.erase(running.begin() + which);
      if (uniform_01(engine) < 0.1) {
        b.abandoned(ours, t);
        naive.abandoned(theirs);
      } else if (uniform_01(engine) < healthy) {
        const bool was_open = naive.now(t) != state::closed;
        const bool closed = b.succeeded(ours, t);
        naive.succeeded(theirs, t);
        REQUIRE(closed == (was_open && naive.now(t) == state::closed));
      } else {
        b.failed(ours, t);
        naive.failed(theirs, t);
      }
    }
  }
}

TEST_CASE("breaker options out of range are refused with their value", "[run]") {
  const auto refused = [](const breaker_options& o) {
    try {
      circuit_breaker b(o);
    } catch (const invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(refused({}).empty());
  CHECK(refused({.window_s = std::nan("")}) == "circuit breaker: window_s nan is not a finite number > 0");
  CHECK(refused({.least_calls = 0}) == "circuit breaker: least_calls 0 is not >= 1");
  CHECK(refused({.error_share = 0}) == "circuit breaker: error_share 0 is not in (0, 1]");
  CHECK(refused({.in_a_row = 0}) == "circuit breaker: in_a_row 0 is not >= 1");
  CHECK(refused({.open_s = -1}) == "circuit breaker: open_s -1 is not a finite number > 0");
  CHECK(refused({.most_open_s = 1}) == "circuit breaker: most_open_s 1 is not a finite number >= open_s");
  CHECK(refused({.probes = 0}) == "circuit breaker: probes 0 is not >= 1");
}
