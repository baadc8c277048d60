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
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "shoal/assign/choice_table.hpp"
#include "shoal/assign/knapsack_levels.hpp"
#include "shoal/assign/knapsack_relaxation.hpp"
#include "shoal/assign/knapsack_states.hpp"
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

  /// Memory that it holds on to, the large part of it.
  std::size_t bytes() const { return states_.bytes() + levels_.bytes(); }

 private:
  using ending = knapsack_search_ending;
  using frame = knapsack_frame<Real>;
  template <class Stop>
  ending try_levels(const choice_table<Real>& table, const knapsack_relaxation<Real>& relaxed, frame& about,
                    std::vector<std::uint32_t>& chosen, std::size_t most_words, Stop& stop);
  void write_levels(std::vector<std::uint32_t>& chosen) const;

  knapsack_steps<Real> core_{};
  knapsack_states<Real> states_{};
  knapsack_levels<Real> levels_{};
};

/// The programme over levels: with few levels for plans that are ever further from the bound, which most
/// often meets the best pair of all; where it does not, with all levels, which proves that there is none
/// better. What is found goes to `chosen` and `about.wanted`. It is tired where it would need too much
/// memory.
template <class Real>
template <class Stop>
knapsack_search_ending knapsack_core<Real>::try_levels(const choice_table<Real>& table,
                                                       const knapsack_relaxation<Real>& relaxed, frame& about,
                                                       std::vector<std::uint32_t>& chosen,
                                                       std::size_t most_words, Stop& stop) {
  constexpr Real few = 24;
  const auto search = [&](const frame& within, Real most_levels) {
    core_.gather(table, relaxed, within.wanted - about.least + about.rounding);
    if (!levels_.fits(core_, within, most_words, most_levels)) return ending::tired;
    const bool done = levels_.run(core_, within, stop);
    if (levels_.found()) {
      std::copy(relaxed.base().begin(), relaxed.base().end(), chosen.begin());
      write_levels(chosen);
      about.wanted = levels_.cost() - about.gain;
    }
    if (!done) return ending::stopped;
    return levels_.complete() ? ending::done : ending::tired;
  };
  for (Real width = 8 * about.gain;; width *= 4) {
    frame within = about;
    within.wanted = std::min(about.wanted, about.least + width);
    const bool widest = within.wanted >= about.wanted;
    const ending end = search(within, few);
    if (end == ending::stopped) return end;
    if (about.wanted < about.least || (end == ending::done && (levels_.found() || widest)))
      return ending::done;
    if (levels_.found() || widest) return search(about, std::numeric_limits<Real>::infinity());
  }
}

/// Writes what the programme over levels chooses other than the base.
template <class Real>
void knapsack_core<Real>::write_levels(std::vector<std::uint32_t>& chosen) const {
  for (std::size_t c = 0; c < core_.members().size(); ++c)
    if (levels_.place()[c] != levels_.keep) chosen[core_.members()[c].number] = levels_.place()[c];
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
    frame within = about;
    within.wanted = std::min(about.wanted, about.least + width + about.rounding);
    const ending end = states_.run(core_, within, about.wanted, patience, how.most_states, stop);
    if (states_.found()) {
      std::copy(relaxed.base().begin(), relaxed.base().end(), chosen.begin());
      states_.write(core_, chosen);
      cost = relaxed.base_cost() + states_.cost();
      about.wanted = states_.cost() - how.gain;
    }
    if (about.wanted < about.least) return true;
    if (end == ending::stopped) return false;
    if (end == ending::done) {
      if (width >= allowed || about.wanted - about.least < width) return true;
      classes *= 4;
      continue;
    }
    // What prices tell too little about, levels may.
    const ending other = try_levels(table, relaxed, about, chosen, how.level_words, stop);
    cost = relaxed.base_cost() + about.wanted + how.gain;
    if (other != ending::tired) return other == ending::done;
    patience = std::numeric_limits<std::size_t>::max();
  }
}

}  // namespace shoal::assign
