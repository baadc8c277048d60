// SPDX-License-Identifier: BSL-1.0
/// @file The plans of a front between two of its supported ones, by labels.
///
/// Between two neighbouring supported plans A (less energy) and B (less time) every other plan of the front
/// lies in the triangle under the corner (energy of B, time of A) and above the line from A to B. Seen along
/// the normal of that line each pair has a reduced cost >= 0 over the cheapest of its subtask, the limit
/// priced by the multiplier that bounds best; the plans sought are those whose reduced costs sum to at most
/// the distance from the bound to the corner. Labels, subtask after subtask, list them all: one is dropped
/// when its sum is over that distance, when no completion can reach the triangle or keep the limit, or when
/// another is as good in energy, time and use. Plans that are found cut the triangle into a staircase, and
/// the distance that matters is to its farthest corner: so the search begins with a part of the distance and
/// widens it until it covers what is left.
/// @source Ulungu & Teghem 1995, "The two phases method: an efficient procedure to solve bi-objective
/// combinatorial optimization problems", Foundations of Computing and Decision Sciences 20; Przybylski,
/// Gandibleux & Ehrgott 2010, "A two phase method for multi-objective integer programming", Discrete
/// Optimization 7 (bound sets).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

#include "shoal/assign/front_table.hpp"

namespace shoal::assign {

/// Corner of a triangle or step of a staircase.
template <class Real = double>
struct front_corner {
  Real energy = 0;
  Real time = 0;
};

/// A plan that a search found: figures, and the place chosen for each subtask.
template <class Real = double>
struct front_find {
  Real energy = 0;
  Real time = 0;
  std::vector<std::uint32_t> places{};
};

/// Searches the triangles of one table; its memory is kept from one to the next.
template <class Real = double>
class front_triangle {
 public:
  explicit front_triangle(const front_table<Real>& table) : table_(table) {}

  /// All plans strictly inside the triangle of `a` and `b` that no other plan dominates, by growing energy.
  /// @param stop  called now and then with the labels made since; true ends the search.
  /// @return false when the search was ended; `found()` then has a part.
  template <class Stop>
  bool explore(front_corner<Real> a, front_corner<Real> b, Stop stop) {
    found_.clear();
    a_ = a;
    b_ = b;
    weigh();
    Real part = room() / 4;
    for (;;) {
      const Real wanted = room();
      const bool whole = part >= wanted;
      if (!label(whole ? wanted : part, stop)) return false;
      if (whole || part >= room()) return true;
      part = std::min(2 * part, room());
    }
  }

  const std::vector<front_find<Real>>& found() const { return found_; }

 private:
  static constexpr std::size_t prices = 12;

  struct place {
    std::uint32_t at;  // in the table
    Real reduced;
    Real energy;  // over the cheapest place of its subtask
    Real time;
    Real use;
  };
  struct node {
    Real energy;
    Real time;
    Real use;
    Real reduced;
    std::uint32_t parent;
    std::uint32_t place;  // among its level's places
  };
  struct stair {
    Real time;
    Real use;
  };
  struct level {
    std::size_t subtask = 0;
    std::vector<place> places{};
    std::vector<node> nodes{};
    std::array<Real, prices> rest{};  // least priced sum over the places of the levels behind it
  };
  // A bound on completions: energy, time and use priced by `at`, and the levels behind at their least, is at
  // most `most` for every plan in the triangle that keeps the limit and is no farther than the farthest
  // corner.
  struct price {
    Real energy = 0;
    Real time = 0;
    Real use = 0;
    Real most = 0;
    Real of(Real e, Real t, Real u) const { return energy * e + time * t + use * u; }
  };

  Real weight(std::size_t j) const {
    return energy_weight_ * table_.energy[j] + time_weight_ * table_.time[j];
  }

  // The sum of each subtask's least weight + multiplier x use, and where it is; the slope of the bound.
  Real relax(Real multiplier, Real& slope) {
    Real sum = 0;
    slope = 0;
    cheapest_.assign(table_.subtasks(), 0);
    for (std::size_t k = 0; k < table_.subtasks(); ++k) {
      std::size_t best = table_.begin[k];
      Real least = std::numeric_limits<Real>::infinity();
      for (std::size_t j = table_.begin[k]; j < table_.begin[k + 1]; ++j) {
        const Real value = weight(j) + multiplier * table_.use[j];
        if (value < least) {
          least = value;
          best = j;
        }
      }
      cheapest_[k] = static_cast<std::uint32_t>(best);
      sum += least;
      slope += table_.use[best];
    }
    if (std::isinf(table_.limit)) return sum;
    slope -= table_.limit;
    return sum - multiplier * table_.limit;
  }

