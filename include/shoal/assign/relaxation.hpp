// SPDX-License-Identifier: BSL-1.0
/// @file Lagrangian relaxation of the program: rows become prices, and each subtask chooses alone.
///
/// A row with bound b and multiplier u >= 0 adds u (use - b) to the cost, which no plan that keeps the row
/// pays. The peak of rows r is at least sum u_r use_r for every u >= 0 that sums to its weight. What is left
/// falls apart into subtasks, and the sum of their cheapest choices is a lower bound on every plan.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <vector>

#include "shoal/assign/program.hpp"
#include "shoal/assign/subset.hpp"

namespace shoal::assign {

/// What a search has settled of a pair.
enum class pair_state : unsigned char { closed, open, forced };

/// Before a search: every open pair of the program is open.
template <class Program>
std::vector<pair_state> open_states(const Program& p) {
  std::vector<pair_state> out(p.models() * p.subtasks(), pair_state::closed);
  for (std::size_t pair = 0; pair < out.size(); ++pair)
    if (p.open.data()[pair]) out[pair] = pair_state::open;
  return out;
}

/// The relaxation over the pairs that a search has left open.
template <class Program = program>
class relaxation {
 public:
  using numbers = typename Program::numbers;
  using indices = typename Program::indices;

  /// An open pair.
  struct item {
    std::size_t model = 0;
    bool forced = false;
    double cost = 0;
    double price = 0;  ///< cost and priced use at the last multipliers
    double share = 0;  ///< of late, how often it was chosen: near the fractional optimum, [0, 1]
  };

  /// Over all open pairs.
  explicit relaxation(const Program& p);

  /// Takes the pairs that are not closed.
  void restrict_to(const std::vector<pair_state>& states);

  /// The bound at the given multipliers (one for each row, in the dual's range), with the rounding of its
  /// sums taken off. Infinite when a subtask has no choice left.
  double evaluate(const numbers& multipliers);

  /// Raises the bound over the multipliers, which are both the start and the result, and stops early once it
  /// reaches the cutoff. One row without peak: the exact maximum. Otherwise `steps` subgradient steps.
  /// @param seen  called after each evaluation; it may use the choice and returns the cutoff from then on.
  /// @source Held, Wolfe & Crowder 1974, Mathematical Programming 6 (Polyak's step); Barahona & Anbil 2000,
  /// Mathematical Programming 87 (averaged choices as a fractional solution).
  double maximise(numbers& multipliers, std::size_t steps, double cutoff,
                  const std::function<double()>& seen);

  /// A start: nothing for each bounded row, equal parts of the weight for each peak row.
  numbers first_multipliers() const;

  const std::vector<item>& items() const { return items_; }
  std::size_t begin(std::size_t k) const { return begin_[k]; }  ///< items of subtask k
  std::size_t end(std::size_t k) const { return begin_[k + 1]; }
  /// Lower bound on the price of subtask k's choice at the last multipliers.
  double least(std::size_t k) const { return least_[k]; }
  /// The choice of every subtask at the last multipliers.
  plan choice() const;
  /// The choice keeps every row.
  bool keeps_rows() const;
  /// Subtask k's candidates at the last prices.
  std::vector<candidate> candidates(std::size_t k) const;

 private:
  void choose(std::size_t k);
  double maximise_along(std::size_t row, numbers& multipliers, double cutoff,
                        const std::function<double()>& seen);
  void project_peaks(numbers& multipliers) const;

