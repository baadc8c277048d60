// SPDX-License-Identifier: BSL-1.0
/// @file Shrinking: the few faults that are enough to make a simulation go wrong.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "shoal/core/message.hpp"
#include "shoal/core/random.hpp"
#include "shoal/sim/fault.hpp"
#include "shoal/sim/simulation.hpp"

namespace shoal::sim {

/// A part of `faults` for which `fails` still holds, and of which no single fault can be left out.
/// @param fails  of a list of faults; deterministic, and true of `faults` itself.
/// @source Zeller & Hildebrandt 2002, "Simplifying and isolating failure-inducing input", IEEE TSE 28(2)
/// (delta debugging).
/// @complexity O(faults^2) calls of `fails` at worst, O(k log faults) where k of them are to blame.
template <class Fault, class Fails>
std::vector<Fault> fewest(std::vector<Fault> faults, Fails fails) {
  if (!faults.empty() && fails(std::vector<Fault>{})) return {};
  std::size_t parts = 2;
  while (faults.size() >= 2) {
    const std::size_t length = (faults.size() + parts - 1) / parts;
    bool smaller = false;
    for (std::size_t from = 0; from < faults.size() && !smaller; from += length) {
      std::vector<Fault> rest;
      for (std::size_t at = 0; at < faults.size(); ++at) {
        if (at < from || at >= from + length) rest.push_back(faults[at]);
      }
      if (!fails(rest)) continue;
      faults = std::move(rest);
      parts = std::max<std::size_t>(parts - 1, 2);
      smaller = true;
    }
    if (smaller) continue;
    if (parts >= faults.size()) break;
    parts = std::min(2 * parts, faults.size());
  }
  return faults;
}

/// A failing simulation, as short as it could be made.
struct failing_story {
  std::uint64_t seed = 0;
  scenario what{};              ///< the scenario, with less time and fewer orders
  std::vector<fault> faults{};  ///< those that are enough
  std::vector<std::string> findings{};

  /// The story, a line for each fault and finding.
  std::string text() const {
    std::string out = message("seed ", seed, ": ", what.orders_per_s, " orders/s for ", told(what.for_s),
                              " s on ", what.models.size(), " models\n");
    for (const fault& f : faults) {
      out += describe(f, [&](std::size_t i) { return what.models[i].name; }) + '\n';
    }
    for (const std::string& f : findings) out += f + '\n';
    return out;
  }
};

/// Shortens a simulation that goes wrong: first its time, then its faults.
/// @param play  `play(scenario, faults)`: the findings of one run; empty when all is well.
/// @pre play(s, faults) finds something
template <class Play>
failing_story shrink(const scenario& s, std::vector<fault> faults, std::uint64_t seed, Play play) {
  failing_story out{seed, s, std::move(faults), {}};
  const auto fails = [&](const scenario& one, const std::vector<fault>& with) {
    return !play(one, with).empty();
  };
  for (int halving = 0; halving < 20; ++halving) {
    scenario shorter = out.what;
    shorter.for_s /= 2;
    std::vector<fault> within = out.faults;
    std::erase_if(within, [&](const fault& f) { return f.at_s > shorter.for_s + shorter.deadline_s; });
    if (!fails(shorter, within)) break;
    out.what = shorter;
    out.faults = std::move(within);
  }
  out.faults =
      fewest(std::move(out.faults), [&](const std::vector<fault>& with) { return fails(out.what, with); });
  out.findings = play(out.what, out.faults);
  return out;
}

}  // namespace shoal::sim