  // The best multiplier along the triangle's normal, and the reduced costs at it.
  void weigh() {
    energy_weight_ = a_.time - b_.time;
    time_weight_ = b_.energy - a_.energy;
    Real slope = 0;
    Real low = 0;
    Real low_value = relax(low, slope);
    Real low_slope = slope;
    Real multiplier = 0;
    if (!std::isinf(table_.limit) && low_slope > 0) {
      Real high = 1;
      Real high_value = relax(high, slope);
      for (int doubling = 0; slope > 0 && doubling < 200; ++doubling) {
        low = high;
        low_value = high_value;
        low_slope = slope;
        high *= 2;
        high_value = relax(high, slope);
      }
      Real high_slope = slope;
      // The bound is concave and made of lines: where the two outer lines meet is a point of it or above it.
      for (int round = 0; round < 200; ++round) {
        multiplier = low_slope > high_slope ? (high_value - high_slope * high - low_value + low_slope * low) /
                                                  (low_slope - high_slope)
                                            : low;
        if (!(multiplier > low && multiplier < high)) break;
        const Real value = relax(multiplier, slope);
        if (value >= low_value + low_slope * (multiplier - low) - std::abs(value) * 1e-13) break;
        if (slope > 0) {
          low = multiplier;
          low_value = value;
          low_slope = slope;
        } else {
          high = multiplier;
          high_value = value;
          high_slope = slope;
        }
      }
    }
    bound_ = relax(multiplier, slope);
    multiplier_ = multiplier;
  }

  // From the bound to the farthest corner of the staircase: reduced costs may sum to that.
  Real room() const {
    Real farthest = 0;
    Real time = a_.time;
    const auto corner = [&](Real energy) {
      farthest = std::max(farthest, energy_weight_ * energy + time_weight_ * time - bound_);
    };
    for (const front_find<Real>& f : found_) {
      corner(f.energy);
      time = f.time;
    }
    corner(b_.energy);
    const Real scale = std::max(std::abs(bound_), energy_weight_ * b_.energy + time_weight_ * a_.time);
    return std::max(Real{0}, farthest) + scale * Real(1e-12);
  }

  void lay_levels() {
    levels_.clear();
    fixed_.assign(table_.subtasks(), 0);
    start_ = {0, 0, 0, 0, 0, 0};
    for (std::size_t k = 0; k < table_.subtasks(); ++k) {
      const std::size_t base = cheapest_[k];
      fixed_[k] = cheapest_[k];
      start_.energy += table_.energy[base];
      start_.time += table_.time[base];
      start_.use += table_.use[base];
      level next;
      next.subtask = k;
      const Real least = weight(base) + multiplier_ * table_.use[base];
      for (std::size_t j = table_.begin[k]; j < table_.begin[k + 1]; ++j) {
        const Real reduced =
            j == base ? 0 : std::max(Real{0}, weight(j) + multiplier_ * table_.use[j] - least);
        if (reduced > room_) continue;
        next.places.push_back({static_cast<std::uint32_t>(j), reduced, table_.energy[j] - table_.energy[base],
                               table_.time[j] - table_.time[base], table_.use[j] - table_.use[base]});
      }
      if (next.places.size() > 1) levels_.push_back(std::move(next));
    }
    // Subtasks whose second choice costs most come first: labels multiply late.
    const auto second = [](const level& l) {
      Real out = std::numeric_limits<Real>::infinity();
      bool base = true;
      for (const place& p : l.places) {
        if (p.reduced > 0 || !base) out = std::min(out, p.reduced);
        if (p.reduced == 0) base = false;
      }
      return out;
    };
    std::stable_sort(levels_.begin(), levels_.end(),
                     [&](const level& x, const level& y) { return second(x) > second(y); });
    lay_prices();
    std::array<Real, prices> rest{};
    for (std::size_t d = levels_.size(); d-- > 0;) {
      level& l = levels_[d];
      l.rest = rest;
      for (std::size_t q = 0; q < prices; ++q) {
        Real least = 0;
        for (const place& p : l.places) least = std::min(least, price_[q].of(p.energy, p.time, p.use));
        rest[q] += least;
      }
    }
  }

  // Prices of the triangle's sides and of the limit, none, some or more than in the relaxation: each sees
  // other labels that cannot be completed.
  void lay_prices() {
    constexpr std::array<std::array<Real, 3>, prices> factors{{{0, 0, 0.5},
                                                               {0, 0, 0.8},
                                                               {0, 0, 1.25},
                                                               {0, 0, 2},
                                                               {0.25, 0, 1},
                                                               {0, 0.25, 1},
                                                               {0.25, 0, 1.25},
                                                               {0, 0.25, 1.25},
                                                               {1, 0, 1},
                                                               {0, 1, 1},
                                                               {1, 0, 2},
                                                               {0, 1, 2}}};
    const Real farthest = bound_ + room_;
    for (std::size_t q = 0; q < prices; ++q) {
      price& at = price_[q];
      const Real energy = factors[q][0] * energy_weight_;
      const Real time = factors[q][1] * time_weight_;
      at.energy = energy_weight_ + energy;
      at.time = time_weight_ + time;
      at.use = factors[q][2] * multiplier_;
      at.most = farthest + energy * b_.energy + time * a_.time;
      if (!std::isinf(table_.limit)) at.most += at.use * table_.limit;
      at.most += std::abs(at.most) * Real(1e-12);
    }
  }

