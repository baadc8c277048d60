// SPDX-License-Identifier: BSL-1.0
/// @file Comparison: a swarm's plan beside one large model, and the sentence that says which wins at what.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/cost/crossing.hpp"
#include "shoal/cost/growth.hpp"

namespace shoal::cost {

/// What doing the whole task one way takes and gives.
struct estimate {
  std::string name{};   ///< as the sentence calls it, not empty
  double energy_j = 0;  ///< joules, finite, >= 0
  double time_s = 0;    ///< seconds, finite, >= 0
  double quality = 0;   ///< finite, higher is better, by the same rule on both sides
};

/// Who is better at one thing.
enum class winner { swarm, llm, tie };

/// The name as files spell it.
constexpr std::string_view name_of(winner w) {
  return w == winner::swarm ? "swarm" : w == winner::llm ? "llm" : "tie";
}

/// Swarm and large model side by side. Ratios are the swarm's figure over the large model's; empty where the
/// latter is 0.
struct comparison {
  estimate swarm{};
  estimate llm{};
  winner energy = winner::tie;
  winner time = winner::tie;
  winner quality = winner::tie;
  std::optional<double> energy_ratio{};
  std::optional<double> time_ratio{};
  std::optional<double> quality_ratio{};
  std::optional<crossings> growth{};  ///< first: the large model, second: the swarm; where a law is given
  std::string sentence{};             ///< what wins at what, and where they cross; a figure that is 0 on
                                      ///< both sides was not measured, and is left out

  /// Who is better: the one that loses at nothing and wins at something. A tie where each wins at something
  /// (then it is the user's choice), or nobody at anything.
  winner overall() const {
    const auto wins = [&](winner who) { return energy == who || time == who || quality == who; };
    if (wins(winner::swarm) && !wins(winner::llm)) return winner::swarm;
    if (wins(winner::llm) && !wins(winner::swarm)) return winner::llm;
    return winner::tie;
  }
};

/// How the large model's cost grows with the number of subtasks.
struct llm_growth {
  growth law{};  ///< C(n) of the large model, joules
  double subtasks =
      1;          ///< n of the task that was compared, > 0: the swarm's cost is energy_j / subtasks each
  range where{};  ///< numbers of subtasks to look at
};

/// Sets a swarm beside one large model. Figures that differ by less than 1e-9 of the larger are a tie. The
/// swarm's cost grows in proportion to the number of subtasks: it is the sum of its parts.
/// @throws invalid_argument  `large model "llama-70b": energy_j nan is not a finite number >= 0`; and as
///                           `find_crossings` does.
template <class = when_used>
comparison compare(const estimate& swarm, const estimate& llm,
                   const std::optional<llm_growth>& grows = std::nullopt);

namespace detail {

template <class = when_used>
void check(std::string_view side, const estimate& e) {
  const auto refuse = [&](std::string_view what, double value, std::string_view range) {
    throw invalid_argument(message(side, " ", quoted(e.name), ": ", what, " ", value, " is not ", range));
  };
  if (e.name.empty()) throw invalid_argument(message(side, ": its name is empty"));
  if (!(e.energy_j >= 0) || std::isinf(e.energy_j)) refuse("energy_j", e.energy_j, "a finite number >= 0");
  if (!(e.time_s >= 0) || std::isinf(e.time_s)) refuse("time_s", e.time_s, "a finite number >= 0");
  if (!std::isfinite(e.quality)) refuse("quality", e.quality, "finite");
}

// `less` wins when it is smaller by more than rounding.
inline winner lower(double swarm, double llm) {
  const double slack = 1e-9 * std::max(std::abs(swarm), std::abs(llm));
  return swarm < llm - slack ? winner::swarm : llm < swarm - slack ? winner::llm : winner::tie;
}

inline std::optional<double> ratio(double swarm, double llm) {
  return llm != 0 ? std::optional(swarm / llm) : std::nullopt;
}

// Four digits: a sentence is for reading, the figures beside it are exact.
template <class = when_used>
std::string brief(double value) {
  char buffer[32];
  const bool plain = std::abs(value) >= 1e4 && std::abs(value) < 1e7;
  const auto end =
      plain ? std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, 0).ptr
            : std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::general, 4).ptr;
  return std::string(buffer, end);
}

