// SPDX-License-Identifier: BSL-1.0
/// @file Kept runs: an executor that writes its runs into a journal, for whoever chooses that at run time.
#pragma once

#include <string>
#include <utility>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/run/job_digest.hpp"
#include "shoal/run/journal_file.hpp"
#include "shoal/run/journal_keeper.hpp"
#include "shoal/run/thread_pool_executor.hpp"

namespace shoal::json {

/// Where a run is written down.
struct kept_run {
  std::string path{};    ///< of the journal; empty: nothing is written
  std::string run_id{};  ///< of a new journal; one that is continued keeps its own
  bool resume = false;   ///< go on from what the journal holds; false: it must be new
  run::sync_policy sync = run::sync_policy::every(0.05);  ///< see run/journal_writer.hpp
};

/// Models `run::executor`.
struct keeping_executor {
  run::thread_pool_executor run{};
  kept_run keep{};

  /// @throws journal_error  the journal cannot be written, is of another job, or has records although the run
  /// is
  ///     not to be resumed.
  template <class Value, run::observer Observer = run::no_observer,
            run::combiner<Value> Combine = run::first_answer>
  run::outcomes<Value> operator()(const run::job& j, const infer::backends<Value>& backends,
                                  const run::options& o = {}, Observer&& see = {},
                                  const Combine& combine = {}) const {
    if (keep.path.empty()) return run(j, backends, o, see, combine);
    run::journal_writer writer(run::journal_file(keep.path), run::job_digest(j.graph, j.models), keep.run_id,
                               keep.sync);
    if (!keep.resume && writer.past().size() > 1) {
      throw run::journal_error(
          message("journal ", quoted(keep.path), " holds a run already: resume it, or name another"));
    }
    run::journal_keeper keeper(std::move(writer), j.graph.size(), j.models.size());
    run::options named = o;
    named.run_id = keeper.run_id();
    return run(j, backends, named, see, combine, keeper);
  }
};

}  // namespace shoal::json
