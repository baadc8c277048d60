// SPDX-License-Identifier: BSL-1.0
/// @file Oracle of the assignment solvers: every plan of a small problem, one after the other, with
/// arithmetic of its own.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

#include "shoal/assign/evaluate.hpp"

namespace oracle {

using namespace shoal::assign;

/// The requirement that cannot be met, in the order in which requirements are added to the problem: the first
/// whose addition leaves no plan.
enum class obstacle {
  none,      ///< there is a plan
  models,    ///< a subtask has fewer allowed models (or groups) than replicas; best: how many it has
  survival,  ///< a subtask's target is out of reach; best: the survival that can be reached
  capacity,  ///< the subtasks do not fit together; best: how many of them do
  quality,   ///< the plans that fit are not good enough; best: the best quality by the rule
  bound,     ///< the plans that are good enough break the bound of epsilon; best: the least that can be had
};

struct answer {
  obstacle what = obstacle::none;
  std::size_t subtask = 0;  ///< of `models` and `survival`: the first one
  double best = 0;          ///< where there is no plan
  double objective = 0;     ///< where there is one
  double second = 0;        ///< lexicographic: the other criterion; chebyshev: a E + b T
  plan chosen{};

  bool feasible() const { return what == obstacle::none; }
};

namespace detail {

struct figures {
  double energy = 0;
  double total_time = 0;
  double quality = 0;  ///< sum of count C; for product, of count log C; for each, the least C
  double weight = 0;
};

class search {
 public:
  search(const problem& p, const objective& o) : p_(p), o_(o), n_(p.models()), m_(p.subtasks()) {}

  answer run() {
    answer out;
    if (local_obstacle(out)) return out;
    load_.assign(n_, 0);
    busy_.assign(n_, 0);
    picked_.assign(m_, 0);
    figures start;
    if (p_.require && p_.require->rule == quality_rule::each)
      start.quality = std::numeric_limits<double>::infinity();
    visit(0, start);
    if (fitting_ == 0) {
      out.what = obstacle::capacity;
      most_placed(0, 0);
      out.best = static_cast<double>(placed_);
    } else if (good_ == 0) {
      out.what = obstacle::quality;
      out.best = best_quality_;
    } else if (found_.empty()) {
      out.what = obstacle::bound;
      out.best = least_bounded_;
    } else {
      const double tie = least_first_ * (1 + 1e-12);
      out.second = std::numeric_limits<double>::infinity();
      for (const candidate& c : found_) {
        if (c.first > tie || !(c.second < out.second)) continue;
        out.objective = c.first;
        out.second = c.second;
        out.chosen = unpack(c.picked);
      }
    }
    return out;
  }

 private:
  struct candidate {
    double first;
    double second;
    std::vector<std::size_t> picked;
  };

  static bool has(std::size_t subset, std::size_t i) { return ((subset >> i) & 1U) != 0; }
  static std::size_t size(std::size_t subset) {
    std::size_t out = 0;
    for (; subset != 0; subset &= subset - 1) ++out;
    return out;
  }
  static double at(const shoal::matrix& a, std::size_t i, std::size_t k) {
    return a(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k));
  }
  static double at(const shoal::vector& a, std::size_t i) { return a[static_cast<Eigen::Index>(i)]; }

  bool permitted(std::size_t subset, std::size_t k) const {
    for (std::size_t i = 0; i < n_; ++i) {
      if (!has(subset, i)) continue;
      if (!p_.allowed(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k))) return false;
      for (std::size_t j = 0; j < i; ++j)
        if (p_.separate_groups[k] && has(subset, j) && p_.group[i] == p_.group[j]) return false;
    }
    return true;
  }

  double loss(std::size_t subset) const {
    double out = 1;
    for (std::size_t i = 0; i < n_; ++i)
      if (has(subset, i)) out *= at(p_.failure_probability, i);
    return out;
  }

  /// Fills `subsets_` with each subtask's admissible sets of models; true when one has none.
  bool local_obstacle(answer& out) {
    subsets_.assign(m_, {});
    std::optional<answer> survival;
    for (std::size_t k = 0; k < m_; ++k) {
      const double target = at(p_.survival, k);
      std::size_t most = 0;
      double best = 0;
      for (std::size_t subset = 1; subset < (std::size_t{1} << n_); ++subset) {
        if (!permitted(subset, k)) continue;
        most = std::max(most, size(subset));
        if (target > 0 ? size(subset) < p_.replicas[k] : size(subset) != p_.replicas[k]) continue;
        best = std::max(best, 1 - loss(subset));
        if (target > 0 && !at_most(std::log(loss(subset)), std::log1p(-target))) continue;
        subsets_[k].push_back(subset);
      }
      if (most < p_.replicas[k]) {
        out.what = obstacle::models;
        out.subtask = k;
        out.best = static_cast<double>(most);
        return true;
      }
      if (subsets_[k].empty() && !survival) {
        survival.emplace();
        survival->what = obstacle::survival;
        survival->subtask = k;
        survival->best = best;
      }
    }
    if (survival) out = *survival;
    return survival.has_value();
  }

  void put(std::size_t k, std::size_t subset, double sign) {
    for (std::size_t i = 0; i < n_; ++i) {
      if (!has(subset, i)) continue;
      load_[i] += sign * at(p_.count, k) * at(p_.load, i, k);
      busy_[i] += sign * at(p_.count, k) * at(p_.time_s, i, k);
    }
  }

  bool fits(std::size_t subset) const {
    for (std::size_t i = 0; i < n_; ++i)
      if (has(subset, i) && !at_most(load_[i], at(p_.capacity, i))) return false;
    return true;
  }

