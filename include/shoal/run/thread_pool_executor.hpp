// SPDX-License-Identifier: BSL-1.0
/// @file Thread-pool executor: calls side by side, a bounded number on each model.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/run/executor.hpp"
#include "shoal/run/pool_run.hpp"

namespace shoal::run {

/// Makes calls on a pool of threads that lasts as long as the run. A call that outlasts its time-out, the
/// deadline or a stop request is given up at once, and its stop token fires: its subtask goes on elsewhere,
/// and its late answer is dropped. The thread itself cannot be taken away: a backend that ignores its stop
/// token keeps its model's place, and `operator()` returns only when it has returned.
struct thread_pool_executor {
  std::size_t threads = 0;  ///< at most so many; 0: as many as calls may run at once, at most 64
  std::vector<std::size_t> concurrency{};  ///< calls at once on each model, >= 1; empty: one on each

  /// @param backends  one for each model, in the job's order.
  /// @param combine   is called from several threads at once.
  /// @throws bad_input  when the parts do not fit together, before anything runs; std::system_error when not
  ///                    one thread can be started.
  template <class Value, observer Observer = no_observer, combiner<Value> Combine = first_answer>
  outcomes<Value> operator()(const job& j, const infer::backends<Value>& backends, const options& o = {},
                             Observer&& see = {}, const Combine& combine = {}) const {
    detail::check_run(j, backends, o);
    const std::size_t n = j.models.size();
    std::vector<std::size_t> lanes = concurrency.empty() ? std::vector<std::size_t>(n, 1) : concurrency;
    if (lanes.size() != n) {
      throw invalid_argument(message("thread_pool_executor: concurrency has ", lanes.size(),
                                     " entries, but there are ", n, " models"));
    }
    constexpr std::size_t most = 64;
    std::size_t at_once = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (lanes[i] == 0) {
        throw invalid_argument(message("thread_pool_executor: concurrency of model ",
                                       quoted(j.models[i].name), ": 0 is not >= 1"));
      }
      at_once += std::min(lanes[i], most);
    }
    const std::size_t workers = threads > 0 ? threads : std::min(at_once, most);
    detail::pool_run<Value, std::remove_reference_t<Observer>, Combine> run(j, backends, o, std::move(lanes),
                                                                            workers, see, combine);
    return run.run();
  }
};

}  // namespace shoal::run
