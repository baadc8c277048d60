// SPDX-License-Identifier: BSL-1.0
#include "shoal/core/svg.hpp"

#include <limits>

#include "catch.hpp"
#include "shoal/core/xml.hpp"

using namespace shoal;

TEST_CASE("coordinates are tenths of a pixel, and always numbers", "[core]") {
  CHECK(svg::coordinate(0) == "0");
  CHECK(svg::coordinate(-0.04) == "0");
  CHECK(svg::coordinate(12.34) == "12.3");
  CHECK(svg::coordinate(-7) == "-7");
  CHECK(svg::coordinate(1e300) == "1e+06");
  CHECK(svg::coordinate(-std::numeric_limits<double>::infinity()) == "-1e+06");
  CHECK(svg::coordinate(std::numeric_limits<double>::quiet_NaN()) == "0");
}

TEST_CASE("text that is too wide is cut between characters", "[core]") {
  CHECK(svg::fitted("phi-3", 12, 200) == "phi-3");
  for (double most = 0; most < 60; most += 1) {
    const std::string out = svg::fitted("n\u00E4n\u00E4 n\u00E4n\u00E4", 12, most);
    CHECK(utf8_error(out) == out.size());
  }
  CHECK(svg::fitted("Meta-Llama-3_1-70B-Instruct", 12, 60) == "Meta-\u2026");
}

TEST_CASE("a picture is well-formed whatever its words hold", "[core]") {
  svg::drawing d(100, 50, "<title>", "a & b");
  d.line({0, 0}, {1, 1}, "grid");
  d.polyline({{0, 0}, {1, 2}}, "curve");
  d.polygon({}, "area");
  d.circle({1, 1}, 2, "dot", "\"quoted\" \xFF");
  d.rect({0, 0, 1, 1}, "", 2);
  d.text({5, 5}, "</text>", "name", svg::anchor::end, 90, "tip");
  const xml_element e = parse_xml(d.element());
  REQUIRE(e.children.size() == 8);
  CHECK(e.children[0].text == "<title>");
  CHECK(e.children[1].text == "a & b");
  CHECK(e.children[5].children[0].text == "\"quoted\" \xEF\xBF\xBD");
  CHECK(e.children[7].text == "</text>");
  CHECK(*e.children[7].find("transform") == "rotate(90 5 5)");
  const xml_element file = parse_xml(d.file(".name { fill: #fff; }\n"));
  CHECK(file.children.size() == 10);
  CHECK(*file.find("xmlns") == "http://www.w3.org/2000/svg");
}
