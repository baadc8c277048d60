// SPDX-License-Identifier: BSL-1.0
#include "front_drawing.hpp"

#include <string_view>

#include "chart_style.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/svg.hpp"
#include "table.hpp"

namespace shoal::tools {

namespace {

constexpr double left = 70;
constexpr double top = 30;
constexpr double width = 560;
constexpr double height = 300;

struct frame {
  double least_j;
  double most_j;
  double least_s;
  double most_s;

  explicit frame(const assign::front& f)
      : least_j(f.points.front().energy_j),
        most_j(f.points.back().energy_j),
        least_s(f.points.back().time_s),
        most_s(f.points.front().time_s) {}

  double x(double energy_j) const {
    return left + width * (most_j > least_j ? (energy_j - least_j) / (most_j - least_j) : 0.5);
  }
  double y(double time_s) const {
    return top + height * (most_s > least_s ? (most_s - time_s) / (most_s - least_s) : 0.5);
  }
};

void mark(svg::drawing& out, const frame& at, const assign::front_point& point, double above,
          std::string_view classes, std::string_view what) {
  const double x = at.x(point.energy_j);
  const double y = at.y(point.time_s);
  const bool right = x > left + width - 120;
  out.circle({x, y}, 7, classes);
  out.text({x + (right ? -10 : 10), y - above},
           message(what, ": ", brief(point.energy_j, 4), " J, ", brief(point.time_s, 4), " s"), classes,
           right ? svg::anchor::end : svg::anchor::start);
}

}  // namespace

std::string front_as_svg(const assign::front& f, const std::vector<std::size_t>& kept, std::size_t knee,
                         std::size_t chosen) {
  const frame at(f);
  svg::drawing out(680, 400, "Energy against time",
                   "Each point is a plan that no other one beats in both energy and time.");
  out.text({left, 18}, "time, s", "");
  out.polyline({{left, top}, {left, top + height}, {left + width, top + height}}, "axis");
  for (int tick = 0; tick <= 4; ++tick) {
    const double energy = at.least_j + (at.most_j - at.least_j) * tick / 4;
    const double time = at.least_s + (at.most_s - at.least_s) * tick / 4;
    out.text({at.x(energy), top + height + 18}, brief(energy, 4), "tick", svg::anchor::middle);
    out.text({left - 8, at.y(time) + 4}, brief(time, 4), "tick", svg::anchor::end);
  }
  out.text({left + width / 2, top + height + 42}, "energy, J", "", svg::anchor::middle);
  std::vector<svg::point> hull;
  for (const assign::front_point& point : f.points)
    if (point.supported) hull.push_back({at.x(point.energy_j), at.y(point.time_s)});
  out.polyline(hull, "hull");
  for (const std::size_t i : kept) {
    const assign::front_point& point = f.points[i];
    out.circle({at.x(point.energy_j), at.y(point.time_s)}, point.supported ? 3.5 : 2,
               point.supported ? "dot" : "other",
               message(brief(point.energy_j), " J, ", brief(point.time_s), " s",
                       point.supported ? ", supported" : ""));
  }
  mark(out, at, f.points[knee], 10, "knee", chosen == knee ? "chosen, knee" : "knee");
  if (chosen != knee) mark(out, at, f.points[chosen], 24, "chosen", "chosen");
  return out.file(chart_style);
}

}  // namespace shoal::tools
