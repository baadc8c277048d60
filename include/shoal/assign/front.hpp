// SPDX-License-Identifier: BSL-1.0
/// @file A front of plans in energy and time, and ways to choose from it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/assign/problem.hpp"

namespace shoal::assign {

/// One plan of a front.
struct front_point {
  double energy_j = 0;
  double time_s = 0;      ///< by the time rule of the front
  bool supported = true;  ///< least energy x E + time x T for some factors > 0: it lies on the lower hull
  plan chosen{};          ///< as in `solution`
};

/// What can be said of a front.
enum class front_verdict {
  complete,    ///< the whole set that was asked for, proven
  partial,     ///< a limit was reached: plans of the front, but others may be missing or better
  infeasible,  ///< proven that no plan meets every requirement
};

/// The verdict's name as files spell it.
constexpr std::string_view name_of(front_verdict v) {
  switch (v) {
    case front_verdict::complete:
      return "complete";
    case front_verdict::partial:
      return "partial";
    case front_verdict::infeasible:
      return "infeasible";
  }
  return "";
}

/// Plans of which none is at least as good as another in both energy and time; see `pareto_front`.
struct front {
  front_verdict verdict = front_verdict::partial;
  std::vector<front_point> points{};  ///< by growing energy, hence falling time
  std::string method{};               ///< `two phases` or `bounds`; see `pareto_front`
  double seconds = 0;                 ///< wall clock
  std::string because{};              ///< infeasible: as in `solution`
};

/// Which of the points to keep, and what is lost with the others.
struct thinned_front {
  std::vector<std::size_t> kept{};  ///< indices, growing
  double lost = 0;                  ///< share of the hypervolume, in [0, 1]
};

namespace detail {

// Energy and time of a point as shares of the front's extent, 0 at its best and 1 at its worst value.
template <class Points>
std::pair<double, double> shares(const Points& points, std::size_t i) {
  const double wide = points.back().energy_j - points.front().energy_j;
  const double high = points.front().time_s - points.back().time_s;
  return {wide > 0 ? (points[i].energy_j - points.front().energy_j) / wide : 0,
          high > 0 ? (points[i].time_s - points.back().time_s) / high : 0};
}

}  // namespace detail

/// The point farthest from the line between the ends, both criteria measured by the front's extent: from it
/// on, a little more of one buys little of the other. 0 where no point lies below the line.
/// @source Das 1999, "On characterizing the 'knee' of the Pareto curve", Structural Optimization 18.
/// @pre `points` is not empty.
template <class Points>
std::size_t knee(const Points& points) {
  std::size_t best = 0;
  double most = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto [e, t] = detail::shares(points, i);
    if (points.size() > 1 && 1 - e - t > most) {
      most = 1 - e - t;
      best = i;
    }
  }
  return best;
}

/// The point of least energy x E + time x T; among equals the one of least energy.
/// @pre `points` is not empty.
template <class Points>
std::size_t best_weighted(const Points& points, double energy, double time) {
  std::size_t best = 0;
  const auto value = [&](std::size_t i) { return energy * points[i].energy_j + time * points[i].time_s; };
  for (std::size_t i = 1; i < points.size(); ++i)
    if (value(i) < value(best)) best = i;
  return best;
}

/// The point of least energy whose time is at most `most_s`; empty when there is none.
template <class Points>
std::optional<std::size_t> best_within_time(const Points& points, double most_s) {
  for (std::size_t i = 0; i < points.size(); ++i)
    if (points[i].time_s <= most_s) return i;
  return std::nullopt;
}

/// The point of least time whose energy is at most `most_j`; empty when there is none.
template <class Points>
std::optional<std::size_t> best_within_energy(const Points& points, double most_j) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < points.size() && points[i].energy_j <= most_j; ++i) best = i;
  return best;
}

/// At most `most` >= 2 points that keep the most hypervolume, the ends among them: the area that the points
/// dominate inside the box of the front, whose corner is the worst energy and the worst time.
/// @source Auger, Bader, Brockhoff & Zitzler 2009, "Investigating and exploiting the bias of the weighted
/// hypervolume" (exact subset selection in two dimensions by dynamic programming).
/// @complexity O(most x points^2).
template <class Points>
thinned_front thin(const Points& points, std::size_t most) {
  const std::size_t n = points.size();
  thinned_front out;
  most = std::max<std::size_t>(most, 2);
  if (n <= most) {
    for (std::size_t i = 0; i < n; ++i) out.kept.push_back(i);
    return out;
  }
  // Area between points i < j of the kept ones: what i dominates to the left of j.
  std::vector<std::pair<double, double>> at;
  for (std::size_t i = 0; i < n; ++i) at.push_back(detail::shares(points, i));
  const auto area = [&](std::size_t i, std::size_t j) {
    return (at[j].first - at[i].first) * (1 - at[i].second);
  };
  double whole = 0;
  for (std::size_t i = 0; i + 1 < n; ++i) whole += area(i, i + 1);
  std::vector<std::vector<double>> best(most, std::vector<double>(n, -1));  // by points kept so far, last one
  std::vector<std::vector<std::size_t>> before(most, std::vector<std::size_t>(n, 0));
  best[0][0] = 0;
  for (std::size_t c = 1; c < most; ++c) {
    for (std::size_t j = 1; j < n; ++j) {
      for (std::size_t i = 0; i < j; ++i) {
        if (best[c - 1][i] < 0 || best[c - 1][i] + area(i, j) <= best[c][j]) continue;
        best[c][j] = best[c - 1][i] + area(i, j);
        before[c][j] = i;
      }
    }
  }
  std::size_t j = n - 1;
  for (std::size_t c = most - 1; c > 0; --c) {
    out.kept.push_back(j);
    j = before[c][j];
  }
  out.kept.push_back(0);
  std::reverse(out.kept.begin(), out.kept.end());
  out.lost = whole > 0 ? std::max(0.0, 1 - best[most - 1][n - 1] / whole) : 0;
  return out;
}

}  // namespace shoal::assign
