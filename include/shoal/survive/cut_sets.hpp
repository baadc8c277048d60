// SPDX-License-Identifier: BSL-1.0
/// @file Minimal cut sets of a fault tree: the least that must go wrong together, and the bounds they give.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/survive/diagram.hpp"
#include "shoal/survive/fault_tree.hpp"
#include "shoal/survive/set_family.hpp"
#include "shoal/survive/tree_report.hpp"

namespace shoal::survive {

/// What to look for.
struct cut_set_limits {
  std::size_t order = static_cast<std::size_t>(-1);  ///< most events in a set; larger ones are left out
  std::size_t listed = 1000;                         ///< most sets that are listed; all are counted
  std::size_t cells = std::size_t{1} << 23U;         ///< of each diagram at once, as in `diagram_limits`
};

/// Basic events that together bring the top event about, none of which is idle in it.
struct cut_set {
  std::vector<std::size_t> events{};  ///< ascending; none: the top event is certain
  double probability = 1;             ///< the product of theirs
};

/// The minimal cut sets of a tree, and what is lost by knowing nothing else.
struct cut_set_report {
  std::vector<cut_set> sets{};  ///< the most likely first; equally likely ones in a fixed order
  std::vector<double>
      by_order{};  ///< how many there are of j events, j = 0.. (counts beyond 2^53 are rounded)
  std::vector<double> rare_event_by_order{};  ///< sum of their probabilities, for each order
  double rare_event = 0;      ///< the sum of all probabilities; at least the union's, may pass 1
  double min_cut_bound = 0;   ///< 1 - product of (1 - probability): nearer, and still no less
  chance exact{};             ///< of the tree itself: `failure` is the chance of the top event
  double certainly_lost = 0;  ///< at least so much of `exact.failure` lies beyond the order limit
};

/// Finds the minimal cut sets. All of them within the order limit are counted and go into the bounds; only
/// the most likely are listed, found best first, so that a tree with 10^8 cut sets is no obstacle.
///
/// A tree with negations is taken without the assumption that anything works: a cut set is a minimal set of
/// events which brings the top event about when the others take a suitable state. The two bounds hold for
/// trees without negations; with an order limit they bound the chance of the listed orders alone, and say
/// nothing of the rest but `certainly_lost`.
/// @throws invalid_argument  as `validate(fault_tree)` does.
/// @throws limit_reached     when a diagram needs more than `limits.cells`; a lower `order` needs fewer.
/// @complexity exponential at worst; counting is linear in the cells, times the highest order.
/// @source Rauzy 1993 (as `compile`); Esary & Proschan 1963, "Coherent structures of non-identical
/// components", Technometrics 5 (the min-cut bound).
template <class = when_used>
cut_set_report find_cut_sets(const fault_tree& t, const cut_set_limits& limits = {});

namespace detail {

template <class Index>
class cut_set_finder {
 public:
  cut_set_finder(const basic_diagram<Index>& d, std::vector<double> probability, const cut_set_limits& limits)
      : d_(d), probability_(std::move(probability)), limits_(limits), families_(d, limits.cells) {
    smallest_.assign(d.roots.size(), 0);
    largest_.assign(d.roots.size(), 0);
    for (std::size_t m = 0; m < d.roots.size(); ++m) {
      roots_.push_back(families_.minimal(d.roots[m], limits.order, smallest_));
      if (families_.exhausted()) {
        throw limit_reached(message("minimal cut sets of a fault tree with ", d.events,
                                    " basic events: more than ", limits.cells,
                                    " cells; raise cut_set_limits.cells or lower its order"));
      }
      const auto range = orders();
      smallest_[m] = range.first;
      largest_[m] = range.second;
    }
    cap_ = std::min(limits.order, largest_.back());
    first_ = 2;
  }

  cut_set_report report() {
    cut_set_report out;
    out.by_order = totals(0, true);
    out.rare_event_by_order = totals(1, true);
    for (const double w : out.rare_event_by_order) out.rare_event += w;
    list(out.sets, limits_.listed, 0);
    out.min_cut_bound = bound(out);
    return out;
  }

 private:
  using families = set_families<Index>;
  using polynomial = std::vector<double>;  // by order

