// SPDX-License-Identifier: BSL-1.0
/// @file Dynamic programme over states (use, cost), the cheapest of each use, cut off by bounds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "shoal/assign/knapsack_steps.hpp"

namespace shoal::assign {

/// How a search over a core ended.
enum class knapsack_search_ending {
  done,     ///< nothing that was looked for has been missed
  tired,    ///< it took more than it was given
  stopped,  ///< it was told to stop, or ran out of memory
};

/// The programme and its memory. Classes that differ in nothing are taken at once: what counts is how many of
/// them take each step.
/// @source Pisinger 1995, European Journal of Operational Research 83, for states as sorted lists and for the
/// order of the classes.
template <class Real = double>
class knapsack_states {
 public:
  using steps = knapsack_steps<Real>;
  using frame = knapsack_frame<Real>;

  /// Looks for the cheapest plan of cost `wanted` or less. States that cannot lead to a plan of the cost that
  /// `within` asks for, which is no more, are dropped.
  /// @param patience  states that may be looked at. @param most  states that may be kept.
  template <class Stop>
  knapsack_search_ending run(const steps& core, const frame& within, Real wanted, std::size_t patience,
                             std::size_t most, Stop& stop);

  bool found() const { return found_; }
  Real cost() const { return cost_; }  ///< relative to the base
  /// Memory that it holds on to, the large part of it.
  std::size_t bytes() const {
    return (states_.capacity() + next_.capacity() + other_.capacity() + chain_.capacity()) * sizeof(state) +
           traces_.capacity() * sizeof(trace);
  }
  /// Writes what the plan that was found chooses other than the base.
  void write(const steps& core, std::vector<std::uint32_t>& chosen);

 private:
  static constexpr std::uint32_t nothing = std::numeric_limits<std::uint32_t>::max();
  /// Choices so far, summed.
  struct state {
    Real use = 0;
    Real cost = 0;
    std::uint32_t from = 0;   // trace of the state before
    std::uint32_t step = 0;   // taken since
    std::uint32_t times = 0;  // by so many classes
    std::uint32_t left = 0;   // so many classes of the group have not moved
  };
  struct trace {
    std::uint32_t from = 0;
    std::uint32_t step = nothing;
    std::uint32_t times = 0;
  };
  /// What the members that are left can do for a state.
  struct rest {
    Real saving = std::numeric_limits<Real>::infinity();  // the least cost of a unit of use given back
    Real buy = 0;                                         // the most that a further unit saves
  };

  void order(const steps& core);
  static void count_in(rest& r, const typename steps::step& s, Real multiplier);
  bool hopeful(const state& s, const rest& r) const {
    const Real over = s.use - room_;
    return s.cost + (over > 0 ? r.saving : r.buy) * over <= cutoff_;
  }
  void offer(const state& s);
  void move_once(const steps& core, const typename steps::group& g, const rest& after);
  template <class Stop>
  bool move_many(const steps& core, const typename steps::group& g, const rest& after, const frame& within,
                 std::size_t patience, Stop& stop);
  void merge();
  void keep_traces();

