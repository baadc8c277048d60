// SPDX-License-Identifier: BSL-1.0
/// @file Panels of curves beside each other, light and dark: what a policy does over a sweep.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/message.hpp"
#include "shoal/core/svg.hpp"

namespace pictures {

namespace svg = shoal::svg;

/// One curve of a panel. What is not finite, or not above 0 on a logarithmic axis, is left out.
struct curve {
  std::vector<double> y{};
  std::size_t colour = 0;
  int dash = 0;       ///< 0: a line, 1: dashes, 2: dots
  std::string end{};  ///< words at its last point
};

/// One of the pictures beside each other; they share the x axis.
struct panel {
  std::string title{};
  std::vector<curve> curves{};
  bool logarithmic = false;
};

/// A whole figure.
struct chart {
  std::string title{};
  std::string description{};
  std::vector<double> x{};
  std::string x_label{};
  bool x_logarithmic = false;
  std::vector<std::string> legend{};  ///< of the colours; empty: not used
  std::vector<panel> panels{};
};

inline constexpr std::string_view style = R"(:root { color-scheme: light dark;
  --sheet: #ffffff; --ink: #16202c; --soft: #5b6775; --faint: #e4e8ed;
  --c0: #8a94a1; --c1: #2d62d4; --c2: #0a8f72; --c3: #e08600; --c4: #cf3527; }
@media (prefers-color-scheme: dark) { :root {
  --sheet: #151b23; --ink: #e8edf3; --soft: #9aa6b4; --faint: #2a323d;
  --c0: #7d8896; --c1: #7ea6ff; --c2: #35c9a3; --c3: #ffb545; --c4: #ff7361; } }
.figure { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
.figure text { font-size: 12px; fill: var(--ink); }
.sheet { fill: var(--sheet); }
.grid { stroke: var(--faint); stroke-width: 1; }
.figure text.tick { fill: var(--soft); font-size: 11px; }
.figure text.head { font-size: 13px; font-weight: 600; }
.figure text.halo { paint-order: stroke; stroke: var(--sheet); stroke-width: 3px; stroke-linejoin: round; fill: var(--soft); font-size: 11px; }
.curve { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }
.d1 { stroke-dasharray: 6 4; stroke-width: 1.8; } .d2 { stroke-dasharray: 1 4; stroke-width: 1.8; }
.c0 { stroke: var(--c0); } .c1 { stroke: var(--c1); } .c2 { stroke: var(--c2); } .c3 { stroke: var(--c3); } .c4 { stroke: var(--c4); }
.p0 { fill: var(--c0); } .p1 { fill: var(--c1); } .p2 { fill: var(--c2); } .p3 { fill: var(--c3); } .p4 { fill: var(--c4); }
)";

namespace detail {

inline constexpr double panel_width = 258;
inline constexpr double panel_height = 210;
inline constexpr double left = 52;
inline constexpr double gap = 66;
inline constexpr double top = 76;

/// Values of an axis, as pixels along it.
struct axis {
  double low = 0;
  double high = 1;
  bool logarithmic = false;
  double length = 1;

  double operator()(double v) const {
    const auto at = [&](double x) { return logarithmic ? std::log10(x) : x; };
    return (at(v) - at(low)) / (at(high) - at(low)) * length;
  }
  bool shows(double v) const { return std::isfinite(v) && (!logarithmic || v > 0); }

  std::vector<double> ticks() const {
    std::vector<double> out;
    if (logarithmic) {
      const bool few = high / low < 50;
      for (double decade = std::pow(10, std::floor(std::log10(low))); decade <= high * 1.001; decade *= 10) {
        for (const double m : {1.0, 2.0, 5.0}) {
          const double v = decade * m;
          if ((m == 1 || few) && v >= low * 0.999 && v <= high * 1.001) out.push_back(v);
        }
      }
      return out;
    }
    const double raw = (high - low) / 4;
    const double unit = std::pow(10, std::floor(std::log10(raw)));
    const double step = unit * (raw / unit > 5 ? 10 : raw / unit > 2 ? 5 : raw / unit > 1 ? 2 : 1);
    for (double v = std::ceil(low / step) * step; v <= high + step * 1e-6; v += step) {
      out.push_back(std::abs(v) < step * 1e-6 ? 0 : v);
    }
    return out;
  }
};

inline std::string short_number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", v);
  return text;
}

inline axis y_axis(const panel& p) {
  double low = INFINITY;
  double high = -INFINITY;
  axis out{0, 1, p.logarithmic, panel_height};
  for (const curve& c : p.curves) {
    for (const double v : c.y) {
      if (!out.shows(v)) continue;
      low = std::min(low, v);
      high = std::max(high, v);
    }
  }
  if (!(high > low)) high = low * 1.5 + 1e-9;
  if (p.logarithmic) {
    out.low = low / 1.25;
    out.high = high * 1.25;
  } else {
    if (low > 0.9 * high) low = 0.9 * high;  // what hardly changes is not to look as if it did
    out.low = low > 0.5 * high ? low - 0.15 * (high - low) : 0;
    out.high = high + 0.08 * (high - out.low);
  }
  return out;
}

inline void draw_panel(svg::drawing& out, const chart& c, const panel& p, double x0) {
  const axis across{c.x.front(), c.x.back(), c.x_logarithmic, panel_width};
  const axis up = y_axis(p);
  const double bottom = top + panel_height;
  out.text({x0 - 6, top - 14}, p.title, "head");
  for (const double v : up.ticks()) {
    const double y = bottom - up(v);
    out.line({x0, y}, {x0 + panel_width, y}, "grid");
    out.text({x0 - 6, y + 4}, short_number(v), "tick", svg::anchor::end);
  }
  for (const double v : across.ticks()) {
    out.text({x0 + across(v), bottom + 18}, short_number(v), "tick", svg::anchor::middle);
  }
  out.text({x0 + panel_width / 2, bottom + 38}, c.x_label, "tick", svg::anchor::middle);
  std::vector<double> labels;  // heights that are taken
  for (const curve& one : p.curves) {
    const std::string colour = std::to_string(one.colour);
    std::vector<svg::point> points;
    for (std::size_t i = 0; i < one.y.size(); ++i) {
      if (up.shows(one.y[i])) points.push_back({x0 + across(c.x[i]), bottom - up(one.y[i])});
    }
    if (points.empty()) continue;
    out.polyline(points, shoal::message("curve c", colour,
                                        one.dash == 0   ? ""
                                        : one.dash == 1 ? " d1"
                                                        : " d2"));
    if (one.dash == 0) {
      for (const svg::point& at : points) out.circle(at, 2.4, "p" + colour);
    }
    const double y = points.back().y;
    const bool free =
        std::none_of(labels.begin(), labels.end(), [&](double taken) { return std::abs(taken - y) < 11; });
    if (one.end.empty() || !free) continue;
    labels.push_back(y);
    out.text({points.back().x + 5, y + 4}, one.end, "halo");
  }
}

}  // namespace detail

/// The figure as a file of its own.
inline std::string file_of(const chart& c) {
  using namespace detail;
  const auto count = static_cast<double>(c.panels.size());
  svg::drawing out(left + count * (panel_width + gap) - 12, top + panel_height + 54, c.title, c.description);
  double x = left - 6;
  for (std::size_t i = 0; i < c.legend.size(); ++i) {
    if (c.legend[i].empty()) continue;
    out.line({x, 28}, {x + 22, 28}, shoal::message("curve c", i));
    out.text({x + 28, 32}, c.legend[i], "");
    x += 52 + svg::text_width(c.legend[i], 11);
  }
  for (std::size_t p = 0; p < c.panels.size(); ++p) {
    draw_panel(out, c, c.panels[p], left + static_cast<double>(p) * (panel_width + gap));
  }
  return out.file(style);
}

}  // namespace pictures
