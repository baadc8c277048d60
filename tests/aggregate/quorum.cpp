// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/quorum.hpp"

#include <string>
#include <vector>

#include "aggregate/answers.hpp"
#include "catch.hpp"
#include "shoal/aggregate/weighted_sum.hpp"

using namespace shoal;
using namespace shoal::aggregate;
using test::from;
using text = std::string;

TEST_CASE("a quorum counts the sources that answered", "[aggregate]") {
  std::vector<answer<double>> answers{from("ada", 1.0), from("ada", 1.0), from("bob", 3.0),
                                      from("cyd", test::not_a_number), test::abstention<double>("dan")};
  CHECK(*combine(answers, quorum{2, weighted_sum{}}).value == 2);
  const auto few = combine(answers, quorum{3, weighted_sum{}});
  CHECK(!few);
  CHECK(few.why == reason::no_quorum);
  CHECK(few.used == 2);
  CHECK(few.abstained == 1);
  CHECK(few.discarded == 2);
}

TEST_CASE("with a quorum the inner rule still has its say", "[aggregate]") {
  const std::vector<answer<text>> answers{from<text>("ada", "a"), from<text>("bob", "b")};
  CHECK(combine(answers, quorum{2, majority{}}).why == reason::no_majority);
  CHECK(*combine(answers, quorum{2}).value == "a");
  CHECK(combine(std::vector<answer<text>>{}, quorum{}).why == reason::no_quorum);
}

TEST_CASE("a matching quorum wants enough sources behind one value", "[aggregate]") {
  const std::vector<answer<text>> answers{from<text>("ada", "b"), from<text>("bob", "b"),
                                          from<text>("cyd", "a"), from<text>("dan", "a"),
                                          from<text>("eve", "c")};
  const auto two = combine(answers, matching_quorum{2});
  CHECK(*two.value == "a");
  CHECK(two.tie);
  CHECK(two.confidence == 0.4);
  const auto three = combine(answers, matching_quorum{3});
  CHECK(!three);
  CHECK(three.why == reason::no_quorum);
  CHECK(three.used == 5);
  CHECK(combine(answers, matching_quorum{2, tie_rule::no_value}).why == reason::tied);
}

TEST_CASE("a source that repeats itself does not make a quorum", "[aggregate]") {
  const std::vector<answer<text>> answers{from<text>("ada", "a"), from<text>("ada", "a")};
  CHECK(combine(answers, matching_quorum{2}).why == reason::no_quorum);
  CHECK(combine(answers, quorum{2}).why == reason::no_quorum);
}

TEST_CASE("a quorum of none is refused", "[aggregate]") {
  const std::vector<answer<text>> answers{from<text>("ada", "a")};
  CHECK_THROWS_AS(combine(answers, quorum{0}), invalid_argument);
  CHECK_THROWS_AS(combine(answers, matching_quorum{0}), invalid_argument);
}
