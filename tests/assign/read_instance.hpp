// SPDX-License-Identifier: BSL-1.0
/// @file Reads the published instances of tests/data/assign.
#pragma once

#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>

#include "shoal/assign/problem.hpp"

namespace oracle {

namespace detail {

inline std::ifstream open(const std::string& name) {
  std::ifstream in(SHOAL_TEST_DATA "/assign/" + name);
  if (!in) throw std::runtime_error("no instance " + name);
  return in;
}

inline double number(std::ifstream& in) {
  double out = 0;
  if (!(in >> out)) throw std::runtime_error("the instance is short of numbers");
  return out;
}

}  // namespace detail

/// OR-Library's layout of generalised assignment; costs stand as joules.
inline shoal::assign::problem read_generalised(const std::string& name) {
  std::ifstream in = detail::open(name);
  const auto n = static_cast<Eigen::Index>(detail::number(in));
  const auto m = static_cast<Eigen::Index>(detail::number(in));
  shoal::assign::problem p(static_cast<std::size_t>(n), static_cast<std::size_t>(m));
  for (shoal::matrix* figures : {&p.energy_j, &p.load})
    for (Eigen::Index i = 0; i < n; ++i)
      for (Eigen::Index k = 0; k < m; ++k) (*figures)(i, k) = detail::number(in);
  for (Eigen::Index i = 0; i < n; ++i) p.capacity[i] = detail::number(in);
  return p;
}

/// The layout with compatibilities, energies, times and a `sum` requirement.
inline shoal::assign::problem read_with_quality(const std::string& name) {
  std::ifstream in = detail::open(name);
  const auto m = static_cast<Eigen::Index>(detail::number(in));
  const auto n = static_cast<Eigen::Index>(detail::number(in));
  const bool has_capacity = detail::number(in) == 1;
  shoal::assign::problem p(static_cast<std::size_t>(n), static_cast<std::size_t>(m));
  p.require = shoal::assign::requirement{shoal::assign::quality_rule::sum, detail::number(in)};
  for (Eigen::Index k = 0; k < m; ++k) {
    for (Eigen::Index i = 0; i < n; ++i) {
      p.compatibility(i, k) = detail::number(in);
      p.energy_j(i, k) = detail::number(in);
      p.time_s(i, k) = detail::number(in);
      if (has_capacity) p.load(i, k) = detail::number(in);
    }
  }
  for (Eigen::Index i = 0; has_capacity && i < n; ++i) p.capacity[i] = detail::number(in);
  return p;
}

}  // namespace oracle
