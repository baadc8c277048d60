// SPDX-License-Identifier: BSL-1.0
/// @file Small random problems over every combination of what a problem can ask for.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "shoal/assign/evaluate.hpp"
#include "shoal/core/random.hpp"

namespace oracle {

using namespace shoal::assign;

/// How many combinations there are: 5 quality rules (one is none) x 4 objectives x 2 time rules x with and
/// without capacity, forbidden pairs, replicas, survival targets, separate groups, counts x whole numbers or
/// fractions.
inline constexpr std::size_t combinations = 5 * 4 * 2 * 2 * 2 * 2 * 2 * 2 * 2 * 2;

struct instance {
  problem p{};
  objective o{};
  std::string name{};  ///< for messages
};

namespace detail {

class maker {
 public:
  maker(std::size_t combination, std::uint64_t seed)
      : engine_(shoal::stream_seed(seed, combination)), rest_(combination % combinations) {}

  instance make() {
    const std::size_t rule = take(5);
    const std::size_t goal = take(4);
    const bool makespan = take(2) == 1;
    const bool capacity = take(2) == 1;
    const bool forbidden = take(2) == 1;
    const bool replicas = take(2) == 1;
    const bool survival = take(2) == 1;
    const bool separate = take(2) == 1;
    const bool counts = take(2) == 1;
    whole_ = take(2) == 1;
    const bool product = rule == 4;

    const std::size_t n = 2 + below(3);
    const std::size_t m = 1 + below(survival ? 3 : 4);
    instance out;
    problem& p = out.p = problem(n, m);
    for (std::size_t k = 0; k < m; ++k) {
      const auto column = static_cast<Eigen::Index>(k);
      if (counts) p.count[column] = whole_ ? 1 + number(6) : 0.25 + number(5);
      if (replicas) p.replicas[k] = 1 + below(std::min<std::size_t>(n, 3));
      if (survival && below(3) > 0) p.survival[column] = below(2) == 0 ? 0.5 + 0.49 * unit() : 0.9;
      if (separate) p.separate_groups[k] = below(3) > 0;
      for (std::size_t i = 0; i < n; ++i) {
        const auto row = static_cast<Eigen::Index>(i);
        p.compatibility(row, column) = product ? (whole_ ? 0.1 * (1 + number(9)) : 1 - 0.95 * unit())
                                               : number(10) - (below(8) == 0 ? 2 : 0);
        p.energy_j(row, column) = number(20);
        p.time_s(row, column) = number(12);
        p.load(row, column) = number(5);
        if (forbidden && below(4) == 0) p.allowed(row, column) = false;
      }
    }
    if (replicas || survival)
      for (std::size_t k = 0; k < m; ++k)
        p.replicas[k] = std::min(p.replicas[k], below(12) == 0 ? n : 1 + n / 2);
    for (std::size_t i = 0; i < n; ++i) {
      const auto row = static_cast<Eigen::Index>(i);
      if (separate) p.group[i] = below(1 + n / 2 + below(2));
      if (survival)
        p.failure_probability[row] = below(10) == 0 ? static_cast<double>(below(2)) : 0.02 + 0.5 * unit();
    }
    if (below(6) == 0 && survival)  // a target that some model meets exactly
      p.survival[0] = std::min(1 - p.failure_probability[0], 0.999);
    if (below(6) == 0 && n > 1) {  // twins, so that there are ties
      p.energy_j.row(1) = p.energy_j.row(0);
      p.time_s.row(1) = p.time_s.row(0);
    }

    const plan some = any_plan(p);
    const solution figures =
        evaluate(p, objective(weighted{}, makespan ? time_rule::makespan : time_rule::total), some);
    if (capacity) {
      for (std::size_t i = 0; i < n; ++i) {
        const auto row = static_cast<Eigen::Index>(i);
        if (below(5) == 0) continue;
        p.capacity[row] = whole_ ? std::floor(figures.load[row] + number(6) - static_cast<double>(below(3)))
                                 : figures.load[row] * (0.8 + unit()) + unit();
        if (below(4) == 0) p.capacity[row] = figures.load[row];
        p.capacity[row] = std::max(p.capacity[row], 0.0);
      }
    }
    if (rule > 0) p.require = make_requirement(static_cast<quality_rule>(rule - 1), figures);
    out.o = make_objective(goal, makespan, figures);
    out.name = shoal::message("combination ", p.require ? name_of(p.require->rule) : "none", " goal ", goal,
                              " ", name_of(out.o.time), " capacity ", capacity, " forbidden ", forbidden,
                              " replicas ", replicas, " survival ", survival, " separate ", separate,
                              " counts ", counts, " whole ", whole_, ": ", n, " x ", m);
    return out;
  }

