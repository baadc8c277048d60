// SPDX-License-Identifier: BSL-1.0
/// @file Energy meters: what a machine used, shared among the calls that ran on it.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace shoal::run {

/// Anything that counts joules: RAPL, a smart plug, a board's sensor. `m.joules()` is what was used since
/// some moment, growing; empty where it cannot be read just now.
template <class M>
concept energy_meter = std::movable<M> && requires(M& m) {
  { m.joules() } -> std::convertible_to<std::optional<double>>;
};

/// Any meter, its type forgotten; copies read the same one.
class any_meter {
 public:
  template <class Meter>
    requires(!std::is_same_v<Meter, any_meter> && energy_meter<Meter>)
  any_meter(Meter meter)  // NOLINT(google-explicit-constructor)
     
      : read_([m = std::make_shared<Meter>(std::move(meter))]() -> std::optional<double> {
          return m->joules();
        }) {}

  std::optional<double> joules() const { return read_(); }

 private:
  std::function<std::optional<double>()> read_;
};

/// Shares what a meter counts: at every moment evenly among the calls that run. What is used while none runs
/// is nobody's: `idle_j`. The shares and the idle energy add up to what the meter counted.
template <energy_meter Meter>
class energy_shares {
 public:
  /// What a call has to remember.
  struct mark {
    double joules = 0;
  };

  explicit energy_shares(Meter meter) : meter_(std::move(meter)) { last_ = meter_.joules(); }

  /// A call begins.
  mark began() {
    look();
    ++running_;
    return {each_};
  }

  /// The call has ended; its joules. @pre it began, and ends once
  double ended(mark since) {
    look();
    --running_;
    return each_ - since.joules;
  }

  /// Joules that were used while no call ran.
  double idle_j() const { return idle_; }

  Meter& meter() { return meter_; }

 private:
  // Shares what was used since the last look among those that ran since.
  void look() {
    const std::optional<double> now = meter_.joules();
    if (!now) return;  // the next look sees it
    const double used = last_ ? *now - *last_ : 0;
    last_ = now;
    if (running_ > 0) {
      each_ += used / static_cast<double>(running_);
    } else {
      idle_ += used;
    }
  }

  Meter meter_;
  std::optional<double> last_{};
  double each_ = 0;  // joules of a call that has run from the beginning
  double idle_ = 0;
  std::size_t running_ = 0;
};

}  // namespace shoal::run
