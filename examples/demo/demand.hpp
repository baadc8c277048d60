// SPDX-License-Identifier: BSL-1.0
/// @file Small, hybrid or large: what `assign` gives to which as the required quality grows, on the live
/// translators.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "live.hpp"
#include "page.hpp"
#include "planning.hpp"
#include "svg.hpp"
#include "terminal.hpp"

namespace demo {

/// Sorts of translators: alone and small, small but joined to the large one's encoder, large.
inline constexpr std::array<std::string_view, 3> sorts{"small", "hybrid", "large"};

inline std::size_t sort_of(std::string_view name) {
  return name.starts_with("hybrid") ? 1U : name == "large" ? 2U : 0U;
}

/// The plan of least energy for a required share of right sentences.
struct demanded {
  double required = 0;
  double accuracy = 0;  ///< planned
  double energy_j = 0;  ///< of a sentence
  double time_s = 0;    ///< of a sentence
  std::array<double, sorts.size()> share{};
};

/// Plans from a required share of right sentences up to the best that the translators can do, step by step,
/// each proven.
inline std::vector<demanded> demand_curve(const live_fleet& who, double from, double step) {
  // Each kind of sentence in twenty parts, so that several models may share it.
  constexpr std::size_t parts = 20;
  shoal::task_graph graph;
  const Eigen::Index models = who.quality.rows();
  const Eigen::Index columns = static_cast<Eigen::Index>(parts) * who.quality.cols();
  matrix quality(models, columns);
  matrix energy_j(models, columns);
  matrix time_s(models, columns);
  for (Eigen::Index c = 0; c < columns; ++c) {
    const Eigen::Index kind = c / static_cast<Eigen::Index>(parts);
    graph.add({.name = shoal::message(kinds[static_cast<std::size_t>(kind)], " ", c),
               .count = who.asked[kind] / static_cast<double>(parts)});
    quality.col(c) = who.quality.col(kind);
    energy_j.col(c) = who.energy_j.col(kind);
    time_s.col(c) = who.time_s.col(kind);
  }
  assign::problem p = assign::make_problem(who.models, graph);
  p.compatibility = quality;
  p.energy_j = energy_j;
  p.time_s = time_s;
  const double sentences = who.asked.sum();
  std::vector<demanded> out;
  const auto plan = [&](double required) {
    p.require = {assign::quality_rule::mean, required};
    const assign::solution s = assign::exact{}(p, least_energy, {});
    if (s) {
      demanded& d = out.emplace_back(demanded{.required = required,
                                              .accuracy = s.compatibility.mean,
                                              .energy_j = s.energy_j / sentences,
                                              .time_s = s.time_s / sentences});
      for (std::size_t k = 0; k < s.chosen.size(); ++k)
        d.share[sort_of(who.models[s.chosen[k].front()].name)] += graph[k].count / sentences;
    }
    return s;
  };
  for (int i = 0;; ++i) {
    const assign::solution s = plan(from + step * i);
    if (s) continue;
    if (s.best) plan(*s.best);
    break;
  }
  return out;
}

/// Whether more quality never costs less, and each plan keeps its promise.
inline bool sound(const std::vector<demanded>& curve) {
  for (std::size_t i = 0; i < curve.size(); ++i) {
    if (curve[i].accuracy < curve[i].required - 1e-9) return false;
    if (i > 0 && curve[i].energy_j < curve[i - 1].energy_j * (1 - 1e-9)) return false;
  }
  return !curve.empty();
}

/// Shares of the sentences as stacked columns, with the energy of a sentence over them.
inline svg::drawing demand_figure(const std::vector<demanded>& curve) {
  constexpr std::array<std::string_view, 3> colours{"dot small", "dot fleet", "dot large"};
  constexpr std::array<std::string_view, 3> inks{"in-small", "in-fleet", "in-large"};
  const svg::box frame{64, 62, 872, 300};
  svg::drawing out(960, 424, "Small, hybrid or large, by the required quality",
                   "Each column is the plan of least energy: which share of the sentences goes to small "
                   "models, to the joined one and to the large one.");
  const double column = frame.width / static_cast<double>(curve.size());
  const double bottom = frame.y + frame.height;
  const svg::axis y{0, 1, bottom, frame.y};
  for (const double share : {0.0, 0.5, 1.0}) {
    out.line({frame.x, y(share)}, {frame.x + frame.width, y(share)}, "grid");
    out.text({frame.x - 10, y(share) + 4}, fixed(100 * share, 0) + " %", "tick", svg::anchor::end);
  }
  double legend = frame.x;
  for (std::size_t s = 0; s < sorts.size(); ++s) {
    out.rect({legend, 12, 14, 14}, colours[s], 3);
    out.text({legend + 20, 24}, sorts[s], inks[s]);
    legend += 100;
  }
  out.text({frame.x + frame.width, 24}, "above: mJ of a sentence", "note", svg::anchor::end);
  const std::size_t every = curve.size() / 14 + 1;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const demanded& d = curve[i];
    const double x = frame.x + column * static_cast<double>(i);
    double below = 0;
    for (std::size_t s = 0; s < sorts.size(); ++s) {
      if (d.share[s] <= 0) continue;
      const double top = y(below + d.share[s]);
      out.rect({x + 1, top, column - 2, y(below) - top}, colours[s], 2,
               shoal::message("at least ", fixed(d.required, 3), ": ", fixed(100 * d.share[s], 0), " % ",
                              sorts[s], ", ", fixed(1e3 * d.energy_j, 2), " mJ"));
      below += d.share[s];
    }
    if (i % every != 0 && i + 1 != curve.size()) continue;
    if (i + 1 != curve.size() && i + every > curve.size()) continue;  // its place is the last one's
    out.text({x + column / 2, frame.y - 8}, fixed(1e3 * d.energy_j, 1), "tick", svg::anchor::middle);
    out.text({x + column / 2, bottom + 20}, fixed(d.required, 2), "tick", svg::anchor::middle);
  }
  out.text({frame.x + frame.width, bottom + 44}, "required share of right sentences", "note",
           svg::anchor::end);
  return out;
}

inline std::vector<std::string> demand_columns() {
  return {"<at least", "planned", "mJ", "ms", "small", "hybrid", "large"};
}

/// @param every  so many plans of the curve make a row; the last one always does.
inline std::vector<std::vector<std::string>> demand_rows(const std::vector<demanded>& curve,
                                                         std::size_t every) {
  std::vector<std::vector<std::string>> out;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    if (i % every != 0 && i + 1 != curve.size()) continue;
    const demanded& d = curve[i];
    auto& row = out.emplace_back(std::vector<std::string>{fixed(d.required, 3), fixed(d.accuracy, 3),
                                                          fixed(1e3 * d.energy_j, 2),
                                                          fixed(1e3 * d.time_s, 2)});
    for (const double share : d.share) row.push_back(fixed(100 * share, 0) + " %");
  }
  return out;
}

inline constexpr std::string_view demand_words =
    "The same translators. The joined one (LLM-to-SLM) reads with the large one's encoder and writes with a "
    "small decoder. As the required quality grows, the plan of least energy goes from small over hybrid to "
    "large.";

/// The section of the page.
inline void show_demand(page& out, const std::vector<demanded>& curve, const svg::drawing& drawing) {
  out.show("Live: small, hybrid or large", demand_words, drawing);
  out.table("Live: what the required quality costs", "Plans of least energy; figures are of one sentence.",
            demand_columns(), demand_rows(curve, 2));
}

}  // namespace demo
