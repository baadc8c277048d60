// SPDX-License-Identifier: BSL-1.0
#include "shoal/survive/assess.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "brute_force.hpp"
#include "catch.hpp"

using namespace shoal;
using survive::assess;
using survive::assess_at_least;
using survive::effort;
using survive::method;
using survive::no_group;
using survive::redundant_subtask;
using survive::swarm;

using plan = std::vector<redundant_subtask>;

TEST_CASE("the bridge network survives as published", "[survive]") {
  // Links 0, 1 leave the source, 3, 4 reach the target, 2 joins the middle: one subtask for each cut.
  const plan cuts{{"", {0, 1}}, {"", {3, 4}}, {"", {0, 2, 4}}, {"", {1, 2, 3}}};
  const auto found = assess(swarm{.failure = std::vector<double>(5, 0.1)}, cuts, {.method = method::exact});
  CHECK(found.whole.survival == Approx(0.97848).epsilon(1e-14));
  CHECK(found.method == method::exact);
  CHECK_FALSE(found.standard_error);
}

TEST_CASE("a plan in three regions has the figures that SCRAM prints", "[survive]") {
  // SCRAM 0.16.2, --bdd --importance true, on this plan as a fault tree: MIF, CIF and DIF, six digits.
  const plan parts{{"law", {0, 1}}, {"biology", {2, 3}}, {"history", {2, 6}}, {"vote", {1, 4, 7}, 2}};
  const auto found = assess(brute_force::three_regions(), parts, {.method = method::exact});
  const auto agree = [](const survive::importance& part, double mif, double cif, double dif) {
    CHECK(part.birnbaum == Approx(mif).epsilon(5e-6));
    CHECK(part.criticality == Approx(cif).epsilon(5e-6));
    CHECK(part.fussell_vesely == Approx(dif).epsilon(5e-6));
  };
  CHECK(found.whole.failure == Approx(0.0268039).epsilon(5e-6));
  agree(found.importance.models[0], 0.0435713, 0.081278, 0.127214);
  agree(found.importance.models[1], 0.152991, 0.28539, 0.32112);
  agree(found.importance.models[2], 0.111396, 0.207798, 0.247408);
  agree(found.importance.models[3], 0.0456511, 0.0851576, 0.1309);
  agree(found.importance.models[7], 0.0982812, 0.183334, 0.224167);
  agree(found.importance.groups[0], 0.983026, 0.366748, 0.37308);
  agree(found.importance.groups[1], 0.134225, 0.0500768, 0.059576);
  agree(found.importance.groups[2], 0.134225, 0.0500768, 0.059576);
}

TEST_CASE("plans agree with the enumeration of all states", "[survive]") {
  random_engine engine(31);
  for (int round = 0; round < 250; ++round) {
    const auto s = brute_force::random_swarm(engine, 7, 3);
    const auto parts = brute_force::random_plan(engine, s.models(), 5);
    const auto truth = brute_force::enumerate(
        s, [&](const std::vector<bool>& up) { return brute_force::survives(parts, up); });
    const auto found = assess(s, parts, {.method = method::exact});
    INFO(round);
    CHECK(found.whole.survival == Approx(truth.survival).epsilon(1e-12).margin(1e-30));
    CHECK(found.whole.failure == Approx(truth.failure).epsilon(1e-12).margin(1e-30));
    CHECK(found.failure_low <= truth.failure * (1 + 1e-12));
    CHECK(found.failure_high >= truth.failure * (1 - 1e-12));
    REQUIRE(found.subtasks.size() == parts.size());
    for (std::size_t k = 0; k < parts.size(); ++k) {
      const auto own = brute_force::enumerate(
          s, [&](const std::vector<bool>& up) { return brute_force::survives({parts[k]}, up); });
      CHECK(found.subtasks[k].own.survival == Approx(own.survival).epsilon(1e-12).margin(1e-30));
      CHECK(found.subtasks[k].own.failure == Approx(own.failure).epsilon(1e-12).margin(1e-30));
    }
    const auto agree = [&](const survive::importance& a, const brute_force::part& b, double q) {
      CHECK(a.birnbaum == Approx(b.birnbaum).epsilon(1e-9).margin(1e-15));
      if (a.birnbaum > 1e-6 && truth.failure > 0) {
        CHECK(a.fussell_vesely == Approx(b.failed_given_loss).epsilon(1e-9).margin(1e-30));
        CHECK(a.criticality == Approx(q * b.birnbaum / truth.failure).epsilon(1e-8).margin(1e-30));
      }
    };
    for (std::size_t i = 0; i < s.models(); ++i)
      agree(found.importance.models[i], truth.models[i], s.failure[i]);
    for (std::size_t g = 0; g < s.groups.size(); ++g)
      agree(found.importance.groups[g], truth.groups[g], s.groups[g].failure_probability);
  }
}