 private:
  std::size_t take(std::size_t choices) {
    const std::size_t out = rest_ % choices;
    rest_ /= choices;
    return out;
  }
  std::size_t below(std::size_t bound) {
    return static_cast<std::size_t>(shoal::uniform_below(engine_, bound));
  }
  double unit() { return shoal::uniform_01(engine_); }
  /// A number in [0, top]: a whole one where the instance has whole numbers.
  double number(std::size_t top) {
    return whole_ ? static_cast<double>(below(top + 1)) : static_cast<double>(top) * unit();
  }

  /// A plan of the right sizes where possible; it need not meet anything else.
  plan any_plan(const problem& p) {
    plan out(p.subtasks());
    for (std::size_t k = 0; k < p.subtasks(); ++k) {
      std::vector<std::size_t> order(p.models());
      for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
      for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[below(i)]);
      for (const std::size_t i : order) {
        if (out[k].size() < p.replicas[k] &&
            p.allowed(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)))
          out[k].push_back(i);
      }
      std::sort(out[k].begin(), out[k].end());
    }
    return out;
  }

  /// At, under or over a value that some plan reaches.
  double near(double reached, double spread) {
    switch (below(4)) {
      case 0:
        return reached;
      case 1:
        return reached - spread * unit();
      case 2:
        return reached + 0.5 * spread * unit();
      default:
        return reached + spread;
    }
  }

  requirement make_requirement(quality_rule rule, const solution& figures) {
    switch (rule) {
      case quality_rule::sum:
        return {rule, near(figures.compatibility.sum, 6)};
      case quality_rule::mean:
        return {rule, near(figures.compatibility.mean, 2)};
      case quality_rule::each:
        return {rule, near(figures.compatibility.min, 2)};
      default:
        return {rule, figures.compatibility.product * (below(2) == 0 ? 1 : 0.5 + 2 * unit())};
    }
  }

  objective make_objective(std::size_t goal, bool makespan, const solution& figures) {
    const time_rule time = makespan ? time_rule::makespan : time_rule::total;
    const criterion which = below(2) == 0 ? criterion::energy : criterion::time;
    const double a = below(8) == 0 ? 0 : whole_ ? 1 + number(3) : 3 * unit();
    const double b = below(8) == 0 ? 0 : whole_ ? 1 + number(3) : 3 * unit();
    switch (goal) {
      case 0:
        return {weighted{a, b}, time};
      case 1: {
        const double reached = which == criterion::energy ? figures.time_s : figures.energy_j;
        return {epsilon{which, std::max(0.0, near(reached, 0.3 * reached))}, time};
      }
      case 2:
        return {lexicographic{which}, time};
      default:
        return {chebyshev{a, b}, time};
    }
  }

  shoal::random_engine engine_;
  std::size_t rest_;
  bool whole_ = false;
};

}  // namespace detail

/// The instance of a combination (taken modulo `combinations`); each seed gives another one.
inline instance random_instance(std::size_t combination, std::uint64_t seed) {
  return detail::maker(combination, seed).make();
}

/// The same whose subtasks hand data on: edges between some of them, of any shape, and distances between
/// models that count as energy, or as time where that is the sum.
inline instance linked_instance(std::size_t combination, std::uint64_t seed) {
  instance out = random_instance(combination, seed);
  shoal::random_engine engine(shoal::stream_seed(seed + 1, combination));
  const bool whole = shoal::uniform_below(engine, 2) == 0;
  const auto figure = [&](double most) {
    const double x = most * shoal::uniform_01(engine);
    return whole ? std::floor(x) : x;
  };
  problem& p = out.p;
  for (std::size_t from = 0; from < p.subtasks(); ++from) {
    for (std::size_t to = 0; to < p.subtasks(); ++to) {
      if (from == to || shoal::uniform_below(engine, 3) == 0 || (to < from && shoal::uniform_below(engine, 4) > 0))
        continue;
      p.transfers.push_back({from, to, figure(4)});
    }
  }
  p.distance = shoal::matrix(static_cast<Eigen::Index>(p.models()), static_cast<Eigen::Index>(p.models()));
  for (double& d : p.distance.reshaped()) d = figure(6);
  const bool time = out.o.time == time_rule::total && shoal::uniform_below(engine, 2) == 0;
  p.distance_in = time ? criterion::time : criterion::energy;
  out.name += shoal::message(" with ", p.transfers.size(), " transfers in ", name_of(p.distance_in));
  return out;
}

}  // namespace oracle
