// SPDX-License-Identifier: BSL-1.0
/// @file Behaviour: how long a simulated model takes, what it uses, and how often it misbehaves by itself.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/random.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::sim {

/// A positive figure that varies: log-normal, or drawn from what was seen.
struct spread {
  double median = 1;           ///< > 0; joules may be 0
  double sigma = 0;            ///< standard deviation of its logarithm, >= 0; 0: always the median
  std::vector<double> seen{};  ///< where there are any, each as likely as the others, and all else is ignored

  /// @complexity O(1).
  double operator()(random_engine& engine) const {
    if (!seen.empty()) return seen[static_cast<std::size_t>(uniform_below(engine, seen.size()))];
    if (sigma == 0) return median;
    // Box and Muller; 1 - u is never 0.
    constexpr double pi = 3.14159265358979323846;
    const double radius = std::sqrt(-2 * std::log(1 - uniform_01(engine)));
    return median * std::exp(sigma * radius * std::cos(2 * pi * uniform_01(engine)));
  }
};

/// One simulated model. Chances are of each call, independent of all others.
struct behaviour {
  spread time_s{};
  spread energy_j{};
  double refuses = 0;  ///< chance that it fails at once
  double stalls = 0;   ///< chance that it never answers
  double drags = 0;    ///< chance that a call takes `drag` times as long
  double drag = 100;   ///< >= 1
  double wrong = 0;    ///< chance of an answer that is not valid
  double deaf = 0;     ///< chance that it works on, and answers, after it was told to stop
  double loses = 0;    ///< chance that request or reply is lost on the way
  double mttf_s = std::numeric_limits<double>::infinity();  ///< mean time to a crash, exponential, > 0
  double mttr_s = 60;                                       ///< mean time until it is back, exponential, > 0
};

/// Refuses figures out of range.
/// @throws invalid_argument  `model "a": stalls 1.5 is not in [0, 1]`.
template <class = when_used>
void validate(const behaviour& b, std::string_view name) {
  const auto refuse = [&](std::string_view what, double value, std::string_view range) {
    throw invalid_argument(message("model ", quoted(name), ": ", what, " ", value, " is not ", range));
  };
  const auto chance = [&](std::string_view what, double value) {
    if (!(value >= 0 && value <= 1)) refuse(what, value, "in [0, 1]");
  };
  const auto figure = [&](std::string_view what, const spread& s) {
    constexpr double most = std::numeric_limits<double>::max();
    const bool joules = what == "energy_j";
    if (!((joules ? s.median >= 0 : s.median > 0) && s.median <= most)) {
      refuse(what, s.median, joules ? "a finite number >= 0" : "a finite number > 0");
    }
    if (!(s.sigma >= 0 && s.sigma <= 10)) refuse(message(what, " sigma"), s.sigma, "in [0, 10]");
    for (const double x : s.seen)
      if (!(x >= 0 && x <= most)) refuse(message(what, " seen"), x, "a finite number >= 0");
  };
  figure("time_s", b.time_s);
  figure("energy_j", b.energy_j);
  chance("refuses", b.refuses);
  chance("stalls", b.stalls);
  chance("drags", b.drags);
  chance("wrong", b.wrong);
  chance("deaf", b.deaf);
  chance("loses", b.loses);
  if (!(b.drag >= 1)) refuse("drag", b.drag, ">= 1");
  if (!(b.mttf_s > 0)) refuse("mttf_s", b.mttf_s, "> 0");
  if (!(b.mttr_s > 0)) refuse("mttr_s", b.mttr_s, "> 0");
}

}  // namespace shoal::sim
