// SPDX-License-Identifier: BSL-1.0
/// @file The choices of a two-criteria problem whose subtasks take one model each under one limit at most.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "shoal/assign/objective.hpp"
#include "shoal/assign/problem.hpp"
#include "shoal/assign/program.hpp"

namespace shoal::assign {

/// Subtask k chooses one of the places `begin[k]` to `begin[k + 1]` - 1; the uses of the places chosen sum to
/// at most `limit`. Figures are those of all requests of a subtask.
template <class Real = double>
struct front_table {
  using real = Real;

  std::vector<std::size_t> begin{0};
  std::vector<std::uint32_t> model{};
  std::vector<Real> energy{};
  std::vector<Real> time{};
  std::vector<Real> use{};  ///< 0 where there is no limit
  Real limit = std::numeric_limits<Real>::infinity();

  std::size_t subtasks() const { return begin.size() - 1; }
};

/// The table of a problem; empty where it is of another kind, because of replicas, survival targets,
/// capacities that can bind or the makespan.
/// @pre `p` is valid.
template <class Problem>
std::optional<front_table<>> front_table_of(const Problem& p, time_rule rule) {
  const auto whole = first_program(p, objective(weighted{1, 1}, rule));
  if (whole.couplings.size() > 1 || whole.peak_weight > 0 || p.linked()) return std::nullopt;
  for (const auto& c : whole.couplings)
    if (c.each_model || c.peak) return std::nullopt;
  for (const auto& d : whole.demands)
    if (!d.single()) return std::nullopt;
  front_table<> out;
  if (!whole.couplings.empty()) out.limit = whole.bound[whole.couplings.front().first_row];
  for (std::size_t k = 0; k < p.subtasks(); ++k) {
    for (std::size_t i = 0; i < p.models(); ++i) {
      const std::size_t pair = whole.pair(i, k);
      if (!whole.open.data()[pair]) continue;
      out.model.push_back(static_cast<std::uint32_t>(i));
      out.energy.push_back(p.count.data()[k] * p.energy_j.data()[pair]);
      out.time.push_back(p.count.data()[k] * p.time_s.data()[pair]);
      out.use.push_back(whole.couplings.empty() ? 0 : whole.couplings.front().use.data()[pair]);
    }
    out.begin.push_back(out.model.size());
  }
  return out;
}

}  // namespace shoal::assign
