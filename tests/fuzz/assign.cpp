// SPDX-License-Identifier: BSL-1.0
/// @file Any structure of a small problem: `assign::exact` and GLPK give the same verdict, the same objective
/// and the same best value of what cannot be met.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "shoal/assign/exact.hpp"
#include "shoal/glpk/solver.hpp"

namespace {

using namespace shoal::assign;

/// The bytes as choices; zeros when they are used up.
struct choices {
  const std::uint8_t* at;
  const std::uint8_t* end;

  std::size_t below(std::size_t bound) { return at == end ? 0 : *at++ % bound; }
  double number(std::size_t most) { return static_cast<double>(below(most + 1)); }
};

void require(bool holds, const char* what, const solution& ours, const solution& theirs) {
  if (holds) return;
  std::fprintf(stderr, "%s: %s by %s, %.17g against %s, %.17g\n", what, name_of(ours.verdict).data(),
               ours.engine.c_str(), ours.objective, name_of(theirs.verdict).data(), theirs.objective);
  std::abort();
}

bool close(double a, double b) { return std::abs(a - b) <= 1e-7 * (1 + std::abs(b)); }

problem any_problem(choices& c) {
  const std::size_t features = c.below(256);
  const auto has = [&](std::size_t bit) { return ((features >> bit) & 1U) != 0; };
  const std::size_t n = 1 + c.below(5);
  const std::size_t m = 1 + c.below(has(0) ? 5 : 9);
  problem p(n, m);
  const double unit = has(1) ? 0.25 : 1;
  for (std::size_t k = 0; k < m; ++k) {
    const auto column = static_cast<Eigen::Index>(k);
    if (has(2)) p.count[column] = 1 + c.number(3);
    if (has(3)) p.replicas[k] = 1 + c.below(std::min<std::size_t>(n, 2));
    if (has(0) && c.below(2) == 1) p.survival[column] = 0.5 + 0.04 * c.number(12);
    if (has(4)) p.separate_groups[k] = c.below(2) == 1;
    const bool like_the_last = k > 0 && has(7) && c.below(2) == 1;
    for (std::size_t i = 0; i < n; ++i) {
      const auto row = static_cast<Eigen::Index>(i);
      if (like_the_last) {
        for (auto* figures : {&p.compatibility, &p.energy_j, &p.time_s, &p.load})
          (*figures)(row, column) = (*figures)(row, column - 1);
        p.allowed(row, column) = p.allowed(row, column - 1);
        continue;
      }
      p.compatibility(row, column) = 0.1 * (1 + c.number(9));
      p.energy_j(row, column) = unit * c.number(40);
      p.time_s(row, column) = unit * c.number(12);
      p.load(row, column) = unit * c.number(6);
      p.allowed(row, column) = !has(5) || c.below(5) > 0;
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    p.failure_probability[row] = 0.05 * c.number(10);
    p.group[i] = c.below(n);
    if (has(6) && c.below(4) > 0)
      p.capacity[row] = unit * c.number(static_cast<std::size_t>(12 + 20 * m / n));
  }
  const std::size_t rule = c.below(5);
  if (rule > 0) {
    p.require = requirement{static_cast<quality_rule>(rule - 1), 0.02 * c.number(50)};
    if (p.require->rule == quality_rule::sum) p.require->at_least *= static_cast<double>(m);
  }
  return p;
}

objective any_objective(choices& c) {
  const time_rule time = c.below(3) == 0 ? time_rule::makespan : time_rule::total;
  const criterion first = c.below(2) == 0 ? criterion::energy : criterion::time;
  switch (c.below(5)) {
    case 0:
      return {epsilon{first, c.number(200)}, time};
    case 1:
      return {lexicographic{first}, time};
    case 2:
      return {chebyshev{c.number(3), c.number(3)}, time};
    default:
      return {weighted{c.number(3), c.number(3)}, time};
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  choices c{data, data + size};
  const problem p = any_problem(c);
  const objective o = any_objective(c);
  const limits enough{.time = std::chrono::seconds(2)};
  const solution ours = exact{}(p, o, enough);
  if (ours) require(!violation(p, o, ours.chosen), "a requirement is broken", ours, ours);
  if (ours.verdict == verdict::limit || ours.verdict == verdict::feasible) return 0;
  const solution theirs = shoal::glpk::solver{}(p, o, enough);
  if (theirs.verdict == verdict::limit || theirs.verdict == verdict::feasible) return 0;
  require(ours.verdict == theirs.verdict, "the verdict", ours, theirs);
  if (ours) {
    require(close(ours.objective, theirs.objective), "the objective", ours, theirs);
    require(ours.bound <= ours.objective && close(ours.bound, ours.objective), "the bound", ours, theirs);
    if (std::holds_alternative<lexicographic>(o.rule))
      require(close(ours.energy_j + ours.time_s, theirs.energy_j + theirs.time_s), "the tie-break", ours,
              theirs);
  } else if (ours.best && theirs.best) {
    require(close(*ours.best, *theirs.best), "the best that can be had", ours, theirs);
  }
  return 0;
}
