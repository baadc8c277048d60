// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/label_matrix.hpp"

#include <algorithm>
#include <vector>

#include "aggregate/label_sets.hpp"
#include "catch.hpp"

using namespace shoal;
using namespace shoal::aggregate;

TEST_CASE("a label matrix holds each item's labels by growing worker", "[aggregate]") {
  const std::vector<crowd_label> given{{1, 2, 0, 0}, {0, 1, 1, 0}, {1, 0, 1, 0}};
  const auto m = make_label_matrix(given, 3, 3, 2);
  CHECK(m.begin == std::vector<std::size_t>{0, 1, 3, 3});
  CHECK(m.worker == std::vector<std::uint32_t>{1, 0, 2});
  CHECK(m.label == std::vector<std::uint32_t>{1, 1, 0});
}

TEST_CASE("the order in which labels come does not change their matrix", "[aggregate]") {
  auto set = test::made_labels(40, 3, {0.9, 0.5, 0.7, 0.4}, 3, 0.7);
  set.given.push_back({5, 1, 0, 2.0});
  set.given.push_back({5, 1, 2, 2.0});
  for (const auto rule : {repeats::newest, repeats::count}) {
    const auto first = make_label_matrix(set.given, 40, 4, 3, rule);
    random_engine random(9);
    for (int turn = 0; turn < 5; ++turn) {
      for (std::size_t i = set.given.size(); i > 1; --i)
        std::swap(set.given[i - 1], set.given[uniform_below(random, i)]);
      const auto again = make_label_matrix(set.given, 40, 4, 3, rule);
      CHECK((again.label == first.label && again.worker == first.worker && again.begin == first.begin));
    }
  }
}

TEST_CASE("of several labels of a worker for an item the newest counts", "[aggregate]") {
  const std::vector<crowd_label> given{{0, 0, 1, 1.0},        {0, 0, 0, 2.0}, {0, 1, 1, 5.0},
                                       {0, 1, no_label, 6.0}, {0, 2, 1, 3.0}, {0, 2, 0, 3.0}};
  const auto m = make_label_matrix(given, 1, 3, 2);
  CHECK(m.worker == std::vector<std::uint32_t>{0, 2});
  CHECK(m.label == std::vector<std::uint32_t>{0, 0});  // at one time the smallest
  CHECK(m.abstained == 1);
  CHECK(m.discarded == 3);
  CHECK(make_label_matrix(given, 1, 3, 2, repeats::count).size() == 5);
}

TEST_CASE("labels by worker are the same labels", "[aggregate]") {
  const auto set = test::made_labels(30, 4, {0.9, 0.5, 0.7}, 4, 0.6);
  const auto turned = by_worker(set.matrix);
  CHECK(turned.items == 3);
  CHECK(turned.size() == set.matrix.size());
  const auto back = by_worker(turned);
  CHECK(
      (back.label == set.matrix.label && back.worker == set.matrix.worker && back.begin == set.matrix.begin));
}

TEST_CASE("a label matrix refuses numbers out of range", "[aggregate]") {
  const std::vector<crowd_label> given{{1, 2, 3, 0}};
  CHECK_THROWS_AS(make_label_matrix(given, 1, 3, 4), invalid_argument);
  CHECK_THROWS_AS(make_label_matrix(given, 2, 2, 4), invalid_argument);
  CHECK_THROWS_AS(make_label_matrix(given, 2, 3, 3), invalid_argument);
  CHECK(make_label_matrix(given, 2, 3, 4).size() == 1);
}