  // Least and greatest order within the module found last, by one pass over the new cells.
  std::pair<std::size_t, std::size_t> orders() {
    const auto& cells = families_.cells();
    least_.resize(cells.size(), families::unlimited);
    most_.resize(cells.size(), 0);
    least_[families::empty_set] = 0;
    for (std::size_t i = first_; i < cells.size(); ++i) {
      const auto& c = cells[i];
      const bool event = c.label < d_.events;
      const std::size_t low = event ? 1 : smallest_[c.label - d_.events];
      const std::size_t high = event ? 1 : largest_[c.label - d_.events];
      least_[i] = least_[c.high] == families::unlimited || low == families::unlimited ? families::unlimited
                                                                                      : least_[c.high] + low;
      least_[i] = std::min(least_[i], least_[c.low]);
      most_[i] = std::max(most_[c.high] + high, most_[c.low]);
    }
    first_ = std::max<std::size_t>(first_, cells.size());
    return {least_[roots_.back()], most_[roots_.back()]};
  }

  // The sum of probability^power over all sets; power 0 counts them. By order, or with all in one entry,
  // which is possible and quicker where no order is left out.
  polynomial totals(int power, bool by_order) const {
    const auto& cells = families_.cells();
    std::vector<double> weight(probability_.size());
    for (std::size_t e = 0; e < weight.size(); ++e)
      weight[e] = power == 0 ? 1 : std::pow(probability_[e], power);
    std::vector<polynomial> value(cells.size());
    std::vector<polynomial> module(d_.roots.size());
    value[families::empty_set] = {1};
    std::size_t done = 2;
    for (std::size_t m = 0; m < d_.roots.size(); ++m) {
      const std::size_t end = std::max<std::size_t>(done, roots_[m] + std::size_t{1});
      for (std::size_t i = done; i < end; ++i) {
        const auto& c = cells[i];
        polynomial sum = value[c.low];
        const polynomial& high = value[c.high];
        if (c.label < d_.events) {
          add(sum, high, by_order ? 1 : 0, weight[c.label]);
        } else {
          const polynomial& inner = module[c.label - d_.events];
          for (std::size_t j = 0; j < inner.size(); ++j) {
            if (inner[j] != 0) add(sum, high, j, inner[j]);
          }
        }
        value[i] = std::move(sum);
      }
      done = end;
      module[m] = value[roots_[m]];
    }
    return module.back();
  }

  // sum += factor x^shift high, up to the order limit.
  void add(polynomial& sum, const polynomial& high, std::size_t shift, double factor) const {
    if (high.empty()) return;
    const std::size_t size = std::min(high.size() + shift, cap_ + 1);
    if (sum.size() < size) sum.resize(size, 0.0);
    for (std::size_t j = shift; j < size; ++j) sum[j] += factor * high[j - shift];
  }

  // -log of the product of (1 - p): set by set where p is above a half, all others as the sum over powers of
  // (sum of p^power) / power, which then converges fast. Sets of which so many are likely make it certain.
  double bound(const cut_set_report& found) {
    std::vector<cut_set> likely;
    list(likely, 64, 0.5);
    if (likely.size() == 64) return 1;
    double sum = 0;
    double rest = found.rare_event;
    for (const cut_set& c : likely) {
      sum -= std::log1p(-c.probability);
      rest -= c.probability;
    }
    sum += std::max(rest, 0.0);
    for (int power = 2; power < 100; ++power) {
      double term = 0;
      for (const double w : totals(power, limits_.order < largest_.back())) term += w;
      for (const cut_set& c : likely) term -= std::pow(c.probability, power);
      sum += std::max(term, 0.0) / power;
      if (!(term > 1e-15 * sum)) break;
    }
    return -std::expm1(-sum);
  }

  // What is left to do on one way through the families: go on at `family`, then at those of `after`.
  struct task {
    Index family = 0;
    std::size_t after = 0;  // in `tasks_`; 0: nothing
    double best = 1;        // of all that is left
    std::size_t least = 0;  // order of all that is left
  };
  struct choice {
    Index event = 0;
    std::size_t before = 0;  // in `choices_`; 0: none
  };
  struct way {
    double bound = 0;  // no set on this way is more likely
    double so_far = 1;
    std::size_t order = 0;
    std::size_t chosen = 0;  // in `choices_`
    std::size_t todo = 0;    // in `tasks_`
    std::size_t age = 0;
    bool operator<(const way& other) const {
      return bound < other.bound || (bound == other.bound && age > other.age);
    }
  };

