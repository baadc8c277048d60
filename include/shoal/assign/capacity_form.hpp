// SPDX-License-Identifier: BSL-1.0
/// @file Problems with capacities as what they are, generalised assignment problems, in figures that are
/// whole where they can be.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <vector>

#include "shoal/assign/program.hpp"
#include "shoal/assign/whole_figures.hpp"

namespace shoal::assign {

/// A limit over all pairs: sum use x <= bound.
template <class Real = double>
struct total_row {
  std::vector<Real> use{};  ///< of each pair
  Real bound = 0;
  Real size = 1;  ///< mean |use| of the open pairs, > 0: the unit in which rows are compared
};

/// The generalised assignment problem, with limits over all pairs besides:
///
///     least   sum cost x    with   sum_i x_ik = takes_k,  sum_k load_ik x_ik <= capacity_i,  the rows
///
/// Pair (i, k) has the number k x models + i. Where a subtask may be left out at a price, the last model is
/// nobody, without capacity, and a pair with it stands for the empty set.
template <class Real = double>
struct capacity_form {
  std::size_t models = 0;
  std::size_t subtasks = 0;
  bool has_nobody = false;
  std::vector<Real> cost{};
  std::vector<Real> load{};
  std::vector<unsigned char> open{};
  std::vector<std::uint32_t> takes{};
  std::vector<Real> capacity{};  ///< infinity: none
  std::vector<Real> cell{};      ///< load of one cell of each model, for dynamic programmes over capacity
  std::vector<std::uint32_t> cells{};  ///< of each pair, rounded down
  std::vector<total_row<Real>> rows{};
  std::vector<std::vector<std::uint32_t>> alike{};  ///< subtasks of one model that differ in nothing
  std::vector<unsigned char> alike_of{};            ///< of each subtask: it is one of them
  Real load_factor = 1;                             ///< loads and capacities are the program's times this
  Real factor = 1;                                  ///< costs are the program's times this
  bool whole = false;                               ///< and then whole numbers

  std::size_t pairs() const { return models * subtasks; }

  /// Whole cells in so much room of model i, rounded up where rounding is in doubt.
  std::uint32_t cells_in(std::size_t i, Real room) const {
    return static_cast<std::uint32_t>(room / cell[i] * (1 + Real{1e-12}) + Real{1e-9});
  }
};

namespace detail {

/// The unit in which model i's loads are counted: their greatest common divisor where they are whole and
/// that makes at most `most` cells of its capacity; else such a share of the capacity.
template <class Real>
Real cell_of(const capacity_form<Real>& form, std::size_t i, bool whole, Real most) {
  if (whole) {
    std::uint64_t common = 0;
    for (std::size_t pair = i; pair < form.pairs(); pair += form.models)
      if (form.open[pair]) common = std::gcd(common, static_cast<std::uint64_t>(form.load[pair]));
    const Real unit = static_cast<Real>(std::max<std::uint64_t>(common, 1));
    if (form.capacity[i] <= unit * most) return unit;
  }
  return std::max(form.capacity[i] / most, std::numeric_limits<Real>::min());
}

template <class Real>
void count_cells(capacity_form<Real>& form, bool whole) {
  // A programme goes through cells x pairs; many pairs are given fewer cells each.
  constexpr std::size_t budget = 1U << 24U;
  const auto most =
      static_cast<Real>(std::clamp<std::size_t>(budget / (form.pairs() + 1), 1024, whole ? 8192 : 2048));
  form.cell.assign(form.models, 0);
  form.cells.assign(form.pairs(), 0);
  for (std::size_t i = 0; i < form.models; ++i) {
    Real all = 0;
    for (std::size_t pair = i; pair < form.pairs(); pair += form.models)
      if (form.open[pair]) all += form.load[pair];
    if (all <= form.capacity[i]) form.capacity[i] = std::numeric_limits<Real>::infinity();
    if (std::isinf(form.capacity[i])) continue;
    form.cell[i] = cell_of(form, i, whole, most);
    for (std::size_t pair = i; pair < form.pairs(); pair += form.models)
      if (form.open[pair])
        form.cells[pair] = static_cast<std::uint32_t>(
            std::max(Real{0}, form.load[pair] / form.cell[i] * (1 - Real{1e-12}) - (whole ? 0 : Real{1e-9})) +
            (whole ? Real{1e-9} : 0));
  }
}

/// Finds the subtasks that differ in nothing.
template <class Real>
void find_alike(capacity_form<Real>& form) {
  const std::size_t n = form.models;
  const auto compare = [&](const auto& figures, std::size_t k, std::size_t l) {
    for (std::size_t i = 0; i < n; ++i)
      if (figures[k * n + i] != figures[l * n + i]) return figures[k * n + i] < figures[l * n + i] ? -1 : 1;
    return 0;
  };
  const auto order = [&](std::size_t k, std::size_t l) {
    if (form.takes[k] != form.takes[l]) return form.takes[k] < form.takes[l] ? -1 : 1;
    int out = compare(form.cost, k, l);
    if (out == 0) out = compare(form.load, k, l);
    if (out == 0) out = compare(form.open, k, l);
    for (std::size_t r = 0; out == 0 && r < form.rows.size(); ++r) out = compare(form.rows[r].use, k, l);
    return out;
  };
  std::vector<std::uint32_t> all(form.subtasks);
  std::iota(all.begin(), all.end(), std::uint32_t{0});
  std::sort(all.begin(), all.end(), [&](std::uint32_t k, std::uint32_t l) {
    const int out = order(k, l);
    return out != 0 ? out < 0 : k < l;
  });
  form.alike_of.assign(form.subtasks, 0);
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin + 1;
    while (end < all.size() && order(all[begin], all[end]) == 0) ++end;
    if (end - begin > 1 && form.takes[all[begin]] == 1) {
      form.alike.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(begin),
                              all.begin() + static_cast<std::ptrdiff_t>(end));
      for (std::size_t at = begin; at < end; ++at) form.alike_of[all[at]] = 1;
    }
    begin = end;
  }
}

