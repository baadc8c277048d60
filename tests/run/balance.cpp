// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/balance.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::run;

namespace {

struct candidate {
  std::size_t model = 0;
  std::size_t in_flight = 0;
  std::size_t queued = 0;
  std::size_t limit = 1;
  double expected_s = 1;
  double energy_j = 1;
  double weight = 1;
  std::size_t rank = 0;
};

struct view {
  std::vector<candidate> all{};

  std::size_t size() const { return all.size(); }
  std::size_t model(std::size_t c) const { return all[c].model; }
  std::size_t in_flight(std::size_t c) const { return all[c].in_flight; }
  std::size_t queued(std::size_t c) const { return all[c].queued; }
  std::size_t limit(std::size_t c) const { return all[c].limit; }
  bool has_room(std::size_t c) const { return all[c].in_flight < all[c].limit; }
  double expected_s(std::size_t c) const { return all[c].expected_s; }
  double energy_j(std::size_t c) const { return all[c].energy_j; }
  double weight(std::size_t c) const { return all[c].weight; }
  std::size_t rank(std::size_t c) const { return all[c].rank; }
};

static_assert(balance_view<view>);
static_assert(balancer<first_usable, view> && balancer<round_robin, view>);
static_assert(balancer<weighted_round_robin, view> && balancer<least_in_flight, view>);
static_assert(balancer<two_choices, view> && balancer<least_expected_finish, view>);
static_assert(balancer<by_priority, view> && balancer<energy_first, view>);

/// Small whole figures, so that ties are frequent.
view random_view(random_engine& engine) {
  view v;
  const std::size_t n = 1 + uniform_below(engine, 6);
  std::size_t m = 0;
  for (std::size_t c = 0; c < n; ++c) {
    m += 1 + uniform_below(engine, 3);
    candidate one{.model = m};
    one.limit = 1 + uniform_below(engine, 3);
    one.in_flight = uniform_below(engine, one.limit + 1);
    one.queued = one.in_flight < one.limit ? 0 : uniform_below(engine, 3);
    one.expected_s = static_cast<double>(uniform_below(engine, 4));
    one.energy_j = static_cast<double>(uniform_below(engine, 3));
    one.weight = static_cast<double>(1 + uniform_below(engine, 2));
    one.rank = uniform_below(engine, 3);
    v.all.push_back(one);
  }
  return v;
}

/// The index with the least key, by sorting all of them.
template <class Key>
std::size_t least(const view& v, Key key) {
  std::vector<std::pair<decltype(key(v.all[0])), std::size_t>> keys;
  for (std::size_t c = 0; c < v.size(); ++c) keys.emplace_back(key(v.all[c]), c);
  std::sort(keys.begin(), keys.end());
  return keys.front().second;
}

double load(const candidate& c) { return static_cast<double>(c.in_flight + c.queued + 1) / c.weight; }
bool full(const candidate& c) { return c.in_flight >= c.limit; }

}  // namespace

TEST_CASE("policies without state choose what they are defined to, ties by the lowest index", "[run]") {
  random_engine engine(1);
  for (int round = 0; round < 5000; ++round) {
    const view v = random_view(engine);
    REQUIRE(first_usable{}(v, engine) == least(v, [](const candidate& c) { return c.rank; }));
    REQUIRE(least_in_flight{}(v, engine) ==
            least(v, [](const candidate& c) { return std::tuple(full(c), load(c)); }));
    REQUIRE(by_priority{}(v, engine) ==
            least(v, [](const candidate& c) { return std::tuple(full(c), c.rank, load(c)); }));
    REQUIRE(energy_first{}(v, engine) ==
            least(v, [](const candidate& c) { return std::tuple(full(c), c.energy_j, load(c)); }));
    REQUIRE(least_expected_finish{}(v, engine) == least(v, [](const candidate& c) {
              const double turns =
                  static_cast<double>(c.in_flight + c.queued + 1) / static_cast<double>(c.limit);
              return std::tuple(std::max(1.0, turns) * c.expected_s / c.weight, load(c));
            }));
  }
}

