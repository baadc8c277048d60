// SPDX-License-Identifier: BSL-1.0
/// @file The whole front of plans in energy and time, exact, unsupported plans included.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "shoal/assign/budget.hpp"
#include "shoal/assign/evaluate.hpp"
#include "shoal/assign/exact.hpp"
#include "shoal/assign/front.hpp"
#include "shoal/assign/front_table.hpp"
#include "shoal/assign/front_triangle.hpp"
#include "shoal/assign/limits.hpp"
#include "shoal/assign/objective.hpp"
#include "shoal/assign/problem.hpp"

namespace shoal::assign {

/// What is asked of a front.
struct front_options {
  time_rule time = time_rule::total;
  bool supported_only =
      false;  ///< only the corners of the lower hull, which weighted sums find: much quicker
};

/// Receives each plan of the front when it is found; a later one may still turn out to dominate it.
struct ignore_points {
  void operator()(const front_point&) const {}
};

namespace detail {

template <class Problem, class See>
class front_search {
 public:
  front_search(const Problem& p, const front_options& how, const limits& l, See see)
      : p_(p), how_(how), limits_(l), left_(l), see_(see) {}

  front run() {
    const solution least_energy = solve(lexicographic{criterion::energy});
    if (!least_energy) return ended(least_energy);
    const solution least_time = solve(lexicographic{criterion::time});
    if (!least_time) return ended(least_time);
    add(least_energy.chosen, true);
    add(least_time.chosen, true);
    tidy();
    const auto table = front_table_of(p_, how_.time);
    out_.method = table || how_.supported_only ? "two phases" : "bounds";
    if (table || how_.supported_only) {
      for (std::size_t i = 0; i + 1 < out_.points.size();) i = between(i) ? i : i + 1;
      if (table && !how_.supported_only) fill(*table);
    } else {
      walk();
    }
    tidy();
    mark_supported();
    out_.verdict = complete_ ? front_verdict::complete : front_verdict::partial;
    out_.seconds = left_.seconds();
    return std::move(out_);
  }

 private:
  // Two figures within this share of each other are the same: plans closer than that are told apart by
  // chance.
  static constexpr double resolution = 1e-10;

  static double slack(double x) { return resolution * std::max(1.0, std::abs(x)); }

  limits rest() const {
    limits l = limits_;
    if (std::isfinite(l.time.count()) && l.time != decltype(l.time)::max())
      l.time = decltype(l.time)(std::max(left_.seconds_left(), 1e-6));
    return l;
  }

  solution solve(const goal& g) {
    if (left_.out_of_time()) {
      complete_ = false;
      return {};
    }
    solution s = exact{}(p_, objective(g, how_.time), rest());
    complete_ = complete_ && (s.verdict == verdict::optimal || s.verdict == verdict::infeasible);
    return s;
  }

  front ended(const solution& s) {
    if (s.verdict == verdict::infeasible) out_.verdict = front_verdict::infeasible;
    out_.because = s.because;
    out_.seconds = left_.seconds();
    return std::move(out_);
  }

  void add(const plan& chosen, bool supported) {
    const solution s = evaluate(p_, objective(weighted{1, 1}, how_.time), chosen);
    front_point point{s.energy_j, s.time_s, supported, chosen};
    see_(static_cast<const front_point&>(point));
    out_.points.push_back(std::move(point));
  }

  // By growing energy, without what others dominate.
  void tidy() {
    auto& points = out_.points;
    std::stable_sort(points.begin(), points.end(), [](const front_point& a, const front_point& b) {
      return a.energy_j < b.energy_j || (a.energy_j == b.energy_j && a.time_s < b.time_s);
    });
    std::vector<front_point> kept;
    for (front_point& point : points) {
      while (!kept.empty() && kept.back().energy_j >= point.energy_j - slack(point.energy_j) &&
             point.time_s <= kept.back().time_s - slack(point.time_s)) {
        kept.pop_back();  // the same energy but for rounding, and less time
      }
      if (kept.empty() || point.time_s < kept.back().time_s - slack(point.time_s))
        kept.push_back(std::move(point));
    }
    points = std::move(kept);
  }

