// SPDX-License-Identifier: BSL-1.0
/// @file Report page: a recorded run as one self-contained HTML page.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/core/message.hpp"
#include "shoal/core/svg.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/run/amounts.hpp"
#include "shoal/run/recorder.hpp"
#include "shoal/run/report_style.hpp"
#include "shoal/run/timeline.hpp"
#include "shoal/version.hpp"

namespace shoal::run {

/// What a page says beside what was recorded.
struct page_options {
  std::string title = "shoal run";
  std::vector<std::pair<std::string, std::string>> facts{};  ///< name and value, below the title
  std::size_t one_by_one = 1'500;  ///< calls up to which the timeline draws each one
  std::size_t rows = 200;          ///< of the longer tables
};

/// The page: how the run ended, its calls over time by model with retries, hedges, late answers and outages,
/// energy and time by model, failures, and what was given up. One file: no script, nothing is fetched, light
/// and dark, readable on a telephone. All text in it is escaped. Well-formed as XML but for its first line.
/// @complexity O(calls log calls).
template <class = when_used>
std::string report_page(const recorder& run, const page_options& options = {});

/// The page's timeline as a picture of its own: an SVG file, light and dark.
/// @param one_by_one  calls up to which each one is drawn.
template <class = when_used>
std::string timeline_svg(const recorder& run, std::size_t one_by_one = page_options{}.one_by_one) {
  return detail::timeline<>(run, one_by_one).draw().file(detail::report_style);
}

namespace detail {

template <class = when_used>
class page_writer {
 public:
  page_writer(const recorder& run, const page_options& options) : run_(run), options_(options) {}

  std::string page() {
    heading();
    tiles();
    time_section();
    models();
    failures();
    given_up();
    slowest();
    footer();
    return message(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
        // Even if something slipped through the escapes, nothing could run or be fetched.
        "<meta http-equiv=\"Content-Security-Policy\" "
        "content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n<title>",
        svg::escaped(options_.title), "</title>\n<style>", report_style, "</style>\n</head>\n<body><main>\n",
        body_, "</main></body>\n</html>\n");
  }

 private:
  struct cell {
    std::string text{};
    std::string_view classes{};
    double share = -1;  // of a bar behind it, [0, 1]
  };
  using row = std::vector<cell>;

  const call_counts& counts() const { return run_.counts(); }

  void heading() {
    const std::uint64_t ended = counts().finished + counts().gave_up;
    std::string_view kind = "complete";
    std::string verdict;
    if (ended == 0) {
      kind = "partial";
      verdict = "No subtask has ended.";
    } else if (counts().gave_up == 0) {
      verdict = ended == 1 ? "The subtask was answered."
                           : message("All ", count_text(ended), " subtasks were answered.");
    } else if (counts().finished == 0) {
      kind = "none";
      verdict = ended == 1 ? "The subtask was given up."
                           : message("All ", count_text(ended), " subtasks were given up.");
    } else {
      kind = "partial";
      verdict = message(count_text(counts().finished), " of ", count_text(ended), " subtasks were answered, ",
                        count_text(counts().gave_up), " given up.");
    }
    body_ += message("<h1>", svg::escaped(options_.title), "</h1>\n<p class=\"verdict ", kind, "\">", verdict,
                     "</p>\n<p class=\"facts\">");
    for (const auto& [name, value] : options_.facts) {
      body_ += message("<span>", svg::escaped(name), " <b>", svg::escaped(value), "</b></span> ");
    }
    body_ += "</p>\n";
  }

  void tile(const std::string& figure, const std::string& words, std::string_view kind = {}) {
    body_ += message("<div class=\"tile ", kind, "\"><b>", figure, "</b><span>", words, "</span></div>\n");
  }

