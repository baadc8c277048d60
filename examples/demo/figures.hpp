// SPDX-License-Identifier: BSL-1.0
/// @file The demo's four figures.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <numeric>
#include <string>
#include <vector>

#include "data.hpp"
#include "planning.hpp"
#include "svg.hpp"
#include "terminal.hpp"

namespace demo {

/// Energy against accuracy: both curves, the plans of the table on them, and every model on its own.
inline svg::drawing energy_quality_figure(const dataset& data, const measurement& measured,
                                          const std::vector<tradeoff>& small,
                                          const std::vector<tradeoff>& whole,
                                          const std::vector<proven>& marked_small,
                                          const std::vector<proven>& marked_whole) {
  svg::drawing out(960, 560, "Energy and accuracy of plans and single models",
                   "Least energy per request for each required mean accuracy, for small models alone and for "
                   "the whole fleet, beside every model alone.");
  const svg::box frame{64, 24, 872, 472};
  const svg::axis x{6.6, 170, frame.x, frame.x + frame.width, true};
  const svg::axis y{0.15, 0.67, frame.y + frame.height, frame.y};
  for (const double share : {0.2, 0.3, 0.4, 0.5, 0.6}) {
    out.line({frame.x, y(share)}, {frame.x + frame.width, y(share)}, "grid");
    out.text({frame.x - 10, y(share) + 4}, fixed(share, 1), "tick", svg::anchor::end);
  }
  for (const int joules : {7, 10, 15, 20, 30, 50, 75, 100, 150}) {
    out.line({x(joules), frame.y + frame.height}, {x(joules), frame.y + frame.height + 5}, "base");
    out.text({x(joules), frame.y + frame.height + 20}, std::to_string(joules), "tick", svg::anchor::middle);
  }
  out.line({frame.x, frame.y + frame.height}, {frame.x + frame.width, frame.y + frame.height}, "base");
  out.text({frame.x + frame.width, frame.y + frame.height + 42}, "energy, joules per request (logarithmic)",
           "note", svg::anchor::end);
  out.text({frame.x - 44, frame.y - 8}, "mean accuracy", "note");

  svg::label_places places({frame.x + 4, frame.y + 2, frame.width - 8, frame.height - 4});
  const auto at = [&](const tradeoff& t) { return svg::point{x(t.energy_j), y(t.accuracy)}; };
  const auto curve = [&](const std::vector<tradeoff>& of, std::string_view classes) {
    std::vector<svg::point> stairs;
    for (const tradeoff& t : of) {
      if (!stairs.empty()) stairs.push_back({at(t).x, stairs.back().y});
      stairs.push_back(at(t));
      places.keep_clear(at(t), 5);
    }
    out.polyline(stairs, classes);
  };
  curve(whole, "curve fleet");
  curve(small, "curve small");

  const std::size_t large = most_accurate(measured);
  const auto dot = [&](std::size_t i) {
    return svg::point{x(data.models[i].energy_j), y(measured.overall[static_cast<Eigen::Index>(i)])};
  };
  const svg::box legend{frame.x + 14, frame.y + 6, 300, 96};
  places.keep_clear(legend);
  for (std::size_t i = 0; i < data.models.size(); ++i) places.keep_clear(dot(i), i == large ? 9 : 6);
  for (const auto* marks : {&marked_small, &marked_whole}) {
    for (const proven& p : *marks) places.keep_clear({x(p.energy_j()), y(p.accuracy())}, 6);
  }
  const auto label = [&](svg::point of, const std::string& words, std::string_view classes, double size,
                         double near, double far) {
    if (const auto place = places.find(of, words, size, near, far))
      out.text(place->at, words, classes, place->where);
  };
  const svg::point end = at(small.back());
  out.line(end, {frame.x + frame.width, end.y}, "dashed small");
  const std::string limit = "no plan of small models goes beyond " + fixed(small.back().accuracy, 3);
  const svg::point limit_at{x(29), end.y - 7};
  places.keep_clear({limit_at.x, limit_at.y - 12, svg::text_width(limit, 13), 20});
  out.text(limit_at, limit, "in-small");
  for (double across = end.x; across < frame.x + frame.width; across += 8)
    places.keep_clear({across, end.y}, 3);

  label(dot(large),
        data.models[large].name + " alone: " + fixed(measured.overall.maxCoeff(), 3) + " for " +
            fixed(data.models[large].energy_j, 1) + " J",
        "in-large halo", 13, 11, 30);
  for (const proven& p : marked_whole) {
    label({x(p.energy_j()), y(p.accuracy())}, fixed(p.required, 2) + ": " + fixed(p.energy_j(), 2) + " J",
          "in-fleet halo", 13, 9, 26);
  }
  for (const proven& p : marked_small) {
    label({x(p.energy_j()), y(p.accuracy())}, fixed(p.required, 2) + ": " + fixed(p.energy_j(), 2) + " J",
          "in-small halo", 13, 9, 26);
  }
  std::vector<std::size_t> by_accuracy(data.models.size());
  std::iota(by_accuracy.begin(), by_accuracy.end(), std::size_t{0});
  std::sort(by_accuracy.begin(), by_accuracy.end(),
            [&](std::size_t a, std::size_t b) { return dot(a).y < dot(b).y; });
  for (const std::size_t i : by_accuracy) {
    if (i != large) label(dot(i), data.models[i].name, "tick halo", 12, 8, 30);
  }
  for (std::size_t i = 0; i < data.models.size(); ++i) {
    const std::string tip = data.models[i].name + ": " +
                            fixed(measured.overall[static_cast<Eigen::Index>(i)], 3) + " for " +
                            fixed(data.models[i].energy_j, 1) + " J";
    const std::string_view kind = i == large ? "dot large" : data.is_small(i) ? "dot small" : "dot other";
    out.circle(dot(i), i == large ? 7.5 : 4.5, kind, tip);
  }
  for (const proven& p : marked_whole) out.circle({x(p.energy_j()), y(p.accuracy())}, 5, "ring fleet");
  for (const proven& p : marked_small) out.circle({x(p.energy_j()), y(p.accuracy())}, 5, "ring small");

  const auto entry = [&](int row, std::string_view words) {
    out.text({legend.x + 42, legend.y + 16 + row * 22}, words, "halo");
    return svg::point{legend.x + 16, legend.y + 12 + row * 22};
  };
  svg::point mark = entry(0, "least-energy plans, whole fleet");
  out.line({mark.x - 14, mark.y}, {mark.x + 14, mark.y}, "curve fleet");
  mark = entry(1, "least-energy plans, models up to 9 B");
  out.line({mark.x - 14, mark.y}, {mark.x + 14, mark.y}, "curve small");
  mark = entry(2, "one model up to 9 B for everything");
  out.circle(mark, 4.5, "dot small");
  mark = entry(3, "one larger model for everything");
  out.circle(mark, 4.5, "dot other");
  return out;
}

/// One plan of the matrix figure.
struct shown_plan {
  std::string heading{};
  assign::plan chosen{};
  std::vector<std::size_t> rows{};  ///< models shown
};

/// Measured quality of models at subjects as coloured cells; the cells that a plan chose are framed.
inline svg::drawing plan_figure(const dataset& data, const measurement& measured,
                                const std::vector<shown_plan>& plans) {
  constexpr double left = 190;
  constexpr double cell_width = 49;
  constexpr double cell_height = 32;
  constexpr double top = 92;
  const std::size_t subjects = data.subjects.size();
  double height = top + 54;
  for (const shown_plan& p : plans) height += 34 + cell_height * static_cast<double>(p.rows.size());
  svg::drawing out(960, height, "Plans as matrices of models and subjects",
                   "Each cell holds the measured accuracy in per cent; the framed cells are the plan.");
  const auto column = [&](std::size_t k) { return left + cell_width * static_cast<double>(k); };
  for (std::size_t k = 0; k < subjects; ++k) {
    out.text({column(k) + cell_width / 2 - 6, top - 10}, data.subjects[k], "tick", svg::anchor::start, -40);
  }
  const auto level = [](double quality) {
    return std::clamp(static_cast<int>(std::floor((quality - 0.1) / 0.075)), 0, 9);
  };
  double y = top;
  for (const shown_plan& p : plans) {
    out.text({12, y + 14}, p.heading, "head halo");
    y += 24;
    for (const std::size_t i : p.rows) {
      out.text({left - 10, y + cell_height / 2 + 4}, data.models[i].name, "", svg::anchor::end);
      for (std::size_t k = 0; k < subjects; ++k) {
        const double quality = measured.quality(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k));
        const int shade = level(quality);
        const std::string tip = data.models[i].name + ", " + data.subjects[k] + ": " + fixed(quality, 3);
        out.rect({column(k) + 1, y + 1, cell_width - 2, cell_height - 2}, "h" + std::to_string(shade), 4,
                 tip);
        const bool chosen = std::find(p.chosen[k].begin(), p.chosen[k].end(), i) != p.chosen[k].end();
        std::string ink = shade <= 4 ? "on-low" : shade <= 7 ? "on-high" : "on-top";
        if (chosen) ink += " strong";
        out.text({column(k) + cell_width / 2, y + cell_height / 2 + 4}, fixed(100 * quality, 0), ink,
                 svg::anchor::middle);
        if (chosen) out.rect({column(k) + 2.5, y + 2.5, cell_width - 5, cell_height - 5}, "chosen", 4);
      }
      out.text({column(subjects) + 8, y + cell_height / 2 + 4}, fixed(data.models[i].energy_j, 1) + " J",
               "tick");
      y += cell_height;
    }
    y += 10;
  }
  y += 14;
  out.text({left - 10, y + 11}, "accuracy, %", "note", svg::anchor::end);
  for (int shade = 0; shade < 10; ++shade) {
    out.rect({left + 1 + 28.0 * shade, y, 26, 14}, "h" + std::to_string(shade), 3);
  }
  out.text({left + 1, y + 29}, "10", "tick");
  out.text({left + 1 + 28.0 * 10, y + 29}, "85", "tick", svg::anchor::end);
  out.rect({left + 314, y - 2, 26, 18}, "chosen", 4);
  out.text({left + 350, y + 11}, "chosen by the plan", "note");
  return out;
}