  bool hopeless(const node& y, const level& l) const {
    bool out = y.reduced > room_;
    for (std::size_t q = 0; q < prices; ++q)
      out |= price_[q].of(y.energy, y.time, y.use) + l.rest[q] > price_[q].most;
    return out;
  }

  // Labels grow by energy within each run; afterwards they do as a whole.
  void merge_runs(std::vector<node>& nodes) {
    const auto less = [](const node& x, const node& y) { return x.energy < y.energy; };
    while (runs_.size() > 2) {
      merged_.clear();
      std::size_t kept = 1;
      for (std::size_t r = 0; r + 1 < runs_.size(); r += 2) {
        const auto at = [&](std::size_t run) {
          return nodes.begin() + static_cast<std::ptrdiff_t>(runs_[std::min(run, runs_.size() - 1)]);
        };
        std::merge(at(r), at(r + 1), at(r + 1), at(r + 2), std::back_inserter(merged_), less);
        runs_[kept++] = merged_.size();
      }
      runs_.resize(kept);
      nodes.swap(merged_);
    }
  }

  // Drops labels, which grow by energy, that an earlier one is as good as in time and use.
  void filter(std::vector<node>& nodes) {
    stairs_.clear();  // by growing time, falling use, of the labels kept
    std::size_t kept = 0;
    for (const node& n : nodes) {
      auto after = std::upper_bound(stairs_.begin(), stairs_.end(), n.time,
                                    [](Real time, const stair& s) { return time < s.time; });
      if (after != stairs_.begin() && std::prev(after)->use <= n.use) continue;
      auto first = after;
      while (first != stairs_.begin() && std::prev(first)->time >= n.time && std::prev(first)->use >= n.use)
        --first;
      auto last = after;
      while (last != stairs_.end() && last->use >= n.use) ++last;
      if (first == last) {
        stairs_.insert(first, {n.time, n.use});
      } else {
        *first = {n.time, n.use};
        stairs_.erase(first + 1, last);
      }
      nodes[kept++] = n;
    }
    nodes.resize(kept);
  }

  template <class Stop>
  bool label(Real room, Stop stop) {
    room_ = room;
    lay_levels();
    std::vector<node> first{start_};
    const std::vector<node>* from = &first;
    for (level& l : levels_) {
      if (stop(from->size())) return false;
      l.nodes.clear();
      runs_.assign(1, 0);
      for (std::size_t c = 0; c < l.places.size(); ++c) {
        const place& p = l.places[c];
        for (std::size_t n = 0; n < from->size(); ++n) {
          const node& x = (*from)[n];
          const node y{x.energy + p.energy,
                       x.time + p.time,
                       x.use + p.use,
                       x.reduced + p.reduced,
                       static_cast<std::uint32_t>(n),
                       static_cast<std::uint32_t>(c)};
          if (!hopeless(y, l)) l.nodes.push_back(y);
        }
        if (l.nodes.size() > runs_.back()) runs_.push_back(l.nodes.size());
      }
      merge_runs(l.nodes);
      filter(l.nodes);
      from = &l.nodes;
    }
    // The last labels by growing energy: the staircase of their times.
    std::vector<front_find<Real>> fresh;
    Real time = a_.time;
    for (std::size_t n = 0; n < from->size(); ++n) {
      const node& x = (*from)[n];
      if (!(x.time < time) || !(x.energy < b_.energy) || x.use > table_.limit) continue;
      time = x.time;
      front_find<Real> f{x.energy, x.time, fixed_};
      const node* at = &x;
      for (std::size_t d = levels_.size(); d-- > 0;) {
        f.places[levels_[d].subtask] = levels_[d].places[at->place].at;
        at = d > 0 ? &levels_[d - 1].nodes[at->parent] : nullptr;
      }
      fresh.push_back(std::move(f));
    }
    merge(std::move(fresh));
    return true;
  }

  void merge(std::vector<front_find<Real>> fresh) {
    for (front_find<Real>& f : fresh) found_.push_back(std::move(f));
    std::stable_sort(found_.begin(), found_.end(), [](const front_find<Real>& x, const front_find<Real>& y) {
      return x.energy < y.energy || (x.energy == y.energy && x.time < y.time);
    });
    std::vector<front_find<Real>> out;
    Real time = a_.time;
    for (front_find<Real>& f : found_) {
      if (!(f.time < time)) continue;
      time = f.time;
      out.push_back(std::move(f));
    }
    found_ = std::move(out);
  }

  const front_table<Real>& table_;
  front_corner<Real> a_{};
  front_corner<Real> b_{};
  Real energy_weight_ = 0;
  Real time_weight_ = 0;
  Real multiplier_ = 0;
  Real bound_ = 0;
  Real room_ = 0;
  std::array<price, prices> price_{};
  std::vector<std::uint32_t> cheapest_{};  // of each subtask, along the normal
  std::vector<std::uint32_t> fixed_{};
  node start_{};
  std::vector<level> levels_{};
  std::vector<std::size_t> runs_{};  // where each begins, and the end
  std::vector<node> merged_{};
  std::vector<stair> stairs_{};
  std::vector<front_find<Real>> found_{};
};

}  // namespace shoal::assign
