// SPDX-License-Identifier: BSL-1.0
/// @file The engine for plans whose subtasks hand data on: bucket elimination under Lagrange multipliers, and
/// a depth-first search that follows it.
///
/// A label of a subtask is a set of models that meets its demand. Rows of the program (quality, capacities,
/// bounds) are priced; what is left is a sum over single labels and pairs of them, which bucket elimination
/// bounds, exactly on chains and trees. The search settles the subtasks in the reverse order of elimination;
/// the bound of what is still open is read off the messages.
#pragma once

#include <algorithm>
#include <cmath>
#include <compare>
#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

#include "shoal/assign/branch_and_bound.hpp"
#include "shoal/assign/bucket_elimination.hpp"
#include "shoal/assign/budget.hpp"
#include "shoal/assign/program.hpp"
#include "shoal/assign/subset.hpp"

namespace shoal::assign {

namespace detail {

/// The sets of models of each subtask, and what their pairs cost at a price of the transfers.
template <class Program>
class linked_labels {
 public:
  using indices = typename Program::indices;
  using numbers = typename Program::numbers;
  static constexpr std::size_t most_of_one = 4096;      // sets of a subtask
  static constexpr std::size_t most = std::size_t{1} << 24U;  // of all

  explicit linked_labels(const Program& p) : p_(p), back_(p.distance.transpose()) {
    std::size_t all = 0;
    for (std::size_t k = 0; k < p.subtasks() && !beyond_; ++k) {
      std::vector<candidate> candidates;
      for (std::size_t i = 0; i < p.models(); ++i) {
        if (p.open.data()[p.pair(i, k)]) candidates.push_back({0, i, p.strength[i], p.group[i]});
      }
      auto& sets = of_.emplace_back();
      if (!std::isinf(p.demands[k].skip)) sets.emplace_back();
      subset_search search(p.demands[k], std::move(candidates));
      const bool complete = search.each_below(
          std::numeric_limits<double>::infinity(),
          [&](double, const indices& models) {
            sets.push_back(models);
            std::sort(sets.back().begin(), sets.back().end());
            return std::numeric_limits<double>::infinity();
          },
          16 * most_of_one);
      std::sort(sets.begin(), sets.end());
      all += sets.size();
      beyond_ = !complete || sets.size() > most_of_one || all > most;
    }
  }

  /// True when there are too many sets to look at each.
  bool beyond() const { return beyond_; }
  const std::vector<indices>& of(std::size_t k) const { return of_[k]; }

  /// Seconds or joules of an edge per megabyte of its volume.
  double distance(std::size_t e, const indices& from, const indices& to) const {
    double out = 0;
    for (const std::size_t i : from)
      for (const std::size_t j : to) out += at(p_.distance, i, j);
    return out * p_.transfers[e].volume_mb;
  }

  /// For `bucket_elimination`.
  void add(std::size_t e, std::size_t end, std::size_t other, double* into) const {
    const data_edge& edge = p_.transfers[e];
    const double factor = price * edge.volume_mb;
    const auto& own = of_[end == 0 ? edge.from : edge.to];
    const auto& others = of_[end == 0 ? edge.to : edge.from][other];
    // Columns lie one after the other in memory.
    const matrix& by = end == 0 ? p_.distance : back_;
    for (const std::size_t j : others) {
      const double* const column = by.data() + j * p_.models();
      for (std::size_t l = 0; l < own.size(); ++l) {
        for (const std::size_t i : own[l]) into[l] += factor * column[i];
      }
    }
  }

  double price = 1;  ///< of a unit of what the transfers take

 private:
  static double at(const matrix& d, std::size_t i, std::size_t j) {
    return d(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
  }

  const Program& p_;
  matrix back_;
  std::vector<std::vector<indices>> of_{};
  bool beyond_ = false;
};

}  // namespace detail

/// The best plan of a linked program.
/// @tparam Admits  the last word on a plan that keeps the program's rows.
template <class Program, class Admits>
class linked_search {
 public:
  linked_search(const Program& p, budget& left, Admits admits)
      : p_(p), left_(left), admits_(admits), labels_(p) {}

  /// False when there are too many sets of models to look at each.
  bool possible() const { return !labels_.beyond(); }

