// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/health.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "catch.hpp"
#include "moments.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::run;

namespace {

template <class Board>
std::vector<std::size_t> deaths(Board& board, double s) {
  std::vector<std::size_t> out;
  board.check(at(s), [&](std::size_t member) { out.push_back(member); });
  return out;
}

}  // namespace

TEST_CASE("a member dies of silence and comes back with a beat, slowly", "[run]") {
  health_board<fixed_timeout> board({.slow_start_s = 10, .least_weight = 0.2}, fixed_timeout(1));
  CHECK(board.next_check() == time_point::max());
  CHECK_FALSE(board.usable(0));
  board.join(0, at(0));
  board.join(1, at(0.5));
  CHECK(board.weight(0, at(0)) == 1);
  CHECK(board.next_check() == at(1));
  CHECK_FALSE(board.beat(0, 0, at(0.75)));
  CHECK(board.next_check() == at(1.5));
  CHECK(deaths(board, 1.4).empty());
  CHECK(deaths(board, 1.5) == std::vector<std::size_t>{1});
  CHECK(deaths(board, 1.5).empty());
  CHECK(board.status(1) == member_status::dead);
  CHECK(board.weight(1, at(1.5)) == 0);
  CHECK(board.next_check() == at(1.75));

  CHECK(board.beat(1, 0, at(5)));
  CHECK(board.usable(1));
  CHECK(board.weight(1, at(5)) == Approx(0.2));
  CHECK(board.weight(1, at(10)) == Approx(0.6));
  CHECK(board.weight(1, at(15)) == 1);
  CHECK(board.weight(1, at(4)) == Approx(0.2));
}

TEST_CASE("one observer that hears nothing buries nobody", "[run]") {
  health_board<fixed_timeout> board({.observers = 3}, fixed_timeout(1));
  for (std::size_t i = 0; i < 4; ++i) board.join(i, at(0));
  for (double s = 0.5; s < 10; s += 0.5) {
    for (std::size_t i = 0; i < 4; ++i) {
      board.beat(i, 1, at(s));
      board.beat(i, 2, at(s));
    }
    CHECK(deaths(board, s).empty());
  }
  // A second one falls silent for member 3 alone.
  for (double s = 10; s < 12; s += 0.5) {
    for (std::size_t i = 0; i < 3; ++i) board.beat(i, 1, at(s));
    for (std::size_t i = 0; i < 4; ++i) board.beat(i, 2, at(s));
  }
  CHECK(deaths(board, 11.5) == std::vector<std::size_t>{3});
  CHECK(board.beat(3, 0, at(12)));  // only one is in doubt now
}

TEST_CASE("a draining member takes nothing new, and is still watched", "[run]") {
  health_board<fixed_timeout> board({}, fixed_timeout(1));
  board.drain(7);
  CHECK(board.status(7) == member_status::absent);
  board.join(0, at(0));
  board.drain(0);
  CHECK(board.status(0) == member_status::draining);
  CHECK_FALSE(board.usable(0));
  CHECK(board.weight(0, at(0)) == 0);
  CHECK(deaths(board, 1) == std::vector<std::size_t>{0});
  CHECK(board.beat(0, 0, at(2)));
  CHECK(board.status(0) == member_status::draining);  // death does not undo it
  board.leave(0);
  CHECK(board.status(0) == member_status::absent);
  CHECK(deaths(board, 100).empty());
  CHECK_FALSE(board.beat(0, 0, at(100)));
  board.join(0, at(101));
  CHECK(board.usable(0));
  CHECK(board.weight(0, at(101)) == 1);
}

TEST_CASE("the board agrees with a naive one over random beats", "[run]") {
  random_engine engine(1);
  for (int round = 0; round < 100; ++round) {
    constexpr std::size_t members = 5;
    const std::size_t observers = 1 + uniform_below(engine, 4);
    const std::size_t confirm = 1 + uniform_below(engine, 3);
    health_board<fixed_timeout> board({.observers = observers, .confirm = confirm}, fixed_timeout(1));
    std::vector<std::vector<double>> last(members, std::vector<double>(observers, 0.0));
    std::vector<bool> dead(members, false);
    for (std::size_t i = 0; i < members; ++i) board.join(i, at(0));
    double now_s = 0;
    const auto dying = [&](std::size_t i) {
      std::size_t doubts = 0;
      for (const double l : last[i]) doubts += now_s - l >= 1;
      return doubts >= std::min(confirm, observers);
    };
    for (int step = 0; step < 500; ++step) {
      now_s += 0.0625 * static_cast<double>(uniform_below(engine, 5));
      if (uniform_01(engine) < 0.7) {
        const std::size_t i = uniform_below(engine, members);
        const std::size_t o = uniform_below(engine, observers);
        last[i][o] = now_s;
        const bool back = dead[i] && !dying(i);
        REQUIRE(board.beat(i, o, at(now_s)) == back);
        if (back) dead[i] = false;
      }
      if (uniform_01(engine) < 0.5) {
        std::vector<std::size_t> wanted;
        for (std::size_t i = 0; i < members; ++i) {
          if (!dead[i] && dying(i)) {
            dead[i] = true;
            wanted.push_back(i);
          }
        }
        REQUIRE((board.next_check() <= at(now_s)) == !wanted.empty());
        REQUIRE(deaths(board, now_s) == wanted);
      }
      for (std::size_t i = 0; i < members; ++i) REQUIRE(board.usable(i) == !dead[i]);
    }
  }
}

TEST_CASE("health options out of range are refused with their value", "[run]") {
  const auto refused = [](const health_options& o) {
    try {
      health_board<> board(o);
    } catch (const invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(refused({}).empty());
  CHECK(refused({.observers = 0}) == "health: observers 0 is not >= 1");
  CHECK(refused({.confirm = 0}) == "health: confirm 0 is not >= 1");
  CHECK(refused({.slow_start_s = -1}) == "health: slow_start_s -1 is not a finite number >= 0");
  CHECK(refused({.least_weight = 0}) == "health: least_weight 0 is not in (0, 1]");
}
