// SPDX-License-Identifier: BSL-1.0
/// @file The live runs on the terminal, as figures and as sections of the page.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "live.hpp"
#include "page.hpp"
#include "svg.hpp"
#include "terminal.hpp"

namespace demo {

/// What came of the live parts.
struct live_story {
  live_fleet fleet{};
  double required = 0;               ///< mean accuracy of the plan
  std::vector<live_run> runs{};      ///< the plan; the same with a death; the large model alone; by servers
  std::optional<live_run> served{};  ///< over HTTP, one server killed
  std::vector<std::string> nodes{};  ///< of those servers
  std::size_t same = 0;  ///< sentences that the servers said exactly as the same weights do in this process
};

inline std::string milli(double value, int digits) { return fixed(1e3 * value, digits); }

inline std::vector<std::string> fleet_columns() {
  return {"<model", "kB", "short", "middle", "long", "right", "ms", "mJ", "share of the plan"};
}

inline std::vector<std::vector<std::string>> fleet_rows(const live_story& told) {
  std::vector<std::vector<std::string>> out;
  const live_fleet& f = told.fleet;
  for (std::size_t i = 0; i < f.models.size(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    std::vector<std::string> cells{f.models[i].name, std::to_string(f.bytes[i] / 1000)};
    for (Eigen::Index kind = 0; kind < f.quality.cols(); ++kind)
      cells.push_back(fixed(f.quality(row, kind), 2));
    cells.insert(cells.end(),
                 {fixed(f.models[i].accuracy, 3), milli(f.models[i].time_s, 2),
                  milli(f.models[i].energy_j, 2), fixed(100 * told.runs.front().planned_share[i], 0) + " %"});
    out.push_back(std::move(cells));
  }
  return out;
}

inline std::vector<std::string> live_columns() {
  return {"<run", "planned", "reached", "mJ planned", "mJ spent",
          "ms",   "calls",   "failed",  "moved",      "answered"};
}

/// @param between  stands between what was reached and half of its 95 % interval.
inline std::vector<std::string> live_row(const live_run& r, std::string_view between = " +- ") {
  const auto count = static_cast<double>(r.answers.size());
  return {r.name,
          fixed(r.planned_accuracy, 3),
          fixed(r.reached(), 3) + std::string(between) + fixed(half_width_95(r.reached(), count), 3),
          milli(r.planned_energy_j, 2),
          milli(r.energy_j, 2),
          milli(r.time_s, 2),
          std::to_string(r.calls),
          std::to_string(r.failed),
          std::to_string(r.moved),
          std::to_string(r.answered()) + "/" + std::to_string(r.answers.size())};
}

/// The last answer to each kind of sentence, with who gave it.
inline std::vector<std::string> some_answers(const live_run& r) {
  std::vector<std::string> out;
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    const auto at = std::find_if(r.answers.rbegin(), r.answers.rend(), [&](const live_answer& a) {
      return a.of.kind == static_cast<Eigen::Index>(kind);
    });
    if (at == r.answers.rend()) continue;
    out.push_back(shoal::message(at->by, ": ", at->of.english, " -> ", at->said,
                                 at->right() ? "" : " (right: " + at->of.german + ")"));
  }
  return out;
}

inline std::string energy_words(const live_fleet& f) {
  return f.by_counter ? "Energy: the processor's own counter."
                      : "Energy: operations counted at 1e-10 J each, for this machine shows no counter.";
}

/// What the run in this process says, in a sentence.
inline std::string said_here(const live_story& told) {
  const live_run& calm = told.runs[0];
  const live_run& hard = told.runs[1];
  const live_run& alone = told.runs[2];
  return shoal::message(
      "Live: ", told.fleet.models.size(), " real translators in this process planned ",
      fixed(told.required, 2), " and reached ", fixed(calm.reached(), 3), " for ", milli(calm.energy_j, 2),
      " mJ and ", milli(calm.time_s, 2), " ms a sentence; the large one alone ", fixed(alone.reached(), 3),
      " for ", milli(alone.energy_j, 2), " mJ. With ", told.fleet.models[*hard.died].name, " dead halfway, ",
      hard.answered(), " of ", hard.answers.size(), " were answered and ", fixed(hard.reached(), 3),
      " reached for ", milli(hard.energy_j, 2), " mJ.");
}

/// What the run over HTTP says, in a sentence.
inline std::string said_by_servers(const live_story& told) {
  const live_run& r = *told.served;
  return shoal::message(
      "Live over HTTP: ", told.nodes[*r.died], " of ", told.nodes.size(), " servers was killed after ",
      fixed(r.died_at_s, 2), " s; ", r.failed, " calls failed, ", r.answered(), " of ", r.answers.size(),
      " sentences were answered in ", fixed(r.seconds, 2), " s, ", fixed(r.reached(), 3), " of them right; ",
      told.same, " are to the letter what the same weights say in this process.");
}

/// Calls of a run by model over time, failed ones marked, and the moment of the death.
inline svg::drawing calls_figure(const live_run& r, const std::vector<std::string>& names) {
  constexpr double row = 34;
  const svg::box frame{110, 34, 700, row * static_cast<double>(names.size())};
  svg::drawing out(960, frame.y + frame.height + 50, "Calls by model over time",
                   "Each bar is a call; failed ones are marked. What failed went to other models.");
  const svg::axis x{0, r.seconds, frame.x, frame.x + frame.width};
  const double bottom = frame.y + frame.height;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const double middle = frame.y + row * (static_cast<double>(i) + 0.5);
    out.line({frame.x, middle}, {frame.x + frame.width, middle}, "grid");
    out.text({frame.x - 12, middle + 4}, names[i], "", svg::anchor::end);
    std::size_t answered = 0;
    std::size_t failed = 0;
    for (const bool drawn_last : {false, true}) {  // failures over answers
      for (const live_call& c : r.all_calls) {
        if (c.model != i || c.answered == drawn_last) continue;
        ++(c.answered ? answered : failed);
        const double width = std::max(c.answered ? 0.8 : 3.0, x(c.to_s) - x(c.from_s));
        out.rect({x(c.from_s), middle - 10, width, 20}, c.answered ? "call" : "call failed");
      }
    }
    out.text({frame.x + frame.width + 14, middle + 4},
             shoal::message(answered, " answered", failed > 0 ? shoal::message(", ", failed, " failed") : ""),
             "tick");
  }
  out.line({frame.x, bottom}, {frame.x + frame.width, bottom}, "base");
  out.text({frame.x, bottom + 20}, "0", "tick");
  out.text({frame.x + frame.width, bottom + 20}, fixed(r.seconds, 2) + " s", "tick", svg::anchor::end);
  if (r.died) {
    out.line({x(r.died_at_s), frame.y - 8}, {x(r.died_at_s), bottom}, "dashed large");
    out.text({x(r.died_at_s), frame.y - 14}, names[*r.died] + " dies", "in-large", svg::anchor::middle);
  }
  return out;
}

