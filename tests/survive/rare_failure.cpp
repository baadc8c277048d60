// SPDX-License-Identifier: BSL-1.0
/// @file Rare failures against the exact method.
#include <cmath>
#include <cstddef>
#include <vector>

#include "brute_force.hpp"
#include "catch.hpp"
#include "shoal/survive/assess.hpp"
#include "shoal/survive/rare_failure.hpp"

using namespace shoal;
using survive::redundant_subtask;
using survive::swarm;

TEST_CASE("sampled failures agree with the exact ones within their standard error", "[survive]") {
  random_engine engine(9);
  int outside = 0;
  for (int round = 0; round < 40; ++round) {
    const auto s = brute_force::random_swarm(engine, 8, 3);
    std::vector<redundant_subtask> plan;
    for (std::size_t k = 0; k < 4; ++k) {
      redundant_subtask part;
      for (std::size_t i = 0; i < s.models(); ++i) {
        if (uniform_below(engine, 2) == 0) part.models.push_back(i);
      }
      part.needed = uniform_below(engine, 4);
      plan.push_back(part);
    }
    const double truth = survive::assess(s, plan, {.method = survive::method::exact}).whole.failure;
    const auto found = survive::estimate_failure(s, plan, {.samples = 4000, .seed = 3});
    CHECK(found.union_bound >= truth * (1 - 1e-12));
    CHECK(std::abs(found.failure - truth) <= 5 * found.standard_error + 1e-12 * truth);
    if (std::abs(found.failure - truth) > 2 * found.standard_error + 1e-12 * truth) ++outside;
  }
  CHECK(outside <= 6);
}

TEST_CASE("failures of 1e-12 are as easy as those of a tenth", "[survive]") {
  swarm s{.failure = std::vector<double>(12, 1e-4), .group = {}, .groups = {{"a", 1e-7}, {"b", 1e-7}}};
  for (std::size_t i = 0; i < 12; ++i) s.group.push_back(i % 2);
  std::vector<redundant_subtask> plan;
  for (std::size_t k = 0; k < 9; ++k) plan.push_back({"", {k, k + 1, k + 3}});
  const double truth = survive::assess(s, plan, {.method = survive::method::exact}).whole.failure;
  CHECK(truth < 1e-10);
  const auto found = survive::estimate_failure(s, plan, {.samples = 20'000, .seed = 1});
  CHECK(found.standard_error < 0.02 * truth);
  CHECK(std::abs(found.failure - truth) < 4 * found.standard_error);
}

TEST_CASE("any number of threads gives the same bits", "[survive]") {
  const auto s = brute_force::three_regions();
  const std::vector<redundant_subtask> plan{{"", {0, 3}}, {"", {1, 4, 7}, 2}, {"", {2, 8}}};
  const auto one = survive::estimate_failure(s, plan, {.samples = 30'000, .seed = 5});
  for (const unsigned threads : {2U, 3U, 8U}) {
    const auto many = survive::estimate_failure(s, plan, {.samples = 30'000, .seed = 5, .threads = threads});
    CHECK(many.failure == one.failure);
    CHECK(many.standard_error == one.standard_error);
    CHECK(many.models == one.models);
    CHECK(many.groups == one.groups);
  }
  CHECK(survive::estimate_failure(s, plan, {.samples = 30'000, .seed = 6}).failure != one.failure);
}

TEST_CASE("what the exact method cannot do is sampled, importance included", "[survive]") {
  const auto s = brute_force::three_regions();
  const std::vector<redundant_subtask> plan{{"", {0, 3}}, {"", {1, 4, 7}, 2}, {"", {2, 8}}};
  const auto exact = survive::assess(s, plan, {.method = survive::method::exact});
  const auto sampled = survive::assess(s, plan, {.samples = 200'000, .memory = 1});
  REQUIRE(sampled.method == survive::method::monte_carlo);
  CHECK(std::abs(sampled.whole.failure - exact.whole.failure) < 4 * *sampled.standard_error);
  for (std::size_t i = 0; i < s.models(); ++i) {
    CHECK(sampled.importance.models[i].birnbaum ==
          Approx(exact.importance.models[i].birnbaum).epsilon(0.1).margin(0.003));
    CHECK(sampled.importance.models[i].fussell_vesely ==
          Approx(exact.importance.models[i].fussell_vesely).epsilon(0.05).margin(0.01));
  }
  for (std::size_t g = 0; g < 3; ++g)
    CHECK(sampled.importance.groups[g].birnbaum ==
          Approx(exact.importance.groups[g].birnbaum).epsilon(0.1).margin(0.003));
}

TEST_CASE("what needs no sampling is exact", "[survive]") {
  const swarm s{.failure = {0.1, 0.2}};
  const auto single = survive::estimate_failure(s, std::vector<redundant_subtask>{{"", {0, 1}}, {"", {}, 0}});
  CHECK(single.failure == Approx(0.02).epsilon(1e-14));
  CHECK(single.standard_error == 0);
  CHECK(survive::estimate_failure(s, std::vector<redundant_subtask>{{"", {0}, 2}, {"", {1}}}).failure == 1);
  CHECK(survive::estimate_failure(s, std::vector<redundant_subtask>{}).failure == 0);
  CHECK_THROWS_AS(survive::estimate_failure(s, std::vector<redundant_subtask>{}, {.samples = 0}),
                  invalid_argument);
  CHECK_THROWS_AS(survive::estimate_failure(s, std::vector<redundant_subtask>{}, {.threads = 0}),
                  invalid_argument);
  CHECK_THROWS_AS(survive::estimate_failure(s, std::vector<redundant_subtask>{{"", {5}}}), invalid_argument);
}
