// SPDX-License-Identifier: BSL-1.0
/// @file Assessment: the survival of a plan, or of "at least k models", with everything that explains it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/survive/chance.hpp"
#include "shoal/survive/exact.hpp"
#include "shoal/survive/importance.hpp"
#include "shoal/survive/limit_reached.hpp"
#include "shoal/survive/monte_carlo.hpp"
#include "shoal/survive/rare_failure.hpp"
#include "shoal/survive/redundancy.hpp"
#include "shoal/survive/survivors.hpp"
#include "shoal/survive/swarm.hpp"

namespace shoal::survive {

/// How a survival is found.
enum class method {
  automatic,    ///< exact where it gets through within its limit, else sampled from what loses a subtask,
                ///< which is as good for rare failures as for common ones
  exact,        ///< to rounding, or `limit_reached`
  monte_carlo,  ///< seeded simulation, with its standard error
};

/// The method's name as files spell it.
constexpr std::string_view name_of(method m) {
  switch (m) {
    case method::automatic:
      return "automatic";
    case method::exact:
      return "exact";
    case method::monte_carlo:
      return "monte-carlo";
  }
  return "";
}

/// How hard to try.
struct effort {
  survive::method method = survive::method::automatic;
  std::size_t samples = 100'000;  ///< of a simulation, >= 1
  std::uint64_t seed = 0;         ///< of a simulation: equal seeds give equal figures
  std::size_t memory = std::size_t{1}
                       << 22;  ///< numbers that the exact method may remember (4 to 16 bytes each)
};

/// A subtask's own survival, whatever the rest of the plan does.
struct subtask_survival {
  std::string name{};
  chance own{};
};

/// What is known of a survival.
struct report {
  chance whole{};                            ///< of the plan, or of "at least k models"
  survive::method method = method::exact;    ///< the one that was used: `exact` or `monte_carlo`
  std::optional<double> standard_error{};    ///< of `whole`, where it was simulated; never 0
  std::size_t samples = 0;                   ///< simulated missions
  double failure_low = 0;                    ///< the whole's failure is at least this, for certain ...
  double failure_high = 0;                   ///< ... and at most this: from the subtasks' exact figures
  double expected_survivors = 0;             ///< models that are up at the end, on average
  std::vector<subtask_survival> subtasks{};  ///< exact; empty where there is no plan
  ranking importance{};                      ///< of each model and each group; by the same method
};

/// Survival of a plan: each subtask keeps as many of its models as it needs. Models may serve several
/// subtasks, and groups fail as a whole; both are taken into account, so subtasks are not independent.
///
/// The exact method conditions on shared models and groups and solves separately what then shares nothing.
/// Its work grows with the number of ways in which subtasks are entangled, not with their number: a thousand
/// subtasks over private models in ten regions are easy, a hundred over the same forty models are not. The
/// simulation's standard error is that of a count with one more success and one more failure, so that a run
/// without a failure does not pass for a proof; `failure_low` and `failure_high` hold in any case.
/// @throws invalid_argument  when the swarm or the plan is not valid, or `samples` is 0.
/// @throws limit_reached     when `method::exact` is asked for and needs more than `effort.memory`.
/// @complexity exact: exponential at worst, bounded by `effort.memory`; simulation: O(samples x (models +
/// pairs of model and subtask)).
/// @source Esary, Proschan & Walkup 1967, "Association of random variables", Ann. Math. Stat. 38 (the
/// bounds); Laplace's rule of succession (the standard error).
template <class = when_used>
report assess(const swarm& s, std::span<const redundant_subtask> plan, const effort& e = {});

/// Survival of "at least `k` models are up", without a plan; k = 1 is 1 - p^m with unequal p and groups.
/// `automatic` is exact at any size.
/// @throws invalid_argument  when the swarm is not valid, or `samples` is 0.
template <class = when_used>
report assess_at_least(std::size_t k, const swarm& s, const effort& e = {});

namespace detail {

template <class Later = when_used>
void simulate(report& out, const swarm& s, std::span<const redundant_subtask> plan, const effort& e) {
  simulation<Later> missions(plan, s);
  missions.run(e.samples, e.seed);
  const mission_counts& found = missions.counts();
  const auto total = static_cast<double>(found.samples);
  const auto failed = static_cast<double>(found.failed);
  out.method = method::monte_carlo;
  out.samples = found.samples;
  out.whole = chance::of((total - failed) / total, failed / total);
  const double adjusted = (failed + 1) / (total + 2);
  out.standard_error = std::sqrt(adjusted * (1 - adjusted) / total);
  const auto shares = [&](const std::vector<std::size_t>& counts) {
    std::vector<double> share;
    for (const std::size_t c : counts) share.push_back(static_cast<double>(c) / total);
    return share;
  };
  out.importance = rank(s, shares(found.models), shares(found.groups), out.whole.failure);
}

// A part's Birnbaum importance from how often it has failed when the whole has.
template <class = when_used>
double birnbaum_from_share(double share, double part_failure, double whole_failure) {
  if (!(part_failure > 0 && part_failure < 1)) return 0;
  return std::clamp(whole_failure * (share / part_failure - 1) / (1 - part_failure), 0.0, 1.0);
}

template <class = when_used>
void sample(report& out, const swarm& s, std::span<const redundant_subtask> plan, const effort& e) {
  const rare_estimate found = estimate_failure(s, plan, {.samples = e.samples, .seed = e.seed});
  out.method = method::monte_carlo;
  out.samples = e.samples;
  out.whole = chance::of(1 - found.failure, found.failure);
  out.standard_error = found.standard_error;
  std::vector<bool> used(s.models(), false);
  std::vector<bool> used_group(s.groups.size(), false);
  for (const redundant_subtask& part : plan) {
    for (const std::size_t i : part.models) {
      used[i] = true;
      if (s.group_of(i) != no_group) used_group[s.group_of(i)] = true;
    }
  }
  std::vector<double> models(s.models(), 0.0);
  std::vector<double> groups(s.groups.size(), 0.0);
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (used[i]) models[i] = birnbaum_from_share(found.models[i], s.failure[i], found.failure);
  }
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (used_group[g])
      groups[g] = birnbaum_from_share(found.groups[g], s.groups[g].failure_probability, found.failure);
  }
  out.importance = rank(s, models, groups, found.failure);
}

