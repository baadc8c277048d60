// SPDX-License-Identifier: BSL-1.0
/// @file Metered backends: answers that say what they took, by a meter.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

#include "shoal/infer/backend.hpp"
#include "shoal/infer/request.hpp"
#include "shoal/run/energy_meter.hpp"
#include "shoal/task/answer.hpp"

namespace shoal::run {

/// The shares of one meter, for calls on any threads.
template <energy_meter Meter>
class shared_meter {
 public:
  explicit shared_meter(Meter meter) : shares_(std::move(meter)) {}

  auto began() {
    const std::lock_guard lock(mutex_);
    return shares_.began();
  }
  double ended(typename energy_shares<Meter>::mark since) {
    const std::lock_guard lock(mutex_);
    return shares_.ended(since);
  }
  /// Joules that were used while no call ran.
  double idle_j() const {
    const std::lock_guard lock(mutex_);
    return shares_.idle_j();
  }

 private:
  mutable std::mutex mutex_{};
  energy_shares<Meter> shares_;
};

template <energy_meter Meter>
shared_meter(Meter) -> shared_meter<Meter>;

/// Models `infer::backend`: another one, whose answers carry its share of what the meter counted while it
/// worked. What a backend says of its energy itself is left as it is. All backends that run on what is metered
/// share one meter: `auto meter = std::make_shared<run::shared_meter<run::rapl_meter>>(run::rapl_meter{})`.
template <class Value, energy_meter Meter>
class metered_backend {
 public:
  metered_backend(infer::any_backend<Value> of, std::shared_ptr<shared_meter<Meter>> meter)
      : of_(std::move(of)), meter_(std::move(meter)) {}

  answer<Value> operator()(const infer::request<Value>& r, std::stop_token stop) {
    const auto since = meter_->began();
    try {
      answer<Value> out = of_(r, std::move(stop));
      const double joules = meter_->ended(since);
      if (!(out.used.energy_j > 0)) out.used.energy_j = joules;
      return out;
    } catch (...) {
      meter_->ended(since);
      throw;
    }
  }

 private:
  infer::any_backend<Value> of_;
  std::shared_ptr<shared_meter<Meter>> meter_;
};

}  // namespace shoal::run
