// SPDX-License-Identifier: BSL-1.0
/// @file One self-contained HTML page: figures inline, no script, nothing fetched.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "style.hpp"
#include "svg.hpp"

namespace demo {

inline constexpr std::string_view page_style = R"css(
* { box-sizing: border-box; }
html { color-scheme: light dark; }
body { margin: 0; background: var(--page); color: var(--ink); line-height: 1.55;
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
:root { --page: #f3f5f8; }
@media (prefers-color-scheme: dark) { :root { --page: #0d1218; } }
main { max-width: 1060px; margin: 0 auto; padding: 48px 20px 64px; }
h1 { font-size: 34px; line-height: 1.2; letter-spacing: -0.015em; margin: 0 0 10px; text-wrap: balance; }
h2 { font-size: 21px; letter-spacing: -0.01em; margin: 0 0 4px; }
.lead { font-size: 18px; color: var(--soft); margin: 0 0 28px; max-width: 48em; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); gap: 14px; margin-bottom: 28px; }
.tile, section { background: var(--sheet); border: 1px solid var(--faint); border-radius: 12px; }
.tile { padding: 16px 18px; }
.tile b { display: block; font-size: 30px; font-weight: 650; letter-spacing: -0.02em; line-height: 1.2;
  font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: 14px; line-height: 1.4; display: block; margin-top: 4px; }
.tile.small b { color: var(--small); } .tile.fleet b { color: var(--fleet); } .tile.large b { color: var(--large); }
section { padding: 22px 24px; margin-bottom: 18px; }
section > p { margin: 4px 0 14px; color: var(--soft); max-width: 54em; }
.scroll { overflow-x: auto; }
svg.figure { display: block; width: 100%; min-width: 720px; height: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14.5px; font-variant-numeric: tabular-nums; }
th { text-align: right; font-weight: 600; color: var(--soft); font-size: 13px; vertical-align: bottom; }
td { text-align: right; }
th, td { padding: 7px 10px; border-bottom: 1px solid var(--faint); }
th:first-child, td:first-child { text-align: left; padding-left: 0; white-space: pre-wrap; }
td.words, th.words { text-align: left; }
tr:last-child td { border-bottom: 0; }
td.none { color: var(--soft); }
ul { margin: 8px 0 0; padding-left: 20px; } li { margin: 5px 0; }
footer { color: var(--soft); font-size: 13.5px; padding: 8px 4px; } footer p { margin: 6px 0; }
)css";

/// A figure of the demo: in the page, and a file of its own where asked for.
struct figure {
  std::string file{};  ///< name without ending
  svg::drawing drawing;
};

/// The page, section by section.
class page {
 public:
  page(std::string_view title, std::string_view lead) : title_(title) {
    body_ += "<h1>" + svg::escaped(title) + "</h1>\n<p class=\"lead\">" + svg::escaped(lead) + "</p>\n";
  }

  struct tile {
    std::string_view kind{};  ///< "small", "fleet" or "large"
    std::string figure{};
    std::string words{};
  };

  void tiles(const std::vector<tile>& all) {
    body_ += "<div class=\"tiles\">\n";
    for (const tile& t : all) {
      body_ += "<div class=\"tile " + std::string(t.kind) + "\"><b>" + svg::escaped(t.figure) + "</b><span>" +
               svg::escaped(t.words) + "</span></div>\n";
    }
    body_ += "</div>\n";
  }

  /// @param sentences  each with a lead that ends in a colon.
  void list(std::string_view heading, const std::vector<std::string>& sentences) {
    open(heading, {});
    body_ += "<ul>\n";
    for (const std::string& s : sentences) {
      const std::size_t lead = s.find(':') + 1;
      body_ +=
          "<li><b>" + svg::escaped(s.substr(0, lead)) + "</b>" + svg::escaped(s.substr(lead)) + "</li>\n";
    }
    body_ += "</ul></section>\n";
  }

  void show(std::string_view heading, std::string_view words, const svg::drawing& picture) {
    open(heading, words);
    body_ += "<div class=\"scroll\">\n" + picture.element() + "</div></section>\n";
  }

  /// @param columns  headings; those that begin with '<' are of words, not of figures.
  void table(std::string_view heading, std::string_view words, const std::vector<std::string>& columns,
             const std::vector<std::vector<std::string>>& rows) {
    open(heading, words);
    body_ += "<div class=\"scroll\"><table>\n<thead><tr>";
    for (const std::string& c : columns) {
      const bool of_words = c.starts_with('<');
      body_ +=
          (of_words ? "<th class=\"words\">" : "<th>") + svg::escaped(of_words ? c.substr(1) : c) + "</th>";
    }
    body_ += "</tr></thead>\n<tbody>\n";
    for (const auto& row : rows) {
      body_ += "<tr>";
      for (std::size_t c = 0; c < row.size(); ++c) {
        body_ +=
            (columns[c].starts_with('<') ? "<td class=\"words\">" : "<td>") + svg::escaped(row[c]) + "</td>";
      }
      body_ += "</tr>\n";
    }
    body_ += "</tbody></table></div></section>\n";
  }

  void footer(const std::vector<std::string>& paragraphs) {
    body_ += "<footer>\n";
    for (const std::string& p : paragraphs) body_ += "<p>" + svg::escaped(p) + "</p>\n";
    body_ += "</footer>\n";
  }

  std::string text() const {
    return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
           svg::escaped(title_) + "</title>\n<style>\n" + std::string(figure_style) +
           std::string(page_style) + "</style>\n</head>\n<body><main>\n" + body_ +
           "</main></body>\n</html>\n";
  }

 private:
  void open(std::string_view heading, std::string_view words) {
    body_ += "<section><h2>" + svg::escaped(heading) + "</h2>\n";
    if (!words.empty()) body_ += "<p>" + svg::escaped(words) + "</p>\n";
  }

  std::string title_;
  std::string body_;
};

}  // namespace demo
