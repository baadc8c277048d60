// SPDX-License-Identifier: BSL-1.0
#include "shoal/assign/subset.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <set>
#include <vector>

#include "catch.hpp"
#include "shoal/core/random.hpp"

using namespace shoal::assign;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Every set that meets the demand, by looking at all of them.
std::vector<std::pair<double, std::vector<std::size_t>>> all_sets(const demand& d,
                                                                  const std::vector<candidate>& from) {
  std::vector<std::pair<double, std::vector<std::size_t>>> out;
  for (std::size_t bits = 1; bits < (std::size_t{1} << from.size()); ++bits) {
    double price = 0;
    double strength = 0;
    std::vector<std::size_t> models;
    std::set<std::size_t> groups;
    bool forced = true;
    for (std::size_t j = 0; j < from.size(); ++j) {
      if (((bits >> j) & 1U) == 0) {
        forced = forced && !from[j].forced;
        continue;
      }
      price += from[j].price;
      strength += from[j].strength;
      models.push_back(from[j].model);
      groups.insert(from[j].group);
    }
    const bool sized = d.or_more ? models.size() >= d.replicas : models.size() == d.replicas;
    if (!forced || !sized || strength < d.strength) continue;
    if (d.separate && groups.size() < models.size()) continue;
    out.emplace_back(price, models);
  }
  return out;
}

struct sample {
  demand d{};
  std::vector<candidate> from{};
};

sample random_sample(std::uint64_t seed) {
  shoal::random_engine engine(shoal::stream_seed(17, seed));
  const auto below = [&](std::uint64_t n) {
    return static_cast<std::size_t>(shoal::uniform_below(engine, n));
  };
  sample out;
  const bool whole = below(2) == 0;
  out.d.replicas = 1 + below(3);
  out.d.or_more = below(2) == 0;
  if (out.d.or_more) out.d.strength = 4 * shoal::uniform_01(engine);
  out.d.separate = below(2) == 0;
  const std::size_t n = 1 + below(8);
  for (std::size_t i = 0; i < n; ++i) {
    candidate c;
    c.model = i;
    c.price =
        (whole ? static_cast<double>(below(6)) : 5 * shoal::uniform_01(engine)) - (below(3) == 0 ? 3 : 0);
    c.strength = below(8) == 0 ? infinity : 2 * shoal::uniform_01(engine);
    c.group = below(5);
    c.forced = below(9) == 0;
    out.from.push_back(c);
  }
  return out;
}

}  // namespace

TEST_CASE("the cheapest set is the cheapest of all sets", "[assign]") {
  std::size_t found = 0;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    const sample s = random_sample(seed);
    const auto sets = all_sets(s.d, s.from);
    const subset_search::result r = subset_search(s.d, s.from).cheapest_set();
    INFO("seed " << seed);
    REQUIRE(r.proven);
    REQUIRE(r.models.empty() == sets.empty());
    if (sets.empty()) {
      CHECK(std::isinf(r.lower));
      continue;
    }
    ++found;
    const auto best =
        std::min_element(sets.begin(), sets.end(), [](auto& a, auto& b) { return a.first < b.first; });
    CHECK(std::abs(r.price - best->first) < 1e-12);
    CHECK(r.lower == r.price);
    CHECK(std::any_of(sets.begin(), sets.end(), [&](auto& each) { return each.second == r.models; }));
    CHECK(subset_search(s.d, s.from).least_price() <= best->first + 1e-12);
  }
  CHECK(found > 1000);
}

TEST_CASE("every set under a price is visited once", "[assign]") {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const sample s = random_sample(seed);
    const double threshold = 3;
    std::set<std::vector<std::size_t>> wanted;
    for (const auto& [price, models] : all_sets(s.d, s.from))
      if (price < threshold - 1e-9) wanted.insert(models);
    std::set<std::vector<std::size_t>> seen;
    bool twice = false;
    const bool all = subset_search(s.d, s.from)
                         .each_below(
                             threshold,
                             [&](double price, std::vector<std::size_t> models) {
                               std::sort(models.begin(), models.end());
                               twice = !seen.insert(models).second || twice;
                               if (price >= threshold - 1e-9) wanted.insert(models);
                               return threshold;
                             },
                             1'000'000);
    INFO("seed " << seed);
    REQUIRE(all);
    CHECK_FALSE(twice);
    CHECK(seen == wanted);
  }
}

TEST_CASE("a search that runs out of steps says so, and its bound holds all the same", "[assign]") {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const sample s = random_sample(seed);
    const auto sets = all_sets(s.d, s.from);
    if (sets.empty()) continue;
    double best = infinity;
    for (const auto& each : sets) best = std::min(best, each.first);
    for (const std::size_t steps : {0U, 1U, 3U, 10U}) {
      const subset_search::result r = subset_search(s.d, s.from).cheapest_set(steps);
      CHECK(r.lower <= best + 1e-12);
      if (r.proven) CHECK(std::abs(r.price - best) < 1e-12);
    }
  }
}

TEST_CASE("of models at the same price the lowest index is taken", "[assign]") {
  std::vector<candidate> from;
  for (std::size_t i = 6; i-- > 0;) from.push_back({1.0, i, 0.5, i});
  CHECK(cheapest_set(demand{.replicas = 2}, from).models == std::vector<std::size_t>{0, 1});
  std::sort(from.begin(), from.end(), [](auto& a, auto& b) { return a.model < b.model; });
  CHECK(cheapest_set(demand{}, from).models == std::vector<std::size_t>{0});
}