  void tiles() {
    const call_counts& c = counts();
    body_ += "<div class=\"tiles\">\n";
    tile(count_text(c.finished),
         c.gave_up == 0 ? std::string("subtasks answered, none given up")
                        : message("subtasks answered, ", count_text(c.gave_up), " given up"),
         c.finished == 0  ? "bad"
         : c.gave_up == 0 ? "good"
                          : "partial");
    tile(seconds_text(run_.seconds()),
         message("on the clock; ", seconds_text(c.used.time_s), " of the models"));
    tile(amount_text(c.used.energy_j, "J"),
         c.finished == 0
             ? std::string("energy")
             : message("energy, ", amount_text(c.used.energy_j / static_cast<double>(c.finished), "J"),
                       " for each answered subtask"));
    tile(count_text(c.started),
         message("calls; ", count_text(c.failed()), " failed, ", share_text(c.failed(), c.started)));
    tile(count_text(c.retried + c.reassigned),
         message(count_text(c.retried), " retries, ", count_text(c.reassigned), " moves to another model"));
    tile(share_text(c.hedged, c.started), message("of calls were hedges: ", count_text(c.hedged)));
    if (c.late > 0) tile(count_text(c.late), "late answers, dropped");
    if (c.shed > 0) tile(count_text(c.shed), "shed from full queues", "bad");
    if (c.used.input_tokens + c.used.output_tokens > 0) {
      tile(count_text(c.used.input_tokens + c.used.output_tokens),
           message("tokens: ", count_text(c.used.input_tokens), " in, ", count_text(c.used.output_tokens),
                   " out"));
    }
    body_ += "</div>\n";
  }

  void open(std::string_view heading, const std::string& words = {}) {
    body_ += message("<section><h2>", heading, "</h2>\n");
    if (!words.empty()) body_ += message("<p>", svg::escaped(words), "</p>\n");
  }

  void key(std::string_view shape, std::string_view words) {
    body_ += message("<li><svg viewBox=\"0 0 22 14\">", shape, "</svg>", words, "</li>\n");
  }

  void time_section() {
    const timeline<> drawn(run_, options_.one_by_one);
    if (drawn.lanes().lanes.empty()) return;
    std::string words =
        drawn.lanes().one_by_one
            ? std::string("Each bar is a call. Rest the pointer on one for what became of it.")
            : std::string(
                  "There were too many calls to draw each. The columns show how many ran at once, all models "
                  "by one "
                  "scale; the marks below them, when calls were retries, hedges or moves, failed, or came "
                  "late.");
    if (run_.dropped_calls() > 0) {
      words += message(
          " Only the first ", count_text(run_.calls().size()), " of ", count_text(counts().started),
          " calls were kept; all figures but this timeline, the quantiles and the slowest calls count "
          "every one.");
    }
    if (drawn.lanes().left_out > 0) {
      words += message(" ", count_text(drawn.lanes().left_out), " models with fewer calls are not drawn.");
    }
    open("Calls over time", words);
    body_ += "<div class=\"scroll\">\n" + drawn.draw().element() + "</div>\n<ul class=\"key\">\n";
    constexpr std::string_view bar = "<rect y=\"2\" width=\"22\" height=\"10\" rx=\"2\" class=\"";
    const auto fill = [&](std::string_view name, std::string_view words_of_it) {
      key(message(bar, name, "\"/>"), words_of_it);
    };
    fill("answered", "answered");
    if (counts().failed() > 0) fill("failed", "failed");
    if (counts().cancelled > 0) fill("cancelled", "cancelled");
    const auto edge = [&](std::string_view name, std::string_view words_of_it) {
      key(drawn.lanes().one_by_one
              ? message(
                    "<rect x=\"4\" y=\"3\" width=\"18\" height=\"8\" class=\"answered\" opacity=\"0.35\"/>"
                    "<rect x=\"2\" width=\"3\" height=\"14\" class=\"",
                    name, "\"/>")
              : message("<rect x=\"2\" y=\"5\" width=\"18\" height=\"3\" class=\"", name, "\"/>"),
          words_of_it);
    };
    if (counts().retried > 0) edge("retry", "retry");
    if (counts().hedged > 0) edge("hedge", "hedge");
    if (counts().reassigned > 0) edge("reassigned", "moved from another model");
    if (counts().late > 0) {
      key("<line x1=\"0\" y1=\"7\" x2=\"16\" y2=\"7\" class=\"late\"/><circle cx=\"18\" cy=\"7\" r=\"3\" "
          "class=\"late-end\"/>",
          "late answer, dropped");
    }
    if (drawn.most_waiting() > 0) {
      key("<rect y=\"4\" width=\"22\" height=\"7\" class=\"queue\"/>",
          message("waiting for a place, below each lane, at most ",
                  to_text(std::ceil(drawn.most_waiting()))));
    }
    if (counts().breaker_opened > 0) fill("breaker", "circuit breaker open");
    if (counts().model_dead > 0) fill("dead", "dead: no heartbeats");
    body_ += "</ul></section>\n";
  }