  // Looks for a supported plan under the line from point i to the next; true when there was one.
  bool between(std::size_t i) {
    const front_point& a = out_.points[i];
    const front_point& b = out_.points[i + 1];
    const double energy = a.time_s - b.time_s;
    const double time = b.energy_j - a.energy_j;
    const double line = energy * a.energy_j + time * a.time_s;
    const solution s = solve(weighted{energy, time});
    if (!s || !(energy * s.energy_j + time * s.time_s < line - 10 * slack(line))) return false;
    if (!(s.energy_j > a.energy_j && s.energy_j < b.energy_j)) return false;
    add(s.chosen, true);
    for (std::size_t j = out_.points.size() - 1; j > i + 1; --j)
      std::swap(out_.points[j], out_.points[j - 1]);
    return true;
  }

  // Second phase: the plans between neighbouring supported ones.
  template <class Table>
  void fill(const Table& table) {
    front_triangle<typename Table::real> triangle(table);
    const std::vector<front_point> supported = out_.points;
    for (std::size_t i = 0; i + 1 < supported.size(); ++i) {
      const bool whole =
          triangle.explore({supported[i].energy_j, supported[i].time_s},
                           {supported[i + 1].energy_j, supported[i + 1].time_s}, [&](std::size_t labels) {
                             left_.use_nodes(std::min(labels, left_.nodes_left()));
                             return left_.spent();
                           });
      complete_ = complete_ && whole;
      for (const auto& found : triangle.found()) {
        plan chosen(table.subtasks());
        for (std::size_t k = 0; k < chosen.size(); ++k) chosen[k] = {table.model[found.places[k]]};
        if (!violation(p_, objective(weighted{1, 1}, how_.time), chosen)) add(chosen, false);
      }
      if (left_.spent()) break;
    }
  }

  // Any problem: from the plan of least energy on, the least energy in less time than the last one's.
  void walk() {
    const front_point last = out_.points.back();
    double time = out_.points.front().time_s;
    while (time > last.time_s + slack(last.time_s)) {
      // A bound holds up to a tolerance of its own, so it is set below the last plan's time by more than
      // that.
      const double bound = time - 3 * tolerance * std::max(1.0, std::abs(time));
      const solution least = solve(epsilon{criterion::energy, std::max(0.0, bound)});
      if (!least) return;
      const solution quick = solve(epsilon{criterion::time, least.energy_j});
      const solution& next = quick && quick.time_s < least.time_s ? quick : least;
      if (!(next.time_s < time)) return;
      add(next.chosen, false);
      time = next.time_s;
    }
  }

  // A plan is supported when it lies on the lower hull.
  void mark_supported() {
    auto& points = out_.points;
    for (front_point& point : points) point.supported = false;
    std::vector<std::size_t> hull;
    const auto above = [&](std::size_t a, std::size_t b, std::size_t c) {
      const double ab = (points[b].energy_j - points[a].energy_j) * (points[c].time_s - points[a].time_s);
      const double ac = (points[c].energy_j - points[a].energy_j) * (points[b].time_s - points[a].time_s);
      return ab < ac - 1e-12 * (std::abs(ab) + std::abs(ac));
    };
    for (std::size_t i = 0; i < points.size(); ++i) {
      while (hull.size() > 1 && above(hull[hull.size() - 2], hull.back(), i)) hull.pop_back();
      hull.push_back(i);
    }
    for (const std::size_t i : hull) points[i].supported = true;
  }

  const Problem& p_;
  front_options how_;
  limits limits_;
  budget left_;
  See see_;
  front out_{};
  bool complete_ = true;
};

}  // namespace detail

/// Every plan of which no other is at least as good in both energy and time and better in one, by growing
/// energy; of plans with equal figures one stays. Figures within a share of 1e-10 of each other are equal.
///
/// Two phases where each subtask takes one model and nothing but the quality of the whole couples them: the
/// supported plans by weighted sums, then labels between neighbours (front_triangle.hpp). For all other
/// problems one plan after the other, each the least energy within a bound on time, by `exact`; its bounds on
/// time hold to 1e-9, so plans closer than 3e-9 in time may be taken for one.
/// @param see  called with each plan when it is found, `see(const front_point&)`; `supported` is settled only
/// in
///             the front that is returned.
/// @throws invalid_problem  as `validate` does.
/// @complexity two solves for each supported plan, and labels or two solves for each of the others.
template <class See = ignore_points>
front pareto_front(const problem& p, const front_options& how = {}, const limits& l = {}, See see = {}) {
  validate(p);
  validate(l);
  return detail::front_search<problem, See>(p, how, l, see).run();
}

}  // namespace shoal::assign