TEST_CASE("round robin visits all in turn, and those that are usable when some are not", "[run]") {
  random_engine engine(2);
  round_robin next;
  const view abc{{{.model = 2}, {.model = 5}, {.model = 9}}};
  for (const std::size_t wanted : {0U, 1U, 2U, 0U, 1U, 2U, 0U}) CHECK(next(abc, engine) == wanted);
  const view ac{{{.model = 2}, {.model = 9}}};
  CHECK(next(ac, engine) == 1);   // 2 was last: 9
  CHECK(next(abc, engine) == 0);  // 2
  CHECK(next(abc, engine) == 1);  // 5
  // Candidates need not come in the fleet's order.
  const view cab{{{.model = 9}, {.model = 2}, {.model = 5}}};
  CHECK(next(cab, engine) == 0);
  CHECK(next(cab, engine) == 1);
}

TEST_CASE("weighted round robin gives A A B A C A A for the weights 5, 1, 1", "[run]") {
  random_engine engine(3);
  weighted_round_robin next;
  const view v{{{.model = 0, .weight = 5}, {.model = 1, .weight = 1}, {.model = 2, .weight = 1}}};
  std::string turns;
  for (int i = 0; i < 14; ++i) turns += "ABC"[next(v, engine)];
  CHECK(turns == "AABACAAAABACAA");
}

TEST_CASE("weighted round robin is never more than a call away from the shares, prefix by prefix", "[run]") {
  random_engine engine(4);
  for (int round = 0; round < 50; ++round) {
    view v = random_view(engine);
    double all = 0;
    for (candidate& c : v.all) all += c.weight = 0.1 + uniform_01(engine);
    weighted_round_robin next;
    std::vector<double> got(v.size());
    for (int i = 1; i <= 500; ++i) {
      got[next(v, engine)] += 1;
      // Credit is what each is owed, and it lies between -all and all.
      for (std::size_t c = 0; c < v.size(); ++c) {
        REQUIRE(std::abs(got[c] - i * v.all[c].weight / all) <= static_cast<double>(v.size()));
      }
    }
    for (std::size_t c = 0; c < v.size(); ++c)
      CHECK(got[c] / 500 == Approx(v.all[c].weight / all).margin(0.01));
  }
}

TEST_CASE("two choices take the less loaded of every pair, all pairs equally often", "[run]") {
  random_engine engine(5);
  view v{{{.model = 0, .in_flight = 3, .limit = 9},
          {.model = 1, .in_flight = 1, .limit = 9},
          {.model = 2, .in_flight = 2, .limit = 9},
          {.model = 3, .in_flight = 1, .limit = 9}}};
  std::array<int, 4> hits{};
  for (int i = 0; i < 12000; ++i) ++hits.at(two_choices{}(v, engine));
  // Six pairs: 1 wins three (a tie with 3 by its index), 3 two, 2 one, 0 none.
  CHECK(hits[0] == 0);
  CHECK(hits[1] == Approx(6000).margin(250));
  CHECK(hits[2] == Approx(2000).margin(200));
  CHECK(hits[3] == Approx(4000).margin(250));
  const view one{{{.model = 4}}};
  CHECK(two_choices{}(one, engine) == 0);
}

TEST_CASE("two choices keep the fullest bin far below that of one choice", "[run]") {
  // n balls into n bins: about ln n / ln ln n = 3.2 expected of one choice, ln ln n / ln 2 + O(1) of two.
  random_engine engine(6);
  view v;
  for (std::size_t c = 0; c < 1000; ++c) v.all.push_back({.model = c, .limit = 1000});
  for (int ball = 0; ball < 1000; ++ball) ++v.all[two_choices{}(v, engine)].in_flight;
  std::size_t fullest = 0;
  for (const candidate& c : v.all) fullest = std::max(fullest, c.in_flight);
  CHECK(fullest <= 4);
}

TEST_CASE("a model that recovers gets little at first", "[run]") {
  random_engine engine(7);
  const view v{{{.model = 0, .in_flight = 3, .limit = 8}, {.model = 1, .limit = 8, .weight = 0.1}}};
  CHECK(least_in_flight{}(v, engine) == 0);
  CHECK(two_choices{}(v, engine) == 0);
  CHECK(least_expected_finish{}(v, engine) == 0);
}
