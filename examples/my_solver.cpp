// SPDX-License-Identifier: BSL-1.0
/// @file A user's own solver: random plans, the best that meets every requirement. Beside the exact one.
#include <cstdio>
#include <shoal/shoal.hpp>
#include <string>

//! [plug]
// Draws plans of one model each and keeps the best. It proves nothing, so it never says optimal or
// infeasible.
struct random_search {
  std::size_t draws = 20'000;
  std::uint64_t seed = 1;

  shoal::assign::solution operator()(const shoal::assign::problem& p, const shoal::assign::objective& o,
                                     const shoal::assign::limits& l) const {
    shoal::assign::validate(p);
    shoal::assign::validate(o);
    shoal::random_engine engine(seed);
    shoal::assign::solution best{.solver = "random"};
    for (std::size_t draw = 0; draw < draws && !l.stop.stop_requested(); ++draw) {
      shoal::assign::plan plan(p.subtasks());
      for (auto& models : plan) models = {shoal::uniform_below(engine, p.models())};
      if (shoal::assign::violation(p, o, plan)) continue;
      auto found = shoal::assign::evaluate(p, o, plan);
      if (!best || found.objective < best.objective) best = std::move(found);
    }
    best.solver = "random";
    return best;
  }
};
static_assert(shoal::assign::solver<random_search>);
//! [plug]

int main() {
  namespace assign = shoal::assign;
  constexpr std::size_t models = 5;
  constexpr std::size_t subtasks = 8;
  assign::problem problem(models, subtasks);
  shoal::random_engine engine(2026);
  for (Eigen::Index i = 0; i < problem.energy_j.rows(); ++i) {
    for (Eigen::Index k = 0; k < problem.energy_j.cols(); ++k) {
      // Larger models are better and cost more, each subtask in its own way.
      problem.compatibility(i, k) = 0.4 + 0.1 * static_cast<double>(i) + 0.1 * shoal::uniform_01(engine);
      problem.energy_j(i, k) = (1 + static_cast<double>(i * i)) * (0.5 + shoal::uniform_01(engine));
    }
  }
  problem.require = {assign::quality_rule::mean, 0.7};

  const auto print = [](const assign::solution& s) {
    const std::string verdict(name_of(s.verdict));
    std::printf("%-7s %-9s %6.3f J, mean compatibility %.3f\n", s.solver.c_str(), verdict.c_str(), s.energy_j,
                s.compatibility.mean);
    return s.energy_j;
  };
  const double by_chance = print(random_search{}(problem, assign::weighted{1, 0}, {}));
  const double at_once = print(assign::greedy{}(problem, assign::weighted{1, 0}, {}));
  const double least = print(assign::exact{}(problem, assign::weighted{1, 0}, {}));
  return least <= at_once && least <= by_chance ? 0 : 1;
}
