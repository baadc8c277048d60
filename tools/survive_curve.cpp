// SPDX-License-Identifier: BSL-1.0
#include "survive_curve.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string_view>

#include "chart_style.hpp"
#include "shoal/core/message.hpp"
#include "shoal/core/svg.hpp"
#include "shoal/survive/survivors.hpp"
#include "table.hpp"

namespace shoal::tools {

namespace {

using points = std::vector<std::pair<double, survive::chance>>;

double over_time(double failure, double missions) { return -std::expm1(missions * std::log1p(-failure)); }

std::string table_of(const points& curve, const char* what) {
  table out({what, "survival", "fails"});
  for (const auto& [x, c] : curve) out.add({brief(x), brief(c.survival), brief(c.failure)});
  return out.text();
}

json::ordered array_of(const points& curve, const char* what) {
  json::ordered out = json::ordered::array();
  for (const auto& [x, c] : curve)
    out.push_back({{what, x}, {"survival", c.survival}, {"failure", c.failure}});
  return out;
}

// One panel: axes, ticks at powers of ten of failure, and the curve.
void panel(svg::drawing& out, const points& curve, double left, std::string_view label, bool logarithmic) {
  constexpr double width = 300;
  constexpr double height = 240;
  constexpr double top = 30;
  const auto along = [&](double x) { return logarithmic ? std::log2(x) : x; };
  double lowest = 0;  // decades below 1
  for (const auto& [x, c] : curve) {
    if (c.failure > 0) lowest = std::min(lowest, std::floor(std::log10(c.failure)));
  }
  lowest = std::max(std::min(lowest, -1.0), -30.0);
  const double first = curve.empty() ? 0 : along(curve.front().first);
  const double span = curve.empty() ? 1 : std::max(along(curve.back().first) - first, 1e-9);
  const auto place = [&](double x) { return left + 10 + (along(x) - first) / span * (width - 20); };
  const auto height_of = [&](double failure) {
    const double decades = failure > 0 ? std::max(std::log10(failure), lowest) : lowest;
    return top + height * decades / lowest;
  };
  const double step = std::ceil(-lowest / 8);
  for (double d = 0; d >= lowest; d -= step) {
    const double y = height_of(std::pow(10, d));
    out.line({left, y}, {left + width, y}, "grid");
    out.text({left - 6, y + 4}, message("1e", d), "tick", svg::anchor::end);
  }
  std::vector<svg::point> line;
  const std::size_t every = std::max<std::size_t>(1, curve.size() / 8);
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const auto& [x, c] = curve[i];
    line.push_back({place(x), height_of(c.failure)});
    if (i % every == 0) out.text({place(x), top + height + 18}, brief(x, 3), "tick", svg::anchor::middle);
  }
  out.polyline(line, "curve");
  for (const auto& [x, c] : curve) {
    out.circle({place(x), height_of(c.failure)}, 3, "dot",
               message(brief(x), ": fails with ", brief(c.failure)));
  }
  out.text({left + width / 2, top + height + 40}, label, "", svg::anchor::middle);
}

}  // namespace

survival_curves curves_of(const survive::swarm& s,
                          const std::function<survive::chance(const survive::swarm&)>& question) {
  survival_curves out;
  std::vector<std::size_t> order(s.models());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto down = [&](std::size_t i) {
    const std::size_t g = s.group_of(i);
    return 1 - (1 - s.failure[i]) * (g == survive::no_group ? 1 : 1 - s.groups[g].failure_probability);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return down(a) < down(b); });
  survive::swarm some;
  some.groups = s.groups;
  for (const std::size_t i : order) {
    some.failure.push_back(s.failure[i]);
    some.group.push_back(s.group_of(i));
    out.replicas.emplace_back(static_cast<double>(some.models()), survive::at_least(1, some));
  }
  for (int half = -6; half <= 8; ++half) {
    const double missions = std::pow(2.0, half / 2.0);
    survive::swarm longer = s;
    for (double& p : longer.failure) p = over_time(p, missions);
    for (auto& g : longer.groups) g.failure_probability = over_time(g.failure_probability, missions);
    out.time.emplace_back(missions, question(longer));
  }
  return out;
}

std::string curves_in_words(const survival_curves& c) {
  return "one of the best models survives\n\n" + table_of(c.replicas, "replicas") +
         "\nover time, in lengths of the mission\n\n" + table_of(c.time, "missions");
}

json::ordered curves_as_json(const survival_curves& c) {
  return {{"replicas", array_of(c.replicas, "replicas")}, {"time", array_of(c.time, "missions")}};
}

std::string curves_as_svg(const survival_curves& c) {
  svg::drawing out(780, 330, "Chance of failing", "By the number of replicas, and over time.");
  out.text({60, 18}, "chance of failing", "");
  panel(out, c.replicas, 60, "replicas, the most reliable first", false);
  panel(out, c.time, 450, "time, in lengths of the mission", true);
  return out.file(chart_style);
}

}  // namespace shoal::tools