TEST_CASE("a shared fallback model holds up a hundred subtasks or none", "[survive]") {
  swarm s{.failure = {0.01}};
  plan parts;
  double alone = 1;
  for (std::size_t k = 1; k <= 100; ++k) {
    s.failure.push_back(0.02);
    parts.push_back({std::to_string(k), {0, k}});
    alone *= 0.98;
  }
  const auto found = assess(s, parts, {.method = method::exact});
  CHECK(found.whole.survival == Approx(0.99 + 0.01 * alone).epsilon(1e-14));
  CHECK(found.whole.failure == Approx(0.01 * (1 - alone)).epsilon(1e-13));
  CHECK(found.importance.models[0].birnbaum == Approx(1 - alone).epsilon(1e-13));
  CHECK(found.importance.models[7].birnbaum == Approx(0.01 * alone / 0.98).epsilon(1e-12));
  CHECK(found.importance.models[0].fussell_vesely == Approx(1).epsilon(1e-12));
}

TEST_CASE("a chain of neighbours survives when no two of them fail side by side", "[survive]") {
  const double p = 0.03;
  const std::size_t n = 300;
  double last_up = 1 - p;  // chance that all pairs so far live, by the state of the last model
  double last_down = p;
  plan pairs;
  for (std::size_t i = 1; i < n; ++i) {
    const double up = (last_up + last_down) * (1 - p);
    last_down = last_up * p;
    last_up = up;
    pairs.push_back({"", {i - 1, i}});
  }
  const auto found = assess(swarm{.failure = std::vector<double>(n, p)}, pairs, {.method = method::exact});
  CHECK(found.whole.survival == Approx(last_up + last_down).epsilon(1e-12));
}

TEST_CASE("a grid of shared models is swept exactly", "[survive]") {
  // 5 x 7 models, a subtask for each edge; the oracle goes row by row over the 2^5 states of a row.
  const std::size_t width = 5;
  const std::size_t height = 7;
  const double p = 0.2;
  plan edges;
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      if (x > 0) edges.push_back({"", {y * width + x - 1, y * width + x}});
      if (y > 0) edges.push_back({"", {(y - 1) * width + x, y * width + x}});
    }
  }
  const auto chance_of_row = [&](std::size_t down) {
    double chance = 1;
    for (std::size_t x = 0; x < width; ++x) chance *= (down >> x & 1U) != 0 ? p : 1 - p;
    return (down & down << 1U) != 0 ? 0 : chance;
  };
  std::vector<double> row(1U << width, 0.0);
  row[0] = 1;
  for (std::size_t y = 0; y < height; ++y) {
    std::vector<double> next(row.size(), 0.0);
    for (std::size_t above = 0; above < row.size(); ++above) {
      for (std::size_t down = 0; down < row.size(); ++down) {
        if ((above & down) == 0) next[down] += row[above] * chance_of_row(down);
      }
    }
    row = next;
  }
  double truth = 0;
  for (const double r : row) truth += r;
  const auto found = assess(swarm{.failure = std::vector<double>(width * height, p)}, edges);
  CHECK(found.method == method::exact);
  CHECK(found.whole.survival == Approx(truth).epsilon(1e-12));
}

TEST_CASE("private replicas in shared regions are exact at any number of subtasks", "[survive]") {
  swarm s{.groups = {{"a", 0.01}, {"b", 0.02}, {"c", 0.03}}};
  plan parts;
  for (std::size_t k = 0; k < 300; ++k) {
    parts.push_back({std::to_string(k), {}});
    for (std::size_t g = 0; g < 3; ++g) {
      parts.back().models.push_back(s.failure.size());
      s.failure.push_back(0.05);
      s.group.push_back(g);
    }
  }
  double truth = 0;
  for (std::size_t down = 0; down < 8; ++down) {
    double weight = 1;
    int left = 0;
    for (std::size_t g = 0; g < 3; ++g) {
      const bool failed = (down >> g & 1U) != 0;
      const double q = s.groups[g].failure_probability;
      weight *= failed ? q : 1 - q;
      left += failed ? 0 : 1;
    }
    truth += weight * std::pow(1 - std::pow(0.05, left), 300);
  }
  const auto found = assess(s, parts, {.method = method::exact});
  CHECK(found.whole.survival == Approx(truth).epsilon(1e-12));
}

TEST_CASE("a plan with a single subtask is the count of its models", "[survive]") {
  random_engine engine(37);
  for (int round = 0; round < 20; ++round) {
    const auto s = brute_force::random_swarm(engine, 20, 3);
    redundant_subtask all{"all", {}, 1 + uniform_below(engine, s.models())};
    for (std::size_t i = 0; i < s.models(); ++i) all.models.push_back(s.models() - 1 - i);
    const auto by_plan = assess(s, plan{all}, {.method = method::exact});
    const auto by_count = assess_at_least(all.needed, s);
    CHECK(by_plan.whole.survival == Approx(by_count.whole.survival).epsilon(1e-12).margin(1e-30));
    CHECK(by_plan.whole.failure == Approx(by_count.whole.failure).epsilon(1e-12).margin(1e-30));
    for (std::size_t i = 0; i < s.models(); ++i) {
      CHECK(by_plan.importance.models[i].birnbaum ==
            Approx(by_count.importance.models[i].birnbaum).epsilon(1e-9).margin(1e-15));
    }
    CHECK(by_plan.expected_survivors == by_count.expected_survivors);
  }
}

