// SPDX-License-Identifier: BSL-1.0
#include "shoal/assign/pareto_front.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "random_instance.hpp"
#include "read_instance.hpp"
#include "shoal/core/random.hpp"

using namespace shoal;
using namespace shoal::assign;

namespace {

using values = std::vector<std::pair<double, double>>;

// Energies and times of the plans that no other dominates, by trying all plans.
values every_plan(const problem& p, time_rule rule) {
  const objective o(weighted{1, 1}, rule);
  values all;
  plan chosen(p.subtasks());
  const auto visit = [&](auto&& self, std::size_t k) -> void {
    if (k == p.subtasks()) {
      if (violation(p, o, chosen)) return;
      const solution s = evaluate(p, o, chosen);
      all.emplace_back(s.energy_j, s.time_s);
      return;
    }
    for (std::size_t subset = 1; subset < (std::size_t{1} << p.models()); ++subset) {
      chosen[k].clear();
      for (std::size_t i = 0; i < p.models(); ++i)
        if (((subset >> i) & 1U) != 0) chosen[k].push_back(i);
      self(self, k + 1);
    }
  };
  visit(visit, 0);
  std::sort(all.begin(), all.end());
  values out;
  for (const auto& [energy, time] : all) {
    if (!out.empty() && time >= out.back().second - 1e-9) continue;
    if (!out.empty() && energy <= out.back().first + 1e-9) out.pop_back();
    out.emplace_back(energy, time);
  }
  return out;
}

values values_of(const front& f) {
  values out;
  for (const front_point& point : f.points) out.emplace_back(point.energy_j, point.time_s);
  return out;
}

void check_same(const values& found, const values& wanted, double tolerance) {
  REQUIRE(found.size() == wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    REQUIRE(std::abs(found[i].first - wanted[i].first) <= tolerance);
    REQUIRE(std::abs(found[i].second - wanted[i].second) <= tolerance);
  }
}

values read_front(const std::string& name) {
  std::ifstream in = oracle::detail::open(name);
  values out;
  for (double energy = 0, time = 0; in >> energy >> time;) out.emplace_back(energy, time);
  return out;
}

// The points of a front drawn at random: growing energy, falling time.
std::vector<front_point> random_points(random_engine& random, std::size_t count) {
  std::vector<front_point> out(count);
  double energy = 0;
  double time = 1000;
  for (front_point& point : out) {
    energy += 1 + 20 * uniform_01(random);
    time -= 1 + 20 * uniform_01(random);
    point.energy_j = energy;
    point.time_s = time;
  }
  return out;
}

double area(const std::vector<front_point>& points, const std::vector<std::size_t>& kept) {
  double out = 0;
  for (std::size_t c = 0; c + 1 < kept.size(); ++c) {
    out += (points[kept[c + 1]].energy_j - points[kept[c]].energy_j) *
           (points.front().time_s - points[kept[c]].time_s);
  }
  return out;
}

}  // namespace

TEST_CASE("the front of every kind of problem is the one that trying all plans gives", "[assign]") {
  std::size_t with_plans = 0;
  std::size_t labelled = 0;
  for (std::uint64_t seed = 0; seed < 700; ++seed) {
    const oracle::instance t =
        seed % 3 == 0 ? oracle::linked_instance(seed * 29, seed) : oracle::random_instance(seed * 29, seed);
    if (t.p.subtasks() * t.p.models() > 12) continue;
    INFO(t.name << ", seed " << seed);
    const front f = pareto_front(t.p, {.time = t.o.time});
    const values wanted = every_plan(t.p, t.o.time);
    if (wanted.empty()) {
      REQUIRE(f.verdict == front_verdict::infeasible);
      REQUIRE(!f.because.empty());
      continue;
    }
    REQUIRE(f.verdict == front_verdict::complete);
    check_same(values_of(f), wanted, 1e-6);
    for (const front_point& point : f.points)
      REQUIRE(!violation(t.p, objective(weighted{}, t.o.time), point.chosen));
    ++with_plans;
    if (f.method == "two phases") ++labelled;
  }
  CHECK(with_plans > 200);
  CHECK(labelled > 20);
}

TEST_CASE("fronts of random knapsack problems are those of all plans", "[assign]") {
  random_engine random(20);
  for (int round = 0; round < 300; ++round) {
    INFO("round " << round);
    const std::size_t m = 1 + uniform_below(random, 5);
    const std::size_t n = 2 + uniform_below(random, 2);
    const bool whole = uniform_below(random, 2) == 0;
    problem p(n, m);
    const auto figure = [&](double most) {
      const double x = most * uniform_01(random);
      return whole ? std::floor(x) : x;
    };
    double quality = 0;
    for (Eigen::Index k = 0; k < static_cast<Eigen::Index>(m); ++k) {
      for (Eigen::Index i = 0; i < static_cast<Eigen::Index>(n); ++i) {
        p.energy_j(i, k) = figure(12);
        p.time_s(i, k) = figure(12);
        p.compatibility(i, k) = figure(10);
        quality += p.compatibility(i, k) / static_cast<double>(n);
      }
    }
    if (uniform_below(random, 4) > 0) {
      const double share = 0.5 + uniform_01(random);
      p.require = requirement{quality_rule::sum, whole ? std::floor(share * quality) : share * quality};
    }
    const front f = pareto_front(p);
    const values wanted = every_plan(p, time_rule::total);
    if (wanted.empty()) {
      REQUIRE(f.verdict == front_verdict::infeasible);
      continue;
    }
    REQUIRE(f.method == "two phases");
    check_same(values_of(f), wanted, whole ? 0 : 1e-9);
  }
}