  const Program& p_;
  numbers scale_{};  // of each row
  indices peak_rows_{};
  std::vector<item> items_{};   // by subtask, then model
  std::vector<numbers> use_{};  // of each coupling, by item
  indices begin_{};
  numbers least_{};
  indices picked_{};        // items of the choice, by subtask
  indices picked_begin_{};  // of each subtask
  numbers excess_{};        // use - bound of each row; use of a peak row
  double magnitude_ = 0;    // sum of the sizes of the bound's terms
};

template <class Program>
relaxation<Program>::relaxation(const Program& p) : p_(p), scale_(p.rows(), 1), use_(p.couplings.size()) {
  double peak_scale = 0;
  for (const coupling& c : p.couplings) {
    if (c.peak) peak_scale = std::max(peak_scale, c.scale);
  }
  for (const coupling& c : p.couplings) {
    const std::size_t end = c.first_row + (c.each_model ? p.models() : 1);
    for (std::size_t r = c.first_row; r < end; ++r) {
      scale_[r] = c.peak ? peak_scale : c.scale;
      if (c.peak) peak_rows_.push_back(r);
    }
  }
  restrict_to(open_states(p));
}

template <class Program>
typename relaxation<Program>::numbers relaxation<Program>::first_multipliers() const {
  numbers out(p_.rows(), 0);
  for (const std::size_t r : peak_rows_) out[r] = p_.peak_weight / static_cast<double>(peak_rows_.size());
  return out;
}

template <class Program>
void relaxation<Program>::restrict_to(const std::vector<pair_state>& states) {
  items_.clear();
  begin_.assign(1, 0);
  for (auto& use : use_) use.clear();
  for (std::size_t k = 0; k < p_.subtasks(); ++k) {
    for (std::size_t i = 0; i < p_.models(); ++i) {
      const std::size_t pair = p_.pair(i, k);
      if (states[pair] == pair_state::closed) continue;
      items_.push_back({i, states[pair] == pair_state::forced, p_.cost.data()[pair]});
      for (std::size_t c = 0; c < use_.size(); ++c) use_[c].push_back(p_.couplings[c].use.data()[pair]);
    }
    begin_.push_back(items_.size());
  }
}

template <class Program>
std::vector<candidate> relaxation<Program>::candidates(std::size_t k) const {
  std::vector<candidate> out;
  for (std::size_t j = begin(k); j < end(k); ++j) {
    const item& it = items_[j];
    out.push_back({it.price, it.model, p_.strength[it.model], p_.group[it.model], it.forced});
  }
  return out;
}

template <class Program>
void relaxation<Program>::choose(std::size_t k) {
  const demand& d = p_.demands[k];
  bool forced = false;
  double least = std::numeric_limits<double>::infinity();
  if (d.single()) {
    std::size_t best = end(k);
    for (std::size_t j = begin(k); j < end(k); ++j) {
      forced = forced || items_[j].forced;
      if (items_[j].price < least) {
        least = items_[j].price;
        best = j;
      }
    }
    if (best < end(k)) picked_.push_back(best);
  } else {
    for (std::size_t j = begin(k); j < end(k); ++j) forced = forced || items_[j].forced;
    const subset_search::result set = subset_search(d, candidates(k)).cheapest_set();
    least = set.lower;
    std::size_t j = begin(k);
    for (const std::size_t i : set.models) {
      while (items_[j].model != i) ++j;
      picked_.push_back(j);
    }
  }
  if (d.skip < least && !forced) {
    least = d.skip;
    picked_.resize(picked_begin_.back());
  }
  least_.push_back(least);
  picked_begin_.push_back(picked_.size());
}

template <class Program>
double relaxation<Program>::evaluate(const numbers& multipliers) {
  for (item& it : items_) it.price = it.cost;
  for (std::size_t c = 0; c < use_.size(); ++c) {
    const double* u = multipliers.data() + p_.couplings[c].first_row;
    const std::size_t by_model = p_.couplings[c].each_model ? 1 : 0;
    for (std::size_t j = 0; j < items_.size(); ++j)
      items_[j].price += u[by_model * items_[j].model] * use_[c][j];
  }
  least_.clear();
  picked_.clear();
  picked_begin_.assign(1, 0);
  double bound = 0;
  magnitude_ = 0;
  for (std::size_t k = 0; k < p_.subtasks(); ++k) {
    choose(k);
    bound += least_[k];
    magnitude_ += std::abs(least_[k]);
  }
  for (std::size_t r = 0; r < p_.rows(); ++r) {
    bound -= multipliers[r] * p_.bound[r];
    magnitude_ += std::abs(multipliers[r] * p_.bound[r]);
  }
  excess_.assign(p_.rows(), 0);
  for (std::size_t r = 0; r < p_.rows(); ++r) excess_[r] = -p_.bound[r];
  for (std::size_t c = 0; c < use_.size(); ++c) {
    const std::size_t by_model = p_.couplings[c].each_model ? 1 : 0;
    for (const std::size_t j : picked_)
      excess_[p_.couplings[c].first_row + by_model * items_[j].model] += use_[c][j];
  }
  if (std::isinf(bound)) return bound;
  // Recursive summation of t terms is off by at most t units of rounding of the sum of their sizes.
  const auto terms = static_cast<double>(p_.subtasks() + p_.rows());
  return bound - terms * std::numeric_limits<double>::epsilon() * magnitude_;
}

template <class Program>
bool relaxation<Program>::keeps_rows() const {
  for (const coupling& c : p_.couplings) {
    if (c.peak) continue;
    const std::size_t end = c.first_row + (c.each_model ? p_.models() : 1);
    for (std::size_t r = c.first_row; r < end; ++r)
      if (!(excess_[r] <= 0)) return false;
  }
  return true;
}

template <class Program>
plan relaxation<Program>::choice() const {
  plan out(p_.subtasks());
  for (std::size_t k = 0; k < out.size(); ++k) {
    for (std::size_t at = picked_begin_[k]; at < picked_begin_[k + 1]; ++at)
      out[k].push_back(items_[picked_[at]].model);
  }
  return out;
}

// Duchi, Shalev-Shwartz, Singer & Chandra 2008: the nearest point of {u >= 0, sum u = weight}.
template <class Program>
void relaxation<Program>::project_peaks(numbers& multipliers) const {
  if (peak_rows_.empty()) return;
  numbers sorted;
  for (const std::size_t r : peak_rows_) sorted.push_back(multipliers[r]);
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  double sum = 0;
  double shift = 0;
  for (std::size_t at = 0; at < sorted.size(); ++at) {
    sum += sorted[at];
    const double level = (sum - p_.peak_weight) / static_cast<double>(at + 1);
    if (sorted[at] > level) shift = level;
  }
  double total = 0;
  for (const std::size_t r : peak_rows_) total += multipliers[r] = std::max(0.0, multipliers[r] - shift);
  // Rounding must not lift the sum over the weight, or the bound would not be one.
  if (total > p_.peak_weight) {
    for (const std::size_t r : peak_rows_) multipliers[r] *= p_.peak_weight / total;
  }
}

template <class Program>
double relaxation<Program>::maximise(numbers& multipliers, std::size_t steps, double cutoff,
                                     const std::function<double()>& seen) {
  double best = -std::numeric_limits<double>::infinity();
  const bool one_row = p_.rows() == 1 && peak_rows_.empty();
  for (const coupling& c : p_.couplings) {
    // Rows over all pairs matter most, and a row that has no price yet is far from its best.
    if (!one_row && (c.peak || c.each_model || multipliers[c.first_row] > 0)) continue;
    best = maximise_along(c.first_row, multipliers, cutoff, seen);
    if (best >= cutoff) break;
  }
  if (one_row) steps = 0;
  numbers best_multipliers = multipliers;
  numbers direction(p_.rows(), 0);
  double length = 1;
  double mark = best;  // what a step must exceed to count as progress
  std::size_t stalled = 0;
  for (std::size_t step = 0; step < steps; ++step) {
    const double bound = evaluate(multipliers);
    cutoff = seen();
    const double share = step == 0 ? 1 : 0.1;
    for (item& it : items_) it.share *= 1 - share;
    for (const std::size_t j : picked_) items_[j].share += share;
    if (bound > best) {
      best = bound;
      best_multipliers = multipliers;
    }
    if (best >= cutoff || p_.rows() == 0) break;
    if (std::isinf(mark) || bound > mark + 1e-6 * std::abs(mark)) {
      mark = bound;
      stalled = 0;
    } else if (++stalled >= 4) {
      // Steps that only wander are too long: back to the best point with shorter ones.
      if ((length /= 2) < 1e-4) break;
      stalled = 0;
      multipliers = best_multipliers;
      std::fill(direction.begin(), direction.end(), 0);
      continue;
    }
    // Peak multipliers keep their sum, so only what differs from the mean moves them.
    double mean = 0;
    for (const std::size_t r : peak_rows_) mean += excess_[r] / static_cast<double>(peak_rows_.size());
    for (const std::size_t r : peak_rows_) excess_[r] -= mean;
    double norm = 0;
    for (std::size_t r = 0; r < p_.rows(); ++r) {
      direction[r] = excess_[r] / scale_[r] + 0.3 * direction[r];
      // A multiplier at zero cannot fall, so that part of the step would be lost.
      if (direction[r] < 0 && !(multipliers[r] > 0)) direction[r] = 0;
      norm += direction[r] * direction[r];
    }
    if (!(norm > 0)) break;
    // The cutoff is a far target until there is a good plan; a near one makes steps of a sensible length.
    const double target = std::min(cutoff, best + (magnitude_ > 0 ? 0.1 * magnitude_ : 1));
    const double pace = length * (target - bound) / norm;
    for (std::size_t r = 0; r < p_.rows(); ++r)
      multipliers[r] = std::max(0.0, multipliers[r] + pace * direction[r] / scale_[r]);
    project_peaks(multipliers);
  }
  multipliers = best_multipliers;
  return std::max(best, evaluate(multipliers));
}

// The bound is a concave piecewise linear function of one multiplier. Its slope is the excess of the row, and
// the two tangents around the top cross at the next point to try; it is the top once they touch there.
template <class Program>
double relaxation<Program>::maximise_along(std::size_t row, numbers& multipliers, double cutoff,
                                           const std::function<double()>& seen) {
  struct point {
    double at = 0;
    double bound = 0;
    double slope = 0;
  };
  const double start = multipliers[row];
  double best_at = 0;
  double best = -std::numeric_limits<double>::infinity();
  indices low_picked;
  indices high_picked;
  const auto look = [&](double at) {
    multipliers[row] = at;
    const double bound = evaluate(multipliers);
    const point out{at, bound, excess_[row]};
    cutoff = seen();
    (out.slope > 0 ? low_picked : high_picked) = picked_;
    if (out.bound > best) {
      best = out.bound;
      best_at = at;
    }
    return out;
  };
  point low = look(0);
  if (low.slope > 0 && best < cutoff) {
    const double guess = (std::abs(low.bound) + 1) / static_cast<double>(p_.subtasks()) / scale_[row];
    point high = look(start > 0 ? start : guess);
    while (high.slope > 0 && best < cutoff && std::isfinite(high.at)) {
      low = high;
      high = look(4 * high.at);
    }
    for (int round = 0; round < 100 && best < cutoff && high.slope <= 0; ++round) {
      const double at =
          (low.bound - high.bound + high.slope * high.at - low.slope * low.at) / (high.slope - low.slope);
      const double top = low.bound + low.slope * (at - low.at);
      if (!(at > low.at && at < high.at)) break;
      const point middle = look(at);
      if (middle.bound >= top - 1e-12 * std::abs(top)) break;
      (middle.slope > 0 ? low : high) = middle;
    }
    const double low_part = high.slope <= 0 ? -high.slope / (low.slope - high.slope) : 1;
    for (item& it : items_) it.share = 0;
    for (const std::size_t j : low_picked) items_[j].share += low_part;
    for (const std::size_t j : high_picked) items_[j].share += 1 - low_part;
  }
  multipliers[row] = best_at;
  return best;
}

}  // namespace shoal::assign