TEST_CASE("failures of 1e-24 keep their digits through a whole plan", "[survive]") {
  const swarm s{.failure = std::vector<double>(6, 1e-12)};
  const auto found = assess(s, plan{{"", {0, 1}}, {"", {1, 2}}, {"", {3, 4}}}, {.method = method::exact});
  CHECK(found.whole.survival == 1);
  CHECK(found.whole.failure == Approx(3e-24).epsilon(1e-11));
  CHECK(found.importance.models[1].birnbaum == Approx(2e-12).epsilon(1e-11));
  CHECK(found.importance.models[5].birnbaum == 0);
  CHECK(found.importance.models[5].fussell_vesely == 0);
}

TEST_CASE("empty plans live and impossible ones do not", "[survive]") {
  const swarm s{.failure = {0.1, 0.2}};
  const auto nothing = assess(s, plan{});
  CHECK(nothing.whole.survival == 1);
  CHECK(nothing.subtasks.empty());
  CHECK(nothing.expected_survivors == Approx(1.7));
  const auto hopeless = assess(s, plan{{"fine", {0}}, {"hopeless", {0, 1}, 3}, {"idle", {}, 0}});
  CHECK(hopeless.whole.survival == 0);
  CHECK(hopeless.subtasks[0].own.survival == 0.9);
  CHECK(hopeless.subtasks[1].own.failure == 1);
  CHECK(hopeless.subtasks[2].own.survival == 1);
  CHECK(hopeless.importance.models[0].birnbaum == 0);
  CHECK(assess(s, plan{{"nobody", {}}}).whole.failure == 1);
  const std::size_t most = std::numeric_limits<std::size_t>::max();
  for (const method m : {method::exact, method::monte_carlo}) {
    CHECK(assess(s, plan{{"greedy", {0, 1}, most}}, {.method = m, .samples = 10}).whole.survival == 0);
    CHECK(assess_at_least(most, s, {.method = m, .samples = 10}).whole.survival == 0);
  }
}

TEST_CASE("without a plan the swarm survives while one model does", "[survive]") {
  const auto found = assess_at_least(1, brute_force::three_regions());
  CHECK(found.method == method::exact);
  CHECK(found.whole.failure == Approx(std::pow(0.01 + 0.99 * 0.05 * 0.05 * 0.05, 3)).epsilon(1e-13));
  CHECK(found.subtasks.empty());
  CHECK(found.importance.models.size() == 9);
  CHECK(found.importance.groups.size() == 3);
  CHECK(found.failure_low == found.whole.failure);
}

TEST_CASE("the plan of an assignment needs one of each subtask's models", "[survive]") {
  const std::vector<std::vector<std::size_t>> chosen{{0, 2}, {1}};
  const std::vector<std::string> names{"law", "biology"};
  const auto parts = survive::make_plan(chosen, names);
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].name == "law");
  CHECK(parts[0].models == std::vector<std::size_t>{0, 2});
  CHECK(parts[1].needed == 1);
  CHECK(survive::make_plan(chosen)[1].name == "1");
  CHECK_THROWS_AS(survive::make_plan(chosen, std::vector<std::string>{"law"}), invalid_argument);
}

TEST_CASE("plans that name no such model, or one twice, are refused", "[survive]") {
  const swarm s{.failure = {0.1, 0.2}, .names = {"a", "b"}};
  const auto refused = [&](const plan& p) -> std::string {
    try {
      assess(s, p);
    } catch (const invalid_argument& e) {
      return e.what();
    }
    return "accepted";
  };
  CHECK(refused({{"x", {0}}, {"law", {0, 9}}}) == "subtask 1 \"law\": there is no model 9 among 2");
  CHECK(refused({{"x", {0, 1, 0}}}) == "subtask 0 \"x\": model \"a\" is there twice");
  CHECK_THROWS_AS(assess(swarm{.failure = {1.5}}, plan{}), invalid_argument);
  CHECK_THROWS_AS(assess(s, plan{}, {.samples = 0}), invalid_argument);
}

TEST_CASE("beyond its memory the exact method says so, and the automatic one simulates", "[survive]") {
  random_engine engine(41);
  const swarm s{.failure = std::vector<double>(20, 0.3)};
  plan parts;
  for (int k = 0; k < 30; ++k) {
    redundant_subtask part;
    while (part.models.size() < 3) {
      const std::size_t i = uniform_below(engine, 20);
      if (std::find(part.models.begin(), part.models.end(), i) == part.models.end()) part.models.push_back(i);
    }
    parts.push_back(part);
  }
  CHECK_THROWS_AS(assess(s, parts, {.method = method::exact, .memory = 1000}), survive::limit_reached);
  const auto simulated = assess(s, parts, {.samples = 20'000, .memory = 1000});
  CHECK(simulated.method == method::monte_carlo);
  REQUIRE(simulated.standard_error);
  const auto exact = assess(s, parts, {.method = method::exact});
  CHECK(std::abs(simulated.whole.survival - exact.whole.survival) < 4 * *simulated.standard_error);
  CHECK(exact.whole.failure >= exact.failure_low);
  CHECK(exact.whole.failure <= exact.failure_high);
}
