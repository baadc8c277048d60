// SPDX-License-Identifier: BSL-1.0
/// @file Thread-pool executor: blocking calls side by side, a bounded number on each model.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/run/blocking_pool.hpp"
#include "shoal/run/event_loop.hpp"
#include "shoal/run/executor.hpp"
#include "shoal/run/job_run.hpp"
#include "shoal/run/membership.hpp"
#include "shoal/run/resilience.hpp"

namespace shoal::run {

/// Makes calls on a pool of threads that lasts as long as the run. A call that outlasts its time-out, the
/// deadline or a stop request is given up at once, and its stop token fires: its subtask goes on elsewhere,
/// and its late answer is dropped. The thread itself cannot be taken away: a backend that ignores its stop
/// token keeps its model's place, and `operator()` returns only when it has returned.
///
/// As it stands each model of the plan is asked once, and what failed is the replanner's business; `how` adds
/// retries, hedges, breakers and queues.
template <class Balance = first_usable>
struct basic_thread_pool_executor {
  std::size_t threads = 0;  ///< at most so many; 0: as many as calls may run at once, at most 64
  std::vector<std::size_t> concurrency{};  ///< calls at once on each model, >= 1; empty: one on each
  resilience how = resilience::none();     ///< its concurrency, at_once and try_timeout are set from here
  Balance balance{};
  membership* members = nullptr;  ///< who is there, said while the run goes on; outlives it; null: all, always

  /// @param backends  one for each model, in the job's order.
  /// @param combine   is called on a thread of the pool, one call at a time for each subtask.
  /// @throws bad_input  when the parts do not fit together, before anything runs.
  template <class Value, observer Observer = no_observer, combiner<Value> Combine = first_answer,
            class Keeper = no_keeper>
  outcomes<Value> operator()(const job& j, const infer::backends<Value>& backends, const options& o = {},
                             Observer&& see = {}, const Combine& combine = {}, Keeper&& keep = {}) const {
    detail::check_run(j, backends, o);
    resilience limited = how;
    limited.concurrency = concurrency;
    validate(limited, j.models);
    constexpr std::size_t most = 64;
    std::size_t places = concurrency.empty() ? j.models.size() : 0;
    for (const std::size_t c : concurrency) places += std::min(c, most);
    limited.at_once = threads > 0 ? threads : std::min(places, most);
    limited.queue = resilience::unlimited;

    event_loop loop;
    blocking_pool calls(limited.at_once);
    blocking_pool thoughts(1);  // what is not a call: solving, combining
    infer::async_backends<Value> pooled;
    for (const auto& b : backends) pooled.emplace_back(pooled_backend<Value>(b, calls));
    detail::job_run<Value, event_loop, Balance, std::remove_reference_t<Observer>, Combine,
                    std::remove_reference_t<Keeper>>
        run(loop, j, std::move(pooled), o, std::move(limited), balance, see, combine, keep, members,
            [&](work w) { thoughts.give(std::move(w)); });
    run.start();
    loop.run_until([&] { return run.done(); });
    return run.finish();
  }
};

using thread_pool_executor = basic_thread_pool_executor<>;

}  // namespace shoal::run
