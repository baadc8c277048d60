// SPDX-License-Identifier: BSL-1.0
/// @file Prometheus metrics of any number of runs, in its text exposition format 0.0.4.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/utf8.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/run/call_counts.hpp"
#include "shoal/run/call_tracker.hpp"
#include "shoal/run/event.hpp"

namespace shoal::run {

/// What metrics are kept.
struct metrics_options {
  /// Upper bounds of the histograms' buckets, seconds, growing, > 0; that of all is added.
  std::vector<double> buckets_s{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120};
  /// Models that have series of their own, >= 1; the ones that come later share those of the model "other".
  std::size_t most_models = 100;
};

/// Refuses options out of range.
/// @throws invalid_argument  `metrics_options: bucket 2: 0.5 s is not above 0.5 s`.
template <class = when_used>
void validate(const metrics_options& o) {
  if (o.most_models == 0) throw invalid_argument("metrics_options: most_models 0 is not >= 1");
  double last = 0;
  for (std::size_t b = 0; b < o.buckets_s.size(); ++b) {
    if (!(o.buckets_s[b] > last) || !std::isfinite(o.buckets_s[b])) {
      throw invalid_argument(message("metrics_options: bucket ", b, ": ", o.buckets_s[b],
                                     " s is not finite and above ", last, " s"));
    }
    last = o.buckets_s[b];
  }
}

namespace detail {

/// Text as it stands in a label's value.
template <class = when_used>
std::string label_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

/// What is known of the models of one name, over all runs.
struct model_series {
  struct histogram {
    std::vector<std::uint64_t> buckets{};  // each without the ones below it; the last is that of all above
    double sum = 0;
  };

  std::string name{};
  call_counts counts{};
  std::uint64_t running = 0;
  std::uint64_t breakers_open = 0;
  std::uint64_t dead = 0;
  histogram duration{};
  histogram wait{};
};

}  // namespace detail

/// Counts, sums and histograms of runs by model: `metrics m; executor(job, backends, options, m.observe());`
/// and, whenever somebody asks, `m.text()`. Names of models are the only labels from outside, and their
/// number is bounded; a name is mended where it is not UTF-8, and cut after 120 bytes. Thread-safe.
///
/// docs/observing.md lists the series with what they mean.
class metrics {
 public:
  /// @throws invalid_argument for options out of range.
  explicit metrics(metrics_options options = {}) : options_(std::move(options)) { validate(options_); }
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  class run_observer;

  /// An observer for one run; each of several runs at once takes its own. The metrics must outlive it.
  run_observer observe();

  /// All series, models by name. @complexity O(models x buckets).
  template <class = when_used>
  std::string text() const;

 private:
  using series = detail::model_series;

  // The series of a model by its name; the first `most_models` names have their own.
  series& of(std::string_view name) {
    std::string key = utf8_mended(name.substr(0, utf8_floor(name, longest_name)));
    auto found = models_.find(key);
    if (found == models_.end()) {
      if (models_.size() >= options_.most_models) key = "other";
      found = models_.try_emplace(key).first;
      series& fresh = found->second;
      fresh.name = key;
      fresh.duration.buckets.resize(options_.buckets_s.size() + 1);
      fresh.wait.buckets.resize(options_.buckets_s.size() + 1);
    }
    return found->second;
  }

  void add(series::histogram& h, double seconds) {
    if (!(seconds > 0)) seconds = 0;  // clocks of others may go back
    const auto at = std::lower_bound(options_.buckets_s.begin(), options_.buckets_s.end(), seconds);
    ++h.buckets[static_cast<std::size_t>(at - options_.buckets_s.begin())];
    h.sum += seconds;
  }

  static constexpr std::size_t longest_name = 120;

