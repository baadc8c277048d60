// SPDX-License-Identifier: BSL-1.0
/// @file The demo live: real translators are measured, planned for and run; nothing is recorded.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <ctime>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <shoal/run/rapl.hpp>
#include <shoal/shoal.hpp>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../live/data.hpp"
#include "../live/energy.hpp"
#include "planning.hpp"
#include "running.hpp"
#include "tiny/runner.hpp"

namespace demo {

/// Kinds of sentences, by their length in words: what one model does as well as another differs by kind.
inline constexpr std::array<std::string_view, 3> kinds{"short", "middle", "long"};

/// A sentence and its only right translation.
struct sentence {
  std::string english{};
  std::string german{};
  Eigen::Index kind = 0;  ///< in `kinds`
};

/// The first sentences of a file.
inline std::vector<sentence> sentences_of(const std::filesystem::path& file, std::size_t most) {
  std::vector<sentence> out;
  for (auto& row : ::live::rows(file.string(), most)) {
    const auto words = std::count(row[0].begin(), row[0].end(), ' ') + 1;
    out.push_back({row[0], row[1], words < 8 ? 0 : words < 13 ? 1 : 2});
  }
  return out;
}

/// Who translates, and what was measured of it, one row for each model and one column for each kind.
struct live_fleet {
  shoal::fleet<> models{};
  std::vector<infer::any_backend<>> run{};
  std::vector<std::size_t> bytes{};  ///< of each model's file
  matrix quality{};                  ///< share of exactly right sentences
  matrix energy_j{};                 ///< of one sentence
  matrix time_s{};                   ///< of one sentence; in this process the processor's
  vector asked{};                    ///< sentences of each kind that were measured
  bool by_counter = true;            ///< energy is the processor's own count; otherwise operations counted

  double overall(const matrix& figures, std::size_t model) const {
    return (figures.row(static_cast<Eigen::Index>(model)).transpose() * asked).sum() / asked.sum();
  }
};

inline double processor_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// A translator in this process. Beside the sentence it tells the processor time and the operations that it
/// took, at `joules_per_operation`.
struct translator {
  std::shared_ptr<const tiny::model> own{};
  std::shared_ptr<const tiny::model> large{};  ///< whose encoder it was trained on; null: its own
  tiny::runner run;

  explicit translator(std::shared_ptr<const tiny::model> m, std::shared_ptr<const tiny::model> encoder = {})
      : own(m), large(encoder), run(std::move(m), std::move(encoder)) {}

  shoal::answer<> operator()(const infer::request<>& r, std::stop_token stop) const {
    const double began = processor_seconds();
    shoal::answer<> out = run(r, std::move(stop));
    out.used.time_s = processor_seconds() - began;
    out.used.energy_j =
        ::live::joules_per_operation *
        (tiny::operations(own->weights.shape(), out.used.input_tokens, out.used.output_tokens + 1) +
         (large ? tiny::reading_operations(large->weights.shape(), out.used.input_tokens) : 0));
    return out;
  }
};
static_assert(infer::backend<translator>);

/// Loads the translators and measures each of them on the same sentences: how often it is exactly right, how
/// long it takes, what it costs.
inline live_fleet measure_live(const std::filesystem::path& folder, const std::vector<sentence>& on) {
  const auto file = [&](const std::string& name) { return folder / ("translate-" + name + ".safetensors"); };
  const auto load = [&](const std::string& name) { return tiny::load_model(file(name).string()); };
  const auto large = load("large");
  live_fleet out;
  out.asked = vector::Zero(kinds.size());
  for (const sentence& s : on) out.asked[s.kind] += 1;
  const std::array<const char*, 6> names{"tiny", "small-8k", "small-24k", "hybrid-24k", "lm", "large"};
  out.quality = out.energy_j = out.time_s = matrix::Zero(names.size(), kinds.size());
  shoal::run::rapl_meter counter;
  out.by_counter = counter.available();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    const auto own = i + 1 < names.size() ? load(names[i]) : large;
    const bool joined = own->weights.shape().features > 0;
    const translator run(own, joined ? large : nullptr);
    for (Eigen::Index kind = 0; kind < out.asked.size(); ++kind) {
      const double before = counter.joules().value_or(0);
      for (const sentence& s : on) {
        if (s.kind != kind) continue;
        const shoal::answer<> said = run(infer::request<>{.input = s.english}, {});
        out.quality(row, kind) += said.value == s.german ? 1 : 0;
        out.time_s(row, kind) += said.used.time_s;
        out.energy_j(row, kind) += said.used.energy_j;
      }
      if (out.by_counter) out.energy_j(row, kind) = counter.joules().value_or(before) - before;
    }
    out.quality.row(row) /= out.asked.transpose();
    out.time_s.row(row) /= out.asked.transpose();
    out.energy_j.row(row) /= out.asked.transpose();
    out.run.emplace_back(run);
    out.bytes.push_back(std::filesystem::file_size(file(names[i])));
    out.models.add({.name = names[i],
                    .accuracy = out.overall(out.quality, i),
                    .energy_j = out.overall(out.energy_j, i),
                    .time_s = out.overall(out.time_s, i)});
  }
  return out;
}