/// Chance of losing something, for 1, 2, ... replicas.
struct loss_curve {
  std::string name{};
  std::string_view classes{};  ///< "curve small"
  std::vector<double> loss{};  ///< for 1, 2, ... replicas
};

/// Chance of loss against replicas, on a logarithmic scale.
inline svg::drawing survival_figure(const std::vector<loss_curve>& curves) {
  svg::drawing out(960, 440, "Chance of losing an answer against replicas",
                   "Independent failures fall by a factor with each replica; a common cause sets a floor.");
  const svg::box frame{76, 34, 560, 350};
  std::size_t most = 1;
  double least = 0.1;
  for (const loss_curve& c : curves) {
    most = std::max(most, c.loss.size());
    for (const double l : c.loss) least = std::min(least, l);
  }
  const int decades = static_cast<int>(std::ceil(-std::log10(least)));
  const svg::axis x{0.8, static_cast<double>(most) + 0.2, frame.x, frame.x + frame.width};
  const svg::axis y{std::pow(10.0, -decades), 1, frame.y + frame.height, frame.y, true};
  for (int d = 0; d <= decades; ++d) {
    const double chance = std::pow(10.0, -d);
    out.line({frame.x, y(chance)}, {frame.x + frame.width, y(chance)}, "grid");
    const std::string words = d == 0   ? "1"
                              : d == 1 ? "0.1"
                              : d == 2 ? "0.01"
                              : d == 3 ? "0.001"
                                       : "1e-" + std::to_string(d);
    out.text({frame.x - 10, y(chance) + 4}, words, "tick", svg::anchor::end);
  }
  for (std::size_t m = 1; m <= most; ++m) {
    out.text({x(static_cast<double>(m)), frame.y + frame.height + 22}, std::to_string(m), "tick",
             svg::anchor::middle);
  }
  out.line({frame.x, frame.y + frame.height}, {frame.x + frame.width, frame.y + frame.height}, "base");
  out.text({frame.x + frame.width / 2, frame.y + frame.height + 44}, "replicas of each subtask", "note",
           svg::anchor::middle);
  out.text({frame.x - 44, frame.y - 14}, "chance of loss (logarithmic)", "note");

  std::vector<std::pair<double, const loss_curve*>> names;  // by height of their last points
  for (const loss_curve& c : curves) {
    std::vector<svg::point> points;
    for (std::size_t m = 0; m < c.loss.size(); ++m)
      points.push_back({x(static_cast<double>(m + 1)), y(c.loss[m])});
    out.polyline(points, "curve " + std::string(c.classes));
    for (std::size_t m = 0; m < c.loss.size(); ++m) {
      char chance[32];
      std::snprintf(chance, sizeof chance, "%.3g", c.loss[m]);
      out.circle(points[m], 4.5, "dot " + std::string(c.classes),
                 c.name + ", " + std::to_string(m + 1) + ": " + chance);
    }
    names.emplace_back(points.back().y, &c);
  }
  std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  double free_from = frame.y - 20;
  for (const auto& [height, c] : names) {
    const double at = std::max(height + 4, free_from);
    const double end = x(static_cast<double>(c->loss.size()));
    const double begin = frame.x + frame.width + 22;
    out.line({end + 8, height}, {begin - 6, at - 4}, "grid");
    out.text({begin, at}, c->name, "in-" + std::string(c->classes));
    free_from = at + 20;
  }
  return out;
}

