// SPDX-License-Identifier: BSL-1.0
/// @file Expanding core: the exact search of a multiple-choice knapsack problem around its relaxation.
///
/// A choice outside the base costs more than the base by its reduced cost, once use is priced; what a plan
/// costs more in sum cannot exceed the gap between the best plan and the bound. So few choices of few classes
/// matter. The core takes in the classes whose second choice is cheapest to begin with, runs a dynamic
/// programme over them that drops every state which cannot lead to a better plan, and grows only as long as
/// the gap that is left says that classes outside may matter.
/// @source Pisinger 1995, A minimal algorithm for the multiple-choice knapsack problem, European Journal of
/// Operational Research 83; with reduced costs for the order of growth.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "shoal/assign/choice_table.hpp"
#include "shoal/assign/knapsack_levels.hpp"
#include "shoal/assign/knapsack_relaxation.hpp"
#include "shoal/assign/knapsack_steps.hpp"

namespace shoal::assign {

/// How the engine for multiple-choice knapsack problems works.
template <class Real = double>
struct knapsack_options {
  Real gain = 1;   ///< plans that are better by less are not looked for; 1: every whole number counts, > 0
  Real share = 0;  ///< nor those that are better by less than this share of the cost
  Real multiplier = -1;                  ///< where to begin: that of a like problem; negative: no idea
  std::size_t first_classes = 24;        ///< classes of the first core, > 0
  std::size_t patience = 20'000;         ///< states looked at before levels are tried
  std::size_t level_words = 1U << 25U;   ///< memory for levels, 8 bytes each
  std::size_t most_states = 64'000'000;  ///< memory for states, 8 bytes each
};

/// The search and its memory, which is kept from one problem to the next.
template <class Real = double>
class knapsack_core {
 public:
  /// Improves `chosen`, a plan of value `cost` within the limit, until it is proven the best up to the gain.
  /// @param relaxed  of the same table.
  /// @param stop  called now and then with the states looked at since the last time; true ends the search.
  /// @return true when it is proven.
  template <class Stop>
  bool improve(const choice_table<Real>& table, const knapsack_relaxation<Real>& relaxed,
               std::vector<std::uint32_t>& chosen, Real& cost, const knapsack_options<Real>& how, Stop stop);

 private:
  static constexpr std::uint32_t keep = knapsack_levels<Real>::keep;
  /// Choices of the members so far, summed; of those of equal use only the cheapest is kept.
  struct state {
    Real use = 0;
    Real cost = 0;
    std::uint32_t from = 0;   // trace of the state before
    std::uint32_t place = 0;  // of the last member's choice
  };
  struct trace {
    std::uint32_t from = 0;
    std::uint32_t place = 0;
  };

  using frame = typename knapsack_levels<Real>::frame;
  /// The best plan that a run has found.
  struct find {
    Real cost = 0;  // relative to the base
    std::size_t stage = 0;
    std::uint32_t from = 0;
    std::uint32_t place = 0;
    bool found = false;
  };
  enum class ending { done, tired, stopped };
  void order();
  template <class Stop>
  ending run(const frame& within, Real wanted, std::size_t most_states, std::size_t patience, Stop& stop);
  template <class Stop>
  ending try_levels(const choice_table<Real>& table, const knapsack_relaxation<Real>& relaxed,
                    const frame& about, std::size_t most_words, Stop& stop);
  void merge();
  void write_back_levels(std::vector<std::uint32_t>& chosen, const std::vector<std::uint32_t>& base) const;
  void write_back(std::vector<std::uint32_t>& chosen, const std::vector<std::uint32_t>& base) const;