  /// @param start  a plan to begin with; it is checked like any other.
  /// @pre possible()
  search_result run(const std::optional<plan>& start) {
    best_ = {};
    cutoff_ = p_.ceiling();
    for (std::size_t k = 0; k < p_.subtasks(); ++k) {
      if (labels_.of(k).empty()) {  // no set of models will do
        best_.proven = true;
        best_.bound = std::numeric_limits<double>::infinity();
        return best_;
      }
    }
    std::vector<typename elimination::edge> edges;
    for (const data_edge& e : p_.transfers) edges.push_back({{e.from, e.to}});
    indices sizes;
    std::size_t largest = 1;
    for (std::size_t k = 0; k < p_.subtasks(); ++k) {
      sizes.push_back(labels_.of(k).size());
      largest = std::max(largest, sizes.back());
    }
    buckets_.emplace(sizes, edges, std::max(most_entries, largest));
    if (!buckets_->exact()) buckets_.emplace(sizes, edges, std::max(few_entries, largest));
    near_.assign(p_.subtasks(), {});
    for (std::size_t e = 0; e < p_.transfers.size(); ++e) {
      near_[p_.transfers[e].from].push_back({e, 0});
      near_[p_.transfers[e].to].push_back({e, 1});
    }
    if (start) offer(*start);
    together();
    ascend();
    best_.multipliers = prices_;
    set_prices();
    const double root = buckets_->bound(single_, labels_) - at_bounds();
    left_.bounded(std::min(root, cutoff_));
    best_.proven = root >= cutoff_ || descend(root);
    if (best_.chosen) {
      best_.bound = best_.proven && !(left_.gap() > 0) ? best_.value : std::min(root, best_.value);
    } else {
      best_.bound = best_.proven ? std::numeric_limits<double>::infinity() : root;
    }
    return best_;
  }

 private:
  using labels = detail::linked_labels<Program>;
  using elimination = bucket_elimination<labels>;
  using indices = typename Program::indices;
  using numbers = typename Program::numbers;
  // An edge, and which end of it.
  struct neighbour {
    std::size_t edge = 0;
    std::size_t end = 0;
  };
  static constexpr std::size_t most_entries = std::size_t{1} << 16U;  // of a table, where all fit into that
  static constexpr std::size_t few_entries = std::size_t{1} << 9U;    // where they do not
  static constexpr double most_work = 2e9;                            // sums of the ascent

  template <class See>
  void each_row(See see) const {
    for (const coupling& c : p_.couplings) {
      const std::size_t end = c.first_row + (c.each_model ? p_.models() : 1);
      for (std::size_t r = c.first_row; r < end; ++r) see(c, r);
    }
  }

  plan plan_of(const indices& at) const {
    plan out(at.size());
    for (std::size_t k = 0; k < at.size(); ++k) out[k] = labels_.of(k)[at[k]];
    return out;
  }

  void offer(const plan& chosen) {
    if (!p_.keeps_rows(chosen)) return;
    const double value = p_.value(chosen);
    if (!(value < (best_.chosen ? best_.value : std::numeric_limits<double>::infinity()))) return;
    if (!admits_(chosen)) return;
    best_.chosen = chosen;
    best_.value = value;
    left_.found(value);
    cutoff_ = value - left_.gap() * std::abs(value);
  }

  // What the rows' bounds take back of the prices.
  double at_bounds() const {
    double out = 0;
    each_row([&](const coupling& c, std::size_t r) {
      if (!c.peak) out += prices_[r] * p_.bound[r];
    });
    return out;
  }

  // The cost of each label, and of pairs, at the prices.
  void set_prices() {
    const matrix priced = p_.priced(prices_);
    single_.resize(p_.subtasks());
    for (std::size_t k = 0; k < p_.subtasks(); ++k) {
      single_[k].clear();
      for (const auto& set : labels_.of(k)) {
        double sum = set.empty() ? p_.demands[k].skip : 0;
        for (const std::size_t i : set) sum += priced.data()[p_.pair(i, k)];
        single_[k].push_back(sum);
      }
    }
    labels_.price = p_.transfer_cost;
    for (const coupling& c : p_.couplings) labels_.price += prices_[c.first_row] * c.transfers;
  }

  // The labels that the messages lead to: the best of all where the elimination is exact.
  indices follow() {
    indices at(p_.subtasks());
    const auto& order = buckets_->order_of_elimination();
    for (std::size_t n = order.size(); n-- > 0;) {
      const std::size_t v = order[n];
      buckets_->extend(v, at, single_[v], labels_, sums_);
      at[v] = static_cast<std::size_t>(std::min_element(sums_.begin(), sums_.end()) - sums_.begin());
    }
    return at;
  }