/// Planned and reached accuracy of one run, subject by subject.
struct reached_series {
  std::string name{};
  std::string_view classes{};  ///< "small" or "fleet"
  vector planned{};
  vector reached{};
  vector half_width{};  ///< of the 95 % interval about `reached`
};

/// For each subject, what the plan promised and what the run reached.
inline svg::drawing reached_figure(const dataset& data, const std::vector<reached_series>& runs) {
  constexpr double row = 34;
  constexpr double top = 60;
  const double height = top + row * static_cast<double>(data.subjects.size()) + 46;
  svg::drawing out(960, height, "Planned and reached accuracy by subject",
                   "Rings are planned on one half of the questions, dots are reached on the other half.");
  const svg::axis x{0.1, 0.9, 150, 930};
  const double bottom = height - 42;
  for (int tenth = 1; tenth <= 9; ++tenth) {
    out.line({x(tenth / 10.0), top - 8}, {x(tenth / 10.0), bottom}, "grid");
    out.text({x(tenth / 10.0), bottom + 18}, fixed(tenth / 10.0, 1), "tick", svg::anchor::middle);
  }
  out.text({930, bottom + 38}, "accuracy; bars are 95 % intervals of what was reached", "note",
           svg::anchor::end);
  double legend = 150;
  for (const reached_series& r : runs) {
    const std::string planned = r.name + ": planned";
    out.circle({legend + 6, 22}, 4.5, "ring " + std::string(r.classes));
    out.text({legend + 18, 26}, planned, "");
    legend += 18 + svg::text_width(planned, 12) + 22;
    out.circle({legend + 6, 22}, 4.5, "dot " + std::string(r.classes));
    out.text({legend + 18, 26}, "reached", "");
    legend += 18 + svg::text_width("reached", 12) + 44;
  }
  for (std::size_t k = 0; k < data.subjects.size(); ++k) {
    const auto column = static_cast<Eigen::Index>(k);
    const double middle = top + row * (static_cast<double>(k) + 0.5) - 8;
    out.text({138, middle + 4}, data.subjects[k], "", svg::anchor::end);
    for (std::size_t r = 0; r < runs.size(); ++r) {
      const reached_series& s = runs[r];
      const double y = middle + (static_cast<double>(r) - (static_cast<double>(runs.size()) - 1) / 2) * 13;
      out.line({x(s.reached[column] - s.half_width[column]), y},
               {x(s.reached[column] + s.half_width[column]), y}, "thin " + std::string(s.classes));
      out.circle({x(s.reached[column]), y}, 4.5, "dot " + std::string(s.classes));
      out.circle({x(s.planned[column]), y}, 4.5, "ring " + std::string(s.classes));
    }
  }
  return out;
}

}  // namespace demo