/// A backend that answers so many times and is dead from then on. Not for several threads.
struct short_lived {
  infer::any_backend<> inner{};
  std::shared_ptr<std::size_t> left{};

  shoal::answer<> operator()(const infer::request<>& r, std::stop_token stop) const {
    if (*left == 0) throw infer::failure(infer::failure_kind::crashed, "the model is dead");
    --*left;
    return inner(r, std::move(stop));
  }
};
static_assert(infer::backend<short_lived>);

/// One call of a live run, for its picture.
struct live_call {
  std::size_t model = 0;
  double from_s = 0;
  double to_s = 0;
  bool answered = false;
};

/// One live answer.
struct live_answer {
  sentence of{};
  std::string said{};
  std::string by{};

  bool right() const { return said == of.german; }
};

/// What is to be done by whom.
struct live_order {
  std::string name{};
  std::optional<double> required{};  ///< mean accuracy of the plan
  assign::objective objective = assign::weighted{.energy = 1, .time = 0};
  std::optional<std::size_t> only{};  ///< the one model that may work
};

/// One run and what came of it.
struct live_run {
  std::string name{};
  std::vector<live_answer> answers{};
  std::vector<live_call> all_calls{};
  std::vector<double> planned_share{};  ///< of the sentences, for each model
  double planned_accuracy = 0;
  double planned_energy_j = 0;  ///< per sentence
  double energy_j = 0;          ///< per sentence, as spent
  double time_s = 0;            ///< per sentence, of the models
  double seconds = 0;           ///< of the whole run
  std::size_t calls = 0;
  std::size_t failed = 0;
  std::size_t moved = 0;
  bool degraded = false;
  std::optional<std::size_t> died{};
  double died_at_s = 0;

  std::size_t answered() const {
    return static_cast<std::size_t>(
        std::count_if(answers.begin(), answers.end(), [](const auto& a) { return !a.by.empty(); }));
  }
  double reached() const {
    return static_cast<double>(
               std::count_if(answers.begin(), answers.end(), [](const auto& a) { return a.right(); })) /
           static_cast<double>(answers.size());
  }
};