inline void check(const effort& e) {
  if (e.samples == 0) throw invalid_argument("samples 0 is not >= 1");
}

}  // namespace detail

template <class>
report assess(const swarm& s, std::span<const redundant_subtask> plan, const effort& e) {
  validate(s);
  validate(plan, s);
  detail::check(e);
  report out;
  out.expected_survivors = expected_survivors(s);
  chance all{1, 0};  // of all subtasks, if they were independent
  for (const redundant_subtask& part : plan) {
    const chance own = survival_of(part, s);
    out.failure_low = std::max(out.failure_low, own.failure);
    all = chance::of(all.survival * own.survival, all.failure + all.survival * own.failure);
    out.subtasks.push_back({part.name, own});
  }
  out.failure_high = all.failure;
  if (e.method == method::monte_carlo) {
    detail::simulate(out, s, plan, e);
  } else if (const auto found = detail::solve_exactly(plan, s, e.memory)) {
    out.whole = found->whole;
    out.importance = detail::rank(s, found->models, found->groups, out.whole.failure);
  } else if (e.method == method::exact) {
    throw limit_reached(message("exact survival of ", plan.size(), " subtasks over ", s.models(),
                                " models: more than ", e.memory,
                                " numbers to remember; raise effort.memory, or simulate"));
  } else {
    detail::sample(out, s, plan, e);
  }
  return out;
}

template <class>
report assess_at_least(std::size_t k, const swarm& s, const effort& e) {
  detail::check(e);
  report out;
  const chance exact = at_least(k, s);
  out.expected_survivors = expected_survivors(s);
  out.failure_low = exact.failure;
  out.failure_high = exact.failure;
  if (e.method != method::monte_carlo) {
    out.whole = exact;
    out.importance = importance_at_least(k, s);
    return out;
  }
  redundant_subtask any{"", std::vector<std::size_t>(s.models()), k};
  std::iota(any.models.begin(), any.models.end(), std::size_t{0});
  detail::simulate(out, s, std::span(&any, 1), e);
  return out;
}

}  // namespace shoal::survive
