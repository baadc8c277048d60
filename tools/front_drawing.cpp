// SPDX-License-Identifier: BSL-1.0
#include "front_drawing.hpp"

#include <algorithm>

#include "shoal/core/message.hpp"
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

std::string mark(const frame& at, const assign::front_point& point, double above, const char* color,
                 const char* what) {
  const double x = at.x(point.energy_j);
  const double y = at.y(point.time_s);
  const bool right = x > left + width - 120;
  return message("<circle cx=\"", x, "\" cy=\"", y, "\" r=\"7\" fill=\"none\" stroke=\"", color,
                 "\" stroke-width=\"2\"/>\n<text x=\"", x + (right ? -10 : 10), "\" y=\"", y - above,
                 "\" text-anchor=\"", right ? "end" : "start", "\" fill=\"", color, "\">", what, ": ",
                 brief(point.energy_j, 4), " J, ", brief(point.time_s, 4), " s</text>\n");
}

}  // namespace

std::string front_as_svg(const assign::front& f, const std::vector<std::size_t>& kept, std::size_t knee,
                         std::size_t chosen) {
  const frame at(f);
  std::string out = message(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 680 400\" font-family=\"sans-serif\" "
      "font-size=\"12\">\n<rect width=\"680\" height=\"400\" fill=\"#fff\"/>\n<text x=\"",
      left, "\" y=\"18\">time, s</text>\n<path d=\"M", left, " ", top, "V", top + height, "H", left + width,
      "\" fill=\"none\" stroke=\"#888\"/>\n");
  for (int tick = 0; tick <= 4; ++tick) {
    const double energy = at.least_j + (at.most_j - at.least_j) * tick / 4;
    const double time = at.least_s + (at.most_s - at.least_s) * tick / 4;
    out += message("<text x=\"", at.x(energy), "\" y=\"", top + height + 18, "\" text-anchor=\"middle\">",
                   brief(energy, 4), "</text>\n<text x=\"", left - 8, "\" y=\"", at.y(time) + 4,
                   "\" text-anchor=\"end\">", brief(time, 4), "</text>\n");
  }
  out += message("<text x=\"", left + width / 2, "\" y=\"", top + height + 42,
                 "\" text-anchor=\"middle\">energy, J</text>\n");
  std::string hull;
  for (const assign::front_point& point : f.points)
    if (point.supported) hull += message(at.x(point.energy_j), ",", at.y(point.time_s), " ");
  out +=
      message("<polyline points=\"", hull, "\" fill=\"none\" stroke=\"#1f6feb\" stroke-opacity=\"0.4\"/>\n");
  for (const std::size_t i : kept) {
    const assign::front_point& point = f.points[i];
    out += message("<circle cx=\"", at.x(point.energy_j), "\" cy=\"", at.y(point.time_s), "\" r=\"",
                   point.supported ? 3.5 : 2, "\" fill=\"", point.supported ? "#1f6feb" : "#8aa4c8",
                   "\"><title>", brief(point.energy_j), " J, ", brief(point.time_s), " s",
                   point.supported ? ", supported" : "", "</title></circle>\n");
  }
  out += mark(at, f.points[knee], 10, "#b35900", chosen == knee ? "chosen, knee" : "knee");
  if (chosen != knee) out += mark(at, f.points[chosen], 24, "#1a7f37", "chosen");
  return out + "</svg>\n";
}

}  // namespace shoal::tools