/// Translates every sentence: one subtask each, planned by what was measured, run on the fleet's backends.
/// @param see  is told every event of the run.
template <class Execute>
live_run translate(const live_order& what, const live_fleet& who, const std::vector<sentence>& text,
                   const infer::backends<>& backends, const Execute& execute,
                   const std::function<void(const shoal::run::event&)>& see = {}) {
  shoal::task_graph graph;
  const auto rows = static_cast<Eigen::Index>(who.models.size());
  matrix quality(rows, static_cast<Eigen::Index>(text.size()));
  matrix energy_j = quality;
  matrix time_s = quality;
  for (std::size_t k = 0; k < text.size(); ++k) {
    graph.add({.name = shoal::message("sentence ", k + 1), .input = text[k].english});
    const auto column = static_cast<Eigen::Index>(k);
    quality.col(column) = who.quality.col(text[k].kind);
    energy_j.col(column) = who.energy_j.col(text[k].kind);
    time_s.col(column) = who.time_s.col(text[k].kind);
  }
  shoal::pipeline_options options{.objective = what.objective, .run = {.attempts = 6}};
  if (what.required) options.require = {assign::quality_rule::mean, *what.required};
  options.adjust = [&](assign::problem& p) {
    p.energy_j = energy_j;
    p.time_s = time_s;
    if (!what.only) return;
    p.allowed.setConstant(false);
    p.allowed.row(static_cast<Eigen::Index>(*what.only)).setConstant(true);
  };
  live_run out{.name = what.name};
  std::map<std::pair<std::size_t, std::size_t>, double> began;  // by subtask and model
  const auto watch = [&](const shoal::run::event& e) {
    const std::pair of{e.subtask, e.model};
    if (e.kind == shoal::run::event_kind::started) began[of] = e.at_s;
    const bool answered = e.kind == shoal::run::event_kind::answered;
    if (answered || e.kind == shoal::run::event_kind::failed)
      out.all_calls.push_back({e.model, began[of], e.at_s, answered});
    if (see) see(e);
  };
  const shoal::pipeline swarm{shoal::decompose::lines{}, assign::exact{}, execute,
                              shoal::aggregate::max_weight{}, shoal::run::concatenate{}};
  shoal::run::rapl_meter counter;
  const double before = counter.joules().value_or(0);
  const auto done = swarm.run(std::move(graph), who.models, quality, backends, options, watch);
  const double joules = counter.joules().value_or(before) - before;

  const auto count = static_cast<double>(text.size());
  out.planned_accuracy = done.assignment.compatibility.mean;
  out.planned_energy_j = done.assignment.energy_j / count;
  out.energy_j = (who.by_counter ? joules : done.outcomes.used.energy_j) / count;
  out.time_s = done.outcomes.used.time_s / count;
  out.seconds = done.outcomes.seconds;
  out.calls = done.outcomes.calls;
  out.moved = done.outcomes.reassigned;
  out.degraded = done.outcomes.degraded;
  out.planned_share.assign(who.models.size(), 0.0);
  for (const auto& chosen : done.assignment.chosen) {
    for (const std::size_t i : chosen) out.planned_share[i] += 1 / count;
  }
  for (std::size_t k = 0; k < done.outcomes.subtasks.size(); ++k) {
    const shoal::run::outcome<>& o = done.outcomes.subtasks[k];
    out.failed += o.failures.size();
    live_answer& a = out.answers.emplace_back(live_answer{.of = text[k]});
    if (!o.answers.empty()) {
      a.said = o.answers.front().value;
      a.by = o.answers.front().source;
    }
  }
  return out;
}

/// Translates in this process, one call at a time, so that its figures are the same every time.
/// @param plan  the same without failures: here its busiest model is dead once it has done half of its part.
inline live_run translate_here(const live_order& what, const live_fleet& who,
                               const std::vector<sentence>& text, const live_run* plan = nullptr) {
  infer::backends<> backends(who.run.begin(), who.run.end());
  std::optional<std::size_t> dies;
  if (plan != nullptr) {
    const std::vector<double>& share = plan->planned_share;
    dies = static_cast<std::size_t>(std::max_element(share.begin(), share.end()) - share.begin());
    const auto half = static_cast<std::size_t>(share[*dies] * static_cast<double>(text.size()) / 2);
    backends[*dies] = short_lived{std::move(backends[*dies]), std::make_shared<std::size_t>(half)};
  }
  live_run out = translate(what, who, text, backends, shoal::run::inline_executor{});
  out.died = dies;
  for (const live_call& c : out.all_calls) {
    if (dies && c.model == *dies && c.answered) out.died_at_s = std::max(out.died_at_s, c.to_s);
  }
  return out;
}

}  // namespace demo
