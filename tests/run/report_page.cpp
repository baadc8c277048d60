// SPDX-License-Identifier: BSL-1.0
/// @file The page of a run, read back by the strict XML reader: nothing that a name or a message holds may
/// become a tag.
#include "shoal/run/report_page.hpp"

#include <functional>
#include <map>
#include <set>

#include "catch.hpp"
#include "run/told.hpp"
#include "shoal/core/utf8.hpp"
#include "shoal/core/xml.hpp"

using namespace shoal;
using run::event_kind;

namespace {

std::string page_of(const told::story& s, run::page_options options = {}, run::recorder_limits limits = {}) {
  run::recorder r(limits);
  s.tell(r);
  return run::report_page(r, options);
}

xml_element parsed(const std::string& page) {
  const std::string first = "<!doctype html>\n";
  REQUIRE(page.rfind(first, 0) == 0);
  return parse_xml(std::string_view(page).substr(first.size()));
}

void each(const xml_element& e, const std::function<void(const xml_element&)>& visit) {
  visit(e);
  for (const xml_element& child : e.children) each(child, visit);
}

std::size_t count(const xml_element& e, const std::string& name, const std::string& of_class = {}) {
  std::size_t out = 0;
  each(e, [&](const xml_element& x) {
    const std::string* classes = x.find("class");
    if (x.name == name && (of_class.empty() || (classes != nullptr && *classes == of_class))) ++out;
  });
  return out;
}

// What cannot do harm: no scripts, no frames, no links, no handlers, nothing from outside.
void check_harmless(const xml_element& page) {
  const std::set<std::string> elements{
      "html", "head", "meta",    "title", "style", "body",     "main",    "h1",     "h2",    "p",  "span",
      "b",    "div",  "section", "table", "thead", "tbody",    "tr",      "th",     "td",    "ul", "li",
      "svg",  "desc", "rect",    "line",  "text",  "polyline", "polygon", "circle", "footer"};
  each(page, [&](const xml_element& e) {
    INFO(e.name);
    CHECK(elements.count(e.name) == 1);
    for (const auto& a : e.attributes) {
      INFO(a.name);
      CHECK(a.name.rfind("on", 0) != 0);
      CHECK(a.name != "href");
      CHECK(a.name != "src");
      if (a.name == "style") CHECK(a.value.rfind("--w:", 0) == 0);
      CHECK(a.value.find("nan") == std::string::npos);
      CHECK(a.value.find("inf") == std::string::npos);
    }
    if (e.name == "style") {
      CHECK(e.text.find("url(") == std::string::npos);
      CHECK(e.text.find("@import") == std::string::npos);
    }
  });
}

}  // namespace

TEST_CASE("the page of a run says how it ended and draws each call", "[run]") {
  const told::story s = told::made_up(7, 4, 60);
  run::recorder r;
  s.tell(r);
  const std::string text = run::report_page(
      r, {.title = "reviews", .facts = {{"plan", "optimal, by exact"}, {"file", "reviews.json"}}});
  CHECK(text.find("<h1>reviews</h1>") != std::string::npos);
  CHECK(text.find("All 60 subtasks were answered.") != std::string::npos);
  CHECK(text.find("optimal, by exact") != std::string::npos);
  const xml_element page = parsed(text);
  check_harmless(page);
  std::map<std::string, std::size_t> bars;
  std::size_t ends = 0;
  each(page, [&](const xml_element& e) {
    if (e.name != "rect" || e.children.empty()) return;
    ++bars[*e.find("class")];
    if (e.children.front().name == "title") ++ends;
  });
  CHECK(bars["answered"] == r.counts().answered);
  CHECK(bars["failed"] == r.counts().failed());
  CHECK(bars["cancelled"] == r.counts().cancelled);
  CHECK(bars["breaker"] == 1);
  CHECK(bars["dead"] == 1);
  CHECK(ends == r.counts().started + 2);
  CHECK(count(page, "circle", "late-end") == r.counts().late + 1);  // and one in the key
  CHECK(text.find("503 overloaded") != std::string::npos);
}

