// SPDX-License-Identifier: BSL-1.0
/// @file Resilience: how the calls of a fleet are limited, queued, retried, hedged and broken off.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "shoal/core/clock.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/model/descriptor.hpp"
#include "shoal/run/backoff.hpp"
#include "shoal/run/circuit_breaker.hpp"
#include "shoal/run/hedge.hpp"
#include "shoal/run/retry_budget.hpp"

namespace shoal::run {

/// What a dispatcher does with calls. As it stands all of it is on.
struct resilience {
  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

  std::vector<std::size_t> concurrency{};  ///< calls at once on each model, >= 1; empty: one on each
  std::size_t at_once = unlimited;         ///< calls at once on all models together, >= 1
  std::size_t queue = 1024;                ///< orders that may wait at one model; more are shed, by priority
  std::chrono::duration<double> try_timeout = std::chrono::duration<double>::max();  ///< of each call, > 0
  std::size_t tries = 4;                                 ///< failed calls after which an order fails, >= 1
  full_jitter backoff{};                                 ///< before the same model is asked again
  std::optional<retry_limits> retries = retry_limits{};  ///< of all orders together; empty: no limit
  std::optional<hedging> hedge = hedging{};              ///< empty: none
  std::optional<breaker_options> breaker = breaker_options{};  ///< of each model; empty: none
  double patience_s = 10;  ///< an order for which no model is usable waits so long for one, seconds, >= 0
  std::uint64_t seed = 0;  ///< of the waits and of balancers that draw

  /// Each model is asked once; limits and queues alone hold.
  template <class = when_used>
  static resilience none() {
    resilience out;
    out.tries = 1;
    out.retries.reset();
    out.hedge.reset();
    out.breaker.reset();
    out.patience_s = 0;
    return out;
  }
};

/// Refuses figures out of range.
/// @throws invalid_argument  `resilience: tries 0 is not >= 1`.
template <class = when_used>
void validate(const resilience& r, const std::vector<model>& models) {
  if (r.at_once == 0) throw invalid_argument("resilience: at_once 0 is not >= 1");
  if (r.tries == 0) throw invalid_argument("resilience: tries 0 is not >= 1");
  if (!(r.try_timeout.count() > 0)) {
    throw invalid_argument(message("resilience: try_timeout ", r.try_timeout.count(), " s is not > 0"));
  }
  if (!(r.patience_s >= 0)) {
    throw invalid_argument(message("resilience: patience_s ", r.patience_s, " is not >= 0"));
  }
  if (!r.concurrency.empty() && r.concurrency.size() != models.size()) {
    throw invalid_argument(message("concurrency has ", r.concurrency.size(), " entries, but there are ",
                                   models.size(), " models"));
  }
  for (std::size_t i = 0; i < r.concurrency.size(); ++i) {
    if (r.concurrency[i] == 0) {
      throw invalid_argument(message("concurrency of model ", quoted(models[i].name), ": 0 is not >= 1"));
    }
  }
  validate(r.backoff);
  if (r.retries) validate(*r.retries);
  if (r.hedge) validate(*r.hedge);
  if (r.breaker) validate(*r.breaker);
}

}  // namespace shoal::run
