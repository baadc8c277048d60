// SPDX-License-Identifier: BSL-1.0
/// @file Dynamic programme over levels, for costs that are strongly correlated with the use.
///
/// Where cost = -(p / q) use + a multiple of g / q, a plan is known by two small whole numbers: its use and
/// its level (that multiple). Prices then tell next to nothing about a choice, and a search by bounds goes
/// through the plans one by one. But only few pairs (level, use) lie within the gap to the bound: for each
/// level a strip of uses. One bit stands for each pair, and a choice moves all of them at once by a shift.
/// The pairs that would be better than the best plan are a handful at the strips' ends, so the programme can
/// stop as soon as it meets the best of them.
/// @source the strips: Pisinger 1999, Linear time algorithms for knapsack problems with bounded weights,
/// Journal of Algorithms 33 (balancing); the bits: as for subset sums.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <vector>

#include "shoal/assign/knapsack_steps.hpp"

namespace shoal::assign {

/// The programme and its memory.
template <class Real = double>
class knapsack_levels {
 public:
  using steps = knapsack_steps<Real>;
  using word = std::uint64_t;

  using frame = knapsack_frame<Real>;

  /// Finds levels in the figures, if the programme is small enough then.
  /// @param most_words  of memory, 8 bytes each.
  /// @param most_levels  up or down from the base, at least those where wanted plans end; plans on the way to
  /// which more are needed are left out.
  bool fits(const steps& core, const frame& about, std::size_t most_words, Real most_levels);

  /// The best plan of at most the wanted cost, by the place of each member's choice (`keep`: the base).
  /// @pre `fits`.
  /// @return false when it was stopped; `found` says whether there is one so far.
  template <class Stop>
  bool run(const steps& core, frame about, Stop stop);

  /// After `run`: true when no plan of the wanted cost has been left out, or the one found is as cheap as any
  /// pair that the strips allow.
  bool complete() const { return complete_; }

  static constexpr std::uint32_t keep = std::numeric_limits<std::uint32_t>::max();
  bool found() const { return found_; }
  Real cost() const { return cost_; }
  const std::vector<std::uint32_t>& place() const { return place_; }
  /// Memory that it holds on to, the large part of it.
  std::size_t bytes() const { return stages_.capacity() * sizeof(word); }

 private:
  static constexpr std::int64_t bits = 64;
  struct pair {
    std::int64_t level = 0;
    std::int64_t use = 0;
  };

  bool grade(const steps& core, std::int64_t p, std::int64_t q);
  bool lay_out(const steps& core, const frame& about, std::size_t most_words, Real most_levels);
  Real reach(const steps& core, const frame& about, int sign);
  void move(word* to, const word* from, std::int64_t shift) const;
  std::int64_t cost_of(const pair& at) const { return (unit_ * at.level - p_ * at.use) / q_; }
  std::int64_t top(std::int64_t row, const frame& about) const;
  std::optional<pair> best_pair(const word* stage, const frame& about) const;
  bool has(const word* stage, const pair& at) const;
  void trace(const steps& core, std::size_t stage, pair at);

