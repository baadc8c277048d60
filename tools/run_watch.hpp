// SPDX-License-Identifier: BSL-1.0
/// @file What `shoal run` shows and writes of a run: progress, events, metrics, spans, and its report.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "progress.hpp"
#include "repeated.hpp"
#include "secrets.hpp"
#include "shoal/json/otlp.hpp"
#include "shoal/run/progress_bar.hpp"
#include "shoal/run/prometheus.hpp"
#include "shoal/run/recorder.hpp"

namespace shoal::tools {

/// Where to; an empty name: not at all.
struct watch_files {
  std::string report{};
  std::string metrics{};
  std::string otlp{};
  bool events = false;  ///< to standard error, in place of the progress
};

/// Observer of one run. Progress is shown and metrics are written on other threads meanwhile.
class run_watch {
 public:
  /// @param name  of the task, in the report and in the trace.
  /// @throws refusal when a file cannot be written: better before the run than after it.
  run_watch(watch_files files, std::string name);

  /// Says how many subtasks there are.
  void expect(std::size_t subtasks);

  /// The text of an event may be what a program said: the environment's secrets are kept out of it.
  void operator()(const run::event& told);

  /// Ends the progress and writes what is written at the end.
  /// @param facts  name and value of what the report says below its title.
  /// @throws refusal when a file cannot be written.
  void finish(std::vector<std::pair<std::string, std::string>> facts);

 private:
  using clock = std::chrono::steady_clock;

  std::string line(std::size_t columns);
  void write_metrics() const;

  watch_files files_;
  std::string name_;
  secrets secrets_{};
  std::mutex mutex_{};  // of all below
  clock::time_point made_ = clock::now();
  std::optional<clock::time_point> began_{};  // the run, by its first event
  bool split_ = false;
  run::progress_bar bar_;
  run::metrics metrics_{};
  std::optional<run::metrics::run_observer> to_metrics_{};
  run::recorder recorder_{};
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> spans_file_{nullptr, &std::fclose};
  bool spans_lost_ = false;
  std::optional<json::otlp_spans<std::function<void(std::string_view)>>> spans_{};
  std::optional<progress> shown_{};  // the last: joined before what they look at goes
  std::optional<repeated> metrics_writer_{};
};

}  // namespace shoal::tools
