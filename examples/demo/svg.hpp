// SPDX-License-Identifier: BSL-1.0
/// @file A small SVG writer: shapes with classes, axes, and labels that keep out of each other's way.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/core/xml.hpp"

namespace demo::svg {

/// Text that may stand in XML.
inline std::string escaped(std::string_view text) { return shoal::xml_escaped(text); }

/// A coordinate: a tenth of a pixel is enough.
inline std::string coordinate(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.1f", value);
  std::string out = buffer;
  if (out.ends_with(".0")) out.erase(out.size() - 2);
  return out == "-0" ? "0" : out;
}

struct point {
  double x = 0;
  double y = 0;
};

struct box {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

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

/// Where a text is anchored.
enum class anchor { start, middle, end };

/// Width of a text in pixels, about, in the widest of the usual fonts: enough to keep labels apart.
inline double text_width(std::string_view text, double size) {
  double units = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0U) == 0x80U) continue;
    units += std::string_view("ijl.,:;'|! ").find(c) != std::string_view::npos ? 0.34
             : std::string_view("mwMW%").find(c) != std::string_view::npos     ? 0.95
             : c >= 'A' && c <= 'Z'                                            ? 0.68
                                                                               : 0.63;
  }
  return units * size;
}

/// One picture. Colours and fonts come from classes, so that a page or a file can have its own and a dark
/// one.
class drawing {
 public:
  drawing(double width, double height, std::string title, std::string description)
      : width_(width), height_(height), title_(std::move(title)), description_(std::move(description)) {}

  void line(point a, point b, std::string_view classes) {
    open("line", classes);
    body_ += " x1=\"" + coordinate(a.x) + "\" y1=\"" + coordinate(a.y) + "\" x2=\"" + coordinate(b.x) +
             "\" y2=\"" + coordinate(b.y) + "\"/>\n";
  }

  void polyline(const std::vector<point>& points, std::string_view classes) {
    open("polyline", classes);
    body_ += " points=\"";
    for (const point& p : points) body_ += coordinate(p.x) + "," + coordinate(p.y) + " ";
    if (!points.empty()) body_.pop_back();
    body_ += "\"/>\n";
  }

  void circle(point at, double radius, std::string_view classes, std::string_view tip = {}) {
    open("circle", classes);
    body_ +=
        " cx=\"" + coordinate(at.x) + "\" cy=\"" + coordinate(at.y) + "\" r=\"" + coordinate(radius) + "\"";
    close("circle", tip);
  }

  void rect(box b, std::string_view classes, double corner = 0, std::string_view tip = {}) {
    open("rect", classes);
    body_ += " x=\"" + coordinate(b.x) + "\" y=\"" + coordinate(b.y) + "\" width=\"" + coordinate(b.width) +
             "\" height=\"" + coordinate(b.height) + "\"";
    if (corner > 0) body_ += " rx=\"" + coordinate(corner) + "\"";
    close("rect", tip);
  }

  /// @param turn  degrees, clockwise, about `at`.
  void text(point at, std::string_view words, std::string_view classes, anchor where = anchor::start,
            double turn = 0) {
    open("text", classes);
    body_ += " x=\"" + coordinate(at.x) + "\" y=\"" + coordinate(at.y) + "\"";
    if (where == anchor::middle) body_ += " text-anchor=\"middle\"";
    if (where == anchor::end) body_ += " text-anchor=\"end\"";
    if (turn != 0) {
      body_ +=
          " transform=\"rotate(" + coordinate(turn) + " " + coordinate(at.x) + " " + coordinate(at.y) + ")\"";
    }
    body_ += ">" + escaped(words) + "</text>\n";
  }

  double width() const { return width_; }
  double height() const { return height_; }

  /// The picture as an element of a page that has the classes.
  std::string element() const { return head("") + body_ + "</svg>\n"; }

  /// The picture as a file of its own.
  /// @param style  CSS with the classes and what they need.
  std::string file(std::string_view style) const {
    std::string out = head(" xmlns=\"http://www.w3.org/2000/svg\"");
    out += "<style>\n" + std::string(style) + "</style>\n";
    out += "<rect class=\"sheet\" width=\"" + coordinate(width_) + "\" height=\"" + coordinate(height_) +
           "\" rx=\"10\"/>\n";
    return out + body_ + "</svg>\n";
  }

 private:
  void open(std::string_view element, std::string_view classes) {
    body_ += "<" + std::string(element);
    if (!classes.empty()) body_ += " class=\"" + std::string(classes) + "\"";
  }

  void close(std::string_view element, std::string_view tip) {
    if (tip.empty()) {
      body_ += "/>\n";
    } else {
      body_ += "><title>" + escaped(tip) + "</title></" + std::string(element) + ">\n";
    }
  }

  std::string head(std::string_view attributes) const {
    return "<svg class=\"figure\"" + std::string(attributes) + " viewBox=\"0 0 " + coordinate(width_) + " " +
           coordinate(height_) + "\" role=\"img\">\n<title>" + escaped(title_) + "</title>\n<desc>" +
           escaped(description_) + "</desc>\n";
  }

  double width_;
  double height_;
  std::string title_;
  std::string description_;
  std::string body_;
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
