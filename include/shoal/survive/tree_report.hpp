// SPDX-License-Identifier: BSL-1.0
/// @file What a fault tree says: the exact chance of its top event, and what each basic event means to it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/survive/chance.hpp"
#include "shoal/survive/diagram.hpp"
#include "shoal/survive/fault_tree.hpp"

namespace shoal::survive {

/// What a basic event means to the top event. With F the chance of the top event, q that of the event, F1 and
/// F0 the chance of the top event given that the event occurs, and that it does not:
struct event_importance {
  std::string name{};
  double probability = 0;     ///< q
  double birnbaum = 0;        ///< F1 - F0; negative where the event prevents the top event
  double criticality = 0;     ///< q (F1 - F0) / F: share of F that goes if the event never occurs
  double fussell_vesely = 0;  ///< q F1 / F: P(event | top event), the diagnostic form; 0 when birnbaum is 0
  double achievement_worth = 1;  ///< RAW, F1 / F: how many times worse it gets when the event is certain
  double reduction_worth = 1;    ///< RRW, F / F0: how many times better without it; infinite if F0 is 0
};

/// The exact answer to a fault tree.
struct tree_report {
  chance whole{};                          ///< `failure` is the chance of the top event
  std::vector<event_importance> events{};  ///< in the tree's order; those without influence have birnbaum 0
  std::size_t cells = 0;                   ///< of the diagram: what the answer cost
};

/// Chance of the top event and the derivative of it by the chance of each basic event, from a diagram: one
/// pass up, one pass down. Only terms that are not negative are added on the way up, so that both figures
/// keep their digits down to 1e-300.
struct tree_values {
  chance whole{};
  std::vector<double> birnbaum{};
};

/// @param probability  of each basic event, [0, 1].
/// @throws invalid_argument  when there is not one probability for each event, or one is not in [0, 1].
/// @complexity O(cells) time and memory.
/// @source Dutuit & Rauzy 2001, "Efficient algorithms to assess component and gate importance in fault tree
/// analysis", Reliab. Eng. Syst. Saf. 72.
template <class Index>
tree_values evaluate(const basic_diagram<Index>& d, std::span<const double> probability) {
  if (probability.size() != d.events) {
    throw invalid_argument(
        message("diagram: ", probability.size(), " probabilities for ", d.events, " basic events"));
  }
  for (const double p : probability) detail::check_probability("probability of a basic event", p);
  std::vector<chance> value(d.cells.size());
  value[0] = {0, 1};
  const auto follow = [&](Index edge) {
    const chance c = value[edge >> 1U];
    return (edge & 1U) != 0 ? chance{c.failure, c.survival} : c;
  };
  const auto of_variable = [&](Index variable) {
    return variable < d.events ? chance{1 - probability[variable], probability[variable]}
                               : follow(d.roots[variable - d.events]);
  };
  for (std::size_t i = 1; i < d.cells.size(); ++i) {
    const auto& c = d.cells[i];
    const chance v = of_variable(c.variable);
    const chance high = follow(c.high);
    const chance low = follow(c.low);
    value[i] = {v.failure * high.survival + v.survival * low.survival,
                v.failure * high.failure + v.survival * low.failure};
  }
  tree_values out;
  const chance top = follow(d.roots.back());
  out.whole = chance::of(top.survival, top.failure);
  out.birnbaum.assign(d.events, 0.0);
  std::vector<double> weight(d.cells.size(), 0.0);
  const auto pass = [&](Index edge, double w) { weight[edge >> 1U] += (edge & 1U) != 0 ? -w : w; };
  pass(d.roots.back(), 1);
  for (std::size_t i = d.cells.size(); i-- > 1;) {
    if (weight[i] == 0) continue;
    const auto& c = d.cells[i];
    const chance v = of_variable(c.variable);
    const chance high = follow(c.high);
    const chance low = follow(c.low);
    // The difference of the smaller figures has the more digits.
    const bool rare = high.failure + low.failure < high.survival + low.survival;
    const double change = weight[i] * (rare ? high.failure - low.failure : low.survival - high.survival);
    if (c.variable < d.events) {
      out.birnbaum[c.variable] += change;
    } else {
      pass(d.roots[c.variable - d.events], change);
    }
    pass(c.high, weight[i] * v.failure);
    pass(c.low, weight[i] * v.survival);
  }
  return out;
}

/// The measures of one event from its Birnbaum importance, its own chance and that of the top event.
template <class = when_used>
event_importance measure_event(std::string name, double birnbaum, double probability, double whole) {
  event_importance out{std::move(name), probability, birnbaum};
  if (birnbaum == 0 || !(whole > 0)) return out;
  const double given = std::clamp(whole + (1 - probability) * birnbaum, 0.0, 1.0);
  const double without = whole - probability * birnbaum;
  out.criticality = probability * birnbaum / whole;
  out.fussell_vesely = std::min(probability * given / whole, 1.0);
  out.achievement_worth = given / whole;
  // Nothing but rounding is left of a difference this small.
  constexpr double rounding = 16 * std::numeric_limits<double>::epsilon();
  out.reduction_worth =
      without > rounding * whole ? whole / without : std::numeric_limits<double>::infinity();
  return out;
}

/// Compiles a fault tree and evaluates it: the exact chance of its top event and the importance of all of its
/// basic events.
/// @throws invalid_argument, limit_reached  as `compile` does.
template <class = when_used>
tree_report analyse(const fault_tree& t, const diagram_limits& limits = {}) {
  const diagram d = compile(t, limits);
  std::vector<double> probability;
  for (const basic_event& e : t.events) probability.push_back(e.probability);
  const tree_values found = evaluate(d, std::span<const double>(probability));
  tree_report out;
  out.whole = found.whole;
  out.cells = d.cells.size();
  for (std::size_t e = 0; e < t.events.size(); ++e) {
    out.events.push_back(
        measure_event(t.events[e].name, found.birnbaum[e], probability[e], found.whole.failure));
  }
  return out;
}

}  // namespace shoal::survive
