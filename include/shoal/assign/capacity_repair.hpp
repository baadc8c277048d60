// SPDX-License-Identifier: BSL-1.0
/// @file Plans under capacities by hand: subtasks move, alone or one making way for another, while broken
/// limits cost more and more.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "shoal/assign/capacity_form.hpp"

namespace shoal::assign {

/// Local search over plans that may break limits on the way. A place is one of the models that a subtask
/// takes; a place moves to another model, and where that does not help, another place of that model moves on
/// (an ejection chain of two; an exchange is one of them).
/// @source Yagiura, Ibaraki & Glover 2004, An ejection chain approach for the generalized assignment problem,
/// INFORMS J. Comput. 16.
template <class Real = double>
class capacity_repair {
 public:
  /// @param priced  cost of a pair at the prices of capacities and rows: tells which models are worth a try.
  /// @param price   price of model i's capacity, and of row i - models.
  template <class Priced, class Price>
  capacity_repair(const capacity_form<Real>& form, Priced priced, Price price);

  /// Builds a plan that keeps what it can of the given pairs, and mends and improves it.
  /// @param pairs  any number for each subtask; closed ones are left out.
  /// @return true when `plan` keeps every limit.
  /// @complexity O(places x near^2 x places of a model) a pass; passes are few.
  template <class Pairs, class Stop>
  bool run(const Pairs& pairs, Stop stop);

  /// Pairs, by subtask.
  const std::vector<std::uint32_t>& plan() const { return at_; }

 private:
  static constexpr std::size_t near_models = 5;
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  struct move {
    Real value = 0;
    std::uint32_t to = none;
    std::uint32_t other = none;  // a place that makes way, and where to
    std::uint32_t other_to = none;
  };

  std::size_t model(std::size_t pair) const { return pair % form_.models; }
  std::size_t subtask(std::size_t pair) const { return pair / form_.models; }
  Real over(Real used, Real limit) const { return std::max(Real{0}, used - limit); }
  /// Penalty of model i's load after a change.
  Real load_change(std::size_t i, Real by) const {
    if (std::isinf(form_.capacity[i])) return 0;
    return penalty_[i] * (over(load_[i] + by, form_.capacity[i]) - over(load_[i], form_.capacity[i]));
  }
  Real row_change(std::size_t from, std::size_t to, std::size_t other_from, std::size_t other_to) const;
  bool used_by_subtask(std::size_t place, std::size_t pair) const;
  void put(std::size_t place, std::uint32_t pair);
  void lift(std::size_t place);
  void build_from_scratch(std::size_t place);
  move best_move(std::size_t place) const;
  bool descend_once();
  void wake(std::size_t i) {
    for (const std::uint32_t place : members_[i]) awake_[place] = 1;
  }
  bool feasible() const;

  const capacity_form<Real>& form_;
  std::vector<std::uint32_t> near_{};   // pairs of each subtask, near_models at most, cheapest first
  std::vector<std::uint32_t> begin_{};  // of each subtask's near pairs
  std::vector<std::uint32_t> first_{};  // place of each subtask
  std::vector<Real> priced_{};
  std::vector<Real> start_penalty_{};
  std::vector<Real> penalty_{};
  std::vector<std::uint32_t> at_{};     // pair of each place
  std::vector<std::uint32_t> index_{};  // of each place among its model's
  std::vector<std::vector<std::uint32_t>> members_{};
  std::vector<unsigned char> awake_{};  // of each place: its model has changed since it last found no move
  std::vector<Real> load_{};
  std::vector<Real> used_{};
};

template <class Real>
template <class Priced, class Price>
capacity_repair<Real>::capacity_repair(const capacity_form<Real>& form, Priced priced, Price price)
    : form_(form), priced_(form.pairs(), std::numeric_limits<Real>::infinity()) {
  std::vector<std::uint32_t> order;
  begin_.push_back(0);
  first_.push_back(0);
  Real cost = 0;
  Real load = 0;
  for (std::size_t k = 0; k < form.subtasks; ++k) {
    order.clear();
    for (std::size_t pair = k * form.models; pair < (k + 1) * form.models; ++pair) {
      if (!form.open[pair]) continue;
      priced_[pair] = priced(pair);
      order.push_back(static_cast<std::uint32_t>(pair));
      cost += std::abs(form.cost[pair]);
      load += form.load[pair];
    }
    const std::size_t kept = std::min(order.size(), near_models + form.takes[k]);
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(),
                      [&](std::uint32_t a, std::uint32_t b) {
                        return priced_[a] != priced_[b] ? priced_[a] < priced_[b] : a < b;
                      });
    near_.insert(near_.end(), order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept));
    begin_.push_back(static_cast<std::uint32_t>(near_.size()));
    first_.push_back(first_.back() + form.takes[k]);
  }
  // A limit without a price does not bind at the relaxation, and may still at a plan.
  const Real some = Real{0.05} * (load > 0 ? cost / load : 1);
  for (std::size_t i = 0; i < form.models; ++i)
    start_penalty_.push_back(std::max(some, Real{1.5} * price(i)));
  const Real mean = cost / static_cast<Real>(form.pairs() + 1);
  for (std::size_t r = 0; r < form.rows.size(); ++r)
    start_penalty_.push_back(
        std::max(Real{0.05} * mean / form.rows[r].size, Real{1.5} * price(form.models + r)));
}

