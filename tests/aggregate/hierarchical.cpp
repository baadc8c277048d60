// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/hierarchical.hpp"

#include <string>
#include <vector>

#include "aggregate/answers.hpp"
#include "catch.hpp"
#include "shoal/aggregate/answer_weights.hpp"
#include "shoal/aggregate/max_weight.hpp"
#include "shoal/aggregate/weighted_sum.hpp"

using namespace shoal;
using namespace shoal::aggregate;
using test::from;
using text = std::string;

namespace {

template <class Value>
answer<Value> of(std::string group, answer<Value> a) {
  a.group = std::move(group);
  return a;
}

/// Shows what reaches the outer aggregator.
struct eavesdropper {
  std::vector<answer<double>>* heard = nullptr;

  result<double> operator()(std::span<const answer<double>> answers) const {
    heard->assign(answers.begin(), answers.end());
    result<double> out;
    out.used = answers.size();
    return out;
  }
};

}  // namespace

TEST_CASE("a group speaks with one voice, however large", "[aggregate]") {
  const std::vector<answer<text>> answers{
      of("clones", from<text>("a", "wrong")), of("clones", from<text>("b", "wrong")),
      of("clones", from<text>("c", "wrong")), from<text>("d", "right"), from<text>("e", "right")};
  CHECK(*combine(answers, plurality{}).value == "wrong");
  const auto out = combine(answers, hierarchical{});
  CHECK(*out.value == "right");
  CHECK(out.confidence == Approx(2.0 / 3));
  CHECK(out.used == 5);
}

TEST_CASE("a mean of group means has its closed form", "[aggregate]") {
  const std::vector<answer<double>> answers{of("x", from("a", 1.0)), of("x", from("b", 3.0)),
                                            of("y", from("c", 10.0)), from("d", 7.0)};
  CHECK(*combine(answers, hierarchical{weighted_sum{}}).value == (2.0 + 10 + 7) / 3);
}

TEST_CASE("a group's answer carries what its members say of themselves", "[aggregate]") {
  std::vector<answer<double>> answers{of("x", from("a", 1.0, 0.75, 0.5)), of("x", from("b", 3.0, 0.25, 1.0)),
                                      of("x", test::abstention<double>("c")), from("d", 7.0, 0.5)};
  answers[0].at_s = 4;
  answers[1].at_s = 9;
  answers[0].confidence = 0.5;
  answers[0].used = {10, 1, 0.5, 2};
  answers[1].used = {20, 2, 0.25, 3};
  std::vector<answer<double>> heard;
  const auto out = combine(answers, hierarchical{weighted_sum{equal_weight{}}, eavesdropper{&heard}});
  REQUIRE(heard.size() == 2);
  CHECK(heard[0].source == "d");
  CHECK(heard[1].source == "x");
  CHECK(heard[1].value == 2);
  CHECK(heard[1].accuracy == 0.5);
  CHECK(heard[1].relevance == 0.75);
  CHECK(heard[1].confidence == 0.75);
  CHECK(heard[1].at_s == 9);
  CHECK(heard[1].used == usage{30, 3, 0.75, 5});
  CHECK(heard[1].group.empty());
  CHECK(!heard[1].abstains);
  CHECK(out.abstained == 1);
}

TEST_CASE("a group without a value is silent", "[aggregate]") {
  const std::vector<answer<text>> answers{of("x", from<text>("a", "1")), of("x", from<text>("b", "2")),
                                          of("y", from<text>("c", "3"))};
  const auto out = combine(answers, hierarchical{majority{}, plurality{}});
  CHECK(*out.value == "3");
  CHECK(out.confidence == 1);
  CHECK(out.used == 1);
  CHECK(out.discarded == 2);

  const std::vector<answer<text>> torn{of("x", from<text>("a", "1")), of("x", from<text>("b", "2"))};
  CHECK(combine(torn, hierarchical{majority{}, plurality{}}).why == reason::no_answers);
}

TEST_CASE("a tie within a group is a tie of the whole", "[aggregate]") {
  const std::vector<answer<text>> answers{of("x", from<text>("a", "1")), of("x", from<text>("b", "2"))};
  const auto out = combine(answers, hierarchical{});
  CHECK(*out.value == "1");
  CHECK(out.tie);
}

TEST_CASE("a source without a group stands by its name, and without a name by itself", "[aggregate]") {
  const std::vector<answer<double>> answers{from("x", 1.0), of("x", from("a", 3.0)), from("", 10.0),
                                            from("", 12.0)};
  CHECK(*combine(answers, hierarchical{weighted_sum{}}).value == (2.0 + 10 + 12) / 3);
}

TEST_CASE("a source that moved to another group counts in the newest alone", "[aggregate]") {
  std::vector<answer<double>> answers{of("x", from("a", 1.0)), of("y", from("a", 2.0)),
                                      of("y", from("b", 4.0))};
  answers[1].at_s = 1;
  const auto out = combine(answers, hierarchical{weighted_sum{}});
  CHECK(*out.value == 3);
  CHECK(out.discarded == 1);
}

TEST_CASE("one group of all is the inner aggregation", "[aggregate]") {
  random_engine random(31);
  for (int round = 0; round < 100; ++round) {
    std::vector<answer<double>> answers(1 + uniform_below(random, 9));
    for (auto& a : answers) a = of("all", from("", uniform_01(random), uniform_01(random)));
    CHECK(*combine(answers, hierarchical{weighted_sum{}}).value == *combine(answers, weighted_sum{}).value);
    for (std::size_t i = 0; i < answers.size(); ++i) answers[i].group = std::to_string(i);
    CHECK(*combine(answers, hierarchical{weighted_sum{}}).value ==
          Approx(*combine(answers, weighted_sum{}).value).epsilon(1e-14));
  }
}

TEST_CASE("hierarchies nest with other forms", "[aggregate]") {
  const std::vector<answer<text>> answers{of("x", from<text>("a", "1", 0.9)),
                                          of("x", from<text>("b", "2", 0.5)),
                                          of("y", from<text>("c", "3", 0.6))};
  const auto out = combine(answers, hierarchical{max_weight{}, max_weight{times_confidence{}}});
  CHECK(*out.value == "3");  // x: mean accuracy 0.7 x confidence 0.9/1.4 = 0.45; y: 0.6
}
