// SPDX-License-Identifier: BSL-1.0
/// @file Spans of a run for OpenTelemetry: OTLP/JSON, one line a span, with the names of its conventions for
/// generative AI.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "shoal/core/random.hpp"
#include "shoal/core/utf8.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/json/write_swarm.hpp"
#include "shoal/run/call_counts.hpp"
#include "shoal/run/call_tracker.hpp"
#include "shoal/run/event.hpp"
#include "shoal/version.hpp"

namespace shoal::json {

/// What spans say of the run as a whole.
struct trace_options {
  std::uint64_t seed = 0;           ///< of the ids: runs that go to one store need seeds of their own
  std::uint64_t start_unix_ns = 0;  ///< when the run began, nanoseconds since 1970-01-01 UTC
  std::string service = "shoal";    ///< `service.name`
  std::string run = "run";          ///< name of the span of the run
  std::string operation = "chat";   ///< `gen_ai.operation.name` of calls
  std::string provider = "shoal";   ///< `gen_ai.provider.name` of calls
  std::size_t text = 300;           ///< bytes of each message that are kept
};

/// Observer that writes a trace of one run: a span for the run, in it one for each subtask, in those one for
/// each call. A line is a whole `TracesData` message in OTLP's JSON encoding, which a collector's
/// otlpjsonfile receiver reads: calls and subtasks when they end, the run by `finish`. Instructions, inputs
/// and answers are not in it. Not synchronised.
///
/// Calls bear gen_ai.operation.name, gen_ai.provider.name, gen_ai.request.model, gen_ai.usage.input_tokens
/// and output_tokens where known, error.type (`timeout`, `refused`, `bad_answer`, `cancelled`, `crashed`)
/// where they failed; and shoal.subtask, shoal.attempt, shoal.origin, shoal.queue_wait_s, shoal.energy_j.
/// What else happened is an event of the subtask's span; of the run's, what concerns a model alone or comes
/// after the subtask's end.
/// @source OpenTelemetry Protocol 1.x, "JSON Protobuf Encoding"; Semantic Conventions 1.37, "Semantic
/// conventions for generative client AI spans".
template <std::invocable<std::string_view> Write>
class otlp_spans {
 public:
  otlp_spans(trace_options options, Write write) : options_(std::move(options)), write_(std::move(write)) {
    for (int half = 0; half < 2; ++half) trace_ += next_id();
    run_.id = next_id();
  }

  void operator()(const run::event& e) {
    using run::event_kind;
    if (std::isfinite(e.at_s)) last_s_ = std::max(last_s_, e.at_s);
    const std::optional<run::tracked_call> call = calls_(e);
    if (e.subtask == run::no_subtask) {
      note(run_, e);
      return;
    }
    span& s = subtask_of(e);
    switch (e.kind) {
      case event_kind::started:
        begun_.emplace(call->number, last_s_);
        break;
      case event_kind::answered:
      case event_kind::failed:
      case event_kind::cancelled:
        if (call) write_call(e, *call, s);
        break;
      case event_kind::finished:
      case event_kind::gave_up:
        if (!s.written) write_subtask(s, e.kind == event_kind::gave_up ? "given up" : "", e.text);
        break;
      default:
        note(s.written ? run_ : s, e);
        break;
    }
  }

  /// Writes the spans that are open: those of subtasks that have not ended, and that of the run. Calls that
  /// have not ended are not in the trace. To be called once, after the run.
  void finish() {
    std::vector<span*> open;
    for (auto& [index, s] : subtasks_) {
      if (!s.written) open.push_back(&s);
    }
    std::sort(open.begin(), open.end(), [](const span* a, const span* b) { return a->number < b->number; });
    for (span* s : open) write_subtask(*s, "", "");
    attributes of_run;
    of_run.add("shoal.subtasks_answered", answered_);
    of_run.add("shoal.subtasks_given_up", given_up_);
    of_run.add("shoal.calls", calls_.begun());
    of_run.add("shoal.energy_j", energy_j_);
    write(run_, options_.run, "", internal, std::move(of_run), given_up_ > 0 ? "subtasks were given up" : "",
          last_s_);
  }

 private:
  static constexpr int internal = 1;
  static constexpr int client = 3;
  static constexpr std::size_t most_events = 128;  // of a span, OpenTelemetry's own default

  struct span {
    std::string id{};
    std::string name{};
    std::size_t number = 0;  // in the order in which they began
    double start_s = 0;
    ordered events = ordered::array();
    std::size_t dropped = 0;
    bool written = false;
  };

  class attributes {
   public:
    void add(std::string_view key, std::string_view text) {
      list.push_back({{"key", key}, {"value", {{"stringValue", utf8_mended(text)}}}});
    }
    void add(std::string_view key, double value) {
      if (std::isfinite(value)) list.push_back({{"key", key}, {"value", {{"doubleValue", value}}}});
    }
    // The encoding has whole numbers of 64 bits as strings.
    void add(std::string_view key, std::uint64_t value) {
      const std::uint64_t most = std::numeric_limits<std::int64_t>::max();
      list.push_back({{"key", key}, {"value", {{"intValue", std::to_string(std::min(value, most))}}}});
    }
    ordered list = ordered::array();
  };

  // Streams of one seed are all different; a zero is no id.
  std::string next_id() {
    std::uint64_t id = 0;
    while (id == 0) id = stream_seed(options_.seed, ids_++);
    std::string out(16, '0');
    for (std::size_t digit = 16; digit-- > 0; id >>= 4U) out[digit] = "0123456789abcdef"[id & 15U];
    return out;
  }

