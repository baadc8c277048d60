// SPDX-License-Identifier: BSL-1.0
/// @file Balancers by name: for scenarios that come from files.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/random.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/run/balance.hpp"

namespace shoal::sim {

/// One of the balancers of run/balance.hpp, chosen when the program runs. Models `run::balancer`.
struct any_balance {
  std::variant<run::least_expected_finish, run::first_usable, run::round_robin, run::weighted_round_robin,
               run::least_in_flight, run::two_choices, run::by_priority, run::energy_first>
      which{};

  template <class View>
  std::size_t operator()(const View& v, random_engine& engine) {
    return std::visit([&](auto& b) { return b(v, engine); }, which);
  }
};

/// The balancer of that name: `least expected finish`, `first usable`, `round robin`, `weighted round robin`,
/// `least in flight`, `two choices`, `by priority`, `energy first`.
/// @throws invalid_argument  when there is none.
template <class = when_used>
any_balance balance_named(std::string_view name) {
  if (name == "least expected finish") return {run::least_expected_finish{}};
  if (name == "first usable") return {run::first_usable{}};
  if (name == "round robin") return {run::round_robin{}};
  if (name == "weighted round robin") return {run::weighted_round_robin{}};
  if (name == "least in flight") return {run::least_in_flight{}};
  if (name == "two choices") return {run::two_choices{}};
  if (name == "by priority") return {run::by_priority{}};
  if (name == "energy first") return {run::energy_first{}};
  throw invalid_argument(message("there is no balancer ", quoted(name)));
}

}  // namespace shoal::sim