template <class Real>
Real capacity_repair<Real>::row_change(std::size_t from, std::size_t to, std::size_t other_from,
                                       std::size_t other_to) const {
  Real out = 0;
  for (std::size_t r = 0; r < form_.rows.size(); ++r) {
    const auto& row = form_.rows[r];
    const auto use = [&](std::size_t pair) { return pair == none ? 0 : row.use[pair]; };
    const Real by = use(to) - use(from) + use(other_to) - use(other_from);
    out += penalty_[form_.models + r] * (over(used_[r] + by, row.bound) - over(used_[r], row.bound));
  }
  return out;
}

/// Another place of the subtask has the pair.
template <class Real>
bool capacity_repair<Real>::used_by_subtask(std::size_t place, std::size_t pair) const {
  const std::size_t k = subtask(pair);
  if (form_.takes[k] == 1) return false;
  for (std::size_t other = first_[k]; other < first_[k + 1]; ++other)
    if (other != place && at_[other] == pair) return true;
  return false;
}

template <class Real>
void capacity_repair<Real>::put(std::size_t place, std::uint32_t pair) {
  auto& members = members_[model(pair)];
  at_[place] = pair;
  index_[place] = static_cast<std::uint32_t>(members.size());
  members.push_back(static_cast<std::uint32_t>(place));
  load_[model(pair)] += form_.load[pair];
  for (std::size_t r = 0; r < used_.size(); ++r) used_[r] += form_.rows[r].use[pair];
}

template <class Real>
void capacity_repair<Real>::lift(std::size_t place) {
  const std::uint32_t pair = at_[place];
  auto& members = members_[model(pair)];
  index_[members.back()] = index_[place];
  members[index_[place]] = members.back();
  members.pop_back();
  at_[place] = none;
  load_[model(pair)] -= form_.load[pair];
  for (std::size_t r = 0; r < used_.size(); ++r) used_[r] -= form_.rows[r].use[pair];
}

/// The place goes where it costs least, broken limits included.
template <class Real>
void capacity_repair<Real>::build_from_scratch(std::size_t place) {
  const auto k = static_cast<std::size_t>(
      std::upper_bound(first_.begin(), first_.end(), static_cast<std::uint32_t>(place)) - first_.begin() - 1);
  std::uint32_t best = none;
  Real least = std::numeric_limits<Real>::infinity();
  for (std::size_t pair = k * form_.models; pair < (k + 1) * form_.models; ++pair) {
    if (!form_.open[pair] || used_by_subtask(place, pair)) continue;
    const Real value = priced_[pair] + load_change(model(pair), form_.load[pair]);
    if (value < least || best == none) {
      least = value;
      best = static_cast<std::uint32_t>(pair);
    }
  }
  put(place, best);
}

