// SPDX-License-Identifier: BSL-1.0
#include "shoal/run/progress_bar.hpp"

#include "catch.hpp"
#include "run/support.hpp"
#include "run/told.hpp"
#include "shoal/core/utf8.hpp"

using namespace shoal;
using run::event_kind;
using run::progress_bar;

namespace {

std::size_t columns(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_utf8_continuation(c); }));
}

}  // namespace

TEST_CASE("a progress bar says what was done, what runs, and how long it may last", "[run]") {
  progress_bar bar(4);
  CHECK(bar.line(80, 0) == "[----------------------------]  0/4  0:00");
  bar({.kind = event_kind::started, .subtask = 0, .model = 0});
  bar({.kind = event_kind::started, .subtask = 1, .model = 1});
  bar({.kind = event_kind::queued, .subtask = 2, .model = 1});
  bar({.kind = event_kind::answered, .subtask = 0, .model = 0, .used = {.energy_j = 1250}});
  bar({.kind = event_kind::finished, .subtask = 0});
  CHECK(bar.ended() == 1);
  CHECK(bar.line(120, 5) ==
        "[#######---------------------]  1/4  1 running  1 waiting  2 calls  1.25 kJ  0:05  about 0:15 left");
  bar({.kind = event_kind::failed, .subtask = 1, .model = 1});
  bar({.kind = event_kind::retried, .subtask = 1, .model = 1});
  bar({.kind = event_kind::gave_up, .subtask = 1});
  CHECK(bar.line(200, 3725) ==
        "[##############--------------]  2/4  1 waiting  1 given up  2 calls  1 failed  "
        "1 retry  1.25 kJ  1:02:05  about 1:02:05 left");
}

TEST_CASE("a narrow progress bar leaves out what matters least", "[run]") {
  progress_bar bar(30);
  const told::story s = told::made_up(1, 3, 30);
  for (std::size_t i = 0; i < s.events.size() / 2; ++i) bar(s.events[i]);
  std::size_t last = 0;
  for (std::size_t width = 0; width <= 150; ++width) {
    const std::string line = bar.line(width, 61);
    INFO(width << ": " << line);
    CHECK(columns(line) <= width);
    CHECK(columns(line) + 12 >= last);  // more room never shows much less
    last = columns(line);
    if (width >= 5) CHECK(line.find("/30") != std::string::npos);
    if (width >= 40) CHECK(line.find("1:01") != std::string::npos);
    if (width >= 40) CHECK(line.find('[') == 0);
  }
}

TEST_CASE("a progress bar fills to its end and not beyond, in blocks too", "[run]") {
  for (const auto look : {progress_bar::look::ascii, progress_bar::look::blocks}) {
    progress_bar bar(10, look);
    std::string last;
    for (std::size_t k = 0; k < 12; ++k) {
      bar({.kind = event_kind::finished, .subtask = k});
      const std::string line = bar.line(60, 1);
      CHECK(columns(line) <= 60);
      CHECK(utf8_error(line) == line.size());
      last = line;
    }
    CHECK(last.find("10/10") != std::string::npos);
    CHECK(last.find('-') == std::string::npos);
    CHECK(last.find("\u2591") == std::string::npos);
  }
}

TEST_CASE("without the number of subtasks there is no bar and no estimate", "[run]") {
  progress_bar bar;
  bar({.kind = event_kind::finished, .subtask = 0});
  CHECK(bar.line(80, 1) == "1 done  0:01");
  bar.expect(2);
  CHECK(bar.line(80, 1) == "[##############--------------]  1/2  0:01  about 0:01 left");
}

TEST_CASE("a progress bar never breaks its line, whatever events come", "[run]") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const told::story s = told::nonsense(seed, 200);
    progress_bar bar(seed % 20, seed % 2 == 0 ? progress_bar::look::ascii : progress_bar::look::blocks);
    for (const run::event& e : s.events) {
      bar(e);
      const std::string line = bar.line(20 + seed, e.at_s);
      REQUIRE(columns(line) <= 20 + seed);
      REQUIRE(line.find_first_of("\r\n\t\x1b") == std::string::npos);
    }
  }
}
