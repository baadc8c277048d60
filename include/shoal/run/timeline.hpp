// SPDX-License-Identifier: BSL-1.0
/// @file Timeline: the calls of a recorded run by model over time, one by one or, where they are many, as how
/// many ran at once.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/core/message.hpp"
#include "shoal/core/svg.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/infer/failure.hpp"
#include "shoal/run/amounts.hpp"
#include "shoal/run/recorder.hpp"
#include "shoal/run/timeline_lanes.hpp"

namespace shoal::run::detail {

/// Draws a run, with the classes of `report_style`.
template <class = when_used>
class timeline {
 public:
  /// @param most_calls  up to which each one is drawn.
  timeline(const recorder& run, std::size_t most_calls) : run_(run), in_(lanes_of(run, most_calls)) {
    std::size_t rows = 0;
    for (const timeline_lane& l : in_.lanes) {
      rows += l.height;
      most_busy_ = std::max(most_busy_, l.most_busy);
      most_waiting_ = std::max(most_waiting_, l.most_waiting);
    }
    row_ = rows <= 10 ? 22 : rows <= 24 ? 17 : 13;
  }

  const timeline_lanes& lanes() const { return in_; }
  double most_waiting() const { return most_waiting_; }  ///< at one model, mean of a part

  svg::drawing draw() const {
    std::vector<double> tops;
    double y = top + overview + between;
    for (const timeline_lane& l : in_.lanes) {
      tops.push_back(y);
      y += height_of(l) + between;
    }
    svg::drawing out(
        width, y + bottom, "Calls of models over time",
        "Time runs from left to right. At the top the subtasks answered so far, then one lane for "
        "each model.");
    out.rect({left, top, width - left - right, overview}, "lane", 3);
    for (std::size_t n = 0; n < tops.size(); ++n) ground(out, in_.lanes[n], tops[n]);
    axis(out, y);
    answered(out);
    for (std::size_t n = 0; n < tops.size(); ++n) {
      const timeline_lane& l = in_.lanes[n];
      if (in_.one_by_one) {
        for (std::size_t at = 0; at < l.calls.size(); ++at) call(out, l, at, tops[n]);
        for (std::size_t at = 0; at < l.calls.size(); ++at) late(out, l, at, tops[n]);
      } else {
        columns(out, l, tops[n]);
      }
      waiting(out, l, tops[n]);
      if (!in_.one_by_one) tips(out, l, tops[n]);
    }
    return out;
  }

 private:
  static constexpr double width = 1060;
  static constexpr double left = 150;
  static constexpr double right = 16;
  static constexpr double top = 8;
  static constexpr double bottom = 26;
  static constexpr double between = 6;
  static constexpr double overview = 46;
  static constexpr double column = 36;
  static constexpr double marks = 11;  // under columns
  static constexpr double queue = 11;
  static constexpr double bin_width = (width - left - right) / static_cast<double>(timeline_bins);

  double x(double at_s) const {
    return left + std::clamp(at_s / in_.scale.end_s, 0.0, 1.0) * (width - left - right);
  }
  static double x_of_bin(std::size_t b) { return left + bin_width * static_cast<double>(b); }

  // Without the queue.
  double body_of(const timeline_lane& l) const {
    return in_.one_by_one ? row_ * static_cast<double>(l.height) + 6 : column + marks;
  }
  double height_of(const timeline_lane& l) const { return body_of(l) + (l.most_waiting > 0 ? queue : 0); }

  std::string name_of_model(std::size_t i) const {
    const std::string& name = run_.models()[i].name;
    return name.empty() ? message("model ", i) : name;
  }

  void label(svg::drawing& out, double middle, const std::string& name, const std::string& tip) const {
    out.text({left - 10, middle + 4}, svg::fitted(name, 12, left - 22), "name", svg::anchor::end, 0, tip);
  }

  void ground(svg::drawing& out, const timeline_lane& l, double y) const {
    const recorded_model& m = run_.models()[l.model];
    const double height = height_of(l);
    const std::string name = name_of_model(l.model);
    out.rect({left, y, width - left - right, height}, "lane", 3);
    for (const recorded_outage& o : m.outages) {
      const bool breaker = o.why == recorded_outage::cause::breaker;
      const bool lasts = o.to_s > in_.scale.end_s;
      const double from = x(o.from_s);
      out.rect({from, y, std::max(1.0, x(o.to_s) - from), height}, breaker ? "breaker" : "dead", 0,
               message(name, breaker ? ": circuit breaker open, " : ": dead, ", seconds_text(o.from_s),
                       " to ", lasts ? std::string("the end") : seconds_text(o.to_s)));
      out.line({from, y}, {from, y + height}, breaker ? "edge-breaker" : "edge-dead");
    }
    label(out, y + body_of(l) / 2, name,
          message(name, ": ", m.counts.started, " calls, ", m.counts.answered, " answered, ",
                  m.counts.failed(), " failed, ", m.counts.cancelled, " cancelled"));
  }