  std::string unix_ns(double at_s) const {
    constexpr double longest_s = 8e9;
    return std::to_string(options_.start_unix_ns +
                          static_cast<std::uint64_t>(std::clamp(at_s, 0.0, longest_s) * 1e9));
  }

  std::string cut(std::string_view text) const {
    std::string out(text.substr(0, utf8_floor(text, options_.text)));
    if (out.size() < text.size()) out += "...";
    return utf8_mended(out);
  }

  static std::string type_of(infer::failure_kind kind) {
    std::string out(infer::name_of(kind));
    std::replace(out.begin(), out.end(), ' ', '_');
    return out;
  }

  span& subtask_of(const run::event& e) {
    const auto [at, fresh] = subtasks_.try_emplace(e.subtask);
    span& s = at->second;
    if (fresh) {
      s.id = next_id();
      s.name = cut(e.subtask_name);
      s.number = subtasks_.size();
      s.start_s = last_s_;
    }
    return s;
  }

  void note(span& s, const run::event& e) {
    if (s.events.size() >= most_events) {
      ++s.dropped;
      return;
    }
    attributes of_event;
    if (s.name.empty() && e.subtask != run::no_subtask) of_event.add("shoal.subtask", cut(e.subtask_name));
    if (e.model != run::no_model) of_event.add("gen_ai.request.model", cut(e.model_name));
    if (e.attempt > 0) of_event.add("shoal.attempt", std::uint64_t{e.attempt});
    if (e.wait_s > 0) of_event.add("shoal.wait_s", e.wait_s);
    if (!e.text.empty()) of_event.add("shoal.message", cut(e.text));
    s.events.push_back(
        {{"timeUnixNano", unix_ns(last_s_)}, {"name", name_of(e.kind)}, {"attributes", of_event.list}});
  }

  void write_call(const run::event& e, const run::tracked_call& call, const span& of) {
    const auto begun = begun_.find(call.number);
    span s;
    s.id = next_id();
    s.start_s = begun->second;
    begun_.erase(begun);
    const std::string model = cut(e.model_name);
    attributes a;
    a.add("gen_ai.operation.name", options_.operation);
    a.add("gen_ai.provider.name", options_.provider);
    a.add("gen_ai.request.model", model);
    const usage used = run::sound(e.used);
    std::string error;
    if (e.kind == run::event_kind::answered) {
      if (used.input_tokens > 0) a.add("gen_ai.usage.input_tokens", used.input_tokens);
      if (used.output_tokens > 0) a.add("gen_ai.usage.output_tokens", used.output_tokens);
      a.add("shoal.energy_j", used.energy_j);
      energy_j_ += used.energy_j;
    } else if (e.kind == run::event_kind::failed) {
      const std::string type = type_of(e.failure.value_or(infer::failure_kind::crashed));
      a.add("error.type", type);
      error = e.text.empty() ? type : e.text;
    } else {
      a.add("shoal.cancelled", "another call answered first, or nobody waited any more");
    }
    a.add("shoal.subtask", of.name);
    a.add("shoal.attempt", std::uint64_t{call.attempt});
    a.add("shoal.origin", name_of(call.origin));
    a.add("shoal.queue_wait_s", std::max(0.0, call.started_at_s - call.queued_at_s));
    write(s, options_.operation + ' ' + model, of.id, client, std::move(a), error, last_s_);
  }

  void write_subtask(span& s, std::string_view error, const std::string& why) {
    attributes a;
    a.add("shoal.subtask", s.name);
    ++(error.empty() ? answered_ : given_up_);
    write(s, "subtask", run_.id, internal, std::move(a), error.empty() || why.empty() ? error : why, last_s_);
    s.written = true;
    s.events = ordered::array();
  }

  void write(const span& s, std::string_view name, const std::string& parent, int kind, attributes a,
             std::string_view error, double end_s) {
    ordered out{{"traceId", trace_}, {"spanId", s.id}};
    if (!parent.empty()) out["parentSpanId"] = parent;
    out["name"] = utf8_mended(name);
    out["kind"] = kind;
    out["startTimeUnixNano"] = unix_ns(s.start_s);
    out["endTimeUnixNano"] = unix_ns(std::max(s.start_s, end_s));
    out["attributes"] = std::move(a.list);
    if (!s.events.empty()) out["events"] = s.events;
    if (s.dropped > 0) out["droppedEventsCount"] = s.dropped;
    if (!error.empty()) out["status"] = {{"code", 2}, {"message", cut(error)}};
    attributes of_resource;
    of_resource.add("service.name", options_.service);
    ordered scope{{"scope", {{"name", "shoal"}, {"version", version}}},
                  {"spans", ordered::array({std::move(out)})}};
    scope["schemaUrl"] = "https://opentelemetry.io/schemas/1.37.0";
    ordered resource{{"resource", {{"attributes", std::move(of_resource.list)}}},
                     {"scopeSpans", ordered::array({std::move(scope)})}};
    write_(std::string_view(ordered{{"resourceSpans", ordered::array({std::move(resource)})}}.dump() + '\n'));
  }

  trace_options options_;
  Write write_;
  std::uint64_t ids_ = 0;
  std::string trace_{};
  span run_{};
  run::call_tracker calls_{};
  std::unordered_map<std::size_t, double> begun_{};  // by the number of the call: when, never going back
  std::unordered_map<std::size_t, span> subtasks_{};
  std::uint64_t answered_ = 0;
  std::uint64_t given_up_ = 0;
  double energy_j_ = 0;
  double last_s_ = 0;
};

}  // namespace shoal::json