  // Columns that begin with '<' are of words.
  void table(const std::vector<std::string_view>& columns, const std::vector<row>& rows, bool sum = false) {
    const auto of_words = [&](std::size_t c) { return columns[c].substr(0, 1) == "<"; };
    body_ += "<div class=\"scroll\"><table>\n<thead><tr>";
    for (std::size_t c = 0; c < columns.size(); ++c) {
      body_ += message(of_words(c) ? "<th class=\"words\">" : "<th>", columns[c].substr(of_words(c) ? 1 : 0),
                       "</th>");
    }
    body_ += "</tr></thead>\n<tbody>\n";
    for (std::size_t r = 0; r < rows.size(); ++r) {
      body_ += sum && r + 1 == rows.size() ? "<tr class=\"sum\">" : "<tr>";
      for (std::size_t c = 0; c < columns.size(); ++c) {
        const cell& x = rows[r][c];
        body_ += message("<td class=\"", of_words(c) ? "words " : "", x.classes, x.share >= 0 ? " share" : "",
                         '"');
        if (x.share >= 0) body_ += message(" style=\"--w:", svg::coordinate(100 * x.share), "%\"");
        body_ += message('>', svg::escaped(x.text), "</td>");
      }
      body_ += "</tr>\n";
    }
    body_ += "</tbody></table></div>\n";
  }

  static cell count(std::uint64_t n, bool bad = false) {
    return {count_text(n), n == 0 ? "zero" : bad ? "bad" : ""};
  }

  std::string name_of_model(std::size_t i) const {
    if (i >= run_.models().size()) return {};
    return run_.models()[i].name.empty() ? message("model ", i) : run_.models()[i].name;
  }

  static std::string quantile(const std::vector<double>& sorted, double q) {
    if (sorted.empty()) return "-";
    // The smallest value that at least a share q does not exceed.
    const double rank = std::ceil(q * static_cast<double>(sorted.size()));
    return seconds_text(sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1]);
  }

  void models() {
    std::vector<std::vector<double>> took(run_.models().size());
    std::vector<double> waited(run_.models().size(), 0);
    std::vector<std::size_t> kept(run_.models().size(), 0);
    for (const recorded_call& c : run_.calls()) {
      if (c.model >= took.size()) continue;
      if (c.end == call_end::answered) took[c.model].push_back(c.ended_at_s - c.started_at_s);
      waited[c.model] += c.started_at_s - c.queued_at_s;
      ++kept[c.model];
    }
    const bool tokens = counts().used.input_tokens + counts().used.output_tokens > 0;
    std::vector<std::string_view> columns{"<model",    "calls",   "answered",  "failed", "cancelled",
                                          "late",      "retries", "hedges",    "median", "95 % within",
                                          "mean wait", "energy",  "model time"};
    if (tokens) columns.push_back("tokens");
    std::vector<row> rows;
    std::size_t unused = 0;
    usage most;  // of one model
    for (const recorded_model& m : run_.models()) {
      most.energy_j = std::max(most.energy_j, m.counts.used.energy_j);
      most.time_s = std::max(most.time_s, m.counts.used.time_s);
    }
    const auto line = [&](const std::string& name, const call_counts& c, const std::string& median,
                          const std::string& p95, const std::string& wait, bool whole) {
      row out{{name},
              count(c.started),
              count(c.answered),
              count(c.failed(), true),
              count(c.cancelled),
              count(c.late, true),
              count(c.retried),
              count(c.hedged),
              {median},
              {p95},
              {wait},
              {amount_text(c.used.energy_j, "J")},
              {seconds_text(c.used.time_s)}};
      if (tokens) out.push_back(count(c.used.input_tokens + c.used.output_tokens));
      if (!whole && most.energy_j > 0) out[11].share = c.used.energy_j / most.energy_j;
      if (!whole && most.time_s > 0) out[12].share = c.used.time_s / most.time_s;
      rows.push_back(std::move(out));
    };
    for (std::size_t i = 0; i < run_.models().size(); ++i) {
      const recorded_model& m = run_.models()[i];
      if (m.counts.started == 0 && m.outages.empty()) {
        ++unused;
        continue;
      }
      if (rows.size() >= options_.rows) continue;
      std::sort(took[i].begin(), took[i].end());
      const double mean_wait = kept[i] == 0 ? 0 : waited[i] / static_cast<double>(kept[i]);
      line(name_of_model(i), m.counts, quantile(took[i], 0.5), quantile(took[i], 0.95),
           seconds_text(mean_wait), false);
    }
    if (rows.empty()) return;
    const std::size_t left_out = run_.models().size() - unused - rows.size();
    line("all", counts(), "", "", "", true);
    std::string words =
        "Median and 95 % are of the calls that were answered; energy and time are what those used, beside "
        "the other "
        "models.";
    if (left_out > 0) words += message(" ", count_text(left_out), " models more are not listed.");
    open("Models", words);
    table(columns, rows, true);
    body_ += "</section>\n";
  }