  void axis(svg::drawing& out, double y) const {
    const double end_s = in_.scale.end_s;
    const double rough = end_s / 8;
    double step = rough;
    const auto take = [&](double nice) {
      if (nice < rough) return false;
      step = nice;
      return true;
    };
    if (end_s <= 120) {
      const double decade = std::pow(10, std::floor(std::log10(rough)));
      for (const double nice : {1.0, 2.0, 5.0, 10.0}) {
        if (take(nice * decade)) break;
      }
    } else {  // whole minutes and hours
      for (const double nice : {30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 21600.0, 86400.0}) {
        if (take(nice)) break;
      }
    }
    for (int n = 0; n <= 10 && n * step <= end_s * 1.0001; ++n) {
      const double at = x(n * step);
      out.line({at, top}, {at, y - between + 4}, "grid");
      const auto where = n == 0            ? svg::anchor::start
                         : at > width - 40 ? svg::anchor::end
                                           : svg::anchor::middle;
      out.text({at, y + 14}, seconds_text(n * step), "tick", where);
    }
  }

  // The curve of subtasks answered so far, of all that ended.
  void answered(svg::drawing& out) const {
    const double all =
        static_cast<double>(std::max<std::uint64_t>(1, run_.counts().finished + run_.counts().gave_up));
    std::vector<svg::point> curve{{left, top + overview - 3}};
    for (std::size_t b = 0; b < timeline_bins; ++b) {
      const double share = std::min(1.0, static_cast<double>(in_.answered[b]) / all);
      curve.push_back({x_of_bin(b + 1), top + overview - 3 - share * (overview - 7)});
    }
    std::vector<svg::point> area = curve;
    area.push_back({width - right, top + overview});
    area.push_back({left, top + overview});
    out.polygon(area, "area");
    out.polyline(curve, "curve");
    label(out, top + overview / 2, "answered",
          message("Subtasks answered so far, up to ", count_text(run_.counts().finished), " of ",
                  count_text(run_.counts().finished + run_.counts().gave_up)));
  }

  std::string tip_of(const recorded_call& c) const {
    const bool known = c.subtask < run_.subtasks().size();
    std::string out = message(known ? run_.subtasks()[c.subtask].name : message("subtask ", c.subtask),
                              " on ", name_of_model(c.model), ": ", name_of(c.end));
    if (c.failure) out += message(" (", infer::name_of(*c.failure), ')');
    out += message(" after ", seconds_text(c.ended_at_s - c.started_at_s), ", from ",
                   seconds_text(c.started_at_s), " on");
    if (c.origin != call_origin::planned) out += message(", ", name_of(c.origin));
    if (c.started_at_s > c.queued_at_s)
      out += message(", waited ", seconds_text(c.started_at_s - c.queued_at_s));
    if (c.used.energy_j > 0) out += message(", ", amount_text(c.used.energy_j, "J"));
    if (c.late_at_s >= 0) out += message(", its answer came late, at ", seconds_text(c.late_at_s));
    if (!c.text.empty()) out += ": " + c.text;
    return out;
  }

  double row_of(const timeline_lane& l, std::size_t at, double y) const {
    return y + 3 + row_ * static_cast<double>(l.rows[at]);
  }

  void call(svg::drawing& out, const timeline_lane& l, std::size_t at, double y) const {
    const recorded_call& c = run_.calls()[l.calls[at]];
    const double from = x(c.started_at_s);
    const double long_ = std::max(x(c.ended_at_s) - from, 2.0);
    const double gap = long_ > 4 ? 1 : 0;  // between neighbours
    const double row = row_of(l, at, y);
    out.rect({from, row + 1.5, long_ - gap, row_ - 3}, name_of(c.end), 2, tip_of(c));
    if (c.origin != call_origin::planned)
      out.rect({from - 1.5, row - 0.5, 3, row_ + 1}, name_of(c.origin), 1);
  }

