// SPDX-License-Identifier: BSL-1.0
/// @file Linear relaxation of the multiple-choice knapsack problem, by a search for its one multiplier.
///
/// A multiplier u >= 0 prices the use: each class alone takes the choice of least cost + u use, and the sum
/// of those less u limit is a lower bound, concave in u. The bound is best where the use of the choices
/// passes the limit; there the classes that are in two minds are filled up greedily, and one of them at most
/// stays short of what the linear programme does (the break class).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "shoal/assign/choice_table.hpp"
#include "shoal/assign/knapsack_prices.hpp"

namespace shoal::assign {

/// The relaxation and the memory that it works in, which is kept from one problem to the next.
template <class Real = double>
class knapsack_relaxation {
 public:
  enum class kind {
    infeasible,  ///< the limit is below the least use
    free,        ///< the limit does not bind: the base is the best plan
    coupled,     ///< the limit binds
  };

  /// Solves the relaxation of a table that has been measured and whose classes all have a choice.
  /// @param hint  a multiplier to begin near; negative: none.
  /// @complexity O(places) in practice: a sample of the classes tells where the multiplier is, two prices of
  /// all choices leave few classes open, and those are searched on.
  kind solve(const choice_table<Real>& table, Real hint = -1);

  Real multiplier() const { return multiplier_; }
  /// The choice of each class: cheapest at the multiplier, and all together within the limit.
  const std::vector<std::uint32_t>& base() const { return base_; }
  Real base_cost() const { return base_cost_; }
  Real base_use() const { return base_use_; }
  /// The base with further use bought at the multiplier's price, as far as the limit allows: a good plan.
  const std::vector<std::uint32_t>& greedy() const { return greedy_; }
  Real greedy_cost() const { return greedy_cost_; }
  /// No plan costs less.
  Real bound() const { return bound_; }
  /// The most that rounding can have done to the bound, or to the sum of what choices cost more than the
  /// base.
  Real rounding() const { return rounding_; }

 private:
  // The choices at one multiplier, summed.
  struct point {
    Real at = 0;
    Real cost = 0;
    Real use = 0;
  };

  bool over(const point& p) const { return p.use > table_->limit; }
  /// A few roundings of the price of each class, 2^-53 of its size each.
  Real doubt(Real u) const {
    return 1e-15 * static_cast<Real>(table_->classes()) *
           (table_->largest_cost() + u * table_->largest_use());
  }
  /// Adds the choice that class k takes at a multiplier, infinity included.
  std::size_t take(std::size_t k, Real u, point& sum) const;
  point price_all(Real u, std::vector<std::uint32_t>& choice) const;
  point price_sample(Real u, std::size_t count);
  void guess();
  Real between(bool tangents) const;
  kind bracket(Real hint);
  void list_open_classes();
  point price_listed(Real u, std::vector<std::uint32_t>& choice) const;
  void search_listed();
  void settle(Real u);
  int compare(std::uint32_t a, std::uint32_t b) const;

  const choice_table<Real>* table_ = nullptr;
  Real multiplier_ = 0;
  Real base_cost_ = 0;
  Real base_use_ = 0;
  Real bound_ = 0;
  Real rounding_ = 0;
  std::vector<std::uint32_t> base_{};
  std::vector<std::uint32_t> greedy_{};
  Real greedy_cost_ = 0;

  // The bracket: at `heavy_` the use is over the limit, at `light_` it is not.
  point heavy_{};
  point light_{};
  std::vector<std::uint32_t> heavy_choice_{};
  std::vector<std::uint32_t> light_choice_{};
  std::vector<std::uint32_t> next_choice_{};

