// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <chrono>
#include <limits>

#include "catch.hpp"
#include "shoal/assign/exact.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;

TEST_CASE("subtasks that differ in nothing are solved by counting, not by trying each order", "[assign]") {
  // Parts of a text have the same figures, so a plan is known by how many parts each model has.
  random_engine engine(5);
  for (int round = 0; round < 30; ++round) {
    const int parts = 40 + static_cast<int>(uniform_below(engine, 40));
    assign::problem p(3, static_cast<std::size_t>(parts));
    double cost[3];
    double quality[3];
    for (int i = 0; i < 3; ++i) {
      cost[i] = 0.1 + i + uniform_01(engine);
      quality[i] = 0.4 + 0.2 * i + 0.1 * uniform_01(engine);
      p.energy_j.row(i).setConstant(cost[i]);
      p.compatibility.row(i).setConstant(quality[i]);
    }
    const double wanted = 0.5 + 0.4 * uniform_01(engine);
    p.require = {assign::quality_rule::mean, wanted};

    double least = std::numeric_limits<double>::infinity();
    for (int a = 0; a <= parts; ++a) {
      for (int b = 0; a + b <= parts; ++b) {
        const int c = parts - a - b;
        const double mean = (a * quality[0] + b * quality[1] + c * quality[2]) / parts;
        if (assign::at_least(mean, wanted)) least = std::min(least, a * cost[0] + b * cost[1] + c * cost[2]);
      }
    }
    // Without counting, a proof takes longer than the age of the universe; the limit only ends a test that
    // fails.
    const auto found = assign::exact{}(p, assign::weighted{1, 0}, {.time = std::chrono::seconds(20)});
    if (least == std::numeric_limits<double>::infinity()) {
      CHECK(found.verdict == assign::verdict::infeasible);
    } else {
      CHECK(found.verdict == assign::verdict::optimal);
      CHECK(found.objective == Approx(least).epsilon(1e-9));
    }
  }
}
