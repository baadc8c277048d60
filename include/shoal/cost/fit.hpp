// SPDX-License-Identifier: BSL-1.0
/// @file A power law fitted to measured costs.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/cost/growth.hpp"

namespace shoal::cost {

/// A fitted law and how well it fits.
struct power_fit {
  power_law law{};
  double r_squared = 1;       ///< share of the variance of log cost that the law explains, [0, 1]
  double relative_error = 0;  ///< root mean square of log(cost / law): about the relative error of a point
  double exponent_error = 0;  ///< standard error of b; 0 when two points leave nothing to judge it by
};

/// The power law a n^b nearest to measured costs, by least squares on log cost = log a + b log n, so that
/// every point counts by its relative error.
/// @param n     numbers of subtasks, finite, > 0, at least two different ones.
/// @param cost  of each, finite, > 0.
/// @throws invalid_argument  `cost 3: 0 is not a finite number > 0`.
/// @complexity O(points).
template <class = when_used>
power_fit fit_power_law(std::span<const double> n, std::span<const double> cost) {
  if (n.size() != cost.size())
    throw invalid_argument(message("fit: ", n.size(), " sizes and ", cost.size(), " costs"));
  const auto check = [](const char* what, std::size_t i, double value) {
    if (!(value > 0) || std::isinf(value))
      throw invalid_argument(message(what, " ", i, ": ", value, " is not a finite number > 0"));
  };
  double mean_x = 0;
  double mean_y = 0;
  for (std::size_t i = 0; i < n.size(); ++i) {
    check("size", i, n[i]);
    check("cost", i, cost[i]);
    mean_x += std::log(n[i]);
    mean_y += std::log(cost[i]);
  }
  const auto points = static_cast<double>(n.size());
  mean_x /= points;
  mean_y /= points;
  double xx = 0;
  double xy = 0;
  double yy = 0;
  bool differ = false;
  for (std::size_t i = 0; i < n.size(); ++i) {
    const double x = std::log(n[i]) - mean_x;
    const double y = std::log(cost[i]) - mean_y;
    xx += x * x;
    xy += x * y;
    yy += y * y;
    differ = differ || n[i] != n[0];
  }
  if (!differ) throw invalid_argument(message("fit: ", n.size(), " points, but not two different sizes"));

  power_fit out;
  out.law.b = xy / xx;
  out.law.a = std::exp(mean_y - out.law.b * mean_x);
  double residual = 0;
  for (std::size_t i = 0; i < n.size(); ++i) {
    const double miss = std::log(cost[i]) - mean_y - out.law.b * (std::log(n[i]) - mean_x);
    residual += miss * miss;
  }
  if (yy > 0) out.r_squared = std::fmax(0.0, 1 - residual / yy);
  out.relative_error = std::sqrt(residual / points);
  if (n.size() > 2) out.exponent_error = std::sqrt(residual / (points - 2) / xx);
  return out;
}

}  // namespace shoal::cost