  metrics_options options_;
  mutable std::mutex mutex_{};
  std::unordered_map<std::string, series> models_{};  // its elements stay where they are
  std::uint64_t waiting_ = 0;
  std::uint64_t answered_ = 0;
  std::uint64_t given_up_ = 0;
};

/// What a run tells to its metrics. When it goes, what the run left running, waiting or broken off counts no
/// longer as such.
class metrics::run_observer {
 public:
  run_observer(run_observer&& other) noexcept
      : all_(std::exchange(other.all_, nullptr)),
        calls_(std::move(other.calls_)),
        models_(std::move(other.models_)) {}
  run_observer& operator=(run_observer&&) = delete;

  ~run_observer() {
    if (all_ == nullptr) return;
    const std::lock_guard lock(all_->mutex_);
    all_->waiting_ -= calls_.waiting();
    for (auto& [index, m] : models_) {
      m.in->running -= m.running;
      set(m.in->breakers_open, m.broken, false);
      set(m.in->dead, m.dead, false);
    }
  }

  void operator()(const event& e) {
    const std::lock_guard lock(all_->mutex_);
    if (e.kind == event_kind::finished) ++all_->answered_;
    if (e.kind == event_kind::gave_up) ++all_->given_up_;
    all_->waiting_ -= calls_.waiting();
    const std::optional<tracked_call> call = calls_(e);
    all_->waiting_ += calls_.waiting();
    if (e.model == no_model) return;
    seen& m = models_[e.model];
    if (m.in == nullptr) m.in = &all_->of(e.model_name);
    m.in->counts(e);
    if (e.kind == event_kind::breaker_opened) set(m.in->breakers_open, m.broken, true);
    if (e.kind == event_kind::breaker_closed) set(m.in->breakers_open, m.broken, false);
    if (e.kind == event_kind::model_dead) set(m.in->dead, m.dead, true);
    if (e.kind == event_kind::model_back) set(m.in->dead, m.dead, false);
    if (!call) return;
    if (e.kind == event_kind::started) {
      ++m.in->running;
      ++m.running;
      all_->add(m.in->wait, call->started_at_s - call->queued_at_s);
      return;
    }
    --m.in->running;
    --m.running;
    if (e.kind == event_kind::answered) all_->add(m.in->duration, e.at_s - call->started_at_s);
  }

 private:
  friend class metrics;
  explicit run_observer(metrics& all) : all_(&all) {}

  // A model of the run's fleet, and what this run has added to its gauges.
  struct seen {
    detail::model_series* in = nullptr;
    std::uint64_t running = 0;
    bool broken = false;
    bool dead = false;
  };

  static void set(std::uint64_t& gauge, bool& mine, bool on) {
    gauge += static_cast<std::uint64_t>(on) - static_cast<std::uint64_t>(mine);
    mine = on;
  }

  metrics* all_;
  call_tracker calls_{};
  std::unordered_map<std::size_t, seen> models_{};
};

inline metrics::run_observer metrics::observe() { return run_observer(*this); }

template <class>
std::string metrics::text() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, const series*>> models;  // the label with its series
  for (const auto& [name, m] : models_) {
    models.emplace_back("model=\"" + detail::label_escaped(name) + '"', &m);
  }
  std::sort(models.begin(), models.end(),
            [](const auto& a, const auto& b) { return a.second->name < b.second->name; });

