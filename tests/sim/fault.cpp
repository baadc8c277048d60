// SPDX-License-Identifier: BSL-1.0
#include "shoal/sim/fault.hpp"

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "shoal/sim/behaviour.hpp"

using namespace shoal;
using namespace shoal::sim;

TEST_CASE("faults come as often and last as long as their hazard says", "[sim]") {
  const std::vector<hazard> hazards{{fault_kind::crash, {0}, 900, 100},
                                    {fault_kind::slow, {1, 2}, 50, 50, 7}};
  const std::vector<fault> faults = draw_faults(hazards, 1e6, 3);
  double crashed = 0;
  double slow = 0;
  for (std::size_t at = 0; at < faults.size(); ++at) {
    if (at > 0) CHECK(faults[at - 1].at_s <= faults[at].at_s);
    (faults[at].kind == fault_kind::crash ? crashed : slow) += faults[at].for_s;
  }
  CHECK(crashed / 1e6 == Approx(0.1).epsilon(0.1));
  CHECK(slow / 1e6 == Approx(0.5).epsilon(0.1));
  CHECK(draw_faults(hazards, 1e6, 3).size() == faults.size());
  // A hazard that is gone does not move the others' faults.
  const std::vector<fault> alone = draw_faults({hazards[0]}, 1e6, 3);
  std::size_t at = 0;
  for (const fault& f : faults) {
    if (f.kind == fault_kind::crash) CHECK(f.at_s == alone.at(at++).at_s);
  }
}

TEST_CASE("spreads have the median and the spread that they name", "[sim]") {
  random_engine engine(1);
  const spread s{2, 0.5, {}};
  double sum = 0;
  double squares = 0;
  const int n = 100000;
  for (int i = 0; i < n; ++i) {
    const double x = std::log(s(engine));
    sum += x;
    squares += x * x;
  }
  const double mean = sum / n;
  CHECK(mean == Approx(std::log(2)).margin(0.01));
  CHECK(std::sqrt(squares / n - mean * mean) == Approx(0.5).margin(0.01));
  CHECK(spread{3, 0, {}}(engine) == 3);
  const spread seen{1, 0, {4, 5}};
  for (int i = 0; i < 20; ++i) {
    const double x = seen(engine);
    CHECK((x == 4 || x == 5));
  }
}
