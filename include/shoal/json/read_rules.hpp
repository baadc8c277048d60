// SPDX-License-Identifier: BSL-1.0
/// @file Reading the rules of a runtime: limits, queues, retries, hedges and breakers.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

#include "shoal/core/message.hpp"
#include "shoal/json/cursor.hpp"
#include "shoal/run/resilience.hpp"

namespace shoal::json {

namespace detail {

inline double positive(const cursor& at) {
  if (!(at.amount() > 0)) at.refuse_not("a number > 0");
  return at.amount();
}

// The share that a number is, neither 0 nor, where `whole` is false, 1.
inline double inner_share(const cursor& at, bool whole) {
  if (!(at.share() > 0 && (whole || at.share() < 1))) at.refuse_not(whole ? "in (0, 1]" : "in (0, 1)");
  return at.share();
}

inline void read_backoff(const cursor& at, run::full_jitter& out) {
  at.only({"base_s", "cap_s"});
  if (const auto base = at.find("base_s")) out.base_s = positive(*base);
  if (const auto cap = at.find("cap_s")) out.cap_s = positive(*cap);
  if (out.cap_s < out.base_s) at.refuse(message("cap_s ", out.cap_s, " is below base_s ", out.base_s));
}

inline void read_retries(const cursor& at, run::retry_limits& out) {
  at.only({"share", "floor_per_s", "window_s"});
  if (const auto share = at.find("share")) out.share = share->amount();
  if (const auto floor = at.find("floor_per_s")) out.floor_per_s = floor->amount();
  if (const auto window = at.find("window_s")) out.window_s = positive(*window);
}

inline void read_hedge(const cursor& at, run::hedging& out) {
  at.only({"quantile", "most_extra", "least_samples", "least_delay_s"});
  if (const auto quantile = at.find("quantile")) out.quantile = inner_share(*quantile, false);
  if (const auto extra = at.find("most_extra")) out.most_extra = extra->share();
  if (const auto least = at.find("least_samples")) out.least_samples = least->whole(1);
  if (const auto delay = at.find("least_delay_s")) out.least_delay_s = delay->amount();
}

inline void read_breaker(const cursor& at, run::breaker_options& out) {
  at.only({"window_s", "least_calls", "error_share", "in_a_row", "open_s", "most_open_s", "probes"});
  if (const auto window = at.find("window_s")) out.window_s = positive(*window);
  if (const auto least = at.find("least_calls")) out.least_calls = least->whole(1);
  if (const auto share = at.find("error_share")) out.error_share = inner_share(*share, true);
  if (const auto row = at.find("in_a_row")) out.in_a_row = row->whole(1);
  if (const auto open = at.find("open_s")) out.open_s = positive(*open);
  if (const auto most = at.find("most_open_s")) out.most_open_s = positive(*most);
  if (out.most_open_s < out.open_s)
    at.refuse(message("most_open_s ", out.most_open_s, " is below open_s ", out.open_s));
  if (const auto probes = at.find("probes")) out.probes = probes->whole(1);
}

// An object with what differs from the usual; null turns it off.
template <class Options>
void read_or_off(const cursor& rules, std::string_view key, std::optional<Options>& out,
                 void (*read)(const cursor&, Options&)) {
  const auto at = rules.find(key);
  if (!at) return;
  if (at->value().is_null()) {
    out.reset();
  } else {
    read(*at, *out);
  }
}

}  // namespace detail

/// The rules that an object names; what it leaves out stays as it is in `run::resilience`. `concurrency` is
/// one number for all models.
/// @throws value_error
inline run::resilience read_rules(const cursor& at, std::size_t models) {
  run::resilience out;
  at.only({"concurrency", "at_once", "queue", "tries", "try_timeout_s", "backoff", "retries", "hedge",
           "breaker", "patience_s"});
  if (const auto limit = at.find("concurrency")) out.concurrency.assign(models, limit->whole(1));
  if (const auto limit = at.find("at_once")) out.at_once = limit->whole(1);
  if (const auto queue = at.find("queue")) out.queue = queue->whole(0);
  if (const auto tries = at.find("tries")) out.tries = tries->whole(1);
  if (const auto wait = at.find("try_timeout_s")) {
    out.try_timeout = std::chrono::duration<double>(detail::positive(*wait));
  }
  if (const auto backoff = at.find("backoff")) detail::read_backoff(*backoff, out.backoff);
  detail::read_or_off(at, "retries", out.retries, &detail::read_retries);
  detail::read_or_off(at, "hedge", out.hedge, &detail::read_hedge);
  detail::read_or_off(at, "breaker", out.breaker, &detail::read_breaker);
  if (const auto patience = at.find("patience_s")) out.patience_s = patience->amount();
  return out;
}

}  // namespace shoal::json
