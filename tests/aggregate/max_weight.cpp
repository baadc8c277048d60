// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/max_weight.hpp"

#include <string>
#include <vector>

#include "aggregate/answers.hpp"
#include "catch.hpp"

using namespace shoal;
using namespace shoal::aggregate;
using test::from;
using text = std::string;

TEST_CASE("the source with the most weight decides", "[aggregate]") {
  const std::vector<answer<text>> answers{from<text>("ada", "a", 0.5), from<text>("bob", "b", 0.8, 0.9),
                                          from<text>("cyd", "a", 0.7, 0.9)};
  const auto out = combine(answers, max_weight{});
  REQUIRE(out);
  CHECK(*out.value == "b");
  CHECK(out.confidence == Approx(0.72 / (0.5 + 0.72 + 0.63)));
  CHECK(out.margin == Approx((0.72 - 0.63) / (0.5 + 0.72 + 0.63)));
  CHECK(!out.tie);
  CHECK(out.used == 3);
}

TEST_CASE("sources with the same weight: the lowest name decides, and the tie is flagged", "[aggregate]") {
  const std::vector<answer<text>> answers{from<text>("bob", "b", 0.9), from<text>("cyd", "a", 0.9),
                                          from<text>("ada", "z", 0.9)};
  const auto out = combine(answers, max_weight{});
  CHECK(*out.value == "z");
  CHECK(out.tie);
  CHECK(out.margin == 0);
  CHECK(*combine(answers, max_weight{product_weight{}, tie_rule::smallest_value}).value == "a");

  const auto refused = combine(answers, max_weight{product_weight{}, tie_rule::no_value});
  CHECK(!refused);
  CHECK(refused.why == reason::tied);
  CHECK(refused.tie);
  CHECK(refused.used == 3);
}

TEST_CASE("sources with the same weight and the same value are no tie", "[aggregate]") {
  const std::vector<answer<text>> answers{from<text>("bob", "b", 0.9), from<text>("ada", "b", 0.9),
                                          from<text>("cyd", "c", 0.1)};
  const auto out = combine(answers, max_weight{product_weight{}, tie_rule::no_value});
  CHECK(*out.value == "b");
  CHECK(!out.tie);
  CHECK(out.margin == Approx(0.8 / 1.9));
}

TEST_CASE("weights that differ by rounding alone are the same", "[aggregate]") {
  const std::vector<answer<int>> answers{from("bob", 1, 0.9, 0.8), from("ada", 2, 0.72, 1)};
  const auto out = combine(answers, max_weight{});
  CHECK(*out.value == 2);
  CHECK(out.tie);
}

TEST_CASE("tied values that nothing tells apart give no value", "[aggregate]") {
  using test::label;
  using test::opaque;
  const std::vector<answer<label>> anonymous{from("", label{1}), from("", label{2})};
  CHECK(!combine(anonymous, max_weight{}));
  CHECK(combine(anonymous, max_weight{}).why == reason::tied);
  const std::vector<answer<label>> agreed{from("", label{1}), from("", label{1})};
  CHECK(combine(agreed, max_weight{}).value->id == 1);
  const std::vector<answer<label>> named{from("bob", label{1}), from("ada", label{2})};
  CHECK(combine(named, max_weight{}).value->id == 2);

  const std::vector<answer<opaque>> one{from("", opaque{1})};
  CHECK(combine(one, max_weight{}).value->id == 1);
  const std::vector<answer<opaque>> two{from("bob", opaque{1}), from("ada", opaque{1})};
  CHECK(combine(two, max_weight{}).tie);  // they cannot be compared, so they count as different
  CHECK(combine(two, max_weight{}).value->id == 1);
}

TEST_CASE("answers of many sources with one weight are decided in time", "[aggregate]") {
  std::vector<answer<text>> answers;
  for (int i = 0; i < 20'000; ++i) answers.push_back(from<text>(std::to_string(i), std::to_string(-i)));
  CHECK(*combine(answers, max_weight{}).value == "0");
}
