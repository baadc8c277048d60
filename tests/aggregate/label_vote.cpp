// SPDX-License-Identifier: BSL-1.0
#include "shoal/aggregate/label_vote.hpp"

#include <vector>

#include "aggregate/label_sets.hpp"
#include "catch.hpp"

using namespace shoal;
using namespace shoal::aggregate;

namespace {

std::uint32_t counted(const label_matrix& m, std::size_t item) {
  std::vector<std::size_t> votes(m.classes, 0);
  for (std::size_t v = m.begin[item]; v < m.begin[item + 1]; ++v) ++votes[m.label[v]];
  std::uint32_t best = no_label;
  std::size_t most = 0;
  for (std::uint32_t k = 0; k < m.classes; ++k)
    if (votes[k] > most) {
      most = votes[k];
      best = k;
    }
  return best;
}

}  // namespace

TEST_CASE("plurality of every width of counters is the plurality counted by hand", "[aggregate]") {
  for (const std::size_t classes : {2U, 3U, 8U, 9U, 16U, 17U, 40U})
    for (const std::size_t workers : {1U, 4U, 15U, 16U, 255U, 300U}) {
      const auto set =
          test::made_labels(60, classes, std::vector<double>(workers, 0.4), classes * 1000 + workers, 0.9);
      const auto found = plurality_labels(set.matrix);
      const auto shares = label_plurality{}(set.matrix);
      for (std::size_t i = 0; i < 60; ++i) {
        CHECK(found[i] == counted(set.matrix, i));
        if (found[i] != no_label) CHECK(choose(shares.row(i), classes).label == found[i]);
      }
    }
}

TEST_CASE("an item without labels has an even share of each class", "[aggregate]") {
  const std::vector<crowd_label> given{{0, 0, 1, 0}};
  const auto m = make_label_matrix(given, 2, 1, 4);
  CHECK(plurality_labels(m) == std::vector<std::uint32_t>{1, no_label});
  const auto e = label_plurality{}(m);
  CHECK(e.row(1)[2] == Approx(0.25));
  CHECK(choose(e.row(1), 4).tied == 4);
}

TEST_CASE("Wawa weighs a vote by its worker's agreement with the plurality", "[aggregate]") {
  // Items 0, 1: all say 0 but worker 2, who says 1. Item 2: worker 0 says 0, worker 2 says 1, worker 1 is
  // silent.
  const std::vector<crowd_label> given{{0, 0, 0, 0}, {0, 1, 0, 0}, {0, 2, 1, 0}, {1, 0, 0, 0},
                                       {1, 1, 0, 0}, {1, 2, 1, 0}, {2, 0, 0, 0}, {2, 2, 1, 0}};
  const auto e = wawa{}(make_label_matrix(given, 3, 3, 2));
  // Skills: worker 0 agrees with 1, 1 and a half of the tie; worker 2 with half of the tie.
  CHECK(e.reliability[0] == Approx(2.5 / 3));
  CHECK(e.reliability[1] == Approx(1));
  CHECK(e.reliability[2] == Approx(0.5 / 3));
  CHECK(e.row(2)[0] == Approx(2.5 / 3));
}

TEST_CASE("zero-based skill stands still where skills are the agreements with their own vote",
          "[aggregate]") {
  const auto set = test::made_labels(200, 3, {0.9, 0.8, 0.5, 0.4, 0.4}, 7);
  const auto e = zero_based_skill{}(set.matrix);
  CHECK(e.converged);
  const auto agreed = shoal::aggregate::detail::agreement(set.matrix, e, 0.0);
  for (std::size_t w = 0; w < 5; ++w) CHECK(e.reliability[w] == Approx(agreed[w]).margin(1e-4));
  CHECK(test::accuracy(e, set.truth) > test::accuracy(label_plurality{}(set.matrix), set.truth));
}
