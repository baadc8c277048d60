// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/intake.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "aggregate/answers.hpp"
#include "catch.hpp"

using namespace shoal;
using namespace shoal::aggregate;
using test::abstention;
using test::from;
using test::not_a_number;

namespace {

template <class Value>
intake<Value> taken(const std::vector<answer<Value>>& answers) {
  return take_in(std::span<const answer<Value>>(answers));
}

template <class Value>
answer<Value> at(double at_s, answer<Value> a) {
  a.at_s = at_s;
  return a;
}

}  // namespace

TEST_CASE("the newest answer of a source counts", "[aggregate]") {
  const std::vector<answer<std::string>> answers{at(2.0, from<std::string>("ada", "old")),
                                                 at(3.0, from<std::string>("ada", "new")),
                                                 at(1.0, from<std::string>("ada", "oldest"))};
  const auto in = taken(answers);
  REQUIRE(in.counted.size() == 1);
  CHECK(in.counted[0]->value == "new");
  CHECK(in.discarded == 2);
  CHECK(in.newest_s == 3);
}

TEST_CASE("of answers of one source at one time the smallest value counts", "[aggregate]") {
  const std::vector<answer<int>> answers{from("ada", 7), from("ada", 5), from("ada", 6)};
  const auto in = taken(answers);
  REQUIRE(in.counted.size() == 1);
  CHECK(in.counted[0]->value == 5);
  CHECK(in.discarded == 2);
}

TEST_CASE("an answer whose time is not finite is the oldest of its source", "[aggregate]") {
  for (const double odd : {not_a_number, test::infinity, -test::infinity}) {
    const std::vector<answer<int>> answers{at(odd, from("ada", 1)), at(-1e300, from("ada", 2))};
    const auto in = taken(answers);
    REQUIRE(in.counted.size() == 1);
    CHECK(in.counted[0]->value == 2);
    CHECK(in.newest_s == -1e300);
  }
  const std::vector<answer<int>> timeless{at(not_a_number, from("ada", 1))};
  CHECK(taken(timeless).counted.size() == 1);
  CHECK(taken(timeless).newest_s == 0);
}

TEST_CASE("an abstention silences its source where it is the newest, and not where it is older",
          "[aggregate]") {
  const std::vector<answer<int>> fell_silent{at(1.0, from("ada", 1)), at(2.0, abstention<int>("ada"))};
  CHECK(taken(fell_silent).counted.empty());
  CHECK(taken(fell_silent).abstained == 1);
  CHECK(taken(fell_silent).discarded == 1);

  const std::vector<answer<int>> made_up_its_mind{at(2.0, from("ada", 1)), at(1.0, abstention<int>("ada"))};
  CHECK(taken(made_up_its_mind).counted.size() == 1);
  CHECK(taken(made_up_its_mind).abstained == 0);

  const std::vector<answer<int>> both_at_once{abstention<int>("ada"), from("ada", 1)};
  CHECK(taken(both_at_once).counted.size() == 1);
}

TEST_CASE("a value that is not finite is no answer, so an older one counts", "[aggregate]") {
  const std::vector<answer<double>> answers{at(1.0, from("ada", 0.5)), at(2.0, from("ada", not_a_number)),
                                            at(1.0, from("bob", test::infinity))};
  const auto in = taken(answers);
  REQUIRE(in.counted.size() == 1);
  CHECK(in.counted[0]->value == 0.5);
  CHECK(in.discarded == 2);

  std::vector<answer<double>> unsure{abstention<double>("ada")};
  unsure[0].value = not_a_number;
  CHECK(taken(unsure).abstained == 1);
}

TEST_CASE("answers without a source are not duplicates of each other", "[aggregate]") {
  const std::vector<answer<int>> answers{from("", 2), from("", 1), from("", 2), abstention<int>("")};
  const auto in = taken(answers);
  REQUIRE(in.counted.size() == 3);
  CHECK(in.counted[0]->value == 1);
  CHECK(in.abstained == 1);
  CHECK(in.discarded == 0);
}

TEST_CASE("a source that contradicts itself with values that have no order is not heard", "[aggregate]") {
  using test::label;
  const std::vector<answer<label>> torn{from("ada", label{1}), from("ada", label{2}), from("bob", label{3})};
  REQUIRE(taken(torn).counted.size() == 1);
  CHECK(taken(torn).counted[0]->source == "bob");
  CHECK(taken(torn).discarded == 2);

  const std::vector<answer<label>> repeated{from("ada", label{1}), from("ada", label{1})};
  CHECK(taken(repeated).counted.size() == 1);
  CHECK(taken(repeated).discarded == 1);

  auto later = torn;
  later.push_back(at(1.0, from("ada", label{2})));
  CHECK(taken(later).counted.size() == 2);

  const std::vector<answer<test::opaque>> unknown{from("ada", test::opaque{1}), from("ada", test::opaque{1})};
  CHECK(taken(unknown).counted.empty());
}

TEST_CASE("vectors with NaN inside, which have no order, are taken in safely", "[aggregate]") {
  std::vector<answer<std::vector<double>>> answers;
  for (int i = 0; i < 200; ++i)
    answers.push_back(from("", std::vector<double>{i % 3 == 0 ? not_a_number : i, 1.0}));
  CHECK(taken(answers).counted.size() == 200);
}

TEST_CASE("the intake agrees with a plain count, source by source", "[aggregate]") {
  random_engine random(5);
  for (int round = 0; round < 500; ++round) {
    const auto answers = test::random_answers<double>(random);
    std::map<std::string, const answer<double>*> newest;
    std::size_t anonymous = 0;
    std::size_t abstained = 0;
    for (const auto& a : answers) {
      if (!a.abstains && !std::isfinite(a.value)) continue;
      if (a.source.empty()) {
        ++(a.abstains ? abstained : anonymous);
        continue;
      }
      const auto*& best = newest[a.source];
      const auto time = [](const auto& x) { return std::isfinite(x.at_s) ? x.at_s : -1e308; };
      const bool better =
          best == nullptr || time(a) > time(*best) ||
          (time(a) == time(*best) && (best->abstains ? !a.abstains : !a.abstains && a.value < best->value));
      if (better) best = &a;
    }
    std::map<std::string, double> expected;
    for (const auto& [source, a] : newest) {
      if (a->abstains)
        ++abstained;
      else
        expected[source] = a->value;
    }
    const auto in = taken(answers);
    std::map<std::string, double> found;
    std::size_t unnamed = 0;
    for (const auto* a : in.counted) {
      if (a->source.empty())
        ++unnamed;
      else
        found[a->source] = a->value;
    }
    CHECK(found == expected);
    CHECK(unnamed == anonymous);
    CHECK(in.abstained == abstained);
    CHECK(in.discarded == answers.size() - anonymous - expected.size() - abstained);
    for (std::size_t i = 1; i < in.counted.size(); ++i)
      CHECK(in.counted[i - 1]->source <= in.counted[i]->source);
  }
}