  // The likeliest sets, as many as `most` and with more than `above`, best first: partial sets wait by the
  // best that can still come of them.
  void list(std::vector<cut_set>& out, std::size_t most, double above) const {
    const auto& cells = families_.cells();
    std::vector<double> best(cells.size(), 0.0);
    best[families::empty_set] = 1;
    std::vector<double> best_module(d_.roots.size(), 0.0);
    std::size_t done = 2;
    const auto of = [&](Index variable) {
      return variable < d_.events ? probability_[variable] : best_module[variable - d_.events];
    };
    for (std::size_t m = 0; m < d_.roots.size(); ++m) {
      const std::size_t end = std::max<std::size_t>(done, roots_[m] + std::size_t{1});
      for (std::size_t i = done; i < end; ++i)
        best[i] = std::max(best[cells[i].low], of(cells[i].label) * best[cells[i].high]);
      done = end;
      best_module[m] = best[roots_[m]];
    }
    std::vector<task> tasks(1);
    std::vector<choice> choices(1);
    std::vector<way> heap;
    std::size_t age = 0;
    const auto push = [&](Index family, std::size_t after, double so_far, std::size_t order,
                          std::size_t chosen) {
      const double left = best[family] * tasks[after].best;
      if (family == families::none || least_[family] == families::unlimited) return;
      const std::size_t least = least_[family] + tasks[after].least;
      if (order + least > cap_) return;
      tasks.push_back({family, after, left, least});
      heap.push_back({so_far * left, so_far, order, chosen, tasks.size() - 1, age++});
      std::push_heap(heap.begin(), heap.end());
    };
    push(roots_.back(), 0, 1, 0, 0);
    while (!heap.empty() && out.size() < most && (above == 0 || heap.front().bound > above)) {
      std::pop_heap(heap.begin(), heap.end());
      const way w = heap.back();
      heap.pop_back();
      const task todo = tasks[w.todo];
      if (todo.family == families::empty_set) {
        if (todo.after != 0) {
          const task next = tasks[todo.after];
          push(next.family, next.after, w.so_far, w.order, w.chosen);
          continue;
        }
        cut_set found;
        for (std::size_t c = w.chosen; c != 0; c = choices[c].before)
          found.events.push_back(choices[c].event);
        std::sort(found.events.begin(), found.events.end());
        for (const std::size_t e : found.events) found.probability *= probability_[e];
        out.push_back(std::move(found));
        continue;
      }
      const auto& c = cells[todo.family];
      push(c.low, todo.after, w.so_far, w.order, w.chosen);
      if (c.label < d_.events) {
        choices.push_back({c.label, w.chosen});
        push(c.high, todo.after, w.so_far * probability_[c.label], w.order + 1, choices.size() - 1);
      } else {
        tasks.push_back({c.high, todo.after, best[c.high] * tasks[todo.after].best,
                         least_[c.high] + tasks[todo.after].least});
        push(roots_[c.label - d_.events], tasks.size() - 1, w.so_far, w.order, w.chosen);
      }
    }
  }

  const basic_diagram<Index>& d_;
  std::vector<double> probability_;
  cut_set_limits limits_;
  families families_;
  std::vector<Index> roots_;
  std::vector<std::size_t> smallest_;  // of each module: least order of its sets
  std::vector<std::size_t> largest_;
  std::vector<std::size_t> least_;  // of each family
  std::vector<std::size_t> most_;
  std::size_t first_ = 2;
  std::size_t cap_ = 0;
};

}  // namespace detail

template <class>
cut_set_report find_cut_sets(const fault_tree& t, const cut_set_limits& limits) {
  const diagram d = compile(t, {limits.cells});
  std::vector<double> probability;
  for (const basic_event& e : t.events) probability.push_back(e.probability);
  const chance exact = evaluate(d, std::span<const double>(probability)).whole;
  detail::cut_set_finder<std::uint32_t> finder(d, std::move(probability), limits);
  cut_set_report out = finder.report();
  out.exact = exact;
  out.certainly_lost = std::max(0.0, exact.failure - out.min_cut_bound);
  if (out.certainly_lost < 1e-12 * exact.failure) out.certainly_lost = 0;  // rounding
  return out;
}

}  // namespace shoal::survive