  void late(svg::drawing& out, const timeline_lane& l, std::size_t at, double y) const {
    const recorded_call& c = run_.calls()[l.calls[at]];
    if (c.late_at_s < 0) return;
    const double middle = row_of(l, at, y) + row_ / 2;
    out.line({x(c.ended_at_s), middle}, {x(c.late_at_s), middle}, "late");
    out.circle({x(c.late_at_s), middle}, 3.2, "late-end", tip_of(c));
  }

  // Steps over the parts of the time, on what is below them.
  void steps(svg::drawing& out, const std::vector<double>& values, std::vector<double>& below, double base,
             double scale, std::string_view classes) const {
    std::vector<svg::point> up;
    std::vector<svg::point> down;
    for (std::size_t b = 0; b <= timeline_bins; ++b) {
      if (b == timeline_bins || values[b] <= 0) {
        up.insert(up.end(), down.rbegin(), down.rend());
        if (!up.empty()) out.polygon(up, classes);
        up.clear();
        down.clear();
        continue;
      }
      for (const double at : {x_of_bin(b), x_of_bin(b + 1)}) {
        up.push_back({at, base - (below[b] + values[b]) * scale});
        down.push_back({at, base - below[b] * scale});
      }
      below[b] += values[b];
    }
  }

  void columns(svg::drawing& out, const timeline_lane& l, double y) const {
    std::vector<double> below(timeline_bins, 0);
    for (const call_end end :
         {call_end::answered, call_end::running, call_end::cancelled, call_end::failed}) {
      steps(out, l.busy[static_cast<std::size_t>(end)], below, y + column, (column - 2) / most_busy_,
            end == call_end::running ? "answered" : name_of(end));
    }
    constexpr std::string_view classes[timeline_marks] = {"retry", "hedge", "reassigned", "failed",
                                                          "late-end"};
    for (std::size_t kind = 0; kind < timeline_marks; ++kind) {
      const double middle = y + column + marks * (static_cast<double>(kind) + 0.5) / timeline_marks;
      for (std::size_t b = 0; b < timeline_bins; ++b) {
        if (l.marked[kind][b] > 0) out.rect({x_of_bin(b), middle - 1, bin_width, 2}, classes[kind]);
      }
    }
  }

  void waiting(svg::drawing& out, const timeline_lane& l, double y) const {
    if (l.most_waiting <= 0) return;
    std::vector<double> below(timeline_bins, 0);
    steps(out, l.waiting, below, y + body_of(l) + queue, (queue - 1) / most_waiting_, "queue");
  }

  // What happened in each part of the time; longer parts where there are many models.
  void tips(svg::drawing& out, const timeline_lane& l, double y) const {
    constexpr std::size_t most = 4000;
    const std::size_t parts = std::clamp<std::size_t>(most / in_.lanes.size(), 1, timeline_bins);
    const std::size_t each = (timeline_bins + parts - 1) / parts;
    for (std::size_t from = 0; from < timeline_bins; from += each) {
      const std::size_t to = std::min(timeline_bins, from + each);
      double busy = 0;
      double waits = 0;
      std::array<std::size_t, timeline_marks> marked{};
      for (std::size_t b = from; b < to; ++b) {
        for (const auto& of_end : l.busy) busy += of_end[b] / static_cast<double>(to - from);
        waits += l.waiting[b] / static_cast<double>(to - from);
        for (std::size_t k = 0; k < marked.size(); ++k) marked[k] += l.marked[k][b];
      }
      if (busy + waits <= 0 && marked == std::array<std::size_t, timeline_marks>{}) continue;
      const auto rounded = [](double v) { return std::round(v * 100) / 100; };
      std::string tip = message(
          name_of_model(l.model), ", ", seconds_text(in_.scale.bin_s() * static_cast<double>(from)), " to ",
          seconds_text(in_.scale.bin_s() * static_cast<double>(to)), ": ", rounded(busy), " at once");
      if (waits > 0) tip += message(", ", rounded(waits), " waiting");
      constexpr std::string_view what[timeline_marks] = {" retries", " hedges", " moved here", " failed",
                                                         " late"};
      for (std::size_t k = 0; k < marked.size(); ++k) {
        if (marked[k] > 0) tip += message(", ", marked[k], what[k]);
      }
      out.rect({x_of_bin(from), y, x_of_bin(to) - x_of_bin(from), height_of(l)}, "bin", 0, tip);
    }
  }

  const recorder& run_;
  timeline_lanes in_;
  double row_ = 13;
  double most_busy_ = 1;
  double most_waiting_ = 0;
};

}  // namespace shoal::run::detail
