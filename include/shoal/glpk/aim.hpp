// SPDX-License-Identifier: BSL-1.0
/// @file What one search minimises.
#pragma once

#include <algorithm>

namespace shoal::glpk::detail {

/// What a plan of energy E and time T is minimised for:
/// energy E + time T + max(peak_energy E, peak_time T).
struct aim {
  double energy = 0;
  double time = 0;
  double peak_energy = 0;
  double peak_time = 0;

  double operator()(double energy_j, double time_s) const {
    return energy * energy_j + time * time_s + std::max(peak_energy * energy_j, peak_time * time_s);
  }
};

}  // namespace shoal::glpk::detail