// `16.33 J against 76.5 J (4.685 times less)`.
template <class = when_used>
std::string side_by_side(double swarm, double llm, std::string_view unit, winner who) {
  std::string text = message(brief(swarm), unit, " against ", brief(llm), unit);
  if (who == winner::tie) return text;
  const double small = std::min(swarm, llm);
  const double large = std::max(swarm, llm);
  const std::string_view direction = swarm < llm ? "less" : "more";
  if (!(small > 0)) return text + message(" (", direction, ")");
  return text + message(" (", brief(large / small), " times ", direction, ")");
}

// ` (0.12 lower)`: a difference, since quality may be a score of any scale.
inline std::string gap(double swarm, double llm, winner who) {
  if (who == winner::tie) return "";
  return message(" (", brief(std::abs(swarm - llm)), swarm < llm ? " lower)" : " higher)");
}

// `energy, time and quality`.
template <class = when_used>
std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return text;
}

// Nobody measured a figure that is 0 on both sides.
inline bool measured(double swarm, double llm) { return swarm != 0 || llm != 0; }

template <class = when_used>
std::string verdict(const comparison& c) {
  const auto at = [&](winner who) {
    std::vector<std::string> words;
    if (c.energy == who && measured(c.swarm.energy_j, c.llm.energy_j)) words.emplace_back("energy");
    if (c.time == who && measured(c.swarm.time_s, c.llm.time_s)) words.emplace_back("time");
    if (c.quality == who) words.emplace_back("quality");
    return words;
  };
  const auto won = at(winner::swarm);
  const auto lost = at(winner::llm);
  const auto even = at(winner::tie);
  if (won.empty() && lost.empty()) return "Neither is better at anything.";
  std::string text = "The swarm ";
  if (!won.empty()) text += "wins on " + listed(won);
  if (!won.empty() && !lost.empty()) text += " and ";
  if (!lost.empty()) text += "loses on " + listed(lost);
  if (!even.empty()) text += message("; ", listed(even), even.size() == 1 ? " is" : " are", " equal");
  return text + ".";
}

template <class = when_used>
std::string told(const crossings& c, const comparison& sides, const range& where) {
  const auto cheap = [&](cheaper who) -> std::string {
    if (who == cheaper::neither) return "both cost the same";
    return (who == cheaper::first ? sides.llm.name : sides.swarm.name) + " is cheaper";
  };
  std::string text = "By the growth law " + cheap(c.at_start);
  if (c.points.empty()) {
    return text +
           message(" at every number of subtasks from ", brief(where.from), " to ", brief(where.to), ".");
  }
  for (std::size_t i = 0; i < c.points.size(); ++i) {
    text += message(" up to ", brief(c.points[i].at), i == 0 ? " subtasks" : "", ", then ",
                    cheap(c.points[i].after));
  }
  return text + ".";
}

}  // namespace detail

template <class>
comparison compare(const estimate& swarm, const estimate& llm, const std::optional<llm_growth>& grows) {
  detail::check("swarm", swarm);
  detail::check("large model", llm);
  comparison out{.swarm = swarm, .llm = llm};
  out.energy = detail::lower(swarm.energy_j, llm.energy_j);
  out.time = detail::lower(swarm.time_s, llm.time_s);
  out.quality = detail::lower(-swarm.quality, -llm.quality);
  out.energy_ratio = detail::ratio(swarm.energy_j, llm.energy_j);
  out.time_ratio = detail::ratio(swarm.time_s, llm.time_s);
  out.quality_ratio = detail::ratio(swarm.quality, llm.quality);
  out.sentence = message(swarm.name, " beside ", llm.name, ": ");
  if (detail::measured(swarm.energy_j, llm.energy_j))
    out.sentence += detail::side_by_side(swarm.energy_j, llm.energy_j, " J", out.energy) + ", ";
  if (detail::measured(swarm.time_s, llm.time_s))
    out.sentence += detail::side_by_side(swarm.time_s, llm.time_s, " s", out.time) + ", ";
  out.sentence += message("quality ", detail::brief(swarm.quality), " against ", detail::brief(llm.quality),
                          detail::gap(swarm.quality, llm.quality, out.quality), ". ", detail::verdict(out));
  if (grows) {
    if (!grows->law)
      throw invalid_argument(message("large model ", quoted(llm.name), ": growth law is empty"));
    if (!(grows->subtasks > 0) || std::isinf(grows->subtasks))
      throw invalid_argument(message("subtasks ", grows->subtasks, " is not a finite number > 0"));
    const linear_law parts{.fixed = 0, .each = swarm.energy_j / grows->subtasks};
    out.growth = find_crossings(grows->law, parts, grows->where);
    out.sentence += " " + detail::told(*out.growth, out, grows->where);
  }
  return out;
}

}  // namespace shoal::cost
