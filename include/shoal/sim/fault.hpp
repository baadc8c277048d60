// SPDX-License-Identifier: BSL-1.0
/// @file Faults: what happens to simulated models, when and for how long, as a list that can be drawn, read,
/// shortened and played again.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/message.hpp"
#include "shoal/core/random.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::sim {

/// What is wrong with a model while a fault lasts.
enum class fault_kind {
  crash,    ///< its process is dead: calls that run fail, new ones are refused
  stall,    ///< it takes calls and answers none
  slow,     ///< calls take `factor` times as long
  wrong,    ///< its answers are not valid
  cut_off,  ///< no message gets through, either way; who asks hears nothing
};

/// The kind's name as files and stories spell it.
constexpr std::string_view name_of(fault_kind k) {
  constexpr std::string_view names[] = {"crash", "stall", "slow", "wrong", "cut off"};
  return names[static_cast<std::size_t>(k)];
}

/// One fault. A region that goes down, or a network that parts, is one fault of several models.
struct fault {
  fault_kind kind = fault_kind::crash;
  std::vector<std::size_t> models{};  ///< growing
  double at_s = 0;                    ///< since the simulation began
  double for_s = 1;
  double factor = 1;  ///< of `slow`
};

/// A number of a story: to the thousandth, which is as much as anyone wants to read.
template <class = when_used>
double told(double value) {
  return std::round(value * 1000) / 1000;
}

/// A fault in words: `at 12.5 s, for 30 s: crash of a, b`.
template <class Names>
std::string describe(const fault& f, const Names& name_of_model) {
  std::string out = message("at ", told(f.at_s), " s, for ", told(f.for_s), " s: ", name_of(f.kind));
  if (f.kind == fault_kind::slow) out += message(" (x ", f.factor, ")");
  for (std::size_t at = 0; at < f.models.size(); ++at) {
    out += message(at == 0 ? " of " : ", ", name_of_model(f.models[at]));
  }
  return out;
}

/// How often faults of one kind come to one model, or to models that share their fate.
struct hazard {
  fault_kind kind = fault_kind::crash;
  std::vector<std::size_t> models{};
  double every_s = 3600;  ///< mean time between the end of one and the start of the next, exponential, > 0
  double for_s = 60;      ///< mean time that one lasts, exponential, > 0
  double factor = 10;     ///< of `slow`
};

/// The faults that hazards bring within so many seconds, by time. Each hazard has a stream of its own: taking
/// one away does not move the others' faults.
/// @complexity O(faults log faults).
template <class = when_used>
std::vector<fault> draw_faults(const std::vector<hazard>& hazards, double within_s, std::uint64_t seed) {
  std::vector<fault> out;
  for (std::size_t h = 0; h < hazards.size(); ++h) {
    random_engine engine(stream_seed(seed, h));
    const auto exponential = [&](double mean) { return -mean * std::log(1 - uniform_01(engine)); };
    for (double at = exponential(hazards[h].every_s); at < within_s;) {
      const double lasts = exponential(hazards[h].for_s);
      out.push_back({hazards[h].kind, hazards[h].models, at, lasts, hazards[h].factor});
      at += lasts + exponential(hazards[h].every_s);
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const fault& a, const fault& b) { return a.at_s < b.at_s; });
  return out;
}

}  // namespace shoal::sim
