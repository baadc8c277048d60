// SPDX-License-Identifier: BSL-1.0
/// @file Record: what came of a simulation, and whether that is what was asked for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/sim/fault.hpp"
#include "shoal/sim/scenario.hpp"

namespace shoal::sim {

/// What came of the orders of one class.
struct class_record {
  std::string name{};
  std::size_t orders = 0;
  std::size_t answered = 0;
  std::size_t given_up = 0;
  double p50_s = 0;
  double p99_s = 0;
};

/// What came of it.
struct simulation_record {
  std::uint64_t digest = 0;  ///< of every event: equal scenarios and seeds give equal digests
  std::uint64_t events = 0;
  std::uint64_t steps = 0;  ///< pieces of work that the scheduler ran
  double virtual_s = 0;
  std::size_t orders = 0;
  std::size_t answered = 0;
  std::size_t given_up = 0;   ///< failed, or not answered in time
  std::size_t cancelled = 0;  ///< by who gave them
  std::uint64_t calls = 0;
  std::uint64_t hedges = 0;
  std::uint64_t retries = 0;  ///< calls after an order's first, hedges aside
  std::uint64_t shed = 0;
  double energy_j = 0;  ///< of the answers
  double spent_j = 0;   ///< of all calls: hedges that lost, tries that failed and late answers included
  double mean_s = 0;    ///< from an order to its answer; likewise below
  double p50_s = 0;
  double p99_s = 0;
  double p999_s = 0;
  double worst_s = 0;
  std::vector<class_record> classes{};  ///< in the order of the scenario's
  std::vector<std::string> findings{};  ///< what should not have happened; empty when all is well
};

/// The demands that a record does not meet: `answered 98.2 % of the orders, wanted 99 %`.
template <class = when_used>
std::vector<std::string> unmet(const demands& wanted, const simulation_record& r) {
  std::vector<std::string> out;
  const auto judged = static_cast<double>(r.answered + r.given_up);
  const double share = judged > 0 ? static_cast<double>(r.answered) / judged : 1;
  if (share < wanted.answered) {
    out.push_back(
        message("answered ", told(100 * share), " % of the orders, wanted ", 100 * wanted.answered, " %"));
  }
  const auto at_most = [&](std::string_view what, double found, double most, std::string_view unit) {
    if (found > most)
      out.push_back(message(what, " ", told(found), ' ', unit, ", wanted at most ", most, ' ', unit));
  };
  at_most("p50", r.p50_s, wanted.p50_s, "s");
  at_most("p99", r.p99_s, wanted.p99_s, "s");
  at_most("p99.9", r.p999_s, wanted.p999_s, "s");
  if (r.answered > 0) {
    at_most("energy for an answer", r.spent_j / static_cast<double>(r.answered), wanted.energy_j, "J");
  }
  return out;
}

namespace detail {

// The value that a share `q` of the sorted values does not exceed; 0 where there are none.
template <class = when_used>
double rank_of(const std::vector<double>& sorted, double q) {
  if (sorted.empty()) return 0;
  const auto at = static_cast<std::size_t>(q * static_cast<double>(sorted.size()));
  return sorted[std::min(sorted.size() - 1, at)];
}

}  // namespace detail

}  // namespace shoal::sim