  std::string out;
  const auto head = [&](std::string_view name, std::string_view type, std::string_view help) {
    out += message("# HELP shoal_", name, ' ', help, "\n# TYPE shoal_", name, ' ', type, '\n');
  };
  const auto number = [](auto value) {
    if constexpr (std::is_integral_v<decltype(value)>)
      return std::to_string(value);
    else
      return std::isinf(value) ? std::string(value > 0 ? "+Inf" : "-Inf") : to_text(value);
  };
  const auto line = [&](std::string_view name, std::string_view labels, const auto& value) {
    out += message("shoal_", name);
    if (!labels.empty()) out += message('{', labels, '}');
    out += message(' ', number(value), '\n');
  };
  const auto each = [&](std::string_view name, std::string_view type, std::string_view help, auto value) {
    head(name, type, help);
    for (const auto& [label, m] : models) line(name, label, value(*m));
  };
  const auto histogram = [&](const std::string& name, std::string_view help,
                             series::histogram series::*which) {
    head(name, "histogram", help);
    for (const auto& [label, m] : models) {
      const series::histogram& h = m->*which;
      std::uint64_t below = 0;
      for (std::size_t b = 0; b < h.buckets.size(); ++b) {
        below += h.buckets[b];
        const std::string bound = b < options_.buckets_s.size() ? to_text(options_.buckets_s[b]) : "+Inf";
        line(name + "_bucket", message(label, ",le=\"", bound, '"'), below);
      }
      line(name + "_sum", label, h.sum);
      line(name + "_count", label, below);
    }
  };

  head("calls_total", "counter", "Calls of models that ended, by how.");
  for (const auto& [label, m] : models) {
    line("calls_total", label + ",result=\"answered\"", m->counts.answered);
    for (std::size_t f = 0; f < failure_kinds; ++f) {
      std::string kind(infer::name_of(static_cast<infer::failure_kind>(f)));
      std::replace(kind.begin(), kind.end(), ' ', '_');
      const bool unneeded = f == static_cast<std::size_t>(infer::failure_kind::cancelled);
      line("calls_total", message(label, ",result=\"", kind, '"'),
           m->counts.failures[f] + (unneeded ? m->counts.cancelled : 0));
    }
  }
  each("calls_running", "gauge", "Calls that have begun and not ended.",
       [](const series& m) { return m.running; });
  head("calls_waiting", "gauge", "Places in queues of models that are taken.");
  line("calls_waiting", "", waiting_);
  histogram("call_duration_seconds", "Time from the beginning of a call to its answer.", &series::duration);
  histogram("queue_wait_seconds", "Time that a call waited for a place at its model.", &series::wait);
  each("retries_total", "counter", "Waits after which the same model was to be asked again.",
       [](const series& m) { return m.counts.retried; });
  each("hedges_total", "counter", "Calls beside a slow one of another model.",
       [](const series& m) { return m.counts.hedged; });
  each("reassignments_total", "counter", "Subtasks that were moved to the model.",
       [](const series& m) { return m.counts.reassigned; });
  each("late_answers_total", "counter", "Answers that came after their call was given up.",
       [](const series& m) { return m.counts.late; });
  each("shed_total", "counter", "Calls that were dropped from a full queue.",
       [](const series& m) { return m.counts.shed; });
  each("energy_joules_total", "counter", "Energy of the calls that were answered.",
       [](const series& m) { return m.counts.used.energy_j; });
  each("model_seconds_total", "counter", "Time that models worked on the calls that were answered.",
       [](const series& m) { return m.counts.used.time_s; });
  each("input_tokens_total", "counter", "Tokens read for the calls that were answered.",
       [](const series& m) { return m.counts.used.input_tokens; });
  each("output_tokens_total", "counter", "Tokens written for the calls that were answered.",
       [](const series& m) { return m.counts.used.output_tokens; });
  each("breaker_openings_total", "counter", "Times that a circuit breaker opened.",
       [](const series& m) { return m.counts.breaker_opened; });
  each("breakers_open", "gauge", "Runs that leave the model alone since it failed too often.",
       [](const series& m) { return m.breakers_open; });
  each("model_deaths_total", "counter", "Times that heartbeats stopped.",
       [](const series& m) { return m.counts.model_dead; });
  each("models_dead", "gauge", "Runs that take the model for dead.", [](const series& m) { return m.dead; });
  head("subtasks_total", "counter", "Subtasks that ended, by how.");
  line("subtasks_total", "result=\"answered\"", answered_);
  line("subtasks_total", "result=\"given_up\"", given_up_);
  return out;
}

}  // namespace shoal::run