  knapsack_steps<Real> core_{};
  knapsack_levels<Real> levels_{};
  std::vector<std::uint32_t> by_saving_{};
  std::vector<std::uint32_t> by_buy_{};
  std::vector<std::uint32_t> order_{};
  std::vector<char> placed_{};
  std::vector<Real> saving_left_{};  // over the members from each place in the order on
  std::vector<Real> buy_left_{};
  std::vector<state> states_{};
  std::vector<state> next_{};
  std::vector<state> other_{};
  std::vector<std::size_t> runs_{};
  std::vector<trace> traces_{};
  find best_{};
};

/// Members whose slopes are nearest to the multiplier come first, in turn from either side: what is left is
/// then bounded ever better.
template <class Real>
void knapsack_core<Real>::order() {
  const auto& members = core_.members();
  const std::size_t count = members.size();
  by_saving_.resize(count);
  by_buy_.resize(count);
  for (std::size_t c = 0; c < count; ++c) by_saving_[c] = by_buy_[c] = static_cast<std::uint32_t>(c);
  std::sort(by_saving_.begin(), by_saving_.end(), [&](std::uint32_t a, std::uint32_t b) {
    const Real x = members[a].least_saving;
    const Real y = members[b].least_saving;
    return x < y || (x == y && a < b);
  });
  std::sort(by_buy_.begin(), by_buy_.end(), [&](std::uint32_t a, std::uint32_t b) {
    const Real x = members[a].best_buy;
    const Real y = members[b].best_buy;
    return x > y || (x == y && a < b);
  });
  placed_.assign(count, 0);
  order_.clear();
  for (std::size_t s = 0, b = 0; order_.size() < count;) {
    while (s < count && placed_[by_saving_[s]]) ++s;
    if (s < count) placed_[by_saving_[s]] = 1, order_.push_back(by_saving_[s]);
    while (b < count && placed_[by_buy_[b]]) ++b;
    if (b < count) placed_[by_buy_[b]] = 1, order_.push_back(by_buy_[b]);
  }
  saving_left_.resize(count + 1);
  buy_left_.resize(count + 1);
  saving_left_[count] = std::numeric_limits<Real>::infinity();
  buy_left_[count] = 0;
  for (std::size_t t = count; t-- > 0;) {
    saving_left_[t] = std::min(saving_left_[t + 1], members[order_[t]].least_saving);
    buy_left_[t] = std::max(buy_left_[t + 1], members[order_[t]].best_buy);
  }
}

/// Merges the runs of `next_`, each in growing use and falling cost, into `states_`, the same way.
template <class Real>
void knapsack_core<Real>::merge() {
  while (runs_.size() > 2) {
    other_.clear();
    std::size_t written = 0;
    for (std::size_t r = 0; r + 1 < runs_.size(); r += 2) {
      const std::size_t begin = other_.size();
      std::size_t a = runs_[r];
      const std::size_t a_end = runs_[r + 1];
      std::size_t b = a_end;
      const std::size_t b_end = r + 2 < runs_.size() ? runs_[r + 2] : a_end;
      Real cheapest = std::numeric_limits<Real>::infinity();
      while (a < a_end || b < b_end) {
        const bool first =
            b == b_end || (a < a_end && (next_[a].use < next_[b].use ||
                                         (next_[a].use == next_[b].use && next_[a].cost <= next_[b].cost)));
        const state& s = first ? next_[a++] : next_[b++];
        if (!(s.cost < cheapest)) continue;
        cheapest = s.cost;
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

/// The dynamic programme over the members in their order, from the base. States that cannot lead to a plan of
/// the cost `within` asks for are dropped; any plan of cost `wanted` is kept. It is tired once it has looked
/// at so many states as `patience` says.
template <class Real>
template <class Stop>
typename knapsack_core<Real>::ending knapsack_core<Real>::run(const frame& within, Real wanted,
                                                              std::size_t most_states, std::size_t patience,
                                                              Stop& stop) {
  Real cutoff = within.wanted + within.rounding;
  best_.found = false;
  std::size_t looked = 0;
  traces_.clear();
  traces_.push_back({0, 0});
  states_.clear();
  states_.push_back({0, 0, 0, 0});
  for (std::size_t t = 0; t < order_.size() && !states_.empty(); ++t) {
    const auto& c = core_.members()[order_[t]];
    const Real saving = saving_left_[t + 1];
    const Real buy = buy_left_[t + 1];
    next_.clear();
    runs_.clear();
    for (std::size_t e = c.begin; e <= c.end; ++e) {
      const auto s = e < c.end ? core_.steps()[e] : typename knapsack_steps<Real>::step{0, 0, keep};
      runs_.push_back(next_.size());
      for (const state& from : states_) {
        const Real use = from.use + s.use;
        const Real cost = from.cost + s.cost;
        const Real over = use - within.room;
        if (!(cost + (over > 0 ? saving : buy) * over <= cutoff)) continue;
        if (over <= 0 && cost <= wanted) {
          best_ = {.cost = cost, .stage = t, .from = from.from, .place = s.place, .found = true};
          wanted = cost - within.gain;
          cutoff = std::min(cutoff, wanted + within.rounding);
        }
        next_.push_back({use, cost, from.from, s.place});
      }
      if (runs_.back() == next_.size()) runs_.pop_back();
    }
    if (stop(next_.size())) return ending::stopped;
    looked += next_.size();
    if (looked > patience) return ending::tired;
    runs_.push_back(next_.size());
    if (next_.empty()) {
      states_.clear();
      break;
    }
    merge();
    if (traces_.size() + states_.size() > most_states) return ending::stopped;
    for (state& s : states_) {
      const auto here = static_cast<std::uint32_t>(traces_.size());
      traces_.push_back({s.from, s.place});
      s.from = here;
    }
  }
  return ending::done;
}

/// Takes the plan that `run` found last.
template <class Real>
void knapsack_core<Real>::write_back(std::vector<std::uint32_t>& chosen,
                                     const std::vector<std::uint32_t>& base) const {
  std::copy(base.begin(), base.end(), chosen.begin());
  std::uint32_t place = best_.place;
  std::uint32_t from = best_.from;
  for (std::size_t t = best_.stage + 1; t-- > 0;) {
    const std::uint32_t k = core_.members()[order_[t]].number;
    if (place != keep) chosen[k] = place;
    if (t == 0) break;
    place = traces_[from].place;
    from = traces_[from].from;
  }
}

/// The programme over levels, for plans that are ever further from the bound. It is tired where it would need
/// too much memory.
template <class Real>
template <class Stop>
typename knapsack_core<Real>::ending knapsack_core<Real>::try_levels(const choice_table<Real>& table,
                                                                     const knapsack_relaxation<Real>& relaxed,
                                                                     const frame& about,
                                                                     std::size_t most_words, Stop& stop) {
  for (Real width = 8 * about.gain;; width *= 4) {
    frame within = about;
    within.wanted = std::min(about.wanted, about.least + width);
    core_.gather(table, relaxed, within.wanted - about.least + about.rounding);
    if (!levels_.fits(core_, within, most_words)) return ending::tired;
    if (!levels_.run(core_, within, stop)) return ending::stopped;
    if (levels_.found() || within.wanted >= about.wanted) return ending::done;
  }
}

/// Takes the plan that the programme over levels found.
template <class Real>
void knapsack_core<Real>::write_back_levels(std::vector<std::uint32_t>& chosen,
                                            const std::vector<std::uint32_t>& base) const {
  std::copy(base.begin(), base.end(), chosen.begin());
  for (std::size_t c = 0; c < core_.members().size(); ++c)
    if (levels_.place()[c] != keep) chosen[core_.members()[c].number] = levels_.place()[c];
}

template <class Real>
template <class Stop>
bool knapsack_core<Real>::improve(const choice_table<Real>& table, const knapsack_relaxation<Real>& relaxed,
                                  std::vector<std::uint32_t>& chosen, Real& cost,
                                  const knapsack_options<Real>& how, Stop stop) {
  frame about{.room = table.limit - relaxed.base_use(),
              .multiplier = relaxed.multiplier(),
              .least = relaxed.bound() - relaxed.base_cost(),
              .wanted = cost - relaxed.base_cost() - how.gain,
              .rounding = relaxed.rounding(),
              .gain = how.gain};
  if (about.wanted < about.least) return true;
  core_.measure(table, relaxed);
  std::size_t patience = how.patience;
  for (std::size_t classes = how.first_classes;;) {
    const Real allowed = about.wanted - about.least;
    const Real width = std::min(allowed, core_.width_of(classes));
    core_.gather(table, relaxed, width + about.rounding);
    order();
    frame within = about;
    within.wanted = std::min(about.wanted, about.least + width + about.rounding);
    const ending end = run(within, about.wanted, how.most_states, patience, stop);
    if (best_.found) {
      write_back(chosen, relaxed.base());
      cost = relaxed.base_cost() + best_.cost;
      about.wanted = best_.cost - how.gain;
    }
    if (about.wanted < about.least) return true;
    if (end == ending::stopped) return false;
    if (end == ending::done) {
      if (width >= allowed || about.wanted - about.least < width) return true;
      classes *= 4;
      continue;
    }
    // What prices tell too little about, levels may.
    const ending other = try_levels(table, relaxed, about, how.level_words, stop);
    if (levels_.found()) {
      write_back_levels(chosen, relaxed.base());
      cost = relaxed.base_cost() + levels_.cost();
      about.wanted = levels_.cost() - how.gain;
    }
    if (other != ending::tired) return other == ending::done;
    patience = std::numeric_limits<std::size_t>::max();
  }
}

}  // namespace shoal::assign