  std::int64_t p_ = 1;
  std::int64_t q_ = 1;
  std::int64_t unit_ = 1;              // g
  std::vector<std::int64_t> level_{};  // of each step
  std::int64_t first_row_ = 0;         // its level; <= 0
  std::int64_t rows_ = 0;
  std::vector<std::int64_t> low_{};  // the use that the first bit of each row stands for
  std::int64_t words_ = 0;           // of a row
  std::vector<std::uint32_t> order_{};
  std::vector<word> stages_{};
  std::vector<char> filled_{};  // rows with a bit
  std::vector<std::pair<Real, Real>> slopes_{};
  std::vector<std::uint32_t> place_{};
  Real full_size_ = 0;  // words of a stage, were all levels there
  bool cut_ = false;    // there are levels beyond the rows
  bool complete_ = false;
  bool found_ = false;
  Real cost_ = 0;
};

/// Levels of all steps for cost = -(p / q) use + level g / q, with the largest such g.
template <class Real>
bool knapsack_levels<Real>::grade(const steps& core, std::int64_t p, std::int64_t q) {
  p_ = p;
  q_ = q;
  std::int64_t g = 0;
  level_.clear();
  for (const auto& s : core.steps()) {
    const Real at = static_cast<Real>(q) * s.cost + static_cast<Real>(p) * s.use;
    if (!(std::abs(at) < choice_table<Real>::most)) return false;
    level_.push_back(static_cast<std::int64_t>(at));
    g = std::gcd(g, level_.back());
  }
  unit_ = g == 0 ? 1 : g;
  for (std::int64_t& l : level_) l /= unit_;
  return true;
}

/// How many levels up or down (`sign`) the steps can lead for the reduced cost that there is: by the linear
/// programme, which is never too few.
template <class Real>
Real knapsack_levels<Real>::reach(const steps& core, const frame& about, int sign) {
  slopes_.clear();
  for (const auto& c : core.members()) {
    Real steepest = std::numeric_limits<Real>::infinity();
    Real farthest = 0;
    for (std::size_t e = c.begin; e < c.end; ++e) {
      const Real levels = static_cast<Real>(sign * level_[e]);
      if (!(levels > 0)) continue;
      const auto& s = core.steps()[e];
      steepest = std::min(steepest, std::max(Real{0}, s.cost + about.multiplier * s.use) / levels);
      farthest = std::max(farthest, levels);
    }
    if (farthest > 0) slopes_.emplace_back(steepest, farthest);
  }
  std::sort(slopes_.begin(), slopes_.end());
  Real left = about.wanted - about.least + about.rounding;
  Real out = 0;
  for (const auto& s : slopes_) {
    if (s.first * s.second > left) return out + std::ceil(left / s.first);
    left -= s.first * s.second;
    out += s.second;
  }
  return out;
}

/// Rows and their strips: pairs of reduced cost g level / q + (u - p / q) use in [0, wanted - least].
template <class Real>
bool knapsack_levels<Real>::lay_out(const steps& core, const frame& about, std::size_t most_words,
                                    Real most_levels) {
  const Real tilt = about.multiplier - static_cast<Real>(p_) / static_cast<Real>(q_);
  const Real gap = about.wanted - about.least + 2 * about.rounding;
  // Plans of the wanted cost use from -wanted / u to the room, and so end on these levels.
  const Real ends[] = {tilt * (-about.wanted / about.multiplier), tilt * about.room};
  const Real levels_per_cost = static_cast<Real>(q_) / static_cast<Real>(unit_);
  const Real highest = std::ceil(levels_per_cost * (gap - std::min(ends[0], ends[1]))) + 1;
  const Real lowest = std::floor(-levels_per_cost * std::max(ends[0], ends[1])) - 1;
  const Real full_up = reach(core, about, 1);
  const Real full_down = reach(core, about, -1);
  const Real up = std::min(full_up, std::max(most_levels, highest));
  const Real down = std::min(full_down, std::max(most_levels, -lowest));
  cut_ = up < full_up || down < full_down;
  const Real width = gap / std::abs(tilt) + 8;
  full_size_ = (full_up + full_down + 1) * (width / Real{64} + 2);
  const Real limit = static_cast<Real>(most_words) / static_cast<Real>(core.members().size() + 1);
  if (!(width < Real{1e9}) || !((up + down + 1) * (width / Real{64} + 2) < limit)) return false;
  first_row_ = -static_cast<std::int64_t>(down);
  rows_ = static_cast<std::int64_t>(up + down) + 1;
  words_ = (static_cast<std::int64_t>(width) + bits) / bits;
  low_.resize(static_cast<std::size_t>(rows_));
  for (std::int64_t r = 0; r < rows_; ++r) {
    const Real at = static_cast<Real>(unit_ * (first_row_ + r)) / static_cast<Real>(q_);
    const Real low = tilt < 0 ? (gap - at) / tilt : -at / tilt;
    if (!(std::abs(low) < choice_table<Real>::most)) return false;
    low_[static_cast<std::size_t>(r)] = static_cast<std::int64_t>(std::floor(low)) - 2;
  }
  return true;
}

template <class Real>
bool knapsack_levels<Real>::fits(const steps& core, const frame& about, std::size_t most_words,
                                 Real most_levels) {
  found_ = false;
  if (!(about.multiplier > 0)) return false;
  std::int64_t best_p = 0;
  std::int64_t best_q = 0;
  Real least_size = std::numeric_limits<Real>::infinity();
  for (std::int64_t q = 1; q <= 4; ++q) {
    const Real near = about.multiplier * static_cast<Real>(q);
    if (!(near < Real{1e6})) break;
    const auto from = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::floor(0.8 * near)));
    const auto to = std::min(from + 24, static_cast<std::int64_t>(std::ceil(1.25 * near)) + 1);
    for (std::int64_t p = from; p <= to; ++p) {
      if (std::gcd(p, q) > 1 || !grade(core, p, q) || !lay_out(core, about, most_words, most_levels))
        continue;
      if (!(full_size_ < least_size)) continue;
      least_size = full_size_;
      best_p = p;
      best_q = q;
    }
  }
  return best_p > 0 && grade(core, best_p, best_q) && lay_out(core, about, most_words, most_levels);
}

