// SPDX-License-Identifier: BSL-1.0
/// @file Outage logs: what was down when, how often by itself, and how often together.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/csv.hpp"
#include "shoal/core/error.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/when_used.hpp"

namespace shoal::survive {

/// A time of being down.
struct outage {
  double start_s = 0;
  double end_s = 0;  ///< > start_s
};

/// What was seen of one source.
struct outage_log {
  std::string name{};
  std::vector<outage> outages{};  ///< by time; none touches another
  double from_s = 0;              ///< it was watched from here ...
  double until_s = 0;             ///< ... to here
};

/// Durations of one kind: those that were seen to end, and those that were still going on when the watch
/// ended (or were when it began), which are only known to be longer.
struct durations {
  std::vector<double> ended{};
  std::vector<double> cut{};
};

/// How two sources fail together, over the time that both were watched.
struct co_failure {
  double watched_s = 0;
  double first = 0;        ///< share of time that the first is down
  double second = 0;       ///< likewise the second
  double both = 0;         ///< share of time that both are down
  double independent = 0;  ///< what `both` would be if they had nothing to do with each other
  double ratio = 1;        ///< both / independent; 1 where independent is 0
};

/// Reads an outage log: CSV with the columns start_s and end_s, `trace` where there are several sources, and
/// `severity` where some outages are worse than others, in any order; other columns are passed over. Outages
/// of a source that overlap or touch become one. A source is taken to be watched from its first outage to its
/// last; set `from_s` and `until_s` where more is known.
/// @param least_severity  outages below it are left out; rows without one count as 1.
/// @throws csv_error  `line 7: end_s 5 is not after start_s 9`.
/// @complexity O(n log n).
template <class = when_used>
std::vector<outage_log> read_outages(std::string_view csv, double least_severity = 0);

/// Times of being up, between outages and at both ends of the watch.
/// @throws invalid_argument  when the outages are not in order, or lie outside of the watch; likewise below.
template <class = when_used>
durations up_times(const outage_log& log);

/// Times of being down.
template <class = when_used>
durations down_times(const outage_log& log);

/// Share of the watched time that the source was up; 1 for a watch of no length.
template <class = when_used>
double measured_availability(const outage_log& log);

/// Compares two sources.
/// @complexity O(outages of both).
template <class = when_used>
co_failure compare_outages(const outage_log& first, const outage_log& second);

namespace detail {

template <class = when_used>
void validate(const outage_log& log) {
  double last = log.from_s;
  for (std::size_t i = 0; i < log.outages.size(); ++i) {
    const outage& o = log.outages[i];
    if (!(o.start_s >= last && o.end_s > o.start_s && o.end_s <= log.until_s)) {
      throw invalid_argument(message("outage ", i, " of ", quoted(log.name), ": ", o.start_s, " to ", o.end_s,
                                     " is out of order or outside of ", log.from_s, " to ", log.until_s));
    }
    last = o.end_s;
  }
}

// Sorts by time and makes one of those that overlap or touch.
template <class Outage>
void merge_outages(std::vector<Outage>& all) {
  std::sort(all.begin(), all.end(), [](const Outage& a, const Outage& b) { return a.start_s < b.start_s; });
  std::size_t kept = 0;
  for (const Outage& o : all) {
    if (kept > 0 && o.start_s <= all[kept - 1].end_s) {
      all[kept - 1].end_s = std::max(all[kept - 1].end_s, o.end_s);
    } else {
      all[kept++] = o;
    }
  }
  all.resize(kept);
}

// Seconds of [from, until] that both are down.
template <class = when_used>
double overlap(const outage_log& a, const outage_log& b, double from, double until) {
  double sum = 0;
  std::size_t j = 0;
  for (const outage& o : a.outages) {
    while (j < b.outages.size() && b.outages[j].end_s <= o.start_s) ++j;
    for (std::size_t k = j; k < b.outages.size() && b.outages[k].start_s < o.end_s; ++k) {
      const double start = std::max({o.start_s, b.outages[k].start_s, from});
      const double end = std::min({o.end_s, b.outages[k].end_s, until});
      sum += std::max(0.0, end - start);
    }
  }
  return sum;
}

}  // namespace detail

template <class>
std::vector<outage_log> read_outages(std::string_view csv, double least_severity) {
  constexpr std::size_t none = static_cast<std::size_t>(-1);
  csv_reader reader(csv);
  std::vector<std::string_view> fields;
  if (!reader.next(fields)) throw csv_error(1, "there is no header");
  const std::size_t width = fields.size();
  const auto column = [&](std::string_view name) {
    const auto at = std::find(fields.begin(), fields.end(), name);
    return at == fields.end() ? none : static_cast<std::size_t>(at - fields.begin());
  };
  const std::size_t trace = column("trace");
  const std::size_t start = column("start_s");
  const std::size_t end = column("end_s");
  const std::size_t severity = column("severity");
  if (start == none || end == none)
    throw csv_error(1, message("there is no column ", start == none ? "start_s" : "end_s"));
  const auto number = [&](std::size_t at, std::string_view name) {
    const auto value = finite_number(fields[at]);
    if (!value)
      throw csv_error(reader.line(), message(name, " ", quoted(fields[at]), " is not a finite number"));
    return *value;
  };
  std::vector<outage_log> out;
  std::size_t last = none;
  while (reader.next(fields)) {
    if (fields.size() != width)
      throw csv_error(reader.line(), message(fields.size(), " fields where the header has ", width));
    const outage o{number(start, "start_s"), number(end, "end_s")};
    if (!(o.end_s > o.start_s))
      throw csv_error(reader.line(), message("end_s ", o.end_s, " is not after start_s ", o.start_s));
    const double weight = severity == none || fields[severity].empty() ? 1 : number(severity, "severity");
    const std::string_view name = trace == none ? std::string_view() : fields[trace];
    if (last == none || out[last].name != name) {
      for (last = 0; last < out.size() && out[last].name != name;) ++last;
      if (last == out.size()) out.push_back({std::string(name), {}, 0, 0});
    }
    if (weight >= least_severity) out[last].outages.push_back(o);
  }
  for (outage_log& log : out) {
    detail::merge_outages(log.outages);
    if (log.outages.empty()) continue;
    log.from_s = log.outages.front().start_s;
    log.until_s = log.outages.back().end_s;
  }
  return out;
}

template <class>
durations up_times(const outage_log& log) {
  detail::validate(log);
  durations out;
  double since = log.from_s;
  for (std::size_t i = 0; i < log.outages.size(); ++i) {
    const double up = log.outages[i].start_s - since;
    // Of the time before the first outage only the end was seen.
    if (up > 0) (i == 0 ? out.cut : out.ended).push_back(up);
    since = log.outages[i].end_s;
  }
  if (log.until_s > since) out.cut.push_back(log.until_s - since);
  return out;
}

template <class>
durations down_times(const outage_log& log) {
  detail::validate(log);
  durations out;
  for (const outage& o : log.outages) out.ended.push_back(o.end_s - o.start_s);
  return out;
}

template <class>
double measured_availability(const outage_log& log) {
  detail::validate(log);
  double down = 0;
  for (const outage& o : log.outages) down += o.end_s - o.start_s;
  return log.until_s > log.from_s ? 1 - down / (log.until_s - log.from_s) : 1;
}

template <class>
co_failure compare_outages(const outage_log& first, const outage_log& second) {
  detail::validate(first);
  detail::validate(second);
  co_failure out;
  const double from = std::max(first.from_s, second.from_s);
  const double until = std::min(first.until_s, second.until_s);
  if (!(until > from)) return out;
  out.watched_s = until - from;
  const outage_log always{"", {{from, until}}, from, until};
  out.first = detail::overlap(first, always, from, until) / out.watched_s;
  out.second = detail::overlap(second, always, from, until) / out.watched_s;
  out.both = detail::overlap(first, second, from, until) / out.watched_s;
  out.independent = out.first * out.second;
  if (out.independent > 0) out.ratio = out.both / out.independent;
  return out;
}

}  // namespace shoal::survive