  void failures() {
    if (counts().failed() == 0) return;
    std::vector<std::pair<std::uint64_t, row>> all;
    for (std::size_t i = 0; i < run_.models().size(); ++i) {
      const recorded_model& m = run_.models()[i];
      for (std::size_t f = 0; f < failure_kinds; ++f) {
        const std::uint64_t times = m.counts.failures[f];
        if (times == 0) continue;
        const recorded_failure& first = m.first[f];
        all.emplace_back(times, row{{name_of_model(i)},
                                    {std::string(infer::name_of(static_cast<infer::failure_kind>(f)))},
                                    {count_text(times)},
                                    {share_text(times, m.counts.started)},
                                    {seconds_text(first.at_s)},
                                    {first.subtask},
                                    {first.text, "long"}});
      }
    }
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    open("Failures", listed("The most frequent first, with what the first of each kind said.", all.size()));
    std::vector<row> rows;
    for (auto& [times, cells] : all) {
      if (rows.size() < options_.rows) rows.push_back(std::move(cells));
    }
    table({"<model", "<failure", "times", "of its calls", "first at", "<of subtask", "<what it said"}, rows);
    body_ += "</section>\n";
  }

  std::string listed(std::string words, std::size_t all) const {
    if (all > options_.rows) {
      words += message(" The first ", count_text(options_.rows), " of ", count_text(all), " are listed.");
    }
    return words;
  }

  void given_up() {
    if (counts().gave_up == 0) return;
    std::vector<row> rows;
    std::size_t kept = 0;
    for (const recorded_subtask& s : run_.subtasks()) {
      if (s.how != recorded_subtask::state::given_up) continue;
      ++kept;
      if (rows.size() < options_.rows)
        rows.push_back({{s.name}, {seconds_text(s.ended_at_s)}, {s.why, "long"}});
    }
    open("Given up",
         listed("Subtasks that ended without an answer.", std::max<std::size_t>(kept, counts().gave_up)));
    table({"<subtask", "at", "<why"}, rows);
    body_ += "</section>\n";
  }

  void slowest() {
    constexpr std::size_t most = 10;
    std::vector<const recorded_call*> all;
    for (const recorded_call& c : run_.calls()) all.push_back(&c);
    if (all.size() < 2 * most) return;  // the timeline shows them
    const auto longer = [](const recorded_call* a, const recorded_call* b) {
      return a->ended_at_s - a->started_at_s > b->ended_at_s - b->started_at_s;
    };
    std::stable_sort(all.begin(), all.end(), longer);
    std::vector<row> rows;
    for (std::size_t n = 0; n < most; ++n) {
      const recorded_call& c = *all[n];
      std::string end(name_of(c.end));
      if (c.failure) end += message(" (", infer::name_of(*c.failure), ')');
      if (c.late_at_s >= 0) end += ", late";
      rows.push_back({{c.subtask < run_.subtasks().size() ? run_.subtasks()[c.subtask].name
                                                          : message("subtask ", c.subtask)},
                      {name_of_model(c.model)},
                      {seconds_text(c.ended_at_s - c.started_at_s)},
                      {seconds_text(c.started_at_s)},
                      {std::string(name_of(c.origin))},
                      {end}});
    }
    open("Slowest calls");
    table({"<subtask", "<model", "lasted", "from", "<made as", "<ended"}, rows);
    body_ += "</section>\n";
  }

  void footer() {
    body_ += message(
        "<footer><p>Times are seconds since the run began. A call is hedged when a second model is asked "
        "beside a slow one; the first answer counts and the other call is cancelled. Names and messages "
        "longer than ",
        run_.limits().text, " bytes are cut.</p>\n<p>Made by shoal ", version, ".</p></footer>\n");
  }

  const recorder& run_;
  const page_options& options_;
  std::string body_{};
};

}  // namespace detail

template <class>
std::string report_page(const recorder& run, const page_options& options) {
  return detail::page_writer<>(run, options).page();
}

}  // namespace shoal::run
