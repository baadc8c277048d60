// SPDX-License-Identifier: BSL-1.0
/// @file Axes, and labels that keep out of each other's way.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <vector>

#include "shoal/core/svg.hpp"

namespace demo::svg {

using shoal::svg::anchor;
using shoal::svg::box;
using shoal::svg::coordinate;
using shoal::svg::drawing;
using shoal::svg::escaped;
using shoal::svg::point;
using shoal::svg::text_width;

/// Data to pixels, linear or logarithmic.
struct axis {
  double from = 0;
  double to = 1;
  double start = 0;  ///< pixel of `from`
  double end = 1;    ///< pixel of `to`
  bool logarithmic = false;

  double operator()(double value) const {
    const double share =
        logarithmic ? std::log(value / from) / std::log(to / from) : (value - from) / (to - from);
    return start + share * (end - start);
  }
};

/// Finds places for labels near their points such that nothing overlaps.
class label_places {
 public:
  explicit label_places(box inside) : inside_(inside) {}

  /// Nothing is written here.
  void keep_clear(box b) { taken_.push_back(b); }
  void keep_clear(point p, double radius) {
    taken_.push_back({p.x - radius, p.y - radius, 2 * radius, 2 * radius});
  }

  /// A place for a label's text.
  struct place {
    point at{};
    anchor where = anchor::start;
  };

  /// The free place nearest to a point; empty when all places near it are taken.
  /// @param near, far  distance of the label from its point, pixels.
  std::optional<place> find(point of, std::string_view words, double size, double near, double far) {
    const double width = text_width(words, size);
    const double base = 0.36 * size;  // of the text's middle above its base line
    for (double gap = near; gap <= far; gap += 2) {
      const double diagonal = 0.8 * gap;
      const double over = gap + size / 2;
      const double askew = diagonal + size / 2;
      const place places[] = {
          {{of.x + gap, of.y}, anchor::start},
          {{of.x - gap, of.y}, anchor::end},
          {{of.x + diagonal, of.y - askew}, anchor::start},
          {{of.x + diagonal, of.y + askew}, anchor::start},
          {{of.x, of.y - over}, anchor::middle},
          {{of.x, of.y + over}, anchor::middle},
          {{of.x - diagonal, of.y - askew}, anchor::end},
          {{of.x - diagonal, of.y + askew}, anchor::end},
      };
      for (const place& p : places) {
        const double left = p.where == anchor::start ? 0 : p.where == anchor::middle ? width / 2 : width;
        const box b{p.at.x - left, p.at.y - size / 2, width, size};
        if (!free(b)) continue;
        taken_.push_back(b);
        return place{{p.at.x, p.at.y + base}, p.where};
      }
    }
    return std::nullopt;
  }

 private:
  bool free(const box& b) const {
    if (b.x < inside_.x || b.y < inside_.y || b.x + b.width > inside_.x + inside_.width ||
        b.y + b.height > inside_.y + inside_.height) {
      return false;
    }
    return std::none_of(taken_.begin(), taken_.end(), [&](const box& t) {
      return b.x < t.x + t.width && t.x < b.x + b.width && b.y < t.y + t.height && t.y < b.y + b.height;
    });
  }

  box inside_;
  std::vector<box> taken_;
};

}  // namespace demo::svg
