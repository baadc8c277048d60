// SPDX-License-Identifier: BSL-1.0
/// @file A small SVG writer: shapes with classes and tips, for pictures in pages and in files of their own.
#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/core/message.hpp"
#include "shoal/core/utf8.hpp"
#include "shoal/core/when_used.hpp"
#include "shoal/core/xml.hpp"

namespace shoal::svg {

/// Text as it may stand in SVG and HTML, between tags and in attributes; what is not UTF-8 is mended.
template <class = when_used>
std::string escaped(std::string_view text) {
  return xml_escaped(utf8_mended(text));
}

/// A coordinate: a tenth of a pixel is enough. What is no number is 0.
template <class = when_used>
std::string coordinate(double value) {
  constexpr double farthest = 1e6;
  if (!(value > -farthest && value < farthest)) value = value < 0 ? -farthest : value > 0 ? farthest : 0;
  const double tenths = std::round(value * 10);
  return tenths == 0 ? "0" : to_text(tenths / 10);
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

/// Where a text is anchored.
enum class anchor { start, middle, end };

/// Width of a text in pixels, about, in the widest of the usual fonts: enough to keep labels apart.
template <class = when_used>
double text_width(std::string_view text, double size) {
  double units = 0;
  for (const char c : text) {
    if (is_utf8_continuation(c)) continue;
    units += std::string_view("ijl.,:;'|! ").find(c) != std::string_view::npos ? 0.34
             : std::string_view("mwMW%").find(c) != std::string_view::npos     ? 0.95
             : c >= 'A' && c <= 'Z'                                            ? 0.68
                                                                               : 0.63;
  }
  return units * size;
}

/// `text`, cut where it is wider than `most` pixels.
template <class = when_used>
std::string fitted(std::string_view text, double size, double most) {
  if (text_width(text, size) <= most) return std::string(text);
  std::size_t kept = text.size();
  while (kept > 0 && text_width(text.substr(0, kept), size) + size > most) kept = utf8_floor(text, kept - 1);
  return std::string(text.substr(0, kept)) + "\u2026";
}

/// One picture. Colours and fonts come from classes, so that a page or a file can have its own, and dark
/// ones.
class drawing {
 public:
  drawing(double width, double height, std::string title, std::string description)
      : width_(width), height_(height), title_(std::move(title)), description_(std::move(description)) {}

  void line(point a, point b, std::string_view classes) {
    open("line", classes);
    body_ += message(" x1=\"", coordinate(a.x), "\" y1=\"", coordinate(a.y), "\" x2=\"", coordinate(b.x),
                     "\" y2=\"", coordinate(b.y), "\"/>\n");
  }

  void polyline(const std::vector<point>& points, std::string_view classes) {
    run("polyline", points, classes);
  }
  void polygon(const std::vector<point>& points, std::string_view classes) {
    run("polygon", points, classes);
  }

  void circle(point at, double radius, std::string_view classes, std::string_view tip = {}) {
    open("circle", classes);
    body_ +=
        message(" cx=\"", coordinate(at.x), "\" cy=\"", coordinate(at.y), "\" r=\"", coordinate(radius), '"');
    close("circle", tip);
  }

  /// @param tip  shown when the pointer rests on it; empty: none.
  void rect(box b, std::string_view classes, double corner = 0, std::string_view tip = {}) {
    open("rect", classes);
    body_ += message(" x=\"", coordinate(b.x), "\" y=\"", coordinate(b.y), "\" width=\"", coordinate(b.width),
                     "\" height=\"", coordinate(b.height), '"');
    if (corner > 0) body_ += message(" rx=\"", coordinate(corner), '"');
    close("rect", tip);
  }

  /// @param turn  degrees, clockwise, about `at`.
  void text(point at, std::string_view words, std::string_view classes, anchor where = anchor::start,
            double turn = 0, std::string_view tip = {}) {
    open("text", classes);
    body_ += message(" x=\"", coordinate(at.x), "\" y=\"", coordinate(at.y), '"');
    if (where == anchor::middle) body_ += " text-anchor=\"middle\"";
    if (where == anchor::end) body_ += " text-anchor=\"end\"";
    if (turn != 0) {
      body_ += message(" transform=\"rotate(", coordinate(turn), ' ', coordinate(at.x), ' ', coordinate(at.y),
                       ")\"");
    }
    body_ += '>' + escaped(words);
    if (!tip.empty()) body_ += "<title>" + escaped(tip) + "</title>";
    body_ += "</text>\n";
  }

  double width() const { return width_; }
  double height() const { return height_; }

  /// The picture as an element of a page that has the classes.
  std::string element() const { return head("") + body_ + "</svg>\n"; }

  /// The picture as a file of its own.
  /// @param style  CSS with the classes and what they need; the background is of class `sheet`.
  std::string file(std::string_view style) const {
    std::string out = head(" xmlns=\"http://www.w3.org/2000/svg\"");
    out += "<style>\n" + std::string(style) + "</style>\n";
    out += "<rect class=\"sheet\" width=\"" + coordinate(width_) + "\" height=\"" + coordinate(height_) +
           "\" rx=\"10\"/>\n";
    return out + body_ + "</svg>\n";
  }

 private:
  void open(std::string_view element, std::string_view classes) {
    body_ += message('<', element);
    if (!classes.empty()) body_ += message(" class=\"", classes, '"');
  }

  void close(std::string_view element, std::string_view tip) {
    body_ += tip.empty() ? "/>\n" : message("><title>", escaped(tip), "</title></", element, ">\n");
  }

  void run(std::string_view element, const std::vector<point>& points, std::string_view classes) {
    open(element, classes);
    body_ += " points=\"";
    for (const point& p : points) body_ += message(coordinate(p.x), ',', coordinate(p.y), ' ');
    if (!points.empty()) body_.pop_back();
    body_ += "\"/>\n";
  }

  std::string head(std::string_view attributes) const {
    return message("<svg class=\"figure\"", attributes, " viewBox=\"0 0 ", coordinate(width_), ' ',
                   coordinate(height_), "\" role=\"img\">\n<title>", escaped(title_), "</title>\n<desc>",
                   escaped(description_), "</desc>\n");
  }

  double width_;
  double height_;
  std::string title_;
  std::string description_;
  std::string body_{};
};

}  // namespace shoal::svg