TEST_CASE("published fronts are found whole", "[assign]") {
  for (const char* name : {"real_20x10", "uncor_20x10"}) {
    INFO(name);
    const front f = pareto_front(oracle::read_with_quality(std::string(name) + ".txt"));
    CHECK(f.verdict == front_verdict::complete);
    check_same(values_of(f), read_front(std::string(name) + ".front"), 0);
  }
}

TEST_CASE("supported plans are the corners of the front's lower hull", "[assign]") {
  const problem p = oracle::read_with_quality("uncor_20x10.txt");
  const front whole = pareto_front(p);
  const front corners = pareto_front(p, {.supported_only = true});
  CHECK(corners.verdict == front_verdict::complete);
  std::size_t supported = 0;
  for (const front_point& point : whole.points) {
    bool least = false;  // for some factors, those along the hull among them
    for (const front_point& a : whole.points) {
      for (const front_point& b : whole.points) {
        const double energy = a.time_s - b.time_s;
        const double time = b.energy_j - a.energy_j;
        if (energy <= 0 || time <= 0) continue;
        bool under = true;
        for (const front_point& other : whole.points) {
          under = under && energy * point.energy_j + time * point.time_s <=
                               energy * other.energy_j + time * other.time_s;
        }
        least = least || under;
      }
    }
    CHECK(point.supported == least);
    supported += least ? 1 : 0;
  }
  for (const front_point& corner : corners.points) {
    bool there = false;
    for (const front_point& point : whole.points)
      there =
          there || (point.supported && point.energy_j == corner.energy_j && point.time_s == corner.time_s);
    CHECK(there);
  }
  CHECK(corners.points.size() <= supported);
}

TEST_CASE("each plan is told when it is found, and a limit leaves a part of the front", "[assign]") {
  const problem p = oracle::read_with_quality("uncor_20x10.txt");
  std::size_t told = 0;
  const front f = pareto_front(p, {}, {}, [&](const front_point&) { ++told; });
  CHECK(told >= f.points.size());
  const front part = pareto_front(p, {}, limits{.nodes = 10});
  CHECK(part.verdict == front_verdict::partial);
  CHECK(part.points.size() < f.points.size());
}

TEST_CASE("without subtasks the front is the plan that does nothing", "[assign]") {
  const front f = pareto_front(problem(2, 0));
  CHECK(f.verdict == front_verdict::complete);
  REQUIRE(f.points.size() == 1);
  CHECK((f.points[0].energy_j == 0 && f.points[0].time_s == 0));
}

TEST_CASE("a thinned front loses the least that it can", "[assign]") {
  random_engine random(3);
  for (int round = 0; round < 20; ++round) {
    const std::vector<front_point> points = random_points(random, 3 + uniform_below(random, 8));
    const std::size_t most = 2 + uniform_below(random, 4);
    const thinned_front thinned = thin(points, most);
    REQUIRE(thinned.kept.size() == std::min(most, points.size()));
    std::vector<std::size_t> all;
    double best = 0;
    for (std::size_t i = 0; i < points.size(); ++i) all.push_back(i);
    for (std::size_t subset = 0; subset < (std::size_t{1} << points.size()); ++subset) {
      std::vector<std::size_t> kept;
      for (const std::size_t i : all)
        if (((subset >> i) & 1U) != 0) kept.push_back(i);
      const bool ends = !kept.empty() && kept.front() == 0 && kept.back() == points.size() - 1;
      if (ends && kept.size() <= most) best = std::max(best, area(points, kept));
    }
    CHECK(area(points, thinned.kept) == Approx(best));
    CHECK(thinned.lost == Approx(1 - best / area(points, all)).margin(1e-12));
  }
}

TEST_CASE("a plan is chosen from a front by its knee, by weights or within a bound", "[assign]") {
  std::vector<front_point> points(4);
  const double energy[] = {1, 2, 5, 10};
  const double time[] = {10, 3, 2, 1};
  for (std::size_t i = 0; i < 4; ++i) {
    points[i].energy_j = energy[i];
    points[i].time_s = time[i];
  }
  CHECK(knee(points) == 1);
  CHECK(best_weighted(points, 1, 1) == 1);
  CHECK(best_weighted(points, 1, 0) == 0);
  CHECK(best_weighted(points, 0, 1) == 3);
  CHECK(best_within_time(points, 2.5) == 2U);
  CHECK(!best_within_time(points, 0.5));
  CHECK(best_within_energy(points, 5) == 2U);
  CHECK(!best_within_energy(points, 0.5));
  points.resize(1);
  CHECK(knee(points) == 0);
}