  // The classes whose choice differs over the bracket, and which choices they may take inside it.
  struct listed {
    Real cost = 0;
    Real use = 0;
    std::uint32_t place = 0;
  };
  std::vector<std::uint32_t> open_{};
  std::vector<std::size_t> open_begin_{};
  std::vector<listed> list_{};
  point fixed_{};                      // of the other classes
  std::vector<std::uint32_t> tied_{};  // open classes whose ends are equally cheap
};

template <class Real>
std::size_t knapsack_relaxation<Real>::take(std::size_t k, Real u, point& sum) const {
  const Real* cost = table_->cost(k);
  const Real* use = table_->use(k);
  const std::size_t j = std::isinf(u) ? lightest_choice(cost, use, table_->stride())
                                      : cheapest_choice(cost, use, table_->stride(), u).place;
  sum.cost += cost[j];
  sum.use += use[j];
  return j;
}

template <class Real>
typename knapsack_relaxation<Real>::point knapsack_relaxation<Real>::price_all(
    Real u, std::vector<std::uint32_t>& choice) const {
  point out{u, 0, 0};
  for (std::size_t k = 0; k < table_->classes(); ++k) choice[k] = static_cast<std::uint32_t>(take(k, u, out));
  return out;
}

/// Cost and use of `count` classes from all over the table, scaled up to all.
template <class Real>
typename knapsack_relaxation<Real>::point knapsack_relaxation<Real>::price_sample(Real u, std::size_t count) {
  point out{u, 0, 0};
  const std::size_t m = table_->classes();
  std::uint64_t place = 0;
  for (std::size_t c = 0; c < count; ++c) {
    // Classes may come in a pattern, so steps between them must not.
    place = count == m ? c : (place * 6364136223846793005U + 1442695040888963407U);
    take(count == m ? c : static_cast<std::size_t>((place >> 33U) % m), u, out);
  }
  const Real n = static_cast<Real>(count);
  const Real up = static_cast<Real>(m) / n;
  out.cost *= up;
  out.use *= up;
  return out;
}

/// A first bracket, from a sample: a guess, for `bracket` to verify.
template <class Real>
void knapsack_relaxation<Real>::guess() {
  constexpr std::size_t sample_places = 8192;
  const std::size_t m = table_->classes();
  const std::size_t wanted = std::max<std::size_t>(sample_places / table_->stride(), 32);
  const std::size_t count = 2 * wanted < m ? wanted : m;
  if (m * table_->stride() <= 1024) {
    heavy_.at = 0;
    light_.at = std::numeric_limits<Real>::infinity();
    return;
  }
  heavy_ = price_sample(0, count);
  light_ = price_sample(std::numeric_limits<Real>::infinity(), count);
  Real u = 0;
  for (int round = 0; round < (count == m ? 3 : 7); ++round) {
    if (!over(heavy_) || over(light_)) return;
    u = between(round % 3 == 0);
    if (!(u > heavy_.at && u < light_.at)) return;
    const point p = price_sample(u, count);
    (over(p) ? heavy_ : light_) = p;
  }
  if (count == m) return;
  heavy_.at = std::max(heavy_.at, u * Real{0.96});
  light_.at = std::min(light_.at, u * Real{1.04});
}

/// A point inside the bracket: where the tangents of its ends meet, or, since uses change rather evenly,
/// where the line through their uses passes the limit.
template <class Real>
Real knapsack_relaxation<Real>::between(bool tangents) const {
  if (tangents || std::isinf(light_.at)) return (light_.cost - heavy_.cost) / (heavy_.use - light_.use);
  const Real share = (heavy_.use - table_->limit) / (heavy_.use - light_.use);
  return heavy_.at + std::clamp(share, Real{0.05}, Real{0.95}) * (light_.at - heavy_.at);
}

/// Ends with true points on both sides, or with an answer.
template <class Real>
typename knapsack_relaxation<Real>::kind knapsack_relaxation<Real>::bracket(Real hint) {
  if (std::isinf(table_->limit)) {
    light_ = price_all(0, light_choice_);
    return kind::free;
  }
  if (hint > 0) {
    heavy_.at = hint * Real{0.98};
    light_.at = hint * Real{1.02};
  } else {
    guess();
  }
  heavy_ = {heavy_.at, 0, 0};
  light_ = {light_.at, 0, 0};
  for (std::size_t k = 0; k < table_->classes(); ++k) {  // both at once: the class is near at hand then
    heavy_choice_[k] = static_cast<std::uint32_t>(take(k, heavy_.at, heavy_));
    light_choice_[k] = static_cast<std::uint32_t>(take(k, light_.at, light_));
  }
  // A guess that was off is mended by going on in the same direction, ever faster.
  for (Real factor = Real{0.85}; !over(heavy_); factor *= factor) {
    if (heavy_.at == 0) {
      light_choice_.swap(heavy_choice_);
      light_ = heavy_;
      return kind::free;
    }
    light_ = heavy_;
    light_choice_.swap(heavy_choice_);
    heavy_ = price_all(factor > Real{1e-6} && !std::isinf(light_.at) ? light_.at * factor : Real{0},
                       heavy_choice_);
  }
  for (Real factor = Real{1.18}; over(light_); factor *= factor) {
    if (std::isinf(light_.at)) return kind::infeasible;
    heavy_ = light_;
    heavy_choice_.swap(light_choice_);
    light_ = price_all(
        factor < Real{1e6} && heavy_.at > 0 ? heavy_.at * factor : std::numeric_limits<Real>::infinity(),
        light_choice_);
  }
  // A narrow bracket leaves few classes open.
  for (int round = 0; round < 4 && table_->classes() > 64 && light_.at > heavy_.at * Real{1.1}; ++round) {
    const Real u = between(false);
    if (!(u > heavy_.at && u < light_.at)) break;
    const point p = price_all(u, next_choice_);
    (over(p) ? heavy_choice_ : light_choice_).swap(next_choice_);
    (over(p) ? heavy_ : light_) = p;
  }
  return kind::coupled;
}

/// Lists what the classes that change their mind inside the bracket can take there: choices under the line
/// from the one end's choice to the other's.
template <class Real>
void knapsack_relaxation<Real>::list_open_classes() {
  open_.clear();
  open_begin_.clear();
  list_.clear();
  fixed_ = {};
  const std::size_t stride = table_->stride();
  for (std::size_t k = 0; k < table_->classes(); ++k) {
    const std::size_t a = light_choice_[k];
    const std::size_t b = heavy_choice_[k];
    const Real* cost = table_->cost(k);
    const Real* use = table_->use(k);
    if (a == b || !(use[a] < use[b])) {
      heavy_choice_[k] = light_choice_[k];
      fixed_.cost += cost[a];
      fixed_.use += use[a];
      continue;
    }
    open_.push_back(static_cast<std::uint32_t>(k));
    open_begin_.push_back(list_.size());
    list_.push_back({cost[a], use[a], static_cast<std::uint32_t>(a)});
    const Real slope = (cost[a] - cost[b]) / (use[b] - use[a]);
    const Real line = cost[a] + slope * use[a];
    for (std::size_t j = 0; j < stride; ++j) {
      const bool inside = cost[j] + slope * use[j] < line && use[j] > use[a] && use[j] < use[b];
      if (inside) list_.push_back({cost[j], use[j], static_cast<std::uint32_t>(j)});
    }
    // In growing use, the choices inside a bracket lie between those at its ends.
    std::sort(list_.begin() + static_cast<std::ptrdiff_t>(open_begin_.back()) + 1, list_.end(),
              [](const listed& x, const listed& y) {
                return x.use < y.use ||
                       (x.use == y.use && (x.cost < y.cost || (x.cost == y.cost && x.place < y.place)));
              });
    list_.push_back({cost[b], use[b], static_cast<std::uint32_t>(b)});
  }
  open_begin_.push_back(list_.size());
  // The ends have changed where two choices of a class are one to them.
  heavy_.cost = light_.cost = fixed_.cost;
  heavy_.use = light_.use = fixed_.use;
  for (std::size_t o = 0; o < open_.size(); ++o) {
    const listed& a = list_[open_begin_[o]];
    const listed& b = list_[open_begin_[o + 1] - 1];
    light_.cost += a.cost;
    light_.use += a.use;
    heavy_.cost += b.cost;
    heavy_.use += b.use;
  }
}

template <class Real>
typename knapsack_relaxation<Real>::point knapsack_relaxation<Real>::price_listed(
    Real u, std::vector<std::uint32_t>& choice) const {
  point out = fixed_;
  out.at = u;
  for (std::size_t o = 0; o < open_.size(); ++o) {
    std::size_t best = light_choice_[o];
    Real price = list_[best].cost + u * list_[best].use;
    for (std::size_t e = best + 1; e <= heavy_choice_[o]; ++e) {
      const Real at = list_[e].cost + u * list_[e].use;
      best = at < price ? e : best;
      price = at < price ? at : price;
    }
    choice[o] = static_cast<std::uint32_t>(best);
    out.cost += list_[best].cost;
    out.use += list_[best].use;
  }
  return out;
}

/// Narrows the bracket on the open classes until its ends are equally cheap at one multiplier.
template <class Real>
void knapsack_relaxation<Real>::search_listed() {
  // From here on choices of open classes are places in the list.
  heavy_choice_.resize(open_.size());
  light_choice_.resize(open_.size());
  next_choice_.resize(open_.size());
  for (std::size_t o = 0; o < open_.size(); ++o) {
    light_choice_[o] = static_cast<std::uint32_t>(open_begin_[o]);
    heavy_choice_[o] = static_cast<std::uint32_t>(open_begin_[o + 1] - 1);
  }
  if (!over(heavy_)) {  // the ends differ in choices that are one to the classes
    light_ = heavy_;
    light_choice_ = heavy_choice_;
    return settle(heavy_.at);
  }
  Real u = 0;
  for (int round = 0; round < 100; ++round) {
    const Real meet = between(true);
    u = round % 2 == 0 ? meet : between(false);
    if (!(u > heavy_.at && u < light_.at)) u = meet;
    const point p = price_listed(u, next_choice_);
    if (u == meet && p.cost + u * p.use >= light_.cost + u * light_.use - doubt(u)) break;
    (over(p) ? heavy_ : light_) = p;
    (over(p) ? heavy_choice_ : light_choice_).swap(next_choice_);
  }
  settle(u);
}

/// Takes `u` for the multiplier, and the light end for the base. Where the heavy end is as cheap it is taken
/// instead as far as it fits: in the base by all classes that are the same or by none of them, so that equal
/// classes have equal choices; in the greedy plan class by class.
template <class Real>
void knapsack_relaxation<Real>::settle(Real u) {
  multiplier_ = u;
  base_cost_ = light_.cost;
  base_use_ = light_.use;
  tied_.clear();
  const Real equal = doubt(u) / static_cast<Real>(table_->classes());
  for (std::size_t o = 0; o < open_.size(); ++o) {
    const listed& a = list_[light_choice_[o]];
    const listed& b = list_[heavy_choice_[o]];
    base_[open_[o]] = a.place;
    const Real more = b.use - a.use;
    if (more > 0 && b.cost + u * more - a.cost <= equal) tied_.push_back(static_cast<std::uint32_t>(o));
  }
  // Large steps first: what is left then is filled better by small ones.
  const auto more = [&](std::uint32_t o) {
    return list_[heavy_choice_[o]].use - list_[light_choice_[o]].use;
  };
  std::sort(tied_.begin(), tied_.end(), [&](std::uint32_t x, std::uint32_t y) {
    if (more(x) != more(y)) return more(x) > more(y);
    const int order = compare(open_[x], open_[y]);
    return order < 0 || (order == 0 && x < y);
  });
  greedy_ = base_;
  greedy_cost_ = base_cost_;
  Real greedy_use = base_use_;
  for (std::size_t begin = 0; begin < tied_.size();) {
    std::size_t end = begin + 1;
    while (end < tied_.size() && compare(open_[tied_[begin]], open_[tied_[end]]) == 0) ++end;
    const Real use = more(tied_[begin]);
    const Real cost = list_[heavy_choice_[tied_[begin]]].cost - list_[light_choice_[tied_[begin]]].cost;
    const bool whole = base_use_ + static_cast<Real>(end - begin) * use <= table_->limit;
    for (std::size_t t = begin; t < end; ++t) {
      const std::uint32_t k = open_[tied_[t]];
      const std::uint32_t place = list_[heavy_choice_[tied_[t]]].place;
      if (whole) {
        base_[k] = place;
        base_use_ += use;
        base_cost_ += cost;
      }
      if (greedy_use + use > table_->limit) continue;
      greedy_[k] = place;
      greedy_use += use;
      greedy_cost_ += cost;
    }
    begin = end;
  }
  const point least = price_listed(u, next_choice_);
  const Real base_price = base_cost_ + u * base_use_;
  rounding_ = doubt(u) + std::max(Real{0}, base_price - (least.cost + u * least.use));
  bound_ = base_price - u * table_->limit - rounding_;
}

/// Negative, zero or positive, as a class comes before another, is the same, or comes after.
template <class Real>
int knapsack_relaxation<Real>::compare(std::uint32_t a, std::uint32_t b) const {
  const std::size_t bytes = table_->stride() * sizeof(Real);
  const int order = std::memcmp(table_->use(a), table_->use(b), bytes);
  return order != 0 ? order : std::memcmp(table_->cost(a), table_->cost(b), bytes);
}

template <class Real>
typename knapsack_relaxation<Real>::kind knapsack_relaxation<Real>::solve(const choice_table<Real>& table,
                                                                          Real hint) {
  table_ = &table;
  const std::size_t m = table.classes();
  base_.resize(m);
  heavy_choice_.resize(m);
  light_choice_.resize(m);
  next_choice_.resize(m);
  const kind k = bracket(hint);
  if (k == kind::infeasible) return k;
  if (k == kind::free) {
    base_.swap(light_choice_);
    greedy_ = base_;
    multiplier_ = 0;
    rounding_ = 0;
    base_cost_ = light_.cost;
    base_use_ = light_.use;
    greedy_cost_ = base_cost_;
    bound_ = base_cost_;
    return k;
  }
  list_open_classes();
  std::copy(light_choice_.begin(), light_choice_.end(), base_.begin());
  search_listed();
  return k;
}

}  // namespace shoal::assign