  std::vector<std::uint32_t> by_saving_{};
  std::vector<std::uint32_t> by_buy_{};
  std::vector<std::uint32_t> order_{};  // of the groups
  std::vector<char> placed_{};
  std::vector<rest> rest_{};  // from each place in the order on
  std::vector<state> states_{};
  std::vector<state> next_{};
  std::vector<state> other_{};
  std::vector<state> chain_{};
  std::vector<std::size_t> runs_{};
  std::vector<std::uint32_t> ranked_{};
  std::vector<std::uint32_t> moved_{};
  std::vector<trace> traces_{};
  Real room_ = 0;
  Real cutoff_ = 0;  // states that lead to more are dropped
  Real wanted_ = 0;
  Real gain_ = 1;
  Real rounding_ = 0;
  std::size_t looked_ = 0;
  bool found_ = false;
  Real cost_ = 0;
  state best_{};
};

/// Groups whose slopes are nearest to the multiplier come first, in turn from either side: what is left is
/// then bounded ever better.
template <class Real>
void knapsack_states<Real>::order(const steps& core) {
  const auto& groups = core.groups();
  const std::size_t count = groups.size();
  const auto member = [&](std::uint32_t g) -> const auto& {
    return core.members()[core.same()[groups[g].begin]];
  };
  by_saving_.resize(count);
  by_buy_.resize(count);
  for (std::size_t g = 0; g < count; ++g) by_saving_[g] = by_buy_[g] = static_cast<std::uint32_t>(g);
  std::sort(by_saving_.begin(), by_saving_.end(), [&](std::uint32_t a, std::uint32_t b) {
    const Real x = member(a).least_saving;
    const Real y = member(b).least_saving;
    return x < y || (x == y && a < b);
  });
  std::sort(by_buy_.begin(), by_buy_.end(), [&](std::uint32_t a, std::uint32_t b) {
    const Real x = member(a).best_buy;
    const Real y = member(b).best_buy;
    return x > y || (x == y && a < b);
  });
  placed_.assign(count, 0);
  order_.clear();
  const auto place = [&](const std::vector<std::uint32_t>& by, std::size_t& at) {
    while (at < count && placed_[by[at]]) ++at;
    if (at == count) return;
    placed_[by[at]] = 1;
    order_.push_back(by[at]);
  };
  for (std::size_t s = 0, b = 0; order_.size() < count;) {
    place(by_saving_, s);
    place(by_buy_, b);
  }
  rest_.resize(count + 1);
  rest_[count] = {};
  for (std::size_t t = count; t-- > 0;) {
    rest_[t].saving = std::min(rest_[t + 1].saving, member(order_[t]).least_saving);
    rest_[t].buy = std::max(rest_[t + 1].buy, member(order_[t]).best_buy);
  }
}

template <class Real>
void knapsack_states<Real>::count_in(rest& r, const typename steps::step& s, Real multiplier) {
  if (s.use < 0) r.saving = std::min(r.saving, std::max(multiplier, s.cost / -s.use));
  if (s.use > 0) r.buy = std::max(r.buy, std::min(multiplier, -s.cost / s.use));
}

/// Takes a state for a plan, with all further classes at the base.
template <class Real>
void knapsack_states<Real>::offer(const state& s) {
  if (!(s.use <= room_ && s.cost <= wanted_)) return;
  found_ = true;
  best_ = s;
  cost_ = s.cost;
  wanted_ = s.cost - gain_;
  cutoff_ = std::min(cutoff_, wanted_ + rounding_);
}

/// One class takes each of its choices from each state.
template <class Real>
void knapsack_states<Real>::move_once(const steps& core, const typename steps::group& g, const rest& after) {
  const auto& c = core.members()[core.same()[g.begin]];
  next_.clear();
  runs_.clear();
  for (std::uint32_t e = c.begin; e <= c.end; ++e) {
    const bool base = e == c.end;
    const typename steps::step s = base ? typename steps::step{} : core.steps()[e];
    runs_.push_back(next_.size());
    for (const state& from : states_) {
      const state to{from.use + s.use, from.cost + s.cost, from.from, base ? nothing : e, 1, 0};
      if (!hopeful(to, after)) continue;
      offer(to);
      next_.push_back(to);
    }
    if (runs_.back() == next_.size()) runs_.pop_back();
  }
  looked_ += next_.size();
  merge();
  keep_traces();
}

/// Any number of the group's classes take each of the choices in turn, as many as have not moved.
/// @return false when it was stopped or tired.
template <class Real>
template <class Stop>
bool knapsack_states<Real>::move_many(const steps& core, const typename steps::group& g, const rest& after,
                                      const frame& within, std::size_t patience, Stop& stop) {
  const auto& c = core.members()[core.same()[g.begin]];
  const auto price = [&](std::uint32_t e) {
    return core.steps()[e].cost + within.multiplier * core.steps()[e].use;
  };
  ranked_.clear();
  for (std::uint32_t e = c.begin; e < c.end; ++e) ranked_.push_back(e);
  std::sort(ranked_.begin(), ranked_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return price(a) < price(b) || (price(a) == price(b) && a < b);
  });
  for (state& s : states_) s.left = g.end - g.begin;
  for (std::size_t r = 0; r < ranked_.size() && !states_.empty(); ++r) {
    rest then = after;
    for (std::size_t later = r + 1; later < ranked_.size(); ++later)
      count_in(then, core.steps()[ranked_[later]], within.multiplier);
    rest now = then;
    count_in(now, core.steps()[ranked_[r]], within.multiplier);
    // The gap allows so many moves of a later kind, whatever the number of classes.
    const bool last = r + 1 == ranked_.size();
    const Real next_price = last ? Real{1} : std::max(price(ranked_[r + 1]), Real{1e-300});
    const Real moves = std::max(Real{0}, cutoff_ - within.least + rounding_) / next_price;
    const bool many = !(moves < Real{1e9});
    const std::uint32_t most_left = last ? 0 : many ? nothing : static_cast<std::uint32_t>(moves) + 1;
    next_.clear();
    runs_.clear();
    chain_ = states_;
    for (state& s : chain_) s.step = nothing, s.times = 0;
    while (!chain_.empty()) {
      looked_ += chain_.size();
      if (looked_ > patience || stop(chain_.size())) return false;
      runs_.push_back(next_.size());
      for (const state& s : chain_) {
        if (!hopeful(s, then)) continue;
        next_.push_back(s);
        next_.back().left = std::min(s.left, most_left);
      }
      if (runs_.back() == next_.size()) runs_.pop_back();
      std::size_t kept = 0;
      for (const state& s : chain_) {
        if (s.left == 0) continue;
        const auto& step = core.steps()[ranked_[r]];
        const state to{s.use + step.use, s.cost + step.cost, s.from, ranked_[r], s.times + 1, s.left - 1};
        if (!hopeful(to, now)) continue;
        offer(to);
        chain_[kept++] = to;
      }
      chain_.resize(kept);
    }
    merge();
    keep_traces();
  }
  return true;
}