/// Adds a row's bits to another, moved up by `shift` places; what leaves the row is dropped.
template <class Real>
void knapsack_levels<Real>::move(word* to, const word* from, std::int64_t shift) const {
  const std::int64_t whole = shift >= 0 ? shift / bits : -((-shift + bits - 1) / bits);
  const std::int64_t rest = shift - whole * bits;
  const std::int64_t begin = std::max<std::int64_t>(0, whole);
  const std::int64_t end = std::min(words_, words_ + whole + 1);
  if (rest == 0) {
    for (std::int64_t w = begin; w < std::min(words_, words_ + whole); ++w) to[w] |= from[w - whole];
    return;
  }
  for (std::int64_t w = begin; w < end; ++w) {
    const std::int64_t f = w - whole;
    const word low = f < words_ ? from[f] << rest : 0;
    const word high = f > 0 ? from[f - 1] >> (bits - rest) : 0;
    to[w] |= low | high;
  }
}

/// The largest use of a row that keeps the limit.
template <class Real>
std::int64_t knapsack_levels<Real>::top(std::int64_t row, const frame& about) const {
  const std::int64_t end = low_[static_cast<std::size_t>(row)] + words_ * bits - 1;
  return about.room < static_cast<Real>(end) ? static_cast<std::int64_t>(std::floor(about.room)) : end;
}

template <class Real>
bool knapsack_levels<Real>::has(const word* stage, const pair& at) const {
  const std::int64_t row = at.level - first_row_;
  if (row < 0 || row >= rows_) return false;
  const std::int64_t bit = at.use - low_[static_cast<std::size_t>(row)];
  if (bit < 0 || bit >= words_ * bits) return false;
  return (stage[row * words_ + bit / bits] >> (bit % bits) & 1U) != 0;
}

/// The cheapest pair of a stage of at most the wanted cost that keeps the limit: for each level the one of
/// the most use.
template <class Real>
std::optional<typename knapsack_levels<Real>::pair> knapsack_levels<Real>::best_pair(
    const word* stage, const frame& about) const {
  std::optional<pair> out;
  Real wanted = about.wanted;
  for (std::int64_t row = 0; row < rows_; ++row) {
    if (!filled_[static_cast<std::size_t>(row)]) continue;
    pair at{first_row_ + row, top(row, about)};
    for (; at.use >= low_[static_cast<std::size_t>(row)]; --at.use) {
      if (!(static_cast<Real>(unit_ * at.level - p_ * at.use) <= wanted * static_cast<Real>(q_))) break;
      if (!has(stage, at)) continue;
      out = at;
      wanted = static_cast<Real>(cost_of(at)) - about.gain;
      break;
    }
  }
  return out;
}

