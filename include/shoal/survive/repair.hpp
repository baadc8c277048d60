// SPDX-License-Identifier: BSL-1.0
/// @file Repair: availability, mean times and missions of k-of-n parts that fail and are brought back.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string_view>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/survive/chance.hpp"
#include "shoal/survive/limit_reached.hpp"

namespace shoal::survive {

/// Like parts, each failing at a constant rate while it is up, repaired by crews. The whole is up while at
/// least `needed` parts are. Times may be in any unit, rates in its inverse; hours are usual.
struct repairable {
  std::size_t parts = 1;    ///< n, >= 1
  std::size_t needed = 1;   ///< k, 1 to n
  double failure_rate = 0;  ///< of one part, > 0: 1 / mean time between its failures
  double repair_rate = 0;   ///< of one crew at work, >= 0; 0: nothing is repaired
  std::size_t crews = 0;    ///< parts that are repaired at once; 0: all of them
  double detection = 0;     ///< mean time until a failure is noticed, >= 0; it makes each repair longer
};

/// Mean time until a silent failure is noticed, when a part gives a sign of life every `interval` and is
/// taken for dead `timeout` after its last one: it fails, on average, in the middle between two signs.
/// @throws invalid_argument  unless 0 < interval <= timeout: shorter timeouts take the living for dead.
template <class = when_used>
double detection_delay(double interval, double timeout) {
  if (!(interval > 0 && timeout >= interval && std::isfinite(timeout)))
    throw invalid_argument(message("heartbeat: interval ", interval, " and timeout ", timeout,
                                   " are not 0 < interval <= timeout"));
  return timeout - interval / 2;
}

/// Long-run share of time that the whole is up (`survival`) and down (`failure`). With a detection delay it
/// is exact when all parts can be repaired at once, since then only the mean of the time to repair counts;
/// with fewer crews the delay is taken as the crew's.
/// @throws invalid_argument  when a figure is out of its range; likewise below.
/// @complexity O(n).
/// @source Trivedi 2002, "Probability and Statistics with Reliability, Queuing, and Computer Science
/// Applications", chapter 8; insensitivity: Sevastyanov 1957.
template <class = when_used>
chance steady_availability(const repairable& r);

/// Mean time until the whole is down for the first time, all parts being up at the start; with repair_rate 0
/// that without repair, sum of 1 / (i failure_rate) for i = k..n.
/// @complexity O((n - k)^2).
template <class = when_used>
double mean_time_to_failure(const repairable& r);

/// Mean time that the whole stays down once it is; infinite without repair.
/// @complexity O(n).
template <class = when_used>
double mean_time_to_repair(const repairable& r);

/// Chance that the whole is up at time `t`, all parts being up at 0.
/// @throws limit_reached  when t times the greatest rate is beyond 10^7 and the steady state is not near.
/// @complexity O(n q t), q the greatest total rate, less where the steady state comes first.
/// @source Jensen 1953 (uniformisation); Fox & Glynn 1988, "Computing Poisson probabilities", CACM 31.
template <class = when_used>
chance availability_at(const repairable& r, double t);

/// Chance that the whole is up all the time until `t`, all parts being up at 0.
template <class = when_used>
chance mission(const repairable& r, double t);

namespace detail {

template <class Real>
struct birth_death {
  std::vector<Real> up{};    // rate from j to j + 1 failed parts, j = 0..n-1
  std::vector<Real> back{};  // rate from j + 1 to j
  std::size_t fatal = 0;     // failed parts that bring the whole down

  explicit birth_death(const repairable& r) {
    const auto refuse = [](std::string_view what, double value, std::string_view range) {
      throw invalid_argument(message("repairable: ", what, " ", value, " is not ", range));
    };
    if (r.parts == 0) refuse("parts", 0, ">= 1");
    if (r.needed == 0 || r.needed > r.parts)
      throw invalid_argument(message("repairable: needed ", r.needed, " is not 1 to ", r.parts));
    if (!(r.failure_rate > 0 && std::isfinite(r.failure_rate))) refuse("failure_rate", r.failure_rate, "> 0");
    if (!(r.repair_rate >= 0 && std::isfinite(r.repair_rate))) refuse("repair_rate", r.repair_rate, ">= 0");
    if (!(r.detection >= 0 && std::isfinite(r.detection))) refuse("detection", r.detection, ">= 0");
    const Real crew = r.repair_rate > 0 ? 1 / (1 / r.repair_rate + r.detection) : 0;
    const std::size_t crews = r.crews == 0 ? r.parts : r.crews;
    for (std::size_t j = 0; j < r.parts; ++j) {
      up.push_back(static_cast<Real>(r.parts - j) * r.failure_rate);
      back.push_back(static_cast<Real>(std::min(j + 1, crews)) * crew);
    }
    fatal = r.parts - r.needed + 1;
  }