/// Merges the runs of `next_`, each in growing use, into `states_`, the same way. A state stays where it is
/// cheaper than all of less use, or has more classes left than the cheapest of them.
template <class Real>
void knapsack_states<Real>::merge() {
  if (next_.empty()) runs_.clear();
  runs_.push_back(next_.size());
  bool once = runs_.size() == 2;  // a single run is looked through too
  while (runs_.size() > 2 || once) {
    once = false;
    other_.clear();
    std::size_t written = 0;
    for (std::size_t r = 0; r + 1 < runs_.size(); r += 2) {
      const std::size_t begin = other_.size();
      std::size_t a = runs_[r];
      const std::size_t a_end = runs_[r + 1];
      std::size_t b = a_end;
      const std::size_t b_end = r + 2 < runs_.size() ? runs_[r + 2] : a_end;
      Real cheapest = std::numeric_limits<Real>::infinity();
      std::uint32_t left = 0;
      while (a < a_end || b < b_end) {
        const bool first =
            b == b_end || (a < a_end && (next_[a].use < next_[b].use ||
                                         (next_[a].use == next_[b].use && next_[a].cost <= next_[b].cost)));
        const state& s = first ? next_[a++] : next_[b++];
        if (s.cost < cheapest) {
          cheapest = s.cost;
          left = s.left;
        } else if (s.left <= left) {
          continue;
        }
        other_.push_back(s);
      }
      runs_[written++] = begin;
    }
    runs_.resize(written);
    runs_.push_back(other_.size());
    next_.swap(other_);
  }
  states_.swap(next_);
}

/// Remembers how each state came about.
template <class Real>
void knapsack_states<Real>::keep_traces() {
  for (state& s : states_) {
    if (s.step == nothing) continue;
    traces_.push_back({s.from, s.step, s.times});
    s.from = static_cast<std::uint32_t>(traces_.size() - 1);
  }
}

template <class Real>
template <class Stop>
knapsack_search_ending knapsack_states<Real>::run(const steps& core, const frame& within, Real wanted,
                                                  std::size_t patience, std::size_t most, Stop& stop) {
  order(core);
  found_ = false;
  room_ = within.room;
  gain_ = within.gain;
  rounding_ = within.rounding;
  wanted_ = wanted;
  cutoff_ = within.wanted + within.rounding;
  looked_ = 0;
  traces_.assign(1, trace{});
  states_.assign(1, state{0, 0, 0, nothing, 0, 0});
  for (std::size_t t = 0; t < order_.size() && !states_.empty(); ++t) {
    const auto& g = core.groups()[order_[t]];
    if (g.end - g.begin == 1) {
      const std::size_t before = looked_;
      move_once(core, g, rest_[t + 1]);
      if (stop(looked_ - before)) return knapsack_search_ending::stopped;
    } else if (!move_many(core, g, rest_[t + 1], within, patience, stop) && looked_ <= patience) {
      return knapsack_search_ending::stopped;
    }
    if (looked_ > patience) return knapsack_search_ending::tired;
    if (traces_.size() > most) return knapsack_search_ending::stopped;
  }
  return knapsack_search_ending::done;
}

template <class Real>
void knapsack_states<Real>::write(const steps& core, std::vector<std::uint32_t>& chosen) {
  moved_.assign(core.groups().size(), 0);
  trace at{best_.from, best_.step, best_.times};
  for (;;) {
    if (at.step != nothing) {
      const std::uint32_t g = core.group_of(at.step);
      const std::uint32_t begin = core.groups()[g].begin;
      const std::uint32_t first = core.members()[core.same()[begin]].begin;
      for (std::uint32_t c = 0; c < at.times; ++c) {
        const auto& member = core.members()[core.same()[begin + moved_[g]++]];
        chosen[member.number] = core.steps()[member.begin + (at.step - first)].place;
      }
    }
    if (at.from == 0) return;
    at = traces_[at.from];
  }
}

}  // namespace shoal::assign