  void visit(std::size_t k, const figures& so_far) {
    if (k == m_) {
      judge(so_far);
      return;
    }
    const std::vector<double> load = load_;
    const std::vector<double> busy = busy_;
    for (const std::size_t subset : subsets_[k]) {
      put(k, subset, 1);
      if (fits(subset)) {
        figures f = so_far;
        for (std::size_t i = 0; i < n_; ++i) {
          if (!has(subset, i)) continue;
          const double count = at(p_.count, k);
          const double c = at(p_.compatibility, i, k);
          f.energy += count * at(p_.energy_j, i, k);
          f.total_time += count * at(p_.time_s, i, k);
          f.weight += count;
          if (!p_.require) continue;
          if (p_.require->rule == quality_rule::each) {
            f.quality = std::min(f.quality, c);
          } else if (p_.require->rule == quality_rule::product) {
            f.quality += count * std::log(c);
          } else {
            f.quality += count * c;
          }
        }
        picked_[k] = subset;
        visit(k + 1, f);
      }
      load_ = load;
      busy_ = busy;
    }
  }

  void judge(const figures& f) {
    ++fitting_;
    if (p_.require && m_ > 0) {
      const double wanted = p_.require->at_least;
      double reached = f.quality;
      bool met = false;
      if (p_.require->rule == quality_rule::product) {
        met = wanted <= 0 || at_least(f.quality, std::log(wanted));
        reached = std::exp(f.quality);
      } else {
        if (p_.require->rule == quality_rule::mean) reached /= f.weight;
        met = at_least(reached, wanted);
      }
      best_quality_ = std::max(best_quality_, reached);
      if (!met) return;
    }
    ++good_;
    double handed_on = 0;
    for (const auto& e : p_.transfers) {
      for (std::size_t i = 0; i < n_ && p_.distance.size() > 0; ++i)
        for (std::size_t j = 0; j < n_; ++j)
          if (has(picked_[e.from], i) && has(picked_[e.to], j)) handed_on += e.volume_mb * at(p_.distance, i, j);
    }
    const double energy_of_plan = f.energy + (p_.distance_in == criterion::energy ? handed_on : 0);
    double time = f.total_time + (p_.distance_in == criterion::time ? handed_on : 0);
    if (o_.time == time_rule::makespan) {
      time = 0;
      for (const double b : busy_) time = std::max(time, b);
    }
    double first = 0;
    double second = 0;
    if (const auto* w = std::get_if<weighted>(&o_.rule)) {
      first = w->energy * energy_of_plan + w->time * time;
    } else if (const auto* e = std::get_if<epsilon>(&o_.rule)) {
      const bool energy = e->minimise == criterion::energy;
      first = energy ? energy_of_plan : time;
      const double bounded = energy ? time : energy_of_plan;
      least_bounded_ = std::min(least_bounded_, bounded);
      if (!at_most(bounded, e->at_most)) return;
    } else if (const auto* l = std::get_if<lexicographic>(&o_.rule)) {
      const bool energy = l->first == criterion::energy;
      first = energy ? energy_of_plan : time;
      second = energy ? time : energy_of_plan;
    } else if (const auto* c = std::get_if<chebyshev>(&o_.rule)) {
      first = std::max(c->energy * energy_of_plan, c->time * time);
      second = c->energy * energy_of_plan + c->time * time;
    }
    if (found_.empty() || first <= least_first_ * (1 + 1e-12)) {
      if (found_.empty() || first < least_first_) least_first_ = first;
      found_.push_back({first, second, picked_});
    }
  }

  /// The most subtasks that fit together, each with one of its admissible sets.
  void most_placed(std::size_t k, std::size_t placed) {
    placed_ = std::max(placed_, placed);
    if (k == m_ || placed + (m_ - k) <= placed_) return;
    const std::vector<double> load = load_;
    for (const std::size_t subset : subsets_[k]) {
      put(k, subset, 1);
      if (fits(subset)) most_placed(k + 1, placed + 1);
      load_ = load;
    }
    most_placed(k + 1, placed);
  }

  plan unpack(const std::vector<std::size_t>& picked) const {
    plan out(m_);
    for (std::size_t k = 0; k < m_; ++k)
      for (std::size_t i = 0; i < n_; ++i)
        if (has(picked[k], i)) out[k].push_back(i);
    return out;
  }

  const problem& p_;
  const objective& o_;
  std::size_t n_;
  std::size_t m_;
  std::vector<std::vector<std::size_t>> subsets_{};
  std::vector<double> load_{};
  std::vector<double> busy_{};
  std::vector<std::size_t> picked_{};
  std::vector<candidate> found_{};
  std::size_t fitting_ = 0;
  std::size_t good_ = 0;
  std::size_t placed_ = 0;
  double least_first_ = std::numeric_limits<double>::infinity();
  double best_quality_ = -std::numeric_limits<double>::infinity();
  double least_bounded_ = std::numeric_limits<double>::infinity();
};

}  // namespace detail

/// The exact answer of a problem of at most a few models and subtasks.
/// @complexity product over the subtasks of their admissible sets of models.
inline answer brute_force(const problem& p, const objective& o) { return detail::search(p, o).run(); }

/// The oracle's second figure of a solver's plan: what lexicographic and chebyshev minimise among ties.
inline double second_figure(const objective& o, const solution& s) {
  if (const auto* l = std::get_if<lexicographic>(&o.rule))
    return l->first == criterion::energy ? s.time_s : s.energy_j;
  if (const auto* c = std::get_if<chebyshev>(&o.rule)) return c->energy * s.energy_j + c->time * s.time_s;
  return 0;
}

}  // namespace oracle