  // Long-run weights of the states, up to a common factor.
  std::vector<Real> weights() const {
    std::vector<Real> w(up.size() + 1, 0);
    w[0] = 1;
    for (std::size_t j = 0; j < up.size(); ++j) {
      w[j + 1] = w[j] * up[j] / back[j];
      if (w[j + 1] > 1e200) {
        for (std::size_t i = 0; i <= j + 1; ++i) w[i] *= 1e-200;
      }
    }
    return w;
  }
};

// No jump changes the chances any more.
template <class Real>
bool settled(const std::vector<Real>& now, const std::vector<Real>& before) {
  for (std::size_t j = 0; j < now.size(); ++j) {
    if (std::abs(now[j] - before[j]) > 1e-16 * now[j]) return false;
  }
  return true;
}

// Chances of the states at time t. Only sums and products of numbers that are not negative occur.
template <class Real>
chance uniformised(const birth_death<Real>& chain, Real t, bool absorbing) {
  const std::size_t states = absorbing ? chain.fatal + 1 : chain.up.size() + 1;
  Real fastest = 0;
  for (std::size_t j = 0; j < states; ++j) {
    const Real out = (j + 1 < states ? chain.up[j] : 0) + (j > 0 ? chain.back[j - 1] : 0);
    fastest = std::max(fastest, out);
  }
  const Real mean = fastest * t;
  std::vector<Real> now(states, 0);
  std::vector<Real> next(states, 0);
  std::vector<Real> sum(states, 0);
  now[0] = 1;
  const auto step = [&] {
    for (std::size_t j = 0; j < states; ++j) {
      const bool stays = absorbing && j + 1 == states;
      const Real worse = j + 1 < states ? chain.up[j] : 0;
      const Real better = j > 0 && !stays ? chain.back[j - 1] : 0;
      next[j] = now[j] * std::max<Real>(0, 1 - (worse + better) / fastest);
      if (j > 0) next[j] += now[j - 1] * (chain.up[j - 1] / fastest);
      if (j + 1 < states && !(absorbing && j + 2 == states))
        next[j] += now[j + 1] * (chain.back[j] / fastest);
    }
    now.swap(next);
  };
  // Weights of the number of jumps relative to the likeliest number, so that none under- or overflows; those
  // under 1e-280 are left out on both sides.
  Real first = std::floor(mean);
  Real weight = 1;
  for (; first > 0 && weight > 1e-280; --first) weight *= first / mean;
  constexpr Real most = 1e7;
  bool steady = false;
  Real k = 0;
  for (; k < first && !steady; ++k) {
    if (k > most) throw limit_reached(message("repairable: time ", t, " spans more than ", most, " jumps"));
    step();
    steady = !absorbing && static_cast<std::size_t>(k) % 64 == 0 && settled(now, next);
  }
  Real total = steady ? 1 : 0;
  if (steady) sum = now;
  for (; !steady; ++k) {
    total += weight;
    for (std::size_t j = 0; j < states; ++j) sum[j] += weight * now[j];
    if (k > mean && weight < 1e-30 * total) break;
    weight *= mean / (k + 1);
    step();
  }
  Real good = 0;
  Real bad = 0;
  for (std::size_t j = 0; j < states; ++j) (j < chain.fatal ? good : bad) += sum[j] / total;
  return chance::of(good, bad);
}

template <class = when_used>
void check_time(double t) {
  if (!(t >= 0 && std::isfinite(t))) throw invalid_argument(message("time ", t, " is not >= 0"));
}

}  // namespace detail

template <class>
chance steady_availability(const repairable& r) {
  const detail::birth_death<double> chain(r);
  if (r.repair_rate == 0) return {0, 1};
  double good = 0;
  double bad = 0;
  const auto weights = chain.weights();
  for (std::size_t j = 0; j < weights.size(); ++j) (j < chain.fatal ? good : bad) += weights[j];
  return chance::of(good / (good + bad), bad / (good + bad));
}

template <class>
double mean_time_to_failure(const repairable& r) {
  const detail::birth_death<double> chain(r);
  // From j to j + 1 failed parts it takes, on average, 1 / up[j] and back[j-1] / up[j] ways round by j - 1.
  double step = 0;
  double sum = 0;
  for (std::size_t j = 0; j < chain.fatal; ++j) {
    step = 1 / chain.up[j] + (j > 0 ? chain.back[j - 1] / chain.up[j] * step : 0);
    sum += step;
  }
  return sum;
}

template <class>
double mean_time_to_repair(const repairable& r) {
  const detail::birth_death<double> chain(r);
  if (r.repair_rate == 0) return std::numeric_limits<double>::infinity();
  // From j + 1 to j failed parts, from the worst state down.
  double step = 0;
  for (std::size_t j = chain.up.size(); j-- + 1 > chain.fatal;)
    step = 1 / chain.back[j] + (j + 1 < chain.up.size() ? chain.up[j + 1] / chain.back[j] * step : 0);
  return step;
}

template <class>
chance availability_at(const repairable& r, double t) {
  detail::check_time(t);
  return detail::uniformised(detail::birth_death<double>(r), t, false);
}

template <class>
chance mission(const repairable& r, double t) {
  detail::check_time(t);
  return detail::uniformised(detail::birth_death<double>(r), t, true);
}

}  // namespace shoal::survive
