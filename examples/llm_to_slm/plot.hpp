// SPDX-License-Identifier: BSL-1.0
/// @file Quality against time as an SVG.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#include "contenders.hpp"

namespace llm_to_slm {

/// One dot for each way: milliseconds of a sentence (logarithmic) and BLEU.
inline std::string plot(const std::vector<result>& ways) {
  constexpr double width = 720;
  constexpr double height = 420;
  constexpr double left = 60;
  constexpr double bottom = 50;
  double low = 100;
  double first = 1e9;
  double last = 0;
  for (const result& w : ways) {
    low = std::min(low, w.bleu());
    first = std::min(first, 1e3 * w.seconds);
    last = std::max(last, 1e3 * w.seconds);
  }
  low = 10 * std::floor(low / 10);
  first /= 1.4;
  last *= 1.8;
  const auto x = [&](double ms) {
    return left + (width - left - 20) * std::log(ms / first) / std::log(last / first);
  };
  const auto y = [&](double bleu) { return 20 + (height - bottom - 20) * (100 - bleu) / (100 - low); };
  std::string out;
  char line[512];
  const auto add = [&](auto... values) {
    std::snprintf(line, sizeof line, values...);
    out += line;
  };
  add("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" "
      "font-size=\"13\">\n"
      "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
      width, height);
  for (double b = low; b <= 100; b += 5) {
    add("<line x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/><text x=\"%.0f\" y=\"%.1f\" "
        "text-anchor=\"end\">%.0f</text>\n",
        left, width - 20, y(b), y(b), left - 8, y(b) + 4, b);
  }
  for (const double ms : {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0}) {
    if (ms < first || ms > last) continue;
    add("<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">%g</text>\n", x(ms), height - bottom + 20, ms);
  }
  add("<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">milliseconds of a sentence</text>\n", width / 2,
      height - 8);
  out += "<text x=\"14\" y=\"14\">BLEU</text>\n";
  // Labels stand beside their dots, or as near as the others leave room.
  struct box {
    double left, top, right, bottom;
  };
  std::vector<box> taken;
  const auto near = [](double px, double py) { return box{px - 5, py - 5, px + 5, py + 5}; };
  for (const result& w : ways) taken.push_back(near(x(1e3 * w.seconds), y(w.bleu())));
  for (const result& w : ways) {
    const double px = x(1e3 * w.seconds);
    const double py = y(w.bleu());
    const double text = 7.0 * static_cast<double>(w.name.size());
    add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"#1f6feb\"/>", px, py);
    for (int step = 0; step < 40; ++step) {
      const double down = (step / 2 % 2 == 0 ? 1 : -1) * 8.0 * ((step / 2 + 1) / 2);
      const double from = step % 2 == 0 ? px + 8 : px - 8 - text;
      const box b{from, py + down - 7, from + text, py + down + 7};
      const bool free = b.left > left && b.right < width && b.top > 16 && b.bottom < height - bottom &&
                        std::none_of(taken.begin(), taken.end(), [&](const box& o) {
                          return b.left < o.right && o.left < b.right && b.top < o.bottom && o.top < b.bottom;
                        });
      if (!free && step < 39) continue;
      taken.push_back(b);
      if (std::abs(down) > 8) {
        add("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#999\"/>", px, py,
            step % 2 == 0 ? b.left - 1 : b.right + 1, py + down);
      }
      add("<text x=\"%.1f\" y=\"%.1f\">%s</text>\n", from, py + down + 4, w.name.c_str());
      break;
    }
  }
  return out + "</svg>\n";
}

}  // namespace llm_to_slm