/// Whole loads on the scale of their last decimal; true where there is such a scale.
template <class Real>
bool make_loads_whole(capacity_form<Real>& form) {
  wholeness<Real> seen;
  for (std::size_t k = 0; k < form.subtasks; ++k)
    seen.look_at(form.load.data() + k * form.models, form.models);
  constexpr Real most = 4503599627370496.0;  // 2^52
  const auto scale = scale_to_whole(form.load.data(), form.pairs(), seen, most);
  if (!scale.exact) return false;
  form.load_factor = scale.factor;
  for (Real& load : form.load) load = nearest_whole(load * scale.factor);
  for (Real& c : form.capacity) c = std::floor(c * scale.factor);
  return true;
}

}  // namespace detail

/// The form of a program with capacities, whose subtasks take a given number of models each, whichever; empty
/// for another program.
template <class Program>
std::optional<capacity_form<>> capacity_form_of(const Program& p) {
  const coupling* capacities = nullptr;
  for (const coupling& c : p.couplings) {
    if (c.peak || (c.each_model && capacities != nullptr)) return std::nullopt;
    if (c.each_model) capacities = &c;
  }
  if (capacities == nullptr) return std::nullopt;
  capacity_form<> out;
  for (const demand& d : p.demands) {
    const bool may_skip = !std::isinf(d.skip);
    if (d.or_more || (d.separate && d.replicas > 1) || (may_skip && !d.single())) return std::nullopt;
    out.has_nobody = out.has_nobody || may_skip;
    out.takes.push_back(static_cast<std::uint32_t>(d.replicas));
  }
  const std::size_t n = p.models();
  out.models = n + (out.has_nobody ? 1 : 0);
  out.subtasks = p.subtasks();
  const auto figures = [&](const matrix& from) {
    std::vector<double> to(out.pairs(), 0);
    for (std::size_t k = 0; k < out.subtasks; ++k)
      std::copy_n(from.data() + k * n, n, to.data() + k * out.models);
    return to;
  };
  out.cost = figures(p.cost);
  out.load = figures(capacities->use);
  out.open.assign(out.pairs(), 0);
  for (std::size_t k = 0; k < out.subtasks; ++k) {
    for (std::size_t i = 0; i < n; ++i) out.open[k * out.models + i] = p.open.data()[p.pair(i, k)] ? 1 : 0;
    if (!out.has_nobody || std::isinf(p.demands[k].skip)) continue;
    out.open[k * out.models + n] = 1;
    out.cost[k * out.models + n] = p.demands[k].skip;
  }
  out.capacity.assign(p.bound.begin() + static_cast<std::ptrdiff_t>(capacities->first_row),
                      p.bound.begin() + static_cast<std::ptrdiff_t>(capacities->first_row + n));
  if (out.has_nobody) out.capacity.push_back(std::numeric_limits<double>::infinity());
  for (const coupling& c : p.couplings) {
    if (c.each_model) continue;
    total_row<> row{figures(c.use), p.bound[c.first_row]};
    double sum = 0;
    for (const double use : row.use) sum += std::abs(use);
    row.size = sum > 0 ? sum / static_cast<double>(out.pairs()) : 1;
    out.rows.push_back(std::move(row));
  }
  wholeness<> seen;
  for (std::size_t k = 0; k < out.subtasks; ++k) seen.look_at(out.cost.data() + k * out.models, out.models);
  constexpr double most = 4503599627370496.0;  // 2^52
  const auto scale = scale_to_whole(out.cost.data(), out.pairs(), seen, most);
  out.whole = scale.exact;
  if (scale.exact) {
    out.factor = scale.factor;
    for (double& cost : out.cost) cost = nearest_whole(cost * out.factor);
  }
  detail::count_cells(out, detail::make_loads_whole(out));
  detail::find_alike(out);
  return out;
}

}  // namespace shoal::assign
