// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/accounting.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::run;

TEST_CASE("a call costs what its backend reports, else what its descriptor says", "[run]") {
  const model phi{.name = "phi", .energy_j = 10, .time_s = 2};
  const charge expected = expected_charge(phi, 3);
  CHECK(expected == charge{30, 6, 0});
  CHECK(charge_of(0, {}, expected) == charge{30, 6, 0});
  CHECK(charge_of(0, {.time_s = 5, .energy_j = 7}, expected) == charge{7, 5, 0});
  const token_prices prices{{{.input_per_million = 2, .output_per_million = 10, .per_call = 0.5}}};
  const usage used{.input_tokens = 500'000, .output_tokens = 100'000};
  CHECK(charge_of(0, used, expected, prices).money == Approx(0.5 + 1 + 1));
  CHECK(charge_of(1, used, expected, prices).money == 0);
  const auto flat = [](std::size_t, const usage&) { return 3; };
  CHECK(charge_of(0, {}, expected, flat).money == 3);
}

TEST_CASE("a call that failed costs energy for its time, at most all of it", "[run]") {
  const charge expected{10, 2, 1};
  CHECK(charge_of_failure(0, expected) == charge{0, 0, 0});
  CHECK(charge_of_failure(0.5, expected) == charge{2.5, 0.5, 0});
  CHECK(charge_of_failure(60, expected) == charge{10, 60, 0});
  CHECK(charge_of_failure(1, {10, 0, 0}).energy_j == 10);
}

TEST_CASE("the books balance: by model, by subtask and in all", "[run]") {
  random_engine engine(1);
  account books;
  std::vector<charge> open;
  charge all;
  std::uint64_t calls = 0;
  for (int step = 0; step < 5000; ++step) {
    // Whole numbers, so that every sum is exact.
    const auto draw = [&] {
      return charge{static_cast<double>(uniform_below(engine, 100)),
                    static_cast<double>(uniform_below(engine, 10)),
                    static_cast<double>(uniform_below(engine, 5))};
    };
    if (open.empty() || uniform_01(engine) < 0.5) {
      open.push_back(draw());
      books.began(open.back());
    } else {
      const charge actual = draw();
      const std::size_t subtask = uniform_01(engine) < 0.1 ? no_subtask : uniform_below(engine, 20);
      books.ended(uniform_below(engine, 5), subtask, open.back(), actual);
      open.pop_back();
      all += actual;
      ++calls;
    }
    charge reserved;
    for (const charge& c : open) reserved += c;
    REQUIRE(books.reserved() == reserved);
  }
  CHECK(books.total() == all);
  CHECK(books.calls() == calls);
  charge by_model;
  for (std::size_t i = 0; i < 5; ++i) by_model += books.of_model(i);
  CHECK(by_model == all);
  charge by_subtask;
  for (std::size_t k = 0; k < 20; ++k) by_subtask += books.of_subtask(k);
  CHECK(by_subtask.energy_j < all.energy_j);
  CHECK(books.of_model(99) == charge{});
}

TEST_CASE("a budget that stops is never overdrawn by calls that cost what was expected", "[run]") {
  random_engine engine(2);
  for (int round = 0; round < 50; ++round) {
    const budget limits{.energy_j = 100 * uniform_01(engine), .time_s = 30 * uniform_01(engine)};
    account books(limits);
    std::vector<charge> open;
    bool refused = false;
    for (int step = 0; step < 2000; ++step) {
      const charge next{uniform_01(engine), 0.2 * uniform_01(engine), 0};
      if (uniform_01(engine) < 0.6) {
        if (books.allows(next)) {
          books.began(next);
          open.push_back(next);
        } else {
          refused = true;
        }
      } else if (!open.empty()) {
        charge actual = open.back();
        actual.energy_j *= uniform_01(engine);
        books.ended(0, 0, open.back(), actual);
        open.pop_back();
      }
      REQUIRE(books.total().energy_j <= limits.energy_j * (1 + 1e-9));
      REQUIRE(books.total().time_s <= limits.time_s * (1 + 1e-9));
    }
    CHECK(refused);
    CHECK_FALSE(books.degraded());
  }
}

TEST_CASE("a budget can be used to the last joule", "[run]") {
  account books({.energy_j = 1});
  for (int i = 0; i < 10; ++i) {
    REQUIRE(books.allows({0.1, 0, 0}));
    books.began({0.1, 0, 0});
    books.ended(0, 0, {0.1, 0, 0}, {0.1, 0, 0});
  }
  CHECK_FALSE(books.allows({0.1, 0, 0}));
  CHECK(books.allows({}));
}

TEST_CASE("a budget that degrades lets calls go on and says so", "[run]") {
  account books({.money = 2, .then = over_budget::degrade});
  const charge one{0, 0, 1};
  for (int i = 0; i < 3; ++i) {
    CHECK(books.allows(one));
    CHECK_FALSE(books.degraded());
    books.began(one);
  }
  CHECK(books.degraded());
  for (int i = 0; i < 3; ++i) books.ended(0, 0, one, {});
  CHECK_FALSE(books.degraded());
}

TEST_CASE("budgets out of range are refused with their value", "[run]") {
  const auto refused = [](const budget& b) {
    try {
      account books(b);
    } catch (const invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(refused({}).empty());
  CHECK(refused({.energy_j = -1}) == "budget: energy_j -1 is not >= 0");
  CHECK(refused({.money = std::nan("")}) == "budget: money nan is not >= 0");
}