  // Subgradient ascent over the prices; peaks share the weight of the peak.
  // @source Held, Wolfe & Crowder 1974, "Validation of subgradient optimization", Mathematical Programming 6.
  void ascend() {
    prices_.assign(p_.rows(), 0);
    std::size_t peaks = 0;
    each_row([&](const coupling& c, std::size_t) { peaks += c.peak; });
    each_row([&](const coupling& c, std::size_t r) {
      if (c.peak) prices_[r] = p_.peak_weight / static_cast<double>(peaks);
    });
    const double affordable = std::clamp(most_work / buckets_->work(), 20.0, 300.0);
    const std::size_t steps = p_.rows() == 0 ? 1 : static_cast<std::size_t>(affordable);
    numbers best = prices_;
    double best_bound = -std::numeric_limits<double>::infinity();
    double length = 1;
    std::size_t idle = 0;
    for (std::size_t step = 0; step < steps && !left_.spent() && length > 1e-4; ++step) {
      set_prices();
      const double bound = buckets_->bound(single_, labels_) - at_bounds();
      if (bound > best_bound + 1e-12 * std::abs(bound)) {
        best_bound = bound;
        best = prices_;
        idle = 0;
      } else if (++idle == 10) {
        idle = 0;
        length /= 2;
      }
      indices at = follow();
      offer(plan_of(at));
      const numbers used = p_.uses(plan_of(at));
      if (step % 20 == 0 || !best_.chosen) improve(at);
      if (best_bound >= cutoff_) break;
      double squares = 0;
      each_row([&](const coupling& c, std::size_t r) {
        const double g = (used[r] - (c.peak ? 0 : p_.bound[r])) / c.scale;
        if (c.peak || g > 0 || prices_[r] > 0) squares += g * g;
      });
      if (!(squares > 0)) break;
      const double target = best_.chosen ? cutoff_ : bound + 0.05 * std::abs(bound) + 1e-9;
      const double by = length * std::max(target - bound, 1e-12 * std::abs(bound)) / squares;
      double of_peaks = 0;
      each_row([&](const coupling& c, std::size_t r) {
        const double g = (used[r] - (c.peak ? 0 : p_.bound[r])) / c.scale;
        prices_[r] = std::max(0.0, prices_[r] + by * g / c.scale);
        if (c.peak) of_peaks += prices_[r];
      });
      each_row([&](const coupling& c, std::size_t r) {
        if (!c.peak) return;
        prices_[r] = of_peaks > 0 ? prices_[r] * p_.peak_weight / of_peaks
                                  : p_.peak_weight / static_cast<double>(peaks);
      });
    }
    prices_ = best;
  }

  // Where handing on is dear, models that do much alone are good: each model for all that it may do, and the
  // cheapest for the rest.
  void together() {
    prices_.assign(p_.rows(), 0);
    set_prices();
    const std::size_t tries = std::min<std::size_t>(p_.models(), 64);
    for (std::size_t i = 0; i < tries && !left_.spent(); ++i) {
      indices at(p_.subtasks());
      for (std::size_t k = 0; k < at.size(); ++k) {
        const auto& sets = labels_.of(k);
        double least = std::numeric_limits<double>::infinity();
        for (std::size_t l = 0; l < sets.size(); ++l) {
          const bool has = std::binary_search(sets[l].begin(), sets[l].end(), i);
          const double cost = single_[k][l] - (has ? 1e300 : 0);
          if (cost < least) {
            least = cost;
            at[k] = l;
          }
        }
      }
      improve(at);
    }
  }

  // Local search: one subtask at a time takes another label, as long as less is broken, or as much for less.
  void improve(indices& at) {
    numbers used = p_.uses(plan_of(at));
    const auto broken = [&] {
      double out = 0;
      each_row([&](const coupling& c, std::size_t r) {
        if (!c.peak) out += std::max(0.0, used[r] - p_.bound[r]) / c.scale;
      });
      return out;
    };
    const auto peak = [&] {
      double out = 0;
      each_row([&](const coupling& c, std::size_t r) {
        if (c.peak) out = std::max(out, used[r]);
      });
      return out;
    };
    const auto change = [&](std::size_t k, const indices& set, double sign, double handed_on) {
      for (const coupling& c : p_.couplings) {
        for (const std::size_t i : set) used[Program::row(c, i)] += sign * c.use.data()[p_.pair(i, k)];
        if (c.transfers > 0) used[c.first_row] += sign * c.transfers * handed_on;
      }
    };
    const auto cost = [&](std::size_t k, const indices& set, double handed_on) {
      double out = p_.transfer_cost * handed_on + (set.empty() ? p_.demands[k].skip : 0);
      for (const std::size_t i : set) out += p_.cost.data()[p_.pair(i, k)];
      return out;
    };
    double faults = broken();
    for (bool better = true; better && !left_.spent();) {
      better = false;
      for (std::size_t k = 0; k < at.size(); ++k) {
        const auto& sets = labels_.of(k);
        if (sets.size() < 2) continue;
        handed_on_.assign(sets.size(), 0);
        for (const auto& [e, end] : near_[k]) {
          const data_edge& edge = p_.transfers[e];
          const std::size_t other = end == 0 ? edge.to : edge.from;
          const auto& theirs = labels_.of(other)[at[other]];
          for (std::size_t l = 0; l < sets.size(); ++l) {
            handed_on_[l] +=
                end == 0 ? labels_.distance(e, sets[l], theirs) : labels_.distance(e, theirs, sets[l]);
          }
        }
        const std::size_t was = at[k];
        std::size_t best = was;
        double least_faults = faults;
        double least = cost(k, sets[was], handed_on_[was]) + p_.peak_weight * peak();
        change(k, sets[was], -1, handed_on_[was]);
        for (std::size_t l = 0; l < sets.size(); ++l) {
          if (l == was) continue;
          change(k, sets[l], 1, handed_on_[l]);
          const double f = broken();
          if (f <= least_faults + 1e-12) {
            const double c = cost(k, sets[l], handed_on_[l]) + p_.peak_weight * peak();
            if (f < least_faults - 1e-12 || c < least - 1e-12 * std::abs(least)) {
              best = l;
              least = c;
              least_faults = f;
            }
          }
          change(k, sets[l], -1, handed_on_[l]);
        }
        change(k, sets[best], 1, handed_on_[best]);
        at[k] = best;
        faults = least_faults;
        better = better || best != was;
      }
    }
    offer(plan_of(at));
  }