/// Finds the choices that lead to a pair, from the last stage back.
template <class Real>
void knapsack_levels<Real>::trace(const steps& core, std::size_t stage, pair at) {
  const auto size = static_cast<std::size_t>(rows_ * words_);
  place_.assign(core.members().size(), std::uint32_t{keep});
  for (std::size_t t = stage; t > 0; --t) {
    const word* before = stages_.data() + (t - 1) * size;
    if (has(before, at)) continue;
    const auto& c = core.members()[order_[t - 1]];
    for (std::size_t e = c.begin; e < c.end; ++e) {
      const auto& s = core.steps()[e];
      const pair from{at.level - level_[e], at.use - static_cast<std::int64_t>(s.use)};
      if (!has(before, from)) continue;
      place_[order_[t - 1]] = s.place;
      at = from;
      break;
    }
  }
}

template <class Real>
template <class Stop>
bool knapsack_levels<Real>::run(const steps& core, frame about, Stop stop) {
  found_ = complete_ = false;
  const std::size_t count = core.members().size();
  const auto size = static_cast<std::size_t>(rows_ * words_);
  order_.resize(count);
  std::iota(order_.begin(), order_.end(), std::uint32_t{0});
  std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto span = [&](std::uint32_t c) {
      return core.members()[c].least_saving - core.members()[c].best_buy;
    };
    return span(a) < span(b) || (span(a) == span(b) && a < b);
  });
  // No pair of the wanted cost is cheaper than this.
  Real cheapest = std::numeric_limits<Real>::infinity();
  for (std::int64_t row = 0; row < rows_; ++row) {
    const Real top_use = static_cast<Real>(top(row, about));
    if (top_use < static_cast<Real>(low_[static_cast<std::size_t>(row)])) continue;
    const Real at = (static_cast<Real>(unit_ * (first_row_ + row)) - static_cast<Real>(p_) * top_use) /
                    static_cast<Real>(q_);
    cheapest = std::min(cheapest, at);
  }
  stages_.assign(size, 0);
  filled_.assign(static_cast<std::size_t>(rows_), 0);
  filled_[static_cast<std::size_t>(-first_row_)] = 1;
  const std::int64_t origin = -low_[static_cast<std::size_t>(-first_row_)];
  if (origin < 0 || origin >= words_ * bits) return false;
  stages_[static_cast<std::size_t>(-first_row_ * words_ + origin / bits)] = word{1} << (origin % bits);
  for (std::size_t t = 0; t < count && about.wanted >= cheapest; ++t) {
    if (stop(size)) return false;
    stages_.resize((t + 2) * size);
    const word* from = stages_.data() + t * size;
    word* to = stages_.data() + (t + 1) * size;
    std::copy(from, from + size, to);
    const auto& c = core.members()[order_[t]];
    std::vector<char>& filled = filled_;
    const std::vector<char> before = filled;
    for (std::size_t e = c.begin; e < c.end; ++e) {
      const auto use = static_cast<std::int64_t>(core.steps()[e].use);
      for (std::int64_t row = 0; row < rows_; ++row) {
        const std::int64_t next = row + level_[e];
        if (!before[static_cast<std::size_t>(row)] || next < 0 || next >= rows_) continue;
        const std::int64_t shift =
            use + low_[static_cast<std::size_t>(row)] - low_[static_cast<std::size_t>(next)];
        if (shift <= -words_ * bits || shift >= words_ * bits) continue;
        move(to + next * words_, from + row * words_, shift);
        filled[static_cast<std::size_t>(next)] = 1;
      }
    }
    if (const auto at = best_pair(to, about)) {
      found_ = true;
      cost_ = static_cast<Real>(cost_of(*at));
      about.wanted = cost_ - about.gain;
      trace(core, t + 1, *at);
    }
  }
  complete_ = !cut_ || about.wanted < cheapest;
  return true;
}

}  // namespace shoal::assign
