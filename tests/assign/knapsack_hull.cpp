// SPDX-License-Identifier: BSL-1.0
#include "shoal/assign/knapsack_hull.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::assign;

namespace {

/// (use, cost) of every plan.
std::vector<std::pair<double, double>> every_plan(const choice_table<>& table) {
  std::vector<std::pair<double, double>> out{{0, 0}};
  for (std::size_t k = 0; k < table.classes(); ++k) {
    std::vector<std::pair<double, double>> next;
    for (const auto& sum : out)
      for (std::size_t j = 0; j < table.choices(); ++j)
        if (table.cost(k)[j] < std::numeric_limits<double>::infinity())
          next.emplace_back(sum.first + table.use(k)[j], sum.second + table.cost(k)[j]);
    out.swap(next);
  }
  return out;
}

}  // namespace

TEST_CASE("supported plans are all corners of the lower hull of all plans, and nothing off it", "[assign]") {
  random_engine engine(3);
  const auto whole = [&](std::uint64_t below) { return static_cast<double>(uniform_below(engine, below)); };
  for (int round = 0; round < 400; ++round) {
    choice_table<> table;
    table.reshape(1 + uniform_below(engine, 4), 1 + uniform_below(engine, 5));
    const std::uint64_t range = round % 2 == 0 ? 6 : 100;
    for (std::size_t k = 0; k < table.classes(); ++k) {
      for (std::size_t j = 0; j < table.choices(); ++j) {
        if (j > 0 && uniform_below(engine, 5) == 0) continue;
        table.use(k)[j] = whole(range) - whole(range);
        table.cost(k)[j] = whole(range) - whole(range);
      }
    }
    const auto all = every_plan(table);
    const plan_hull<> hull = supported_plans(table);

    std::vector<std::pair<double, double>> found{{hull.use, hull.cost}};
    for (const hull_step<>& s : hull.steps) {
      REQUIRE(s.use > 0);
      REQUIRE(s.cost < 0);
      found.emplace_back(found.back().first + s.use, found.back().second + s.cost);
    }
    REQUIRE(found.front() == *std::min_element(all.begin(), all.end()));
    double least = all.front().second;
    for (const auto& plan : all) least = std::min(least, plan.second);
    REQUIRE(found.back().second == least);
    // At the slope of each step both its ends are as cheap as any plan.
    for (std::size_t s = 0; s < hull.steps.size(); ++s) {
      const double u = -hull.steps[s].slope();
      REQUIRE((s == 0 || hull.steps[s - 1].slope() <= hull.steps[s].slope() + 1e-12));
      double best = std::numeric_limits<double>::infinity();
      for (const auto& plan : all) best = std::min(best, plan.second + u * plan.first);
      for (const std::size_t end : {s, s + 1})
        REQUIRE(found[end].second + u * found[end].first == Approx(best).margin(1e-9));
    }
    // The steps are choices of the table.
    std::vector<std::uint32_t> at = hull.first;
    for (const hull_step<>& s : hull.steps) {
      const std::uint32_t from = at[s.number];
      REQUIRE(table.use(s.number)[s.place] - table.use(s.number)[from] == s.use);
      REQUIRE(table.cost(s.number)[s.place] - table.cost(s.number)[from] == s.cost);
      at[s.number] = s.place;
    }
  }
}