  // Depth first, the cheapest label first. True when every plan was looked at or cut off.
  bool descend(double root) {
    const auto& order = buckets_->order_of_elimination();
    const std::size_t n = order.size();
    struct choice {
      double bound;
      std::size_t label;
      auto operator<=>(const choice&) const = default;
    };
    struct level {
      std::vector<choice> choices{};  // the best first
      std::size_t next = 0;
    };
    std::vector<level> levels(n);
    // Of each row, the least that the subtasks from some depth on can use; what is handed on is >= 0.
    std::vector<numbers> rest(n + 1, numbers(p_.rows(), 0));
    for (std::size_t depth = n; depth-- > 0;) {
      const std::size_t k = order[n - 1 - depth];
      rest[depth] = rest[depth + 1];
      numbers least(p_.rows(), std::numeric_limits<double>::infinity());
      numbers uses(p_.rows());
      for (const auto& set : labels_.of(k)) {
        uses.assign(p_.rows(), 0);
        for (const coupling& c : p_.couplings)
          for (const std::size_t i : set) uses[Program::row(c, i)] += c.use.data()[p_.pair(i, k)];
        for (std::size_t r = 0; r < least.size(); ++r) least[r] = std::min(least[r], uses[r]);
      }
      for (std::size_t r = 0; r < least.size(); ++r) rest[depth][r] += least[r];
    }
    numbers used(p_.rows(), 0);
    indices at(p_.subtasks());
    const auto change = [&](std::size_t k, std::size_t l, double sign) {
      for (const coupling& c : p_.couplings)
        for (const std::size_t i : labels_.of(k)[l]) used[Program::row(c, i)] += sign * c.use.data()[p_.pair(i, k)];
    };
    const auto fits = [&](std::size_t k, std::size_t l, std::size_t depth) {
      for (const coupling& c : p_.couplings) {
        if (c.peak) continue;
        for (const std::size_t i : labels_.of(k)[l]) {
          const std::size_t r = Program::row(c, i);
          // Sums in another order differ in the last places; the referee has the last word.
          if (used[r] + rest[depth + 1][r] > p_.bound[r] + 1e-9 * c.scale) return false;
        }
      }
      return true;
    };
    const auto open = [&](std::size_t depth, double bound) {
      level& here = levels[depth];
      const std::size_t k = order[n - 1 - depth];
      buckets_->extend(k, at, single_[k], labels_, sums_);
      here.choices.clear();
      here.next = 0;
      for (std::size_t l = 0; l < sums_.size(); ++l) {
        if (bound + sums_[l] < cutoff_) here.choices.push_back({bound + sums_[l], l});
      }
      std::sort(here.choices.begin(), here.choices.end());
    };
    std::size_t depth = 0;
    open(0, root);
    for (;;) {
      level& here = levels[depth];
      const std::size_t k = order[n - 1 - depth];
      if (here.next > 0) change(k, at[k], -1);
      if (here.next == here.choices.size() || here.choices[here.next].bound >= cutoff_) {
        if (depth-- == 0) return true;
        continue;
      }
      if (left_.spent()) return false;
      left_.use_nodes(1);
      const auto [bound, l] = here.choices[here.next++];
      at[k] = l;
      change(k, l, 1);
      if (!fits(k, l, depth)) continue;
      if (depth + 1 == n) {
        offer(plan_of(at));
        continue;
      }
      open(++depth, bound);
    }
  }

  const Program& p_;
  budget& left_;
  Admits admits_;
  labels labels_;
  std::optional<elimination> buckets_{};
  std::vector<std::vector<neighbour>> near_{};  // of each subtask
  std::vector<numbers> single_{};                          // priced cost of each label
  numbers prices_{};
  numbers sums_{};       // scratch
  numbers handed_on_{};  // scratch
  search_result best_{};
  double cutoff_ = 0;  // plans of this value or more are of no interest
};

}  // namespace shoal::assign