TEST_CASE("the page of a run that did nothing, or gave all up, says so", "[run]") {
  CHECK(page_of({}).find("No subtask has ended.") != std::string::npos);
  check_harmless(parsed(page_of({})));
  told::story s{{"phi"}, {"law", "art"}, {}};
  s.add({.kind = event_kind::gave_up, .subtask = 0, .at_s = 0, .text = "its models failed"});
  CHECK(page_of(s).find("The subtask was given up.") != std::string::npos);
  CHECK(page_of(s).find("its models failed") != std::string::npos);
  s.add({.kind = event_kind::finished, .subtask = 1, .at_s = 0});
  CHECK(page_of(s).find("1 of 2 subtasks were answered, 1 given up.") != std::string::npos);
  check_harmless(parsed(page_of(s)));
}

TEST_CASE("names, messages and facts are shown as text, whatever they hold", "[run]") {
  for (std::uint64_t seed = 0; seed < 25; ++seed) {
    INFO("seed " << seed);
    const told::story s = told::nonsense(seed, 300);
    run::page_options options{.title = s.models[3], .one_by_one = seed % 2 == 0 ? 1000U : 10U, .rows = 7};
    for (const std::string& name : s.models) options.facts.emplace_back(name, name);
    const std::string text = page_of(s, options);
    CHECK(utf8_error(text) == text.size());
    const xml_element page = parsed(text);
    check_harmless(page);
    std::set<std::string> facts;
    each(page, [&](const xml_element& e) {
      if (e.name == "b") facts.insert(e.text);
    });
    CHECK(facts.count("</script><script>alert(1)</script>") == 1);
    CHECK(facts.count("bad \xEF\xBF\xBD\xEF\xBF\xBD bytes") == 1);
  }
}

TEST_CASE("a page with very many calls, subtasks and models stays small and says what it leaves out",
          "[run]") {
  const std::string many = page_of(told::made_up(1, 100, 20'000));
  CHECK(many.size() < 4'000'000);
  CHECK(many.find("There were too many calls to draw each.") != std::string::npos);
  CHECK(many.find("40 models with fewer calls are not drawn.") != std::string::npos);
  const xml_element page = parsed(many);
  check_harmless(page);
  const std::string short_of = page_of(told::made_up(1, 3, 300), {.rows = 2}, {.calls = 50});
  CHECK(short_of.find("Only the first 50 of ") != std::string::npos);
  CHECK(short_of.find("1 models more are not listed.") != std::string::npos);
  check_harmless(parsed(short_of));
}

TEST_CASE("amounts are said with three digits and their unit", "[run]") {
  using run::detail::amount_text;
  using run::detail::clock_text;
  using run::detail::count_text;
  using run::detail::seconds_text;
  using run::detail::share_text;
  CHECK(seconds_text(0) == "0 s");
  CHECK(seconds_text(0.0000425) == "42.5 \u00B5s");
  CHECK(seconds_text(0.3845) == "385 ms");
  CHECK(seconds_text(0.9996) == "1 s");
  CHECK(seconds_text(12.44) == "12.4 s");
  CHECK(seconds_text(119.96) == "2:00 min");
  CHECK(seconds_text(185) == "3:05 min");
  CHECK(seconds_text(7385) == "2:03:05 h");
  CHECK(seconds_text(1e300) == "\u221E");
  CHECK(amount_text(0, "J") == "0 J");
  CHECK(amount_text(7.254, "J") == "7.25 J");
  CHECK(amount_text(999.6, "J") == "1 kJ");
  CHECK(amount_text(31'420, "J") == "31.4 kJ");
  CHECK(amount_text(1e300, "J") == "over 999 PJ");
  CHECK(count_text(0) == "0");
  CHECK(count_text(999) == "999");
  CHECK(count_text(12'032) == "12,032");
  CHECK(count_text(1'234'567) == "1,234,567");
  CHECK(share_text(1, 13) == "7.7 %");
  CHECK(share_text(0, 0) == "0 %");
  CHECK(clock_text(7) == "0:07");
  CHECK(clock_text(3725) == "1:02:05");
  CHECK(clock_text(-1) == "-");
}
