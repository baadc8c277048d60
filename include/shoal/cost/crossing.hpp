// SPDX-License-Identifier: BSL-1.0
/// @file Crossing: the numbers of subtasks at which the cheaper of two growth laws changes.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/cost/growth.hpp"

namespace shoal::cost {

/// Which of two is cheaper.
enum class cheaper { first, second, neither };

/// Where to look for crossings.
struct range {
  double from = 1;           ///< subtasks, > 0
  double to = 1e9;           ///< subtasks, > from, finite
  std::size_t steps = 2000;  ///< places looked at, evenly in log n, >= 1
};

/// A point where the cheaper of two laws changes.
struct crossing {
  double at = 0;                     ///< subtasks; rounding away from the true point
  cheaper after = cheaper::neither;  ///< from here on; before it was the other, or they were equal
};

/// Who is cheaper in a range, and where that changes. No crossing: it is the same one all over.
struct crossings {
  cheaper at_start = cheaper::neither;  ///< at the range's first number of subtasks
  std::vector<crossing> points{};       ///< growing

  /// Who is cheaper at the end of the range.
  cheaper at_end() const { return points.empty() ? at_start : points.back().after; }
};

/// Finds where `first` and `second` cross: looks at `steps` + 1 places, and closes in on each change by
/// bisection until no double lies between. Laws need not be smooth, or even continuous: at a jump the
/// crossing is where it jumps. Two crossings between neighbouring places (less than 1.1 percent apart by
/// default) are not seen, nor is a touch without a change.
/// @throws invalid_argument  when the range makes no sense, or a law is not finite in it:
///                           `second growth law at n = 12: nan is not finite`.
/// @complexity O(steps + 64 crossings) calls of each law.
template <growth_law First, growth_law Second>
crossings find_crossings(const First& first, const Second& second, const range& where = {}) {
  if (!(where.from > 0) || std::isinf(where.from))
    throw invalid_argument(message("crossing: from ", where.from, " is not a finite number > 0"));
  if (!(where.to > where.from) || std::isinf(where.to)) {
    throw invalid_argument(
        message("crossing: to ", where.to, " is not a finite number > from, ", where.from));
  }
  if (where.steps == 0) throw invalid_argument("crossing: steps 0 is not >= 1");
  const auto value = [](const char* which, const auto& law, double n) {
    const auto cost = static_cast<double>(law(n));
    if (!std::isfinite(cost))
      throw invalid_argument(message(which, " growth law at n = ", n, ": ", cost, " is not finite"));
    return cost;
  };
  const auto compare = [&](double n) {
    const double a = value("first", first, n);
    const double b = value("second", second, n);
    return a < b ? cheaper::first : b < a ? cheaper::second : cheaper::neither;
  };

  crossings out;
  out.at_start = compare(where.from);
  cheaper now = out.at_start;
  double before = where.from;
  const double log_from = std::log(where.from);
  const double log_step = (std::log(where.to) - log_from) / static_cast<double>(where.steps);
  for (std::size_t i = 1; i <= where.steps; ++i) {
    const double n = i == where.steps ? where.to : std::exp(log_from + log_step * static_cast<double>(i));
    const cheaper here = compare(n);
    // A touch is a change only if the other one is cheaper behind it.
    if (here != cheaper::neither && here != now) {
      double low = before;
      double high = n;
      for (;;) {
        const double middle = low + (high - low) / 2;
        if (!(low < middle && middle < high)) break;
        (compare(middle) == here ? high : low) = middle;
      }
      out.points.push_back({high, here});
      now = here;
    }
    before = n;
  }
  return out;
}

}  // namespace shoal::cost