inline std::vector<std::string> names_of(const shoal::fleet<>& models) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < models.size(); ++i) out.push_back(models[i].name);
  return out;
}

/// The live figures.
inline std::vector<figure> draw_live(const live_story& told) {
  std::vector<figure> out{{"live", calls_figure(told.runs[1], names_of(told.fleet.models))}};
  if (told.served) out.push_back({"live-servers", calls_figure(*told.served, told.nodes)});
  return out;
}

inline constexpr std::string_view live_words =
    "Small transformers that this project trained on sentences of its own, from English to German. They were "
    "measured and run when this page was made. Right is right to the letter.";

/// The live sections of the page.
inline void show_live(page& out, const live_story& told, const std::vector<figure>& figures) {
  out.table("Live: the translators", std::string(live_words) + ' ' + energy_words(told.fleet),
            fleet_columns(), fleet_rows(told));
  std::vector<std::vector<std::string>> rows;
  for (const live_run& r : told.runs) rows.push_back(live_row(r, " \u00b1 "));
  out.table("Live: the runs",
            "Sentences that nobody was measured on. Joules and milliseconds are per sentence.",
            live_columns(), rows);
  out.show(
      "Live: " + told.fleet.models[*told.runs[1].died].name + " dies",
      "In this process, one call at a time. What the dead model does not answer is assigned anew by solving "
      "what is left.",
      figures[0].drawing);
  if (told.served) {
    out.show(
        "Live: a server is killed",
        "The same over HTTP: three llama-servers, two calls at a time on each. One of them is killed in the "
        "middle of its work.",
        figures[1].drawing);
  }
  std::vector<std::string> answers = some_answers(told.runs[1]);
  if (told.served) {
    for (std::string& a : some_answers(*told.served)) answers.push_back(std::move(a));
  }
  out.list("Live: the last answers of both", answers);
}

}  // namespace demo
