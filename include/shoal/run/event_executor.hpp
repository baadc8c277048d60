// SPDX-License-Identifier: BSL-1.0
/// @file Event executor: asynchronous calls on a scheduler of the caller's, thousands of them on one thread.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include "shoal/infer/async_backend.hpp"
#include "shoal/run/executor.hpp"
#include "shoal/run/job_run.hpp"
#include "shoal/run/membership.hpp"
#include "shoal/run/resilience.hpp"
#include "shoal/run/scheduler.hpp"

namespace shoal::run {

/// Carries out a job on a scheduler that the caller's thread drives meanwhile: real time or virtual, all the
/// same. Combining and solving happen on that thread too. Deadlines are moments of the scheduler's clock.
template <driven_scheduler Scheduler, class Balance = first_usable>
struct event_executor {
  Scheduler* on = nullptr;  ///< outlives every call, those that were given up included
  resilience how{};         ///< its try_timeout is that of the options
  Balance balance{};
  membership* members = nullptr;  ///< who is there, said while the run goes on; outlives it; null: all, always

  /// @param backends  one for each model, in the job's order; they are moved from.
  /// @throws bad_input  when the parts do not fit together, before anything runs.
  template <class Value, observer Observer = no_observer, combiner<Value> Combine = first_answer,
            class Keeper = no_keeper>
  outcomes<Value> operator()(const job& j, infer::async_backends<Value> backends, const options& o = {},
                             Observer&& see = {}, const Combine& combine = {}, Keeper&& keep = {}) const {
    validate(j);
    validate(o);
    validate(how, j.models);
    detail::job_run<Value, Scheduler, Balance, std::remove_reference_t<Observer>, Combine,
                    std::remove_reference_t<Keeper>>
        run(*on, j, std::move(backends), o, how, balance, see, combine, keep, members);
    run.start();
    on->run_until([&] { return run.done(); });
    return run.finish();
  }
};

}  // namespace shoal::run