template <class Real>
typename capacity_repair<Real>::move capacity_repair<Real>::best_move(std::size_t place) const {
  move best;
  const std::uint32_t from = at_[place];
  const std::size_t k = subtask(from);
  const std::size_t here = model(from);
  const Real leaves = load_change(here, -form_.load[from]) - form_.cost[from];
  for (std::size_t to = k * form_.models; to < (k + 1) * form_.models; ++to) {
    if (!form_.open[to] || to == from) continue;
    Real alone = leaves + form_.cost[to];
    if (form_.rows.empty() && !(alone < best.value)) continue;
    alone += load_change(model(to), form_.load[to]) + row_change(from, to, none, none);
    if (alone < best.value && !used_by_subtask(place, to))
      best = {alone, static_cast<std::uint32_t>(to), none, none};
  }
  if (best.to != none) return best;
  for (std::uint32_t near = begin_[k]; near < begin_[k + 1]; ++near) {
    const std::uint32_t to = near_[near];
    if (to == from || used_by_subtask(place, to)) continue;
    const std::size_t there = model(to);
    for (const std::uint32_t other : members_[there]) {
      const std::uint32_t other_from = at_[other];
      const std::size_t l = subtask(other_from);
      if (l == k) continue;
      const Real swapped = leaves + form_.cost[to] - form_.cost[other_from] +
                           load_change(there, form_.load[to] - form_.load[other_from]);
      for (std::uint32_t next = begin_[l]; next < begin_[l + 1]; ++next) {
        const std::uint32_t other_to = near_[next];
        if (other_to == other_from || used_by_subtask(other, other_to)) continue;
        const std::size_t beyond = model(other_to);
        Real value = swapped + form_.cost[other_to];
        // The load that arrives never helps.
        if (form_.rows.empty() && beyond != here && !(value < best.value)) continue;
        if (beyond == here) {
          value += load_change(here, form_.load[other_to] - form_.load[from]) -
                   load_change(here, -form_.load[from]);
        } else {
          value += load_change(beyond, form_.load[other_to]);
        }
        if (!form_.rows.empty()) value += row_change(from, to, other_from, other_to);
        if (value < best.value) best = {value, to, other, other_to};
      }
    }
  }
  return best;
}

/// A pass over all places; true when one moved.
template <class Real>
bool capacity_repair<Real>::descend_once() {
  bool moved = false;
  for (std::size_t place = 0; place < at_.size(); ++place) {
    if (!awake_[place]) continue;
    const move best = best_move(place);
    awake_[place] = 0;
    if (best.to == none || best.value > -Real{1e-9} * (1 + std::abs(form_.cost[best.to]))) continue;
    wake(model(at_[place]));
    lift(place);
    if (best.other != none) {
      lift(best.other);
      put(best.other, best.other_to);
      wake(model(best.other_to));
    }
    put(place, best.to);
    wake(model(best.to));
    moved = true;
  }
  return moved;
}

template <class Real>
bool capacity_repair<Real>::feasible() const {
  for (std::size_t i = 0; i < form_.models; ++i)
    if (load_[i] > form_.capacity[i]) return false;
  for (std::size_t r = 0; r < used_.size(); ++r)
    if (used_[r] > form_.rows[r].bound) return false;
  return true;
}

template <class Real>
template <class Pairs, class Stop>
bool capacity_repair<Real>::run(const Pairs& pairs, Stop stop) {
  const std::size_t places = first_.back();
  penalty_ = start_penalty_;
  at_.assign(places, none);
  index_.assign(places, 0);
  members_.resize(form_.models);
  for (auto& members : members_) members.clear();
  load_.assign(form_.models, 0);
  used_.assign(form_.rows.size(), 0);
  for (const std::uint32_t pair : pairs) {
    const std::size_t k = subtask(pair);
    if (!form_.open[pair]) continue;
    // Of several models for one place the cheaper stays.
    std::size_t at = first_[k];
    for (std::size_t place = first_[k]; place < first_[k + 1]; ++place) {
      if (at_[at] == none) break;
      if (at_[place] == none || priced_[at_[place]] > priced_[at_[at]]) at = place;
    }
    if (at_[at] != none && priced_[at_[at]] <= priced_[pair]) continue;
    if (at_[at] != none) lift(at);
    put(at, pair);
  }
  for (std::size_t place = 0; place < places; ++place)
    if (at_[place] == none) build_from_scratch(place);
  constexpr int rounds = 20;
  constexpr int passes = 30;
  awake_.assign(places, 1);
  for (int round = 0; round < rounds; ++round) {
    for (int pass = 0; pass < passes && !stop() && descend_once(); ++pass) {
    }
    if (feasible()) return true;
    if (stop()) return false;
    for (std::size_t i = 0; i < form_.models; ++i) {
      if (!(load_[i] > form_.capacity[i])) continue;
      penalty_[i] *= 1.7;
      wake(i);
    }
    for (std::size_t r = 0; r < used_.size(); ++r) {
      if (!(used_[r] > form_.rows[r].bound)) continue;
      penalty_[form_.models + r] *= 1.7;
      awake_.assign(places, 1);
    }
  }
  return false;
}

}  // namespace shoal::assign
