// SPDX-License-Identifier: BSL-1.0
/// @file Lanes of a timeline: what each model did in each part of a recorded run.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "shoal/core/when_used.hpp"
#include "shoal/run/recorder.hpp"

namespace shoal::run::detail {

/// Parts of equal length into which the time of a run is cut.
inline constexpr std::size_t timeline_bins = 290;

/// Times of a run, in parts.
struct timeline_scale {
  double end_s = 1;  ///< > 0

  double bin_s() const { return end_s / static_cast<double>(timeline_bins); }
  std::size_t bin(double at_s) const {
    const double share = std::clamp(at_s / end_s, 0.0, 1.0);
    return std::min(timeline_bins - 1, static_cast<std::size_t>(share * static_cast<double>(timeline_bins)));
  }

  /// Adds to each part the share of it that lies between two times.
  template <class = when_used>
  void spread(std::vector<double>& over, double from_s, double to_s) const {
    for (std::size_t b = bin(from_s); b <= bin(to_s); ++b) {
      const double begin_s = std::max(from_s, static_cast<double>(b) * bin_s());
      const double end_of_part_s = std::min(to_s, static_cast<double>(b + 1) * bin_s());
      over[b] += std::max(0.0, end_of_part_s - begin_s) / bin_s();
    }
  }
};

/// What is marked in a timeline.
enum class timeline_mark { retry, hedge, reassigned, failed, late };
inline constexpr std::size_t timeline_marks = 5;

/// One model.
struct timeline_lane {
  std::size_t model = 0;
  std::vector<std::size_t> calls{};           ///< in the order in which they began
  std::vector<std::size_t> rows{};            ///< of each call, such that none overlap; one by one only
  std::size_t height = 1;                     ///< rows
  std::array<std::vector<double>, 4> busy{};  ///< by end: calls at once, mean of each part
  std::vector<double> waiting{};              ///< calls that wait, mean of each part
  std::array<std::vector<std::size_t>, timeline_marks> marked{};  ///< in each part
  double most_busy = 0;
  double most_waiting = 0;
};

/// All models that did anything.
struct timeline_lanes {
  timeline_scale scale{};
  std::vector<timeline_lane> lanes{};
  std::size_t left_out = 0;             ///< models for which there is no room
  bool one_by_one = true;               ///< there are few enough calls to draw each
  std::vector<std::size_t> answered{};  ///< subtasks, by the end of each part
};

/// Each call gets the first row that is free when it begins.
template <class = when_used>
void pack(timeline_lane& l, const recorder& run) {
  constexpr std::size_t most_rows = 64;
  std::vector<double> free_s;
  for (const std::size_t at : l.calls) {
    const recorded_call& c = run.calls()[at];
    std::size_t r = 0;
    while (r < free_s.size() && free_s[r] > c.started_at_s) ++r;
    r = std::min(r, most_rows - 1);
    if (r == free_s.size()) free_s.push_back(0);
    free_s[r] = std::max(free_s[r], c.ended_at_s);
    l.rows.push_back(r);
  }
  l.height = std::max<std::size_t>(1, free_s.size());
}

/// How many calls ran and waited at once, and what happened when.
template <class = when_used>
void count(timeline_lane& l, const recorder& run, const timeline_scale& scale) {
  for (auto& b : l.busy) b.resize(timeline_bins);
  for (auto& m : l.marked) m.resize(timeline_bins);
  l.waiting.resize(timeline_bins);
  const auto mark = [&](timeline_mark what, double at_s) {
    ++l.marked[static_cast<std::size_t>(what)][scale.bin(at_s)];
  };
  for (const std::size_t at : l.calls) {
    const recorded_call& c = run.calls()[at];
    scale.spread(l.busy[static_cast<std::size_t>(c.end)], c.started_at_s, c.ended_at_s);
    if (c.started_at_s > c.queued_at_s) scale.spread(l.waiting, c.queued_at_s, c.started_at_s);
    if (c.origin == call_origin::retry) mark(timeline_mark::retry, c.started_at_s);
    if (c.origin == call_origin::hedge) mark(timeline_mark::hedge, c.started_at_s);
    if (c.origin == call_origin::reassigned) mark(timeline_mark::reassigned, c.started_at_s);
    if (c.end == call_end::failed) mark(timeline_mark::failed, c.ended_at_s);
    if (c.late_at_s >= 0) mark(timeline_mark::late, c.late_at_s);
  }
  for (std::size_t b = 0; b < timeline_bins; ++b) {
    double sum = 0;
    for (const auto& busy : l.busy) sum += busy[b];
    l.most_busy = std::max(l.most_busy, sum);
    l.most_waiting = std::max(l.most_waiting, l.waiting[b]);
  }
}

/// @param most_calls  up to which each call is drawn.
/// @complexity O(calls x (rows + parts)).
template <class = when_used>
timeline_lanes lanes_of(const recorder& run, std::size_t most_calls) {
  constexpr std::size_t most_lanes = 60;
  timeline_lanes out;
  out.scale.end_s = std::max(run.seconds(), 1e-9);
  out.one_by_one = run.calls().size() <= most_calls;
  std::vector<std::size_t> models;
  for (std::size_t i = 0; i < run.models().size(); ++i) {
    if (run.models()[i].counts.started > 0 || !run.models()[i].outages.empty()) models.push_back(i);
  }
  if (models.size() > most_lanes) {  // the busiest, in their order
    std::stable_sort(models.begin(), models.end(), [&](std::size_t a, std::size_t b) {
      return run.models()[a].counts.started > run.models()[b].counts.started;
    });
    out.left_out = models.size() - most_lanes;
    models.resize(most_lanes);
    std::sort(models.begin(), models.end());
  }
  constexpr std::size_t no_lane = ~std::size_t{0};
  std::vector<std::size_t> lane_of(run.models().size(), no_lane);
  for (const std::size_t i : models) {
    lane_of[i] = out.lanes.size();
    out.lanes.emplace_back().model = i;
  }
  for (std::size_t c = 0; c < run.calls().size(); ++c) {
    const std::size_t i = run.calls()[c].model;
    if (i < lane_of.size() && lane_of[i] != no_lane) out.lanes[lane_of[i]].calls.push_back(c);
  }
  for (timeline_lane& l : out.lanes) {
    if (out.one_by_one) pack(l, run);
    count(l, run, out.scale);
  }
  out.answered.resize(timeline_bins);
  for (const recorded_subtask& s : run.subtasks()) {
    if (s.how == recorded_subtask::state::answered) ++out.answered[out.scale.bin(s.ended_at_s)];
  }
  for (std::size_t b = 1; b < timeline_bins; ++b) out.answered[b] += out.answered[b - 1];
  return out;
}

}  // namespace shoal::run::detail
